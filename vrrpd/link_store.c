/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links in an array sorted by their index (there are few, and new ones come last); addresses in one search tree by identity, and in a list
 * of their link in the kernel's order, which decides which one is "the first".
 */
#include "link_store.h"

#include <assert.h>
#include <search.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Coarser than the tree's order and in agreement with it: any peer will do. */
static int compare_but_peer(const void *left, const void *right)
{
	const struct address_facts *a = left, *b = right;

	if (a->ifindex != b->ifindex)
		return a->ifindex < b->ifindex ? -1 : 1;
	if (!ip_equal(a->addr, b->addr))
		return ip_compare(a->addr, b->addr);
	return a->prefix_len - b->prefix_len;
}

/* The tree's order. A struct address begins with its facts, so that bare facts are a key. */
static_assert(offsetof(struct address, facts) == 0, "facts come first");

static int compare_identity(const void *left, const void *right)
{
	const struct address_facts *a = left, *b = right;
	int order = compare_but_peer(a, b);

	return order != 0 ? order : ip_compare(a->peer, b->peer);
}

/* The place of the link in the array, or where it would be. */
static uint32_t place_of(const struct link_store *s, int32_t ifindex)
{
	uint32_t low = 0, high = s->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (s->links[middle]->facts.ifindex < ifindex)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct link *link_store_find(const struct link_store *s, int32_t ifindex)
{
	uint32_t place = place_of(s, ifindex);

	if (place == s->count || s->links[place]->facts.ifindex != ifindex)
		return NULL;
	return s->links[place];
}

static bool grow(struct link_store *s)
{
	uint32_t cap = s->cap ? s->cap * 2 : 16;
	struct link **grown = reallocarray(s->links, cap, sizeof(struct link *));

	if (!grown)
		return false;
	s->links = grown;
	s->cap = cap;
	return true;
}

struct link *link_store_obtain(struct link_store *s, int32_t ifindex)
{
	struct link *l = link_store_find(s, ifindex);
	uint32_t place = place_of(s, ifindex);

	if (l)
		return l;
	if (s->count == s->cap && !grow(s))
		return NULL;
	l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->facts.ifindex = ifindex;
	l->end = &l->first;
	memmove(s->links + place + 1, s->links + place, (s->count - place) * sizeof(struct link *));
	s->links[place] = l;
	s->count++;
	return l;
}

struct address *link_store_find_address(const struct link_store *s,
					const struct address_facts *facts)
{
	struct address **node = tfind(facts, &s->addresses, compare_identity);

	return node ? *node : NULL;
}

struct address *link_store_find_any_peer(const struct link_store *s,
					 const struct address_facts *facts)
{
	struct address **node = tfind(facts, &s->addresses, compare_but_peer);

	return node ? *node : NULL;
}

struct address *link_store_obtain_address(struct link_store *s, struct link *l,
					  const struct address_facts *facts)
{
	struct address *a = link_store_find_address(s, facts);

	if (a)
		return a;
	a = calloc(1, sizeof(*a));
	if (!a)
		return NULL;
	a->facts = *facts;
	if (!tsearch(a, &s->addresses, compare_identity)) {
		free(a);
		return NULL;
	}
	a->pointer_to_me = l->end;
	*l->end = a;
	l->end = &a->next;
	return a;
}

void link_store_remove_address(struct link_store *s, struct link *l, struct address *a)
{
	tdelete(a, &s->addresses, compare_identity);
	*a->pointer_to_me = a->next;
	if (a->next)
		a->next->pointer_to_me = a->pointer_to_me;
	else
		l->end = a->pointer_to_me;
	free(a);
}

void link_store_remove(struct link_store *s, struct link *l)
{
	uint32_t place = place_of(s, l->facts.ifindex);

	while (l->first)
		link_store_remove_address(s, l, l->first);
	s->count--;
	memmove(s->links + place, s->links + place + 1, (s->count - place) * sizeof(struct link *));
	free(l);
}

void link_store_done(struct link_store *s)
{
	while (s->count > 0)
		link_store_remove(s, s->links[s->count - 1]);
	free(s->links);
	*s = (struct link_store){ .links = NULL };
}
