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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conf/conf.h"
#include "conf/conf_diff.h"
#include "log.h"
#include "privileges.h"

enum {
	CRASHES_MAX = 5,           /* within … */
	CRASHES_SECONDS = 10,      /* … and the protocol process is not started again */
	TAKE_OVER_WAIT_MS = 10000, /* -T: for the other daemon to end */
	TAKE_OVER_STEP_MS = 2,
};

struct supervisor {
	const struct options *options;
	struct event_base *base;
	struct event *signals[6];
	struct event *channel_readable, *log_readable;
	struct state_dir sd;
	struct child child;
	struct settings *current, *pending; /* in force; sent and not confirmed yet */
	int listen_fd, state_fd;
	time_t crashes[CRASHES_MAX]; /* monotonic seconds, the oldest is overwritten */
	unsigned int crash_count;
	bool stopping, handing_over, withdrawing, was_ready;
	int exit_status;
};

/* ---- configuration ---- */

static void log_problems(const struct conf_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct conf_problem *p = &problems->items[i];
		char line[16] = "";

		if (p->line != 0)
			snprintf(line, sizeof(line), ":%u", p->line);
		log_line(p->warning ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR, "%s%s: %s", p->file,
			 line, p->text);
	}
}

/* -v on top of what the file says. */
static struct settings *with_verbosity(struct settings *s, int verbosity)
{
	int level = (int)s->global.log_level + verbosity;

	s->global.log_level = level > LOG_LEVEL_DEBUG ? LOG_LEVEL_DEBUG : (enum log_level)level;
	return s;
}

static void use_log(const struct settings *s)
{
	log_set_level(s->global.log_level);
	log_to_target(s->global.log_target);
}

/* The problems as text, a line each; the caller frees it. */
static char *problems_text(const struct conf_problems *problems)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	conf_problems_print(problems, out);
	fclose(out);
	return text;
}

static void refuse_reload(struct supervisor *s, uint32_t number,
			  const struct conf_problems *problems)
{
	struct message m = message_of(MESSAGE_REFUSED, number);

	log_problems(problems);
	log_line(LOG_LEVEL_ERROR, "%s has errors and was refused: the old configuration stays",
		 s->options->config_path);
	m.text = problems_text(problems);
	if (number != 0)
		(void)channel_send(s->child.channel, &m);
	free(m.text);
}

/* What differs, a line each; the caller frees it. NULL without memory. */
static char *changes_text(const struct settings *old, const struct settings *fresh)
{
	struct conf_diff diff;
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	if (conf_diff(old, fresh, &diff) != 0)
		return NULL;
	out = open_memstream(&text, &len);
	if (out) {
		for (size_t i = 0; i < diff.count; i++)
			fprintf(out, "%s\n", diff.lines[i]);
		fclose(out);
	}
	conf_diff_done(&diff);
	return text;
}

static void send_settings(struct supervisor *s, struct settings *fresh, uint32_t number)
{
	char *changes = changes_text(s->current, fresh);
	int status = child_configure(&s->child, fresh, number, changes ? changes : "");

	free(changes);
	if (status != 0) {
		log_line(LOG_LEVEL_ERROR, "new settings cannot be handed over: %s",
			 strerror(-status));
		settings_free(fresh);
		return;
	}
	settings_free(s->pending);
	s->pending = fresh;
}

static void reload(struct supervisor *s, uint32_t number)
{
	struct conf_problems problems;
	struct settings *fresh = NULL;

	if (conf_load(s->options->config_path, &fresh, &problems) != 0) {
		refuse_reload(s, number, &problems);
	} else {
		log_problems(&problems);
		send_settings(s, with_verbosity(fresh, s->options->verbosity), number);
	}
	conf_problems_done(&problems);
}

/* ---- the protocol process ---- */

static void end(struct supervisor *s, int exit_status)
{
	s->exit_status = exit_status;
	event_base_loopbreak(s->base);
}

