/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A netlink socket of its own: these requests are few, and the kernel has answered them by the time that sending returns, so nothing is
 * waited for.
 */
#include "io_devconf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>

#include "netlink_socket.h"

enum {
	ANSWER_BYTES = 32768
};

struct change {
	int32_t ifindex;
	enum devconf which;
	uint32_t was;
};

struct io_devconf {
	struct mnl_socket *socket;
	uint32_t seq;
	struct change *changes; /* of ours that are in force, `count` of `cap` */
	uint32_t count, cap;
};

int io_devconf_open(struct io_devconf **ret, const char **ret_what)
{
	struct io_devconf *d = calloc(1, sizeof(*d));
	int status;

	*ret_what = "netlink socket for interface settings";
	if (!d)
		return -ENOMEM;
	status = netlink_socket_open(&d->socket, NETLINK_ROUTE, 0);
	if (status != 0) {
		io_devconf_close(d);
		return status;
	}
	*ret = d;
	return 0;
}

static struct nlmsghdr *begin(struct io_devconf *d, char *buffer, uint16_t type, int32_t ifindex)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | (type == RTM_SETLINK ? NLM_F_ACK : 0);
	message->nlmsg_seq = ++d->seq;
	info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
	info->ifi_index = ifindex;
	return message;
}

/* Sends the request and takes the answer in; 0, or -errno also where the kernel refused. */
static int ask(struct io_devconf *d, const struct nlmsghdr *message, mnl_cb_t on_data, void *ctx)
{
	char *answer = malloc(ANSWER_BYTES);
	unsigned int port = mnl_socket_get_portid(d->socket);
	ssize_t len;
	int status = 0;

	if (!answer)
		return -ENOMEM;
	if (mnl_socket_sendto(d->socket, message, message->nlmsg_len) < 0)
		status = -errno;
	while (status == 0) {
		len = mnl_socket_recvfrom(d->socket, answer, ANSWER_BYTES);
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

/* The kernel's number of each. */
static uint16_t number_of(enum devconf which)
{
	static const uint16_t numbers[DEVCONF_COUNT_] = {
		[DEVCONF_ACCEPT_LOCAL] = IPV4_DEVCONF_ACCEPT_LOCAL,
		[DEVCONF_ARP_IGNORE] = IPV4_DEVCONF_ARP_IGNORE,
		[DEVCONF_ARP_ANNOUNCE] = IPV4_DEVCONF_ARP_ANNOUNCE,
	};

	return numbers[which];
}

struct reading {
	enum devconf which;
	int status; /* -ENODATA: not told */
	uint32_t value;
};

/* The value stands in IFLA_AF_SPEC, AF_INET, IFLA_INET_CONF: an array of numbers. */
static int read_value(const struct nlmsghdr *message, void *ctx)
{
	struct reading *r = ctx;
	const size_t before = (number_of(r->which) - 1u) * sizeof(uint32_t);
	struct wanted spec = { .type = IFLA_AF_SPEC };
	const struct nlattr *conf;

	mnl_attr_parse(message, sizeof(struct ifinfomsg), pick, &spec);
	conf = inside(inside(spec.found, AF_INET), IFLA_INET_CONF);
	if (!conf || mnl_attr_get_payload_len(conf) < before + sizeof(r->value))
		return MNL_CB_OK;
	memcpy(&r->value, (const char *)mnl_attr_get_payload(conf) + before, sizeof(r->value));
	r->status = 0;
	return MNL_CB_OK;
}

static int get(struct io_devconf *d, int32_t ifindex, enum devconf which, uint32_t *ret)
{
	char buffer[256];
	struct reading r = { .which = which, .status = -ENODATA };
	int status = ask(d, begin(d, buffer, RTM_GETLINK, ifindex), read_value, &r);

	if (status != 0 || r.status != 0)
		return status != 0 ? status : r.status;
	*ret = r.value;
	return 0;
}

static int set(struct io_devconf *d, int32_t ifindex, enum devconf which, uint32_t value)
{
	char buffer[256];
	struct nlmsghdr *message = begin(d, buffer, RTM_SETLINK, ifindex);
	struct nlattr *spec = mnl_attr_nest_start(message, IFLA_AF_SPEC);
	struct nlattr *family = mnl_attr_nest_start(message, AF_INET);
	struct nlattr *conf = mnl_attr_nest_start(message, IFLA_INET_CONF);

	mnl_attr_put_u32(message, number_of(which), value);
	mnl_attr_nest_end(message, conf);
	mnl_attr_nest_end(message, family);
	mnl_attr_nest_end(message, spec);
	return ask(d, message, NULL, NULL);
}

static struct change *find(const struct io_devconf *d, int32_t ifindex, enum devconf which)
{
	for (uint32_t i = 0; i < d->count; i++) {
		if (d->changes[i].ifindex == ifindex && d->changes[i].which == which)
			return &d->changes[i];
	}
	return NULL;
}

int io_devconf_recall(struct io_devconf *d, int32_t ifindex, enum devconf which, uint32_t was)
{
	uint32_t cap = d->cap != 0 ? 2 * d->cap : 16;
	struct change *grown;

	if (find(d, ifindex, which))
		return 0;
	if (d->count == d->cap) {
		grown = realloc(d->changes, cap * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		d->changes = grown;
		d->cap = cap;
	}
	d->changes[d->count++] = (struct change){ ifindex, which, was };
	return 0;
}

int io_devconf_raise(struct io_devconf *d, int32_t ifindex, enum devconf which, uint32_t least)
{
	uint32_t was = 0;
	int status = get(d, ifindex, which, &was);

	if (status != 0 || was >= least)
		return status;
	status = set(d, ifindex, which, least);
	return status == 0 ? io_devconf_recall(d, ifindex, which, was) : status;
}

bool io_devconf_was(const struct io_devconf *d, int32_t ifindex, enum devconf which, uint32_t *ret)
{
	const struct change *c = find(d, ifindex, which);

	if (c)
		*ret = c->was;
	return c != NULL;
}

void io_devconf_restore(struct io_devconf *d, int32_t ifindex, enum devconf which)
{
	struct change *c = find(d, ifindex, which);
	uint32_t was;

	if (!c)
		return;
	was = c->was;
	*c = d->changes[--d->count];
	/* An interface that is gone has nothing to be put back. */
	(void)set(d, ifindex, which, was);
}

void io_devconf_sweep(struct io_devconf *d, enum devconf which,
		      bool (*keep)(void *ctx, int32_t ifindex), void *ctx)
{
	/* Backwards: the last one takes the place of one that is restored. */
	for (uint32_t i = d->count; i > 0; i--) {
		struct change c = d->changes[i - 1];

		if (c.which == which && !keep(ctx, c.ifindex))
			io_devconf_restore(d, c.ifindex, which);
	}
}

void io_devconf_leave(struct io_devconf *d, enum devconf which)
{
	for (uint32_t i = d->count; i > 0; i--) {
		if (d->changes[i - 1].which == which)
			d->changes[i - 1] = d->changes[--d->count];
	}
}

void io_devconf_close(struct io_devconf *d)
{
	if (!d)
		return;
	while (d->count > 0)
		io_devconf_restore(d, d->changes[0].ifindex, d->changes[0].which);
	if (d->socket)
		mnl_socket_close(d->socket);
	free(d->changes);
	free(d);
}
