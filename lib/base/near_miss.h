/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "Did you mean": which known word somebody meant who typed another one. Two words are near when few single letters were added,
 * left out, changed or swapped with their neighbour; the shorter the word, the fewer are forgiven.
 */
#ifndef BASE_NEAR_MISS_H
#define BASE_NEAR_MISS_H

#include <limits.h>
#include <stddef.h>

enum {
	NEAR_MISS_WORD_MAX = 64, /* longer words are near to nothing */
};

#define NEAR_MISS_FAR UINT_MAX

/* How many slips lie between the two, or NEAR_MISS_FAR if nobody would mean the one by the other. Case does not count. */
unsigned near_miss_distance(const char *typed, const char *word);

/* The nearest of n words, the first of equally near ones; NULL if none is near. */
const char *near_miss(const char *typed, const char *const *words, size_t n);

#endif
