/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does somebody already answer for a virtual address? Asked as a host asks before it takes an address of its own: an ARP probe (RFC 5227
 * section 2.1.1), which teaches nobody anything, or a neighbour solicitation for duplicate address detection (RFC 4862 section 5.4.2).
 * The master that was heard may answer; anybody else must not. All addresses are asked for at once, so that a thousand take no longer than
 * one. It sends, so it is done only when asked for.
 */
#include "doctor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/checksum.h"
#include "wire/announce_frame.h"

enum {
	ANSWER_MS = 1000, /* how long an answer may take after the last question */
	ASK_TWICE = 2,    /* one may be lost */
	ARP_HARDWARE_ETHERNET = 1,
	ARP_REQUEST = 1,
	ICMPV6 = 58,
	NEIGHBOUR_SOLICITATION = 135,
	NEIGHBOUR_ADVERTISEMENT = 136,
	SOLICITATION_LEN = 24,
	IPV6_HEADER_LEN = 40,
	NEXT_HEADER_OFFSET = 6, /* in the header of IPv6 */
	FRAME_MAX = 128,
};

/* The addresses of one family, all asked for at once. */
struct probe {
	struct doctor *d;
	enum ip_family family;
	int fd;
	struct doctor_address *found; /* answered for by a stranger */
	size_t found_count;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static size_t build_arp_probe(struct mac_addr mac, struct ip_addr target, uint8_t *buf, size_t cap)
{
	struct writer w = writer_of(buf, cap);

	write_be16(&w, ARP_HARDWARE_ETHERNET);
	write_be16(&w, ETH_P_IP);
	write_u8(&w, sizeof(mac.bytes));
	write_u8(&w, (uint8_t)ip_len(target));
	write_be16(&w, ARP_REQUEST);
	write_bytes(&w, mac.bytes, sizeof(mac.bytes));
	write_zeros(&w, 4); /* sender: nobody yet */
	write_zeros(&w, sizeof(mac.bytes));
	write_bytes(&w, target.bytes, 4);
	return w.overrun ? 0 : w.len;
}

/* ff02::1:ffXX:XXXX with the last 24 bits of the address, RFC 4291 section 2.7.1 */
static struct ip_addr solicited_node(struct ip_addr target)
{
	uint8_t bytes[16] = { 0xff, 0x02, [11] = 1, [12] = 0xff };

	memcpy(bytes + 13, target.bytes + 13, 3);
	return ip_from_v6(bytes);
}

static size_t build_solicitation(struct ip_addr target, uint8_t *buf, size_t cap)
{
	const uint8_t unspecified[16] = { 0 };
	struct ip_addr src = ip_from_v6(unspecified), dst = solicited_node(target);
	struct writer w = writer_of(buf, cap);
	uint32_t sum;

	write_be32(&w, UINT32_C(6) << 28);
	write_be16(&w, SOLICITATION_LEN);
	write_u8(&w, ICMPV6);
	write_u8(&w, 255); /* RFC 4861 section 4.3 */
	write_bytes(&w, src.bytes, 16);
	write_bytes(&w, dst.bytes, 16);
	write_u8(&w, NEIGHBOUR_SOLICITATION);
	write_u8(&w, 0);
	write_be16(&w, 0); /* checksum */
	write_be32(&w, 0);
	write_bytes(&w, target.bytes, 16);
	if (w.overrun)
		return 0;
	sum = checksum_add_pseudo(0, src, dst, ICMPV6, SOLICITATION_LEN);
	sum = checksum_add(sum, buf + IPV6_HEADER_LEN, SOLICITATION_LEN);
	write_be16_at(&w, IPV6_HEADER_LEN + 2, checksum_finish(sum));
	return w.len;
}

static void ask(int fd, const struct doctor_link *link, struct ip_addr target)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = link->ifindex,
		.sll_halen = sizeof(link->mac.bytes),
	};
	uint8_t frame[FRAME_MAX];
	size_t len;

	if (target.family == IP_V4) {
		len = build_arp_probe(link->mac, target, frame, sizeof(frame));
		to.sll_protocol = htons(ETH_P_ARP);
		memset(to.sll_addr, 0xff, to.sll_halen);
	} else {
		len = build_solicitation(target, frame, sizeof(frame));
		to.sll_protocol = htons(ETH_P_IPV6);
		/* 33-33 and the last four bytes of the group, RFC 2464 section 7 */
		memcpy(to.sll_addr, (const uint8_t[]){ 0x33, 0x33, 0xff }, 3);
		memcpy(to.sll_addr + 3, target.bytes + 13, 3);
	}
	(void)sendto(fd, frame, len, 0, (const struct sockaddr *)&to, sizeof(to));
}

/* The address that this packet claims; false: none. */
static bool claimed_address(const uint8_t *data, size_t len, enum ip_family family,
			    struct ip_addr *ret)
{
	struct reader r = reader_of(data, len);
	struct arp_packet arp;
	uint8_t claimed[16];

	if (family == IP_V4) {
		if (arp_parse(data, len, &arp) != 0)
			return false;
		*ret = arp.sender;
		return true;
	}
	read_skip(&r, IPV6_HEADER_LEN);
	if (read_u8(&r) != NEIGHBOUR_ADVERTISEMENT)
		return false;
	read_skip(&r, 7);
	read_bytes(&r, claimed, sizeof(claimed));
	if (r.overrun || data[NEXT_HEADER_OFFSET] != ICMPV6)
		return false;
	*ret = ip_from_v6(claimed);
	return true;
}

