/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The conversation with the kernel about addresses, and the reading of all that it says: sorted into facts for the link table, answers to
 * requests, and the progress of a dump. What is asked for leaves in batches. netlink_link.c asks for changes of links.
 *
 * The kernel works on a request inside the system call that sends it, so answers are in the receive
 * queue, in order, when sendto() returns. A batch asks for an acknowledgement of its last request
 * only, since failures are reported in any case: that keeps the queue short. An IPv4 request that
 * succeeds is answered even earlier by its echo, which the kernel queues before anything that
 * happens later to the same address.
 *
 * When the receive queue overflows the kernel says so once (ENOBUFS) and then drops everything
 * until the queue has been read empty. So a new dump is asked for only then, and it counts only if
 * nothing was dropped while it ran.
 */
#include "io_netlink.h"

#include <assert.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "netlink_message.h"
#include "netlink_state.h"

enum {
	RECEIVE_BUFFER_BYTES = 8 << 20, /* some ten thousand events */
	READ_MAX = 64,                  /* events of one io_netlink_readable() */
	BYTES_PER_EVENT = 4096, /* a part of a dump counts as many events as it has of these */
	DUMP_TRIES = 16,        /* in a row, before the caller has to wait */
};

int netlink_send(const struct io_netlink *nl, const void *bytes, size_t len)
{
	return netlink_socket_send(nl->socket, bytes, len);
}

static void trouble(const struct io_netlink *nl, const char *what, int error)
{
	nl->handler.trouble(nl->handler.ctx, what, error);
}

/* ---- requests ---- */

void io_netlink_add(struct io_netlink *nl, int32_t ifindex, const struct vip *vip)
{
	address_requests_queue(&nl->requests, nl->next_seq++, true, ifindex, vip);
}

/*
 * One that waits needs no lifetime: it is nobody's until its link is raised, and then it is refreshed. But for IPv6 addresses without an
 * end the kernel makes both routes once more while it raises the link, which takes most of that time, and it cannot wait for memory there:
 * of some thousand it drops those that it has none for. So those of 128 bits, which need no connected route, are to end in 136 years. A
 * kernel of 32 bits counts jiffies that far no more and would end them within weeks or months: there they have no end.
 */
static uint32_t lifetime_of_staged(const struct vip *vip)
{
	bool counts_far = sizeof(long) > sizeof(uint32_t);

	return counts_far && vip->addr.family == IP_V6 &&
			       vip->prefix_len == ip_max_prefix_len(IP_V6)
		       ? UINT32_MAX - 1
		       : 0;
}

void io_netlink_stage(struct io_netlink *nl, int32_t ifindex, const struct vip *vip)
{
	uint32_t lifetime_s = nl->requests.lifetime_s;

	nl->requests.lifetime_s = lifetime_of_staged(vip);
	address_requests_queue(&nl->requests, nl->next_seq++, true, ifindex, vip);
	nl->requests.lifetime_s = lifetime_s;
	/* IPv6 makes it known some moments later: see link_table.h. */
	if (vip->addr.family == IP_V4)
		address_requests_stage(&nl->requests, nl->next_seq++, ifindex, vip);
}

void io_netlink_set_lifetime(struct io_netlink *nl, uint32_t lifetime_s)
{
	nl->requests.lifetime_s = lifetime_s;
}

int io_netlink_refresh(struct io_netlink *nl, int32_t ifindex, const struct vip *vip)
{
	_Alignas(struct nlmsghdr) uint8_t bytes[NETLINK_REQUEST_MAX];
	size_t len =
		netlink_build_refresh(bytes, nl->next_seq++, ifindex, vip, nl->requests.lifetime_s);

	return netlink_send(nl, bytes, len);
}

void io_netlink_remove(struct io_netlink *nl, int32_t ifindex, const struct vip *vip)
{
	const struct link_facts *link = link_table_find(&nl->table, ifindex);

	address_requests_queue(&nl->requests, nl->next_seq++, false, ifindex, vip);
	/* See route_v6(). */
	if (link && link->ours && vip->addr.family == IP_V6)
		address_requests_stage(&nl->requests, nl->next_seq++, ifindex, vip);
}

