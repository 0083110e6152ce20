/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The unicast peers of an instance. A family that has some is unicast: its advertisements go to them and are believed from them
 * alone. A family that has none is multicast, whatever the other one of the same instance does.
 */
#ifndef CORE_PEERS_H
#define CORE_PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/limits.h"
#include "core/settings.h"

/* Is the instance unicast in that family? */
bool peers_exist(const struct settings *s, const struct instance_settings *set,
		 enum ip_family family);

/* The number of the peer of that address in the settings' `peers`; UINT32_MAX: it is none of the instance's. */
uint32_t peers_find(const struct settings *s, const struct instance_settings *set,
		    struct ip_addr addr);

/*
 * The peers of that family, but for `self`, so that routers may share one list of all of them. How many there are.
 */
uint32_t peers_list(const struct settings *s, const struct instance_settings *set,
		    enum ip_family family, struct ip_addr self,
		    struct ip_addr ret[static PEERS_MAX]);

#endif
