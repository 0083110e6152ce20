/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listens for three advertisement intervals in two ways at once: with packet sockets, which see what the network card delivers, and with
 * raw sockets of protocol 112, which see what the firewall and the kernel's filters leave of it, as the daemon does. The groups are
 * joined meanwhile, so that this works where no daemon runs. Nothing is sent but those memberships.
 */
#include "doctor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "wire/ip_header.h"

enum {
	PACKET_MAX = 65536,
	IPV6_HEADER = 40,
	PROTOCOL_OFFSET_V4 = 9, /* of the IPv4 header */
	PROTOCOL_OFFSET_V6 = 6, /* next header */
	SOCKET_COUNT = 2 * FAMILY_COUNT,
};

/* A message with what its IP header says. */
struct message {
	struct ip_addr src, dst;
	uint8_t ttl;
	const uint8_t *data;
	size_t len;
};

struct listener {
	struct doctor *d;
	int raw[FAMILY_COUNT], packet[FAMILY_COUNT]; /* -1: none */
	int *holders;                                /* [holder_count], one a membership */
	size_t holder_count;
	int64_t begin_us;
	uint8_t bytes[PACKET_MAX];
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Time that the hypervisor took and all there was, in ticks; false: the kernel does not tell. */
static bool read_steal(uint64_t *ret_stolen, uint64_t *ret_all)
{
	char text[512];
	unsigned long long t[8];

	if (!doctor_read_file(text, sizeof(text), "/proc/stat") ||
	    sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &t[0], &t[1], &t[2], &t[3],
		   &t[4], &t[5], &t[6], &t[7]) != 8)
		return false;
	*ret_stolen = t[7];
	*ret_all = 0;
	for (size_t i = 0; i < 8; i++)
		*ret_all += t[i];
	return true;
}

/* A packet socket of one family that takes nothing but VRRP. SOCK_DGRAM: data begin with the IP header. */
static int open_packet(enum family_index family)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
			 family == FAMILY_V6 ? PROTOCOL_OFFSET_V6 : PROTOCOL_OFFSET_V4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, VRRP_PROTOCOL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_ll any = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(family == FAMILY_V6 ? ETH_P_IPV6 : ETH_P_IP),
	};

	/* the filter before the protocol, without which nothing comes: no other packet gets in */
	if (fd >= 0 &&
	    (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) != 0 ||
	     bind(fd, (const struct sockaddr *)&any, sizeof(any)) != 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int open_raw(enum family_index family)
{
	const int on = 1;
	bool is_v6 = family == FAMILY_V6;
	int fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
			VRRP_PROTOCOL);

	if (fd >= 0 && setsockopt(fd, is_v6 ? IPPROTO_IPV6 : IPPROTO_IP,
				  is_v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, &on, sizeof(on)) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Each on a socket of its own, since the kernel allows few a socket. */
static bool join(struct listener *l, int32_t ifindex, enum family_index family)
{
	struct ip_addr group = advert_group(family == FAMILY_V6 ? IP_V6 : IP_V4);
	struct ip_mreqn v4 = { .imr_ifindex = ifindex };
	struct ipv6_mreq v6 = { .ipv6mr_interface = (unsigned int)ifindex };
	int fd = socket(family == FAMILY_V6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int status, *grown;

	memcpy(&v4.imr_multiaddr, group.bytes, sizeof(v4.imr_multiaddr));
	memcpy(&v6.ipv6mr_multiaddr, group.bytes, sizeof(v6.ipv6mr_multiaddr));
	if (fd < 0)
		return false;
	status = family == FAMILY_V6
			 ? setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &v6, sizeof(v6))
			 : setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &v4, sizeof(v4));
	grown = status == 0 ? realloc(l->holders, (l->holder_count + 1) * sizeof(*grown)) : NULL;
	if (!grown) {
		close(fd);
		return false;
	}
	l->holders = grown;
	l->holders[l->holder_count++] = fd;
	return true;
}

/* Where IPv6 is switched off the group can be joined, and yet nothing arrives. */
static bool has_family_on(const char *interface, enum family_index family)
{
	return family != FAMILY_V6 ||
	       doctor_number_of("/proc/sys/net/ipv6/conf/%s/disable_ipv6", interface) == 0;
}

static void join_all(struct listener *l)
{
	const struct settings *s = l->d->settings;

	for (uint32_t i = 0; i < s->instance_count; i++) {
		if (l->d->links[i].ifindex == 0 || l->d->links[i].again)
			continue;
		for (int f = 0; f < FAMILY_COUNT; f++)
			l->d->traffic[i][f].joined =
				has_family_on(s->instances[i].interface, (enum family_index)f) &&
				join(l, l->d->links[i].ifindex, (enum family_index)f);
	}
}

/* Where packets of that interface are counted; NULL: it is none of ours. */
static struct doctor_traffic *traffic_of(const struct doctor *d, int32_t ifindex,
					 enum family_index family)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++)
		if (d->links[i].ifindex == ifindex && ifindex != 0)
			return &d->traffic[i][family];
	return NULL;
}

