/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An entry of the neighbour table that is made in order to be used (NTF_USE): the kernel begins to resolve it as if a packet had
 * waited for it. Answers are not asked for, and errors that come all the same are dropped by a filter. A look at one entry has a socket
 * of its own, on which the kernel has answered when sending returns.
 */
#include "io_resolve.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink_socket.h"

enum {
	REQUEST_MAX = 128,
	ANSWER_MAX = 4096,
};

struct io_resolve {
	struct mnl_socket *socket; /* to ask with */
	struct mnl_socket *look;
	unsigned int looks; /* sequence number of the last one */
};

static int hear_nothing(struct mnl_socket *socket)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { .len = 1, .filter = &drop };

	return setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program)) < 0
		       ? -errno
		       : 0;
}

int io_resolve_open(struct io_resolve **ret, const char **ret_what)
{
	struct io_resolve *r = calloc(1, sizeof(*r));
	int error;

	*ret_what = "netlink socket for neighbours";
	if (!r)
		return -ENOMEM;
	error = netlink_socket_open(&r->socket, NETLINK_ROUTE, 0);
	if (!error)
		error = hear_nothing(r->socket);
	if (!error)
		error = netlink_socket_open(&r->look, NETLINK_ROUTE, 0);
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
	netlink_socket_close(r->socket);
	netlink_socket_close(r->look);
	free(r);
}

static struct nlmsghdr *put_neighbour(char *buffer, uint16_t type, uint16_t flags, int32_t ifindex,
				      struct ip_addr neighbour)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ndmsg *entry;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	entry = mnl_nlmsg_put_extra_header(message, sizeof(*entry));
	entry->ndm_family = neighbour.family == IP_V6 ? AF_INET6 : AF_INET;
	entry->ndm_ifindex = ifindex;
	mnl_attr_put(message, NDA_DST, ip_len(neighbour), neighbour.bytes);
	return message;
}

void io_resolve_ask(struct io_resolve *r, int32_t ifindex, struct ip_addr neighbour)
{
	_Alignas(struct nlmsghdr) char buffer[REQUEST_MAX];
	struct nlmsghdr *message =
		put_neighbour(buffer, RTM_NEWNEIGH, NLM_F_CREATE, ifindex, neighbour);
	struct ndmsg *entry = mnl_nlmsg_get_payload(message);

	entry->ndm_state = NUD_NONE;
	entry->ndm_flags = NTF_USE;
	(void)mnl_socket_sendto(r->socket, message, message->nlmsg_len);
}

static int take_address(const struct nlattr *attribute, void *ret)
{
	struct mac_addr *mac = ret;

	if (mnl_attr_get_type(attribute) == NDA_LLADDR &&
	    mnl_attr_get_payload_len(attribute) == sizeof(mac->bytes))
		memcpy(mac->bytes, mnl_attr_get_payload(attribute), sizeof(mac->bytes));
	return MNL_CB_OK;
}

/* The hardware address in an entry that the kernel trusts. */
static int read_answer(const struct nlmsghdr *message, struct mac_addr *ret)
{
	const uint16_t known = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT;
	const struct ndmsg *entry = mnl_nlmsg_get_payload(message);
	struct mac_addr mac = { { 0 } };

	if (message->nlmsg_type != RTM_NEWNEIGH || !(entry->ndm_state & known))
		return -ENOENT;
	mnl_attr_parse(message, sizeof(*entry), take_address, &mac);
	if (!mac_is_set(mac))
		return -ENOENT;
	*ret = mac;
	return 0;
}

int io_resolve_look(struct io_resolve *r, int32_t ifindex, struct ip_addr neighbour,
		    struct mac_addr *ret)
{
	_Alignas(struct nlmsghdr) char buffer[ANSWER_MAX];
	struct nlmsghdr *message = put_neighbour(buffer, RTM_GETNEIGH, 0, ifindex, neighbour);
	ssize_t len;

	message->nlmsg_seq = ++r->looks;
	if (mnl_socket_sendto(r->look, message, message->nlmsg_len) < 0)
		return -ENOENT;
	while ((len = mnl_socket_recvfrom(r->look, buffer, sizeof(buffer))) > 0) {
		message = (struct nlmsghdr *)buffer;
		if (mnl_nlmsg_ok(message, (int)len) && message->nlmsg_seq == r->looks)
			return read_answer(message, ret);
	}
	return -ENOENT;
}
