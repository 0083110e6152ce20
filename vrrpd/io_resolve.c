/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An entry of the neighbour table that is made in order to be used (NTF_USE): the kernel begins to resolve it as if a packet had
 * waited for it. Answers are not asked for, and errors that come all the same are dropped by a filter.
 */
#include "io_resolve.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
	REQUEST_MAX = 128,
};

struct io_resolve {
	struct mnl_socket *socket;
};

static int open_socket(struct io_resolve *r)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { .len = 1, .filter = &drop };

	r->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (!r->socket || mnl_socket_bind(r->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	if (setsockopt(mnl_socket_get_fd(r->socket), SOL_SOCKET, SO_ATTACH_FILTER, &program,
		       sizeof(program)) < 0)
		return -errno;
	return 0;
}

int io_resolve_open(struct io_resolve **ret, const char **ret_what)
{
	struct io_resolve *r = calloc(1, sizeof(*r));
	int error;

	*ret_what = "netlink socket for neighbours";
	if (!r)
		return -ENOMEM;
	error = open_socket(r);
	if (error) {
		io_resolve_close(r);
		return error;
	}
	*ret = r;
	return 0;
}

void io_resolve_close(struct io_resolve *r)
{
	if (!r)
		return;
	if (r->socket)
		mnl_socket_close(r->socket);
	free(r);
}

void io_resolve_ask(struct io_resolve *r, int32_t ifindex, struct ip_addr neighbour)
{
	_Alignas(struct nlmsghdr) char buffer[REQUEST_MAX];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ndmsg *entry;

	message->nlmsg_type = RTM_NEWNEIGH;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE;
	entry = mnl_nlmsg_put_extra_header(message, sizeof(*entry));
	entry->ndm_family = neighbour.family == IP_V6 ? AF_INET6 : AF_INET;
	entry->ndm_ifindex = ifindex;
	entry->ndm_state = NUD_NONE;
	entry->ndm_flags = NTF_USE;
	mnl_attr_put(message, NDA_DST, ip_len(neighbour), neighbour.bytes);
	(void)mnl_socket_sendto(r->socket, message, message->nlmsg_len);
}