static int send_oldest(struct io_netlink *nl, uint32_t max)
{
	size_t len = address_requests_make_ready(&nl->requests, max);
	int error;

	if (len == 0)
		return 0;
	error = netlink_send(nl, nl->requests.batch, len);
	if (!error)
		address_requests_were_sent(&nl->requests);
	return error;
}

int netlink_send_batch(struct io_netlink *nl)
{
	return send_oldest(nl, NETLINK_IN_FLIGHT_MAX);
}

/* What stays behind is sent when the answer to this has come. */
int io_netlink_flush(struct io_netlink *nl)
{
	struct instant start;
	int error;

	netlink_unroute_some(nl);
	if (nl->requests.batch_len == 0)
		return 0;
	start = clock_now();
	error = send_oldest(nl, nl->at_once);
	if (!error)
		nl->at_once = address_requests_pace(nl->at_once, instant_diff(clock_now(), start));
	return error;
}

/* The handler may queue and send new requests. */
static void answer(struct io_netlink *nl, struct address_request *r, int error, const char *why)
{
	struct event_address done = address_requests_answer(&nl->requests, r, error);

	nl->handler.address_done(nl->handler.ctx, &done, done.error ? why : "");
}

void io_netlink_give_up(struct io_netlink *nl, int error)
{
	struct address_request *r;

	address_requests_drop_batch(&nl->requests);
	while ((r = address_requests_find_dropped(&nl->requests)) != NULL)
		answer(nl, r, error, "it could not be sent");
}

/* Is what the request asked for so, as far as the kernel has told? */
static bool is_so(const struct io_netlink *nl, const struct address_request *r)
{
	return link_table_has_address(&nl->table, r->answer.ifindex, r->answer.addr,
				      r->answer.prefix_len) == r->answer.add;
}

/*
 * The answers to requests sent before a dump was asked for would have come before it. Those that
 * did not were lost, or are doubted; what the dump found tells what became of them.
 */
static void answer_lost_requests(struct io_netlink *nl)
{
	struct address_request *r;
	struct link_request *l;

	while ((l = link_requests_find_before_dump(&nl->link_requests)) != NULL)
		netlink_answer_link(nl, l, netlink_link_is_so(nl, l) ? 0 : ENOBUFS,
				    "the kernel's answer was lost, and it was not done");
	while ((r = address_requests_find_before_dump(&nl->requests)) != NULL) {
		if (r->doubted)
			answer(nl, r, is_so(nl, r) ? 0 : EPROTO,
			       "the kernel's answer was that it is so already, and it is not");
		else
			answer(nl, r, is_so(nl, r) ? 0 : ENOBUFS,
			       "the kernel's answer was lost, and it was not done");
	}
}

/* ---- dumps ---- */

/*
 * How many messages for this socket the kernel has dropped; 0 where it does not tell (before 4.12).
 */
