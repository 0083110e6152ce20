/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every request is acknowledged: there are few at a time. Requests that are unanswered when nothing is left to be read were lost with
 * their answers; they are answered with an error after a dump has told what became of them.
 */
#include "io_routing.h"

#include <assert.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "netlink_message.h"
#include "netlink_socket.h"
#include "routing_message.h"

enum {
	RECEIVE_BUFFER_BYTES = 8 << 20,
	DATAGRAM_MAX = 64 << 10,
	READ_MAX = 64, /* datagrams of one io_routing_readable() */
	DUMP_TRIES = 16,
};

/* The parts of a dump, one after the other. */
static const struct dump_part {
	enum routing_kind kind;
	enum ip_family family;
} parts[] = {
	{ ROUTING_ROUTE, IP_V4 },
	{ ROUTING_ROUTE, IP_V6 },
	{ ROUTING_RULE, IP_V4 },
	{ ROUTING_RULE, IP_V6 },
};

enum {
	PART_COUNT = sizeof(parts) / sizeof(parts[0]),
	NO_DUMP = PART_COUNT,
};

struct request {
	struct routing routing;
	uint32_t seq;
	bool removal, replaces, sent;
};

/* One that the kernel has. */
struct known {
	struct routing routing;
	uint32_t seen; /* in which dump, or after it */
};

struct io_routing {
	struct io_routing_handler handler;
	struct mnl_socket *socket;
	uint32_t port, next_seq;
	struct known *known;
	uint32_t known_count, known_cap;
	struct request requests[ROUTING_IN_FLIGHT_MAX]; /* in the order of seq */
	uint32_t request_count;
	size_t batch_len;
	uint32_t dump; /* part that is under way; NO_DUMP: none */
	uint32_t dump_seq, generation;
	bool dump_wanted, dump_interrupted, is_synced;
	bool listens, others;
	bool moved; /* links or addresses have changed, and a dump has not told yet what came of it */
	int dump_failures; /* in a row */
	_Alignas(struct nlmsghdr) uint8_t batch[ROUTING_IN_FLIGHT_MAX * ROUTING_REQUEST_MAX];
	_Alignas(struct nlmsghdr) uint8_t received[DATAGRAM_MAX];
};

static void trouble(const struct io_routing *r, const char *what, int error)
{
	r->handler.trouble(r->handler.ctx, what, error);
}

/* ---- what there is ---- */

static struct known *find_known(struct io_routing *r, const struct routing *routing)
{
	for (uint32_t i = 0; i < r->known_count; i++) {
		if (routing_same_key(&r->known[i].routing, routing))
			return &r->known[i];
	}
	return NULL;
}

static void tell(const struct io_routing *r, const struct routing *routing, bool present)
{
	r->handler.routing(r->handler.ctx,
			   &(struct event_routing){ .routing = routing, .present = present });
}

static void add_known(struct io_routing *r, const struct routing *routing)
{
	uint32_t cap = r->known_cap != 0 ? 2 * r->known_cap : 64;
	struct known *grown;

	if (r->known_count == r->known_cap) {
		grown = realloc(r->known, cap * sizeof(*grown));
		if (!grown) {
			trouble(r, "no memory for the list of routes and rules", ENOMEM);
			r->dump_wanted = true;
			return;
		}
		r->known = grown;
		r->known_cap = cap;
	}
	r->known[r->known_count++] = (struct known){ .routing = *routing, .seen = r->generation };
}

static uint8_t protocol_of(const struct routing *routing)
{
	return routing->kind == ROUTING_ROUTE ? routing->route.protocol : routing->rule.protocol;
}

static void name_devices(struct routing *routing, const struct nexthop_indexes *indexes)
{
	char name[IF_NAMESIZE];

	if (routing->kind != ROUTING_ROUTE)
		return;
	for (uint32_t i = 0; i < routing->route.nexthop_count; i++) {
		struct nexthop *hop = &routing->route.nexthops[i];

		if (indexes->ifindex[i] != 0 &&
		    if_indextoname((unsigned int)indexes->ifindex[i], name))
			strcpy(hop->dev, name);
	}
}

