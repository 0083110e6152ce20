/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text that grows by doubling, so that a configuration of megabytes is written in linear time.
 */
#include "conf/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for len bytes and a NUL. */
static bool buffer_reserve(struct buffer *b, size_t len)
{
	size_t cap = b->cap ? b->cap : 256;

	if (b->failed)
		return false;
	while (cap - b->len <= len)
		cap *= 2;
	if (cap == b->cap)
		return true;

	char *data = realloc(b->data, cap);

	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void buffer_add(struct buffer *b, const char *data, size_t len)
{
	if (!buffer_reserve(b, len))
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buffer_text(struct buffer *b, const char *text)
{
	buffer_add(b, text, strlen(text));
}

void buffer_printf(struct buffer *b, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	int len = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (len < 0 || !buffer_reserve(b, (size_t)len))
		return;

	va_start(ap, format);
	vsnprintf(b->data + b->len, (size_t)len + 1, format, ap);
	va_end(ap);
	b->len += (size_t)len;
}

char *buffer_take(struct buffer *b)
{
	char *text = NULL;

	buffer_add(b, "", 0);
	if (!b->failed) {
		text = b->data;
		b->data = NULL;
	}
	buffer_done(b);
	return text;
}

void buffer_done(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){ .data = NULL };
}
