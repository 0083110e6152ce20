/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links and addresses of the kernel, over one rtnetlink socket for requests and events. It keeps a
 * copy of the kernel's state, tells what changes in it, and carries address changes out in batches.
 * It never waits: requests are answered through the handler, and a lost event is answered with a
 * new dump that is compared with the copy.
 *
 * Every change is learnt from the kernel's own words, in the kernel's order, also those that our
 * requests caused: a subscriber is sent an echo of them, with his own port and the number of his
 * request. That matters because removing a primary IPv4 address may take others with it that nobody
 * named.
 */
#ifndef VRRPD_IO_NETLINK_H
#define VRRPD_IO_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/settings.h"
#include "link_facts.h"

enum {
	NETLINK_IN_FLIGHT_MAX = 64, /* address changes queued and unanswered, together */
	NETLINK_LINKS_MAX = 64,     /* changes of links without an answer */
};

/* What is to be done with the link of a virtual MAC. */
struct link_change {
	enum link_op op;
	const char *name;
	int32_t ifindex; /* all but MAKE */
	int32_t parent;  /* MAKE, like what follows */
	struct mac_addr mac;
	const char *alias; /* a note for whoever finds the link, at most LINK_ALIAS_MAX bytes */
};

/*
 * Called from io_netlink_readable(), _reconsider(), _retell() and _give_up() only, never
 * from the functions that queue or send, so that the engine may be stepped in any of them. What is
 * pointed to is valid during the call.
 */
struct io_netlink_handler {
	void *ctx;
	/* Is an interface of that name of interest? Others are never told of. */
	bool (*uses)(void *ctx, const char *name);
	/*
	 * Would some virtual router hold that address there? Then it is not chosen as the source of
	 * advertisements unless nothing else is left. Asked before that interface is told for the
	 * first time, hence the name beside the index.
	 */
	bool (*is_vip)(void *ctx, int32_t ifindex, const char *name, struct ip_addr addr);
	/*
	 * An interface, whole, whenever something in it changed; ifindex 0 when no interface has
	 * that name any more. A renamed one is one that is gone and one that is new.
	 */
	void (*link)(void *ctx, const struct event_link *link);
	/*
	 * An address appeared, vanished, or changed hands (`ours`). Told after its interface;
	 * before it where both vanish. Not told: what an IPv4 request of ours asked for, because
	 * its answer says so. (The kernel has no echo for IPv6: these may be told besides being
	 * answered.)
	 */
	void (*address)(void *ctx, const struct event_address *address);
	/*
	 * A VIP stands there that has failed duplicate address detection: another host has it, and
	 * the kernel neither uses it nor lets it go. It is told as absent. Not one of ours, which
	 * are added without detection.
	 */
	void (*duplicate)(void *ctx, const char *name, struct ip_addr addr);
	/*
	 * The answer to one request, in the order of the kernel's changes. "Already there" and
	 * "already gone" count as error 0. why is the kernel's explanation of an error, or "".
	 */
	void (*address_done)(void *ctx, const struct event_address *answer, const char *why);
	/* The answer to one change of a link; likewise. */
	void (*link_done)(void *ctx, const struct event_link_done *answer, const char *why);
	/*
	 * Once: the first complete picture has been told. io_netlink_reconsider() may follow in it.
	 */
	void (*synced)(void *ctx);
	/* The end of each io_netlink_readable(): everything that it read has been told. */
	void (*settled)(void *ctx);
	/*
	 * For the log: what went wrong (events lost, dump refused) and its errno. The adapter mends
	 * it by itself. May come from any function.
	 */
	void (*trouble)(void *ctx, const char *what, int error);
};

struct io_netlink;

/*
 * Opens the socket and asks for the first dump; the answers come through io_netlink_readable(). 0,
 * or -errno with the missing facility or capability in *ret_what. The handler is copied.
 */
int io_netlink_open(struct io_netlink **ret, const struct io_netlink_handler *handler,
		    const char **ret_what);
/* NULL is allowed. Addresses stay as they are. */
void io_netlink_close(struct io_netlink *nl);

/* To be watched for reading. */
int io_netlink_fd(const struct io_netlink *nl);

/*
 * Takes in what the kernel has sent, a bounded piece at a time. True: more is left, call again soon
 * (the descriptor stays readable as well).
 */
bool io_netlink_readable(struct io_netlink *nl);

