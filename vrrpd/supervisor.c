/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The supervisor's loop. It holds no address and sends no packet, so whatever happens to it, to the disk it reads or to the log it
 * writes, the protocol process goes on.
 */
#include "supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "build_info.h"
#include "conf/conf.h"
#include "clock.h"
#include "heritage.h"
#include "log.h"
#include "loop.h"
#include "neighbours.h"
#include "resident.h"
#include "service_manager.h"

enum {
	CRASHES_SECONDS = 10,   /* in which CRASHES_MAX are too many */
	RESTART_PAUSE_MS = 100, /* before another try where it cannot be started */
	STOP_PATIENCE_S = 2,    /* after the second request to stop */
	TELL_PAUSE_MS = 20,     /* likewise where it cannot be told something */
};

/* ---- the protocol process ---- */

static void end(struct supervisor *s, int exit_status)
{
	s->exit_status = exit_status;
	event_base_loopbreak(s->base);
}

/* It may take a moment on a slow disk: not before somebody serves. */
static void stay_in_memory(void)
{
	int status = resident_keep();

	if (status != 0)
		log_line(
			LOG_LEVEL_INFO,
			"the program cannot be kept in memory: %s: where memory is short, a "
			"take-over or a process that replaces a crashed one may wait for the disk; "
			"CAP_IPC_LOCK or a limit of locked memory of 8 MiB helps",
			strerror(-status));
}

static void on_message(struct supervisor *s, struct message *m)
{
	bool was_ready = s->was_ready;

	switch ((enum message_kind)m->kind) {
	case MESSAGE_READY:
		s->was_ready = s->serves = true;
		watchdog_start(s);
		supervisor_look_at_state(s);
		if (s->stopping)
			return;
		log_line(LOG_LEVEL_NOTICE, "vrrpd %s running, pid %d, %s: %u instance%s",
			 vrrpd_version, (int)getpid(), s->options->config_path,
			 s->current->instance_count, s->current->instance_count == 1 ? "" : "s");
		supervisor_tell_ready(s);
		supervisor_hand_pending(s);
		if (!was_ready)
			stay_in_memory();
		return;
	case MESSAGE_CONFIGURED:
		if (m->value == 0)
			supervisor_adopted(s);
		else
			supervisor_forget_pending(s, strerror((int)m->value));
		return;
	case MESSAGE_RELOAD:
		if (m->value != 0)
			supervisor_preview(s, m->number);
		else
			supervisor_reload(s, m->number);
		return;
	case MESSAGE_PONG:
		watchdog_answered(s, m);
		return;
	case MESSAGE_UPGRADE:
		supervisor_upgrade(s, m->fds[0], m->text);
		m->fds[0] = -1;
		return;
	case MESSAGE_SETUP:
	case MESSAGE_CONFIGURE:
	case MESSAGE_REFUSED:
	case MESSAGE_STOP:
	case MESSAGE_HANDOVER:
	case MESSAGE_PREVIEW:
	case MESSAGE_PING:
	case MESSAGE_RUNNER:
	case MESSAGE_WEB:
	case MESSAGE_GO:
	case MESSAGE_NOTE:
	case MESSAGE_FILES:
	case MESSAGE_STANDBY:
	case MESSAGE_STATE:
	case MESSAGE_HOOKS:
	case MESSAGE_CHECK:
	case MESSAGE_HOOK_SUCCEEDED:
	case MESSAGE_HOOK_FAILED:
	case MESSAGE_HOOKS_DONE:
		break;
	}
	log_line(LOG_LEVEL_WARNING, "unexpected message %u from the protocol process", m->kind);
}

static void on_channel(evutil_socket_t fd, short what, void *ctx)
{
	struct supervisor *s = ctx;
	struct message m;

	(void)fd;
	(void)what;
	while (child_receive(&s->child, &m)) {
		on_message(s, &m);
		message_close_fds(&m);
	}
}

static int watch_child(struct supervisor *s)
{
	return child_watch(&s->child, s->base, on_channel, s);
}

static void forget_child(struct supervisor *s)
{
	watchdog_stop(s);
	s->serves = false;
	child_forget(&s->child);
}

/* 0 or -errno; then nothing of it is left. */
static int start_protocol(struct supervisor *s)
{
	struct message setup = message_of(MESSAGE_SETUP, (uint32_t)getpid());
	int status = child_start(&s->child, OWN_PROGRAM, ROLE_PROTOCOL);
	char text[SETUP_TEXT_MAX];

	if (status != 0)
		return status;
	setup.fds[0] = s->listen_fd;
	setup.fds[1] = s->state_fd;
	child_setup_text(s, text);
	setup.text = text;
	status = channel_send(s->child.channel, &setup);
	if (status == 0)
		status = child_configure(&s->child, s->current, 0, "");
	if (status == 0)
		status = watch_child(s);
	if (status != 0) {
		child_kill(&s->child);
		forget_child(s);
	}
	supervisor_link_runner(s);
	supervisor_link_web(s);
	/* Now that it has all it needs: STATE_DIR may be on a disk that takes its time. */
	if (status == 0)
		orphan_note(&s->sd, s->child.pid);
	return status;
}

