/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process of the daemon may still do after its start.
 */
#ifndef VRRPD_PRIVILEGES_H
#define VRRPD_PRIVILEGES_H

#include <stddef.h>

/* The name of a capability that the protocol process needs and does not have, or NULL. */
const char *privileges_missing(void);

/* Keeps CAP_NET_ADMIN and CAP_NET_RAW and nothing else, for good. 0, or -EPERM. */
int privileges_keep_network(void);

#endif
