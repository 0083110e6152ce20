/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of a file that is missing the nearest directory that exists is watched. Where inotify is blind (another machine writes to a network
 * file system, a directory far up is moved away) a look every few seconds makes up for it.
 */
#include "watch_file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loop.h"

enum {
	PLACES = 2,           /* the directory by its path, and that of the file a link leads to */
	LOOK_SECONDS = 5,     /* without any event */
	EMPTY_PAUSE_MS = 100, /* a file that is empty is about to be written */
	WATCHED = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE |
		  IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR,
};

struct file {
	uint32_t number;
	const char *path;
	int places[PLACES];                 /* watch descriptors; -1: none */
	char awaited[PLACES][NAME_MAX + 1]; /* of which name there is news; "" for any */
	bool touched;
};

struct watch_file {
	struct event_base *base;
	watch_file_report *report;
	void *ctx;
	struct file *files;
	uint32_t count;
	int inotify;
	struct event *readable, *look_again, *soon;
};

/* ---- the number ---- */

static int32_t parse(const char *text, char *why)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	while (isspace((unsigned char)*end) && *end != '\n')
		end++;
	/* Before a number strtol() passes over ends of lines too. */
	if (end == text || (*end != '\0' && *end != '\n') ||
	    memchr(text, '\n', (size_t)(end - text))) {
		snprintf(why, FILE_WHY_MAX, "its first line is not a number");
		return 0;
	}
	if (number >= -FILE_NUMBER_MAX && number <= FILE_NUMBER_MAX)
		return (int32_t)number;
	number = number < 0 ? -FILE_NUMBER_MAX : FILE_NUMBER_MAX;
	snprintf(why, FILE_WHY_MAX, "its number is beyond %ld", number);
	return (int32_t)number;
}

/* As watch_file_read(); *ret_empty: it is there and has nothing in it. */
static int32_t read_number(const char *path, char why[static FILE_WHY_MAX], bool *ret_empty)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char text[256];
	ssize_t len = -1;
	struct stat st;

	why[0] = '\0';
	*ret_empty = false;
	if (fd < 0) {
		snprintf(why, FILE_WHY_MAX, "%s",
			 errno == ENOENT ? "it does not exist" : strerror(errno));
		return 0;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len < 0) {
		snprintf(why, FILE_WHY_MAX, "it is not a file that can be read");
		return 0;
	}
	text[len] = '\0';
	*ret_empty = len == 0;
	return parse(text, why);
}

int32_t watch_file_read(const char *path, char why[static FILE_WHY_MAX])
{
	bool empty;

	return read_number(path, why, &empty);
}

/* ---- where there may be news ---- */

static int watch_directory(const struct watch_file *w, const char *path)
{
	return inotify_add_watch(w->inotify, path, WATCHED);
}

/* The directory that the path lies in, or the nearest one above it; path is cut there. Returns the name that is awaited in it. */
static const char *nearest_directory(const struct watch_file *w, char *path, int *ret_place)
{
	const char *name = "";
	char *slash;

	*ret_place = -1;
	while ((slash = strrchr(path, '/'))) {
		name = slash + 1;
		*slash = '\0';
		*ret_place = watch_directory(w, path[0] ? path : "/");
		if (*ret_place >= 0 || (errno != ENOENT && errno != ENOTDIR))
			break;
	}
	return name;
}

static bool is_used(const struct watch_file *w, int place)
{
	for (uint32_t i = 0; i < w->count; i++) {
		for (int k = 0; k < PLACES; k++) {
			if (w->files[i].places[k] == place)
				return true;
		}
	}
	return false;
}

/* Finds anew where to wait for news of a file. */
static void watch_places(struct watch_file *w, struct file *f)
{
	int old[PLACES] = { f->places[0], f->places[1] };
	char path[PATH_MAX], real[PATH_MAX];
	struct stat st;

	f->places[1] = -1;
	snprintf(path, sizeof(path), "%s", f->path);
	snprintf(f->awaited[0], sizeof(f->awaited[0]), "%s",
		 nearest_directory(w, path, &f->places[0]));
	if (lstat(f->path, &st) == 0 && S_ISLNK(st.st_mode)) {
		/* What else in the directory may belong to the link is not known. */
		f->awaited[0][0] = '\0';
		if (realpath(f->path, real))
			snprintf(f->awaited[1], sizeof(f->awaited[1]), "%s",
				 nearest_directory(w, real, &f->places[1]));
	}
	for (int k = 0; k < PLACES; k++) {
		if (old[k] >= 0 && !is_used(w, old[k]))
			(void)inotify_rm_watch(w->inotify, old[k]);
	}
}

