/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command has printed: its first and its last kilobyte, however much it was. The cause of trouble stands in the one or the
 * other.
 */
#ifndef VRRPD_RUNNER_OUTPUT_H
#define VRRPD_RUNNER_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

enum {
	OUTPUT_PART = 1024,
	OUTPUT_TEXT_MAX = 2 * OUTPUT_PART + 8, /* of output_text() */
};

struct output {
	char first[OUTPUT_PART];
	char last[OUTPUT_PART]; /* a ring, of what follows the first */
	uint64_t total;
};

void output_add(struct output *o, const char *bytes, size_t len);

/* All that is kept, on one line and with nothing in it that would upset a terminal; "" for nothing. Cut to cap - 1 bytes. */
const char *output_text(const struct output *o, char *ret, size_t cap);

#endif
