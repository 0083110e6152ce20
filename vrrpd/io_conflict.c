/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet socket for ARP, whose filter leaves out what we send and what claims nothing, and a raw ICMPv6 socket that is given
 * nothing but neighbour advertisements. Their buffers are small: of a flood the first claim tells as much as the thousandth.
 */
#include "io_conflict.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/icmp6.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/announce_frame.h"

enum {
	RECEIVE_BUFFER_BYTES = 64 << 10,
	READ_MAX = 32, /* in one turn of the loop */
	PACKET_MAX = 256,
	ARP_SENDER_POS = 14,
	ARP_LEN = 28,
	HOP_LIMIT = 255, /* RFC 4861 section 7.1.2: anything less is not from this link */
};

struct io_conflict {
	struct io_conflict_handler handler;
	int fd[FAMILY_COUNT];
};

static int keep_small(int fd)
{
	int bytes = RECEIVE_BUFFER_BYTES;

	return setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)) < 0 ? -errno : 0;
}

/* Without the frame's header; a probe (RFC 5227) has no sender. */
static int filter_arp(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 3, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARP_SENDER_POS),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, ARP_LEN),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno
											   : 0;
}

/* Bound when it is filtered: nothing else gets in. */
static int open_arp(int *ret_fd)
{
	struct sockaddr_ll everywhere = { .sll_family = AF_PACKET,
					  .sll_protocol = htons(ETH_P_ARP) };
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int status = fd < 0 ? -errno : keep_small(fd);

	if (status == 0)
		status = filter_arp(fd);
	if (status == 0 && bind(fd, (struct sockaddr *)&everywhere, sizeof(everywhere)) < 0)
		status = -errno;
	if (status != 0 && fd >= 0)
		close(fd);
	if (status == 0)
		*ret_fd = fd;
	return status;
}

static int filter_neighbours(int fd)
{
	struct icmp6_filter filter;
	int on = 1;

	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ND_NEIGHBOR_ADVERT, &filter);
	if (setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)) < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof(on)) < 0)
		return -errno;
	return 0;
}

static int open_neighbours(int *ret_fd)
{
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	int status = fd < 0 ? -errno : keep_small(fd);

	if (status == 0)
		status = filter_neighbours(fd);
	if (status != 0 && fd >= 0)
		close(fd);
	if (status == 0)
		*ret_fd = fd;
	return status == -EAFNOSUPPORT ? 0 : status;
}

int io_conflict_open(struct io_conflict **ret, const struct io_conflict_handler *handler,
		     const char **ret_what)
{
	struct io_conflict *c = malloc(sizeof(*c));
	int status;

	*ret_what = "no memory to listen for other users of the addresses";
	if (!c)
		return -ENOMEM;
	*c = (struct io_conflict){ .handler = *handler, .fd = { -1, -1 } };
	*ret_what = "no packet socket to hear ARP with";
	status = open_arp(&c->fd[FAMILY_V4]);
	if (status == 0) {
		*ret_what = "no socket to hear neighbour advertisements with";
		status = open_neighbours(&c->fd[FAMILY_V6]);
	}
	if (status != 0) {
		io_conflict_close(c);
		return status;
	}
	*ret = c;
	return 0;
}

void io_conflict_close(struct io_conflict *c)
{
	if (!c)
		return;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (c->fd[f] >= 0)
			close(c->fd[f]);
	}
	free(c);
}

int io_conflict_fd(const struct io_conflict *c, enum family_index family)
{
	return c ? c->fd[family] : -1;
}

/* One packet: false when there is none. */
static bool receive_arp(struct io_conflict *c)
{
	uint8_t packet[PACKET_MAX];
	struct sockaddr_ll from;
	socklen_t from_len = sizeof(from);
	struct arp_packet arp;
	ssize_t len = recvfrom(c->fd[FAMILY_V4], packet, sizeof(packet), 0,
			       (struct sockaddr *)&from, &from_len);

	if (len < 0)
		return errno == EINTR;
	if (arp_parse(packet, (size_t)len, &arp) == 0)
		c->handler.claimed(c->handler.ctx, &(struct event_claim){
							   .ifindex = from.sll_ifindex,
							   .addr = arp.sender,
							   .mac = arp.sender_mac,
						   });
	return true;
}

/* Where it came in, if it is of this link; else 0. */
static int32_t origin_of(struct msghdr *message)
{
	int32_t ifindex = 0;
	int hops = 0;

	for (struct cmsghdr *m = CMSG_FIRSTHDR(message); m; m = CMSG_NXTHDR(message, m)) {
		struct in6_pktinfo info;

		if (m->cmsg_level != IPPROTO_IPV6)
			continue;
		if (m->cmsg_type == IPV6_PKTINFO) {
			memcpy(&info, CMSG_DATA(m), sizeof(info));
			ifindex = (int32_t)info.ipi6_ifindex;
		} else if (m->cmsg_type == IPV6_HOPLIMIT) {
			memcpy(&hops, CMSG_DATA(m), sizeof(hops));
		}
	}
	return hops == HOP_LIMIT ? ifindex : 0;
}

static bool receive_neighbour(struct io_conflict *c)
{
	uint8_t packet[PACKET_MAX];
	union {
		char space[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec data = { .iov_base = packet, .iov_len = sizeof(packet) };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	struct event_claim claim;
	struct na_packet na;
	ssize_t len = recvmsg(c->fd[FAMILY_V6], &message, 0);

	if (len < 0)
		return errno == EINTR;
	claim.ifindex = origin_of(&message);
	if (claim.ifindex == 0 || na_parse(packet, (size_t)len, &na) != 0)
		return true;
	claim.addr = na.target;
	claim.mac = na.target_mac;
	c->handler.claimed(c->handler.ctx, &claim);
	return true;
}

void io_conflict_readable(struct io_conflict *c, enum family_index family)
{
	for (int i = 0; i < READ_MAX; i++) {
		if (!(family == FAMILY_V6 ? receive_neighbour(c) : receive_arp(c)))
			return;
	}
}
