/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The changes of links that were asked for and not answered yet: as address_requests.h, but each is sent by itself and acknowledged by
 * itself, and none is ever queued. Nothing here touches a socket.
 */
#ifndef VRRPD_LINK_REQUESTS_H
#define VRRPD_LINK_REQUESTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "io_netlink.h"

struct link_request {
	uint32_t seq;
	bool before_dump; /* sent before the current dump was asked for */
	struct event_link_done answer;
	char alias[LINK_ALIAS_MAX + 1]; /* MAKE */
};

struct link_requests {
	struct link_request table[NETLINK_LINKS_MAX];
	uint32_t count;
};

/* There must be room. */
void link_requests_add(struct link_requests *q, uint32_t seq, const struct link_change *change);

/* The request of that number; NULL if there is none. */
struct link_request *link_requests_find(struct link_requests *q, uint32_t seq);

/* A dump is asked for now; and one whose answer should have come before it. */
void link_requests_note_dump(struct link_requests *q);
struct link_request *link_requests_find_before_dump(struct link_requests *q);

/* Takes the request out: its answer, in which a removal of what is gone is a success. */
struct event_link_done link_requests_answer(struct link_requests *q, struct link_request *r,
					    int error);

#endif
