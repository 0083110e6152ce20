/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ordinary UDP sockets: nothing here needs a privilege. The kernel tells the TTL and the destination of each packet beside it; that it
 * is 255 as a rule is what tells the neighbour from everybody else (RFC 5881 section 5).
 */
#include "io_bfd.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	RECEIVE_BUFFER_BYTES = 1 << 20, /* some thousand packets while the process is held up */
	SOCKET_PRIORITY = 7,            /* TC_PRIO_CONTROL, as advertisements */
	PACKET_MAX = 256, /* more than this is cut: it has authentication, and is refused */
};

union packet_info {
	char v4[CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(int))];
	char v6[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

union socket_address {
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct io_bfd {
	struct io_bfd_handler handler;
	int fd[FAMILY_COUNT]; /* -1: nothing is received */
	struct mmsghdr messages[BFD_BATCH];
	struct iovec iov[BFD_BATCH];
	union packet_info info[BFD_BATCH];
	union socket_address from[BFD_BATCH];
	uint8_t bytes[BFD_BATCH][PACKET_MAX];
};

int io_bfd_open(struct io_bfd **ret, const struct io_bfd_handler *handler)
{
	struct io_bfd *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->handler = *handler;
	b->fd[FAMILY_V4] = b->fd[FAMILY_V6] = -1;
	for (int i = 0; i < BFD_BATCH; i++) {
		b->iov[i] = (struct iovec){ .iov_base = b->bytes[i], .iov_len = PACKET_MAX };
		b->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &b->from[i],
			.msg_iov = &b->iov[i],
			.msg_iovlen = 1,
			.msg_control = &b->info[i],
		};
	}
	*ret = b;
	return 0;
}

void io_bfd_close(struct io_bfd *b)
{
	if (!b)
		return;
	for (int family = 0; family < FAMILY_COUNT; family++)
		if (b->fd[family] >= 0)
			close(b->fd[family]);
	free(b);
}

/* ---- sockets ---- */

struct option {
	int level, name, value;
};

static int set_options(int fd, const struct option *options, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (setsockopt(fd, options[i].level, options[i].name, &options[i].value,
			       sizeof(options[i].value)) < 0)
			return -errno;
	return 0;
}

/* The length of the address. */
static socklen_t fill_address(union socket_address *sa, enum family_index family,
			      struct ip_addr addr, uint16_t port)
{
	memset(sa, 0, sizeof(*sa));
	if (family == FAMILY_V6) {
		sa->v6.sin6_family = AF_INET6;
		sa->v6.sin6_port = htons(port);
		memcpy(&sa->v6.sin6_addr, addr.bytes, sizeof(sa->v6.sin6_addr));
		return sizeof(sa->v6);
	}
	sa->v4.sin_family = AF_INET;
	sa->v4.sin_port = htons(port);
	memcpy(&sa->v4.sin_addr, addr.bytes, sizeof(sa->v4.sin_addr));
	return sizeof(sa->v4);
}

/* A socket with these options, bound to that port. 0 or -errno. */
static int open_bound(enum family_index family, const struct option *options, size_t count,
		      struct ip_addr addr, uint16_t port, int *ret_fd)
{
	int domain = family == FAMILY_V6 ? AF_INET6 : AF_INET, error;
	int fd = socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	union socket_address sa;
	socklen_t len = fill_address(&sa, family, addr, port);

	if (fd < 0)
		return -errno;
	error = set_options(fd, options, count);
	if (error == 0 && bind(fd, (const struct sockaddr *)&sa, len) < 0)
		error = -errno;
	if (error != 0)
		close(fd);
	else
		*ret_fd = fd;
	return error;
}

int io_bfd_listen(struct io_bfd *b, enum family_index family)
{
	static const struct option v4[] = {
		{ IPPROTO_IP, IP_PKTINFO, 1 },
		{ IPPROTO_IP, IP_RECVTTL, 1 },
	};
	static const struct option v6[] = {
		{ IPPROTO_IPV6, IPV6_V6ONLY, 1 },
		{ IPPROTO_IPV6, IPV6_RECVPKTINFO, 1 },
		{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1 },
	};
	static const struct option buffer[] = {
		{ SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES },
	};
	int error;

	if (b->fd[family] >= 0)
		return 0;
	if (family == FAMILY_V6)
		error = open_bound(family, v6, sizeof(v6) / sizeof(v6[0]), IP_ADDR_NONE, BFD_PORT,
				   &b->fd[family]);
	else
		error = open_bound(family, v4, sizeof(v4) / sizeof(v4[0]), IP_ADDR_NONE, BFD_PORT,
				   &b->fd[family]);
	/* Better to have, not needed. */
	if (error == 0)
		(void)set_options(b->fd[family], buffer, 1);
	return error;
}

int io_bfd_fd(const struct io_bfd *b, enum family_index family)
{
	return b->fd[family];
}

int io_bfd_set_ttl(int fd, struct ip_addr peer, uint8_t ttl)
{
	const struct option option = {
		.level = peer.family == IP_V6 ? IPPROTO_IPV6 : IPPROTO_IP,
		.name = peer.family == IP_V6 ? IPV6_UNICAST_HOPS : IP_TTL,
		.value = ttl,
	};

	return set_options(fd, &option, 1);
}

static struct ip_addr address_in(const union socket_address *sa)
{
	return sa->v4.sin_family == AF_INET ? ip_from_v4((const uint8_t *)&sa->v4.sin_addr)
					    : ip_from_v6(sa->v6.sin6_addr.s6_addr);
}

int io_bfd_ask_source(struct ip_addr peer, struct ip_addr *ret)
{
	enum family_index family = peer.family == IP_V6 ? FAMILY_V6 : FAMILY_V4;
	int fd = socket(family == FAMILY_V6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	union socket_address sa;
	socklen_t len = fill_address(&sa, family, peer, BFD_PORT);
	int error = 0;

	if (fd < 0)
		return -errno;
	/* This sends nothing. */
	if (connect(fd, (const struct sockaddr *)&sa, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
		error = -errno;
	else
		*ret = address_in(&sa);
	close(fd);
	return error;
}

/* Whatever is sent to its port is not for it. */
static int receive_nothing(int fd)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { .len = 1, .filter = &drop };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		return -errno;
	return 0;
}

int io_bfd_sender(struct ip_addr peer, struct ip_addr source, uint16_t port, uint8_t ttl,
		  int *ret_fd)
{
	/* internetwork control: DSCP CS6; and the address may come later than the session */
	static const struct option v4[] = {
		{ IPPROTO_IP, IP_FREEBIND, 1 },
		{ IPPROTO_IP, IP_TOS, IPTOS_CLASS_CS6 },
		{ SOL_SOCKET, SO_PRIORITY, SOCKET_PRIORITY },
	};
	static const struct option v6[] = {
		{ IPPROTO_IPV6, IPV6_V6ONLY, 1 },
		{ IPPROTO_IPV6, IPV6_FREEBIND, 1 },
		{ IPPROTO_IPV6, IPV6_TCLASS, IPTOS_CLASS_CS6 },
		{ SOL_SOCKET, SO_PRIORITY, SOCKET_PRIORITY },
	};
	enum family_index family = peer.family == IP_V6 ? FAMILY_V6 : FAMILY_V4;
	int fd, error;

	if (family == FAMILY_V6)
		error = open_bound(family, v6, sizeof(v6) / sizeof(v6[0]), source, port, &fd);
	else
		error = open_bound(family, v4, sizeof(v4) / sizeof(v4[0]), source, port, &fd);
	if (error != 0)
		return error;
	error = receive_nothing(fd);
	if (error == 0)
		error = io_bfd_set_ttl(fd, peer, ttl);
	if (error != 0)
		close(fd);
	else
		*ret_fd = fd;
	return error;
}

/* ---- packets ---- */

int io_bfd_send(int fd, struct ip_addr peer, const struct bfd_packet *packet)
{
	enum family_index family = peer.family == IP_V6 ? FAMILY_V6 : FAMILY_V4;
	union socket_address sa;
	socklen_t len = fill_address(&sa, family, peer, BFD_PORT);
	uint8_t bytes[BFD_BYTES];

	bfd_build(packet, bytes);
	if (sendto(fd, bytes, sizeof(bytes), MSG_DONTWAIT, (const struct sockaddr *)&sa, len) < 0)
		return -errno;
	return 0;
}

/* What the kernel tells besides the bytes. */
static void take_info(struct bfd_arrival *a, const struct cmsghdr *c)
{
	struct in6_pktinfo info6;
	struct in_pktinfo info;
	int number;

	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		a->dst = ip_from_v4((const uint8_t *)&info.ipi_addr);
	} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
		memcpy(&info6, CMSG_DATA(c), sizeof(info6));
		a->dst = ip_from_v6(info6.ipi6_addr.s6_addr);
	} else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) ||
		   (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)) {
		memcpy(&number, CMSG_DATA(c), sizeof(number));
		a->ttl = (uint8_t)number;
	}
}

