/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes before the supervisor's loop: the configuration, the privileges, STATE_DIR. Where another daemon serves that is to make way, or
 * a protocol process whose supervisor has died, ours is prepared first: who makes way does so for one that is ready.
 */
#include "supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "privileges.h"

enum {
	TAKE_OVER_WAIT_MS = 10000, /* -T: for the other daemon to end */
	TAKE_OVER_STEP_MS = 2,
	STANDBY_WAIT_MS = 10000, /* for ours to be prepared */
};

/* Until it says that it is: 0 or -errno. */
static int await_standby(const struct child *c)
{
	static char buffer[MESSAGE_TEXT_MAX + 1];
	struct pollfd fds[] = { { .fd = c->channel, .events = POLLIN },
				{ .fd = c->log, .events = POLLIN } };
	struct message m;
	int status;

	for (;;) {
		int n = poll(fds, 2, STANDBY_WAIT_MS);

		if (n == 0)
			return -ETIMEDOUT;
		if (n < 0 && errno != EINTR)
			return -errno;
		(void)log_relay(c->log);
		status = channel_receive(c->channel, &m, buffer);
		if (status == 0)
			message_close_fds(&m);
		if (status == 0 && m.kind == MESSAGE_STANDBY)
			return 0;
		if (status != 0 && status != -EAGAIN)
			return status;
	}
}

/* A protocol process that waits for the other one's end. 0, or -errno and why; then nothing of it is left. */
static int prepare_protocol(struct supervisor *s, char *why, size_t why_cap)
{
	struct message setup = message_of(MESSAGE_SETUP, (uint32_t)getpid());
	int status = child_start(&s->child, OWN_PROGRAM, ROLE_PROTOCOL);
	char text[SETUP_TEXT_MAX];

	setup.value = 1;
	child_setup_text(s, text);
	setup.text = text;
	if (status == 0)
		status = channel_send(s->child.channel, &setup);
	if (status == 0)
		status = child_configure(&s->child, s->current, 0, "");
	if (status == 0)
		status = await_standby(&s->child);
	if (status == 0)
		return 0;
	if (s->child.pid != 0)
		child_kill(&s->child);
	child_forget(&s->child);
	snprintf(why, why_cap,
		 "the protocol process cannot be prepared (%s): the one that serves goes on",
		 status == -EPIPE ? "it has ended" : strerror(-status));
	return status;
}

/* -T: tells the daemon that runs here to leave its addresses to us, and waits for its lock. */
static int take_over(struct supervisor *s, pid_t owner, char *why, size_t why_cap)
{
	static const struct timespec step = { .tv_nsec = TAKE_OVER_STEP_MS * 1000000L };
	int status;

	status = prepare_protocol(s, why, why_cap);
	if (status != 0)
		return status;
	status = -EBUSY;
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

static void open_state(struct supervisor *s)
{
	bool was_there = state_dir_has(&s->sd, "state");
	struct stat st;

	s->state_fd = state_dir_open_state(&s->sd);
	if (was_there && fstat(s->state_fd, &st) == 0 && st.st_size == 0)
		log_line(LOG_LEVEL_WARNING, "%s/state is empty: starting as if new", s->sd.path);
}

static int open_state_dir(struct supervisor *s)
{
	char why[512] = "";
	pid_t owner = 0, orphan = 0;
	int status;

	if (filter_table_name(s->options->state_dir, s->filter_table) != 0) {
		log_line(LOG_LEVEL_ERROR, "cannot start: %s: too long, or too many odd characters",
			 s->options->state_dir);
		return EXIT_FACILITY;
	}
	status = state_dir_open(&s->sd, s->options->state_dir, &owner, why, sizeof(why));
	if (status == -EBUSY && s->options->take_over) {
		status = take_over(s, owner, why, sizeof(why));
	} else if (status == -EBUSY) {
		log_line(LOG_LEVEL_ERROR,
			 "another vrrpd already runs on %s, pid %d: stop it, take over from it "
			 "with -T, or choose another directory with -s",
			 s->options->state_dir, (int)owner);
		return EXIT_CONFIGURATION;
	}
	if (status == 0)
		status = orphan_check(&s->sd, why, sizeof(why));
	if (status == 0 && s->child.pid == 0 && orphan_serves(&s->sd))
		status = prepare_protocol(s, why, sizeof(why));
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
		open_state(s);
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

void supervisor_choose_identity(struct supervisor *s)
{
	bool no_user = false;

	s->protocol_identity = privileges_identity(&no_user);
	if (no_user)
		log_line(LOG_LEVEL_WARNING, "there is no user " PRIVILEGES_USER
					    ": the protocol process stays root, with "
					    "CAP_NET_ADMIN and CAP_NET_RAW only");
}

int supervisor_begin(struct supervisor *s)
{
	int status = supervisor_load(s);

	if (status == EXIT_CLEAN)
		status = check_privileges();
	if (status != EXIT_CLEAN)
		return status;
	supervisor_choose_identity(s);
	return open_state_dir(s);
}
