/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A copy of the kernel's links and addresses, and the art of telling others what changed in it. It
 * is fed with facts of three origins (a dump, an event, the echo of our own request) in the order
 * in which the kernel gave them, knows nothing of netlink, and does no I/O.
 *
 * Dumps and events overlap, and a recent kernel takes a dump without its lock: the dump may still
 * say what an event that was queued before it has revoked. So, within one dump, what an event said
 * of a link or an address is final, and what the dump says of the same one is ignored; events are
 * complete from the moment the dump is asked for. To that end things that vanish during a dump stay
 * in the table as tombstones until it ends. What neither the dump nor an event mentioned by then is
 * gone.
 */
#ifndef VRRPD_LINK_TABLE_H
#define VRRPD_LINK_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/settings.h"
#include "link_facts.h"
#include "link_store.h"

enum {
	ROUTED_PATIENCE =
		10, /* calls of link_table_take_routed() before an IPv6 address that was added is handed out */
};

enum link_table_origin {
	FROM_DUMP,
	FROM_EVENT,
	FROM_ECHO, /* of our own request: kept and not told */
};

/* Who is told; the contract of each stands in io_netlink.h. */
struct link_table_observer {
	void *ctx;
	bool (*uses)(void *ctx, const char *name);
	bool (*is_vip)(void *ctx, int32_t ifindex, const char *name, struct ip_addr addr);
	void (*link)(void *ctx, const struct event_link *link);
	void (*address)(void *ctx, const struct event_address *address);
	void (*duplicate)(void *ctx, const char *name, struct ip_addr addr);
};

struct link_table {
	struct link_table_observer observer;
	struct link_store store;
	uint32_t generation; /* number of the last dump */
	bool dumping;
	bool tags_unknown;  /* this kernel does not keep IFA_PROTO (before 5.18) */
	struct link *dirty; /* list of those that may have changed since they were last told */
	struct link **dirty_end;
};

/* The table must not be moved in memory afterwards. */
void link_table_init(struct link_table *t, const struct link_table_observer *observer);
void link_table_done(struct link_table *t);

/* Around a dump of all links, then all addresses. */
void link_table_begin_dump(struct link_table *t);
/* complete: what was not mentioned is gone. Not complete: another dump will follow. */
void link_table_end_dump(struct link_table *t, bool complete);

/* 0 or -ENOMEM. */
int link_table_set_link(struct link_table *t, const struct link_facts *facts,
			enum link_table_origin origin);
/* 0 or -ENOMEM. */
int link_table_remove_link(struct link_table *t, int32_t ifindex);

/* 0 or -ENOMEM. */
int link_table_set_address(struct link_table *t, const struct address_facts *facts,
			   enum link_table_origin origin);
int link_table_remove_address(struct link_table *t, const struct address_facts *facts,
			      enum link_table_origin origin);

/*
 * Tells the links that changed. Addresses are told at once, links here, so that a link is told once
 * after several changes: call it after each message or group of messages.
 */
void link_table_settle(struct link_table *t);

/* uses() and is_vip() may answer differently now: tells what follows from that. */
void link_table_reconsider(struct link_table *t);

/* Tells the link again as it was told last. */
void link_table_retell(const struct link_table *t, int32_t ifindex);

/* Tells all links that are ours and used now, and their addresses, once more; more are used than when they were told. */
void link_table_retell_ours(struct link_table *t);

/* The link of that name, or that number; NULL: there is none. Until the next change. */
const struct link_facts *link_table_find_name(const struct link_table *t, const char *name);
const struct link_facts *link_table_find(const struct link_table *t, int32_t ifindex);

/* That link as it would be told if it were used; false: there is none. */
bool link_table_describe(const struct link_table *t, const char *name, struct event_link *ret);

/* Calls tell for each link that is ours, used or not. */
void link_table_for_each_ours(const struct link_table *t,
			      void (*tell)(void *ctx, const struct link_facts *facts), void *ctx);

/*
 * What the host takes for its own although its link is down: the IPv4 addresses of a link of ours that was set down, and IPv6 addresses
 * that were added to one that is. The kernel does the latter some moments after it has told of the address, so that link_table_take_routed()
 * has to be called ROUTED_PATIENCE times, a millisecond apart, before it hands them out: each once, at most max at a time. Their number. A
 * link that has come up again is left out.
 */
void link_table_note_lowered(struct link_table *t, int32_t ifindex);
void link_table_note_raised(struct link_table *t, int32_t ifindex);
uint32_t link_table_take_routed(struct link_table *t, int32_t *ret_ifindex, struct ip_addr *ret,
				uint32_t max);
bool link_table_has_routed(const struct link_table *t);

/* Calls tell for each IPv6 address of ours on that link. */
void link_table_for_each_v6(const struct link_table *t, int32_t ifindex,
			    void (*tell)(void *ctx, struct ip_addr addr), void *ctx);

/* Usable, with whatever peer. Not during a dump. */
bool link_table_has_address(const struct link_table *t, int32_t ifindex, struct ip_addr addr,
			    uint8_t prefix_len);

/* Likewise: is it there and of no use, because another host has it? */
bool link_table_has_duplicate(const struct link_table *t, int32_t ifindex, struct ip_addr addr,
			      uint8_t prefix_len);

/* Calls tell for each address that is ours, on any link. */
void link_table_for_each_tagged(const struct link_table *t,
				void (*tell)(void *ctx, int32_t ifindex, const char *name,
					     const struct vip *vip),
				void *ctx);

#endif
