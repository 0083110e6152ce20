/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk over a configuration text before libconfuse sees it. It finds what libconfuse lets
 * pass or stops at: sections without their end, stray braces, keys that are unknown, out of place
 * or there twice, missing "=" and names. What it finds is left out of the text it hands on, so
 * that libconfuse meets nothing it would refuse and every value that can be checked is checked in
 * the same run.
 */
#ifndef CONF_PRESCAN_H
#define CONF_PRESCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"
#include "conf/buffer.h"
#include "conf/keys.h"
#include "conf/report.h"

enum {
	SECTIONS_MAX = 65536,                    /* of one file, nested ones included */
	VALUE_LEN_MAX = 2 * COMMAND_MAX_LEN + 2, /* one value as written: quotes, each character
						    behind a backslash */
	LIST_MAX = EXTRA_ADDRESSES_MAX,          /* items of the longest list */
};

/* What libconfuse cannot say about a section: where it began and where its keys stand. */
struct scanned_section {
	enum section kind;
	unsigned int line; /* of its first word */
	bool title_bad;    /* its name is missing, or was refused already */
	bool unfinished;   /* its end was not found: what is missing may stand there */
	unsigned int
		key_line[KEYS_MAX]; /* by key_index(): where the key stands first; 0 for nowhere */
	bool key_bad[KEYS_MAX];     /* its value was refused already and not handed on */
};

struct prescan {
	struct buffer text; /* for libconfuse: no comments, every word in quotes, the same lines */
	struct scanned_section
		*sections; /* in the order of their ends, as libconfuse reports them */
	size_t section_count;
	size_t section_cap;
};

/*
 * text as source_clean() leaves it. 0 or -ENOMEM; *ret is to be freed with prescan_done() in both
 * cases.
 */
int prescan(struct report *report, unsigned int file, const char *text, size_t len,
	    struct prescan *ret);
void prescan_done(struct prescan *p);

#endif
