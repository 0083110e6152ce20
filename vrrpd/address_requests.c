/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * There are never more than a few dozen, so everything is a walk over one array.
 */
#include "address_requests.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

void address_requests_queue(struct address_requests *q, uint32_t seq, bool add, int32_t ifindex,
			    const struct vip *vip)
{
	uint8_t *room = q->batch + q->batch_len;

	assert(q->count < NETLINK_IN_FLIGHT_MAX);
	q->table[q->count++] = (struct address_request){
		.seq = seq,
		.at = q->batch_len,
		.answer = { .ifindex = ifindex,
			    .addr = vip->addr,
			    .prefix_len = vip->prefix_len,
			    .present = add,
			    .ours = true,
			    .add = add },
	};
	q->batch_len += add ? netlink_build_add(room, seq, ifindex, vip, q->lifetime_s)
			    : netlink_build_remove(room, seq, ifindex, vip);
}

void address_requests_stage(struct address_requests *q, uint32_t seq, int32_t ifindex,
			    const struct vip *vip)
{
	/* Behind the end of the batch that is acknowledged: nobody waits for this one. */
	q->batch_len += netlink_build_unroute(q->batch + q->batch_len, seq, ifindex, vip->addr);
}

static bool is_in_batch(const struct address_request *r)
{
	return !r->sent && !r->dropped;
}

/* How many of the table stand before the batch. */
static uint32_t count_before_batch(const struct address_requests *q)
{
	uint32_t i = 0;

	while (i < q->count && !is_in_batch(&q->table[i]))
		i++;
	return i;
}

size_t address_requests_make_ready(struct address_requests *q, uint32_t max)
{
	uint32_t first = count_before_batch(q);
	uint32_t left = q->count - first;

	if (q->acknowledged) /* it could not be sent when it was made ready */
		q->acknowledged->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
	q->acknowledged = NULL;
	q->ready = first + (left < max ? left : max);
	if (q->ready == first)
		return 0;
	q->acknowledged = (struct nlmsghdr *)(q->batch + q->table[q->ready - 1].at);
	q->acknowledged->nlmsg_flags |= NLM_F_ACK;
	return q->ready < q->count ? q->table[q->ready].at : q->batch_len;
}

void address_requests_were_sent(struct address_requests *q)
{
	size_t len = q->ready < q->count ? q->table[q->ready].at : q->batch_len;

	for (uint32_t i = 0; i < q->count; i++) {
		struct address_request *r = &q->table[i];

		if (!is_in_batch(r))
			continue;
		r->sent = i < q->ready;
		r->last_seq = q->acknowledged->nlmsg_seq;
		if (!r->sent)
			r->at -= len;
	}
	q->acknowledged = NULL;
	q->batch_len -= len;
	memmove(q->batch, q->batch + len, q->batch_len);
}

uint32_t address_requests_pace(uint32_t at_once, struct span took)
{
	if (took.us > span_ms(ADDRESSES_SLOW_MS).us)
		return at_once / 2 > 0 ? at_once / 2 : 1;
	if (took.us < span_ms(ADDRESSES_FAST_MS).us)
		return 2 * at_once < NETLINK_IN_FLIGHT_MAX ? 2 * at_once : NETLINK_IN_FLIGHT_MAX;
	return at_once;
}

void address_requests_drop_batch(struct address_requests *q)
{
	for (uint32_t i = 0; i < q->count; i++)
		q->table[i].dropped = !q->table[i].sent;
	q->acknowledged = NULL;
	q->batch_len = 0;
}

struct address_request *address_requests_find_dropped(struct address_requests *q)
{
	for (uint32_t i = 0; i < q->count; i++)
		if (q->table[i].dropped)
			return &q->table[i];
	return NULL;
}

bool address_requests_wait(const struct address_requests *q)
{
	return q->count > 0 && q->table[0].sent;
}

struct address_request *address_requests_find(struct address_requests *q, uint32_t seq)
{
	for (uint32_t i = 0; i < q->count; i++)
		if (q->table[i].sent && q->table[i].seq == seq)
			return &q->table[i];
	return NULL;
}

struct address_request *address_requests_find_earlier(struct address_requests *q, uint32_t last_seq)
{
	for (uint32_t i = 0; i < q->count; i++)
		if (q->table[i].sent && !q->table[i].doubted && q->table[i].last_seq == last_seq &&
		    q->table[i].seq != last_seq)
			return &q->table[i];
	return NULL;
}

struct address_request *address_requests_find_cause(struct address_requests *q, uint32_t seq,
						    bool add, const struct address_facts *facts)
{
	struct address_request *r = address_requests_find(q, seq);

	if (!r || r->answer.add != add)
		return NULL;
	if (r->answer.ifindex != facts->ifindex || r->answer.prefix_len != facts->prefix_len ||
	    !ip_equal(r->answer.addr, facts->addr))
		return NULL;
	return r;
}

void address_requests_note_dump(struct address_requests *q)
{
	for (uint32_t i = 0; i < q->count; i++)
		q->table[i].before_dump = q->table[i].sent;
}

struct address_request *address_requests_find_before_dump(struct address_requests *q)
{
	for (uint32_t i = 0; i < q->count; i++)
		if (q->table[i].before_dump)
			return &q->table[i];
	return NULL;
}

bool address_requests_is_so_already(const struct address_request *r, int error)
{
	if (r->answer.add)
		return error == EEXIST;
	/* no such device: it went and took its addresses with it */
	return error == EADDRNOTAVAIL || error == ENODEV;
}

struct event_address address_requests_answer(struct address_requests *q, struct address_request *r,
					     int error)
{
	struct event_address done = r->answer;
	uint32_t behind = q->count - (uint32_t)(r - q->table) - 1;

	done.error = address_requests_is_so_already(r, error) ? 0 : error;
	memmove(r, r + 1, behind * sizeof(*r));
	q->count--;
	return done;
}
