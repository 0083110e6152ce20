/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a command runs as. Looking a user up may ask a directory service that takes its time, so what was found is kept until the next
 * reload.
 */
#ifndef VRRPD_EXECUTE_USER_H
#define VRRPD_EXECUTE_USER_H

#include <stddef.h>
#include <sys/types.h>

struct execute_user {
	char *name, *home;
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* all of them, gid too */
	int group_count;
};

/* The user of that name, kept here: valid until execute_users_forget(). NULL and why: nobody is called so. */
const struct execute_user *execute_user_find(const char *name, char *why, size_t why_cap);

void execute_users_forget(void);

/* May this process become that user? 0; or -EPERM and why. */
int execute_user_allowed(const struct execute_user *user, char *why, size_t why_cap);

/* In the child, for good: its groups, its identity, no capabilities but those that exec gives to root. 0 or -errno. */
int execute_user_become(const struct execute_user *user);

#endif
