/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The routes and rules of one machine's kernel: as kernel.c has it for addresses, they are there at once or refused, and the process
 * reads of it a little later. A route goes with the port that it leads through; and now and then the answer gets lost although what was
 * asked has been done.
 */
#include <errno.h>
#include <string.h>

#include "cluster.h"

static const char *kind_name(int i)
{
	return i == 0 ? "route" : "rule";
}

static bool is_configured(const struct config *c, int v, int i)
{
	return c->vrs[v].present && (c->vrs[v].routings >> i & 1);
}

static void tell_routing(struct cluster *c, struct router *r, int v, int i)
{
	const struct held_routing *there = &r->kernel.routings[v][i];

	kernel_tell(c, r,
		    (struct message){ .kind = MESSAGE_ROUTING,
				      .v = (uint8_t)v,
				      .k = (uint8_t)i,
				      .present = there->held != 0,
				      .ours = there->held == HELD_OURS,
				      .narrow = there->narrow });
}

/* ---- what the process asks ---- */

/* An answer that is lost is told as ENOBUFS, whatever came of it. */
static int refusal(struct cluster *c, const struct router *r)
{
	if (r->kernel.forgets)
		return ENOBUFS;
	if (!dice_chance(&c->dice, r->kernel.refuse_ppm))
		return 0;
	return dice_below(&c->dice, 2) == 0 ? EPERM : ENOBUFS;
}

/* What comes of it; "already gone" is no error. */
static int carry_out(struct cluster *c, struct router *r, int v, int i, enum action_kind kind)
{
	struct held_routing *there = &r->kernel.routings[v][i];
	int error = refusal(c, r);

	if (error == EPERM)
		return error;
	if (kind == ACTION_REMOVE_ROUTING) {
		if (there->held == HELD_OURS)
			*there = (struct held_routing){ 0 };
		return error;
	}
	if (i == 0 && !port_works(r, v))
		return ENETDOWN;
	if (kind == ACTION_ADD_ROUTING && there->held != 0)
		return EEXIST;
	*there = (struct held_routing){ .held = HELD_OURS,
					.narrow = i == 0 && r->config.vrs[v].narrow };
	return error;
}

static const char *error_name(int error)
{
	switch (error) {
	case 0:
		return "";
	case EPERM:
		return ": EPERM";
	case EEXIST:
		return ": EEXIST";
	case ENETDOWN:
		return ": ENETDOWN";
	default:
		return ": the answer is lost";
	}
}

void routings_change(struct cluster *c, struct router *r, const struct action *a)
{
	const char *verb = a->kind == ACTION_ADD_ROUTING       ? "adds"
			   : a->kind == ACTION_REPLACE_ROUTING ? "replaces"
							       : "removes";
	int v, i, error;

	if (!config_find_routing(a->routing, &v, &i)) {
		cluster_fail(c, "%c changes a route that nobody configured", 'a' + r->number);
		return;
	}
	rules_changes_routing(c, r->number, v, i, a->kind);
	error = carry_out(c, r, v, i, a->kind);
	rules_routing_changed(c, r->number, v, error);
	cluster_note(c, 0x600000u + (unsigned)(r->number << 8 | v << 4 | i << 2) + a->kind);
	cluster_trace(c, r->number, "%s the %s of v%d%s", verb, kind_name(i), v, error_name(error));
	kernel_tell(c, r,
		    (struct message){ .kind = MESSAGE_ROUTING_ANSWER,
				      .v = (uint8_t)v,
				      .k = (uint8_t)i,
				      .present = a->kind != ACTION_REMOVE_ROUTING,
				      .ours = true,
				      .error = error,
				      .narrow = r->kernel.routings[v][i].narrow });
}

/* ---- what the process reads ---- */

/* A static that is valid until the next one is read. */
static const struct routing *routing_of(int v, int i, bool ours, bool narrow)
{
	static struct routing routing;

	enum {
		RTPROT_STATIC = 4
	};

	routing = config_routing(v, i, narrow);
	if (!ours && i == 0)
		routing.route.protocol = RTPROT_STATIC;
	else if (!ours)
		routing.rule.protocol = RTPROT_STATIC;
	return &routing;
}