static void on_message(struct supervisor *s, const struct message *m)
{
	switch ((enum message_kind)m->kind) {
	case MESSAGE_READY:
		s->was_ready = true;
		log_line(LOG_LEVEL_NOTICE, "running, %u instances", s->current->instance_count);
		return;
	case MESSAGE_CONFIGURED:
		if (!s->pending)
			return;
		settings_free(s->current);
		s->current = s->pending;
		s->pending = NULL;
		use_log(s->current);
		return;
	case MESSAGE_RELOAD:
		reload(s, m->number);
		return;
	case MESSAGE_SETUP:
	case MESSAGE_CONFIGURE:
	case MESSAGE_REFUSED:
	case MESSAGE_STOP:
	case MESSAGE_HANDOVER:
		break;
	}
	log_line(LOG_LEVEL_WARNING, "unexpected message %u from the protocol process", m->kind);
}

static void on_channel(evutil_socket_t fd, short what, void *ctx)
{
	static char buffer[MESSAGE_TEXT_MAX + 1];
	struct supervisor *s = ctx;
	struct message m;
	int status;

	(void)what;
	while ((status = channel_receive(fd, &m, buffer)) == 0) {
		on_message(s, &m);
		message_close_fds(&m);
	}
	if (status == -EPIPE)
		event_del(s->channel_readable); /* SIGCHLD tells the rest */
}

static void on_log(evutil_socket_t fd, short what, void *ctx)
{
	struct supervisor *s = ctx;

	(void)what;
	if (log_relay(fd) != 0)
		event_del(s->log_readable);
}

static int watch_child(struct supervisor *s)
{
	s->channel_readable =
		event_new(s->base, s->child.channel, EV_READ | EV_PERSIST, on_channel, s);
	s->log_readable = event_new(s->base, s->child.log, EV_READ | EV_PERSIST, on_log, s);
	if (!s->channel_readable || !s->log_readable)
		return -ENOMEM;
	event_add(s->channel_readable, NULL);
	event_add(s->log_readable, NULL);
	return 0;
}

static void forget_child(struct supervisor *s)
{
	/* What it said last is still in its sockets. */
	(void)log_relay(s->child.log);
	if (s->channel_readable)
		event_free(s->channel_readable);
	if (s->log_readable)
		event_free(s->log_readable);
	s->channel_readable = NULL;
	s->log_readable = NULL;
	child_forget(&s->child);
}

static int start_protocol(struct supervisor *s)
{
	struct message setup = message_of(MESSAGE_SETUP, (uint32_t)getpid());
	int status = child_start(&s->child, ROLE_PROTOCOL);

	if (status != 0)
		return status;
	orphan_note(&s->sd, s->child.pid);
	setup.fds[0] = s->listen_fd;
	setup.fds[1] = s->state_fd;
	status = channel_send(s->child.channel, &setup);
	if (status == 0)
		status = child_configure(&s->child, s->current, 0, "");
	return status == 0 ? watch_child(s) : status;
}

/* Nothing else keeps the addresses from being held by two: they are taken off by a process of its own. */
static void withdraw(struct supervisor *s)
{
	s->withdrawing = true;
	log_line(LOG_LEVEL_ERROR,
		 "the protocol process died %d times within %d s: withdrawing the virtual "
		 "addresses and giving up",
		 CRASHES_MAX, CRASHES_SECONDS);
	if (child_start(&s->child, ROLE_WITHDRAW) != 0 ||
	    child_configure(&s->child, s->current, 0, "") != 0 || watch_child(s) != 0)
		end(s, EXIT_INTERNAL);
}

static bool dies_too_often(struct supervisor *s)
{
	struct timespec now;
	time_t *oldest = &s->crashes[s->crash_count % CRASHES_MAX];
	bool too_often;

	clock_gettime(CLOCK_MONOTONIC, &now);
	*oldest = now.tv_sec;
	s->crash_count++;
	oldest = &s->crashes[s->crash_count % CRASHES_MAX];
	too_often = s->crash_count >= CRASHES_MAX && now.tv_sec - *oldest < CRASHES_SECONDS;
	return too_often;
}

