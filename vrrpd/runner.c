/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runner's loop, and its end: told to stop, or left alone by both of the others, it lets the hooks that it knows of come to their end.
 * They are bounded by their time limits, so that it is too.
 */
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "channel.h"
#include "conf/conf.h"
#include "execute_user.h"
#include "fifo.h"
#include "ledger.h"
#include "log.h"
#include "loop.h"
#include "privileges.h"
#include "role.h"
#include "runner_checks.h"
#include "runner_hooks.h"
#include "runner_job.h"
#include "runner_link.h"
#include "settings_fd.h"

struct runner {
	struct event_base *base;
	struct event *channel_readable, *terminated;
	struct settings *settings, *previous;
	struct jobs *jobs;
	struct ledger *ledger;
	struct runner_link *link;
	struct runner_hooks *hooks;
	struct runner_checks *checks;
	struct fifo *fifo;
	bool orphaned; /* the supervisor is dead */
	bool stopping, at_once;
	char buffer[MESSAGE_TEXT_MAX + 1];
};

/* ---- the end ---- */

static void on_idle(void *ctx)
{
	struct runner *r = ctx;

	if (r->stopping)
		event_base_loopexit(r->base, NULL);
}

/* Told twice, it does not wait for anybody. */
static void stop(struct runner *r)
{
	r->at_once = r->stopping;
	r->stopping = true;
	/* What the protocol process asked for last may still be on its way here. */
	runner_link_receive(r->link);
	runner_checks_free(r->checks);
	r->checks = NULL;
	if (r->at_once || runner_hooks_idle(r->hooks))
		event_base_loopexit(r->base, NULL);
}

/* ---- the protocol process ---- */

static void receive_from_supervisor(struct runner *r);

static void on_message(void *ctx, struct message *m)
{
	struct runner *r = ctx;

	if (m->kind == MESSAGE_STATE && r->fifo) {
		fifo_state(r->fifo, m->text);
	} else if (m->kind == MESSAGE_HOOKS) {
		/* The settings that it speaks of were sent to us first. */
		receive_from_supervisor(r);
		runner_hooks_request(r->hooks, m);
	} else if (m->kind == MESSAGE_HANDOVER) {
		runner_hooks_leave_waiting(r->hooks);
	}
}

static void on_gone(void *ctx)
{
	struct runner *r = ctx;

	if (r->orphaned && !r->stopping)
		stop(r);
}

/* ---- the supervisor ---- */

/* who: INSTANCE "web" */
static int is_notifier(void *ctx, const char *who)
{
	const struct settings *s = ctx;
	const char *start = strchr(who, '"');
	size_t len = start ? strlen(start + 1) - 1 : 0;
	bool group = who[0] == 'G';

	for (uint32_t i = 0; start && i < (group ? s->group_count : s->instance_count); i++) {
		const char *name = group ? s->groups[i].name : s->instances[i].name;

		if (strlen(name) == len && strncmp(name, start + 1, len) == 0)
			return 1;
	}
	return 0;
}

static void use_fifo(struct runner *r)
{
	const char *path = settings_text(r->settings, r->settings->global.notify_fifo);

	if (r->fifo && strcmp(fifo_path(r->fifo), path) == 0) {
		fifo_forget(r->fifo, is_notifier, r->settings);
		return;
	}
	fifo_free(r->fifo);
	r->fifo = path[0] ? fifo_new(r->base, path, r->settings->global.script_user) : NULL;
	if (path[0] && !r->fifo)
		log_line(LOG_LEVEL_ERROR, "notify-fifo %s: not enough memory", path);
}

/* Better another one that does everything than one that does a part. */
static void give_up(const char *what)
{
	log_line(LOG_LEVEL_ERROR, "the runner has not enough memory for %s", what);
	exit(EXIT_INTERNAL);
}

static void configure(struct runner *r, const struct message *m)
{
	struct settings *fresh = NULL;
	int status = settings_from_fd(m->fds[0], &fresh);

	if (status != 0) {
		log_line(LOG_LEVEL_ERROR, "the runner cannot use new settings: %s",
			 strerror(-status));
		return;
	}
	execute_users_forget();
	log_set_level(fresh->global.log_level);
	settings_free(r->previous);
	r->previous = r->settings;
	r->settings = fresh;
	runner_hooks_configure(r->hooks, r->settings, r->previous);
	if (r->checks && runner_checks_configure(r->checks, r->settings) != 0)
		give_up("its checks");
	use_fifo(r);
}

/* Once, before anything is run. */
static void use_ledger(struct runner *r, int fd)
{
	if (r->ledger)
		return;
	r->ledger = ledger_open(fd);
	jobs_use_ledger(r->jobs, r->ledger);
	runner_hooks_use_ledger(r->hooks, r->ledger);
}

static void connect_protocol(struct runner *r, struct message *m)
{
	int fd = m->fds[0];

	m->fds[0] = -1;
	if (runner_link_connect(r->link, fd) != 0)
		give_up("the way to the protocol process");
	if (r->checks)
		runner_checks_tell_all(r->checks);
}

