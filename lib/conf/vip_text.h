/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtual address as users write it: ADDR[/PREFIX] [dev IF] [label LABEL] [scope SCOPE]
 * [broadcast ADDR|-] [nodad] [preferred-lifetime 0], options in any order, each once.
 */
#ifndef CONF_VIP_TEXT_H
#define CONF_VIP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ip.h"
#include "core/settings.h"

enum {
	VIP_TEXT_MAX = 256,
	WHY_MAX = 448, /* what is wrong with a value */
};

/*
 * 0 and *ret, or -EINVAL with *ret untouched and what is wrong, and what would be right, in why.
 * Every address that no router can hold for its clients (multicast, loopback, 0.0.0.0,
 * 255.255.255.255) is refused.
 */
int vip_parse(const char *text, struct vip *ret, char why[static WHY_MAX]);

/*
 * Is it one that is probably not meant, such as that of the network itself? What is odd about it,
 * or NULL.
 */
const char *vip_doubt(const struct vip *vip);

/* The canonical form, which vip_parse() reads back. */
const char *vip_text(const struct vip *vip, char buf[static VIP_TEXT_MAX]);

bool vip_equal(const struct vip *a, const struct vip *b);

/* Could vip_parse() have made it? Safe on any bytes. */
bool vip_is_valid(const struct vip *vip);

/* Why no router can use that address as its own or as a virtual one; NULL if it can. */
const char *address_fault(struct ip_addr a);

/* One of the families, or none, and zeros where it has no bytes? Safe on any bytes. */
bool address_is_valid(struct ip_addr a);

/* What the kernel takes for the name of an interface. */
bool interface_name_ok(const char *name);

/* The next word of *rest, which is behind it then, in buf: cut where it is too long for anything. NULL at the end. */
const char *word_next(const char **rest, char *buf, size_t cap);

#endif