static uint32_t hash_of(int32_t ifindex, uint8_t vrid)
{
	return index_hash_number((uint32_t)ifindex << 8 | vrid);
}

const struct doctor_sender *doctor_next_sender(const struct doctor *d, uint32_t instance,
					       const struct doctor_sender *previous)
{
	const struct instance_settings *set = &d->settings->instances[instance];
	int32_t ifindex = d->links[instance].ifindex;
	uint32_t i;

	if (d->sender_count == 0)
		return NULL;
	i = previous ? index_next(&d->by_vrid, (uint32_t)(previous - d->senders))
		     : index_first(&d->by_vrid, hash_of(ifindex, set->vrid));
	for (; i != INDEX_NONE; i = index_next(&d->by_vrid, i)) {
		const struct doctor_sender *s = &d->senders[i];

		if (s->ifindex == ifindex && s->vrid == set->vrid &&
		    doctor_has_family(set, (enum family_index)family_index(s->src.family)))
			return s;
	}
	return NULL;
}

static bool make_room(struct doctor *d)
{
	uint32_t *heads = calloc(index_buckets(DOCTOR_SENDERS_MAX), sizeof(*heads));
	uint32_t *next = calloc(DOCTOR_SENDERS_MAX, sizeof(*next));

	d->senders = calloc(DOCTOR_SENDERS_MAX, sizeof(*d->senders));
	if (!heads || !next || !d->senders) {
		free(heads);
		free(next);
		return false;
	}
	index_init(&d->by_vrid, DOCTOR_SENDERS_MAX, heads, next);
	return true;
}

void doctor_listen_done(struct doctor *d)
{
	free(d->by_vrid.heads);
	free(d->by_vrid.next);
	free(d->senders);
}

/* The entry of that router and VRID; a new one if there is none, NULL if there are too many. */
static struct doctor_sender *sender_of(struct doctor *d, int32_t ifindex, struct ip_addr src,
				       uint8_t vrid)
{
	uint32_t hash = hash_of(ifindex, vrid), i;

	if (!d->by_vrid.heads)
		return NULL;
	for (i = index_first(&d->by_vrid, hash); i != INDEX_NONE; i = index_next(&d->by_vrid, i))
		if (d->senders[i].ifindex == ifindex && d->senders[i].vrid == vrid &&
		    ip_equal(d->senders[i].src, src))
			return &d->senders[i];
	if (d->sender_count == DOCTOR_SENDERS_MAX)
		return NULL;
	i = d->sender_count++;
	d->senders[i] = (struct doctor_sender){ .ifindex = ifindex, .src = src, .vrid = vrid };
	index_insert(&d->by_vrid, hash, i);
	return &d->senders[i];
}

static bool parse_v6(const uint8_t *data, size_t len, struct message *ret)
{
	struct reader r = reader_of(data, len);
	uint8_t src[16], dst[16];
	size_t payload;

	read_skip(&r, 4);
	payload = read_be16(&r);
	read_skip(&r, 1); /* next header: the filter has looked */
	ret->ttl = read_u8(&r);
	read_bytes(&r, src, sizeof(src));
	read_bytes(&r, dst, sizeof(dst));
	if (r.overrun || payload > reader_left(&r))
		return false;
	ret->src = ip_from_v6(src);
	ret->dst = ip_from_v6(dst);
	ret->data = data + IPV6_HEADER;
	ret->len = payload;
	return true;
}

