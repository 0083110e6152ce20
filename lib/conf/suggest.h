/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How near two words are, for "did you mean".
 */
#ifndef CONF_SUGGEST_H
#define CONF_SUGGEST_H

#include <stddef.h>

/* Longer words are near to nothing. */
enum {
	SUGGEST_LEN_MAX = 32
};

/*
 * Letters to insert, drop, replace or swap with their neighbour; SUGGEST_LEN_MAX if a word is too
 * long. '_' and '-' are the same, and so are capitals.
 */
unsigned int suggest_distance(const char *a, const char *b);

/* Is a word at that distance from what was written near enough to be meant? */
int suggest_is_near(const char *written, unsigned int distance);

/* The nearest of the words that is near enough, or NULL. The list ends with NULL. */
const char *suggest_word(const char *written, const char *const *words);

#endif
