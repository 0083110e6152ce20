/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages are copied into the kernel's struct before they are looked at, and only as far as they are long.
 */
#include "watch_process_events.h"

#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "loop.h"

enum {
	RECEIVE_BYTES = 1 << 20, /* a host may start a thousand processes while we read */
	READS_MAX = 1024,        /* of one turn */
};

struct process_events {
	struct process_events_handler handler;
	int fd;
	struct event *readable;
	bool work;
};

static int subscribe(int fd)
{
	enum proc_cn_mcast_op operation = PROC_CN_MCAST_LISTEN;
	struct nlmsghdr netlink = {
		.nlmsg_len = NLMSG_LENGTH(sizeof(struct cn_msg) + sizeof(operation)),
		.nlmsg_type = NLMSG_DONE,
		.nlmsg_pid = 0,
	};
	struct cn_msg connector = {
		.id = { .idx = CN_IDX_PROC, .val = CN_VAL_PROC },
		.len = sizeof(operation),
	};
	struct iovec parts[] = {
		{ .iov_base = &netlink, .iov_len = sizeof(netlink) },
		{ .iov_base = &connector, .iov_len = sizeof(connector) },
		{ .iov_base = &operation, .iov_len = sizeof(operation) },
	};

	return writev(fd, parts, 3) < 0 ? -errno : 0;
}

static void hand_on(struct process_events *pe, const struct proc_event *ev)
{
	const struct process_events_handler *h = &pe->handler;

	/* A set of bits in some kernels' headers and an enum in others'. */
	switch ((unsigned int)ev->what) {
	case PROC_EVENT_NONE:
		if (ev->event_data.ack.err == 0 && !pe->work) {
			pe->work = true;
			h->work(h->ctx);
		}
		break;
	case PROC_EVENT_FORK:
		if (ev->event_data.fork.child_pid == ev->event_data.fork.child_tgid)
			h->forked(h->ctx, ev->event_data.fork.parent_tgid,
				  ev->event_data.fork.child_pid);
		break;
	case PROC_EVENT_EXEC:
		h->changed(h->ctx, ev->event_data.exec.process_tgid);
		break;
	case PROC_EVENT_COMM:
		h->changed(h->ctx, ev->event_data.comm.process_tgid);
		break;
	case PROC_EVENT_EXIT:
		if (ev->event_data.exit.process_pid == ev->event_data.exit.process_tgid)
			h->exited(h->ctx, ev->event_data.exit.process_pid);
		break;
	}
}

static void take_apart(struct process_events *pe, const char *bytes, size_t len)
{
	const size_t head = NLMSG_HDRLEN + sizeof(struct cn_msg);
	struct proc_event ev = { 0 };

	if (len <= head + offsetof(struct proc_event, event_data))
		return;
	len -= head;
	memcpy(&ev, bytes + head, len < sizeof(ev) ? len : sizeof(ev));
	hand_on(pe, &ev);
}

static void on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct process_events *pe = ctx;
	const struct process_events_handler *h = &pe->handler;
	ssize_t len = 1;

	(void)what;
	for (int i = 0; i < READS_MAX && len > 0; i++) {
		struct sockaddr_nl from = { 0 };
		socklen_t from_len = sizeof(from);
		char bytes[512];

		len = recvfrom(fd, bytes, sizeof(bytes), MSG_DONTWAIT, (struct sockaddr *)&from,
			       &from_len);
		if (len > 0 && from.nl_pid == 0)
			take_apart(pe, bytes, (size_t)len);
		else if (len < 0 && errno == ENOBUFS) {
			h->overrun(h->ctx);
			len = 1;
		}
	}
	h->settled(h->ctx);
}

struct process_events *process_events_new(struct event_base *base,
					  const struct process_events_handler *handler)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	struct process_events *pe = calloc(1, sizeof(*pe));
	int bytes = RECEIVE_BYTES;

	if (!pe)
		return NULL;
	pe->handler = *handler;
	pe->fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
	if (pe->fd >= 0)
		(void)setsockopt(pe->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	if (pe->fd < 0 || bind(pe->fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    !(pe->readable = loop_watch(base, pe->fd, on_readable, pe)) || subscribe(pe->fd) != 0) {
		process_events_free(pe);
		return NULL;
	}
	return pe;
}

void process_events_free(struct process_events *pe)
{
	if (!pe)
		return;
	loop_forget(&pe->readable);
	if (pe->fd >= 0)
		close(pe->fd);
	free(pe);
}
