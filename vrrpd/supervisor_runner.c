/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The supervisor's second child, the runner. Nothing that happens to it touches the protocol process: it is started again, after a pause
 * where it dies often, and the two are given a new way to each other whenever either of them is new.
 */
#include "supervisor.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "loop.h"
#include "settings_fd.h"

enum {
	LINK_BYTES = 4 << 20, /* hooks of thousands of instances at once, in both directions */
	RESTART_PAUSE_S = 2,  /* where it has died not long ago */
	DIES_OFTEN_S = 10,    /* within which a second death makes for a pause */
	LINK_PAUSE_MS = 100,  /* before another try to connect the two */
};

/* ---- the way between the two ---- */

static void widen(int fd)
{
	int bytes = LINK_BYTES;

	/* Best effort: with less, more waits in memory on either side. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
}

void supervisor_link_runner(struct supervisor *s)
{
	static const struct timeval pause = { .tv_usec = LINK_PAUSE_MS * 1000 };
	int ends[2];
	int status = 0;

	if (s->child.pid == 0 || s->runner.pid == 0)
		return;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
		status = -errno;
	} else {
		widen(ends[0]);
		widen(ends[1]);
		status = child_send_fd(&s->runner, MESSAGE_RUNNER, ends[1], 0);
		if (status == 0)
			status = child_send_fd(&s->child, MESSAGE_RUNNER, ends[0], 0);
		close(ends[0]);
		close(ends[1]);
	}
	if (status == 0 || status == -EPIPE)
		return; /* who is gone will be new */
	log_line(LOG_LEVEL_WARNING,
		 "the protocol process and the runner cannot be connected: %s: trying again",
		 strerror(-status));
	event_add(s->link_again, &pause);
}

static void on_link_again(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	supervisor_link_runner(ctx);
}

/* ---- its life ---- */

static void on_channel(evutil_socket_t fd, short what, void *ctx)
{
	struct supervisor *s = ctx;
	struct message m;

	(void)fd;
	(void)what;
	/* It has nothing to say to us. */
	while (child_receive(&s->runner, &m))
		message_close_fds(&m);
}

int supervisor_configure_runner(struct supervisor *s, const struct settings *settings)
{
	struct message m = message_of(MESSAGE_CONFIGURE, 0);
	int status;

	if (s->runner.pid == 0)
		return 0;
	m.fds[0] = settings_to_fd(settings);
	if (m.fds[0] < 0)
		return m.fds[0];
	status = channel_send(s->runner.channel, &m);
	message_close_fds(&m);
	/* One that is dead is told by its death. */
	return status == -EPIPE ? 0 : status;
}

void supervisor_confirm_runner(struct supervisor *s)
{
	struct message m = message_of(MESSAGE_CONFIGURED, 0);

	if (s->runner.pid != 0)
		(void)channel_send(s->runner.channel, &m);
}

static int hand_ledger(const struct supervisor *s)
{
	return s->ledger_fd < 0 ? 0 : child_send_fd(&s->runner, MESSAGE_SETUP, s->ledger_fd, 0);
}

void supervisor_open_ledger(struct supervisor *s)
{
	if (s->ledger_fd < 0)
		s->ledger_fd = state_dir_open_ledger(&s->sd);
	s->ledger = ledger_open(s->ledger_fd);
	if (!s->ledger)
		log_line(
			LOG_LEVEL_WARNING,
			"what a runner runs cannot be written down: should one be killed, its hooks "
			"go on");
	supervisor_sweep(s);
}

void supervisor_sweep(struct supervisor *s)
{
	unsigned int count = ledger_sweep(s->ledger);

	if (count != 0)
		log_line(LOG_LEVEL_NOTICE, "%u script%s or hook%s of a runner that died: ended",
			 count, count == 1 ? "" : "s", count == 1 ? "" : "s");
}

static int start(struct supervisor *s)
{
	int status = child_start(&s->runner, OWN_PROGRAM, ROLE_RUNNER);

	if (status != 0)
		return status;
	status = child_watch(&s->runner, s->base, on_channel, s);
	if (status == 0)
		status = hand_ledger(s);
	if (status == 0)
		status = supervisor_configure_runner(s, s->current);
	if (status != 0) {
		child_kill(&s->runner);
		child_forget(&s->runner);
	}
	return status;
}

void supervisor_start_runner(struct supervisor *s)
{
	static const struct timeval pause = { .tv_sec = RESTART_PAUSE_S };
	int status;

	if (s->stopping || s->handing_over)
		return;
	status = start(s);
	if (status != 0) {
		log_line(LOG_LEVEL_ERROR, "the runner cannot be started: %s: trying again",
			 strerror(-status));
		event_add(s->runner_again, &pause);
		return;
	}
	supervisor_link_runner(s);
	/* A reload is under way, and will be confirmed. */
	if (s->pending)
		(void)supervisor_configure_runner(s, s->pending);
}

static void on_runner_again(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	supervisor_start_runner(ctx);
}

void supervisor_runner_ended(struct supervisor *s, pid_t pid, int status)
{
	static const struct timeval pause = { .tv_sec = RESTART_PAUSE_S };
	bool again =
		s->runner_died_ms != 0 && clock_now_ms() - s->runner_died_ms < DIES_OFTEN_S * 1000;
	bool clean = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CLEAN;

	s->runner_died_ms = clock_now_ms();
	child_forget(&s->runner);
	if (!clean || !s->runner_stopping)
		child_log_end("the runner", pid, status);
	if (s->runner_stopping)
		event_base_loopbreak(s->base);
	else if (again)
		event_add(s->runner_again, &pause);
	else
		supervisor_start_runner(s);
}

bool supervisor_stop_runner(struct supervisor *s)
{
	struct message m = message_of(MESSAGE_STOP, 0);

	s->runner_stopping = true;
	return s->runner.pid != 0 && channel_send(s->runner.channel, &m) == 0;
}

int supervisor_prepare_runner(struct supervisor *s)
{
	s->runner_again = evtimer_new(s->base, on_runner_again, s);
	s->link_again = evtimer_new(s->base, on_link_again, s);
	return s->runner_again && s->link_again ? 0 : -ENOMEM;
}

void supervisor_retire_runner(struct supervisor *s, pid_t pid, int log)
{
	s->retired = (struct child){ .pid = pid, .channel = -1, .log = log };
	/* Without it, what it logs is passed on at its end. */
	(void)child_watch(&s->retired, s->base, NULL, NULL);
}

void supervisor_retired_ended(struct supervisor *s)
{
	child_forget(&s->retired);
}

void supervisor_leave_runner(struct supervisor *s)
{
	/* It finishes what it does, sees that nobody is left, and ends. */
	if (s->runner.pid != 0)
		child_forget(&s->runner);
	supervisor_retired_ended(s);
	loop_forget(&s->runner_again);
	loop_forget(&s->link_again);
}
