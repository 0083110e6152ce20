/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two raw sockets of each family and their batches. Everything that a system call needs
 * (message headers, ancillary data, buffers) is laid out once when the sockets are opened;
 * receiving and sending allocate nothing. The IP header is the kernel's to write, the interface and
 * the source travel with each message in IP_PKTINFO.
 */
#include "io_vrrp.h"

#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "memberships.h"
#include "wire/advert.h"
#include "wire/ip_header.h"

enum {
	IP_HEADER_MAX = 60,
	PACKET_MAX = IP_HEADER_MAX + ADVERT_BYTES_MAX,
	RECEIVE_BUFFER_BYTES = 4 << 20, /* some thousand messages while the process is held up */
	SEND_BUFFER_BYTES = 4 << 20,
	SOCKET_PRIORITY = 7, /* TC_PRIO_CONTROL: ahead of everything in a full queue */
};

/* Room for one struct in_pktinfo as ancillary data, aligned as the kernel wants it. */
union packet_info {
	char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
	struct cmsghdr align;
};

struct incoming {
	struct mmsghdr messages[VRRP_BATCH];
	struct iovec iov[VRRP_BATCH];
	union packet_info info[VRRP_BATCH];
	uint8_t bytes[VRRP_BATCH][PACKET_MAX];
	struct advert advert;
};

struct outgoing {
	uint32_t count;
	struct mmsghdr messages[VRRP_BATCH];
	struct iovec iov[VRRP_BATCH];
	union packet_info info[VRRP_BATCH];
	struct sockaddr_in to[VRRP_BATCH];
	uint8_t bytes[VRRP_BATCH][ADVERT_BYTES_MAX];
	uint32_t cookie[VRRP_BATCH];
};

struct io_vrrp {
	struct io_vrrp_handler handler;
	int receive_fd[FAMILY_COUNT]; /* -1: that family is not served */
	int send_fd[FAMILY_COUNT];
	struct memberships memberships[FAMILY_COUNT];
	struct incoming in;
	struct outgoing out;
};

static int set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

/* As much as is asked for if we may, else as much as the system allows. */
static void set_buffer(int fd, int force_option, int option, int bytes)
{
	if (set_option(fd, SOL_SOCKET, force_option, bytes) < 0)
		(void)set_option(fd, SOL_SOCKET, option, bytes);
}

static int raw_socket(const char **ret_what)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, VRRP_PROTOCOL);

	if (fd < 0) {
		*ret_what = errno == EPERM || errno == EACCES
				    ? "a raw socket for IP protocol 112 (VRRP) needs CAP_NET_RAW"
				    : "cannot open a raw socket for IP protocol 112 (VRRP)";
		return -errno;
	}
	return fd;
}

static int open_receiver(int *ret_fd, const char **ret_what)
{
	int fd = raw_socket(ret_what);
	int error;

	if (fd < 0)
		return fd;
	error = set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
	if (error) {
		*ret_what = "the kernel does not tell the interface of a packet (IP_PKTINFO)";
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
	return set_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
}

static int open_sender(int *ret_fd, const char **ret_what)
{
	int fd = raw_socket(ret_what);
	int error;

	if (fd < 0)
		return fd;
	error = set_option(fd, IPPROTO_IP, IP_MULTICAST_TTL, VRRP_TTL);
	if (!error) /* unicast peers */
		error = set_option(fd, IPPROTO_IP, IP_TTL, VRRP_TTL);
	if (!error)
		error = set_option(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
	if (!error) /* internetwork control: RFC 791 precedence 6, DSCP CS6 */
		error = set_option(fd, IPPROTO_IP, IP_TOS, IPTOS_CLASS_CS6);
	if (!error) /* 255 addresses fit any path; a smaller one may fragment */
		error = set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
	if (!error)
		error = receive_nothing(fd);
	if (error) {
		*ret_what = "the kernel refuses an option of the socket that sends";
		close(fd);
		return error;
	}
	/* After IP_TOS, which sets a priority too. Better to have, not needed. */
	(void)set_option(fd, SOL_SOCKET, SO_PRIORITY, SOCKET_PRIORITY);
	set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, SEND_BUFFER_BYTES);
	*ret_fd = fd;
	return 0;
}

static void lay_out(struct io_vrrp *v)
{
	for (int i = 0; i < VRRP_BATCH; i++) {
		v->in.iov[i] = (struct iovec){ .iov_base = v->in.bytes[i], .iov_len = PACKET_MAX };
		v->in.messages[i].msg_hdr = (struct msghdr){
			.msg_iov = &v->in.iov[i],
			.msg_iovlen = 1,
			.msg_control = &v->in.info[i],
		};
		v->out.iov[i].iov_base = v->out.bytes[i];
		v->out.messages[i].msg_hdr = (struct msghdr){
			.msg_name = &v->out.to[i],
			.msg_namelen = sizeof(v->out.to[i]),
			.msg_iov = &v->out.iov[i],
			.msg_iovlen = 1,
			.msg_control = &v->out.info[i],
			.msg_controllen = sizeof(v->out.info[i]),
		};
	}
}

int io_vrrp_open(struct io_vrrp **ret, const struct io_vrrp_handler *handler, const char **ret_what)
{
	struct io_vrrp *v = calloc(1, sizeof(*v));
	int error;

	if (!v) {
		*ret_what = "no memory for the VRRP sockets' buffers";
		return -ENOMEM;
	}
	v->handler = *handler;
	for (int family = 0; family < FAMILY_COUNT; family++)
		v->receive_fd[family] = v->send_fd[family] = -1;
	memberships_init(&v->memberships[FAMILY_V4], advert_group(IP_V4));
	memberships_init(&v->memberships[FAMILY_V6], advert_group(IP_V6));
	lay_out(v);

	error = open_receiver(&v->receive_fd[FAMILY_V4], ret_what);
	if (!error)
		error = open_sender(&v->send_fd[FAMILY_V4], ret_what);
	if (error) {
		io_vrrp_close(v);
		return error;
	}
	*ret = v;
	return 0;
}

void io_vrrp_close(struct io_vrrp *v)
{
	if (!v)
		return;
	for (int family = 0; family < FAMILY_COUNT; family++) {
		memberships_done(&v->memberships[family]);
		if (v->receive_fd[family] >= 0)
			close(v->receive_fd[family]);
		if (v->send_fd[family] >= 0)
			close(v->send_fd[family]);
	}
	free(v);
}

int io_vrrp_fd(const struct io_vrrp *v, enum family_index family)
{
	return v->receive_fd[family];
}

/* The interface that a message came in by; 0 if the kernel did not say. */
static int32_t arrival_interface(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct in_pktinfo info;

		if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		return info.ipi_ifindex;
	}
	return 0;
}

