/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The users and groups of this host. Apart from the rest of reading, so that whoever reads decides
 * whether to ask: the daemon that reloads does not, a check that an administrator waits for does.
 */
#include "conf/host.h"

#include <grp.h>
#include <pwd.h>
#include <stddef.h>

#include "conf/execute_command.h"

static bool has_user(const char *name)
{
	return getpwnam(name) != NULL;
}

static bool has_group(const char *name)
{
	return getgrnam(name) != NULL;
}

static bool may_run(const char *command, const char *user, char *why, size_t why_cap)
{
	const struct passwd *entry = getpwnam(user);
	struct command c;
	int status;

	/* Who is not there has been told of where he is named. */
	if (!entry || command_parse(&c, command, NULL) != 0)
		return true;
	status = command_resolve(&c, command, entry->pw_uid, why, why_cap);
	command_done(&c);
	return status == 0;
}

const struct conf_host conf_this_host = { has_user, has_group, may_run };
