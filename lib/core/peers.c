/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists are short (PEERS_MAX), so that nothing is kept in order of anything.
 */
#include "core/peers.h"

bool peers_exist(const struct settings *s, const struct instance_settings *set,
		 enum ip_family family)
{
	for (uint32_t i = 0; i < set->peers.count; i++) {
		if (s->peers[set->peers.first + i].family == family)
			return true;
	}
	return false;
}

uint32_t peers_find(const struct settings *s, const struct instance_settings *set,
		    struct ip_addr addr)
{
	for (uint32_t i = 0; i < set->peers.count; i++) {
		if (ip_equal(s->peers[set->peers.first + i], addr))
			return set->peers.first + i;
	}
	return UINT32_MAX;
}

uint32_t peers_list(const struct settings *s, const struct instance_settings *set,
		    enum ip_family family, struct ip_addr self,
		    struct ip_addr ret[static PEERS_MAX])
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < set->peers.count; i++) {
		struct ip_addr peer = s->peers[set->peers.first + i];

		if (peer.family == family && !ip_equal(peer, self))
			ret[count++] = peer;
	}
	return count;
}
