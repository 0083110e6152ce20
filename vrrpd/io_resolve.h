/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking the kernel to find a neighbour now, by ARP or neighbour solicitation. Who asks is known to whoever is asked: a master whose
 * own question was lost while our cable was out would repeat it only after a second, and is reached by ours at once.
 */
#ifndef VRRPD_IO_RESOLVE_H
#define VRRPD_IO_RESOLVE_H

#include <stdint.h>

#include "base/ip.h"

struct io_resolve;

/* 0, or -errno with the missing facility in *ret_what. */
int io_resolve_open(struct io_resolve **ret, const char **ret_what);
/* NULL is allowed. */
void io_resolve_close(struct io_resolve *r);

/* The hardware address of a neighbour as far as the kernel knows it now. 0, or -ENOENT. Does not wait. */
int io_resolve_look(struct io_resolve *r, int32_t ifindex, struct ip_addr neighbour,
		    struct mac_addr *ret);

/* Asks for the hardware address of a neighbour on that interface, unless it is known. Nothing is reported: it is an attempt. */
void io_resolve_ask(struct io_resolve *r, int32_t ifindex, struct ip_addr neighbour);

#endif
