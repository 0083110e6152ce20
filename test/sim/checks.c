/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a router tracks, and the simulator's own account of what that means (INTERFACE section 2): when results make a thing up or down,
 * and what the weights come to. The rules judge the engine by this account and not by its own.
 */
#include <string.h>

#include "cluster.h"

enum {
	/* Who has said nothing for so long counts as bad: a second, for the script its interval and its timeout besides. */
	LATE_US = 1000000,
	SCRIPT_LATE_US = 3 * LATE_US,
	NUMBER_MAX = 2 * WEIGHT_MAX, /* no sum of weights needs more */
};

static bool is_good(const struct config *c, enum sim_check check, int64_t number)
{
	if (check == SIM_PROCESS)
		return number >= (c->minimum != 0 ? c->minimum : 1) &&
		       (c->maximum == 0 || number <= c->maximum);
	return check == SIM_FILE || number != 0;
}

/* So many results in a row that say otherwise. */
static uint32_t results_needed(const struct config *c, enum sim_check check, enum check_state now)
{
	uint32_t needed = now == CHECK_UP ? c->fall : c->rise;

	return check != SIM_SCRIPT || now == CHECK_UNKNOWN || needed == 0 ? 1 : needed;
}

static void decide(struct verdict *verdict, bool good)
{
	verdict->state = good ? CHECK_UP : CHECK_DOWN;
	verdict->against = 0;
	verdict->decide_us = INT64_MAX;
}

/* Is it another one now? */
static bool take_result(struct verdict *verdict, const struct config *c, enum sim_check check,
			int64_t number, int64_t now_us)
{
	bool good = is_good(c, check, number), other = number != verdict->number;

	verdict->number = number;
	if (verdict->state == (good ? CHECK_UP : CHECK_DOWN)) {
		verdict->against = 0;
		verdict->decide_us = INT64_MAX;
		return check == SIM_FILE && other;
	}
	if (check == SIM_PROCESS && c->delay_us != 0 && verdict->state != CHECK_UNKNOWN) {
		if (verdict->decide_us == INT64_MAX)
			verdict->decide_us = now_us + c->delay_us;
		return false;
	}
	if (++verdict->against < results_needed(c, check, verdict->state))
		return false;
	decide(verdict, good);
	return true;
}

/* ---- what they come to ---- */

/* Inverse or not. */
static enum check_state state_of(const struct router *r, const struct track_config *track,
				 int which, int segment)
{
	const struct port *p = &r->view.ports[segment];
	enum check_state state;

	if (which == SIM_LINK)
		return p->ifindex != 0 && p->up ? CHECK_UP : CHECK_DOWN;
	state = r->verdicts[which].state;
	if (state == CHECK_UNKNOWN || !track->inverse)
		return state;
	return state == CHECK_UP ? CHECK_DOWN : CHECK_UP;
}

static int in_file(const struct router *r)
{
	int64_t number = r->verdicts[SIM_FILE].number;

	return (int)(number > NUMBER_MAX    ? NUMBER_MAX
		     : number < -NUMBER_MAX ? -NUMBER_MAX
					    : number);
}

static void add(const struct router *r, const struct track_config *tracks, int other_segment,
		struct burden *sum)
{
	for (int i = 0; i < SIM_TRACKS; i++) {
		const struct track_config *track = &tracks[i];
		enum check_state state;

		if (!track->on)
			continue;
		state = state_of(r, track, i, other_segment);
		sum->unknown = sum->unknown || state == CHECK_UNKNOWN;
		sum->awaited = sum->awaited ||
			       (state == CHECK_UNKNOWN && i != SIM_FILE && track->weight == 0);
		if (i == SIM_FILE)
			sum->adds += state == CHECK_UP ? track->weight * in_file(r) : 0;
		else if (track->weight == 0)
			sum->faults = sum->faults || state == CHECK_DOWN;
		else if (state == (track->weight < 0 ? CHECK_DOWN : CHECK_UP))
			sum->adds += track->weight;
	}
}

