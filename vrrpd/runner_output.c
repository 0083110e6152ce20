/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring takes what did not fit into the beginning, so nothing is moved while 100 MB go by.
 */
#include "runner_output.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void output_add(struct output *o, const char *bytes, size_t len)
{
	if (o->total < OUTPUT_PART) {
		size_t room = OUTPUT_PART - (size_t)o->total;
		size_t taken = len < room ? len : room;

		memcpy(o->first + o->total, bytes, taken);
		o->total += taken;
		bytes += taken;
		len -= taken;
	}
	if (len > OUTPUT_PART) {
		/* Only the end of it will be kept. */
		o->total += len - OUTPUT_PART;
		bytes += len - OUTPUT_PART;
		len = OUTPUT_PART;
	}
	for (size_t i = 0; i < len; i++)
		o->last[o->total++ % OUTPUT_PART] = bytes[i];
}

struct line {
	char *at, *end;
	bool blank; /* a space is owed */
};

/* Runs of white space and control characters become one space, and none at either end. */
static void put(struct line *l, const char *start, char byte)
{
	unsigned char c = (unsigned char)byte;

	if (c <= ' ' || c == 0x7f) {
		l->blank = l->at > start;
		return;
	}
	if (l->blank && l->at < l->end)
		*l->at++ = ' ';
	l->blank = false;
	if (l->at < l->end)
		*l->at++ = byte;
}

const char *output_text(const struct output *o, char *ret, size_t cap)
{
	struct line l = { .at = ret, .end = ret + cap - 1 };
	uint64_t i;

	for (i = 0; i < o->total && i < OUTPUT_PART; i++)
		put(&l, ret, o->first[i]);
	if (o->total > 2 * OUTPUT_PART) {
		for (const char *c = " ... "; *c; c++)
			put(&l, ret, *c);
		i = o->total - OUTPUT_PART;
	}
	for (; i < o->total; i++)
		put(&l, ret, o->last[i % OUTPUT_PART]);
	*l.at = '\0';
	return ret;
}
