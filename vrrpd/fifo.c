/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * It is opened for writing only, so that a reader that vanishes shows. One that waits for a writer cannot be heard of (it has not opened
 * the FIFO yet): it is looked for once a second and with each line. One that comes while another is there, or at once after it,
 * shows as an opening.
 */
#include "fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cap-ng.h>

#include "base/index.h"
#include "base/limits.h"
#include "execute_user.h"
#include "log.h"
#include "loop.h"

enum {
	BUCKETS = 1024,
	LINE_MAX_LEN = NAME_MAX_LEN + 64,
	LOOK_SECONDS = 1,
};

struct state {
	struct state *next;    /* in its bucket */
	struct state *waiting; /* next of those to be written */
	bool waits;
	char who[NAME_MAX_LEN + 16]; /* INSTANCE "web" */
	char line[LINE_MAX_LEN];     /* with its newline */
};

struct fifo {
	struct event_base *base;
	char *path;
	char owner[NAME_MAX_LEN + 1];
	int fd;      /* -1: nobody reads */
	int inotify; /* -1: not watched */
	struct event *writable, *opened, *look_again;
	struct state *buckets[BUCKETS];
	struct state *first, **end; /* to be written, in order */
	uint64_t skipped;           /* states that nobody was told, because others followed */
	bool complained;
};

static void write_waiting(struct fifo *f);

/* ---- who reads ---- */

static void stop_writing(struct fifo *f)
{
	loop_forget(&f->writable);
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

static void append(struct fifo *f, struct state *s)
{
	if (s->waits)
		return;
	s->waits = true;
	s->waiting = NULL;
	*f->end = s;
	f->end = &s->waiting;
}

/* Someone reads who has not heard anything. */
static void tell_all(struct fifo *f)
{
	for (int i = 0; i < BUCKETS; i++) {
		for (struct state *s = f->buckets[i]; s; s = s->next)
			append(f, s);
	}
}

/* Takes away what inotify has; whether there was an opening or the end of the file. */
static void read_openings(struct fifo *f, bool *ret_opened, bool *ret_gone)
{
	union {
		struct inotify_event align;
		char bytes[4096];
	} buffer;
	ssize_t len;

	while ((len = read(f->inotify, &buffer, sizeof(buffer))) > 0) {
		for (ssize_t at = 0; at < len;) {
			const struct inotify_event *ev =
				(const struct inotify_event *)(const void *)(buffer.bytes + at);

			*ret_opened |= ev->mask & (IN_OPEN | IN_Q_OVERFLOW) ? true : false;
			*ret_gone |= ev->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB) ? true
											    : false;
			at += (ssize_t)(sizeof(*ev) + ev->len);
		}
	}
}

static bool is_still_there(const struct fifo *f)
{
	struct stat ours, theirs;

	return fstat(f->fd, &ours) == 0 && stat(f->path, &theirs) == 0 &&
	       ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

static void complain(struct fifo *f, const char *what, int error)
{
	if (!f->complained)
		log_line(LOG_LEVEL_WARNING, "notify-fifo %s %s%s%s", f->path, what,
			 error ? ": " : "", error ? strerror(error) : "");
	f->complained = true;
}

/*
 * Made by its owner, as far as the file system can see: to give it away afterwards takes CAP_CHOWN, which a service manager may withhold.
 * Back as ourselves we have again the capabilities that the change took, capabilities(7).
 */
static int make_as(const char *path, const struct execute_user *owner)
{
	int status;

	setfsgid(owner->gid);
	setfsuid(owner->uid);
	capng_get_caps_process();
	if (capng_have_capability(CAPNG_PERMITTED, CAP_DAC_OVERRIDE)) {
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE, CAP_DAC_OVERRIDE);
		(void)capng_apply(CAPNG_SELECT_CAPS);
	}
	status = mkfifo(path, 0600) == 0 ? 0 : -errno;
	setfsuid(geteuid());
	setfsgid(getegid());
	return status;
}

static void make(struct fifo *f)
{
	char why[128];
	const struct execute_user *owner = execute_user_find(f->owner, why, sizeof(why));
	const struct execute_user ourselves = { .uid = geteuid(), .gid = getegid() };
	struct stat st;
	int status = make_as(f->path, owner ? owner : &ourselves);
	int fd;

	if (status != 0) {
		complain(f, "cannot be made", -status);
		return;
	}
	/* By descriptor: whatever may have taken its place meanwhile is not given away. */
	fd = open(f->path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && owner && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) &&
	    st.st_uid != owner->uid && fchown(fd, owner->uid, owner->gid) != 0)
		complain(f, "cannot be given to script-user", errno);
	if (fd >= 0)
		close(fd);
}

static void on_writable(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	write_waiting(ctx);
}

