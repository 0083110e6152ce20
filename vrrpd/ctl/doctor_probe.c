/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does somebody already answer for a virtual address? Asked as a host asks before it takes an address of its own: an ARP probe (RFC 5227
 * section 2.1.1), which teaches nobody anything, or a neighbour solicitation for duplicate address detection (RFC 4862 section 5.4.2).
 * The master that was heard may answer; anybody else must not. It sends, so it is done only when asked for.
 */
#include "doctor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
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

/* Does this packet claim the address? */
static bool claims(const uint8_t *data, size_t len, struct ip_addr target)
{
	struct reader r = reader_of(data, len);
	struct arp_packet arp;
	uint8_t claimed[16];

	if (target.family == IP_V4)
		return arp_parse(data, len, &arp) == 0 && ip_equal(arp.sender, target);
	read_skip(&r, IPV6_HEADER_LEN);
	if (read_u8(&r) != NEIGHBOUR_ADVERTISEMENT)
		return false;
	read_skip(&r, 7);
	read_bytes(&r, claimed, sizeof(claimed));
	return !r.overrun && len > NEXT_HEADER_OFFSET && data[NEXT_HEADER_OFFSET] == ICMPV6 &&
	       ip_equal(ip_from_v6(claimed), target);
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

/* Reads what has come; true: a stranger answered. */
static bool read_answers(int fd, const struct doctor *d, uint32_t instance, struct ip_addr target,
			 struct mac_addr *ret)
{
	const struct doctor_link *link = &d->links[instance];
	struct sockaddr_ll from;
	socklen_t from_len = sizeof(from);
	uint8_t data[2048];
	ssize_t n;

	while ((n = recvfrom(fd, data, sizeof(data), MSG_DONTWAIT, (struct sockaddr *)&from,
			     &from_len)) > 0) {
		struct mac_addr mac;

		from_len = sizeof(from);
		if (from.sll_pkttype == PACKET_OUTGOING || from.sll_halen != sizeof(mac.bytes) ||
		    !claims(data, (size_t)n, target))
			continue;
		memcpy(mac.bytes, from.sll_addr, sizeof(mac.bytes));
		if (mac_equal(mac, link->mac) || is_router(d, instance, mac))
			continue;
		*ret = mac;
		return true;
	}
	return false;
}

/* A socket for the answers of one interface and family, or -1. */
static int open_socket(int32_t ifindex, enum ip_family family)
{
	struct sockaddr_ll here = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(family == IP_V6 ? ETH_P_IPV6 : ETH_P_ARP),
		.sll_ifindex = ifindex,
	};
	struct packet_mreq all = { .mr_ifindex = ifindex, .mr_type = PACKET_MR_ALLMULTI };
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 &&
	    (bind(fd, (const struct sockaddr *)&here, sizeof(here)) != 0 ||
	     setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) != 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void probe_address(struct doctor *d, uint32_t instance, const struct vip *vip)
{
	const struct instance_settings *set = &d->settings->instances[instance];
	int fd = open_socket(d->links[instance].ifindex, (enum ip_family)vip->addr.family);
	char text[IP_TEXT_MAX], mac_name[MAC_TEXT_MAX];
	struct mac_addr mac;
	bool found = false;

	if (fd < 0) {
		doctor_find(d, DOCTOR_UNKNOWN, "cannot ask on %s: %s", set->interface,
			    strerror(errno));
		return;
	}
	for (int i = 0; i < ASK_TWICE && !found; i++) {
		int64_t end_ms = now_ms() + ANSWER_MS / ASK_TWICE, left_ms;

		ask(fd, &d->links[instance], vip->addr);
		while (!found && (left_ms = end_ms - now_ms()) > 0) {
			struct pollfd wait = { .fd = fd, .events = POLLIN };

			poll(&wait, 1, (int)left_ms);
			found = read_answers(fd, d, instance, vip->addr, &mac);
		}
	}
	close(fd);
	if (!found)
		return;
	doctor_find(d, DOCTOR_FAIL,
		    "%s: %s already answers, from %s, which is no router of VRID %u", set->name,
		    ip_text(vip->addr, text), mac_text(mac, mac_name), set->vrid);
	doctor_mend(d, "find %s in the switch's table, and take %s off that host", mac_name, text);
}

void doctor_duplicates(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		const struct instance_settings *set = &d->settings->instances[i];

		if (!d->links[i].up)
			continue;
		for (int f = 0; f < FAMILY_COUNT; f++)
			for (uint32_t k = 0; k < set->addresses[f].count; k++)
				probe_address(d, i,
					      &d->settings->vips[set->addresses[f].first + k]);
	}
}
