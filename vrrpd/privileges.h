/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process of the daemon may still do after its start.
 */
#ifndef VRRPD_PRIVILEGES_H
#define VRRPD_PRIVILEGES_H

#include <stdbool.h>

/* The name of a capability that the protocol process needs and does not have, or NULL. */
const char *privileges_missing(void);

/*
 * A busy host must not look like a dead one: this process goes before ordinary ones, with realtime before all others and locked in
 * memory. To be called before the privileges are dropped. 0, or -errno where realtime was wanted and could not be had.
 */
int privileges_go_first(bool realtime);

/* Keeps CAP_NET_ADMIN and CAP_NET_RAW and nothing else, for good. 0, or -EPERM. */
int privileges_keep_network(void);

#endif
