/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address changes that were asked for and not answered yet, and the batch of those not sent
 * yet. Which message answers which request is decided here; nothing here touches a socket.
 */
#ifndef VRRPD_ADDRESS_REQUESTS_H
#define VRRPD_ADDRESS_REQUESTS_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "io_netlink.h"
#include "link_facts.h"
#include "netlink_message.h"

enum {
	/* What the kernel took longer for is asked of it in two parts, since an advertisement may be due meanwhile; … */
	ADDRESSES_SLOW_MS = 8,
	/* … and what it took less for, twice as many at once. */
	ADDRESSES_FAST_MS = 2,
};

struct address_request {
	uint32_t seq;
	uint32_t last_seq; /* of its batch: the one that is acknowledged */
	bool sent;
	bool dropped;     /* it will not be sent, and is to be answered */
	bool before_dump; /* sent before the current dump was asked for */
	bool doubted;     /* answered against all that is known; a dump is to decide */
	size_t at;        /* in the batch, while it is there */
	struct event_address answer;
};

struct address_requests {
	struct address_request table[NETLINK_IN_FLIGHT_MAX]; /* in the order of seq */
	uint32_t count;
	uint32_t lifetime_s;           /* of what is added; 0: for ever */
	struct nlmsghdr *acknowledged; /* in the batch: the last one that was made ready, or NULL */
	uint32_t ready;                /* how many of the table were made ready, or sent before */
	size_t batch_len;
	/* an address that is staged takes two messages */
	_Alignas(struct nlmsghdr) uint8_t batch[2 * NETLINK_IN_FLIGHT_MAX * NETLINK_REQUEST_MAX];
};

/* There must be room: at most NETLINK_IN_FLIGHT_MAX are queued or unanswered. */
void address_requests_queue(struct address_requests *q, uint32_t seq, bool add, int32_t ifindex,
			    const struct vip *vip);

/* The one that was queued last is not to be known to the host until its link is raised. */
void address_requests_stage(struct address_requests *q, uint32_t seq, int32_t ifindex,
			    const struct vip *vip);

/*
 * Makes the oldest max of the batch ready to be sent: so many of its bytes, 0 for nothing. Then
 * either they were sent, or nothing is said and it can be made ready again, with more in it.
 */
size_t address_requests_make_ready(struct address_requests *q, uint32_t max);
void address_requests_were_sent(struct address_requests *q);

/*
 * How many to send at once after so many took the kernel so long: it does the work while we wait,
 * and for some of it walks all that is there already (the multicast groups of IPv6).
 */
uint32_t address_requests_pace(uint32_t at_once, struct span took);

/* The batch will not be sent: it is emptied, its requests are to be answered. */
void address_requests_drop_batch(struct address_requests *q);
/* One of those; NULL if there is none. */
struct address_request *address_requests_find_dropped(struct address_requests *q);

/* Whether one was sent and has no answer. */
bool address_requests_wait(const struct address_requests *q);

/* The request of that number; NULL if there is none. */
struct address_request *address_requests_find(struct address_requests *q, uint32_t seq);
/* One in front of the acknowledged end of its batch, which carries that number, that is not doubted. */
struct address_request *address_requests_find_earlier(struct address_requests *q,
						      uint32_t last_seq);
/* The request numbered seq, if adding (or removing) that address is what it asked for. */
struct address_request *address_requests_find_cause(struct address_requests *q, uint32_t seq,
						    bool add, const struct address_facts *facts);

/* A dump is asked for now; and one whose answer should have come before it. */
void address_requests_note_dump(struct address_requests *q);
struct address_request *address_requests_find_before_dump(struct address_requests *q);

/* Does that error say that what is asked for is so already? */
bool address_requests_is_so_already(const struct address_request *r, int error);

/*
 * Takes the request out: its answer, in which "already there" and "already gone" are successes.
 */
struct event_address address_requests_answer(struct address_requests *q, struct address_request *r,
					     int error);

#endif