static void hand_on(struct io_bfd *b, int i)
{
	struct msghdr *m = &b->messages[i].msg_hdr;
	struct bfd_arrival a = { .src = address_in(&b->from[i]) };
	struct bfd_packet packet;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		take_info(&a, c);
	a.refusal = bfd_parse(b->bytes[i], b->messages[i].msg_len, &packet);
	if (a.refusal == BFD_REFUSAL_NONE)
		a.packet = &packet;
	b->handler.received(b->handler.ctx, &a);
}

static int receive_batch(struct io_bfd *b, enum family_index family)
{
	int count;

	/* recvmmsg writes the lengths that it used over the room that it was given */
	for (int i = 0; i < BFD_BATCH; i++) {
		b->messages[i].msg_hdr.msg_controllen = sizeof(b->info[i]);
		b->messages[i].msg_hdr.msg_namelen = sizeof(b->from[i]);
	}
	count = recvmmsg(b->fd[family], b->messages, BFD_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < count; i++)
		hand_on(b, i);
	return count;
}

bool io_bfd_readable(struct io_bfd *b, enum family_index family)
{
	if (b->fd[family] < 0)
		return false;
	for (int i = 0; i < BFD_READ_BATCHES; i++)
		if (receive_batch(b, family) < BFD_BATCH)
			return false;
	return true;
}
