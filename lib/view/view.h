/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What users get to see. The first half turns the core's snapshots into JSON, for the control
 * server; the second turns that JSON into text for people, for vrrpctl. Everything a person reads
 * was JSON before, so that `-j` never tells less than the table, and any other client of the
 * control socket can tell the same. Nothing here asks for the time.
 */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "base/instant.h"
#include "core/counters.h"
#include "core/engine.h"
#include "core/history.h"

enum {
	VIEW_TIME_TEXT_MAX = 32,     /* "2026-01-01T00:00:00.000Z" */
	VIEW_DURATION_TEXT_MAX = 32, /* "2h03m", "609.375ms" */
	VIEW_HEAD_COST = 16,         /* of an instance without its lists; see view_piece() */
	VIEW_BRIEF_COST = 8,         /* the same of VIEW_BRIEF */
	/* how all JSON is written: fractions of a millisecond as short as they are */
	VIEW_DUMP_FLAGS = JSON_REAL_PRECISION(12),
};

/* How much of an instance is shown. */
enum view_depth {
	VIEW_SUMMARY, /* INTERFACE's object: one of many in `show` */
	VIEW_BRIEF,   /* of that only what a table shows: a thousand times over, little is much */
	VIEW_FULL,    /* and everything else there is to know: `show NAME` */
};

/*
 * JSON. Each returns a new reference, or NULL when there is no memory.
 */

/* One virtual router as in `vrrpctl -j show`. */
json_t *view_instance_json(const struct engine *e, uint32_t vrouter, struct instant now,
			   enum view_depth depth);

/* "master", "backup", "off"; "none" for FORCE_NONE. */
const char *view_force_name(enum force_to to);

/* "two-masters", "address-list", … */
const char *view_conflict_name(enum conflict c);

/* {"adverts_sent": 1, …}, in the order of the enum. */
json_t *view_counters_json(const struct counters *c);

/*
 * {"time", "instance", "event", "from", "to", "reason", "seq", "text", …}: what does not apply is
 * null or left out.
 */
json_t *view_event_json(const struct history_event *e);

/*
 * In place of `lost` events that were overwritten before a reader came to them: an event of kind
 * "lost".
 */
json_t *view_lost_json(uint64_t lost, int64_t wall_us);

/*
 * The same text as view_instance_json() dumped, but in pieces of which none takes long whatever the
 * number of addresses. Start with { .vrouter = …, .depth = … } and call view_piece() until it says
 * VIEW_PIECE_LAST. The engine must be the same throughout: when it was replaced, view_pieces_done()
 * and start again.
 */
struct view_pieces {
	uint32_t vrouter;
	enum view_depth depth;
	/* private */
	enum view_part {
		VIEW_PART_HEAD,
		VIEW_PART_ADDRESSES,
		VIEW_PART_EXTRA_ADDRESSES,
		VIEW_PART_ADDRESS_DETAILS,
		VIEW_PART_END,
	} part;
	uint32_t total, address; /* how many addresses there are; the next one of this part */
	bool separate;           /* something stands before it in its list */
	char *rest;              /* of the same snapshot as the head; stands after the lists */
};

enum view_piece_result {
	VIEW_PIECE_MORE,
	VIEW_PIECE_LAST,
	VIEW_PIECE_NO_MEMORY,
};

/*
 * *budget is how much may be done in this piece, and what is left of it afterwards: an address in a
 * list costs 1 and so does a track, all the rest of an instance VIEW_HEAD_COST or VIEW_BRIEF_COST. VIEW_PIECE_MORE means
 * that it was used up. The tracks are told with the head whatever they cost: of one snapshot as well.
 */
enum view_piece_result view_piece(struct view_pieces *p, const struct engine *e, struct instant now,
				  uint32_t *budget, FILE *out);

/* Frees what a half-told instance holds; may be called at any time. */
void view_pieces_done(struct view_pieces *p);

/*
 * Text for people, from the `result` of the control protocol. Members that are missing or of
 * another type show as "-": the daemon may be of another version.
 */
struct view_style {
	bool colour;     /* escape sequences: a person looks, and NO_COLOR is not set */
	int64_t wall_us; /* now, microseconds since 1970, for how long ago something was */
	/* of a table; 0 for whatever it takes */
	int columns; /* wide cells are cut, the one with the addresses first */
	int rows;    /* the instances that do not fit are counted */
};

/*
 * The result of `show`: a header and one row an instance. A state of which there is more to know has
 * a mark, which is explained below the table.
 */
void view_table(FILE *out, const json_t *show, const struct view_style *style);

/*
 * The same, with everything in reverse that is not as it was in that earlier result, colours or not.
 */
void view_table_changes(FILE *out, const json_t *show, const json_t *before,
			const struct view_style *style);

/* The result of `show NAME`: an instance, or the array of its two. */
void view_detail(FILE *out, const json_t *instance, const struct view_style *style);

/* One line an event: "2026-01-01T00:00:00.000Z web: BACKUP -> MASTER: …". */
void view_event_line(FILE *out, const json_t *event, const struct view_style *style);

/* The result of `counters [NAME]`. */
void view_counters(FILE *out, const json_t *counters, const struct view_style *style);

/*
 * Values as text; buf is returned.
 */

/* UTC, ISO 8601, to the millisecond. */
const char *view_time_text(int64_t wall_us, char buf[static VIEW_TIME_TEXT_MAX]);

/* The reverse; 0, or -EINVAL with *ret_wall_us untouched. */
int view_time_parse(const char *text, int64_t *ret_wall_us);

/*
 * How long something has been so, as exact as a person wants it: "12s", "5m07s", "2h03m", "3d04h".
 */
const char *view_age_text(struct span age, char buf[static VIEW_DURATION_TEXT_MAX]);

/* A timer's length, exactly: "0s", "609.375ms", "3.609375s". */
const char *view_duration_text(struct span length, char buf[static VIEW_DURATION_TEXT_MAX]);

#endif
