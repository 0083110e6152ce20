/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packet filter of `accept = false` as nf_tables messages, with libnftnl. A batch is carried out whole or not at all, so that
 * replacing the table by another one never leaves a moment without any. Nothing here keeps state or talks to a socket.
 */
#ifndef VRRPD_FILTER_BATCH_H
#define VRRPD_FILTER_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

/* Messages for the kernel, one after the other; the caller frees bytes. */
struct filter_batch {
	char *bytes;
	size_t len, cap;
	uint32_t first_seq, last_seq; /* of the messages; the last one is acknowledged */
	bool failed;                  /* memory ran out */
};

/*
 * Our table, in place of the one of that name that may be there: it drops what comes in for these addresses, but for neighbour discovery.
 * seq is the number of the first message.
 */
void filter_batch_replace(struct filter_batch *b, uint32_t seq, const char *table,
			  const struct ip_addr *addresses, uint32_t count);

/* The same table, which must be there and have those that go, with these changes: each address once in either list. */
void filter_batch_change(struct filter_batch *b, uint32_t seq, const char *table,
			 const struct ip_addr *come, uint32_t come_count,
			 const struct ip_addr *gone, uint32_t gone_count);

/* No table of that name, which must be there. */
void filter_batch_remove(struct filter_batch *b, uint32_t seq, const char *table);

/* What the message of that number was about: "the chain". */
const char *filter_batch_subject(const struct filter_batch *b, uint32_t seq);

void filter_batch_done(struct filter_batch *b);

#endif
