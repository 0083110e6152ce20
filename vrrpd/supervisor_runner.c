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

#include "log.h"
#include "loop.h"
#include "settings_fd.h"

enum {
	LINK_BYTES = 4 << 20, /* hooks of thousands of instances at once, in both directions */
	RESTART_PAUSE_S = 2,  /* where it has died not long ago */
	DIES_OFTEN_S = 10,    /* within which a second death makes for a pause */
	LINK_PAUSE_MS = 100,  /* before another try to connect the two */
};

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* ---- the way between the two ---- */

static int send_end(const struct child *c, int fd)
{
	struct message m = message_of(MESSAGE_RUNNER, 0);

	m.fds[0] = fd;
	return channel_send(c->channel, &m);
}

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
		status = send_end(&s->runner, ends[1]);
		if (status == 0)
			status = send_end(&s->child, ends[0]);
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
	static char buffer[MESSAGE_TEXT_MAX + 1];
	struct supervisor *s = ctx;
	struct message m;
	int status;

	(void)what;
	/* It has nothing to say to us. */
	while ((status = channel_receive(fd, &m, buffer)) == 0)
		message_close_fds(&m);
	if (status == -EPIPE)
		event_del(s->runner_readable); /* SIGCHLD tells the rest */
}

static void on_log(evutil_socket_t fd, short what, void *ctx)
{
	struct supervisor *s = ctx;

	(void)what;
	if (log_relay(fd) != 0)
		event_del(s->runner_log_readable);
}

static void free_event(struct event **ev)
{
	if (*ev)
		event_free(*ev);
	*ev = NULL;
}

static void forget_runner(struct supervisor *s)
{
	if (s->runner.log >= 0)
		(void)log_relay(s->runner.log);
	free_event(&s->runner_readable);
	free_event(&s->runner_log_readable);
	child_forget(&s->runner);
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
	struct message m = message_of(MESSAGE_SETUP, 0);

	m.fds[0] = s->ledger_fd;
	return s->ledger_fd < 0 ? 0 : channel_send(s->runner.channel, &m);
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
	s->runner_readable = loop_watch(s->base, s->runner.channel, on_channel, s);
	s->runner_log_readable = loop_watch(s->base, s->runner.log, on_log, s);
	status = s->runner_readable && s->runner_log_readable ? 0 : -ENOMEM;
	if (status == 0)
		status = hand_ledger(s);
	if (status == 0)
		status = supervisor_configure_runner(s, s->current);
	if (status != 0) {
		child_kill(&s->runner);
		forget_runner(s);
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

static void log_death(pid_t pid, int status)
{
	if (WIFSIGNALED(status))
		log_line(LOG_LEVEL_ERROR, "the runner %d was ended by signal %d (%s)", (int)pid,
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		log_line(LOG_LEVEL_ERROR, "the runner %d ended with status %d", (int)pid,
			 WEXITSTATUS(status));
}

void supervisor_runner_ended(struct supervisor *s, pid_t pid, int status)
{
	static const struct timeval pause = { .tv_sec = RESTART_PAUSE_S };
	bool again = s->runner_died != 0 && now_s() - s->runner_died < DIES_OFTEN_S;
	bool clean = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CLEAN;

	s->runner_died = now_s();
	forget_runner(s);
	if (!clean || !s->runner_stopping)
		log_death(pid, status);
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

static void on_retired_log(evutil_socket_t fd, short what, void *ctx)
{
	struct supervisor *s = ctx;

	(void)what;
	if (log_relay(fd) != 0)
		event_del(s->retired_log_readable);
}

void supervisor_retire_runner(struct supervisor *s, pid_t pid, int log)
{
	s->retired = (struct child){ .pid = pid, .channel = -1, .log = log };
	s->retired_log_readable = log < 0 ? NULL : loop_watch(s->base, log, on_retired_log, s);
}

void supervisor_retired_ended(struct supervisor *s)
{
	if (s->retired.log >= 0)
		(void)log_relay(s->retired.log);
	free_event(&s->retired_log_readable);
	child_forget(&s->retired);
}

void supervisor_leave_runner(struct supervisor *s)
{
	/* It finishes what it does, sees that nobody is left, and ends. */
	if (s->runner.pid != 0)
		forget_runner(s);
	supervisor_retired_ended(s);
	free_event(&s->runner_again);
	free_event(&s->link_again);
}