/* Opens it if somebody reads. */
static void find_reader(struct fifo *f)
{
	bool opened = false, gone = false;
	struct stat st;

	if (f->fd >= 0)
		return;
	f->fd = open(f->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (f->fd < 0) {
		if (errno == ENOENT)
			make(f);
		else if (errno != ENXIO)
			complain(f, "cannot be opened", errno);
		return;
	}
	if (fstat(f->fd, &st) != 0 || !S_ISFIFO(st.st_mode)) {
		complain(f, "is not a FIFO", 0);
		stop_writing(f);
		return;
	}
	f->complained = false;
	f->writable = event_new(f->base, f->fd, EV_WRITE, on_writable, f);
	if (f->inotify >= 0) {
		(void)inotify_add_watch(f->inotify, f->path,
					IN_OPEN | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB);
		/* Our own opening, and those before it. */
		read_openings(f, &opened, &gone);
	}
	tell_all(f);
	write_waiting(f);
}

static void on_opened(evutil_socket_t fd, short what, void *ctx)
{
	struct fifo *f = ctx;
	bool opened = false, gone = false;

	(void)fd;
	(void)what;
	read_openings(f, &opened, &gone);
	if (f->fd < 0)
		return;
	if (gone && !is_still_there(f)) {
		stop_writing(f);
		find_reader(f);
	} else if (opened) {
		tell_all(f);
		write_waiting(f);
	}
}

static void on_look_again(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	find_reader(ctx);
}

/* ---- lines ---- */

static void write_waiting(struct fifo *f)
{
	while (f->first && f->fd >= 0) {
		struct state *s = f->first;
		ssize_t len = (ssize_t)strlen(s->line);
		/* Less than PIPE_BUF: all or nothing. */
		ssize_t written = write(f->fd, s->line, (size_t)len);

		if (written < 0 && errno == EAGAIN) {
			if (f->writable)
				event_add(f->writable, NULL);
			return;
		}
		if (written < 0 && errno != EINTR) {
			/* The reader is gone. Whoever comes next is told all. */
			stop_writing(f);
			return;
		}
		if (written < 0)
			continue;
		f->first = s->waiting;
		if (!f->first)
			f->end = &f->first;
		s->waits = false;
	}
	if (f->skipped > 0 && !f->first)
		log_line(
			LOG_LEVEL_INFO,
			"notify-fifo %s: its reader was slow: %llu states were overtaken by later ones",
			f->path, (unsigned long long)f->skipped);
	if (!f->first)
		f->skipped = 0;
}

static struct state *find(struct fifo *f, const char *who)
{
	uint32_t bucket = index_hash_text(who) % BUCKETS;
	struct state *s = f->buckets[bucket];

	while (s && strcmp(s->who, who) != 0)
		s = s->next;
	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	snprintf(s->who, sizeof(s->who), "%s", who);
	s->next = f->buckets[bucket];
	f->buckets[bucket] = s;
	return s;
}

void fifo_state(struct fifo *f, const char *line)
{
	const char *end = strrchr(line, '"');
	char who[NAME_MAX_LEN + 16], whole[LINE_MAX_LEN];
	struct state *s;

	if (!end || (size_t)(end - line) + 2 > sizeof(who) || strlen(line) + 2 > sizeof(whole))
		return;
	snprintf(who, sizeof(who), "%.*s", (int)(end - line) + 1, line);
	snprintf(whole, sizeof(whole), "%s\n", line);
	s = find(f, who);
	if (!s || strcmp(s->line, whole) == 0)
		return;
	if (s->waits && f->fd >= 0)
		f->skipped++;
	memcpy(s->line, whole, sizeof(whole));
	if (f->fd < 0) {
		/* Whoever comes is told this one with all others. */
		find_reader(f);
		return;
	}
	append(f, s);
	if (f->first == s)
		write_waiting(f);
}

/* ---- */

/* Takes those out that wait to be written and do not count any more. */
static void unqueue(struct fifo *f, const struct state *gone)
{
	struct state **place = &f->first;

	while (*place && *place != gone)
		place = &(*place)->waiting;
	if (!*place)
		return;
	*place = gone->waiting;
	if (f->end == &gone->waiting)
		f->end = place;
}

void fifo_forget(struct fifo *f, int (*keep)(void *ctx, const char *who), void *ctx)
{
	for (int i = 0; i < BUCKETS; i++) {
		struct state **place = &f->buckets[i];

		while (*place) {
			struct state *s = *place;

			if (keep(ctx, s->who)) {
				place = &s->next;
				continue;
			}
			*place = s->next;
			unqueue(f, s);
			free(s);
		}
	}
}

static int keep_none(void *ctx, const char *who)
{
	(void)ctx;
	(void)who;
	return 0;
}

const char *fifo_path(const struct fifo *f)
{
	return f->path;
}

struct fifo *fifo_new(struct event_base *base, const char *path, const char *owner)
{
	static const struct timeval pause = { .tv_sec = LOOK_SECONDS };
	struct fifo *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->base = base;
	f->fd = -1;
	f->end = &f->first;
	f->path = strdup(path);
	snprintf(f->owner, sizeof(f->owner), "%s", owner);
	f->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (f->inotify >= 0)
		f->opened = loop_watch(base, f->inotify, on_opened, f);
	f->look_again = event_new(base, -1, EV_PERSIST, on_look_again, f);
	if (!f->path || !f->look_again || event_add(f->look_again, &pause) != 0) {
		fifo_free(f);
		return NULL;
	}
	find_reader(f);
	return f;
}

void fifo_free(struct fifo *f)
{
	if (!f)
		return;
	stop_writing(f);
	fifo_forget(f, keep_none, NULL);
	loop_forget(&f->opened);
	loop_forget(&f->look_again);
	if (f->inotify >= 0)
		close(f->inotify);
	free(f->path);
	free(f);
}
