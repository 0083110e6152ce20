/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A JSON object in a memfd, whose number stands in the environment. The descriptors keep their numbers across the execution.
 */
#include "heritage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jansson.h>

#define VARIABLE "VRRPD_HERITAGE"

/* What json_pack() and json_unpack() are told of the descriptors. */
#define FDS "s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i"

enum {
	FD_COUNT = 11,
};

static void list_fds(const struct heritage *h, int ret[static FD_COUNT])
{
	const int fds[FD_COUNT] = { h->dir,        h->lock, h->listen,   h->state,
				    h->channel,    h->log,  h->settings, h->ledger,
				    h->runner_log, h->web,  h->client };

	memcpy(ret, fds, sizeof(fds));
}

/* Whether they outlive an execution. */
static void keep(const struct heritage *h, bool kept)
{
	int fds[FD_COUNT];

	list_fds(h, fds);
	for (int i = 0; i < FD_COUNT; i++) {
		if (fds[i] >= 0)
			fcntl(fds[i], F_SETFD, kept ? 0 : FD_CLOEXEC);
	}
}

static char *describe(const struct heritage *h)
{
	json_t *o =
		json_pack("{" FDS ", s:i, s:i, s:s, s:i, s:s, s:s}", "dir", h->dir, "lock", h->lock,
			  "listen", h->listen, "state", h->state, "channel", h->channel, "log",
			  h->log, "settings", h->settings, "ledger", h->ledger, "runner_log",
			  h->runner_log, "web", h->web, "client", h->client, "protocol",
			  (int)h->protocol, "runner", (int)h->runner, "web_address", h->web_address,
			  "web_port", (int)h->web_port, "from", h->from, "by", h->by);
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;

	json_decref(o);
	return text;
}

static int write_memory(const char *text)
{
	int fd = memfd_create("vrrpd-heritage", 0);

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		return fd;
	close(fd);
	return -ENOSPC;
}

int heritage_leave(const struct heritage *h)
{
	char *text = describe(h), number[16];
	int fd = text ? write_memory(text) : -ENOMEM;

	free(text);
	if (fd < 0)
		return fd;
	snprintf(number, sizeof(number), "%d", fd);
	if (setenv(VARIABLE, number, 1) != 0) {
		close(fd);
		return -ENOMEM;
	}
	keep(h, true);
	return 0;
}

void heritage_withdraw(const struct heritage *h)
{
	const char *number = getenv(VARIABLE);

	if (number)
		close(atoi(number));
	unsetenv(VARIABLE);
	keep(h, false);
}

/* The object in the memory, which is closed; NULL if there is none. */
static json_t *read_memory(int fd)
{
	json_t *o;

	if (lseek(fd, 0, SEEK_SET) != 0)
		return NULL;
	o = json_loadfd(fd, 0, NULL);
	close(fd);
	return o;
}

static int read_object(json_t *o, struct heritage *ret)
{
	const char *web_address, *from, *by;
	struct heritage h;
	int protocol, runner, web_port;

	if (json_unpack(o, "{" FDS ", s:i, s:i, s:s, s:i, s:s, s:s}", "dir", &h.dir, "lock",
			&h.lock, "listen", &h.listen, "state", &h.state, "channel", &h.channel,
			"log", &h.log, "settings", &h.settings, "ledger", &h.ledger, "runner_log",
			&h.runner_log, "web", &h.web, "client", &h.client, "protocol", &protocol,
			"runner", &runner, "web_address", &web_address, "web_port", &web_port,
			"from", &from, "by", &by) != 0)
		return -EPROTO;
	h.protocol = (pid_t)protocol;
	h.runner = (pid_t)runner;
	h.web_port = (uint16_t)web_port;
	snprintf(h.web_address, sizeof(h.web_address), "%s", web_address);
	snprintf(h.from, sizeof(h.from), "%s", from);
	snprintf(h.by, sizeof(h.by), "%s", by);
	*ret = h;
	return 0;
}

int heritage_take(struct heritage *ret)
{
	const char *number = getenv(VARIABLE);
	json_t *o;
	int status;

	if (!number)
		return -ENOENT;
	o = read_memory(atoi(number));
	unsetenv(VARIABLE);
	status = o ? read_object(o, ret) : -EPROTO;
	json_decref(o);
	if (status == 0)
		keep(ret, false);
	return status;
}
