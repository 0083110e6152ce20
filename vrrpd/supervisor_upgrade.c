/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An upgrade to another build of the program, make before break: the other build is asked who it is, has to accept the configuration and to
 * prepare a protocol process of its own while ours serves. Only then does ours hand over, which is undone if the other's does not serve
 * within moments. At last this process executes the other build in its own place, so that its number, its lock and whatever a service
 * manager knows of it stay as they are.
 */
#include "supervisor.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "build_info.h"
#include "heritage.h"
#include "log.h"
#include "loop.h"
#include "trial.h"
#include "upgrade_client.h"
#include "view/object.h"

enum {
	ANSWER_MS = 10000,   /* for one that is asked something, and for all its preparations */
	HAND_OVER_MS = 2000, /* for a protocol process to end, or to serve */
	WORDS_MAX = HERITAGE_WORDS_MAX,
};

enum stage {
	STAGE_VERSION,       /* PATH -V */
	STAGE_CONFIGURATION, /* PATH -t -f FILE */
	STAGE_PREPARE,       /* the successor does, and ours serves */
	STAGE_HAND_OVER,     /* ours is to end */
	STAGE_TAKE_OVER,     /* the successor's is to serve */
	STAGE_FALL_BACK,     /* the successor's processes are to end */
};

struct upgrade {
	struct supervisor *s;
	enum stage stage;
	struct event *deadline;
	struct trial trial;
	struct child child; /* the successor */
	pid_t protocol;     /* its protocol process; 0: none */
	int channel, log;   /* of that */
	int settings;
	int client; /* who is to be answered; -1: nobody */
	char path[PATH_MAX];
	char by[WORDS_MAX], version[WORDS_MAX];
	char why[512];     /* STAGE_FALL_BACK */
	bool ends;         /* all of vrrpd does */
	sigset_t deferred; /* signals that wait for the end */
};

/* ---- the end ---- */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Signals that came meanwhile come now. */
static void send_deferred(const struct upgrade *u)
{
	for (int number = 1; number < NSIG; number++) {
		if (sigismember(&u->deferred, number) == 1)
			kill(getpid(), number);
	}
}

static void upgrade_free(struct supervisor *s)
{
	struct upgrade *u = s->upgrade;

	s->upgrade = NULL;
	trial_kill(&u->trial);
	child_forget(&u->child);
	close_fd(&u->channel);
	close_fd(&u->log);
	close_fd(&u->settings);
	close_fd(&u->client);
	loop_forget(&u->deadline);
	send_deferred(u);
	free(u);
}

/* Nothing has come of it, and the old one serves. problems: a line each; NULL: there are none. */
static void fail(struct supervisor *s, const char *why, const char *problems)
{
	struct upgrade *u = s->upgrade;
	char text[1024];
	json_t *reply = json_object();

	snprintf(text, sizeof(text), "upgrade to %.128s, asked for by %s, failed: %s", u->path,
		 u->by, why);
	supervisor_note(s, text, true);
	if (u->ends)
		snprintf(text, sizeof(text), "%s", why);
	else
		snprintf(text, sizeof(text), "%s: vrrpd %s goes on", why, vrrpd_version);
	json_object_set_new(reply, "ok", json_false());
	json_object_set_new(reply, "error", json_string(text));
	if (problems)
		json_object_set_new(reply, "problems", object_lines(problems));
	upgrade_client_answer(u->client, reply);
	u->client = -1;
	upgrade_free(s);
}

static void wait_at_most(struct upgrade *u, int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	event_add(u->deadline, &tv);
}

/* The successor has what was ours, and does not serve: its processes end, then ours goes on where it stopped. */
static void fall_back(struct supervisor *s, const char *why)
{
	struct upgrade *u = s->upgrade;

	log_line(LOG_LEVEL_ERROR, "%s: vrrpd %s goes on in its place", why, vrrpd_version);
	snprintf(u->why, sizeof(u->why), "%s", why);
	u->stage = STAGE_FALL_BACK;
	/* Its child is ours when it is dead itself, and nobody but us collects it: the number is good. */
	if (u->child.pid != 0)
		kill(u->child.pid, SIGKILL);
	if (u->protocol != 0)
		kill(u->protocol, SIGKILL);
	wait_at_most(u, HAND_OVER_MS);
	supervisor_upgrade_collected(s, 0, 0);
}

static void fell_back(struct supervisor *s)
{
	char why[sizeof(s->upgrade->why)];

	snprintf(why, sizeof(why), "%s", s->upgrade->why);
	supervisor_resume_web(s);
	supervisor_start_protocol(s);
	fail(s, why, NULL);
}

