/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened how often since this process started: a sum over the history's events for monitoring, which must not depend on how
 * many events the history keeps. Counts are kept by instance and cause, in the order in which they first occurred, so that they can be
 * told a few at a time.
 */
#ifndef VRRPD_TALLY_H
#define VRRPD_TALLY_H

#include <stdint.h>

#include <jansson.h>

#include "core/history.h"

enum {
	TALLY_ENTRIES_MAX = 65536, /* what is new after so many is not counted */
	TALLY_PAGE = 128,          /* entries told at once */
};

struct tally;

/* NULL without memory. */
struct tally *tally_new(void);
void tally_free(struct tally *t);

/* Counts an event. Without memory it is not counted. */
void tally_event(struct tally *t, const struct history_event *e);

/* The configuration was read again, and adopted or refused. */
void tally_reload(struct tally *t, bool adopted, int64_t wall_us);

/* A BFD packet came that belongs to no session. */
void tally_stranger(struct tally *t);

/*
 * {"late", "reload", "bfd_strangers", "entries": [{"instance", "event": "state|hook|conflict", …, "count"}], "next"}: the entries from number `from`
 * on; next is where to go on, null at the end. A new reference, or NULL without memory.
 */
json_t *tally_json(const struct tally *t, uint32_t from);

#endif
