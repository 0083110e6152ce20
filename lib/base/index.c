/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Singly linked chains of item numbers. Chains stay short because there are at least as many buckets as items, so
 * removal may simply walk one.
 */
#include "base/index.h"

uint32_t index_buckets(uint32_t n)
{
	uint32_t buckets = 1;

	while (buckets < n)
		buckets *= 2;
	return buckets;
}

void index_init(struct index *ix, uint32_t n, uint32_t *heads, uint32_t *next)
{
	uint32_t buckets = index_buckets(n);

	*ix = (struct index){ .heads = heads, .next = next, .mask = buckets - 1 };
	for (uint32_t i = 0; i < buckets; i++)
		heads[i] = INDEX_NONE;
	for (uint32_t i = 0; i < n; i++)
		next[i] = INDEX_NONE;
}

void index_insert(struct index *ix, uint32_t hash, uint32_t item)
{
	uint32_t *head = &ix->heads[hash & ix->mask];

	ix->next[item] = *head;
	*head = item;
}

void index_remove(struct index *ix, uint32_t hash, uint32_t item)
{
	uint32_t *link = &ix->heads[hash & ix->mask];

	while (*link != INDEX_NONE && *link != item)
		link = &ix->next[*link];
	if (*link == item) {
		*link = ix->next[item];
		ix->next[item] = INDEX_NONE;
	}
}

uint32_t index_hash_text(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * 16777619u;
	return hash;
}

uint32_t index_hash_number(uint32_t number)
{
	number = (number ^ (number >> 16)) * 0x45d9f3bu;
	number = (number ^ (number >> 16)) * 0x45d9f3bu;
	return number ^ (number >> 16);
}
