/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A child that has ended is looked at before it is collected: as long as it is not, no other process or group can have its number, so
 * that killing the rest of its group hits nobody else.
 */
#include "runner_job.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf/duration.h"
#include "clock.h"
#include "loop.h"

enum {
	READ_BYTES = 65536,
	READS_MAX =
		16, /* of one turn, so that one that prints without end does not hold up the others */
};

enum stage {
	JOB_RUNS,
	JOB_TERMINATED, /* asked to end */
	JOB_KILLED,
	JOB_STUCK, /* and still there */
};

struct jobs {
	struct ledger *ledger; /* NULL: none */
	struct event_base *base;
	struct event *child_ended;
	struct job *first;
};

struct job {
	struct jobs *jobs;
	struct job *next, **place;
	pid_t pid;
	int entry; /* in the ledger */
	int output_fd;
	struct event *printed, *timer;
	struct job_handler handler;
	struct output output;
	struct span timeout;
	struct instant started;
	enum stage stage;
	bool told; /* the handler has heard of its end */
};

static struct timeval timeval_of_ms(int64_t ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
}

static struct span took(const struct job *j)
{
	return span_us(clock_now().us - j->started.us);
}

static void tell_end(struct job *j, bool failed, const char *why)
{
	if (!j->told && j->handler.ended)
		j->handler.ended(j->handler.ctx, failed, why, &j->output, took(j));
	j->told = true;
}

static void job_free(struct job *j)
{
	*j->place = j->next;
	if (j->next)
		j->next->place = j->place;
	ledger_end(j->jobs->ledger, j->entry);
	event_free(j->timer);
	loop_forget(&j->printed);
	close(j->output_fd);
	free(j);
}

/* ---- output ---- */

/* Takes what is there, up to a limit. */
static void read_output(struct job *j)
{
	char bytes[READ_BYTES];
	ssize_t len = 1;

	for (int i = 0; i < READS_MAX && len > 0; i++) {
		len = read(j->output_fd, bytes, sizeof(bytes));
		if (len > 0)
			output_add(&j->output, bytes, (size_t)len);
	}
	/* Closed: it may go on without. */
	if (len == 0 && j->printed)
		event_del(j->printed);
}

static void on_printed(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	read_output(ctx);
}

/* ---- the end ---- */

/* The group, and the process itself in case it has not made its group yet. */
static void signal_group(const struct job *j, int number)
{
	kill(-j->pid, number);
	kill(j->pid, number);
}

static void describe(const struct job *j, const siginfo_t *end, char *ret, size_t cap)
{
	char duration[DURATION_TEXT_MAX];

	if (j->stage != JOB_RUNS)
		snprintf(ret, cap, "timed out after %s", duration_text(j->timeout, duration));
	else if (end->si_code == CLD_EXITED)
		snprintf(ret, cap, "exit status %d", end->si_status);
	else
		snprintf(ret, cap, "ended by signal %d (%s)", end->si_status,
			 strsignal(end->si_status));
}

static void finish(struct job *j, const siginfo_t *end)
{
	bool failed = j->stage != JOB_RUNS || end->si_code != CLD_EXITED || end->si_status != 0;
	char why[JOB_WHY_MAX];

	if (j->stage != JOB_RUNS)
		signal_group(j, SIGKILL);
	waitpid(j->pid, NULL, 0);
	/* What it said last. What others of its group may still say is nobody's business. */
	read_output(j);
	describe(j, end, why, sizeof(why));
	tell_end(j, failed, why);
	job_free(j);
}

static struct job *find(struct jobs *js, pid_t pid)
{
	struct job *j = js->first;

	while (j && j->pid != pid)
		j = j->next;
	return j;
}