/* replaces: the one of that key that was there is no more. */
static void set_known(struct io_routing *r, struct routing *routing,
		      const struct nexthop_indexes *indexes, bool replaces)
{
	struct known *known = find_known(r, routing);

	/* Beside ours somebody put another one of the same key. */
	if (known && !replaces && protocol_of(&known->routing) == ROUTING_PROTOCOL &&
	    protocol_of(routing) != ROUTING_PROTOCOL)
		return;
	name_devices(routing, indexes);
	if (known) {
		known->seen = r->generation;
		if (routing_equal(&known->routing, routing))
			return;
		known->routing = *routing;
	} else {
		add_known(r, routing);
	}
	tell(r, routing, true);
}

static void forget(struct io_routing *r, struct known *known)
{
	struct routing gone = known->routing;

	*known = r->known[--r->known_count];
	tell(r, &gone, false);
}

/* Of several of one key the kernel may remove another one than ours. */
static void unset_known(struct io_routing *r, const struct routing *routing)
{
	struct known *known = find_known(r, routing);

	if (known && protocol_of(&known->routing) == protocol_of(routing))
		forget(r, known);
}

void io_routing_retell(struct io_routing *r)
{
	for (uint32_t i = 0; i < r->known_count; i++)
		tell(r, &r->known[i].routing, true);
}

/* ---- requests ---- */

static void queue(struct io_routing *r, const struct routing *routing, bool removal, size_t len)
{
	assert(r->request_count < ROUTING_IN_FLIGHT_MAX);
	r->requests[r->request_count++] = (struct request){
		.routing = *routing,
		.seq = r->next_seq++,
		.removal = removal,
	};
	r->batch_len += len;
}

/* One that does not exist gets a number that none has, so that the kernel says so. */
static struct nexthop_indexes indexes_of(const struct routing *routing)
{
	struct nexthop_indexes indexes = { { 0 } };

	for (uint32_t i = 0; routing->kind == ROUTING_ROUTE && i < routing->route.nexthop_count;
	     i++) {
		const char *dev = routing->route.nexthops[i].dev;

		if (dev[0] == '\0')
			continue;
		indexes.ifindex[i] = (int32_t)if_nametoindex(dev);
		if (indexes.ifindex[i] == 0)
			indexes.ifindex[i] = INT32_MAX;
	}
	return indexes;
}

void io_routing_add(struct io_routing *r, const struct routing *routing, bool replace)
{
	struct nexthop_indexes indexes = indexes_of(routing);

	queue(r, routing, false,
	      routing_build_add(r->batch + r->batch_len, r->next_seq, routing, replace, &indexes));
	r->requests[r->request_count - 1].replaces = replace;
}

void io_routing_remove(struct io_routing *r, const struct routing *routing)
{
	queue(r, routing, true,
	      routing_build_remove(r->batch + r->batch_len, r->next_seq, routing));
}

int io_routing_flush(struct io_routing *r)
{
	int error = r->batch_len == 0 ? 0 : netlink_socket_send(r->socket, r->batch, r->batch_len);

	if (r->batch_len == 0 || error)
		return error;
	r->batch_len = 0;
	for (uint32_t i = 0; i < r->request_count; i++)
		r->requests[i].sent = true;
	return 0;
}

/* Does that error say that what is asked for is so already? */
static bool is_gone(int error)
{
	return error == ESRCH || error == ENOENT || error == ENODEV || error == EAFNOSUPPORT;
}

static void answer(struct io_routing *r, uint32_t i, int error, const char *why)
{
	struct request done = r->requests[i];
	struct known *known = find_known(r, &done.routing);

	memmove(&r->requests[i], &r->requests[i + 1],
		(--r->request_count - i) * sizeof(r->requests[0]));
	if (done.removal && is_gone(error))
		error = 0;
	/* A rule is nothing but its key: one that is there already needs no replacement. */
	if (done.replaces && done.routing.kind == ROUTING_RULE && error == EEXIST)
		error = 0;
	/* Our own changes are not news; the copy follows them all the same. */
	if (error == 0 && known)
		*known = r->known[--r->known_count];
	if (error == 0 && !done.removal)
		add_known(r, &done.routing);
	r->handler.done(r->handler.ctx,
			&(struct event_routing){
				.routing = &done.routing, .removal = done.removal, .error = error },
			error != 0 ? why : "");
}

void io_routing_give_up(struct io_routing *r, int error)
{
	uint32_t last_seq = r->next_seq - 1;

	r->batch_len = 0;
	for (uint32_t i = 0; i < r->request_count;) {
		if (!r->requests[i].sent && r->requests[i].seq <= last_seq)
			answer(r, i, error, "it could not be sent");
		else
			i++;
	}
}

