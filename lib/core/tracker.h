/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One tracked thing: a script, process, file or BFD session of the configuration, with what its results say of it so far. Raw results go
 * in; rise and fall, the tolerated numbers and the delay decide when that makes it up or down.
 */
#ifndef CORE_TRACKER_H
#define CORE_TRACKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/limits.h"
#include "core/settings.h"

enum {
	/* Beyond the time that a first result may take. */
	TRACKER_FIRST_RESULT_MS = 1000,
};

struct bfd_session;

struct tracker {
	const struct check_settings *set;
	enum check_state state;
	int64_t value;    /* of the last result */
	uint32_t against; /* results in a row that speak against the state */
	struct instant
		decide_at; /* a process: when the number it has now counts; a first result is overdue; or INSTANT_NEVER */
	char why[TEXT_MAX];                /* the words that came with the last result */
	const struct bfd_session *session; /* of a bfd, to be shown; NULL: none is known */
};

/* The settings must outlive it. */
void tracker_init(struct tracker *t, const struct check_settings *set);

/* Results come from now on: where none is known yet and none comes in time, that counts as a bad one. */
void tracker_await(struct tracker *t, struct instant now);

/* The same thing under other settings: what is known of it stays. */
void tracker_adopt(struct tracker *t, const struct tracker *old);

/* A result. Is its state, or the number of a file, another one now? why: a few words or NULL. */
bool tracker_result(struct tracker *t, int64_t value, const char *why, struct instant now);

/* decide_at may have come. Likewise. */
bool tracker_tick(struct tracker *t, struct instant now);

/* Does it count as up, as that track sees it? Not while unknown. */
bool tracker_is_up(const struct tracker *t, const struct track_settings *track);

#endif
