/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The batches of both families. Everything that a system call needs (message headers, ancillary
 * data, buffers) is laid out once when the sockets are opened; receiving and sending allocate
 * nothing. The IP header is the kernel's to write, the interface and the source travel with each
 * message in IP_PKTINFO or IPV6_PKTINFO.
 */
#include "io_vrrp.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "memberships.h"
#include "vrrp_sockets.h"
#include "wire/advert.h"
#include "wire/ip_header.h"

enum {
	IP_HEADER_MAX = 60,
	PACKET_MAX = IP_HEADER_MAX + ADVERT_BYTES_MAX,
};

/* Room for the ancillary data of a message of either family, aligned as the kernel wants it. */
union packet_info {
	char v4[CMSG_SPACE(sizeof(struct in_pktinfo))];
	char v6[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

union socket_address {
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct incoming {
	struct mmsghdr messages[VRRP_BATCH];
	struct iovec iov[VRRP_BATCH];
	union packet_info info[VRRP_BATCH];
	union socket_address from[VRRP_BATCH];
	uint8_t bytes[VRRP_BATCH][PACKET_MAX];
	struct advert advert;
};

struct outgoing {
	uint32_t count;
	struct mmsghdr messages[VRRP_BATCH];
	struct iovec iov[VRRP_BATCH];
	union packet_info info[VRRP_BATCH];
	union socket_address to[VRRP_BATCH];
	uint8_t bytes[VRRP_BATCH][ADVERT_BYTES_MAX];
	uint32_t cookie[VRRP_BATCH];
};

struct io_vrrp {
	struct io_vrrp_handler handler;
	int receive_fd[FAMILY_COUNT]; /* -1: that family is not served */
	int send_fd[FAMILY_COUNT];
	struct memberships memberships[FAMILY_COUNT];
	struct incoming in;
	struct outgoing out[FAMILY_COUNT];
};

static void lay_out_incoming(struct incoming *in)
{
	for (int i = 0; i < VRRP_BATCH; i++) {
		in->iov[i] = (struct iovec){ .iov_base = in->bytes[i], .iov_len = PACKET_MAX };
		in->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &in->from[i],
			.msg_iov = &in->iov[i],
			.msg_iovlen = 1,
			.msg_control = &in->info[i],
		};
	}
}

static void lay_out_outgoing(struct outgoing *out)
{
	for (int i = 0; i < VRRP_BATCH; i++) {
		out->iov[i].iov_base = out->bytes[i];
		out->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &out->to[i],
			.msg_iov = &out->iov[i],
			.msg_iovlen = 1,
			.msg_control = &out->info[i],
		};
	}
}

static int open_family(struct io_vrrp *v, enum family_index family, const char **ret_what)
{
	int error = vrrp_receiver_open(family, &v->receive_fd[family], ret_what);

	return error ? error : vrrp_sender_open(family, &v->send_fd[family], ret_what);
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
	lay_out_incoming(&v->in);
	lay_out_outgoing(&v->out[FAMILY_V4]);
	lay_out_outgoing(&v->out[FAMILY_V6]);

	error = open_family(v, FAMILY_V4, ret_what);
	/* a host may have been started without IPv6 (ipv6.disable=1), not without IPv4 */
	if (!error) {
		error = open_family(v, FAMILY_V6, ret_what);
		if (error == -EAFNOSUPPORT)
			error = 0;
	}
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

/* What the kernel tells of a message besides its bytes. */
struct arrival {
	int32_t ifindex;         /* 0: not told */
	struct ip_addr src, dst; /* IPv6 only, like the hop limit: IPv4 has them in its header */
	uint8_t hop_limit;
};

static void take_v6_info(struct arrival *a, const void *data)
{
	struct in6_pktinfo info;

	memcpy(&info, data, sizeof(info));
	a->ifindex = (int32_t)info.ipi6_ifindex;
	a->dst = ip_from_v6(info.ipi6_addr.s6_addr);
}

static struct arrival arrival_of(struct msghdr *m, const union socket_address *from)
{
	struct arrival a = { .ifindex = 0 };

	if (from->v6.sin6_family == AF_INET6)
		a.src = ip_from_v6(from->v6.sin6_addr.s6_addr);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct in_pktinfo info;
		int number;

		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			a.ifindex = info.ipi_ifindex;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			take_v6_info(&a, CMSG_DATA(c));
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT) {
			memcpy(&number, CMSG_DATA(c), sizeof(number));
			a.hop_limit = (uint8_t)number;
		}
	}
	return a;
}

/* A VRRP message whose addresses are known. */
static void hand_on(struct io_vrrp *v, struct event_advert *ev, const uint8_t *message, size_t len)
{
	ev->vrid = advert_peek_vrid(message, len);
	ev->refusal = advert_parse(message, len, ev->src, ev->dst, &v->in.advert);
	if (ev->refusal == REFUSAL_NONE)
		ev->advert = &v->in.advert;
	v->handler.received(v->handler.ctx, ev);
}

static void take_v4(struct io_vrrp *v, const struct arrival *a, const uint8_t *packet, size_t len)
{
	struct event_advert ev = { .ifindex = a->ifindex, .family = IP_V4 };
	struct ip_header ip;

	ev.refusal = ip_header_parse(packet, len, &ip);
	if (ev.refusal != REFUSAL_NONE) {
		v->handler.received(v->handler.ctx, &ev);
		return;
	}
	ev.src = ip.src;
	ev.dst = ip.dst;
	ev.ttl = ip.ttl;
	hand_on(v, &ev, packet + ip.header_len, ip.payload_len);
}