static void take_answer(struct io_routing *r, const struct nlmsghdr *message)
{
	const char *why;
	int error = netlink_parse_error(message, &why);

	for (uint32_t i = 0; i < r->request_count; i++) {
		if (r->requests[i].seq == message->nlmsg_seq) {
			answer(r, i, error, why);
			return;
		}
	}
}

/* Nothing is left to be read: answers that have not come will not. */
static void answer_lost_requests(struct io_routing *r)
{
	uint32_t last_seq = r->next_seq - 1;

	for (uint32_t i = 0; i < r->request_count;) {
		if (r->requests[i].sent && r->requests[i].seq <= last_seq)
			answer(r, i, ENOBUFS, "the kernel's answer was lost");
		else
			i++;
	}
}

/* ---- dumps ---- */

static int ask_for_part(struct io_routing *r)
{
	_Alignas(struct nlmsghdr) uint8_t bytes[ROUTING_REQUEST_MAX];
	const struct dump_part *part = &parts[r->dump];
	size_t len;

	r->dump_seq = r->next_seq++;
	len = routing_build_dump(bytes, r->dump_seq, part->kind, part->family,
				 r->others ? 0 : ROUTING_PROTOCOL);
	return netlink_socket_send(r->socket, bytes, len);
}

static void give_up_dump(struct io_routing *r, const char *what, int error)
{
	r->dump = NO_DUMP;
	r->dump_wanted = true;
	r->dump_failures++;
	trouble(r, what, error);
}

static void start_dump(struct io_routing *r)
{
	int error;

	r->dump_wanted = false;
	r->dump_interrupted = false;
	r->generation++;
	r->dump = 0;
	error = ask_for_part(r);
	if (error)
		give_up_dump(r, "cannot ask for the list of routes and rules", -error);
}

static void finish_dump(struct io_routing *r)
{
	r->dump = NO_DUMP;
	if (r->dump_interrupted) {
		r->dump_wanted = true;
		return;
	}
	r->dump_failures = 0;
	for (uint32_t i = 0; i < r->known_count;) {
		if (r->known[i].seen != r->generation)
			forget(r, &r->known[i]);
		else
			i++;
	}
	if (r->moved)
		r->handler.again(r->handler.ctx);
	r->moved = false;
	if (r->is_synced)
		return;
	r->is_synced = true;
	r->handler.synced(r->handler.ctx);
}

static void end_part(struct io_routing *r, int error)
{
	/* A kernel without that family, or without rules, has none of them. */
	if (error != 0 && error != EAFNOSUPPORT && error != EOPNOTSUPP) {
		give_up_dump(r, "the kernel does not list its routes and rules", error);
		return;
	}
	if (++r->dump == PART_COUNT) {
		finish_dump(r);
		return;
	}
	error = ask_for_part(r);
	if (error)
		give_up_dump(r, "cannot ask for the list of routes and rules", -error);
}

static void take_breath(struct io_routing *r)
{
	if (r->dump != NO_DUMP)
		give_up_dump(r, "the kernel's list of routes and rules was lost", ENOBUFS);
	if (r->dump_wanted && r->dump_failures < DUMP_TRIES)
		start_dump(r);
	else if (r->request_count != 0)
		answer_lost_requests(r);
}

void io_routing_resync(struct io_routing *r)
{
	/* One that is under way may have passed the place already. */
	r->dump_wanted = true;
	if (r->dump == NO_DUMP)
		start_dump(r);
}

bool io_routing_waiting(const struct io_routing *r)
{
	return r->request_count != 0 || r->dump != NO_DUMP || r->dump_wanted;
}

/* ---- reading ---- */

static bool is_from_dump(const struct io_routing *r, const struct nlmsghdr *message)
{
	return r->dump != NO_DUMP && message->nlmsg_pid == r->port &&
	       message->nlmsg_seq == r->dump_seq;
}

static void take_routing(struct io_routing *r, const struct nlmsghdr *message)
{
	bool present = message->nlmsg_type == RTM_NEWROUTE || message->nlmsg_type == RTM_NEWRULE;
	struct nexthop_indexes indexes;
	struct routing routing;

	/* Our own changes are told by their answers. */
	if (message->nlmsg_pid == r->port && !is_from_dump(r, message))
		return;
	if (!routing_parse(message, &routing, &indexes))
		return;
	if (protocol_of(&routing) != ROUTING_PROTOCOL &&
	    !r->handler.concerns(r->handler.ctx, &routing))
		return;
	if (present)
		set_known(r, &routing, &indexes, (message->nlmsg_flags & NLM_F_REPLACE) != 0);
	else
		unset_known(r, &routing);
}

