/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A life of one engine: settings, then whatever happens to a router until the input ends, then peace, in which it must find its place.
 * The first byte of each happening says what, the next ones say which; the rules (engine_rules.c) are asked after every step.
 */
#include <errno.h>
#include <string.h>

#include "engine_world.h"
#include "fuzz.h"

enum {
	INPUT_LEN_MAX = 4096,
	HAPPENINGS_MAX = 400,
};

#define PICK(r, list) ((list)[read_u8(r) % (sizeof(list) / sizeof((list)[0]))])

static struct span read_time(struct reader *r)
{
	static const int64_t times_us[] = {
		0,       1,       999,     10000,   50000,    100000,   390625,    500000,
		1000000, 1000001, 3000000, 3609375, 10000000, 60000000, 320000000, 3600000000,
	};

	return span_us(PICK(r, times_us));
}

static uint32_t read_vrouter(const struct world *w, struct reader *r)
{
	return read_u8(r) % engine_vrouter_count(w->e);
}

/* Somebody on the segment: below us, above us, or with our own address. */
static struct ip_addr read_peer(struct reader *r, const struct snapshot *s)
{
	static const uint8_t last_bytes[] = { 1, 2, 200, 201 };
	uint8_t which = read_u8(r) % 5;
	struct ip_addr peer = choice_source(s->family, 0);

	if (which == 4 && ip_is_set(s->source))
		return s->source;
	peer.bytes[s->family == IP_V6 ? 15 : 3] = last_bytes[which % 4];
	return peer;
}

static struct span read_interval(struct reader *r, const struct snapshot *s)
{
	static const int32_t intervals_ms[] = { 0, 0, 10, 1000, 40950 };
	struct span interval = span_ms(PICK(r, intervals_ms));

	return interval.us == 0 ? s->set->advert_interval : interval;
}

/* An advertisement of a peer: mostly as it should be, and each byte 0 makes it ordinary. */
static void hear_advert(struct world *w, struct reader *r)
{
	static const uint8_t priorities[] = { 100, 0, 1, 99, 101, 150, 254, 255 };
	uint32_t number = read_vrouter(w, r), count;
	uint8_t odd = read_u8(r);
	struct event event = { .kind = EVENT_ADVERT };
	struct ip_addr src, dst[PEERS_MAX];
	struct advert advert = { 0 };
	struct snapshot s;

	engine_snapshot(w->e, number, w->now, &s);
	count = engine_advert(w->e, number, PICK(r, priorities), &advert, &src, dst);
	if (count == 0 || s.ifindex == 0)
		return; /* its interface hears nothing */
	advert.interval = read_interval(r, &s);
	if (odd & 1)
		advert.vrid ^= 3;
	if (odd & 2 && s.family == IP_V4)
		advert.version ^= 1;
	if (odd & 4)
		advert.addresses[0] = choice_address(s.family, 11);
	if (odd & 8)
		advert.auth_data[0] ^= 1;
	event.advert = (struct event_advert){
		.ifindex = odd & 16 ? 77 : s.ifindex,
		.src = read_peer(r, &s),
		.dst = odd & 32 ? s.source : dst[0],
		.ttl = odd & 64 ? 254 : VRRP_TTL,
		.advert = &advert,
	};
	world_step(w, event);
}

static void hear_refused(struct world *w, struct reader *r)
{
	uint32_t number = read_vrouter(w, r);
	struct event event = { .kind = EVENT_REFUSED };
	struct snapshot s;

	engine_snapshot(w->e, number, w->now, &s);
	event.advert = (struct event_advert){
		.ifindex = s.ifindex,
		.refusal = (enum refusal)(REFUSAL_IP_HEADER +
					  read_u8(r) % (REFUSAL_VRID_UNKNOWN - REFUSAL_IP_HEADER)),
		.family = (uint8_t)s.family,
	};
	event.advert.vrid = read_u8(r) % 2 == 0 ? s.set->vrid : 77;
	event.advert.src = read_peer(r, &s);
	world_step(w, event);
}

static void change_port(struct world *w, struct reader *r)
{
	unsigned int number = read_u8(r) % CHOICE_PORTS;
	struct port *port = &w->ports[number];

	switch (read_u8(r) % 6) {
	case 0:
		world_tell_port(w, number);
		break;
	case 1:
		port->up = !port->up;
		world_tell_port(w, number);
		break;
	case 2:
		port->has_source[FAMILY_V4] = !port->has_source[FAMILY_V4];
		world_tell_port(w, number);
		break;
	case 3:
		port->has_source[FAMILY_V6] = !port->has_source[FAMILY_V6];
		world_tell_port(w, number);
		break;
	case 4:
		world_recreate_port(w, number, true);
		break;
	case 5:
		world_recreate_port(w, number, false);
		break;
	}
}

static void answer_some(struct world *w, struct reader *r)
{
	static const int errors[] = { 0, 0, 0, EPERM, ENOBUFS, EINVAL };
	uint8_t how = read_u8(r);
	int error = errors[how % 6];
	uint32_t n = how >= 128 ? WORLD_REQUESTS_MAX : 1;

	for (; n > 0 && w->request_count > 0; n--)
		world_answer(w, how / 6 % 4 == 3 ? w->request_count - 1 : 0, error);
}

