/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash index over items numbered 0 to n-1, chained through arrays that the caller owns: it finds candidates by hash, the caller
 * compares. No allocation, no deletion marks, and the order of a chain depends on nothing but the calls.
 */
#ifndef BASE_INDEX_H
#define BASE_INDEX_H

#include <stdint.h>

#define INDEX_NONE UINT32_MAX

struct index {
	uint32_t *heads; /* [buckets] */
	uint32_t *next;  /* [n] by item */
	uint32_t mask;   /* buckets - 1 */
};

/* How many buckets suit n items: a power of two, at least 1. */
uint32_t index_buckets(uint32_t n);

/* heads has index_buckets(n) elements, next has n; their content is set here. */
void index_init(struct index *ix, uint32_t n, uint32_t *heads, uint32_t *next);

/* The item must not be in the index. */
void index_insert(struct index *ix, uint32_t hash, uint32_t item);

/* The hash it was inserted with. Nothing happens if it is not there. */
void index_remove(struct index *ix, uint32_t hash, uint32_t item);

/* Walk the candidates: for (i = index_first(ix, h); i != INDEX_NONE; i = index_next(ix, i)) */
static inline uint32_t index_first(const struct index *ix, uint32_t hash)
{
	return ix->heads[hash & ix->mask];
}

static inline uint32_t index_next(const struct index *ix, uint32_t item)
{
	return ix->next[item];
}

/* FNV-1a of a text. */
uint32_t index_hash_text(const char *text);

/* A well mixed hash of a number. */
uint32_t index_hash_number(uint32_t number);

#endif