static struct burden burden_of(const struct router *r, int v)
{
	const struct track_config *of_group = config_group_tracks(&r->config, v);
	struct burden sum = { 0 };

	add(r, r->config.vrs[v].tracks, 1 - segment_of(v), &sum);
	if (of_group)
		add(r, of_group, 1, &sum);
	return sum;
}

void checks_weigh(struct router *r)
{
	for (int v = 0; v < SIM_VRS_MAX; v++)
		r->burdens[v] = burden_of(r, v);
}

/* ---- results ---- */

/* What one process inherits of the one before counts until all it tracks has spoken. */
static void changed(struct cluster *c, struct router *r)
{
	checks_weigh(r);
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (!checks_burden(r, v).unknown)
			r->inherited[v] = 0;
	}
	rules_weighed(c, r->number);
}

static int64_t result_of(const struct router *r, enum sim_check check)
{
	return check == SIM_SCRIPT    ? !r->script_fails
	       : check == SIM_PROCESS ? r->processes
				      : r->file_number;
}

void checks_tell(struct cluster *c, struct router *r, enum sim_check check)
{
	uint32_t number = r->settings[r->generation].check_number[check];
	struct event ev = { .kind = EVENT_CHECK };

	if (!r->running || r->paused || number == 0)
		return;
	ev.check = (struct event_check){ .check = number - 1, .value = result_of(r, check) };
	if (take_result(&r->verdicts[check], &r->config, check, ev.check.value, c->now_us))
		changed(c, r);
	router_step(c, r, &ev);
}

/* What is already known needs not be told. */
static bool is_known(const struct router *r, enum sim_check check)
{
	const struct verdict *verdict = &r->verdicts[check];
	int64_t number = result_of(r, check);

	return verdict->state == (is_good(&r->config, check, number) ? CHECK_UP : CHECK_DOWN) &&
	       (check == SIM_SCRIPT || verdict->number == number);
}

void checks_tell_news(struct cluster *c, struct router *r, bool of_script)
{
	for (int i = 0; i < SIM_CHECKS; i++) {
		if ((i != SIM_SCRIPT || of_script) && !is_known(r, (enum sim_check)i))
			checks_tell(c, r, (enum sim_check)i);
	}
}

static void await(struct cluster *c, struct router *r, enum sim_check check)
{
	struct verdict *verdict = &r->verdicts[check];

	if (verdict->state == CHECK_UNKNOWN)
		verdict->decide_us =
			c->now_us + (check == SIM_SCRIPT ? SCRIPT_LATE_US : (int64_t)LATE_US);
}

void checks_boot(struct cluster *c, struct router *r)
{
	for (int i = 0; i < SIM_CHECKS; i++) {
		r->verdicts[i] = (struct verdict){ .state = CHECK_UNKNOWN, .decide_us = INT64_MAX };
		if (i == SIM_SCRIPT)
			r->verdicts[i].state = r->config.initially;
		await(c, r, (enum sim_check)i);
	}
	checks_weigh(r);
}

void checks_reloading(struct cluster *c, struct router *r)
{
	const struct config_settings *old = &r->settings[r->generation];

	for (int i = 0; i < SIM_CHECKS; i++) {
		if (old->check_number[i] == 0)
			r->verdicts[i] =
				(struct verdict){ .state = CHECK_UNKNOWN, .decide_us = INT64_MAX };
		await(c, r, (enum sim_check)i); /* the wait begins anew */
	}
	checks_weigh(r);
}

void checks_tick(struct cluster *c, struct router *r)
{
	for (int i = 0; i < SIM_CHECKS; i++) {
		struct verdict *verdict = &r->verdicts[i];

		if (verdict->decide_us > c->now_us ||
		    r->settings[r->generation].check_number[i] == 0)
			continue;
		decide(verdict, verdict->state == CHECK_UNKNOWN
					? i == SIM_FILE
					: is_good(&r->config, (enum sim_check)i, verdict->number));
		changed(c, r);
	}
}
