/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building an advertisement is cheap but not free; sending one a millisecond for a thousand virtual routers should cost no more than
 * the system call.
 */
#include "packets.h"

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

static int store(struct packet *p, const struct advert *advert, struct ip_addr src,
		 const struct ip_addr *dst, uint32_t dst_count)
{
	static uint8_t bytes[ADVERT_BYTES_MAX];
	size_t len = advert_build(advert, src, dst[0], advert->checksum_with_pseudo, bytes,
				  sizeof(bytes));
	uint8_t *new_bytes = len ? realloc(p->bytes, len) : NULL;
	struct ip_addr *new_dst;

	if (!new_bytes)
		return -ENOMEM;
	p->bytes = new_bytes;
	new_dst = realloc(p->dst, dst_count * sizeof(*dst));
	if (!new_dst)
		return -ENOMEM;
	p->dst = new_dst;
	memcpy(p->bytes, bytes, len);
	memcpy(p->dst, dst, dst_count * sizeof(*dst));
	p->len = len;
	p->dst_count = dst_count;
	p->priority = advert->priority;
	p->src = src;
	return 0;
}

const struct packet *packets_get(struct packets *ps, const struct engine *e, uint32_t vrouter,
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
