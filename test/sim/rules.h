/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold in every cluster at all times, checked from outside: the rules know what was done
 * to the cluster, what the engines sent and what their kernels hold, and nothing of how an engine
 * comes to its decisions. Each names the sentence that it stands for where it is checked.
 *
 * Most rules are of the kind "not longer than": whenever something changes they are asked again, and
 * each says when at the latest it wants to be.
 */
#ifndef SIM_RULES_H
#define SIM_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "core/event.h"
#include "core/history.h"

struct cluster;

/* One virtual router on one router, as seen from outside. */
struct watch {
	enum vrouter_state state;
	int64_t since_us;        /* of that state */
	int64_t orphan_since_us; /* BACKUP, and no master's word can reach it; INT64_MAX: one can */
	int64_t trouble_us; /* when its addresses were last meddled with, or the port was moved */
	int64_t refused_us; /* when the kernel last refused it something */
	int64_t unroutable_us;                   /* likewise a route or rule */
	int64_t refusals_since_us[SIM_VIPS_MAX]; /* so many since then, by the second */
	uint32_t refusals[SIM_VIPS_MAX];
	int64_t without_since_us[SIM_VIPS_MAX]; /* MASTER: since when an address has been refused */
	int64_t gone_by_us;    /* when addresses must be gone that it may not have any more */
	int64_t kept_until_us; /* and before when those it had must not go, if it gave up in order */
	bool retired;          /* taken away since then: its record does not tell of them */
	bool kept_on_link;     /* they were on the link of a virtual MAC */
	uint8_t kept;          /* those: a bit for each */
	uint8_t kept_routings; /* and its routes and rules */
	int64_t sent_us;       /* MASTER: its last advertisement */
	int64_t due_by_us;     /* MASTER: when the next one must have left */
	int64_t window_us;     /* advertisements are counted by the second */
	uint32_t in_window;
	uint8_t released;     /* priority 0 sent in this step */
	bool resumes;         /* it was MASTER when the process died, and must be again */
	int64_t may_until_us; /* or may until then, where its port comes late; INT64_MIN: may not */
	int64_t joined_us;    /* when a start or reload brought it, or brought it into its group */
	int64_t ordered_us;   /* when a force began or ended last */
	uint32_t announced[SIM_VIPS_MAX], credit[SIM_VIPS_MAX];
	uint32_t rounds; /* announcements that may be made besides, for each address */
};

/* What hooks know. */
struct told {
	bool running;
	bool known; /* the state that was told last, or is being told */
	enum vrouter_state state;
	int64_t ended_us; /* the last of them */
};

struct rules {
	struct watch watch[SIM_ROUTERS_MAX][SIM_VRS_MAX];
	/* since when nothing that was sent was lost, and how much before in a row */
	int64_t clean_since_us[SIM_VRS_MAX][SIM_ROUTERS_MAX][SIM_ROUTERS_MAX];
	uint8_t lost_in_a_row[SIM_VRS_MAX][SIM_ROUTERS_MAX][SIM_ROUTERS_MAX];
	int64_t awake_since_us[SIM_ROUTERS_MAX];  /* the process: began, resumed or reloaded */
	int64_t paused_us[SIM_ROUTERS_MAX];       /* when it was held up; INT64_MAX: it is not */
	int64_t awake_before_us[SIM_ROUTERS_MAX]; /* for so long then */
	int64_t stopped_by_us[SIM_ROUTERS_MAX];
	int64_t overdue_us[SIM_ROUTERS_MAX]; /* no due_by_us of its virtual routers is earlier */
	int64_t weighed_us[SIM_ROUTERS_MAX];
	bool in_accord[SIM_ROUTERS_MAX]; /* rules_share_fate() was content, and would be again */
	struct told told[SIM_ROUTERS_MAX][SIM_NOTIFIERS];
	int64_t disturbed_us[SIM_VRS_MAX];
	int64_t interval_max_us[SIM_VRS_MAX]; /* that any of them ever advertised */
	int64_t delay_max_us;                 /* a wire's and a kernel's longest so far, together */
	/* when to judge again: each router, and in the last place what concerns all of them */
	int64_t judge_us[SIM_VRS_MAX][SIM_ROUTERS_MAX + 1];
	int64_t check_us[SIM_VRS_MAX]; /* the earliest of these, */
	int64_t next_us;               /* and of all */
	/* of the step or reload under way */
	unsigned moved;    /* a bit for each v whose state has changed, */
	unsigned released; /* and for each that has sent priority 0 */
	enum vrouter_state from[SIM_VRS_MAX];
	int heard;          /* whose advertisement caused it; -1: none */
	bool unchanged;     /* the same configuration again */
	unsigned had_hooks; /* notifiers, before the reload */
	/* Who shares or shared the fate of v on any router: a bit for each. */
	uint8_t together[SIM_VRS_MAX];
};

void rules_init(struct cluster *c);

