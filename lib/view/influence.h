/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What works on a virtual router besides the protocol: an operator's force, the things it tracks,
 * its group, and the priority that comes of them. JSON on one side and text made from it on the
 * other, for this layer's own use.
 */
#ifndef VIEW_INFLUENCE_H
#define VIEW_INFLUENCE_H

#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "core/engine.h"
#include "core/snapshot.h"
#include "view/view.h"

/*
 * JSON. Each returns a new reference, or NULL when there is no memory.
 */

/* INTERFACE's `forced`: null, or {"to", "until", "reason", "by", "despite_faults"}. */
json_t *influence_forced_json(const struct force *f);

/* INTERFACE's `tracks`, all of them. */
json_t *influence_tracks_json(const struct engine *e, uint32_t vrouter, const struct snapshot *s);

/*
 * What the effective priority is made of: [{"from", "value"}, …], whose values always add up to it.
 * The first is "configuration"; then each track that adds something, with "why"; then "limit" and
 * "force", where they change the sum.
 */
json_t *influence_priority_json(const struct engine *e, uint32_t vrouter, const struct snapshot *s);

/* The names of the other members of its group; empty without one. */
json_t *influence_group_json(const struct snapshot *s);

/*
 * Lines of `show NAME`, from that JSON. Nothing where there is nothing to say.
 */
void influence_forced_line(FILE *out, const json_t *instance, const struct view_style *style);
void influence_priority_line(FILE *out, const json_t *instance);
void influence_group_line(FILE *out, const json_t *instance);
void influence_hooks_line(FILE *out, const json_t *instance);
void influence_track_lines(FILE *out, const json_t *instance, const struct view_style *style);

#endif
