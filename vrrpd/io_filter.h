/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packet filter of `accept = false`: one nf_tables table of ours, which holds all addresses of which a MASTER does not accept
 * packets. It is there from the load of the configuration on: while this router is BACKUP the addresses are not its own, so that nothing
 * matches, and a take-over has nothing to do with it. The kernel carries a change out whole within the call that asks for it.
 */
#ifndef VRRPD_IO_FILTER_H
#define VRRPD_IO_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"

enum {
	FILTER_TABLE_MAX = 256, /* with the NUL: the kernel's longest name of a table */
	FILTER_WHY_MAX = 256,
};

/*
 * The name of the table of the daemon that runs on that directory, "vrrpd/run/vrrpd": two daemons in one network namespace have two. What
 * nft's grammar does not take in a name is written as _XX. 0, or -ENAMETOOLONG.
 */
int filter_table_name(const char *state_dir, char ret[static FILTER_TABLE_MAX]);

struct io_filter;

/* Opens the socket. 0, or -errno and what is missing in *ret_what. table is copied. */
int io_filter_open(struct io_filter **ret, const char *table, const char **ret_what);
/* NULL is allowed. The table stays. */
void io_filter_close(struct io_filter *f);

/* To be watched for reading. */
int io_filter_fd(const struct io_filter *f);

/*
 * The table with exactly these addresses, in place of what there was. 0, or -errno and why; then everything is as it was before. An address
 * may stand there more than once.
 */
int io_filter_replace(struct io_filter *f, const struct ip_addr *addresses, uint32_t count,
		      char why[static FILTER_WHY_MAX]);

/*
 * The table, which is as it was made last, with these changes: each address once in either list. 0, or -errno and why; then everything is as
 * it was before.
 */
int io_filter_change(struct io_filter *f, const struct ip_addr *come, uint32_t come_count,
		     const struct ip_addr *gone, uint32_t gone_count,
		     char why[static FILTER_WHY_MAX]);

/* No such table. 0 also if there was none. */
int io_filter_remove(struct io_filter *f, char why[static FILTER_WHY_MAX]);

/*
 * Removes the tables of other daemons of ours in this network namespace: only where it is known that none runs. How many there were, or
 * -errno.
 */
int io_filter_remove_others(struct io_filter *f, char why[static FILTER_WHY_MAX]);

/* Takes in what the kernel tells. True: somebody else has changed or removed our table. */
bool io_filter_readable(struct io_filter *f);

#endif
