/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text that grows. Running out of memory is remembered and asked for once, at the end.
 */
#ifndef CONF_BUFFER_H
#define CONF_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
	char *data; /* NUL-terminated once something was added */
	size_t len;
	size_t cap;
	bool failed; /* memory ran out, something is missing */
};

void buffer_add(struct buffer *b, const char *data, size_t len);
void buffer_text(struct buffer *b, const char *text);
void buffer_printf(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text, now the caller's, or NULL if memory ran out. The buffer is empty afterwards. */
char *buffer_take(struct buffer *b);
void buffer_done(struct buffer *b);

#endif
