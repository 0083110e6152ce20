/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom the host knows. What a configuration names and its host does not have is a warning and no
 * error, since a file may be checked on another machine than the one it is for.
 */
#ifndef CONF_HOST_H
#define CONF_HOST_H

#include <stdbool.h>
#include <stddef.h>

struct conf_host {
	bool (*has_user)(const char *name);
	bool (*has_group)(const char *name);
	/* Can that user be given the command to run, and is that safe? False: why not, and what would be right. NULL: not asked. */
	bool (*may_run)(const char *command, const char *user, char *why, size_t why_cap);
};

/* The host that this runs on, by its users' data base: may take as long as that does. */
extern const struct conf_host conf_this_host;

#endif