static bool parse_v4(const uint8_t *data, size_t len, struct message *ret)
{
	struct ip_header header;

	if (ip_header_parse(data, len, &header) != REFUSAL_NONE)
		return false;
	*ret = (struct message){
		.src = header.src,
		.dst = header.dst,
		.ttl = header.ttl,
		.data = data + header.header_len,
		.len = header.payload_len,
	};
	return true;
}

static void note_sender(struct listener *l, const struct sockaddr_ll *from,
			const struct message *message)
{
	static struct advert advert;
	enum refusal refusal =
		advert_parse(message->data, message->len, message->src, message->dst, &advert);
	struct doctor_sender *sender = sender_of(l->d, from->sll_ifindex, message->src,
						 advert_peek_vrid(message->data, message->len));

	if (!sender)
		return;
	sender->refused[refusal]++;
	sender->ttl = message->ttl;
	if (from->sll_halen == sizeof(sender->mac.bytes))
		memcpy(sender->mac.bytes, from->sll_addr, sizeof(sender->mac.bytes));
	if (refusal != REFUSAL_NONE)
		return;
	sender->last_us = now_us() - l->begin_us;
	sender->advert = advert;
}

static void read_packets(struct listener *l, enum family_index family)
{
	struct sockaddr_ll from;
	socklen_t from_len = sizeof(from);
	ssize_t n;

	while ((n = recvfrom(l->packet[family], l->bytes, sizeof(l->bytes), 0,
			     (struct sockaddr *)&from, &from_len)) > 0) {
		struct doctor_traffic *traffic = traffic_of(l->d, from.sll_ifindex, family);
		struct message message = { 0 };
		bool good = family == FAMILY_V6 ? parse_v6(l->bytes, (size_t)n, &message)
						: parse_v4(l->bytes, (size_t)n, &message);

		from_len = sizeof(from);
		if (!traffic || !good ||
		    (from.sll_pkttype != PACKET_HOST && from.sll_pkttype != PACKET_MULTICAST))
			continue;
		traffic->frames++;
		note_sender(l, &from, &message);
	}
}

/* The interface that a message of a raw socket came in by, or 0. */
static int32_t interface_of(struct msghdr *header)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		struct in_pktinfo v4;
		struct in6_pktinfo v6;

		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&v4, CMSG_DATA(c), sizeof(v4));
			return v4.ipi_ifindex;
		}
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&v6, CMSG_DATA(c), sizeof(v6));
			return (int32_t)v6.ipi6_ifindex;
		}
	}
	return 0;
}

/* Who another program on this host sent it, such as keepalived, is not the network's doing. */
static bool is_from_here(const struct doctor *d, const struct sockaddr_storage *from)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct ip_addr addr;

	if (from->ss_family == AF_INET6) {
		memcpy(&v6, from, sizeof(v6));
		addr = ip_from_v6(v6.sin6_addr.s6_addr);
	} else {
		memcpy(&v4, from, sizeof(v4));
		addr = ip_from_v4((const uint8_t *)&v4.sin_addr);
	}
	return doctor_network_find(d, addr, 0, 0) != NULL;
}

static void read_raw(struct listener *l, enum family_index family)
{
	struct sockaddr_storage from;
	union {
		char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
		struct cmsghdr align;
	} info;

	while (true) {
		struct iovec iov = { .iov_base = l->bytes, .iov_len = sizeof(l->bytes) };
		struct msghdr header = {
			.msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = &info,
			.msg_controllen = sizeof(info),
		};
		struct doctor_traffic *traffic;

		if (recvmsg(l->raw[family], &header, 0) < 0)
			return;
		traffic = traffic_of(l->d, interface_of(&header), family);
		if (traffic && !is_from_here(l->d, &from))
			traffic->packets++;
	}
}

