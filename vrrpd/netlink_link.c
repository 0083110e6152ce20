/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The links of virtual MACs: made, dressed, raised, lowered and removed, each by a request of its own. A link that is down keeps its
 * addresses, and the host would go on taking them for its own: their local routes are removed and made again by hand.
 */
#include "netlink_state.h"

#include <string.h>

#include "netlink_message.h"

enum {
	ROUTE_BATCH = 128, /* addresses of lowered links at a time: some two milliseconds */
};

/* One that was given up while it was made is known by its name alone. */
static int32_t index_of(const struct io_netlink *nl, const struct link_change *c)
{
	const struct link_facts *there = link_table_find_name(&nl->table, c->name);

	if (c->ifindex != 0)
		return c->ifindex;
	return there && there->ours ? there->ifindex : INT32_MAX; /* which nothing has */
}

static size_t build_change(struct io_netlink *nl, const struct link_change *c, uint8_t *bytes)
{
	size_t len = 0;

	switch (c->op) {
	case LINK_MAKE:
		return netlink_build_make_link(bytes, nl->next_seq++, c->name, c->parent, c->mac);
	case LINK_RAISE:
		/* Its settings once more: this is when they matter, whoever changed them meanwhile. */
		len = netlink_build_link_v4(bytes, nl->next_seq++, c->ifindex, NULL);
		len += netlink_build_link_v6(bytes + len, nl->next_seq++, c->ifindex);
		return len +
		       netlink_build_raise_link(bytes + len, nl->next_seq++, c->ifindex, true);
	case LINK_LOWER:
		return netlink_build_raise_link(bytes, nl->next_seq++, c->ifindex, false);
	case LINK_REMOVE:
		return netlink_build_remove_link(bytes, nl->next_seq++, index_of(nl, c));
	case LINK_LEAVE:
		break;
	}
	return 0;
}

/* Local routes on their way to the kernel. */
struct local_routes {
	struct io_netlink *nl;
	int32_t ifindex;
	size_t len;
	_Alignas(struct nlmsghdr) uint8_t bytes[ROUTE_BATCH * LOCAL_ROUTE_BYTES];
};

/* Where one is there already, or the link could not be raised, the kernel says so to nobody. */
static void send_routes(struct local_routes *r)
{
	if (r->len > 0)
		(void)netlink_send(r->nl, r->bytes, r->len);
	r->len = 0;
}

static void route_one(void *ctx, struct ip_addr addr)
{
	struct local_routes *r = ctx;

	if (sizeof(r->bytes) - r->len < LOCAL_ROUTE_BYTES)
		send_routes(r);
	r->len += netlink_build_route(r->bytes + r->len, r->nl->next_seq++, r->ifindex, addr);
}

/* IPv4 makes the addresses of a link that comes up known to the host again, IPv6 does not. */
static void route_v6(struct io_netlink *nl, int32_t ifindex)
{
	struct local_routes r = { .nl = nl, .ifindex = ifindex };

	link_table_for_each_v6(&nl->table, ifindex, route_one, &r);
	send_routes(&r);
}

/*
 * What is queued goes first: an address that is to be staged on a link must not come to be hidden after the link was raised.
 */
int io_netlink_change_link(struct io_netlink *nl, const struct link_change *change)
{
	_Alignas(struct nlmsghdr) uint8_t bytes[3 * NETLINK_REQUEST_MAX];
	int error = netlink_send_batch(nl);
	size_t len;

	if (error)
		return error;
	len = build_change(nl, change, bytes);
	if (change->op == LINK_RAISE)
		link_table_note_raised(&nl->table, change->ifindex);
	error = netlink_send(nl, bytes, len);
	if (error)
		return error;
	link_requests_add(&nl->link_requests, nl->next_seq - 1, change);
	if (change->op == LINK_RAISE)
		route_v6(nl, change->ifindex);
	if (change->op == LINK_LOWER)
		link_table_note_lowered(&nl->table, change->ifindex);
	return 0;
}

/* One that has just been made gets what it cannot be made with; a kernel without IPv6 refuses the half of it. */
static void dress(struct io_netlink *nl, const struct link_request *r)
{
	_Alignas(struct nlmsghdr) uint8_t bytes[2 * NETLINK_REQUEST_MAX];
	const struct link_facts *made = link_table_find_name(&nl->table, r->answer.name);
	size_t len;

	if (!made)
		return;
	len = netlink_build_link_v4(bytes, nl->next_seq++, made->ifindex, r->alias);
	len += netlink_build_link_v6(bytes + len, nl->next_seq++, made->ifindex);
	(void)netlink_send(nl, bytes, len);
}

void netlink_answer_link(struct io_netlink *nl, struct link_request *r, int error, const char *why)
{
	struct event_link_done done;

	if (r->answer.op == LINK_MAKE && error == 0)
		dress(nl, r);
	done = link_requests_answer(&nl->link_requests, r, error);
	nl->handler.link_done(nl->handler.ctx, &done, done.error ? why : "");
}

bool netlink_link_is_so(const struct io_netlink *nl, const struct link_request *r)
{
	const struct link_facts *there = link_table_find_name(&nl->table, r->answer.name);

	if (r->answer.op == LINK_REMOVE || !there)
		return r->answer.op == LINK_REMOVE && !there;
	return r->answer.op == LINK_MAKE || there->raised == (r->answer.op == LINK_RAISE);
}

const char *io_netlink_link_name(const struct io_netlink *nl, int32_t ifindex)
{
	const struct link_facts *there = link_table_find(&nl->table, ifindex);

	return there && there->ours ? there->name : NULL;
}

struct teller {
	void (*tell)(void *ctx, int32_t ifindex, const char *name, int32_t parent,
		     const char *alias);
	void *ctx;
};

static void tell_facts(void *ctx, const struct link_facts *facts)
{
	const struct teller *t = ctx;

	t->tell(t->ctx, facts->ifindex, facts->name, facts->parent, facts->alias);
}

void io_netlink_for_each_link(const struct io_netlink *nl,
			      void (*tell)(void *ctx, int32_t ifindex, const char *name,
					   int32_t parent, const char *alias),
			      void *ctx)
{
	struct teller t = { tell, ctx };

	link_table_for_each_ours(&nl->table, tell_facts, &t);
}

void netlink_unroute_some(struct io_netlink *nl)
{
	_Alignas(struct nlmsghdr) uint8_t bytes[ROUTE_BATCH * LOCAL_ROUTE_BYTES];
	struct ip_addr addresses[ROUTE_BATCH];
	int32_t ifindex = 0;
	uint32_t count = link_table_take_routed(&nl->table, &ifindex, addresses, ROUTE_BATCH);
	size_t len = 0;

	for (uint32_t i = 0; i < count; i++)
		len += netlink_build_unroute(bytes + len, nl->next_seq++, ifindex, addresses[i]);
	if (count > 0)
		(void)netlink_send(nl, bytes, len);
}

bool io_netlink_lowering(const struct io_netlink *nl)
{
	return link_table_has_routed(&nl->table);
}