static uint32_t count_drops(const struct io_netlink *nl)
{
	uint32_t memory[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(memory);

	if (getsockopt(mnl_socket_get_fd(nl->socket), SOL_SOCKET, SO_MEMINFO, memory, &len) < 0)
		return 0;
	return memory[SK_MEMINFO_DROPS];
}

static int ask_for(struct io_netlink *nl, enum dump_state part)
{
	_Alignas(struct nlmsghdr) uint8_t bytes[NETLINK_REQUEST_MAX];
	size_t len;

	nl->dump_seq = nl->next_seq++;
	nl->dump = part;
	len = part == DUMP_LINKS ? netlink_build_dump_links(bytes, nl->dump_seq)
				 : netlink_build_dump_addresses(bytes, nl->dump_seq);
	return netlink_send(nl, bytes, len);
}

/* It came to nothing, which takes a full queue or a kernel without memory: try again. */
static void give_up_dump(struct io_netlink *nl, const char *what, int error)
{
	link_table_end_dump(&nl->table, false);
	nl->dump = DUMP_NONE; /* only now: a handler may ask for the next one */
	nl->dump_wanted = true;
	nl->dump_failures++;
	trouble(nl, what, error);
}

static void start_dump(struct io_netlink *nl)
{
	int error;

	nl->dump_wanted = false;
	nl->dump_interrupted = false;
	nl->dump_drops = count_drops(nl);
	address_requests_note_dump(&nl->requests);
	link_requests_note_dump(&nl->link_requests);
	link_table_begin_dump(&nl->table);
	error = ask_for(nl, DUMP_LINKS);
	if (error)
		give_up_dump(nl, "cannot ask for the list of links", -error);
}

static void finish_dump(struct io_netlink *nl)
{
	bool complete = !nl->dump_interrupted && count_drops(nl) == nl->dump_drops;

	nl->dump_failures = 0;
	link_table_end_dump(&nl->table, complete);
	nl->dump = DUMP_NONE; /* only now: a handler may ask for the next one */
	if (!complete) {
		nl->dump_wanted = true;
		return;
	}
	answer_lost_requests(nl);
	if (nl->is_synced)
		return;
	nl->is_synced = true;
	nl->handler.synced(nl->handler.ctx);
}

static void take_end_of_dump(struct io_netlink *nl, const struct nlmsghdr *message)
{
	int error = 0;

	if (mnl_nlmsg_get_payload_len(message) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(message), sizeof(error));
	if (error < 0) {
		give_up_dump(nl, "the kernel broke off a dump", -error);
		return;
	}
	if (nl->dump == DUMP_ADDRESSES) {
		finish_dump(nl);
		return;
	}
	error = ask_for(nl, DUMP_ADDRESSES);
	if (error)
		give_up_dump(nl, "cannot ask for the list of addresses", -error);
}

/* The queue is empty: the moment to begin a dump, see above. */
static void take_breath(struct io_netlink *nl)
{
	/* The kernel queues a part of a dump when the one before is read. No part, no dump. */
	if (nl->dump != DUMP_NONE)
		give_up_dump(nl, "the kernel's answer to a dump was lost", ENOBUFS);
	/* And the answers to requests were in the queue when they had been sent. */
	if (address_requests_wait(&nl->requests) || nl->link_requests.count > 0)
		nl->dump_wanted = true;
	if (nl->dump_wanted && nl->dump_failures < DUMP_TRIES)
		start_dump(nl);
}

void io_netlink_resync(struct io_netlink *nl)
{
	nl->dump_wanted = true;
	if (nl->dump == DUMP_NONE)
		start_dump(nl);
}

bool io_netlink_waiting(const struct io_netlink *nl)
{
	return nl->dump != DUMP_NONE || address_requests_wait(&nl->requests) ||
	       nl->link_requests.count > 0;
}

bool io_netlink_stale(const struct io_netlink *nl)
{
	return nl->dump_wanted && nl->dump == DUMP_NONE;
}

/* ---- reading ---- */

/* Something the kernel said is lost: only a dump, and not the one that runs, makes up for it. */
static void lose_events(struct io_netlink *nl, const char *what, int error)
{
	nl->dump_wanted = nl->dump_interrupted = true;
	trouble(nl, what, error);
}

static bool is_from_dump(const struct io_netlink *nl, const struct nlmsghdr *message)
{
	return nl->dump != DUMP_NONE && message->nlmsg_pid == nl->port &&
	       message->nlmsg_seq == nl->dump_seq;
}

static int take_link(struct io_netlink *nl, const struct nlmsghdr *message)
{
	struct link_facts facts;

	if (!netlink_parse_link(message, &facts))
		return 0;
	if (message->nlmsg_type == RTM_DELLINK)
		return link_table_remove_link(&nl->table, facts.ifindex);
	return link_table_set_link(&nl->table, &facts,
				   is_from_dump(nl, message) ? FROM_DUMP : FROM_EVENT);
}

static int take_address(struct io_netlink *nl, const struct nlmsghdr *message)
{
	struct address_facts facts;
	enum link_table_origin origin = FROM_EVENT;
	struct address_request *cause = NULL;
	bool add = message->nlmsg_type == RTM_NEWADDR;
	int error;

	if (!netlink_parse_address(message, &facts))
		return 0;
	/* what else a request of ours brought about is news like any other */
	if (message->nlmsg_pid == nl->port)
		cause = address_requests_find_cause(&nl->requests, message->nlmsg_seq, add, &facts);
	if (cause)
		origin = FROM_ECHO;
	else if (is_from_dump(nl, message))
		origin = FROM_DUMP;
	error = add ? link_table_set_address(&nl->table, &facts, origin)
		    : link_table_remove_address(&nl->table, &facts, origin);
	if (cause)
		answer(nl, cause, 0, "");
	return error;
}

/* Has somebody put the address there, and the kernel found out that another host has it? */
static bool is_blocked(const struct io_netlink *nl, const struct address_request *r)
{
	return r->answer.add && link_table_has_duplicate(&nl->table, r->answer.ifindex,
							 r->answer.addr, r->answer.prefix_len);
}

static void take_answer(struct io_netlink *nl, const struct nlmsghdr *message)
{
	const char *why;
	int error = netlink_parse_error(message, &why);
	struct link_request *l = link_requests_find(&nl->link_requests, message->nlmsg_seq);
	struct address_request *r;

	if (is_from_dump(nl, message)) {
		give_up_dump(nl, "the kernel refuses a dump", error);
		return;
	}
	if (l) {
		netlink_answer_link(nl, l, error, why);
		return;
	}
	/* the end of a batch: whatever in it has not failed by now was done */
	while ((r = address_requests_find_earlier(&nl->requests, message->nlmsg_seq)) != NULL)
		answer(nl, r, 0, "");
	r = address_requests_find(&nl->requests, message->nlmsg_seq);
	if (r && error == EEXIST && is_blocked(nl, r)) {
		answer(nl, r, EADDRNOTAVAIL,
		       "it is there already and has failed duplicate address detection, so that "
		       "nobody answers for it: remove it");
	} else if (r && address_requests_is_so_already(r, error) && !is_so(nl, r)) {
		/* All that happened before it has been told: one of the two is wrong. */
		r->doubted = true;
		nl->dump_wanted = true;
	} else if (r) {
		answer(nl, r, error, why);
	}
}

static void take_message(struct io_netlink *nl, const struct nlmsghdr *message)
{
	int error = 0;

	/* the kernel noticed a change between two parts of the dump: one may be missing */
	if (is_from_dump(nl, message) && (message->nlmsg_flags & NLM_F_DUMP_INTR))
		nl->dump_interrupted = true;

	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		error = take_link(nl, message);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		error = take_address(nl, message);
		break;
	case NLMSG_ERROR:
		take_answer(nl, message);
		break;
	case NLMSG_DONE:
		if (is_from_dump(nl, message))
			take_end_of_dump(nl, message);
		break;
	}
	if (error)
		lose_events(nl, "no memory for the list of links and addresses", -error);
}

