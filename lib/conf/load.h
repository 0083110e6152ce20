/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading with libconfuse: files and what they include, into a draft and a list of problems.
 */
#ifndef CONF_LOAD_H
#define CONF_LOAD_H

#include <stddef.h>

#include "conf/draft.h"
#include "conf/report.h"

/*
 * Reads a file, or a text of that name if `text` is not NULL, into the draft, which was made by
 * draft_init(). host may be NULL, then nothing is asked of it. 0; -errno if the file itself cannot
 * be read (reported), or -ENOMEM. Problems inside are reported and are no failure here.
 */
int load_file(struct report *report, struct draft *draft, const struct conf_host *host,
	      const char *path);
int load_text(struct report *report, struct draft *draft, const char *name, const char *text,
	      size_t len);

#endif
