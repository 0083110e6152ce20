/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules about advertisements: who may send which, how often, and what it means to have heard or lost one.
 */
#include "cluster.h"
#include "judge.h"
#include "rules_internal.h"

enum {
	ANSWERS_PER_SECOND = 100, /* RFC 9568 section 6.4.3, as INTERFACE section 6 limits it */
};

void rules_advertised(struct cluster *c, int r, int v, uint8_t priority)
{
	struct watch *w = watch_of(c, r, v);
	int64_t interval_us = config_of(c, r, v)->interval_us;

	if (priority == VRRP_PRIORITY_RELEASE) {
		w->released++;
		c->rules.released |= 1u << v;
		return;
	}
	/* A master that yields has the last word, so that the other one learns that there were two. */
	if (w->state != VROUTER_MASTER && !(c->rules.moved >> v & 1 && w->state == VROUTER_BACKUP &&
					    c->rules.from[v] == VROUTER_MASTER))
		cluster_fail(c, "%c v%d advertises and is not MASTER", 'a' + r, v);
	if (priority != priority_of(&c->routers[r], v))
		cluster_fail(c, "%c v%d advertises priority %u", 'a' + r, v, priority);
	w->sent_us = c->now_us;
	rules_set_due(c, r, v, c->now_us + interval_us + c->late_us);
	if (c->now_us >= w->window_us + 1000000) {
		w->window_us = c->now_us;
		w->in_window = 0;
	}
	if (++w->in_window > ANSWERS_PER_SECOND &&
	    w->in_window > ANSWERS_PER_SECOND + 1000000 / interval_us * 100 / 98 + 3)
		cluster_fail(c, "%c v%d advertises %u times in a second", 'a' + r, v, w->in_window);
}

void rules_stranger(struct cluster *c, int v, int64_t interval_us)
{
	if (interval_us > c->rules.interval_max_us[v])
		c->rules.interval_max_us[v] = interval_us;
	rules_unsettle(c, v);
}

/* With one of a group all wait longer. */
static void be_patient(struct cluster *c, int r, int v)
{
	unsigned mates = config_mates(&c->routers[r].config, v);

	for (int mate = 0; mates >> mate != 0; mate++) {
		struct watch *w = watch_of(c, r, mate);

		if ((mates >> mate & 1) && w->orphan_since_us != INT64_MAX)
			w->orphan_since_us = c->now_us;
	}
}

void rules_heard(struct cluster *c, int from, int to, int v, uint8_t priority)
{
	struct watch *w = watch_of(c, to, v);
	const struct vr_config *vr = config_of(c, to, v);

	c->rules.heard = v;
	if (from >= 0)
		c->rules.lost_in_a_row[v][from][to] = 0;
	if (w->state != VROUTER_MASTER && priority != VRRP_PRIORITY_RELEASE &&
	    w->kept_until_us > c->now_us + rules_handover_us(c, to, v))
		w->kept_until_us = c->now_us + rules_handover_us(c, to, v);
	/* Its patience begins anew with a word that RFC 9568 section 6.4.2 does not discard. */
	if (w->state == VROUTER_BACKUP && priority != VRRP_PRIORITY_RELEASE &&
	    (priority >= priority_of(&c->routers[to], v) || !vr->preempt ||
	     vr->preempt_delay_us != 0))
		be_patient(c, to, v);
	/* A second master: a round with the answer, and one when it has gone. */
	if (w->state == VROUTER_MASTER && priority != VRRP_PRIORITY_RELEASE)
		w->rounds += 2;
}

void rules_lost(struct cluster *c, int from, int to, int v)
{
	uint8_t *in_a_row = &c->rules.lost_in_a_row[v][from][to];

	c->rules.clean_since_us[v][from][to] = c->now_us;
	if (*in_a_row < UINT8_MAX)
		++*in_a_row;
	/* One that is lost now and then a cluster must bear without losing its order. */
	if (*in_a_row >= 2)
		c->rules.disturbed_us[v] = c->now_us;
}
