/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A build that is tried out as a successor: executed by the supervisor of another build, it reads the configuration and prepares a protocol
 * process, which serves as soon as the predecessor's has ended. Whatever goes wrong before that ends this process, and nothing was
 * touched. What it has made is then handed to the supervisor, which becomes this build itself.
 */
#include "supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "channel.h"
#include "conf/conf.h"
#include "heritage.h"
#include "log.h"
#include "neighbours.h"
#include "settings_fd.h"

struct successor {
	struct supervisor supervisor; /* for its configuration and its child */
	struct options options;
	char config_path[4096];
	uint32_t predecessor; /* pid of the supervisor */
	bool serves;
};

/* 0 or the status to end with. */
static int receive_setup(struct successor *su)
{
	static char buffer[MESSAGE_TEXT_MAX + 1];
	struct pollfd channel = { .fd = ROLE_CHANNEL_FD, .events = POLLIN };
	struct message m;
	char *path;

	if (poll(&channel, 1, -1) != 1 || channel_receive(ROLE_CHANNEL_FD, &m, buffer) != 0)
		return EXIT_INTERNAL;
	path = strchr(m.text, '\n');
	if (m.kind != UPGRADE_SETUP || !path || strlen(path) > sizeof(su->config_path) ||
	    path - m.text >= FILTER_TABLE_MAX) {
		message_close_fds(&m);
		return EXIT_INTERNAL;
	}
	*path++ = '\0';
	memcpy(su->config_path, path, strlen(path) + 1);
	su->options = (struct options){ .config_path = su->config_path, .verbosity = (int)m.value };
	su->predecessor = m.number;
	su->supervisor = (struct supervisor){
		.options = &su->options,
		.child = { .channel = -1, .log = -1 },
		.listen_fd = m.fds[0],
		.state_fd = m.fds[1],
	};
	memcpy(su->supervisor.filter_table, m.text, strlen(m.text) + 1);
	return 0;
}

/* 0 or -errno. */
static int start_protocol(struct successor *su)
{
	struct supervisor *s = &su->supervisor;
	struct message setup = message_of(MESSAGE_SETUP, su->predecessor);
	int status = child_start(&s->child, OWN_PROGRAM, ROLE_PROTOCOL);
	char text[SETUP_TEXT_MAX];
	bool no_user;

	s->protocol_identity = privileges_identity(&no_user);
	child_setup_text(s, text);
	setup.value = 1;
	setup.text = text;
	setup.fds[0] = s->listen_fd;
	setup.fds[1] = s->state_fd;
	if (status == 0)
		status = channel_send(s->child.channel, &setup);
	if (status == 0)
		status = child_configure(&s->child, s->current, 0, "");
	return status;
}

static int tell_standby(const struct successor *su)
{
	struct message m = message_of(UPGRADE_STANDBY, (uint32_t)su->supervisor.child.pid);
	int status;

	m.fds[0] = settings_to_fd(su->supervisor.current);
	if (m.fds[0] < 0)
		return m.fds[0];
	status = channel_send(ROLE_CHANNEL_FD, &m);
	message_close_fds(&m);
	return status;
}

/* What it says from now on is for the supervisor. */
static int tell_serves(struct successor *su)
{
	struct message m = message_of(UPGRADE_SERVES, 0);

	m.fds[0] = su->supervisor.child.channel;
	m.fds[1] = su->supervisor.child.log;
	su->serves = true;
	return channel_send(ROLE_CHANNEL_FD, &m);
}

static int on_protocol(struct successor *su)
{
	static char buffer[MESSAGE_TEXT_MAX + 1];
	struct message m;
	int status = channel_receive(su->supervisor.child.channel, &m, buffer);

	if (status != 0)
		return status == -EAGAIN ? 0 : status;
	message_close_fds(&m);
	if (m.kind == MESSAGE_STANDBY)
		return tell_standby(su);
	return m.kind == MESSAGE_READY ? tell_serves(su) : 0;
}

static int on_predecessor(struct successor *su)
{
	static char buffer[MESSAGE_TEXT_MAX + 1];
	struct message m, go = message_of(MESSAGE_GO, 0);
	int status = channel_receive(ROLE_CHANNEL_FD, &m, buffer);

	if (status != 0)
		return status == -EAGAIN ? 0 : status;
	message_close_fds(&m);
	if (m.kind != UPGRADE_GO)
		return -EPROTO;
	go.value = !neighbours_exist(su->supervisor.child.pid);
	return channel_send(su->supervisor.child.channel, &go);
}

/* Until all is handed over, or somebody has ended: 0 or -errno. */
static int serve(struct successor *su)
{
	struct pollfd fds[] = {
		{ .fd = ROLE_CHANNEL_FD, .events = POLLIN },
		{ .fd = su->supervisor.child.channel, .events = POLLIN },
		{ .fd = su->supervisor.child.log, .events = POLLIN },
	};
	int status = 0;

	while (status == 0 && !su->serves) {
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[2].revents)
			(void)log_relay(fds[2].fd);
		if (fds[1].revents)
			status = on_protocol(su);
		if (status == 0 && fds[0].revents && !su->serves)
			status = on_predecessor(su);
	}
	(void)log_relay(fds[2].fd);
	/* The predecessor closes its end when it has what it needs, or wants nothing of us any more. */
	while (status == 0 && (poll(fds, 1, -1) >= 0 || errno == EINTR))
		status = on_predecessor(su);
	return su->serves && status == -EPIPE ? 0 : status;
}

int successor_main(void)
{
	static struct successor su;
	int status;

	prctl(PR_SET_NAME, ROLE_SUCCESSOR);
	signal(SIGPIPE, SIG_IGN);
	log_to_channel(ROLE_LOG_FD);
	status = receive_setup(&su);
	if (status == 0)
		status = supervisor_load(&su.supervisor);
	if (status != 0)
		return status;
	status = start_protocol(&su);
	if (status == 0)
		status = serve(&su);
	if (status != 0)
		log_line(LOG_LEVEL_ERROR, "the successor's protocol process cannot take over: %s",
			 status == -EPIPE ? "it has ended" : strerror(-status));
	child_close(&su.supervisor.child);
	settings_free(su.supervisor.current);
	return status == 0 ? EXIT_CLEAN : EXIT_INTERNAL;
}