static void take_datagram(struct io_netlink *nl, size_t len)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)nl->received;
	int left = (int)len;

	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
		take_message(nl, message);
	link_table_settle(&nl->table);
}

/* Takes in one datagram: how much work that was, 0 if there was none. */
static int receive(struct io_netlink *nl)
{
	size_t len = 0;
	int status = netlink_socket_receive(nl->socket, nl->received, sizeof(nl->received), &len);

	if (status == 0)
		return 0;
	if (status < 0)
		lose_events(nl, "events of the kernel were lost, reading everything again",
			    -status);
	else
		take_datagram(nl, len);
	return 1 + (int)(len / BYTES_PER_EVENT);
}

bool io_netlink_readable(struct io_netlink *nl)
{
	int left = READ_MAX, cost;

	if (io_netlink_stale(nl))
		nl->dump_failures = 0; /* the caller has waited, or there is something new */
	do {
		cost = receive(nl);
		left -= cost;
	} while (cost > 0 && left > 0);
	if (cost == 0)
		take_breath(nl);
	nl->handler.settled(nl->handler.ctx);
	return cost > 0;
}

/* ---- opening ---- */

/*
 * Whether addresses may be changed is better known now than at the first take-over: a removal on an
 * interface that cannot exist fails in any case, and the error tells which check stopped it.
 */