static void log_death(pid_t pid, int status)
{
	if (WIFSIGNALED(status))
		log_line(LOG_LEVEL_ERROR, "the protocol process %d was ended by signal %d (%s)",
			 (int)pid, WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		log_line(LOG_LEVEL_ERROR, "the protocol process %d ended with status %d", (int)pid,
			 WEXITSTATUS(status));
}

static void on_child_end(struct supervisor *s, pid_t pid, int status)
{
	bool facility = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FACILITY;
	bool clean = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CLEAN;

	forget_child(s);
	if (s->withdrawing) {
		end(s, EXIT_INTERNAL);
		return;
	}
	if (clean && (s->stopping || s->handing_over)) {
		end(s, EXIT_CLEAN);
		return;
	}
	log_death(pid, status);
	if (s->stopping) {
		withdraw(s);
	} else if (facility && !s->was_ready) {
		end(s, EXIT_FACILITY);
	} else if (dies_too_often(s)) {
		withdraw(s);
	} else if (start_protocol(s) != 0) {
		log_line(LOG_LEVEL_ERROR, "it cannot be started again");
		end(s, EXIT_INTERNAL);
	}
}

/* ---- signals ---- */

static void tell(struct supervisor *s, enum message_kind kind)
{
	struct message m = message_of(kind, 0);

	if (channel_send(s->child.channel, &m) != 0)
		log_line(LOG_LEVEL_ERROR, "the protocol process cannot be told to stop");
}

static void on_signal(evutil_socket_t number, short what, void *ctx)
{
	struct supervisor *s = ctx;
	int status;
	pid_t pid;

	(void)what;
	switch (number) {
	case SIGHUP:
		reload(s, 0);
		break;
	case SIGTERM:
	case SIGINT:
		log_line(LOG_LEVEL_NOTICE, "stopping: mastership is released, the addresses stay "
					   "until a successor is heard");
		s->stopping = true;
		tell(s, MESSAGE_STOP);
		break;
	case SIGUSR1:
		dump_start(s->base, &s->sd);
		break;
	case SIGUSR2:
		log_line(LOG_LEVEL_NOTICE, "handing over: the addresses stay for a successor");
		s->handing_over = true;
		tell(s, MESSAGE_HANDOVER);
		break;
	case SIGCHLD:
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
			if (pid == s->child.pid)
				on_child_end(s, pid, status);
		}
		break;
	}
}

static int watch_signals(struct supervisor *s)
{
	static const int numbers[] = { SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGCHLD };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		s->signals[i] = evsignal_new(s->base, numbers[i], on_signal, s);
		if (!s->signals[i] || event_add(s->signals[i], NULL) != 0)
			return -ENOMEM;
	}
	return 0;
}

/* ---- start and end ---- */

static int load_first(struct supervisor *s)
{
	struct conf_problems problems;
	int status = conf_load(s->options->config_path, &s->current, &problems);

	if (status != 0) {
		conf_problems_print(&problems, stderr);
	} else {
		with_verbosity(s->current, s->options->verbosity);
		use_log(s->current);
		log_problems(&problems);
	}
	conf_problems_done(&problems);
	return status == 0 ? EXIT_CLEAN : EXIT_CONFIGURATION;
}

/* -T: tells the daemon that runs here to leave its addresses to us, and waits for its lock. */
static int take_over(struct supervisor *s, pid_t owner, char *why, size_t why_cap)
{
	static const struct timespec step = { .tv_nsec = TAKE_OVER_STEP_MS * 1000000L };
	int status = -EBUSY;

	if (owner <= 1 || kill(owner, SIGUSR2) != 0) {
		snprintf(why, why_cap, "cannot signal the running daemon: %s", strerror(errno));
		return -errno;
	}
	for (int waited = 0; status == -EBUSY && waited < TAKE_OVER_WAIT_MS;
	     waited += TAKE_OVER_STEP_MS) {
		nanosleep(&step, NULL);
		status = state_dir_open(&s->sd, s->options->state_dir, &owner, why, why_cap);
	}
	if (status == -EBUSY)
		snprintf(why, why_cap, "the running daemon, pid %d, does not hand over",
			 (int)owner);
	return status;
}

