/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libmnl's socket with the options and the checks that each of our adapters would have to repeat.
 */
#include "netlink_socket.h"

#include <errno.h>
#include <sys/socket.h>

/* Best effort: with a smaller one events are lost more often, which is noticed and made up for. */
static void set_receive_buffer(int fd, int bytes)
{
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

int netlink_socket_open(struct mnl_socket **ret, int bus, int buffer_bytes)
{
	struct mnl_socket *socket = mnl_socket_open2(bus, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int on = 1, error;

	if (!socket)
		return -errno;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		error = errno;
		mnl_socket_close(socket);
		return -error;
	}
	if (buffer_bytes != 0)
		set_receive_buffer(mnl_socket_get_fd(socket), buffer_bytes);
	/* better to have: explanations of errors, in answers that do not repeat the request */
	(void)mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)mnl_socket_setsockopt(socket, NETLINK_CAP_ACK, &on, sizeof(on));
	*ret = socket;
	return 0;
}

void netlink_socket_close(struct mnl_socket *socket)
{
	if (socket)
		mnl_socket_close(socket);
}

int netlink_socket_send(struct mnl_socket *socket, const void *bytes, size_t len)
{
	return mnl_socket_sendto(socket, bytes, len) < 0 ? -errno : 0;
}

static int subscribe(struct mnl_socket *socket, int option, int group)
{
	return mnl_socket_setsockopt(socket, option, &group, sizeof(group)) < 0 ? -errno : 0;
}

int netlink_socket_join(struct mnl_socket *socket, int group)
{
	return subscribe(socket, NETLINK_ADD_MEMBERSHIP, group);
}

int netlink_socket_leave(struct mnl_socket *socket, int group)
{
	return subscribe(socket, NETLINK_DROP_MEMBERSHIP, group);
}

int netlink_socket_receive(struct mnl_socket *socket, void *buf, size_t cap, size_t *ret_len)
{
	struct sockaddr_nl from = { .nl_family = AF_NETLINK };
	socklen_t from_len = sizeof(from);
	/* MSG_TRUNC: the length that it has, not the length that fitted */
	ssize_t len = recvfrom(mnl_socket_get_fd(socket), buf, cap, MSG_DONTWAIT | MSG_TRUNC,
			       (struct sockaddr *)&from, &from_len);

	if (len < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
	if ((size_t)len > cap)
		return -EMSGSIZE;
	*ret_len = from.nl_pid == 0 ? (size_t)len : 0;
	return 1;
}
