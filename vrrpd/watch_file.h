/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers in files, told when they change. The directory is watched rather than the file, so that one that appears later or is replaced
 * by another is noticed like one that is written.
 */
#ifndef VRRPD_WATCH_FILE_H
#define VRRPD_WATCH_FILE_H

#include <stdint.h>

#include <event2/event.h>

#include "base/limits.h"

enum {
	FILE_WHY_MAX = 128,
};

/* The number in the first line of a file, and a few words where there is something to say ("" otherwise). */
int32_t watch_file_read(const char *path, char why[static FILE_WHY_MAX]);

struct watch_file;

/* Called for each once at first, and then whenever one may have changed. */
typedef void watch_file_report(void *ctx, uint32_t number, int32_t value, const char *why);

/* NULL without memory. */
struct watch_file *watch_file_new(struct event_base *base, watch_file_report *report, void *ctx);
void watch_file_free(struct watch_file *w);

/* The path must live as long as the watch. 0 or -ENOMEM. */
int watch_file_add(struct watch_file *w, uint32_t number, const char *path);

/* After the last one was added. */
void watch_file_begin(struct watch_file *w);

#endif
