/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever is told, the truth is in /proc: an event only says where to look. So events that were lost cost a look at all processes and
 * nothing else, and the same look serves where no events can be had.
 */
#include "watch_process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loop.h"
#include "process_stat.h"
#include "watch_process_events.h"

enum {
	COMMAND_LINE_MAX = 4096,
	NAME_MAX_KERNEL = 15, /* of a process's name, TASK_COMM_LEN - 1 */
	ENDS_MAX =
		256, /* processes whose end is waited for; that of others shows in the next look */
	LOOK_SECONDS = 1,
};

/* One that is waited for. */
struct end {
	pid_t pid;
	int fd;
	struct event *readable;
};

struct target {
	uint32_t number;
	const char *command;
	pid_t *pids;
	uint32_t count, capacity;
	uint32_t told;
	bool was_told;
};

struct watch_process {
	struct event_base *base;
	watch_process_report *report;
	void *ctx;
	struct target *targets;
	uint32_t count;
	struct process_events *events;
	struct event *look_again;
	bool events_work;
	bool overrun; /* some were lost in this turn */
	struct end ends[ENDS_MAX];
	uint32_t end_count;
};

/* ---- what a process is called ---- */

struct identity {
	struct process_stat stat;
	char line[COMMAND_LINE_MAX + 1]; /* the arguments, separated by spaces */
	size_t program_len;              /* of the first argument */
};

/* Its arguments, a NUL behind each: how many bytes, or -1. */
static ssize_t read_arguments(pid_t pid, char *ret, size_t cap)
{
	char path[64];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	len = read(fd, ret, cap - 1);
	close(fd);
	if (len >= 0)
		ret[len] = '\0';
	return len;
}

/* False: there is no such process, or only its corpse. */
static bool identify(pid_t pid, struct identity *ret)
{
	ssize_t len;

	if (process_stat_read(pid, &ret->stat) != 0 || !process_lives(&ret->stat))
		return false;
	len = read_arguments(pid, ret->line, sizeof(ret->line));
	if (len < 0)
		return false;
	ret->program_len = strlen(ret->line);
	while (len > 0 && ret->line[len - 1] == '\0')
		len--;
	for (ssize_t i = 0; i < len; i++) {
		if (ret->line[i] == '\0')
			ret->line[i] = ' ';
	}
	return true;
}

static bool matches(const struct identity *id, const char *command)
{
	const char *base;
	size_t len = strlen(command);

	if (strcmp(id->line, command) == 0)
		return true;
	if (id->program_len == len && strncmp(id->line, command, len) == 0)
		return true;
	base = memrchr(id->line, '/', id->program_len);
	if (base && strncmp(base + 1, command, len) == 0 &&
	    base + 1 + len == id->line + id->program_len)
		return true;
	return len <= NAME_MAX_KERNEL && strcmp(id->stat.name, command) == 0;
}

/* ---- who is there ---- */

static bool holds(const struct target *t, pid_t pid, uint32_t *ret_at)
{
	for (uint32_t i = 0; i < t->count; i++) {
		if (t->pids[i] == pid) {
			*ret_at = i;
			return true;
		}
	}
	return false;
}

static void include(struct target *t, pid_t pid)
{
	uint32_t at;

	if (holds(t, pid, &at))
		return;
	if (t->count == t->capacity) {
		uint32_t capacity = t->capacity * 2 + 8;
		pid_t *more = realloc(t->pids, capacity * sizeof(*more));

		if (!more)
			return; /* not counted: as if it was not there, until the next look */
		t->pids = more;
		t->capacity = capacity;
	}
	t->pids[t->count++] = pid;
}

static void exclude(struct target *t, pid_t pid)
{
	uint32_t at;

	if (holds(t, pid, &at))
		t->pids[at] = t->pids[--t->count];
}

static bool is_ours(const struct watch_process *w, pid_t pid)
{
	uint32_t at;

	for (uint32_t i = 0; i < w->count; i++) {
		if (holds(&w->targets[i], pid, &at))
			return true;
	}
	return false;
}

static void consider(struct watch_process *w, pid_t pid)
{
	struct identity id;
	bool alive = identify(pid, &id);

	for (uint32_t i = 0; i < w->count; i++) {
		if (alive && matches(&id, w->targets[i].command))
			include(&w->targets[i], pid);
		else
			exclude(&w->targets[i], pid);
	}
}

static void tell_changes(struct watch_process *w)
{
	const char *how = w->events_work ? "by kernel events" : "by a look at /proc each second";

	for (uint32_t i = 0; i < w->count; i++) {
		struct target *t = &w->targets[i];

		if (t->was_told && t->told == t->count)
			continue;
		t->was_told = true;
		t->told = t->count;
		w->report(w->ctx, t->number, t->count, how);
	}
}

/* ---- waiting for the end of those that are known, where no events tell ---- */

static void look(struct watch_process *w);

