/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The distance of Damerau and Levenshtein (neighbours swapped at most once), since a slip of the
 * fingers is one of its four steps. Words of a configuration are short, so that a table of fixed
 * size is enough.
 */
#include "conf/suggest.h"

#include <stdlib.h>
#include <string.h>

static char folded(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '_' ? '-' : c;
}

static unsigned int min_of(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

unsigned int suggest_distance(const char *a, const char *b)
{
	unsigned int d[SUGGEST_LEN_MAX + 1][SUGGEST_LEN_MAX + 1];
	size_t a_len = strnlen(a, SUGGEST_LEN_MAX + 1), b_len = strnlen(b, SUGGEST_LEN_MAX + 1);

	if (a_len > SUGGEST_LEN_MAX || b_len > SUGGEST_LEN_MAX)
		return SUGGEST_LEN_MAX;
	for (unsigned int i = 0; i <= a_len; i++)
		d[i][0] = i;
	for (unsigned int k = 0; k <= b_len; k++)
		d[0][k] = k;
	for (size_t i = 1; i <= a_len; i++) {
		for (size_t k = 1; k <= b_len; k++) {
			unsigned int other = folded(a[i - 1]) != folded(b[k - 1]);

			d[i][k] = min_of(d[i - 1][k] + 1, d[i][k - 1] + 1);
			d[i][k] = min_of(d[i][k], d[i - 1][k - 1] + other);
			if (i > 1 && k > 1 && folded(a[i - 1]) == folded(b[k - 2]) &&
			    folded(a[i - 2]) == folded(b[k - 1]))
				d[i][k] = min_of(d[i][k], d[i - 2][k - 2] + 1);
		}
	}
	return d[a_len][b_len];
}

/* One slip in a short word, one for each three letters in a longer one. */
int suggest_is_near(const char *written, unsigned int distance)
{
	size_t len = strnlen(written, SUGGEST_LEN_MAX);

	return len > 1 && distance <= (len < 6 ? 1 : len / 3);
}

const char *suggest_word(const char *written, const char *const *words)
{
	const char *best = NULL;
	unsigned int best_distance = SUGGEST_LEN_MAX;

	for (; *words; words++) {
		unsigned int distance = suggest_distance(written, *words);

		if (distance < best_distance) {
			best = *words;
			best_distance = distance;
		}
	}
	return best && suggest_is_near(written, best_distance) ? best : NULL;
}