/* One that was prepared while a predecessor served, which has ended: it takes what that has left. 0 or -errno, then nothing of it is left. */
static int go(struct supervisor *s)
{
	struct message m = message_of(MESSAGE_GO, 0);
	int status;

	m.value = !neighbours_exist(s->child.pid);
	m.fds[0] = s->listen_fd;
	m.fds[1] = s->state_fd;
	status = channel_send(s->child.channel, &m);
	if (status == 0)
		status = watch_child(s);
	if (status != 0) {
		child_kill(&s->child);
		forget_child(s);
		return status;
	}
	orphan_note(&s->sd, s->child.pid);
	return 0;
}

static int begin_serving(struct supervisor *s)
{
	/* The one that was prepared is a convenience: another one does as well. */
	if (s->child.pid != 0 && go(s) == 0)
		return 0;
	return start_protocol(s);
}

/* Nothing else keeps the addresses from being held by two. */
static void give_up(struct supervisor *s)
{
	log_line(LOG_LEVEL_ERROR, "withdrawing the virtual addresses and giving up");
	(void)withdraw_addresses(s->current, s->filter_table);
	end(s, EXIT_INTERNAL);
}

static bool dies_too_often(struct supervisor *s)
{
	int64_t now_ms = clock_now_ms();
	const int64_t *oldest_ms;

	s->crashes_ms[s->crash_count++ % CRASHES_MAX] = now_ms;
	oldest_ms = &s->crashes_ms[s->crash_count % CRASHES_MAX];
	return s->crash_count >= CRASHES_MAX && now_ms - *oldest_ms < CRASHES_SECONDS * 1000;
}

void supervisor_start_protocol(struct supervisor *s)
{
	static const struct timeval pause = { .tv_usec = RESTART_PAUSE_MS * 1000 };
	int status;

	if (dies_too_often(s)) {
		log_line(LOG_LEVEL_ERROR, "the protocol process died %d times within %d s",
			 CRASHES_MAX, CRASHES_SECONDS);
		give_up(s);
		return;
	}
	status = start_protocol(s);
	if (status == 0)
		return;
	log_line(LOG_LEVEL_ERROR, "the protocol process cannot be started again: %s",
		 strerror(-status));
	event_add(s->start_again, &pause);
}

static void on_start_again(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	supervisor_start_protocol(ctx);
}

/* The addresses are released. What is left is that the last hooks come to their end. */
static void finish(struct supervisor *s)
{
	s->exit_status = EXIT_CLEAN;
	if (!supervisor_stop_runner(s))
		end(s, EXIT_CLEAN);
}

/* It may have died after it had taken over new settings, and had said so. */
static void take_last_words(struct supervisor *s)
{
	struct message m;

	while (s->child.channel >= 0 && child_receive(&s->child, &m)) {
		if (m.kind == MESSAGE_CONFIGURED)
			on_message(s, &m);
		message_close_fds(&m);
	}
}

/* Has the protocol process stop or hand over; tries until it has been told, or is dead and all is over. */
static void tell_to_end(struct supervisor *s)
{
	static const struct timeval pause = { .tv_usec = TELL_PAUSE_MS * 1000 };
	struct message m = message_of(s->stopping ? MESSAGE_STOP : MESSAGE_HANDOVER, 0);
	int status = channel_send(s->child.channel, &m);

	if (status == 0)
		return;
	if (!s->untold)
		log_line(LOG_LEVEL_ERROR,
			 "the protocol process cannot be told to end: %s: trying again",
			 strerror(-status));
	s->untold = true;
	event_add(s->tell_again, &pause);
}

/* It died while it waited for a successor: once, another one goes on with that. */
static void stop_again(struct supervisor *s, int how)
{
	bool tries = WIFSIGNALED(how) && !s->stops_for_good;
	int status = 0;

	s->stops_for_good = true;
	if (tries)
		status = start_protocol(s);
	if (status != 0)
		log_line(LOG_LEVEL_ERROR, "the protocol process cannot be started again: %s",
			 strerror(-status));
	if (tries && status == 0)
		tell_to_end(s);
	else
		give_up(s);
}

