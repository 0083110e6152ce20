/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of one size for the life of a configuration.
 */
#include "bfd_table.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct bfd_terms bfd_terms_of(const struct check_settings *check)
{
	return (struct bfd_terms){
		.transmit = check->transmit,
		.receive = check->receive,
		.multiplier = check->multiplier,
	};
}

static uint32_t count_sessions(const struct settings *s)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < s->check_count; i++)
		count += s->checks[i].kind == CHECK_BFD;
	return count;
}

/* What index_init() and deadlines_init() want; false: something could not be had, and what could is the table's. */
static bool make_room(struct bfd_table *t, uint32_t count)
{
	struct index *indexes[] = { &t->by_discriminator, &t->by_address };
	struct instant *at = calloc(count, sizeof(*at));
	uint32_t *heap = calloc(count, sizeof(*heap)), *place = calloc(count, sizeof(*place));
	bool enough = at && heap && place;

	t->deadlines = (struct deadlines){ .at = at, .heap = heap, .place = place };
	for (int i = 0; i < 2; i++) {
		uint32_t *heads = calloc(index_buckets(count), sizeof(*heads));
		uint32_t *next = calloc(count, sizeof(*next));

		*indexes[i] = (struct index){ .heads = heads, .next = next };
		enough = enough && heads && next;
		if (heads && next)
			index_init(indexes[i], count, heads, next);
	}
	t->peers = calloc(count, sizeof(*t->peers));
	if (!enough || !t->peers)
		return false;
	deadlines_init(&t->deadlines, count, at, heap, place);
	return true;
}

int bfd_table_init(struct bfd_table *t, const struct settings *s)
{
	uint32_t count = count_sessions(s);

	*t = (struct bfd_table){ 0 };
	if (count == 0)
		return 0;
	if (!make_room(t, count)) {
		bfd_table_done(t);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < s->check_count; i++) {
		const struct check_settings *check = &s->checks[i];

		if (check->kind == CHECK_BFD)
			t->peers[t->count++] = (struct bfd_peer){
				.peer = check->peer,
				.source = check->source,
				.from = check->source,
				.ttl = check->ttl,
				.fd = -1,
				.check = i,
			};
	}
	return 0;
}

void bfd_table_done(struct bfd_table *t)
{
	for (uint32_t i = 0; i < t->count; i++)
		if (t->peers[i].fd >= 0)
			close(t->peers[i].fd);
	free(t->peers);
	free(t->by_discriminator.heads);
	free(t->by_discriminator.next);
	free(t->by_address.heads);
	free(t->by_address.next);
	free(t->deadlines.at);
	free(t->deadlines.heap);
	free(t->deadlines.place);
	*t = (struct bfd_table){ 0 };
}

static uint32_t number_of(const struct bfd_table *t, const struct bfd_peer *peer)
{
	return (uint32_t)(peer - t->peers);
}

void bfd_table_insert(struct bfd_table *t, struct bfd_peer *peer)
{
	uint32_t discriminator = peer->session.local_discriminator;

	peer->begun = true;
	index_insert(&t->by_discriminator, index_hash_number(discriminator), number_of(t, peer));
	index_insert(&t->by_address, ip_hash(peer->peer), number_of(t, peer));
	bfd_table_arm(t, peer);
}

struct bfd_peer *bfd_table_by_discriminator(const struct bfd_table *t, uint32_t discriminator)
{
	const struct index *ix = &t->by_discriminator;

	if (t->count == 0)
		return NULL;
	for (uint32_t i = index_first(ix, index_hash_number(discriminator)); i != INDEX_NONE;
	     i = index_next(ix, i))
		if (t->peers[i].session.local_discriminator == discriminator)
			return &t->peers[i];
	return NULL;
}

struct bfd_peer *bfd_table_by_address(const struct bfd_table *t, struct ip_addr src,
				      struct ip_addr dst)
{
	const struct index *ix = &t->by_address;

	if (t->count == 0)
		return NULL;
	for (uint32_t i = index_first(ix, ip_hash(src)); i != INDEX_NONE; i = index_next(ix, i)) {
		struct bfd_peer *peer = &t->peers[i];

		if (ip_equal(peer->peer, src) &&
		    (!ip_is_set(peer->source) || ip_equal(peer->source, dst)))
			return peer;
	}
	return NULL;
}

struct bfd_peer *bfd_table_same(const struct bfd_table *t, struct ip_addr peer,
				struct ip_addr source)
{
	for (uint32_t i = 0; i < t->count; i++)
		if (ip_equal(t->peers[i].peer, peer) && ip_equal(t->peers[i].source, source))
			return &t->peers[i];
	return NULL;
}

void bfd_table_arm(struct bfd_table *t, const struct bfd_peer *peer)
{
	deadlines_set(&t->deadlines, number_of(t, peer), bfd_session_deadline(&peer->session));
}