static void forget_end(struct watch_process *w, uint32_t i)
{
	event_free(w->ends[i].readable);
	close(w->ends[i].fd);
	w->ends[i] = w->ends[--w->end_count];
}

static void forget_ends(struct watch_process *w)
{
	while (w->end_count > 0)
		forget_end(w, 0);
}

static void on_end(evutil_socket_t fd, short what, void *ctx)
{
	struct watch_process *w = ctx;

	(void)what;
	for (uint32_t i = 0; i < w->end_count; i++) {
		if (w->ends[i].fd == fd) {
			for (uint32_t t = 0; t < w->count; t++)
				exclude(&w->targets[t], w->ends[i].pid);
			forget_end(w, i);
			break;
		}
	}
	tell_changes(w);
}

static void await_end(struct watch_process *w, pid_t pid)
{
	struct end *end = &w->ends[w->end_count];

	for (uint32_t i = 0; i < w->end_count; i++) {
		if (w->ends[i].pid == pid)
			return;
	}
	if (w->end_count == ENDS_MAX)
		return;
	end->pid = pid;
	end->fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (end->fd < 0)
		return;
	end->readable = loop_watch(w->base, end->fd, on_end, w);
	if (end->readable)
		w->end_count++;
	else
		close(end->fd);
}

static void await_ends(struct watch_process *w)
{
	for (uint32_t t = 0; t < w->count; t++) {
		for (uint32_t i = 0; i < w->targets[t].count; i++)
			await_end(w, w->targets[t].pids[i]);
	}
}

/* ---- all processes ---- */

static void look(struct watch_process *w)
{
	DIR *all = opendir("/proc");
	const struct dirent *entry;

	if (!all)
		return;
	for (uint32_t i = 0; i < w->count; i++)
		w->targets[i].count = 0;
	while ((entry = readdir(all))) {
		if (isdigit((unsigned char)entry->d_name[0]))
			consider(w, (pid_t)strtol(entry->d_name, NULL, 10));
	}
	closedir(all);
}

static void on_look_again(evutil_socket_t fd, short what, void *ctx)
{
	static const struct timeval pause = { .tv_sec = LOOK_SECONDS };
	struct watch_process *w = ctx;

	(void)fd;
	(void)what;
	look(w);
	if (!w->events_work) {
		await_ends(w);
		event_add(w->look_again, &pause);
	}
	tell_changes(w);
}

/* ---- the kernel's events ---- */

static void on_work(void *ctx)
{
	struct watch_process *w = ctx;

	w->events_work = true;
	forget_ends(w);
	event_del(w->look_again);
	look(w);
}

/* A child of one that counts has its name, until it executes something else. */
static void on_fork(void *ctx, pid_t parent, pid_t child)
{
	if (is_ours(ctx, parent))
		consider(ctx, child);
}

static void on_change(void *ctx, pid_t pid)
{
	consider(ctx, pid);
}

static void on_exit_of(void *ctx, pid_t pid)
{
	struct watch_process *w = ctx;

	for (uint32_t i = 0; i < w->count; i++)
		exclude(&w->targets[i], pid);
}

static void on_overrun(void *ctx)
{
	struct watch_process *w = ctx;

	w->overrun = true;
}

/* However often events were lost in a turn: one look at all processes makes up for them. */
static void on_settled(void *ctx)
{
	struct watch_process *w = ctx;

	if (w->overrun)
		look(w);
	w->overrun = false;
	tell_changes(w);
}

/* ---- */

struct watch_process *watch_process_new(struct event_base *base, watch_process_report *report,
					void *ctx)
{
	struct watch_process *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->base = base;
	w->report = report;
	w->ctx = ctx;
	w->look_again = evtimer_new(base, on_look_again, w);
	if (!w->look_again) {
		free(w);
		return NULL;
	}
	return w;
}

void watch_process_free(struct watch_process *w)
{
	if (!w)
		return;
	process_events_free(w->events);
	forget_ends(w);
	event_free(w->look_again);
	for (uint32_t i = 0; i < w->count; i++)
		free(w->targets[i].pids);
	free(w->targets);
	free(w);
}

int watch_process_add(struct watch_process *w, uint32_t number, const char *command)
{
	struct target *more = realloc(w->targets, (w->count + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	w->targets = more;
	w->targets[w->count++] = (struct target){ .number = number, .command = command };
	return 0;
}

void watch_process_begin(struct watch_process *w)
{
	struct process_events_handler handler = {
		.ctx = w,
		.work = on_work,
		.forked = on_fork,
		.changed = on_change,
		.exited = on_exit_of,
		.overrun = on_overrun,
		.settled = on_settled,
	};

	if (w->count == 0)
		return;
	w->events = process_events_new(w->base, &handler);
	/* Until the kernel has said that it will tell, which it does at once or never. */
	on_look_again(-1, 0, w);
}