/* Is it a router of that instance, which may hold the address? */
static bool is_router(const struct doctor *d, uint32_t instance, struct mac_addr mac)
{
	uint8_t vrid = d->settings->instances[instance].vrid;
	const struct doctor_sender *s = NULL;

	if (mac_equal(mac, mac_virtual(IP_V4, vrid)) || mac_equal(mac, mac_virtual(IP_V6, vrid)))
		return true;
	while ((s = doctor_next_sender(d, instance, s)))
		if (s->refused[REFUSAL_NONE] > 0 && mac_equal(s->mac, mac))
			return true;
	return false;
}

/* Whose virtual address is it on that interface? -1: nobody's. */
static int64_t instance_of(const struct doctor *d, int32_t ifindex, struct ip_addr addr)
{
	const struct settings *s = d->settings;

	for (uint32_t i = 0; i < s->instance_count; i++) {
		struct range range = s->instances[i].addresses[family_index(addr.family)];

		if (d->links[i].ifindex != ifindex)
			continue;
		for (uint32_t k = 0; k < range.count; k++)
			if (ip_equal(s->vips[range.first + k].addr, addr))
				return i;
	}
	return -1;
}

/* Each answer is told of once, however many come. */
static bool was_found(struct probe *p, int32_t ifindex, struct ip_addr addr)
{
	struct doctor_address *grown;

	for (size_t i = 0; i < p->found_count; i++)
		if (p->found[i].ifindex == ifindex && ip_equal(p->found[i].addr, addr))
			return true;
	grown = realloc(p->found, (p->found_count + 1) * sizeof(*grown));
	if (!grown)
		return true;
	p->found = grown;
	p->found[p->found_count++] = (struct doctor_address){ .ifindex = ifindex, .addr = addr };
	return false;
}

static void judge_answer(struct probe *p, const struct sockaddr_ll *from, const uint8_t *data,
			 size_t len)
{
	char text[IP_TEXT_MAX], mac_name[MAC_TEXT_MAX];
	const struct instance_settings *set;
	struct mac_addr mac;
	struct ip_addr addr;
	int64_t instance;

	if (from->sll_pkttype == PACKET_OUTGOING || from->sll_halen != sizeof(mac.bytes) ||
	    !claimed_address(data, len, p->family, &addr))
		return;
	memcpy(mac.bytes, from->sll_addr, sizeof(mac.bytes));
	instance = instance_of(p->d, from->sll_ifindex, addr);
	if (instance < 0 || mac_equal(mac, p->d->links[instance].mac) ||
	    is_router(p->d, (uint32_t)instance, mac) || was_found(p, from->sll_ifindex, addr))
		return;
	set = &p->d->settings->instances[instance];
	doctor_find(p->d, DOCTOR_FAIL,
		    "%s: %s already answers, from %s, which is no router of VRID %u", set->name,
		    ip_text(addr, text), mac_text(mac, mac_name), set->vrid);
	doctor_mend(p->d, "find %s in the switch's table, and take %s off that host", mac_name,
		    text);
}

static void read_answers(struct probe *p)
{
	struct sockaddr_ll from;
	socklen_t from_len = sizeof(from);
	uint8_t data[2048];
	ssize_t n;

	while ((n = recvfrom(p->fd, data, sizeof(data), MSG_DONTWAIT, (struct sockaddr *)&from,
			     &from_len)) > 0) {
		judge_answer(p, &from, data, (size_t)n);
		from_len = sizeof(from);
	}
}

/* A socket for the answers of one family on all interfaces that are looked at, or -1. */
static int open_socket(const struct doctor *d, enum ip_family family)
{
	struct sockaddr_ll here = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(family == IP_V6 ? ETH_P_IPV6 : ETH_P_ARP),
	};
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)&here, sizeof(here)) != 0) {
		close(fd);
		return -1;
	}
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		struct packet_mreq all = { .mr_ifindex = d->links[i].ifindex,
					   .mr_type = PACKET_MR_ALLMULTI };

		/* an interface that has gone meanwhile gives no answer either */
		if (d->links[i].up && !d->links[i].again)
			(void)setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all));
	}
	return fd;
}

static void ask_all(struct probe *p)
{
	const struct settings *s = p->d->settings;

	for (uint32_t i = 0; i < s->instance_count; i++) {
		struct range range = s->instances[i].addresses[family_index(p->family)];

		for (uint32_t k = 0; p->d->links[i].up && k < range.count; k++) {
			ask(p->fd, &p->d->links[i], s->vips[range.first + k].addr);
			read_answers(p);
		}
	}
}

static void probe_family(struct doctor *d, enum ip_family family)
{
	struct probe p = { .d = d, .family = family, .fd = open_socket(d, family) };

	if (p.fd < 0) {
		doctor_find(d, DOCTOR_UNKNOWN, "cannot ask for %s: %s", ip_family_name(family),
			    strerror(errno));
		return;
	}
	for (int i = 0; i < ASK_TWICE; i++) {
		int64_t end_ms, left_ms;

		ask_all(&p);
		end_ms = now_ms() + ANSWER_MS / ASK_TWICE;
		while ((left_ms = end_ms - now_ms()) > 0) {
			struct pollfd wait = { .fd = p.fd, .events = POLLIN };

			poll(&wait, 1, (int)left_ms);
			read_answers(&p);
		}
	}
	close(p.fd);
	free(p.found);
}

void doctor_duplicates(struct doctor *d)
{
	bool wanted[FAMILY_COUNT] = { false };

	for (uint32_t i = 0; i < d->settings->instance_count; i++)
		for (int f = 0; f < FAMILY_COUNT; f++)
			wanted[f] = wanted[f] || doctor_has_family(&d->settings->instances[i],
								   (enum family_index)f);
	if (wanted[FAMILY_V4])
		probe_family(d, IP_V4);
	if (wanted[FAMILY_V6])
		probe_family(d, IP_V6);
}
