/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the link table keeps its links and addresses: finding, adding and freeing them. What is to be thought of an entry, and who is
 * told of it, is link_table.c's alone, which reads and writes them freely; but for these functions nobody touches how they hang together.
 */
#ifndef VRRPD_LINK_STORE_H
#define VRRPD_LINK_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "link_facts.h"

/* When a thing was last mentioned, and whether it is there: absent ones are tombstones. */
struct mention {
	uint32_t generation;
	bool by_event; /* final until that dump has ended */
	bool present;
};

struct address {
	struct address_facts facts; /* its identity must not change */
	struct mention mention;
	bool is_routed; /* its link is down, and it may still count as an address of this host */
	struct address *next; /* of its link, in the kernel's order */
	struct address **pointer_to_me;
};

struct link {
	struct link_facts
		facts; /* name "": only its addresses have been heard of; its index must not change */
	struct mention mention;
	struct address *first;
	struct address **end; /* where the next one is hung */
	bool is_told;
	struct event_link told;
	bool has_routed;      /* some of its addresses may be */
	uint8_t routed_later; /* for so many calls yet they are not to be asked for */
	bool is_dirty;
	struct link *next_dirty;
};

/* All zero: empty. */
struct link_store {
	struct link **links; /* [cap] sorted by ifindex, `count` used */
	uint32_t count, cap;
	void *addresses; /* tsearch() tree of struct address */
};

/* Frees all that is in it. */
void link_store_done(struct link_store *s);

/* The link of that index: NULL if there is none; or made, absent and without a name: NULL without memory. */
struct link *link_store_find(const struct link_store *s, int32_t ifindex);
struct link *link_store_obtain(struct link_store *s, int32_t ifindex);

/* Frees it and its addresses. Links behind it in the array move up by one. */
void link_store_remove(struct link_store *s, struct link *l);

/* The address of that identity, or with whatever peer; NULL if there is none. */
struct address *link_store_find_address(const struct link_store *s,
					const struct address_facts *facts);
struct address *link_store_find_any_peer(const struct link_store *s,
					 const struct address_facts *facts);

/* The address of that identity, which is made from these facts at the end of its link's list if need be, absent; NULL without memory. */
struct address *link_store_obtain_address(struct link_store *s, struct link *l,
					  const struct address_facts *facts);

void link_store_remove_address(struct link_store *s, struct link *l, struct address *a);

#endif
