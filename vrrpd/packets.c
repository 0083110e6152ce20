/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building an advertisement is cheap but not free; sending one a millisecond for a thousand virtual routers should cost no more than
 * the system call.
 */
#include "packets.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int packets_init(struct packets *ps, const struct engine *e)
{
	*ps = (struct packets){ .count = engine_vrouter_count(e) };
	ps->table = calloc(ps->count ? ps->count : 1, sizeof(*ps->table));
	return ps->table ? 0 : -ENOMEM;
}

void packets_done(struct packets *ps)
{
	for (uint32_t i = 0; i < ps->count; i++) {
		free(ps->table[i].bytes);
		free(ps->table[i].dst);
	}
	free(ps->table);
	*ps = (struct packets){ 0 };
}

/* Builds the bytes for each destination in turn: only their checksums differ, and those are kept. */
static void fill(struct packet *p, const struct advert *advert, const struct ip_addr *dst)
{
	for (uint32_t i = 0; i < p->dst_count; i++) {
		size_t len = advert_build(advert, p->src, dst[i], advert->checksum_with_pseudo,
					  p->bytes, p->len);

		assert(len == p->len); /* what the configuration allows can be sent */
		p->dst[i].addr = dst[i];
		memcpy(p->dst[i].checksum, p->bytes + ADVERT_CHECKSUM_POS,
		       sizeof(p->dst[i].checksum));
	}
}

static int store(struct packet *p, const struct advert *advert, struct ip_addr src,
		 const struct ip_addr *dst, uint32_t dst_count)
{
	size_t len = advert_len(advert->version, src.family, advert->count);
	struct destination *new_dst = reallocarray(p->dst, dst_count, sizeof(*new_dst));
	uint8_t *new_bytes;

	if (!new_dst)
		return -ENOMEM;
	p->dst = new_dst;
	new_bytes = realloc(p->bytes, len);
	if (!new_bytes)
		return -ENOMEM;
	p->bytes = new_bytes;
	p->len = len;
	p->dst_count = dst_count;
	p->priority = advert->priority;
	p->src = src;
	fill(p, advert, dst);
	return 0;
}

struct packet *packets_get(struct packets *ps, const struct engine *e, uint32_t vrouter,
			   uint8_t priority)
{
	static struct advert advert; /* four kilobytes, and only one thread */
	struct packet *p = &ps->table[vrouter];
	struct ip_addr dst[PEERS_MAX];
	struct ip_addr src;
	uint32_t dst_count;

	if (p->bytes && p->priority == priority && ip_equal(p->src, engine_source(e, vrouter)))
		return p;
	dst_count = engine_advert(e, vrouter, priority, &advert, &src, dst);
	if (dst_count == 0 || store(p, &advert, src, dst, dst_count) != 0)
		return NULL;
	return p;
}

const uint8_t *packet_for(struct packet *p, uint32_t dst)
{
	memcpy(p->bytes + ADVERT_CHECKSUM_POS, p->dst[dst].checksum, sizeof(p->dst[dst].checksum));
	return p->bytes;
}