static void obey(struct runner *r, struct message *m)
{
	switch ((enum message_kind)m->kind) {
	case MESSAGE_CONFIGURE:
		configure(r, m);
		return;
	case MESSAGE_CONFIGURED:
		if (r->checks)
			runner_checks_confirmed(r->checks);
		return;
	case MESSAGE_RUNNER:
		connect_protocol(r, m);
		return;
	case MESSAGE_STOP:
		stop(r);
		return;
	case MESSAGE_SETUP:
		use_ledger(r, m->fds[0]);
		return;
	case MESSAGE_REFUSED:
	case MESSAGE_PREVIEW:
	case MESSAGE_PING:
	case MESSAGE_PONG:
	case MESSAGE_HANDOVER:
	case MESSAGE_WEB:
	case MESSAGE_GO:
	case MESSAGE_NOTE:
	case MESSAGE_FILES:
	case MESSAGE_STANDBY:
	case MESSAGE_UPGRADE:
	case MESSAGE_READY:
	case MESSAGE_RELOAD:
	case MESSAGE_STATE:
	case MESSAGE_HOOKS:
	case MESSAGE_CHECK:
	case MESSAGE_HOOK_SUCCEEDED:
	case MESSAGE_HOOK_FAILED:
	case MESSAGE_HOOKS_DONE:
		/* Not for us. */
		break;
	}
	log_line(LOG_LEVEL_WARNING, "unexpected message %u to the runner", m->kind);
}

static void receive_from_supervisor(struct runner *r)
{
	struct message m;
	int status = r->orphaned ? -EAGAIN : 0;

	while (status == 0) {
		status = channel_receive(ROLE_CHANNEL_FD, &m, r->buffer);
		if (status == 0) {
			obey(r, &m);
			message_close_fds(&m);
		}
	}
	if (status != -EPIPE)
		return;
	/* As long as the protocol process works, so does this one. */
	r->orphaned = true;
	event_del(r->channel_readable);
	if (!runner_link_connected(r->link) && !r->stopping)
		stop(r);
}

static void on_channel(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	receive_from_supervisor(ctx);
}

/* Whoever ends all processes of the daemon at once means the supervisor, which tells us when it is time. */
static void on_terminated(evutil_socket_t number, short what, void *ctx)
{
	struct runner *r = ctx;

	(void)number;
	(void)what;
	if (r->orphaned)
		stop(r);
}

/* ---- setting up ---- */

static void ignore_stray_signals(void)
{
	static const int numbers[] = {
		SIGPIPE, SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGALRM, SIGQUIT
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		signal(numbers[i], SIG_IGN);
}

static bool set_up(struct runner *r)
{
	struct runner_link_handler handler = { .ctx = r, .message = on_message, .gone = on_gone };

	r->base = event_base_new();
	if (!r->base)
		return false;
	r->jobs = jobs_new(r->base);
	r->link = runner_link_new(r->base, &handler);
	if (!r->jobs || !r->link)
		return false;
	r->hooks = runner_hooks_new(r->base, r->jobs, r->link, on_idle, r);
	r->checks = runner_checks_new(r->base, r->jobs, r->link);
	r->terminated = loop_watch_signal(r->base, SIGTERM, on_terminated, r);
	r->channel_readable = loop_watch(r->base, ROLE_CHANNEL_FD, on_channel, r);
	return r->hooks && r->checks && r->terminated && r->channel_readable;
}

static void tear_down(struct runner *r)
{
	runner_checks_free(r->checks);
	runner_hooks_free(r->hooks);
	jobs_free(r->jobs);
	ledger_close(r->ledger);
	runner_link_free(r->link);
	fifo_free(r->fifo);
	loop_forget(&r->channel_readable);
	loop_forget(&r->terminated);
	if (r->base)
		event_base_free(r->base);
	settings_free(r->settings);
	settings_free(r->previous);
	execute_users_forget();
}

int runner_main(void)
{
	static struct runner r;
	int status = EXIT_CLEAN;

	prctl(PR_SET_NAME, ROLE_RUNNER);
	ignore_stray_signals();
	/* Nothing that is executed is to have them. */
	fcntl(ROLE_CHANNEL_FD, F_SETFD, FD_CLOEXEC);
	fcntl(ROLE_LOG_FD, F_SETFD, FD_CLOEXEC);
	log_to_channel(ROLE_LOG_FD);
	loop_prepare();
	status = privileges_keep_runner();
	if (status != 0) {
		log_line(LOG_LEVEL_ERROR, "the runner cannot give up privileges: %s",
			 strerror(-status));
		status = EXIT_FACILITY;
	} else if (set_up(&r)) {
		/* A hook that was asked for while it was about to end is still to be run. */
		do {
			event_base_dispatch(r.base);
		} while (!r.at_once && !runner_hooks_idle(r.hooks));
	} else {
		log_line(LOG_LEVEL_ERROR, "the runner cannot start: no event loop");
		status = EXIT_INTERNAL;
	}
	tear_down(&r);
	return status;
}