/* Before anything was handed over there is nothing to be undone. */
static void refuse(struct supervisor *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void refuse(struct supervisor *s, const char *format, ...)
{
	struct upgrade *u = s->upgrade;
	char why[512];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	/* Its protocol process goes with it. */
	if (u->child.pid != 0)
		child_kill(&u->child);
	fail(s, why, NULL);
}

/* ---- the last step ---- */

static struct heritage heritage_of(const struct supervisor *s)
{
	const struct upgrade *u = s->upgrade;
	struct heritage h = {
		.dir = s->sd.dir,
		.lock = s->sd.lock,
		.listen = s->listen_fd,
		.state = s->state_fd,
		.ledger = s->ledger_fd,
		.protocol = u->protocol,
		.channel = u->channel,
		.log = u->log,
		.settings = u->settings,
		.runner = s->runner.pid,
		.runner_log = s->runner.log,
		.web = s->web.listen_fd,
		.web_port = s->web.port,
		.client = u->client,
	};

	ip_text(s->web.address, h.web_address);
	snprintf(h.from, sizeof(h.from), "%s", vrrpd_version);
	snprintf(h.by, sizeof(h.by), "%s", u->by);
	return h;
}

/* Returns only if it cannot be done: -errno. Signals wait until the other build is ready for them. */
static int become(struct supervisor *s)
{
	struct upgrade *u = s->upgrade;
	struct heritage h = heritage_of(s);
	char **argv = s->options->argv, *name = argv[0];
	sigset_t all, before;
	int status = heritage_leave(&h);

	if (status != 0)
		return status;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	send_deferred(u);
	argv[0] = u->path;
	execv(u->path, argv);
	status = -errno;
	argv[0] = name;
	heritage_withdraw(&h);
	sigemptyset(&u->deferred); /* they are on their way */
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}

static void serves(struct supervisor *s, struct message *m)
{
	struct upgrade *u = s->upgrade;
	char why[256];
	int status;

	u->channel = m->fds[0];
	u->log = m->fds[1];
	m->fds[0] = m->fds[1] = -1;
	supervisor_pause_web(s);
	status = u->channel < 0 || u->log < 0 ? -EPROTO : become(s);
	snprintf(why, sizeof(why), "%.128s cannot be executed: %s", u->path, strerror(-status));
	fall_back(s, why);
}

/* ---- the successor ---- */

static void hand_over(struct supervisor *s)
{
	struct upgrade *u = s->upgrade;
	struct message m = message_of(MESSAGE_HANDOVER, 0);

	u->stage = STAGE_HAND_OVER;
	wait_at_most(u, HAND_OVER_MS);
	event_del(s->start_again);
	if (s->child.pid == 0)
		supervisor_upgrade_go(s);
	else if (channel_send(s->child.channel, &m) != 0)
		kill(s->child.pid, SIGUSR2); /* the same, for one that does not read */
}

bool supervisor_upgrade_waits(const struct supervisor *s)
{
	return s->upgrade && s->upgrade->stage == STAGE_HAND_OVER;
}

void supervisor_upgrade_go(struct supervisor *s)
{
	struct upgrade *u = s->upgrade;
	struct message go = message_of(UPGRADE_GO, 0);

	u->stage = STAGE_TAKE_OVER;
	wait_at_most(u, HAND_OVER_MS);
	if (u->child.pid == 0 || channel_send(u->child.channel, &go) != 0)
		fall_back(s, "the successor has ended");
}

static void on_message(struct supervisor *s, struct message *m)
{
	struct upgrade *u = s->upgrade;

	if (m->kind == UPGRADE_STANDBY && u->stage == STAGE_PREPARE && m->fds[0] >= 0) {
		u->protocol = (pid_t)m->number;
		u->settings = m->fds[0];
		m->fds[0] = -1;
		hand_over(s);
	} else if (m->kind == UPGRADE_SERVES && u->stage == STAGE_TAKE_OVER) {
		serves(s, m);
	}
}

static void on_successor(evutil_socket_t fd, short what, void *ctx)
{
	struct supervisor *s = ctx;
	struct message m;

	(void)fd;
	(void)what;
	/* One at a time: there may be no upgrade any more after it. */
	if (child_receive(&s->upgrade->child, &m)) {
		on_message(s, &m);
		message_close_fds(&m);
	}
}

static void prepare(struct supervisor *s)
{
	struct upgrade *u = s->upgrade;
	struct message setup = message_of(UPGRADE_SETUP, (uint32_t)getpid());
	char text[sizeof(s->filter_table) + PATH_MAX];
	int status = child_start(&u->child, u->path, ROLE_SUCCESSOR);

	snprintf(text, sizeof(text), "%s\n%s", s->filter_table, s->options->config_path);
	u->stage = STAGE_PREPARE;
	wait_at_most(u, ANSWER_MS);
	setup.value = (uint32_t)s->options->verbosity;
	setup.text = text;
	setup.fds[0] = s->listen_fd;
	setup.fds[1] = s->state_fd;
	if (status == 0)
		status = channel_send(u->child.channel, &setup);
	/* Of one that has ended already SIGCHLD tells how. */
	if (status == 0 || status == -EPIPE)
		status = child_watch(&u->child, s->base, on_successor, s);
	if (status != 0)
		refuse(s, "%.128s cannot be started: %s", u->path, strerror(-status));
}

/* ---- what it says of itself ---- */

static void try_out(struct supervisor *s, enum stage stage)
{
	struct upgrade *u = s->upgrade;
	char *ask_version[] = { u->path, (char[]){ "-V" }, NULL };
	char *check[] = { u->path, (char[]){ "-t" }, (char[]){ "-f" },
			  (char *)(uintptr_t)s->options->config_path, NULL };
	int status = trial_start(&u->trial, stage == STAGE_VERSION ? ask_version : check);

	u->stage = stage;
	wait_at_most(u, ANSWER_MS);
	if (status != 0)
		refuse(s, "%.128s cannot be started: %s", u->path, strerror(-status));
}

/* The line of that number, without its end; "" if there is none. It may be of any program, and is printed. */
static const char *line_of(const char *text, int number, char *buf, size_t cap)
{
	for (; number > 0 && *text; number--) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	snprintf(buf, cap, "%.*s", (int)strcspn(text, "\n"), text);
	for (char *c = buf; *c != '\0'; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
	return buf;
}

static bool is_clean(int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void describe_end(int status, char *buf, size_t cap)
{
	if (WIFSIGNALED(status))
		snprintf(buf, cap, "signal %d, %s", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(buf, cap, "exit status %d", WEXITSTATUS(status));
}

static void on_version(struct supervisor *s, int status)
{
	struct upgrade *u = s->upgrade;
	const char *text = u->trial.output;
	char line[WORDS_MAX], end[WORDS_MAX];

	describe_end(status, end, sizeof(end));
	line_of(text, 0, line, sizeof(line));
	if (WIFEXITED(status) && WEXITSTATUS(status) == TRIAL_NOT_EXECUTED) {
		refuse(s, "%.128s cannot be executed: %s", u->path, line);
		return;
	}
	if (!is_clean(status) || strncmp(line, "vrrpd ", 6) != 0 || line[6] == '\0') {
		refuse(s,
		       "%.128s is not vrrpd: asked for its version with -V it printed \"%s\" (%s)",
		       u->path, line, end);
		return;
	}
	snprintf(u->version, sizeof(u->version), "%s", line + 6);
	line_of(text, 2, line, sizeof(line));
	if (strcmp(line, build_formats()) == 0)
		try_out(s, STAGE_CONFIGURATION);
	else
		refuse(s,
		       "vrrpd %.64s cannot take over while this one serves, since they do not "
		       "understand each other (it says \"%s\", this one \"%s\"): stop this one and "
		       "start the other",
		       u->version, line, build_formats());
}

static void on_checked(struct supervisor *s, int status)
{
	struct upgrade *u = s->upgrade;
	char why[512], end[WORDS_MAX];

	if (is_clean(status)) {
		prepare(s);
		return;
	}
	describe_end(status, end, sizeof(end));
	snprintf(why, sizeof(why), "vrrpd %s refuses %.128s (%s)", u->version,
		 s->options->config_path, end);
	fail(s, why, u->trial.output);
}

/* ---- what happens meanwhile ---- */

static void successor_ended(struct supervisor *s, int status)
{
	struct upgrade *u = s->upgrade;
	char why[512], end[WORDS_MAX];

	describe_end(status, end, sizeof(end));
	child_forget(&u->child);
	snprintf(why, sizeof(why),
		 "vrrpd %s ended before it served (%s; its last words are in the log)", u->version,
		 end);
	if (u->stage == STAGE_PREPARE)
		fail(s, why, NULL);
	else if (u->stage == STAGE_TAKE_OVER)
		fall_back(s, why);
	/* In STAGE_HAND_OVER our own process is awaited first. */
}

bool supervisor_upgrade_collected(struct supervisor *s, pid_t pid, int status)
{
	struct upgrade *u = s->upgrade;
	bool ours = false;

	if (!u)
		return false;
	if (pid != 0 && pid == u->trial.pid) {
		trial_collected(&u->trial);
		if (u->stage == STAGE_VERSION)
			on_version(s, status);
		else
			on_checked(s, status);
		return true;
	}
	if (pid != 0 && pid == u->protocol) {
		u->protocol = 0;
		ours = true;
	} else if (pid != 0 && pid == u->child.pid) {
		ours = true;
		if (u->stage == STAGE_FALL_BACK)
			child_forget(&u->child);
		else
			successor_ended(s, status);
	}
	if (s->upgrade && s->upgrade->stage == STAGE_FALL_BACK && u->protocol == 0 &&
	    u->child.pid == 0)
		fell_back(s);
	return ours;
}

static void on_deadline(evutil_socket_t fd, short what, void *ctx)
{
	struct supervisor *s = ctx;
	struct upgrade *u = s->upgrade;

	(void)fd;
	(void)what;
	switch (u->stage) {
	case STAGE_VERSION:
	case STAGE_CONFIGURATION:
		trial_kill(&u->trial);
		refuse(s, "%.128s does not answer: it ran for %d s", u->path, ANSWER_MS / 1000);
		return;
	case STAGE_PREPARE:
		refuse(s, "vrrpd %s was not ready to take over within %d s", u->version,
		       ANSWER_MS / 1000);
		return;
	case STAGE_HAND_OVER:
		/* What it knew stands in the state file. */
		log_line(LOG_LEVEL_ERROR, "the protocol process does not hand over: killing it");
		kill(s->child.pid, SIGKILL);
		return;
	case STAGE_TAKE_OVER:
		fall_back(s, "the successor does not serve");
		return;
	case STAGE_FALL_BACK:
		log_line(LOG_LEVEL_ERROR,
			 "the successor's processes were killed, and still are there");
		wait_at_most(u, HAND_OVER_MS);
		return;
	}
}

bool supervisor_upgrade_defers(struct supervisor *s, int number)
{
	struct upgrade *u = s->upgrade;

	if (!u || number == SIGCHLD || number == SIGUSR1)
		return false;
	if (u->stage >= STAGE_HAND_OVER || number == SIGHUP) {
		sigaddset(&u->deferred, number);
		return true;
	}
	u->ends = true;
	refuse(s, "vrrpd was told to end meanwhile");
	return false;
}

/* ---- the beginning ---- */

/* NULL if it can begin. */
static const char *obstacle(const struct supervisor *s)
{
	if (s->upgrade)
		return "an upgrade is under way already";
	if (s->stopping || s->handing_over)
		return "vrrpd is about to end";
	if (!s->was_ready)
		return "vrrpd has not come up itself yet";
	return s->pending ? "a reload is under way: try again" : NULL;
}

void supervisor_upgrade(struct supervisor *s, int client, const char *path)
{
	const char *why = obstacle(s);
	struct upgrade *u = why ? NULL : calloc(1, sizeof(*u));

	if (!u) {
		upgrade_client_answer(client, json_pack("{s:b, s:s}", "ok", 0, "error",
							why ? why : strerror(ENOMEM)));
		return;
	}
	*u = (struct upgrade){ .s = s,
			       .trial = { .fd = -1 },
			       .child = { .channel = -1, .log = -1 },
			       .channel = -1,
			       .log = -1,
			       .settings = -1,
			       .client = client };
	s->upgrade = u;
	sigemptyset(&u->deferred);
	snprintf(u->path, sizeof(u->path), "%s", path[0] != '\0' ? path : s->program);
	upgrade_client_name(client, u->by, sizeof(u->by));
	u->deadline = evtimer_new(s->base, on_deadline, s);
	if (!u->deadline) {
		refuse(s, "%s", strerror(ENOMEM));
		return;
	}
	log_line(LOG_LEVEL_NOTICE, "upgrade to %s, asked for by %s: trying it out", u->path, u->by);
	try_out(s, STAGE_VERSION);
}

void supervisor_upgrade_leave(struct supervisor *s)
{
	if (!s->upgrade)
		return;
	sigemptyset(&s->upgrade->deferred);
	s->upgrade->ends = true;
	refuse(s, "vrrpd ends");
}