static inline int64_t rules_next_us(const struct rules *rules)
{
	return rules->next_us;
}

/* Asks the rules whose time has come. */
void rules_check(struct cluster *c);

/* ---- what is done to the cluster ---- */

/* The segment's wires or ports have changed, or how slow they are. */
void rules_disturbed(struct cluster *c, int segment);
/* Nobody can be heard on it any more, so nothing is kept for a successor. */
void rules_port_lost(struct cluster *c, int r, int segment);
void rules_booting(struct cluster *c, int r, bool with_records);
void rules_booted(struct cluster *c, int r);
void rules_stopping(struct cluster *c, int r);
/* The process is about to end: crashed, or done with stopping. */
void rules_gone(struct cluster *c, int r);
/* Nothing of what it held is left, nor does it remember. */
void rules_power_lost(struct cluster *c, int r);
void rules_paused(struct cluster *c, int r);
void rules_resumed(struct cluster *c, int r);
void rules_reloading(struct cluster *c, int r, const struct config *config);
void rules_reloaded(struct cluster *c, int r, unsigned actions);
/* What it has heard of its script is another thing now, and so may its priority be. */
void rules_weighed(struct cluster *c, int r);
/* The process has read that one of its ports is another one, is up or down. */
void rules_port_seen(struct cluster *c, int r);
/* Somebody else has changed the addresses of v. */
void rules_meddled(struct cluster *c, int r, int v);
void rules_announce_asked(struct cluster *c, int r, int v);

/* ---- what happens in it ---- */

/* Somebody who is not of the cluster advertises with that interval. */
void rules_stranger(struct cluster *c, int v, int64_t interval_us);
/* from -1: such a stranger. */
void rules_heard(struct cluster *c, int from, int to, int v, uint8_t priority);
void rules_lost(struct cluster *c, int from, int to, int v);
/* The engine has been stepped: before its actions are carried out, and after. */
void rules_decided(struct cluster *c, int r);
void rules_stepped(struct cluster *c, int r);
/* After each step, reload included; was_due: the deadline before it. */
void rules_deadline(struct cluster *c, int r, struct instant was_due);
void rules_advertised(struct cluster *c, int r, int v, uint8_t priority);
/* on_link: the one of its virtual MAC. */
void rules_changes_address(struct cluster *c, int r, int v, int k, bool add, bool on_link);
void rules_address_changed(struct cluster *c, int r, int v, int k, bool add, int error);
/* The process has read that something was refused to v: from now on it waits before it asks again. */
void rules_refusal_read(struct cluster *c, int r, int v, bool routing);
/* The process has read that its address is there now. */
void rules_address_added(struct cluster *c, int r, int v, int k);
void rules_announced(struct cluster *c, int r, int v, int k);
void rules_changes_link(struct cluster *c, int r, int v, enum link_op op, int32_t ifindex);
void rules_link_changed(struct cluster *c, int r, int v, int error);
/* The process has read what it is now. */
void rules_link_seen(struct cluster *c, int r, int v);
void rules_advertised_through(struct cluster *c, int r, int v, uint8_t priority, int32_t ifindex);
/* May it not become master because a link is not there yet? */
bool rules_awaits_link(const struct cluster *c, int r, int v);
void rules_changes_routing(struct cluster *c, int r, int v, int i, enum action_kind kind);
void rules_routing_changed(struct cluster *c, int r, int v, int error);

/* ---- rules_agents.c: of sets of virtual routers, a bit for each ---- */

/* That anybody ever advertised for it or for who shares its fate there. */
int64_t rules_longest_interval_us(const struct cluster *c, int r, int v);
/* May it not become master because something tracked has not spoken yet? */
bool rules_held(const struct cluster *c, int r, int v);
void rules_share_fate(struct cluster *c, int r);
/* An order for them begins or ends. */
void rules_ordered(struct cluster *c, int r, unsigned vs);
/* Those of them that take part. */
unsigned rules_able(struct cluster *c, int r, unsigned vs);
/* It has been carried out; could: those that took part before. */
void rules_obeyed(struct cluster *c, int r, unsigned vs, enum force_to to, unsigned could);
void rules_hooks_called(struct cluster *c, int r, int notifier, enum vrouter_state state);
void rules_hooks_done(struct cluster *c, int r, int notifier, bool lost);
void rules_hooks_orphaned(struct cluster *c, int r, bool in_order);
void rules_hooks_forgotten(struct cluster *c, int r);
void rules_hooks_reloaded(struct cluster *c, int r, unsigned had_hooks);
/* Of a notifier with those members. */
enum vrouter_state rules_state_to_tell(const struct cluster *c, int r, unsigned members);

/* From now on the cluster has time to find its order again. */
void rules_unsettle(struct cluster *c, int v);
/* Everything about v is to be judged as soon as what happens now has happened. */
void rules_look_again(struct cluster *c, int v);
/* Likewise all that is asked of r alone. */
void rules_look_at(struct cluster *c, int r, int v);

#endif
