/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which address of this host a BFD session without `source` sends from: the one that the kernel would choose now, but never a virtual one,
 * which would come and go with the mastership that the session decides on.
 */
#ifndef VRRPD_BFD_SOURCE_H
#define VRRPD_BFD_SOURCE_H

#include <stdbool.h>

#include "base/ip.h"
#include "core/settings.h"

/* Does any instance have that address? */
bool bfd_source_is_virtual(const struct settings *s, struct ip_addr addr);

/* 0, or -errno: there is no route to the peer (-ENETUNREACH …), or no address but virtual ones (-EADDRNOTAVAIL). */
int bfd_source_choose(const struct settings *s, struct ip_addr peer, struct ip_addr *ret);

#endif
