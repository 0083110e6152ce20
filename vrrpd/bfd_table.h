/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BFD sessions of one configuration with what carries their packets: found by discriminator and by address, and in the order of their
 * deadlines. It is replaced with its engine; a session that goes on is moved from one table to the next.
 */
#ifndef VRRPD_BFD_TABLE_H
#define VRRPD_BFD_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/deadlines.h"
#include "base/index.h"
#include "base/ip.h"
#include "core/bfd_session.h"
#include "core/settings.h"

struct bfd_peer {
	struct bfd_session session;
	struct ip_addr peer, source; /* what makes it this session; source IP_NONE: chosen by us */
	struct ip_addr from;         /* source, or what was chosen; IP_NONE: nothing yet */
	bool begun;     /* it has a session: not yet while it may come from another table */
	uint8_t ttl;    /* sent, and least accepted */
	uint16_t port;  /* from which it sends; 0: none chosen yet */
	int fd;         /* to send; -1: none yet */
	uint32_t check; /* in the settings */
	uint32_t told;  /* session.changes when the engine was told last */
	int warned;     /* session.send_error when the log was told last */
};

struct bfd_table {
	struct bfd_peer *peers; /* in the order of the settings */
	uint32_t count;
	struct index by_discriminator, by_address; /* of those that have begun */
	struct deadlines deadlines;
};

/* A peer for each session of the settings, none of which has begun. 0 or -ENOMEM. */
int bfd_table_init(struct bfd_table *t, const struct settings *s);
/* Closes what is open; a table of zeros is allowed. */
void bfd_table_done(struct bfd_table *t);

struct bfd_terms bfd_terms_of(const struct check_settings *check);

/* The peer's session has begun: it is found from now on. */
void bfd_table_insert(struct bfd_table *t, struct bfd_peer *peer);

/* That has begun: NULL for none. dst: to which the packet went. */
struct bfd_peer *bfd_table_by_discriminator(const struct bfd_table *t, uint32_t discriminator);
struct bfd_peer *bfd_table_by_address(const struct bfd_table *t, struct ip_addr src,
				      struct ip_addr dst);

/* Of these very addresses, begun or not; NULL for none. */
struct bfd_peer *bfd_table_same(const struct bfd_table *t, struct ip_addr peer,
				struct ip_addr source);

/* Its deadline may have changed. */
void bfd_table_arm(struct bfd_table *t, const struct bfd_peer *peer);

#endif
