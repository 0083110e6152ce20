/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the rules have in common. Nobody else includes this.
 */
#ifndef SIM_RULES_INTERNAL_H
#define SIM_RULES_INTERNAL_H

#include "cluster.h"

static inline struct watch *watch_of(struct cluster *c, int r, int v)
{
	return &c->rules.watch[r][v];
}

static inline const struct vr_config *config_of(const struct cluster *c, int r, int v)
{
	return &c->routers[r].config.vrs[v];
}

static inline int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* When the next advertisement of v must have left. */
static inline void rules_set_due(struct cluster *c, int r, int v, int64_t by_us)
{
	watch_of(c, r, v)->due_by_us = by_us;
	if (by_us < c->rules.overdue_us[r])
		c->rules.overdue_us[r] = by_us;
}

/* Does the process believe that its port is in order? */
bool rules_sees_port_work(const struct cluster *c, int r, int v);
/* Has somebody meddled with its addresses since it is what it is, or so shortly before that it did not know of it yet? */
bool rules_is_meddled_with(const struct cluster *c, int r, int v);

/* May it still have what belongs to the addresses, because it gives up in order and has not slept through the end of that? */
bool rules_may_linger(const struct cluster *c, int r, int v);

/* Does the process see that address where it is served? */
bool rules_sees_served(const struct cluster *c, int r, int v, int k);

/* So long its successor is given once it has been heard: with a virtual MAC it serves already. */
int64_t rules_handover_us(const struct cluster *c, int r, int v);

/* As many announcements as one take-over is worth, whatever went before. */
void rules_grant_announcements(struct cluster *c, int r, int v);

/* Its engine says that it is in another state now. */
void rules_note_move(struct cluster *c, int r, int v, enum vrouter_state to);

#endif
