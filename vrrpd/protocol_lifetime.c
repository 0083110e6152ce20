/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * address-lifetime: the kernel takes the addresses away by itself unless somebody says in time that they are still wanted, and the one who
 * says so is this loop. Whatever keeps it from turning ends the mastership that it cannot exercise.
 */
#include "protocol.h"

enum {
	REFRESHES = 3, /* within one lifetime: two may get lost */
};

static void refresh_vrouter(struct protocol *p, uint32_t number)
{
	struct engine *e = p->run.engine;
	struct snapshot now;

	engine_snapshot(e, number, clock_now(), &now);
	for (uint32_t i = 0; now.state == VROUTER_MASTER && i < now.addresses_total; i++) {
		struct snapshot_address address;
		uint32_t place;

		engine_snapshot_address(e, number, i, &address);
		place = engine_find_interface(e, address.dev);
		if (!address.wanted || address.presence != SLOT_OURS || place == UINT32_MAX)
			continue;
		/* What the kernel does not take now it may take the next time. */
		(void)io_netlink_refresh(p->netlink, engine_interface(e, place)->ifindex,
					 address.vip);
	}
}

static void refresh(struct protocol *p)
{
	for (uint32_t i = 0; i < engine_vrouter_count(p->run.engine); i++)
		refresh_vrouter(p, i);
}

static void wait_for_next(struct protocol *p)
{
	int64_t us = p->run.settings->global.address_lifetime.us / REFRESHES;
	struct timeval pause = { .tv_sec = us / 1000000, .tv_usec = us % 1000000 };

	if (us != 0)
		event_add(p->refresh, &pause);
	else
		event_del(p->refresh);
}

void protocol_refresh(struct protocol *p)
{
	refresh(p);
	wait_for_next(p);
}

void protocol_use_lifetime(struct protocol *p, struct span before)
{
	struct span lifetime = p->run.settings->global.address_lifetime;

	io_netlink_set_lifetime(p->netlink, (uint32_t)(lifetime.us / 1000000));
	if (lifetime.us != before.us)
		refresh(p);
	wait_for_next(p);
}
