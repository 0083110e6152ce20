/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The supervisor's third child, the web process. The supervisor listens for it, so that the port may be any and stays ours while the
 * process is started again, and gives it a way to the control server on which it may only look. Whatever goes wrong here is a line in
 * the log and another try later; nothing of it concerns the protocol process.
 */
#include "supervisor.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "loop.h"

enum {
	AGAIN_PAUSE_S = 2, /* before another try */
	BACKLOG = 64,
};

/* ---- the socket ---- */

/* "127.0.0.1:9650", "[::1]:9650" */
static const char *endpoint_text(const struct web_keeper *k, char *buf, size_t cap)
{
	char address[IP_TEXT_MAX];

	ip_text(k->address, address);
	snprintf(buf, cap, k->address.family == IP_V6 ? "[%s]:%u" : "%s:%u", address, k->port);
	return buf;
}

static socklen_t socket_address(const struct web_keeper *k, struct sockaddr_storage *ret)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(k->port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(k->port) };

	if (k->address.family == IP_V6) {
		memcpy(&v6.sin6_addr, k->address.bytes, sizeof(v6.sin6_addr));
		memcpy(ret, &v6, sizeof(v6));
		return sizeof(v6);
	}
	memcpy(&v4.sin_addr, k->address.bytes, sizeof(v4.sin_addr));
	memcpy(ret, &v4, sizeof(v4));
	return sizeof(v4);
}

/* A descriptor or -errno. */
static int open_socket(const struct web_keeper *k)
{
	struct sockaddr_storage address = { 0 };
	socklen_t len = socket_address(k, &address);
	int on = 1, fd;

	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    (k->address.family == IP_V6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0) ||
	    bind(fd, (const struct sockaddr *)&address, len) != 0 || listen(fd, BACKLOG) != 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

static void close_socket(struct web_keeper *k)
{
	if (k->listen_fd >= 0)
		close(k->listen_fd);
	k->listen_fd = -1;
}

/* ---- its life ---- */

static void on_channel(evutil_socket_t fd, short what, void *ctx)
{
	struct supervisor *s = ctx;
	struct message m;

	(void)fd;
	(void)what;
	while (child_receive(&s->web.child, &m)) {
		message_close_fds(&m);
		if (m.kind == MESSAGE_WEB)
			supervisor_link_web(s);
	}
}

void supervisor_link_web(struct supervisor *s)
{
	int ends[2];

	if (s->child.pid == 0 || s->web.child.pid == 0)
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return; /* it asks again */
	/* Where either of them does not get its end, the web process asks again. */
	if (child_send_fd(&s->child, MESSAGE_WEB, ends[0], 0) == 0)
		(void)child_send_fd(&s->web.child, MESSAGE_WEB, ends[1], 0);
	close(ends[0]);
	close(ends[1]);
}

/* 0 or -errno; then nothing of it is left. */
static int start(struct supervisor *s)
{
	struct web_keeper *k = &s->web;
	int status = child_start(&k->child, OWN_PROGRAM, ROLE_WEB);

	if (status != 0)
		return status;
	status = child_watch(&k->child, s->base, on_channel, s);
	if (status == 0)
		status = child_send_fd(&k->child, MESSAGE_SETUP, k->listen_fd,
				       (uint32_t)s->current->global.log_level);
	if (status != 0) {
		child_kill(&k->child);
		child_forget(&k->child);
		return status;
	}
	supervisor_link_web(s);
	return 0;
}

/* The same trouble is told once, however often it is tried again. */
static void try_again(struct web_keeper *k, const char *what, int error)
{
	static const struct timeval pause = { .tv_sec = AGAIN_PAUSE_S };
	char endpoint[IP_TEXT_MAX + 16];

	if (k->trouble != error)
		log_line(LOG_LEVEL_WARNING, "metrics = %s: %s: %s: trying again",
			 endpoint_text(k, endpoint, sizeof(endpoint)), what, strerror(error));
	k->trouble = error;
	event_add(k->again, &pause);
}

static void start_web(struct supervisor *s)
{
	struct web_keeper *k = &s->web;
	char endpoint[IP_TEXT_MAX + 16];
	bool is_new = k->listen_fd < 0;
	int status;

	if (s->stopping || s->handing_over || k->port == 0)
		return;
	if (is_new)
		k->listen_fd = open_socket(k);
	if (k->listen_fd < 0) {
		try_again(k, "cannot listen there", -k->listen_fd);
		k->listen_fd = -1;
		return;
	}
	status = start(s);
	if (status != 0) {
		try_again(k, "the web process cannot be started", -status);
		return;
	}
	k->trouble = 0;
	if (is_new)
		log_line(LOG_LEVEL_INFO, "metrics and the status page are at http://%s/",
			 endpoint_text(k, endpoint, sizeof(endpoint)));
}

static void on_again(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	start_web(ctx);
}

static void end_process(struct web_keeper *k)
{
	event_del(k->again);
	if (k->child.pid != 0) {
		/* It holds nothing that it would have to put away. */
		child_kill(&k->child);
		child_forget(&k->child);
	}
}

static void end_web(struct web_keeper *k)
{
	end_process(k);
	close_socket(k);
}

void supervisor_configure_web(struct supervisor *s)
{
	const struct global_settings *global = &s->current->global;
	struct web_keeper *k = &s->web;

	if (k->port == global->metrics_port && ip_equal(k->address, global->metrics_address))
		return;
	end_web(k);
	k->address = global->metrics_address;
	k->port = global->metrics_port;
	k->trouble = 0;
	start_web(s);
}

void supervisor_web_ended(struct supervisor *s, pid_t pid, int status)
{
	static const struct timeval pause = { .tv_sec = AGAIN_PAUSE_S };

	child_forget(&s->web.child);
	child_log_end("the web process", pid, status);
	event_add(s->web.again, &pause);
}

int supervisor_prepare_web(struct supervisor *s)
{
	s->web.again = evtimer_new(s->base, on_again, s);
	return s->web.again ? 0 : -ENOMEM;
}

void supervisor_pause_web(struct supervisor *s)
{
	end_process(&s->web);
}

void supervisor_resume_web(struct supervisor *s)
{
	start_web(s);
}

void supervisor_leave_web(struct supervisor *s)
{
	if (!s->web.again)
		return;
	end_web(&s->web);
	loop_forget(&s->web.again);
}
