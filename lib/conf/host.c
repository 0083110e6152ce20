/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The users and groups of this host. Apart from the rest of reading, so that whoever reads decides
 * whether to ask: the daemon that reloads does not, a check that an administrator waits for does.
 */
#include "conf/host.h"

#include <grp.h>
#include <pwd.h>
#include <stddef.h>

static bool has_user(const char *name)
{
	return getpwnam(name) != NULL;
}

static bool has_group(const char *name)
{
	return getgrnam(name) != NULL;
}

const struct conf_host conf_this_host = { has_user, has_group };
