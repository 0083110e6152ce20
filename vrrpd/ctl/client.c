/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One Unix stream socket, read by poll() so that silence and signals are noticed.
 */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "view/view.h"

/* What went wrong with connect(), and what to look at. */
static void explain(struct client *c, int error)
{
	const char *path = c->address.sun_path;

	switch (error) {
	case ENOTDIR:
		snprintf(c->error, sizeof(c->error),
			 "%s cannot be: -s takes the daemon's state directory, not a file in it",
			 path);
		return;
	case ENOENT:
		snprintf(c->error, sizeof(c->error),
			 "%s does not exist: is vrrpd running, and with this state directory (-s)?",
			 path);
		return;
	case ECONNREFUSED:
		snprintf(c->error, sizeof(c->error),
			 "nobody listens on %s: vrrpd has ended and left it behind", path);
		return;
	case EACCES:
	case EPERM:
		snprintf(c->error, sizeof(c->error),
			 "no permission for %s: be root, or a member of vrrpd's control-group",
			 path);
		return;
	case EAGAIN:
		snprintf(c->error, sizeof(c->error),
			 "vrrpd at %s does not accept connections: is it stopped or hung?", path);
		return;
	default:
		snprintf(c->error, sizeof(c->error), "%s: %s", path, strerror(error));
		return;
	}
}

int client_open(struct client *c, const char *state_dir)
{
	const struct timeval patience = { .tv_sec = CLIENT_SILENCE_MS / 1000 };
	int len;

	*c = (struct client){ .fd = -1, .address = { .sun_family = AF_UNIX } };
	len = snprintf(c->address.sun_path, sizeof(c->address.sun_path), "%s/control.sock",
		       state_dir);
	if (len < 0 || (size_t)len >= sizeof(c->address.sun_path)) {
		snprintf(c->error, sizeof(c->error),
			 "the state directory's name is too long: %.300s", state_dir);
		return -ENAMETOOLONG;
	}
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/*
	 * the time limit for sending is that for connect() too, which waits while the backlog is
	 * full
	 */
	if (c->fd < 0 ||
	    setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) != 0 ||
	    connect(c->fd, (const struct sockaddr *)&c->address, sizeof(c->address)) != 0) {
		int error = errno;

		explain(c, error);
		return -error;
	}
	return 0;
}

int client_send(struct client *c, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	size_t len = text ? strlen(text) : 0, sent = 0;

	if (!text) {
		snprintf(c->error, sizeof(c->error), "out of memory");
		return -ENOMEM;
	}
	text[len++] = '\n'; /* over the NUL */
	while (sent < len) {
		ssize_t n = send(c->fd, text + sent, len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		sent += (size_t)n;
	}
	free(text);
	if (sent < len && errno != EPIPE && errno != ECONNRESET) {
		explain(c, errno);
		return -errno;
	}
	return 0;
}

/* The line that begins at start, if its end has been read too; looks no byte over twice. */
static bool take_line(struct client *c, size_t *seen, const char **ret_line, size_t *ret_len)
{
	char *end = memchr(c->data + *seen, '\n', c->len - *seen);

	if (!end) {
		*seen = c->len;
		return false;
	}
	*ret_line = c->data + c->start;
	*ret_len = (size_t)(end - *ret_line);
	c->start += *ret_len + 1;
	return true;
}

static bool make_room(struct client *c)
{
	size_t cap = c->cap == 0 ? 65536 : c->cap * 2;
	char *data;

	if (c->len < c->cap)
		return true;
	data = cap <= CLIENT_LINE_MAX ? realloc(c->data, cap) : NULL;
	if (!data) {
		snprintf(c->error, sizeof(c->error), "the answer is too long");
		return false;
	}
	c->data = data;
	c->cap = cap;
	return true;
}

/* CLIENT_LINE when something can be read. */
static enum client_result wait_for_input(struct client *c, int silence_ms,
					 const volatile sig_atomic_t *interrupted)
{
	struct pollfd fds[] = {
		{ .fd = c->fd, .events = POLLIN },
		{ .fd = interrupted ? STDOUT_FILENO : -1 }, /* only whether its reader has gone */
	};
	struct timespec patience = { .tv_sec = silence_ms / 1000,
				     .tv_nsec = silence_ms % 1000 * 1000000l };
	sigset_t none;
	int n;

	sigemptyset(&none);
	if (interrupted && *interrupted)
		return CLIENT_INTERRUPTED;
	n = ppoll(fds, 2, silence_ms < 0 ? NULL : &patience, interrupted ? &none : NULL);
	if (n < 0)
		return errno == EINTR ? CLIENT_INTERRUPTED : CLIENT_FAILED;
	if (n == 0) {
		snprintf(c->error, sizeof(c->error),
			 "vrrpd at %s says nothing for %d s: is it stopped or hung?",
			 c->address.sun_path, silence_ms / 1000);
		return CLIENT_FAILED;
	}
	return fds[0].revents ? CLIENT_LINE : CLIENT_INTERRUPTED;
}

enum client_result client_read_line(struct client *c, int silence_ms,
				    const volatile sig_atomic_t *interrupted, const char **ret_line,
				    size_t *ret_len)
{
	size_t seen = c->start;

	while (c->len == 0 || !take_line(c, &seen, ret_line, ret_len)) {
		enum client_result result;
		ssize_t n;

		if (c->start > 0) {
			memmove(c->data, c->data + c->start, c->len - c->start);
			c->len -= c->start;
			seen -= c->start;
			c->start = 0;
		}
		result = wait_for_input(c, silence_ms, interrupted);
		if (result != CLIENT_LINE)
			return result;
		if (!make_room(c))
			return CLIENT_FAILED;
		n = recv(c->fd, c->data + c->len, c->cap - c->len, 0);
		if (n > 0) {
			c->len += (size_t)n;
			continue;
		}
		snprintf(c->error, sizeof(c->error), "vrrpd at %s has closed the connection",
			 c->address.sun_path);
		return CLIENT_ENDED;
	}
	return CLIENT_LINE;
}

void client_done(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->data);
	*c = (struct client){ .fd = -1 };
}
