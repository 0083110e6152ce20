/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Are we in a network namespace that a test made? Those, and only those, stand under /run/netns with the laboratory's
 * prefix. Where that cannot be found out the answer is no.
 */
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "namespace_only.h"

static bool is_ours(const char *path)
{
	struct stat ours, named;

	return stat("/proc/self/ns/net", &ours) == 0 && stat(path, &named) == 0 &&
	       ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

void namespace_only(const char *program)
{
	glob_t names = { 0 };

	if (glob("/run/netns/" NAMESPACE_PREFIX "*", 0, NULL, &names) == 0) {
		for (size_t i = 0; i < names.gl_pathc; i++) {
			if (is_ours(names.gl_pathv[i])) {
				globfree(&names);
				return;
			}
		}
	}
	globfree(&names);
	fprintf(stderr, "%s: works only in a network namespace named " NAMESPACE_PREFIX "…\n",
		program);
	exit(2);
}
