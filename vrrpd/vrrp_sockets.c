/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checksum is ours to write and to verify in both families: a kernel that did so for IPv6 (IPV6_CHECKSUM) would drop what is wrong
 * before it can be counted. Multicast is heard where any socket of the host has joined (IP_MULTICAST_ALL, IPV6_MULTICAST_ALL, which
 * are on by default).
 */
#include "vrrp_sockets.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/advert.h"

enum {
	RECEIVE_BUFFER_BYTES = 4 << 20, /* some thousand messages while the process is held up */
	SEND_BUFFER_BYTES = 4 << 20,
	SOCKET_PRIORITY = 7, /* TC_PRIO_CONTROL: ahead of everything in a full queue */
};

/* One option of a number. */
struct option {
	int level, name, value;
};

static int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int set_options(int fd, const struct option *options, size_t count)
{
	int error = 0;

	for (size_t i = 0; i < count && error == 0; i++)
		error = set_option(fd, options[i].level, options[i].name, options[i].value);
	return error;
}

/* As much as is asked for if we may, else as much as the system allows. */
static void set_buffer(int fd, int force_option, int option, int bytes)
{
	if (set_option(fd, SOL_SOCKET, force_option, bytes) < 0)
		(void)set_option(fd, SOL_SOCKET, option, bytes);
}

static int raw_socket(enum family_index family, const char **ret_what)
{
	int domain = family == FAMILY_V6 ? AF_INET6 : AF_INET;
	int fd = socket(domain, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, VRRP_PROTOCOL);

	if (fd < 0) {
		*ret_what = errno == EPERM || errno == EACCES
				    ? "a raw socket for IP protocol 112 (VRRP) needs CAP_NET_RAW"
				    : "cannot open a raw socket for IP protocol 112 (VRRP)";
		return -errno;
	}
	return fd;
}

/* An IPv4 packet comes with its header, an IPv6 one without: there its facts are asked for. */
static int tell_origin(int fd, enum family_index family)
{
	static const struct option v4[] = { { IPPROTO_IP, IP_PKTINFO, 1 } };
	static const struct option v6[] = {
		{ IPPROTO_IPV6, IPV6_RECVPKTINFO, 1 },
		{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1 },
	};

	if (family == FAMILY_V6)
		return set_options(fd, v6, sizeof(v6) / sizeof(v6[0]));
	return set_options(fd, v4, sizeof(v4) / sizeof(v4[0]));
}

int vrrp_receiver_open(enum family_index family, int *ret_fd, const char **ret_what)
{
	int fd = raw_socket(family, ret_what);
	int error;

	if (fd < 0)
		return fd;
	error = tell_origin(fd, family);
	if (error) {
		*ret_what = family == FAMILY_V6 ? "the kernel does not tell interface and hop "
						  "limit of a packet (IPV6_RECVPKTINFO)"
						: "the kernel does not tell the interface of a "
						  "packet (IP_PKTINFO)";
		close(fd);
		return error;
	}
	set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
	*ret_fd = fd;
	return 0;
}

/*
 * A raw socket receives whatever has its protocol. This one only sends: it asks for no group that
 * others have joined, so that multicast is not even copied for it, and drops the rest in a filter.
 */
static int receive_nothing(int fd)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { .len = 1, .filter = &drop };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		return -errno;
	return 0;
}

static int set_up_sender(int fd, enum family_index family)
{
	static const struct option v4[] = {
		{ IPPROTO_IP, IP_MULTICAST_TTL, VRRP_TTL },
		{ IPPROTO_IP, IP_TTL, VRRP_TTL }, /* unicast peers */
		{ IPPROTO_IP, IP_MULTICAST_LOOP, 0 },
		/* internetwork control: RFC 791 precedence 6, DSCP CS6 */
		{ IPPROTO_IP, IP_TOS, IPTOS_CLASS_CS6 },
		/* 255 addresses fit any path; a smaller one may fragment */
		{ IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT },
		{ IPPROTO_IP, IP_MULTICAST_ALL, 0 },
	};
	static const struct option v6[] = {
		{ IPPROTO_IPV6, IPV6_MULTICAST_HOPS, VRRP_TTL },
		{ IPPROTO_IPV6, IPV6_UNICAST_HOPS, VRRP_TTL },
		{ IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0 },
		{ IPPROTO_IPV6, IPV6_TCLASS, IPTOS_CLASS_CS6 },
		/* more than some 90 addresses leave in fragments */
		{ IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT },
		{ IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0 },
	};

	if (family == FAMILY_V6)
		return set_options(fd, v6, sizeof(v6) / sizeof(v6[0]));
	return set_options(fd, v4, sizeof(v4) / sizeof(v4[0]));
}

int vrrp_sender_open(enum family_index family, int *ret_fd, const char **ret_what)
{
	int fd = raw_socket(family, ret_what);
	int error;

	if (fd < 0)
		return fd;
	error = set_up_sender(fd, family);
	if (!error)
		error = receive_nothing(fd);
	if (error) {
		*ret_what = "the kernel refuses an option of the socket that sends";
		close(fd);
		return error;
	}
	/* Who has just lost the address it sends from tells so with it. Better to have, not needed. */
	if (family == FAMILY_V6)
		(void)set_option(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, 1);
	else
		(void)set_option(fd, IPPROTO_IP, IP_TRANSPARENT, 1);
	/* After IP_TOS, which sets a priority too. Better to have, not needed. */
	(void)set_option(fd, SOL_SOCKET, SO_PRIORITY, SOCKET_PRIORITY);
	set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, SEND_BUFFER_BYTES);
	*ret_fd = fd;
	return 0;
}