static int open_state_dir(struct supervisor *s)
{
	char why[512] = "";
	pid_t owner = 0, orphan = 0;
	int status = state_dir_open(&s->sd, s->options->state_dir, &owner, why, sizeof(why));

	if (status == -EBUSY && s->options->take_over) {
		status = take_over(s, owner, why, sizeof(why));
	} else if (status == -EBUSY) {
		log_line(LOG_LEVEL_ERROR,
			 "another vrrpd already runs on %s, pid %d: stop it, take over from it "
			 "with -T, or choose another directory with -s",
			 s->options->state_dir, (int)owner);
		return EXIT_CONFIGURATION;
	}
	if (status == 0 && !orphan_take_over(&s->sd, &orphan)) {
		snprintf(why, sizeof(why),
			 "the protocol process %d of an earlier daemon does not hand over",
			 (int)orphan);
		status = -EBUSY;
	} else if (status == 0 && orphan != 0) {
		log_line(LOG_LEVEL_NOTICE,
			 "took over from the protocol process %d, whose "
			 "supervisor had died",
			 (int)orphan);
	}
	if (status == 0)
		s->listen_fd = state_dir_listen(&s->sd, why, sizeof(why));
	if (status == 0 && s->listen_fd >= 0) {
		s->state_fd = state_dir_open_state(&s->sd);
		return EXIT_CLEAN;
	}
	log_line(LOG_LEVEL_ERROR, "cannot start: %s", why);
	return EXIT_FACILITY;
}

static int check_privileges(void)
{
	const char *missing = privileges_missing();

	if (!missing)
		return EXIT_CLEAN;
	log_line(LOG_LEVEL_ERROR,
		 "cannot start: the capability %s is missing: start vrrpd as root, or with "
		 "CAP_NET_ADMIN and CAP_NET_RAW",
		 missing);
	return EXIT_FACILITY;
}

static int run(struct supervisor *s)
{
	s->base = event_base_new();
	if (!s->base || watch_signals(s) != 0 || start_protocol(s) != 0) {
		log_line(LOG_LEVEL_ERROR, "cannot start: the protocol process cannot be started");
		return EXIT_INTERNAL;
	}
	event_base_dispatch(s->base);
	return s->exit_status;
}

static void tear_down(struct supervisor *s)
{
	if (s->child.pid != 0)
		forget_child(s);
	for (size_t i = 0; i < sizeof(s->signals) / sizeof(s->signals[0]); i++) {
		if (s->signals[i])
			event_free(s->signals[i]);
	}
	if (s->base)
		event_base_free(s->base);
	if (s->listen_fd >= 0)
		close(s->listen_fd);
	if (s->state_fd >= 0)
		close(s->state_fd);
	settings_free(s->current);
	settings_free(s->pending);
}

int supervisor_main(const struct options *options)
{
	struct supervisor s = {
		.options = options,
		.child = { .channel = -1, .log = -1 },
		.listen_fd = -1,
		.state_fd = -1,
	};
	int status = load_first(&s);

	signal(SIGPIPE, SIG_IGN);
	if (status == EXIT_CLEAN)
		status = check_privileges();
	if (status == EXIT_CLEAN)
		status = open_state_dir(&s);
	if (status == EXIT_CLEAN) {
		status = run(&s);
		state_dir_close(&s.sd);
	}
	tear_down(&s);
	if (status == EXIT_CLEAN)
		log_line(LOG_LEVEL_NOTICE, "stopped");
	return status;
}