static void hand_on(struct io_vrrp *v, const uint8_t *packet, size_t len, int32_t ifindex)
{
	struct event_advert ev = { .ifindex = ifindex, .family = IP_V4 };
	struct ip_header ip;

	ev.refusal = ip_header_parse(packet, len, &ip);
	if (ev.refusal == REFUSAL_NONE) {
		const uint8_t *message = packet + ip.header_len;

		ev.src = ip.src;
		ev.dst = ip.dst;
		ev.ttl = ip.ttl;
		ev.vrid = advert_peek_vrid(message, ip.payload_len);
		ev.refusal = advert_parse(message, ip.payload_len, ip.src, ip.dst, &v->in.advert);
	}
	if (ev.refusal == REFUSAL_NONE)
		ev.advert = &v->in.advert;
	v->handler.received(v->handler.ctx, &ev);
}

/* One system call's worth: how many came, 0 when there was nothing. */
static unsigned int receive_batch(struct io_vrrp *v, int fd)
{
	int count;

	/* recvmmsg writes the length that it used over the room that it was given */
	for (int i = 0; i < VRRP_BATCH; i++)
		v->in.messages[i].msg_hdr.msg_controllen = sizeof(v->in.info[i]);
	count = recvmmsg(fd, v->in.messages, VRRP_BATCH, MSG_DONTWAIT, NULL);
	if (count < 0)
		return 0; /* EAGAIN, or an error that concerns one message and is gone with it */
	for (int i = 0; i < count; i++)
		hand_on(v, v->in.bytes[i], v->in.messages[i].msg_len,
			arrival_interface(&v->in.messages[i].msg_hdr));
	return (unsigned int)count;
}

bool io_vrrp_readable(struct io_vrrp *v, enum family_index family)
{
	for (int i = 0; i < VRRP_READ_BATCHES; i++)
		if (receive_batch(v, v->receive_fd[family]) < VRRP_BATCH)
			return false;
	return true;
}

int io_vrrp_join(struct io_vrrp *v, enum family_index family, int32_t ifindex)
{
	if (v->receive_fd[family] < 0)
		return -EAFNOSUPPORT;
	return memberships_join(&v->memberships[family], ifindex);
}

void io_vrrp_leave(struct io_vrrp *v, enum family_index family, int32_t ifindex)
{
	memberships_leave(&v->memberships[family], ifindex);
}

static void put_packet_info(union packet_info *room, int32_t ifindex, struct ip_addr src)
{
	struct in_pktinfo info = { .ipi_ifindex = ifindex };

	memcpy(&info.ipi_spec_dst, src.bytes, sizeof(info.ipi_spec_dst));
	room->align = (struct cmsghdr){
		.cmsg_level = IPPROTO_IP,
		.cmsg_type = IP_PKTINFO,
		.cmsg_len = CMSG_LEN(sizeof(info)),
	};
	memcpy(CMSG_DATA(&room->align), &info, sizeof(info));
}

void io_vrrp_queue(struct io_vrrp *v, int32_t ifindex, struct ip_addr src, struct ip_addr dst,
		   const void *message, size_t len, uint32_t cookie)
{
	struct outgoing *out = &v->out;
	uint32_t i;

	assert(src.family == IP_V4 && dst.family == IP_V4); /* IPv6 is not built yet */
	assert(len <= ADVERT_BYTES_MAX);
	if (out->count == VRRP_BATCH)
		io_vrrp_flush(v);
	i = out->count++;
	out->to[i] = (struct sockaddr_in){ .sin_family = AF_INET };
	memcpy(&out->to[i].sin_addr, dst.bytes, sizeof(out->to[i].sin_addr));
	put_packet_info(&out->info[i], ifindex, src);
	memcpy(out->bytes[i], message, len);
	out->iov[i].iov_len = len;
	out->cookie[i] = cookie;
}

void io_vrrp_flush(struct io_vrrp *v)
{
	struct outgoing *out = &v->out;
	uint32_t at = 0;

	while (at < out->count) {
		int sent = sendmmsg(v->send_fd[FAMILY_V4], out->messages + at, out->count - at,
				    MSG_DONTWAIT);

		if (sent > 0) {
			at += (uint32_t)sent;
			continue;
		}
		/*
		 * The error is the first message's; go on behind it. Also when there was no room:
		 * an advertisement that waits is soon a lie, and the next one is due in an
		 * interval.
		 */
		v->handler.send_failed(v->handler.ctx, out->cookie[at], errno);
		at++;
	}
	out->count = 0;
}
