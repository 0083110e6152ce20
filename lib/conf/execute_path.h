/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Can its user get at a program, and may it be trusted to be what the administrator put there? Only if nobody but root and the user it runs as can change it, or
 * any directory or symbolic link on the way to it: whoever could would run as that user.
 */
#ifndef CONF_EXECUTE_PATH_H
#define CONF_EXECUTE_PATH_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Looks at each component of an absolute path, symbolic links followed by hand. 0; -ENOENT and the like where there is no such
 * program; -EPERM where one is not safe, -EACCES where the user cannot get at it. Then why names the component, what is wrong with it and,
 * where that is known, what would be right.
 */
int execute_path_check(const char *path, uid_t user, char *why, size_t why_cap);

/* The program of that name (with a slash: itself; else the first in EXECUTE_PATH) into ret[PATH_MAX]. 0, -ENOENT, -ENAMETOOLONG. */
int execute_path_find(const char *name, char *ret);

#define EXECUTE_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#endif
