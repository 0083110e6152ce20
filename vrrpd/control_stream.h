/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replies that may be long, made in pieces: a thousand instances or two thousand events must not
 * hold the loop up. Between two pieces the engine may be replaced. An instance is therefore told
 * whole, from one engine, or started again; after a replacement `show` goes on behind the instance
 * it told last, if that still exists.
 */
#ifndef VRRPD_CONTROL_STREAM_H
#define VRRPD_CONTROL_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/buffer.h>

#include "base/instant.h"
#include "base/limits.h"
#include "control.h"
#include "core/engine.h"
#include "core/history.h"
#include "view/view.h"

/* Everything a piece is made from, as it is in this turn. */
struct control_source {
	const struct engine *engine;
	uint32_t engine_generation; /* another number is another engine */
	const struct history *history;
	struct instant now;
	int64_t wall_us;
	const struct control_identity *identity;
};

enum stream_kind {
	STREAM_NONE,
	STREAM_SHOW,     /* every instance */
	STREAM_COUNTERS, /* every instance */
	STREAM_INSTANCE, /* all there is to know about one */
	STREAM_EVENTS,   /* those up to now */
	STREAM_FOLLOW,   /* those from now on; never ends */
};

struct control_stream {
	enum stream_kind kind;
	/* INSTANCE: as asked for; SHOW, COUNTERS: the last one told; EVENTS, FOLLOW: whose, "" for all */
	char name[NAME_MAX_LEN + 8];
	uint64_t seq;     /* EVENTS, FOLLOW: the next one */
	uint64_t seq_end; /* EVENTS: the first one not wanted */
	bool follow;      /* EVENTS: becomes FOLLOW at its end */
	bool brief;       /* SHOW: only what a table wants */
	/* private */
	bool begun;
	bool separate;          /* something stands before in the list */
	uint32_t generation;    /* of the engine that the following is about */
	uint32_t position;      /* the next virtual router; INSTANCE: which of the two */
	uint32_t vrouters[2];   /* INSTANCE: those of that name … */
	uint32_t vrouter_count; /* … and how many there are */
	struct view_pieces pieces;
	struct evbuffer *unfinished; /* of the instance being told */
};

enum stream_result {
	STREAM_MORE,
	STREAM_LAST, /* the reply is complete; a stream that becomes FOLLOW stays */
	STREAM_FAILED,
};

/* Is it an event of the instance, virtual router or group of that name? "" is everybody's. */
bool control_stream_tells(const char *name, const struct history_event *event);

/* Appends the next piece of the reply to out. */
enum stream_result control_stream_piece(struct control_stream *s,
					const struct control_source *source, struct evbuffer *out);

/* Ends the stream; it can be used again. */
void control_stream_done(struct control_stream *s);

#endif