static int probe_permission(struct io_netlink *nl)
{
	struct vip nothing = { .addr = { .family = IP_V4 }, .prefix_len = 32 };
	const struct nlmsghdr *message = (const struct nlmsghdr *)nl->received;
	const char *why;
	_Alignas(struct nlmsghdr) uint8_t request[NETLINK_REQUEST_MAX];
	size_t len = netlink_build_remove(request, nl->next_seq++, INT32_MAX, &nothing);
	int status = netlink_send(nl, request, len);
	size_t answer_len = 0;

	if (status == 0)
		status = netlink_socket_receive(nl->socket, nl->received, sizeof(nl->received),
						&answer_len);
	if (status < 0)
		return status;
	if (!mnl_nlmsg_ok(message, (int)answer_len) || message->nlmsg_type != NLMSG_ERROR)
		return -EBADMSG;
	return netlink_parse_error(message, &why) == EPERM ? -EPERM : 0;
}

static int subscribe(const struct io_netlink *nl)
{
	static const int groups[] = { RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR };
	int error = 0;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]) && !error; i++)
		error = netlink_socket_join(nl->socket, groups[i]);
	return error;
}

static int open_socket(struct io_netlink *nl, const char **ret_what)
{
	int error = netlink_socket_open(&nl->socket, NETLINK_ROUTE, RECEIVE_BUFFER_BYTES);

	*ret_what = "cannot open an rtnetlink socket";
	if (error)
		return error;
	nl->port = mnl_socket_get_portid(nl->socket);
	error = probe_permission(nl);
	*ret_what = error == -EPERM ? "changing addresses needs CAP_NET_ADMIN"
				    : "the kernel does not answer to a change of addresses";
	if (error)
		return error;
	*ret_what = "cannot subscribe to the kernel's events of links and addresses";
	return subscribe(nl);
}

int io_netlink_open(struct io_netlink **ret, const struct io_netlink_handler *handler,
		    const char **ret_what)
{
	struct io_netlink *nl = calloc(1, sizeof(*nl));
	int error;

	if (!nl) {
		*ret_what = "no memory for the netlink socket's buffers";
		return -ENOMEM;
	}
	nl->handler = *handler;
	nl->next_seq = 1;
	nl->at_once = NETLINK_IN_FLIGHT_MAX;
	link_table_init(&nl->table, &(struct link_table_observer){
					    .ctx = handler->ctx,
					    .uses = handler->uses,
					    .is_vip = handler->is_vip,
					    .link = handler->link,
					    .address = handler->address,
					    .duplicate = handler->duplicate,
				    });
	error = open_socket(nl, ret_what);
	if (error) {
		io_netlink_close(nl);
		return error;
	}
	start_dump(nl);
	if (io_netlink_stale(nl)) {
		*ret_what = "the kernel does not list its links";
		io_netlink_close(nl);
		return -ENOBUFS;
	}
	*ret = nl;
	return 0;
}

void io_netlink_close(struct io_netlink *nl)
{
	if (!nl)
		return;
	link_table_done(&nl->table);
	netlink_socket_close(nl->socket);
	free(nl);
}

int io_netlink_fd(const struct io_netlink *nl)
{
	return mnl_socket_get_fd(nl->socket);
}

void io_netlink_retell_ours(struct io_netlink *nl)
{
	link_table_retell_ours(&nl->table);
}

void io_netlink_reconsider(struct io_netlink *nl)
{
	link_table_reconsider(&nl->table);
}

void io_netlink_retell(struct io_netlink *nl, int32_t ifindex)
{
	link_table_retell(&nl->table, ifindex);
}

bool io_netlink_describe(const struct io_netlink *nl, const char *name, struct event_link *ret)
{
	return link_table_describe(&nl->table, name, ret);
}

void io_netlink_for_each_tagged(const struct io_netlink *nl,
				void (*tell)(void *ctx, int32_t ifindex, const char *name,
					     const struct vip *vip),
				void *ctx)
{
	link_table_for_each_tagged(&nl->table, tell, ctx);
}
