/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * There are never more than a few dozen, so everything is a walk over one array.
 */
#include "link_requests.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

void link_requests_add(struct link_requests *q, uint32_t seq, const struct link_change *change)
{
	struct link_request *r = &q->table[q->count++];

	assert(q->count <= NETLINK_LINKS_MAX);
	*r = (struct link_request){ .seq = seq, .answer = { .op = change->op } };
	snprintf(r->answer.name, sizeof(r->answer.name), "%s", change->name);
	snprintf(r->alias, sizeof(r->alias), "%s", change->alias ? change->alias : "");
}

struct link_request *link_requests_find(struct link_requests *q, uint32_t seq)
{
	for (uint32_t i = 0; i < q->count; i++)
		if (q->table[i].seq == seq)
			return &q->table[i];
	return NULL;
}

void link_requests_note_dump(struct link_requests *q)
{
	for (uint32_t i = 0; i < q->count; i++)
		q->table[i].before_dump = true;
}

struct link_request *link_requests_find_before_dump(struct link_requests *q)
{
	for (uint32_t i = 0; i < q->count; i++)
		if (q->table[i].before_dump)
			return &q->table[i];
	return NULL;
}

struct event_link_done link_requests_answer(struct link_requests *q, struct link_request *r,
					    int error)
{
	struct event_link_done done = r->answer;
	uint32_t behind = q->count - (uint32_t)(r - q->table) - 1;

	done.error = done.op == LINK_REMOVE && error == ENODEV ? 0 : error;
	memmove(r, r + 1, behind * sizeof(*r));
	q->count--;
	return done;
}