static void on_child_end(struct supervisor *s, pid_t pid, int status)
{
	bool facility = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FACILITY;
	bool clean = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CLEAN;

	take_last_words(s);
	forget_child(s);
	supervisor_keep_pending(s);
	if (clean && s->stopping) {
		finish(s);
		return;
	}
	if (clean && s->handing_over) {
		end(s, EXIT_CLEAN);
		return;
	}
	if (!clean || !supervisor_upgrade_waits(s))
		child_log_end("the protocol process", pid, status);
	if (supervisor_upgrade_waits(s)) {
		supervisor_upgrade_go(s);
		return;
	}
	if (s->stopping)
		stop_again(s, status);
	else if (s->handing_over)
		end(s,
		    EXIT_INTERNAL); /* the addresses and the state file are there for a successor */
	else if (facility && !s->was_ready)
		end(s, EXIT_FACILITY);
	else
		supervisor_start_protocol(s);
}

/* ---- signals ---- */

static void on_tell_again(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	tell_to_end(ctx);
}

/* Told twice, and still there: it hangs. Its end is that of a crash while stopping: the addresses are withdrawn. */
static void on_patience_ends(evutil_socket_t fd, short what, void *ctx)
{
	struct supervisor *s = ctx;

	(void)fd;
	(void)what;
	if (s->child.pid != 0) {
		log_line(LOG_LEVEL_ERROR, "the protocol process does not end: killing it");
		kill(s->child.pid, SIGKILL);
	} else if (s->runner.pid != 0) {
		log_line(LOG_LEVEL_ERROR, "the runner does not end: killing it");
		kill(s->runner.pid, SIGKILL);
	}
}

static void stop(struct supervisor *s)
{
	static const struct timeval patience = { .tv_sec = STOP_PATIENCE_S };

	if (s->stopping) {
		log_line(LOG_LEVEL_NOTICE,
			 "stopping at once: no more waiting for a successor or for hooks");
		event_add(s->patience, &patience);
		s->stops_for_good = true;
	} else {
		log_line(LOG_LEVEL_NOTICE, "stopping: a master releases its addresses and keeps "
					   "them until a successor is heard");
		service_manager_stopping("giving up mastership");
	}
	s->stopping = true;
	if (s->child.pid != 0)
		tell_to_end(s);
	else if (s->runner_stopping)
		finish(s);
	else
		give_up(s);
}

static void hand_over(struct supervisor *s)
{
	if (s->stopping) {
		log_line(LOG_LEVEL_WARNING, "nothing to hand over any more: stopping already");
		return;
	}
	/* The successor looks for the state by its name. */
	supervisor_keep_files(s);
	if (!state_dir_is_whole(&s->sd) || !state_dir_can_be_written(&s->sd)) {
		log_line(LOG_LEVEL_ERROR,
			 "no successor could start: %s cannot be written, or is not what it was: "
			 "nothing is left to one, this is a stop like any other",
			 s->sd.path);
		stop(s);
		return;
	}
	log_line(LOG_LEVEL_NOTICE, "handing over: the addresses stay for a successor");
	service_manager_stopping("leaving the addresses to a successor");
	s->handing_over = true;
	if (s->child.pid != 0)
		tell_to_end(s);
	else
		end(s, EXIT_CLEAN);
}

static void collect_children(struct supervisor *s)
{
	int status;
	pid_t pid;

	/* As long as they are not collected, their numbers cannot be others'. */
	supervisor_sweep(s);
	do {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid > 0 && pid == s->child.pid)
			on_child_end(s, pid, status);
		else if (pid > 0 && pid == s->runner.pid)
			supervisor_runner_ended(s, pid, status);
		else if (pid > 0 && pid == s->web.child.pid)
			supervisor_web_ended(s, pid, status);
		else if (pid > 0 && pid == s->retired.pid)
			supervisor_retired_ended(s);
		else if (pid > 0)
			/* Or what a hook has left behind: this process is its parent now, see supervisor_main(). */
			(void)supervisor_upgrade_collected(s, pid, status);
	} while (pid > 0 || (pid < 0 && errno == EINTR));
}

static void on_signal(evutil_socket_t number, short what, void *ctx)
{
	struct supervisor *s = ctx;

	(void)what;
	if (supervisor_upgrade_defers(s, (int)number))
		return;
	switch (number) {
	case SIGHUP:
		supervisor_reload(s, 0);
		break;
	case SIGTERM:
	case SIGINT:
		stop(s);
		break;
	case SIGUSR1:
		dump_start(s->base, &s->sd);
		break;
	case SIGUSR2:
		hand_over(s);
		break;
	case SIGCHLD:
		collect_children(s);
		break;
	}
}

static void on_pulse(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	(void)ctx;
	service_manager_alive();
}

