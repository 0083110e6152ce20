/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One question after the other, the first that finds something to do decides. A link of the right name that is not ours is never touched.
 */
#include "core/virtual_link.h"

#include <stdio.h>

void virtual_link_init(struct virtual_link *v, struct mac_addr mac)
{
	*v = (struct virtual_link){
		.mac = mac,
		.retry_at = INSTANT_NEVER,
	};
}

void virtual_link_want(struct virtual_link *v, bool wanted, bool up)
{
	wanted = wanted || up;
	if (v->wanted == wanted && v->wanted_up == up)
		return;
	v->wanted = wanted;
	v->wanted_up = up;
	/* Without a refusal it waits for a successor, and goes no sooner for another wish. */
	if (up || v->failures > 0)
		v->retry_at = INSTANT_NEVER;
	v->failures = 0;
}

bool virtual_link_name(enum ip_family family, int32_t parent, uint8_t vrid,
		       char ret[static IFNAME_MAX_LEN + 1])
{
	int len = snprintf(ret, IFNAME_MAX_LEN + 1, "vrrp%d-%d-%d", family == IP_V6 ? 6 : 4,
			   (int)parent, vrid);

	if (len <= IFNAME_MAX_LEN)
		return true;
	ret[0] = '\0';
	return false;
}

bool virtual_link_stands(const struct virtual_link *v, const struct event_link *there,
			 int32_t parent)
{
	return there->ifindex != 0 && there->ours && there->parent == parent &&
	       mac_equal(there->mac, v->mac);
}

enum link_op virtual_link_needed(const struct virtual_link *v, const struct event_link *there,
				 int32_t parent)
{
	if (v->flight != LINK_LEAVE || parent == 0 || v->nameless || !instant_is_never(v->retry_at))
		return LINK_LEAVE;
	if (there->ifindex == 0)
		return v->wanted ? LINK_MAKE : LINK_LEAVE;
	if (!there->ours)
		return LINK_LEAVE;
	if (!v->wanted || !virtual_link_stands(v, there, parent))
		return LINK_REMOVE;
	if (v->wanted_up)
		return there->raised ? LINK_LEAVE : LINK_RAISE;
	return there->raised || v->inherited ? LINK_LOWER : LINK_LEAVE;
}

struct span virtual_link_pause(uint8_t failures)
{
	struct span wait = span_ms(LINK_RETRY_FIRST_MS);

	for (uint8_t i = 1; i < failures; i++)
		wait = span_min(span_times(wait, 4), span_ms(LINK_RETRY_MAX_MS));
	return wait;
}

bool virtual_link_lose(struct virtual_link *v, struct instant now)
{
	bool again = instant_diff(now, v->restored_at).us < span_ms(LINK_LOST_AGAIN_MS).us;

	v->lost = true;
	if (!again)
		v->losses = 0;
	if (v->losses < UINT8_MAX)
		v->losses++;
	return v->losses >= LINK_LOSSES_MAX;
}
