/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every fuzz target is made of: the entry that libFuzzer and our own replay call with one input, and a check that stays in
 * every build. Inputs are read with base's reader, which gives zeros beyond the end: so each prefix of an input is an
 * input too, and every byte string means something.
 */
#ifndef TEST_FUZZ_H
#define TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* libFuzzer's name for it. Always 0; whatever is wrong ends the process. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What must hold whatever the input. */
#define MUST(condition)                                            \
	do {                                                       \
		if (!(condition))                                  \
			must_hold(__FILE__, __LINE__, #condition); \
	} while (0)

_Noreturn static inline void must_hold(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

#endif