/* What came to a packet socket has come to the raw one too when that one is read afterwards. */
static void read_all(struct listener *l)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		if (l->packet[f] >= 0)
			read_packets(l, (enum family_index)f);
	for (int f = 0; f < FAMILY_COUNT; f++)
		if (l->raw[f] >= 0)
			read_raw(l, (enum family_index)f);
}

static void listen_for(struct listener *l, int64_t length_us)
{
	struct pollfd fds[SOCKET_COUNT];
	int64_t left_us = length_us;

	for (int f = 0; f < FAMILY_COUNT; f++) {
		fds[f] = (struct pollfd){ .fd = l->packet[f], .events = POLLIN };
		fds[FAMILY_COUNT + f] = (struct pollfd){ .fd = l->raw[f], .events = POLLIN };
	}
	while (left_us > 0) {
		poll(fds, SOCKET_COUNT, (int)((left_us + 999) / 1000));
		read_all(l);
		left_us = l->begin_us + length_us - now_us();
	}
	l->d->listened_us = now_us() - l->begin_us;
}

/* Three of the longest interval there is: of the file's, and of those that the daemon has learnt from a master. */
static int64_t length_us(const struct doctor *d)
{
	const struct settings *s = d->settings;
	int64_t longest = DOCTOR_LISTEN_MIN_MS * 1000;
	const json_t *shown;
	size_t k;

	for (uint32_t i = 0; s && i < s->instance_count; i++) {
		int64_t wanted =
			span_times(s->instances[i].advert_interval, DOCTOR_INTERVALS).us * 11 / 10;

		longest = wanted > longest ? wanted : longest;
	}
	json_array_foreach (d->instances, k, shown) {
		int64_t learnt_ms =
			json_integer_value(json_object_get(shown, "master_advert_interval_ms"));
		int64_t wanted = learnt_ms * 1000 * DOCTOR_INTERVALS * 11 / 10;

		longest = wanted > longest ? wanted : longest;
	}
	return longest;
}

static void open_all(struct listener *l)
{
	l->raw[FAMILY_V4] = open_raw(FAMILY_V4);
	l->packet[FAMILY_V4] = open_packet(FAMILY_V4);
	if (l->raw[FAMILY_V4] < 0 || l->packet[FAMILY_V4] < 0) {
		doctor_find(l->d, DOCTOR_UNKNOWN, "cannot listen for VRRP: %s", strerror(errno));
		doctor_mend(l->d, "sudo vrrpctl doctor");
	}
	/* a kernel without IPv6 lacks only that */
	l->raw[FAMILY_V6] = open_raw(FAMILY_V6);
	l->packet[FAMILY_V6] = l->raw[FAMILY_V6] < 0 ? -1 : open_packet(FAMILY_V6);
}

static void close_all(struct listener *l)
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (l->raw[f] >= 0)
			close(l->raw[f]);
		if (l->packet[f] >= 0)
			close(l->packet[f]);
	}
	for (size_t i = 0; i < l->holder_count; i++)
		close(l->holders[i]);
	free(l->holders);
}

void doctor_listen(struct doctor *d)
{
	struct listener *l = calloc(1, sizeof(*l));
	uint64_t stolen = 0, all = 0, stolen_then = 0, all_then = 0;
	bool known = read_steal(&stolen, &all);

	d->steal_percent = -1;
	if (!l) {
		doctor_find(d, DOCTOR_UNKNOWN, "no memory");
		return;
	}
	*l = (struct listener){ .d = d, .raw = { -1, -1 }, .packet = { -1, -1 } };
	if (d->settings && d->settings->instance_count > 0 && make_room(d)) {
		open_all(l);
		join_all(l);
	}
	l->begin_us = now_us();
	listen_for(l, length_us(d));
	if (l->raw[FAMILY_V4] < 0 || l->packet[FAMILY_V4] < 0)
		d->listened_us = 0;
	close_all(l);
	free(l);
	if (known && read_steal(&stolen_then, &all_then) && all_then > all && stolen_then >= stolen)
		d->steal_percent =
			100.0 * (double)(stolen_then - stolen) / (double)(all_then - all);
}