/* "echo 5 > file" empties it first: the 0 in between is nobody's intention, but one that stays empty is meant to be. */
static void look(struct watch_file *w, struct file *f, bool empty_counts)
{
	static const struct timeval pause = { .tv_usec = EMPTY_PAUSE_MS * 1000 };
	char why[FILE_WHY_MAX];
	int32_t value;
	bool empty;

	/* Watched first: what changes after the look is told of. */
	watch_places(w, f);
	value = read_number(f->path, why, &empty);
	f->touched = empty && !empty_counts;
	if (!f->touched)
		w->report(w->ctx, f->number, value, why);
	else if (!event_pending(w->soon, EV_TIMEOUT, NULL))
		event_add(w->soon, &pause);
}

/* ---- events ---- */

static void touch(struct watch_file *w, const struct inotify_event *ev)
{
	const char *name = ev->len > 0 ? ev->name : "";
	bool whole = ev->mask & (IN_Q_OVERFLOW | IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF);

	for (uint32_t i = 0; i < w->count; i++) {
		struct file *f = &w->files[i];

		for (int k = 0; k < PLACES; k++) {
			const char *awaited = f->awaited[k];
			size_t len = strcspn(awaited, "/");
			bool named =
				len == 0 || (strncmp(awaited, name, len) == 0 && name[len] == '\0');

			if ((ev->mask & IN_Q_OVERFLOW) ||
			    (f->places[k] == ev->wd && (whole || named)))
				f->touched = true;
			/* The kernel has forgotten it. */
			if ((ev->mask & IN_IGNORED) && f->places[k] == ev->wd)
				f->places[k] = -1;
		}
	}
}

static void look_at_touched(struct watch_file *w)
{
	for (uint32_t i = 0; i < w->count; i++) {
		if (w->files[i].touched)
			look(w, &w->files[i], false);
	}
}

static void on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct watch_file *w = ctx;
	union {
		struct inotify_event align;
		char bytes[8192];
	} buffer;
	ssize_t len;

	(void)what;
	while ((len = read(fd, &buffer, sizeof(buffer))) > 0) {
		for (ssize_t at = 0; at < len;) {
			const struct inotify_event *ev =
				(const struct inotify_event *)(const void *)(buffer.bytes + at);

			touch(w, ev);
			at += (ssize_t)(sizeof(*ev) + ev->len);
		}
	}
	look_at_touched(w);
}

static void on_soon(evutil_socket_t fd, short what, void *ctx)
{
	struct watch_file *w = ctx;

	(void)fd;
	(void)what;
	for (uint32_t i = 0; i < w->count; i++) {
		if (w->files[i].touched)
			look(w, &w->files[i], true);
	}
}

static void look_at_all(struct watch_file *w)
{
	static const struct timeval pause = { .tv_sec = LOOK_SECONDS };

	for (uint32_t i = 0; i < w->count; i++)
		look(w, &w->files[i], false);
	event_add(w->look_again, &pause);
}

static void on_look_again(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	look_at_all(ctx);
}

/* ---- */

struct watch_file *watch_file_new(struct event_base *base, watch_file_report *report, void *ctx)
{
	struct watch_file *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->base = base;
	w->report = report;
	w->ctx = ctx;
	/* Without it, a look every few seconds is what is left. */
	w->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	w->look_again = evtimer_new(base, on_look_again, w);
	w->soon = evtimer_new(base, on_soon, w);
	if (w->inotify >= 0)
		w->readable = loop_watch(base, w->inotify, on_readable, w);
	if (w->look_again && w->soon)
		return w;
	watch_file_free(w);
	return NULL;
}

void watch_file_free(struct watch_file *w)
{
	if (!w)
		return;
	loop_forget(&w->readable);
	loop_forget(&w->look_again);
	loop_forget(&w->soon);
	if (w->inotify >= 0)
		close(w->inotify);
	free(w->files);
	free(w);
}

int watch_file_add(struct watch_file *w, uint32_t number, const char *path)
{
	struct file *more = realloc(w->files, (w->count + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	w->files = more;
	w->files[w->count++] =
		(struct file){ .number = number, .path = path, .places = { -1, -1 } };
	return 0;
}

void watch_file_begin(struct watch_file *w)
{
	if (w->count > 0)
		look_at_all(w);
}