static int make_pulse(struct supervisor *s)
{
	const struct timeval pause = service_manager_pulse();

	s->pulse = event_new(s->base, -1, EV_PERSIST, on_pulse, s);
	if (!s->pulse)
		return -ENOMEM;
	if (timerisset(&pause))
		event_add(s->pulse, &pause);
	return 0;
}

static int make_timers(struct supervisor *s)
{
	s->start_again = evtimer_new(s->base, on_start_again, s);
	s->tell_again = evtimer_new(s->base, on_tell_again, s);
	s->patience = evtimer_new(s->base, on_patience_ends, s);
	if (!s->start_again || !s->tell_again || !s->patience || make_pulse(s) != 0 ||
	    watchdog_prepare(s) != 0)
		return -ENOMEM;
	return supervisor_prepare_runner(s) == 0 ? supervisor_prepare_web(s) : -ENOMEM;
}

static int watch_signals(struct supervisor *s)
{
	static const int numbers[] = { SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGCHLD };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		s->signals[i] = loop_watch_signal(s->base, numbers[i], on_signal, s);
		if (!s->signals[i])
			return -ENOMEM;
	}
	return 0;
}

/* ---- start and end ---- */

/* A predecessor has blocked them until we would be ready. */
static void let_signals_through(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* heritage: NULL if there is none. */
static int run(struct supervisor *s, struct heritage *heritage)
{
	int status = -ENOMEM;

	loop_prepare();
	supervisor_open_ledger(s);
	s->base = event_base_new();
	if (s->base && make_timers(s) == 0 && watch_signals(s) == 0)
		status = heritage ? watch_child(s) : begin_serving(s);
	let_signals_through();
	if (status != 0) {
		log_line(LOG_LEVEL_ERROR,
			 "cannot start: the protocol process cannot be started: %s",
			 strerror(-status));
		return EXIT_INTERNAL;
	}
	supervisor_start_runner(s);
	if (heritage) {
		supervisor_resume_web(s);
		supervisor_inherited(s, heritage);
		stay_in_memory();
	}
	supervisor_configure_web(s);
	/* Who has ended already is collected in the loop: before it begins it cannot be told to end. */
	raise(SIGCHLD);
	event_base_dispatch(s->base);
	return s->exit_status;
}

static void tear_down(struct supervisor *s)
{
	supervisor_upgrade_leave(s);
	if (s->child.pid != 0)
		forget_child(s);
	supervisor_leave_runner(s);
	supervisor_leave_web(s);
	for (size_t i = 0; i < sizeof(s->signals) / sizeof(s->signals[0]); i++)
		loop_forget(&s->signals[i]);
	loop_forget(&s->start_again);
	loop_forget(&s->tell_again);
	loop_forget(&s->patience);
	loop_forget(&s->pulse);
	if (s->base)
		event_base_free(s->base);
	if (s->listen_fd >= 0)
		close(s->listen_fd);
	if (s->state_fd >= 0)
		close(s->state_fd);
	watchdog_leave(s);
	ledger_close(s->ledger);
	if (s->ledger_fd >= 0)
		close(s->ledger_fd);
	settings_free(s->current);
	settings_free(s->pending);
	settings_free(s->given_up);
}

/* In place of another build, which runs no more: 0 or EXIT_INTERNAL. What it has left serves whatever happens to us. */
static int inherit(struct supervisor *s, int status, struct heritage *h)
{
	supervisor_choose_identity(s);
	if (status == 0)
		status = supervisor_inherit(s, h);
	if (status != 0)
		log_line(LOG_LEVEL_ERROR, "what the predecessor has left makes no sense: %s",
			 strerror(-status));
	return status == 0 ? EXIT_CLEAN : EXIT_INTERNAL;
}

int supervisor_main(const struct options *options)
{
	struct supervisor s = {
		.options = options,
		.child = { .channel = -1, .log = -1 },
		.runner = { .channel = -1, .log = -1 },
		.retired = { .channel = -1, .log = -1 },
		.web = { .child = { .channel = -1, .log = -1 }, .listen_fd = -1 },
		.listen_fd = -1,
		.state_fd = -1,
		.ledger_fd = -1,
		.kept = { -1, -1 },
	};
	struct heritage heritage;
	int inherited = heritage_take(&heritage), status;

	signal(SIGPIPE, SIG_IGN);
	supervisor_own_path(s.program);
	/* Children of ours that end leave us theirs: a successor its protocol process, a runner its hooks. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	status = inherited == -ENOENT ? supervisor_begin(&s) : inherit(&s, inherited, &heritage);
	if (status == EXIT_CLEAN) {
		status = run(&s, inherited == 0 ? &heritage : NULL);
		state_dir_close(&s.sd);
	}
	tear_down(&s);
	if (status == EXIT_CLEAN)
		log_line(LOG_LEVEL_NOTICE, "stopped");
	return status;
}