/*
 * Queues the request to add or remove vip on that interface. At most NETLINK_IN_FLIGHT_MAX may be
 * queued or unanswered, and of one IPv6 address at most one: the kernel tells of these some moments after its
 * answer, so that one that is doubted is decided by what is there afterwards. Adding never replaces: an address
 * that somebody else has put there stays theirs.
 */
void io_netlink_add(struct io_netlink *nl, int32_t ifindex, const struct vip *vip);
/* Onto a link that is down, to wait there: the host is not to take it for one of its own before the link is raised. */
void io_netlink_stage(struct io_netlink *nl, int32_t ifindex, const struct vip *vip);
void io_netlink_remove(struct io_netlink *nl, int32_t ifindex, const struct vip *vip);

/*
 * Changes a link, at once and after all that is queued: when it returns, the kernel has done it, or refused, and the answer can be read. 0,
 * or -errno when it could not be sent: no answer follows. At most NETLINK_LINKS_MAX may be unanswered.
 */
int io_netlink_change_link(struct io_netlink *nl, const struct link_change *change);

/*
 * Addresses on links that were lowered are still to be taken off the host's list of its own, a piece with each io_netlink_flush(): call it
 * again soon.
 */
bool io_netlink_lowering(const struct io_netlink *nl);

/* Links of ours are used now that were not: tells them. */
void io_netlink_retell_ours(struct io_netlink *nl);

/* Each link that a vrrpd has made, used or not: its alias is the note that it was made with. tell must not call other functions of nl. */
void io_netlink_for_each_link(const struct io_netlink *nl,
			      void (*tell)(void *ctx, int32_t ifindex, const char *name,
					   int32_t parent, const char *alias),
			      void *ctx);

/* How long what is added from now on lives unless it is refreshed; 0: for ever. */
void io_netlink_set_lifetime(struct io_netlink *nl, uint32_t lifetime_s);
/* An address of ours that is there begins another lifetime: 0 or -errno, and no answer follows. */
int io_netlink_refresh(struct io_netlink *nl, int32_t ifindex, const struct vip *vip);

/*
 * Sends what is queued in one system call, or where the kernel was slow lately the oldest of it: call
 * it again when an answer to that has come. Does nothing if nothing is queued. 0, or -errno when the
 * kernel took none of it: it stays queued, call again later or give it up. When it returns, the
 * kernel has done the work and the answers can be read.
 */
int io_netlink_flush(struct io_netlink *nl);

/*
 * Gives up what is queued because it cannot be sent: each request is answered with that error, now.
 * Not to be called from a handler.
 */
void io_netlink_give_up(struct io_netlink *nl, int error);

/*
 * Something was asked and is not answered. Answers come at once: call io_netlink_readable() again
 * after a second even if nothing can be read, it then finds out by a dump what became of it.
 */
bool io_netlink_waiting(const struct io_netlink *nl);

/* Dumps everything again and tells the differences; for when there is doubt. */
void io_netlink_resync(struct io_netlink *nl);

/*
 * The picture may be wrong and the kernel has refused to list it several times: call
 * io_netlink_readable() again after a second even if nothing can be read. Answers may be missing
 * until then. Rare: it takes a kernel without memory.
 */
bool io_netlink_stale(const struct io_netlink *nl);

/*
 * The answers of uses() or is_vip() have changed (a reload): tells everything again, every
 * interface that is used now and its addresses, with sources chosen anew. Interfaces that are no
 * longer used are just not told of any more.
 */
void io_netlink_reconsider(struct io_netlink *nl);

/* Tells that interface again as it was told last; nothing if it was not. */
void io_netlink_retell(struct io_netlink *nl, int32_t ifindex);

/* The name of the link of a virtual MAC that has this number; NULL: it is none. Valid until the next call of another function here. */
const char *io_netlink_link_name(const struct io_netlink *nl, int32_t ifindex);

/* The interface of that name as it would be told if it were used; false: there is none. */
bool io_netlink_describe(const struct io_netlink *nl, const char *name, struct event_link *ret);

/*
 * Each address that carries our tag, on whatever interface, used or not. Once synced() was called
 * these are what a dead daemon left behind; later, also what stays on an interface that was
 * renamed. vip is enough to remove it: address, prefix length, scope. tell must not call other
 * functions of nl than io_netlink_remove().
 */
void io_netlink_for_each_tagged(const struct io_netlink *nl,
				void (*tell)(void *ctx, int32_t ifindex, const char *name,
					     const struct vip *vip),
				void *ctx);

#endif
