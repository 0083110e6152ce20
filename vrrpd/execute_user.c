/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A handful of users at most: a list is enough.
 */
#include "execute_user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cap-ng.h>

static struct known {
	struct execute_user user;
	struct known *next;
} * known_users;

static void free_known(struct known *k)
{
	free(k->user.name);
	free(k->user.home);
	free(k->user.groups);
	free(k);
}

void execute_users_forget(void)
{
	while (known_users) {
		struct known *k = known_users;

		known_users = k->next;
		free_known(k);
	}
}

/* getgrouplist() tells how many there are when the room was too small. */
static int find_groups(struct execute_user *u)
{
	int room = 32;

	for (int tries = 0; tries < 2; tries++) {
		gid_t *groups = realloc(u->groups, (size_t)room * sizeof(*groups));

		if (!groups)
			return -ENOMEM;
		u->groups = groups;
		u->group_count = room;
		if (getgrouplist(u->name, u->gid, groups, &u->group_count) >= 0)
			return 0;
		room = u->group_count;
	}
	return -ERANGE;
}

static struct known *look_up(const char *name)
{
	const struct passwd *entry = getpwnam(name);
	struct known *k = entry ? calloc(1, sizeof(*k)) : NULL;

	if (!k)
		return NULL;
	k->user = (struct execute_user){
		.name = strdup(name),
		.home = strdup(entry->pw_dir),
		.uid = entry->pw_uid,
		.gid = entry->pw_gid,
	};
	if (!k->user.name || !k->user.home || find_groups(&k->user) != 0) {
		free_known(k);
		return NULL;
	}
	return k;
}

const struct execute_user *execute_user_find(const char *name, char *why, size_t why_cap)
{
	struct known *k;

	for (k = known_users; k; k = k->next) {
		if (strcmp(k->user.name, name) == 0)
			return &k->user;
	}
	k = look_up(name);
	if (!k) {
		snprintf(why, why_cap, "there is no user %s", name);
		return NULL;
	}
	k->next = known_users;
	known_users = k;
	return &k->user;
}

static bool may(unsigned int capability)
{
	capng_get_caps_process();
	return capng_have_capability(CAPNG_EFFECTIVE, capability) != 0;
}

int execute_user_allowed(const struct execute_user *user, char *why, size_t why_cap)
{
	if (user->uid == geteuid() || (may(CAP_SETUID) && may(CAP_SETGID)))
		return 0;
	snprintf(why, why_cap, "it cannot run as user %s without CAP_SETUID and CAP_SETGID",
		 user->name);
	return -EPERM;
}

int execute_user_become(const struct execute_user *user)
{
	/* Whoever we are already needs no privilege. */
	if (user->uid != geteuid() || may(CAP_SETGID)) {
		if (setgroups((size_t)user->group_count, user->groups) != 0 ||
		    setresgid(user->gid, user->gid, user->gid) != 0 ||
		    setresuid(user->uid, user->uid, user->uid) != 0)
			return -errno;
	}
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	capng_get_caps_process();
	capng_clear(CAPNG_SELECT_CAPS);
	return capng_apply(CAPNG_SELECT_CAPS) == 0 ? 0 : -EPERM;
}
