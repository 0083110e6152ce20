/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process of the daemon may still do after its start, and as whom. README has the table.
 */
#ifndef VRRPD_PRIVILEGES_H
#define VRRPD_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

/* The user that the protocol process runs as, if there is one and the supervisor may change users. */
#define PRIVILEGES_USER "vrrpd"

struct identity {
	uid_t uid;
	gid_t gid;
};

/* The name of a capability that the protocol process needs and does not have, or NULL. */
const char *privileges_missing(void);

/*
 * Who the protocol process is to be: PRIVILEGES_USER, or who we are, where we may not change that or, *ret_no_user, there is no such
 * user.
 */
struct identity privileges_identity(bool *ret_no_user);

/*
 * A busy host must not look like a dead one: this process goes before ordinary ones, with realtime before all others and locked in
 * memory. To be called before the privileges are dropped. 0, or -errno where realtime was wanted and could not be had.
 */
int privileges_go_first(bool realtime);

/*
 * The protocol process becomes that one and keeps CAP_NET_ADMIN and CAP_NET_RAW and nothing else, for good; with realtime also
 * CAP_IPC_LOCK, where the limit of locked memory could not be raised. 0 or -errno.
 */
int privileges_keep_network(struct identity who, bool realtime);

/* The runner keeps what it takes to start commands as other users, to end them, and to look for what is tracked. 0 or -errno. */
int privileges_keep_runner(void);

#endif
