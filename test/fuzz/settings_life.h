/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What any settings must survive, wherever they came from: to be packed and unpacked, printed, and
 * lived by: an engine made of them starts with all its interfaces up and all it tracks well,
 * becomes master, sees all that fail, and stops.
 */
#ifndef TEST_SETTINGS_LIFE_H
#define TEST_SETTINGS_LIFE_H

#include <string.h>

#include "conf/conf.h"
#include "conf/conf_diff.h"
#include "conf/settings_image.h"
#include "core/engine.h"

#include "fuzz.h"

enum {
	LIFE_TICKS = 64, /* per instance, while becoming master and again while stopping */
};

static inline void life_image(const struct settings *s)
{
	struct settings *copy;
	struct conf_diff diff;
	void *image;
	size_t len;

	MUST(settings_pack(s, &image, &len) == 0);
	MUST(settings_unpack(image, len, &copy) == 0);
	MUST(settings_equal(s, copy));
	MUST(conf_diff(s, copy, &diff) == 0);
	MUST(diff.count == 0 && diff.dropped == 0);
	conf_diff_done(&diff);
	settings_free(copy);
	free(image);
}

/* Every address action is granted; hooks are done at once. */
static inline void life_step(struct engine *e, struct event event)
{
	struct action action;

	engine_step(e, &event);
	while (engine_next_action(e, &action)) {
		struct event done = { .kind = EVENT_ADDRESS_DONE, .now = event.now };

		if (action.kind == ACTION_HOOKS) {
			done.kind = EVENT_HOOKS_DONE;
			done.hook.notifier = action.notifier;
			engine_step(e, &done);
		}
		if (action.kind != ACTION_ADD_ADDRESS && action.kind != ACTION_REMOVE_ADDRESS)
			continue;
		done.address = (struct event_address){
			.ifindex = action.ifindex,
			.addr = action.vip->addr,
			.prefix_len = action.vip->prefix_len,
			.add = action.kind == ACTION_ADD_ADDRESS,
		};
		engine_step(e, &done);
	}
}

static inline struct instant life_ticks(struct engine *e, struct instant now, uint32_t ticks)
{
	for (uint32_t i = 0; i < ticks; i++) {
		struct instant due = engine_deadline(e);

		if (instant_is_never(due))
			break;
		if (instant_before(now, due))
			now = due;
		life_step(e, (struct event){ .kind = EVENT_TICK, .now = now });
	}
	return now;
}

static inline void life_links(struct engine *e, struct instant now)
{
	for (uint32_t i = 0; i < engine_interface_count(e); i++) {
		struct event event = { .kind = EVENT_LINK, .now = now };

		event.link = *engine_interface(e, i);
		event.link.ifindex = (int32_t)i + 1;
		event.link.up = true;
		event.link.source[FAMILY_V4] = ip_from_v4((const uint8_t[4]){ 192, 0, 2, 1 });
		event.link.source[FAMILY_V6] = ip_from_v6((const uint8_t[16]){ 0xfe, 0x80 });
		life_step(e, event);
	}
}

/* Each script succeeds or fails, each process is there as often as it may be or never, and so on. */
static inline void life_checks(struct engine *e, const struct settings *s, bool well,
			       struct instant now)
{
	for (uint32_t i = 0; i < s->check_count; i++) {
		const struct check_settings *check = &s->checks[i];
		struct event event = { .kind = EVENT_CHECK, .now = now };
		int64_t good = check->kind == CHECK_PROCESS ? check->minimum : 1;

		event.check.check = i;
		event.check.value = well ? good : 0;
		event.check.why = well ? NULL : "fails";
		for (uint32_t n = 0; n < 2; n++)
			life_step(e, event);
	}
}

static inline void life_engine(const struct settings *s)
{
	uint32_t ticks = LIFE_TICKS * (s->instance_count + 1);
	struct engine *e = engine_init(malloc(engine_size(s, 0, 0)), s, 0, 0);
	struct instant now = { .us = 1 };
	struct snapshot snapshot;

	life_links(e, now);
	life_step(e, (struct event){ .kind = EVENT_START, .now = now });
	life_checks(e, s, true, now);
	now = life_ticks(e, now, ticks);
	life_checks(e, s, false, now);
	now = life_ticks(e, now, LIFE_TICKS);
	for (uint32_t i = 0; i < engine_vrouter_count(e); i++) {
		engine_snapshot(e, i, now, &snapshot);
		MUST(snapshot.addresses_present <= snapshot.addresses_total);
	}
	life_step(e, (struct event){ .kind = EVENT_STOP, .now = now });
	life_ticks(e, now, ticks);
	free(e);
}

#endif
