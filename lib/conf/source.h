/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of one configuration file in memory. Only regular files of a bounded size are read,
 * and opening never waits: a FIFO, a device or a directory in place of a file is a problem to
 * report and not a daemon that hangs.
 */
#ifndef CONF_SOURCE_H
#define CONF_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct source {
	char *text; /* NUL-terminated */
	size_t len;
	dev_t device; /* which file it is, whatever its name */
	ino_t inode;
};

/* 0; or -errno with the reason in *ret_why, a constant or strerror()'s text. */
int source_read(const char *path, struct source *ret, const char **ret_why);

/*
 * Drops a UTF-8 byte order mark and the CR of CRLF, in place. 0; or -EINVAL if this is no text,
 * with the reason and the line of the first byte that does not belong in one.
 */
int source_clean(char *text, size_t *len, const char **ret_why, unsigned int *ret_line);

void source_done(struct source *s);

#endif
