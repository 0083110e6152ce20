/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An engine made from hand-made settings, for the tests of what looks at engines: some instances
 * with some addresses each, on interfaces that come up when the test says so, with a kernel that
 * grants every address unless told otherwise.
 */
#ifndef TEST_MADE_ENGINE_H
#define TEST_MADE_ENGINE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine.h"

#define MADE_WALL_US 1767225600000000 /* 2026-01-01T00:00:00.000Z, at MADE_START */

struct made_engine {
	struct settings settings;
	struct engine *engine;
	struct instant now; /* starts at 0 */
	uint32_t granted;   /* address changes the kernel granted so far */
};

static inline struct ip_addr made_ip(const char *text)
{
	struct ip_addr ip = IP_ADDR_NONE;

	if (ip_parse(text, &ip) != 0)
		abort();
	return ip;
}

/* Number i of all: 192.0.2.10/24 and on, then 10.0.0.10/24 and on. */
static inline struct vip made_vip(uint32_t i)
{
	char text[IP_TEXT_MAX];

	if (i < 240)
		snprintf(text, sizeof(text), "192.0.2.%u", i + 10);
	else
		snprintf(text, sizeof(text), "10.%u.%u.%u", i / 51200, i / 200 % 256, i % 200 + 10);
	return (struct vip){ .addr = made_ip(text), .prefix_len = 24 };
}

/*
 * Instance number i: the first is `web`, VRID 51 on eth0; 200 to an interface, priority 150, every
 * second.
 */
static inline void made_instance(struct settings *s, uint32_t i, uint32_t addresses)
{
	uint32_t advertised = addresses < ADVERT_ADDRESSES_MAX ? addresses : ADVERT_ADDRESSES_MAX;
	struct instance_settings *set = &s->instances[i];
	uint32_t first = i * addresses;

	*set = (struct instance_settings){
		.vrid = (uint8_t)(i % 200 + 51),
		.version = 3,
		.priority = 150,
		.min_ttl = 255,
		.preempt = true,
		.accept = true,
		.checksum_pseudo_header = true,
		.advert_interval = span_s(1),
		.announce = { .count = 5, .repeat = span_s(5) },
		.addresses = { [FAMILY_V4] = { first, advertised } },
		.extra = { first + advertised, addresses - advertised },
	};
	if (i == 0)
		snprintf(set->name, sizeof(set->name), "web");
	else
		snprintf(set->name, sizeof(set->name), "web%u", i);
	snprintf(set->interface, sizeof(set->interface), "eth%u", i / 200);
	for (uint32_t k = 0; k < addresses; k++)
		s->vips[first + k] = made_vip(first + k);
}

/* Only the settings; the test may change them before made_start(). */
static inline void made_settings(struct made_engine *made, uint32_t instances, uint32_t addresses)
{
	*made = (struct made_engine){
		.settings = {
			.global = { .name = "lb1" },
			.instances = calloc(instances + 1, sizeof(*made->settings.instances)),
			.instance_count = instances,
			/* one more than needed: a test may add an address */
			.vips = calloc(instances * addresses + 1, sizeof(*made->settings.vips)),
			.vip_count = instances * addresses,
		},
	};
	for (uint32_t i = 0; i < instances; i++)
		made_instance(&made->settings, i, addresses);
}

static inline void made_step(struct made_engine *made, struct event event)
{
	struct action action;

	event.now = made->now;
	event.wall_us = MADE_WALL_US + made->now.us;
	engine_step(made->engine, &event);
	while (engine_next_action(made->engine, &action)) {
		if (action.kind != ACTION_ADD_ADDRESS && action.kind != ACTION_REMOVE_ADDRESS)
			continue;
		made->granted++;
		event = (struct event){
			.kind = EVENT_ADDRESS_DONE,
			.now = made->now,
			.wall_us = event.wall_us,
			.address = { .ifindex = action.ifindex,
				     .addr = action.vip->addr,
				     .prefix_len = action.vip->prefix_len,
				     .add = action.kind == ACTION_ADD_ADDRESS },
		};
		engine_step(made->engine, &event);
	}
}

/* ethN, index N + 2, with the address 198.51.100.N+1 to send from. */
static inline void made_link(struct made_engine *made, uint32_t n, bool up)
{
	char source[IP_TEXT_MAX];
	struct event event = { .kind = EVENT_LINK,
			       .link = { .ifindex = (int32_t)n + 2, .up = up, .mtu = 1500 } };

	snprintf(event.link.name, sizeof(event.link.name), "eth%u", n);
	snprintf(source, sizeof(source), "198.51.100.%u", n + 1);
	event.link.source[FAMILY_V4] = made_ip(source);
	event.link.source[FAMILY_V6] = made_ip("fe80::1");
	made_step(made, event);
}

/* Goes through every deadline up to that instant. */
static inline void made_run_to(struct made_engine *made, struct instant until)
{
	while (instant_reached(engine_deadline(made->engine), until)) {
		struct instant due = engine_deadline(made->engine);

		if (instant_before(made->now, due))
			made->now = due;
		made_step(made, (struct event){ .kind = EVENT_TICK });
	}
	made->now = until;
}

/* An engine for the settings with all its interfaces up, just started. */
static inline void made_start(struct made_engine *made)
{
	struct settings *s = &made->settings;

	made->engine = engine_init(malloc(engine_size(s, 0, 0)), s, 0, 0);
	for (uint32_t n = 0; n * 200 < s->instance_count; n++)
		made_link(made, n, true);
	made_step(made, (struct event){ .kind = EVENT_START });
}

static inline void made_done(struct made_engine *made)
{
	free(made->engine);
	free(made->settings.instances);
	free(made->settings.vips);
}

#endif
