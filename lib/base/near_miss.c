/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The edit distance with adjacent swaps (optimal string alignment), three rows of the table at a time.
 */
#include "base/near_miss.h"

#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned min_of(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* What is forgiven in a word of that length. */
static unsigned tolerance(size_t len)
{
	return len <= 3 ? 1 : len <= 7 ? 2 : 3;
}

/* Both shorter than NEAR_MISS_WORD_MAX. */
static unsigned edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][NEAR_MISS_WORD_MAX];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];

	for (unsigned j = 0; j <= b_len; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a_len; i++) {
		unsigned *oldest = before;

		before = above;
		above = row;
		row = oldest;
		row[0] = i;
		for (unsigned j = 1; j <= b_len; j++) {
			char ca = lower(a[i - 1]), cb = lower(b[j - 1]);
			unsigned changed = above[j - 1] + (ca == cb ? 0 : 1);

			row[j] = min_of(changed, min_of(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && ca == lower(b[j - 2]) && lower(a[i - 2]) == cb)
				row[j] = min_of(row[j], before[j - 2] + 1);
		}
	}
	return row[b_len];
}

unsigned near_miss_distance(const char *typed, const char *word)
{
	size_t typed_len = strlen(typed), word_len = strlen(word);
	unsigned distance;

	if (typed_len >= NEAR_MISS_WORD_MAX || word_len >= NEAR_MISS_WORD_MAX)
		return NEAR_MISS_FAR;
	distance = edit_distance(typed, typed_len, word, word_len);
	/* a word with nothing in common with it is no slip, however short */
	if (distance > tolerance(word_len) || distance >= word_len)
		return NEAR_MISS_FAR;
	return distance;
}

const char *near_miss(const char *typed, const char *const *words, size_t n)
{
	unsigned nearest = NEAR_MISS_FAR;
	const char *found = NULL;

	for (size_t i = 0; i < n; i++) {
		unsigned distance = near_miss_distance(typed, words[i]);

		if (distance < nearest) {
			nearest = distance;
			found = words[i];
		}
	}
	return found;
}
