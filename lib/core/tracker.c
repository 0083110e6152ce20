/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From results to a state. The first result decides at once, whatever rise and fall say: a router that has just started must not wait for
 * three good results before it may serve, nor serve through three bad ones.
 */
#include "core/tracker.h"

#include <stdio.h>

#include "core/bfd_session.h"

static struct span first_result_in(const struct check_settings *set)
{
	struct span slack = span_ms(TRACKER_FIRST_RESULT_MS);

	/* Scripts are spread over their interval. */
	if (set->kind == CHECK_SCRIPT)
		return span_add(slack, span_add(set->interval, set->timeout));
	if (set->kind == CHECK_BFD)
		return span_add(slack, bfd_setup_time(set->transmit, set->receive));
	return slack;
}

void tracker_init(struct tracker *t, const struct check_settings *set)
{
	*t = (struct tracker){
		.set = set,
		.state = set->kind == CHECK_SCRIPT ? set->initially : CHECK_UNKNOWN,
		.decide_at = INSTANT_NEVER,
	};
}

void tracker_await(struct tracker *t, struct instant now)
{
	if (t->state == CHECK_UNKNOWN)
		t->decide_at = instant_add(now, first_result_in(t->set));
}

void tracker_adopt(struct tracker *t, const struct tracker *old)
{
	const struct check_settings *set = t->set;

	*t = *old;
	t->set = set;
	t->session = NULL;
}

static bool is_good(const struct tracker *t, int64_t value)
{
	switch (t->set->kind) {
	case CHECK_PROCESS:
		return value >= t->set->minimum && value <= t->set->maximum;
	case CHECK_FILE:
		return true; /* any number is one */
	case CHECK_SCRIPT:
	case CHECK_BFD:
	case CHECK_KIND_COUNT_:
		break;
	}
	return value != 0;
}

/* How many results in a row it takes to leave the state. */
static uint32_t results_needed(const struct tracker *t)
{
	if (t->set->kind != CHECK_SCRIPT || t->state == CHECK_UNKNOWN)
		return 1;
	return t->state == CHECK_UP ? t->set->fall : t->set->rise;
}

static bool decide(struct tracker *t, bool good)
{
	enum check_state next = good ? CHECK_UP : CHECK_DOWN;
	bool changes = t->state != next;

	t->state = next;
	t->against = 0;
	t->decide_at = INSTANT_NEVER;
	return changes;
}

bool tracker_result(struct tracker *t, int64_t value, const char *why, struct instant now)
{
	bool good = is_good(t, value);
	bool other_number = t->set->kind == CHECK_FILE && value != t->value;

	t->value = value;
	snprintf(t->why, sizeof(t->why), "%s", why ? why : "");
	if (t->state == (good ? CHECK_UP : CHECK_DOWN)) {
		t->against = 0;
		t->decide_at = INSTANT_NEVER;
		return other_number;
	}
	if (t->set->delay.us != 0 && t->state != CHECK_UNKNOWN) {
		if (instant_is_never(t->decide_at))
			t->decide_at = instant_add(now, t->set->delay);
		return false;
	}
	if (++t->against < results_needed(t))
		return false;
	return decide(t, good);
}

bool tracker_tick(struct tracker *t, struct instant now)
{
	if (!instant_reached(t->decide_at, now))
		return false;
	if (t->state != CHECK_UNKNOWN)
		return decide(t, is_good(t, t->value));
	snprintf(t->why, sizeof(t->why), "no result in time");
	return decide(t, t->set->kind == CHECK_FILE);
}

bool tracker_is_up(const struct tracker *t, const struct track_settings *track)
{
	return t->state == (track->inverse ? CHECK_DOWN : CHECK_UP);
}
