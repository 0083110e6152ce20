/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A netlink socket of its own: these requests are few, and the kernel has answered them by the time that sending returns, so nothing is
 * waited for.
 */
#include "io_accept_local.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>

enum {
	ANSWER_BYTES = 32768
};

struct io_accept_local {
	struct mnl_socket *socket;
	uint32_t seq;
	int32_t *changed; /* interfaces that we have set, `count` of `cap` */
	uint32_t count, cap;
};

int io_accept_local_open(struct io_accept_local **ret, const char **ret_what)
{
	struct io_accept_local *a = calloc(1, sizeof(*a));
	int status;

	*ret_what = "netlink socket for interface settings";
	if (!a)
		return -ENOMEM;
	a->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (!a->socket || mnl_socket_bind(a->socket, 0, MNL_SOCKET_AUTOPID) != 0) {
		status = -errno;
		io_accept_local_close(a);
		return status;
	}
	*ret = a;
	return 0;
}

static struct nlmsghdr *begin(struct io_accept_local *a, char *buffer, uint16_t type,
			      int32_t ifindex)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | (type == RTM_SETLINK ? NLM_F_ACK : 0);
	message->nlmsg_seq = ++a->seq;
	info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
	info->ifi_index = ifindex;
	return message;
}

/* Sends the request and takes the answer in; 0, or -errno also where the kernel refused. */
static int ask(struct io_accept_local *a, const struct nlmsghdr *message, mnl_cb_t on_data,
	       void *ctx)
{
	char *answer = malloc(ANSWER_BYTES);
	unsigned int port = mnl_socket_get_portid(a->socket);
	ssize_t len;
	int status = 0;

	if (!answer)
		return -ENOMEM;
	if (mnl_socket_sendto(a->socket, message, message->nlmsg_len) < 0)
		status = -errno;
	while (status == 0) {
		len = mnl_socket_recvfrom(a->socket, answer, ANSWER_BYTES);
		if (len < 0)
			status = errno == EAGAIN ? 1 : -errno;
		else if (mnl_cb_run(answer, (size_t)len, 0, port, on_data, ctx) < 0)
			status = -errno;
	}
	free(answer);
	return status == 1 ? 0 : status;
}

struct wanted {
	uint16_t type;
	const struct nlattr *found; /* NULL: not there */
};

static int pick(const struct nlattr *attr, void *ctx)
{
	struct wanted *w = ctx;

	if (mnl_attr_get_type(attr) == w->type)
		w->found = attr;
	return MNL_CB_OK;
}

static const struct nlattr *inside(const struct nlattr *nest, uint16_t type)
{
	struct wanted w = { .type = type };

	if (nest)
		mnl_attr_parse_nested(nest, pick, &w);
	return w.found;
}

/* The value stands in IFLA_AF_SPEC, AF_INET, IFLA_INET_CONF: an array of numbers. */
static int read_value(const struct nlmsghdr *message, void *ctx)
{
	const size_t before = (IPV4_DEVCONF_ACCEPT_LOCAL - 1) * sizeof(uint32_t);
	struct wanted spec = { .type = IFLA_AF_SPEC };
	const struct nlattr *conf;
	int *ret_value = ctx;
	uint32_t value;

	mnl_attr_parse(message, sizeof(struct ifinfomsg), pick, &spec);
	conf = inside(inside(spec.found, AF_INET), IFLA_INET_CONF);
	if (!conf || mnl_attr_get_payload_len(conf) < before + sizeof(value))
		return MNL_CB_OK;
	memcpy(&value, (const char *)mnl_attr_get_payload(conf) + before, sizeof(value));
	*ret_value = value != 0;
	return MNL_CB_OK;
}

/* 0 or 1, or -errno. */
static int get(struct io_accept_local *a, int32_t ifindex)
{
	char buffer[256];
	int value = -ENODATA;
	int status = ask(a, begin(a, buffer, RTM_GETLINK, ifindex), read_value, &value);

	return status != 0 ? status : value;
}

static int set(struct io_accept_local *a, int32_t ifindex, uint32_t value)
{
	char buffer[256];
	struct nlmsghdr *message = begin(a, buffer, RTM_SETLINK, ifindex);
	struct nlattr *spec = mnl_attr_nest_start(message, IFLA_AF_SPEC);
	struct nlattr *family = mnl_attr_nest_start(message, AF_INET);
	struct nlattr *conf = mnl_attr_nest_start(message, IFLA_INET_CONF);

	mnl_attr_put_u32(message, IPV4_DEVCONF_ACCEPT_LOCAL, value);
	mnl_attr_nest_end(message, conf);
	mnl_attr_nest_end(message, family);
	mnl_attr_nest_end(message, spec);
	return ask(a, message, NULL, NULL);
}

static int remember(struct io_accept_local *a, int32_t ifindex)
{
	uint32_t cap = a->cap != 0 ? 2 * a->cap : 16;
	int32_t *grown;

	if (a->count == a->cap) {
		grown = realloc(a->changed, cap * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		a->changed = grown;
		a->cap = cap;
	}
	a->changed[a->count++] = ifindex;
	return 0;
}

int io_accept_local_set(struct io_accept_local *a, int32_t ifindex)
{
	int was = get(a, ifindex);
	int status;

	if (was != 0)
		return was < 0 ? was : 0;
	status = set(a, ifindex, 1);
	return status == 0 ? remember(a, ifindex) : status;
}

void io_accept_local_restore(struct io_accept_local *a, int32_t ifindex)
{
	for (uint32_t i = 0; i < a->count; i++) {
		if (a->changed[i] != ifindex)
			continue;
		a->changed[i] = a->changed[--a->count];
		/* An interface that is gone has nothing to be put back. */
		(void)set(a, ifindex, 0);
		return;
	}
}

void io_accept_local_close(struct io_accept_local *a)
{
	if (!a)
		return;
	while (a->count > 0)
		io_accept_local_restore(a, a->changed[0]);
	if (a->socket)
		mnl_socket_close(a->socket);
	free(a->changed);
	free(a);
}
