/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The path is walked as the kernel would, one component at a time, so that a link in the middle is judged like the end: by who may
 * replace it. realpath() would tell where the way leads, but not who may bend it.
 */
#include "conf/execute_path.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	LINKS_MAX = 40, /* as in the kernel, path_resolution(7) */
};

struct walk {
	char done[PATH_MAX]; /* what has been judged, without a link in it; "" is the root */
	char rest[PATH_MAX]; /* what is still to be gone */
	int links;
	uid_t user;
	char *why;
	size_t why_cap;
};

static int refuse(const struct walk *w, int status, const char *path, const char *what)
{
	snprintf(w->why, w->why_cap, "%s %s", path, what);
	return status;
}

/* Who may write there, besides root and the user? A sticky directory lets nobody touch what belongs to others. */
static int judge(const struct walk *w, const char *path, const struct stat *st)
{
	bool shielded = S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX);

	if (st->st_uid != 0 && st->st_uid != w->user)
		return refuse(w, -EPERM, path,
			      "belongs to neither root nor its user, right is chown root");
	if (S_ISLNK(st->st_mode) || shielded)
		return 0;
	if (st->st_mode & S_IWOTH)
		return refuse(w, -EPERM, path, "is writable by everybody, right is chmod o-w");
	if ((st->st_mode & S_IWGRP) && st->st_gid != 0)
		return refuse(w, -EPERM, path, "is writable by its group, right is chmod g-w");
	return 0;
}

/* Can the user not go through it, or run it? What its group may do is believed, since the user may be in it. */
static bool is_closed(const struct walk *w, const struct stat *st)
{
	if (w->user == 0)
		return false;
	if (st->st_uid == w->user)
		return !(st->st_mode & S_IXUSR);
	return !(st->st_mode & (S_IXGRP | S_IXOTH));
}

/* The next component of the rest, taken off it; false: there is none. */
static bool take_component(struct walk *w, char *ret, size_t cap)
{
	size_t skip = strspn(w->rest, "/");
	size_t len = strcspn(w->rest + skip, "/");

	if (len == 0 || len >= cap)
		return false;
	memcpy(ret, w->rest + skip, len);
	ret[len] = '\0';
	memmove(w->rest, w->rest + skip + len, strlen(w->rest + skip + len) + 1);
	return true;
}

static int follow_link(struct walk *w, const char *path)
{
	char target[PATH_MAX], joined[PATH_MAX];
	ssize_t len = readlink(path, target, sizeof(target) - 1);
	int wanted;

	if (len < 0)
		return refuse(w, -errno, path, "cannot be read");
	target[len] = '\0';
	if (++w->links > LINKS_MAX)
		return refuse(w, -ELOOP, path, "has too many symbolic links");
	wanted = snprintf(joined, sizeof(joined), "%s/%s", target, w->rest);
	if ((size_t)wanted >= sizeof(joined))
		return refuse(w, -ENAMETOOLONG, path, "is too long a path");
	memcpy(w->rest, joined, (size_t)wanted + 1);
	if (target[0] == '/')
		w->done[0] = '\0';
	return 0;
}

static int step(struct walk *w, const char *component, struct stat *st)
{
	char path[PATH_MAX];
	int status, len;

	if (strcmp(component, ".") == 0)
		return 0;
	if (strcmp(component, "..") == 0) {
		char *slash = strrchr(w->done, '/');

		if (slash)
			*slash = '\0';
		return 0;
	}
	len = snprintf(path, sizeof(path), "%s/%s", w->done, component);
	if ((size_t)len >= sizeof(path))
		return refuse(w, -ENAMETOOLONG, w->done, "is too long a path");
	if (lstat(path, st) != 0)
		return errno == ENOENT ? refuse(w, -ENOENT, path, "does not exist")
				       : refuse(w, -errno, path, "cannot be looked at");
	status = judge(w, path, st);
	if (status != 0)
		return status;
	if (S_ISLNK(st->st_mode))
		return follow_link(w, path);
	if (S_ISDIR(st->st_mode) && is_closed(w, st))
		return refuse(w, -EACCES, path,
			      "is closed to its user, right is another place or chmod a+x");
	memcpy(w->done, path, (size_t)len + 1);
	return 0;
}

int execute_path_check(const char *path, uid_t user, char *why, size_t why_cap)
{
	struct walk w = { .user = user, .why = why, .why_cap = why_cap };
	char component[NAME_MAX + 1];
	struct stat st = { 0 };
	int status;

	if (path[0] != '/' || strlen(path) >= sizeof(w.rest))
		return refuse(&w, -EINVAL, path, "is not an absolute path");
	strcpy(w.rest, path);
	if (lstat("/", &st) != 0)
		return refuse(&w, -errno, "/", "cannot be looked at");
	status = judge(&w, "/", &st);
	while (status == 0 && take_component(&w, component, sizeof(component)))
		status = step(&w, component, &st);
	if (status != 0)
		return status;
	if (!S_ISREG(st.st_mode))
		return refuse(&w, -EACCES, path, "is not a program");
	if (!(st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) || is_closed(&w, &st))
		return refuse(&w, -EACCES, path,
			      "is not executable by its user, right is chmod a+x");
	return 0;
}

int execute_path_find(const char *name, char *ret)
{
	const char *directory = EXECUTE_PATH;
	size_t len;

	if (strchr(name, '/')) {
		if (strlen(name) >= PATH_MAX)
			return -ENAMETOOLONG;
		strcpy(ret, name);
		return 0;
	}
	for (; *directory; directory += len + (directory[len] == ':')) {
		char path[PATH_MAX];
		struct stat st;

		len = strcspn(directory, ":");
		if ((size_t)snprintf(path, sizeof(path), "%.*s/%s", (int)len, directory, name) >=
		    sizeof(path))
			return -ENAMETOOLONG;
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111)) {
			strcpy(ret, path);
			return 0;
		}
	}
	return -ENOENT;
}
