/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of reading share: load.c knows files, bridge.c knows libconfuse. Private to
 * them.
 */
#ifndef CONF_LOADER_H
#define CONF_LOADER_H

#include <confuse.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "conf/draft.h"
#include "conf/keys.h"
#include "conf/prescan.h"
#include "conf/report.h"

/* One file while it is read; an included one hangs on to the one that includes it. */
struct reading {
	struct reading *outer;
	unsigned int file; /* of the report */
	const char *path;
	const struct prescan *scan;
	size_t sections_ended; /* of those the prescan found */
};

struct known_file {
	dev_t device;
	ino_t inode;
	struct place included_at;
	bool being_read; /* not to its end yet */
};

struct loader {
	struct report *report;
	struct draft *draft;
	const struct conf_host *host; /* NULL: nothing is known about it */
	cfg_t *cfg;
	struct reading *reading; /* the innermost, NULL before the first */
	bool may_include;
	struct known_file *known; /* every file read so far */
	size_t known_count, known_cap;
	size_t top_sections;      /* ended so far, in all files */
	bool open[SECTION_COUNT]; /* the last instance (script...) of the draft is being read */
	unsigned int
		key_values[KEYS_MAX]; /* of the sections being read: good values of each key, */
	bool key_bad[KEYS_MAX];       /* was one refused, */
};

/* Makes libconfuse's options from the table of keys, and gives them back. 0 or -ENOMEM. */
int bridge_open(struct loader *l);
void bridge_close(struct loader *l);

/* Reads what the prescan hands on for l->reading. 0 or -ENOMEM. */
int bridge_parse(struct loader *l);

/* An include() of the pattern at that place. */
void loader_include(struct loader *l, const char *pattern, struct place at);

#endif
