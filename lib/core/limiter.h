/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often one complaint about one sender is made: when it is new, then at most once a minute, with the number of times in between.
 * A bounded table; when more senders complain than it holds, the rest is counted together.
 */
#ifndef CORE_LIMITER_H
#define CORE_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/ip.h"

enum {
	LIMITER_ENTRIES = 64,
	LIMITER_PERIOD_S = 60,
};

struct limiter_entry {
	bool used;
	uint32_t vrouter;    /* whom it concerns */
	uint32_t subject;    /* what is complained about, the caller's numbering */
	uint32_t suppressed; /* since last */
	struct ip_addr sender;
	struct instant last; /* when it was last let through */
};

struct limiter {
	struct limiter_entry entries[LIMITER_ENTRIES]; /* those that are used first */
	struct limiter_entry others;                   /* everything that found no place */
};

enum limiter_verdict {
	LIMITER_SILENT,       /* counted, to be told later */
	LIMITER_SPEAK,        /* tell it; *ret_count times, this one included */
	LIMITER_SPEAK_OTHERS, /* tell of *ret_count complaints about various senders */
};

/* *ret_count is set unless SILENT. */
enum limiter_verdict limiter_ask(struct limiter *l, struct instant now, uint32_t vrouter,
				 uint32_t subject, struct ip_addr sender, uint32_t *ret_count);

#endif