static void take_end(struct io_routing *r, const struct nlmsghdr *message)
{
	int error = 0;

	if (mnl_nlmsg_get_payload_len(message) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(message), sizeof(error));
	end_part(r, -error);
}

static void take_message(struct io_routing *r, const struct nlmsghdr *message)
{
	const char *why;

	if (is_from_dump(r, message) && (message->nlmsg_flags & NLM_F_DUMP_INTR))
		r->dump_interrupted = true;
	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
	case RTM_NEWADDR:
	case RTM_DELADDR:
		/* Routes may have gone with it, and others may be possible now. */
		r->moved = r->dump_wanted = true;
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
	case RTM_NEWRULE:
	case RTM_DELRULE:
		take_routing(r, message);
		break;
	case NLMSG_ERROR:
		if (is_from_dump(r, message))
			end_part(r, netlink_parse_error(message, &why));
		else
			take_answer(r, message);
		break;
	case NLMSG_DONE:
		if (is_from_dump(r, message))
			take_end(r, message);
		break;
	}
}

/* Takes in one datagram; false when there is none. */
static bool receive(struct io_routing *r)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)r->received;
	size_t len = 0;
	int status = netlink_socket_receive(r->socket, r->received, sizeof(r->received), &len);
	int left = (int)len;

	if (status < 0) {
		r->dump_wanted = r->dump_interrupted = true;
		trouble(r, "events of routes were lost, reading everything again", -status);
	}
	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
		take_message(r, message);
	return status != 0;
}

bool io_routing_readable(struct io_routing *r)
{
	bool more = true;

	if (r->dump_wanted && r->dump == NO_DUMP)
		r->dump_failures = 0; /* the caller has waited, or there is something new */
	for (int i = 0; i < READ_MAX && more; i++)
		more = receive(r);
	if (!more)
		take_breath(r);
	return more;
}

/* ---- opening ---- */

void io_routing_listen(struct io_routing *r, bool listen, bool others)
{
	static const int groups[] = { RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,
				      RTNLGRP_IPV6_RULE,  RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR,
				      RTNLGRP_IPV6_IFADDR };
	bool missed = (listen && !r->listens) || (others && !r->others);

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]) && listen != r->listens; i++) {
		int error = listen ? netlink_socket_join(r->socket, groups[i])
				   : netlink_socket_leave(r->socket, groups[i]);

		if (error && listen)
			trouble(r, "cannot subscribe to the kernel's events of routes and rules",
				-error);
	}
	r->listens = listen;
	r->others = others;
	if (missed)
		io_routing_resync(r);
}

int io_routing_open(struct io_routing **ret, const struct io_routing_handler *handler,
		    const char **ret_what)
{
	struct io_routing *r = calloc(1, sizeof(*r));
	int on = 1, status;

	*ret_what = "no memory for the buffers of the routes' netlink socket";
	if (!r)
		return -ENOMEM;
	r->handler = *handler;
	r->next_seq = 1;
	r->dump = NO_DUMP;
	*ret_what = "cannot open an rtnetlink socket for routes and rules";
	status = netlink_socket_open(&r->socket, NETLINK_ROUTE, RECEIVE_BUFFER_BYTES);
	if (status == 0) {
		r->port = mnl_socket_get_portid(r->socket);
		/* better to have: dumps that the kernel picks out */
		(void)mnl_socket_setsockopt(r->socket, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
		*ret_what = "the kernel does not list its routes";
		start_dump(r);
		status = r->dump == NO_DUMP ? -ENOBUFS : 0;
	}
	if (status != 0) {
		io_routing_close(r);
		return status;
	}
	*ret = r;
	return 0;
}

void io_routing_close(struct io_routing *r)
{
	if (!r)
		return;
	netlink_socket_close(r->socket);
	free(r->known);
	free(r);
}

int io_routing_fd(const struct io_routing *r)
{
	return mnl_socket_get_fd(r->socket);
}

void io_routing_for_each_tagged(const struct io_routing *r,
				void (*tell_one)(void *ctx, const struct routing *routing),
				void *ctx)
{
	for (uint32_t i = 0; i < r->known_count; i++) {
		if (protocol_of(&r->known[i].routing) == ROUTING_PROTOCOL)
			tell_one(ctx, &r->known[i].routing);
	}
}