static void on_child_ended(evutil_socket_t number, short what, void *ctx)
{
	struct jobs *js = ctx;
	siginfo_t end;

	(void)number;
	(void)what;
	for (;;) {
		struct job *j;

		end.si_pid = 0;
		if (waitid(P_ALL, 0, &end, WEXITED | WNOHANG | WNOWAIT) != 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		if (end.si_pid == 0)
			return;
		j = find(js, end.si_pid);
		if (j)
			finish(j, &end);
		else
			waitpid(end.si_pid, NULL, 0);
	}
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct job *j = ctx;
	int64_t grace_ms = j->timeout.us / 1000;
	struct timeval pause;

	(void)fd;
	(void)what;
	switch (j->stage) {
	case JOB_RUNS:
		j->stage = JOB_TERMINATED;
		signal_group(j, SIGTERM);
		pause = timeval_of_ms(grace_ms < JOB_KILL_AFTER_MS ? grace_ms : JOB_KILL_AFTER_MS);
		event_add(j->timer, &pause);
		if (j->handler.overdue)
			j->handler.overdue(j->handler.ctx);
		return;
	case JOB_TERMINATED:
		j->stage = JOB_KILLED;
		signal_group(j, SIGKILL);
		pause = timeval_of_ms(JOB_GIVE_UP_MS);
		event_add(j->timer, &pause);
		return;
	case JOB_KILLED:
		j->stage = JOB_STUCK;
		if (j->handler.abandon_stuck)
			tell_end(j, true, "timed out, and the kernel does not end it");
		return;
	case JOB_STUCK:
		/* Nothing more can be done. */
		return;
	}
}

/* ---- the beginning ---- */

static void insert(struct jobs *js, struct job *j)
{
	j->jobs = js;
	j->next = js->first;
	j->place = &js->first;
	if (js->first)
		js->first->place = &j->next;
	js->first = j;
}

int job_start(struct jobs *js, const struct execute_request *request, uint64_t subject,
	      struct span timeout, const struct job_handler *handler, struct job **ret, char *why,
	      size_t why_cap)
{
	struct timeval limit = timeval_of_ms(timeout.us / 1000);
	struct execute_request entered = *request;
	struct job *j = calloc(1, sizeof(*j));
	int status;

	snprintf(why, why_cap, "not enough memory");
	if (!j)
		return -ENOMEM;
	j->timer = evtimer_new(js->base, on_timer, j);
	if (!j->timer) {
		free(j);
		return -ENOMEM;
	}
	entered.ledger = js->ledger;
	entered.place = j->entry = ledger_begin(js->ledger, subject);
	status = execute(&entered, &j->pid, &j->output_fd, why, why_cap);
	if (status != 0) {
		ledger_end(js->ledger, j->entry);
		event_free(j->timer);
		free(j);
		return status;
	}
	j->handler = *handler;
	j->timeout = timeout;
	j->started = clock_now();
	insert(js, j);
	/* Where it cannot be watched it is not read either, and waits once the pipe is full: until its time is up. */
	j->printed = loop_watch(js->base, j->output_fd, on_printed, j);
	event_add(j->timer, &limit);
	*ret = j;
	return 0;
}

void job_cancel(struct job *j)
{
	j->handler = (struct job_handler){ 0 };
	j->told = true;
	if (j->stage == JOB_RUNS)
		on_timer(-1, 0, j);
}

struct jobs *jobs_new(struct event_base *base)
{
	struct jobs *js = calloc(1, sizeof(*js));

	if (!js)
		return NULL;
	js->base = base;
	js->child_ended = loop_watch_signal(base, SIGCHLD, on_child_ended, js);
	if (!js->child_ended) {
		free(js);
		return NULL;
	}
	return js;
}

void jobs_use_ledger(struct jobs *js, struct ledger *ledger)
{
	if (!js->ledger)
		js->ledger = ledger;
}

void jobs_free(struct jobs *js)
{
	if (!js)
		return;
	while (js->first) {
		signal_group(js->first, SIGKILL);
		job_free(js->first);
	}
	event_free(js->child_ended);
	free(js);
}