/* An answer to a question that nobody asked. */
static void answer_nothing(struct world *w, struct reader *r)
{
	unsigned int k = read_u8(r) % CHOICE_ADDRESSES;
	unsigned int port = read_u8(r) % CHOICE_PORTS;
	struct event event = { .kind = EVENT_ADDRESS_DONE };

	event.address = (struct event_address){
		.ifindex = w->ports[port].ifindex,
		.addr = choice_address(IP_V4, k),
		.prefix_len = choice_prefix_len(IP_V4, k),
		.add = read_u8(r) % 2 == 0,
		.error = read_u8(r) % 2,
	};
	for (uint32_t i = 0; i < w->request_count; i++)
		if (w->requests[i].ifindex == event.address.ifindex &&
		    ip_equal(w->requests[i].vip.addr, event.address.addr))
			return; /* somebody did ask */
	world_step(w, event);
}

static void meddle(struct world *w, struct reader *r)
{
	enum ip_family family = read_u8(r) % 4 == 3 ? IP_V6 : IP_V4;
	unsigned int k = read_u8(r) % CHOICE_ADDRESSES;
	unsigned int port = read_u8(r) % CHOICE_PORTS;
	uint8_t how = read_u8(r);
	uint8_t prefix_len = how & 4 ? 16 : choice_prefix_len(family, k);
	struct ip_addr addr = choice_address(family, k);

	switch (how % 4) {
	case 0:
	case 1:
		if (w->entry_count > 0)
			world_remove(w, (how / 8u + k) % w->entry_count);
		break;
	case 2:
		world_add_foreign(w, port, addr, prefix_len);
		break;
	case 3:
		if (w->ports[port].ifindex != 0)
			world_tell_address(w, w->ports[port].ifindex, addr, prefix_len);
		break;
	}
}

static void fail_to_send(struct world *w, struct reader *r)
{
	uint32_t number = read_vrouter(w, r);
	struct event event = { .kind = EVENT_SEND_FAILED, .send = { number, ENOBUFS } };

	if (w->seen[number].adverts == 0)
		return;
	w->seen[number].adverts--;
	world_step(w, event);
}

static void announce_again(struct world *w, struct reader *r)
{
	struct event event = { .kind = EVENT_ANNOUNCE };

	event.vrouter = read_vrouter(w, r);
	world_step(w, event);
}

static void force(struct world *w, struct reader *r)
{
	static const int32_t lengths_ms[] = { 0, 0, 1, 5000, 3600000 };
	struct event event = { .kind = EVENT_FORCE };
	int32_t length_ms = PICK(r, lengths_ms);
	uint8_t what = read_u8(r);

	event.force = (struct event_force){
		.instance = read_u8(r) % w->choice->settings.instance_count,
		.to = (enum force_to)(what % FORCE_TO_COUNT_),
		.despite_faults = what & 64,
		.until = length_ms == 0 ? INSTANT_NEVER : instant_add(w->now, span_ms(length_ms)),
		.until_wall_us = length_ms == 0 ? 0 : WORLD_WALL_US,
		.reason = what & 128 ? "because" : "",
		.by = "root",
	};
	world_step(w, event);
}

static void check_says(struct world *w, struct reader *r)
{
	static const int64_t values[] = { 0, 1, 1, 2, 3, -60, 254, INT64_MIN, INT64_MAX };
	struct event event = { .kind = EVENT_CHECK };

	event.check.check = read_u8(r) % CHOICE_CHECKS;
	event.check.value = PICK(r, values);
	event.check.why = "said so";
	world_step(w, event);
}

static void end_a_hook(struct world *w, struct reader *r)
{
	uint8_t what = read_u8(r);

	world_hooks_done(w, what % settings_notifiers(&w->choice->settings), what & 128);
}

static void start(struct world *w)
{
	if (w->started)
		return;
	w->started = true;
	world_step(w, (struct event){ .kind = EVENT_START });
}

static void stop(struct world *w)
{
	if (!w->started)
		return;
	w->stopping = true;
	world_step(w, (struct event){ .kind = EVENT_STOP });
}

static void happen(struct world *w, struct reader *r)
{
	uint8_t what = read_u8(r) % 20;

	if (engine_vrouter_count(w->e) == 0 && what != 11)
		return;
	switch (what) {
	case 0:
	case 1:
		world_pass(w, read_time(r));
		break;
	case 2:
		world_sleep(w, read_time(r));
		break;
	case 3:
	case 4:
		hear_advert(w, r);
		break;
	case 5:
		hear_refused(w, r);
		break;
	case 6:
	case 7:
		answer_some(w, r);
		break;
	case 8:
		change_port(w, r);
		break;
	case 9:
		meddle(w, r);
		break;
	case 10:
		if (w->started)
			rules_reload_same(w);
		break;
	case 11:
		if (w->started)
			world_reload(w, choice_make(r));
		break;
	case 12:
		if (w->started)
			world_restart(w, read_be16(r));
		break;
	case 13:
		fail_to_send(w, r);
		break;
	case 14:
		if (read_u8(r) % 2 == 0)
			announce_again(w, r);
		else
			answer_nothing(w, r);
		break;
	case 16:
		force(w, r);
		break;
	case 17:
	case 18:
		check_says(w, r);
		break;
	case 19:
		end_a_hook(w, r);
		break;
	case 15:
		if (read_u8(r) == 0xff)
			stop(w);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reader r = reader_of(data, len);
	struct world w;

	if (len > INPUT_LEN_MAX)
		return 0;
	world_init(&w, choice_make(&r));
	/* Mostly it starts at once, but what happens before must do no harm either. */
	for (int i = read_u8(&r) % 8; i > 4; i--)
		happen(&w, &r);
	start(&w);
	for (int i = 0; i < HAPPENINGS_MAX && reader_left(&r) > 0; i++)
		happen(&w, &r);
	rules_converge(&w);
	world_done(&w);
	return 0;
}