void routings_read(struct router *r, const struct message *m, struct event *ret)
{
	struct held_routing *seen = &r->view.routings[m->v][m->k];

	if (m->kind == MESSAGE_ROUTING_AGAIN) {
		ret->kind = EVENT_ROUTING_AGAIN;
		return;
	}
	if (m->error == 0)
		*seen = (struct held_routing){ .held = !m->present ? 0
						       : m->ours   ? HELD_OURS
								   : HELD_FOREIGN,
					       .narrow = m->narrow };
	ret->kind = m->kind == MESSAGE_ROUTING ? EVENT_ROUTING : EVENT_ROUTING_DONE;
	ret->routing = (struct event_routing){
		.routing = routing_of(m->v, m->k, m->ours, m->narrow),
		.present = m->present,
		.removal = !m->present,
		.error = m->error,
	};
}

static void describe(struct router *r, struct engine *e, struct event *ev, int v, int i)
{
	const struct held_routing *seen = &r->view.routings[v][i];

	if (seen->held == 0 || !is_configured(&r->config, v, i))
		return;
	ev->kind = EVENT_ROUTING;
	ev->routing = (struct event_routing){
		.routing = routing_of(v, i, seen->held == HELD_OURS, seen->narrow),
		.present = true,
	};
	engine_step(e, ev);
}

void routings_describe(struct cluster *c, struct router *r, struct engine *e)
{
	struct event ev = { .now = { c->now_us + r->clock_offset_us } };

	for (int v = 0; v < SIM_VRS_MAX; v++) {
		for (int i = 0; i < SIM_ROUTINGS_MAX; i++)
			describe(r, e, &ev, v, i);
	}
}

void routings_describe_leftovers(struct cluster *c, struct router *r, struct engine *e)
{
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		for (int i = 0; i < SIM_ROUTINGS_MAX; i++) {
			const struct held_routing *seen = &r->view.routings[v][i];

			if (seen->held == HELD_OURS && !is_configured(&r->config, v, i) &&
			    engine_routing_leftover(e, routing_of(v, i, true, seen->narrow)) != 0)
				cluster_fail(c, "no room for a leftover");
		}
	}
}

/* ---- what others do ---- */

void cluster_remove_routing(struct cluster *c, int number, int v, int i)
{
	struct router *r = &c->routers[number];

	if (r->kernel.routings[v][i].held != HELD_OURS)
		return;
	cluster_trace(c, number, "somebody removes the %s of v%d", kind_name(i), v);
	r->kernel.routings[v][i] = (struct held_routing){ 0 };
	rules_meddled(c, number, v);
	tell_routing(c, r, v, i);
}

void cluster_set_foreign_routing(struct cluster *c, int number, int v, int i, bool present)
{
	struct router *r = &c->routers[number];
	struct held_routing *there = &r->kernel.routings[v][i];

	if (there->held != (present ? 0 : HELD_FOREIGN) || (i == 0 && !port_works(r, v)))
		return;
	cluster_trace(c, number, "somebody %s a %s like that of v%d", present ? "adds" : "removes",
		      kind_name(i), v);
	*there = (struct held_routing){ .held = present ? HELD_FOREIGN : 0 };
	rules_meddled(c, number, v);
	tell_routing(c, r, v, i);
}

void routings_port_moved(struct cluster *c, struct router *r, int segment)
{
	for (int v = segment; v < SIM_VRS_MAX; v += SIM_SEGMENTS) {
		if (port_works(r, v) || r->kernel.routings[v][0].held == 0)
			continue;
		r->kernel.routings[v][0] = (struct held_routing){ 0 };
		tell_routing(c, r, v, 0);
	}
	kernel_tell(c, r, (struct message){ .kind = MESSAGE_ROUTING_AGAIN });
}