static void take_v6(struct io_vrrp *v, const struct arrival *a, const uint8_t *message, size_t len)
{
	struct event_advert ev = {
		.ifindex = a->ifindex,
		.family = IP_V6,
		.src = a->src,
		.dst = a->dst,
		.ttl = a->hop_limit,
	};

	/* The kernel tells both, or the socket would not have been opened. */
	if (ip_is_set(a->src) && ip_is_set(a->dst))
		hand_on(v, &ev, message, len);
}

/* One system call's worth: how many came, 0 when there was nothing. */
static unsigned int receive_batch(struct io_vrrp *v, enum family_index family)
{
	struct incoming *in = &v->in;
	int count;

	/* recvmmsg writes the lengths that it used over the room that it was given */
	for (int i = 0; i < VRRP_BATCH; i++) {
		in->messages[i].msg_hdr.msg_controllen = sizeof(in->info[i]);
		in->messages[i].msg_hdr.msg_namelen = sizeof(in->from[i]);
	}
	count = recvmmsg(v->receive_fd[family], in->messages, VRRP_BATCH, MSG_DONTWAIT, NULL);
	if (count < 0)
		return 0; /* EAGAIN, or an error that concerns one message and is gone with it */
	for (int i = 0; i < count; i++) {
		struct arrival a = arrival_of(&in->messages[i].msg_hdr, &in->from[i]);

		if (family == FAMILY_V6)
			take_v6(v, &a, in->bytes[i], in->messages[i].msg_len);
		else
			take_v4(v, &a, in->bytes[i], in->messages[i].msg_len);
	}
	return (unsigned int)count;
}

bool io_vrrp_readable(struct io_vrrp *v, enum family_index family)
{
	if (v->receive_fd[family] < 0)
		return false;
	for (int i = 0; i < VRRP_READ_BATCHES; i++)
		if (receive_batch(v, family) < VRRP_BATCH)
			return false;
	return true;
}

void io_vrrp_discard(struct io_vrrp *v)
{
	for (int family = 0; family < FAMILY_COUNT; family++) {
		if (v->receive_fd[family] < 0)
			continue;
		/* Bounded: whoever sends as fast as this reads is heard later. */
		for (int i = 0; i < VRRP_DISCARD_MAX; i++) {
			if (recv(v->receive_fd[family], NULL, 0, MSG_DONTWAIT | MSG_TRUNC) < 0)
				break;
		}
	}
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

/* One piece of ancillary data; how much of the room it uses. */
static size_t put_packet_info(union packet_info *room, int level, int type, const void *info,
			      size_t len)
{
	room->align = (struct cmsghdr){
		.cmsg_level = level,
		.cmsg_type = type,
		.cmsg_len = CMSG_LEN(len),
	};
	memcpy(CMSG_DATA(&room->align), info, len);
	return CMSG_SPACE(len);
}

static void address_v4(struct outgoing *out, uint32_t i, int32_t ifindex, struct ip_addr src,
		       struct ip_addr dst)
{
	struct in_pktinfo info = { .ipi_ifindex = ifindex };
	struct msghdr *m = &out->messages[i].msg_hdr;

	out->to[i].v4 = (struct sockaddr_in){ .sin_family = AF_INET };
	memcpy(&out->to[i].v4.sin_addr, dst.bytes, sizeof(out->to[i].v4.sin_addr));
	m->msg_namelen = sizeof(out->to[i].v4);
	memcpy(&info.ipi_spec_dst, src.bytes, sizeof(info.ipi_spec_dst));
	m->msg_controllen =
		put_packet_info(&out->info[i], IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
}

static void address_v6(struct outgoing *out, uint32_t i, int32_t ifindex, struct ip_addr src,
		       struct ip_addr dst)
{
	struct in6_pktinfo info = { .ipi6_ifindex = (unsigned int)ifindex };
	struct msghdr *m = &out->messages[i].msg_hdr;

	out->to[i].v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6 };
	memcpy(&out->to[i].v6.sin6_addr, dst.bytes, sizeof(out->to[i].v6.sin6_addr));
	m->msg_namelen = sizeof(out->to[i].v6);
	memcpy(&info.ipi6_addr, src.bytes, sizeof(info.ipi6_addr));
	m->msg_controllen =
		put_packet_info(&out->info[i], IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
}

static void flush(struct io_vrrp *v, enum family_index family)
{
	struct outgoing *out = &v->out[family];
	uint32_t at = 0;

	while (at < out->count) {
		int sent = sendmmsg(v->send_fd[family], out->messages + at, out->count - at,
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

void io_vrrp_queue(struct io_vrrp *v, int32_t ifindex, struct ip_addr src, struct ip_addr dst,
		   const void *message, size_t len, uint32_t cookie)
{
	enum family_index family = src.family == IP_V6 ? FAMILY_V6 : FAMILY_V4;
	struct outgoing *out = &v->out[family];
	uint32_t i;

	assert(ip_is_set(src) && src.family == dst.family);
	assert(len <= ADVERT_BYTES_MAX);
	if (out->count == VRRP_BATCH)
		flush(v, family);
	i = out->count++;
	if (family == FAMILY_V6)
		address_v6(out, i, ifindex, src, dst);
	else
		address_v4(out, i, ifindex, src, dst);
	memcpy(out->bytes[i], message, len);
	out->iov[i].iov_len = len;
	out->cookie[i] = cookie;
}

void io_vrrp_flush(struct io_vrrp *v)
{
	flush(v, FAMILY_V4);
	flush(v, FAMILY_V6);
}
