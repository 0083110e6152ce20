/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes what our builders build, for tshark to judge: three recordings (NAME.pcap), and beside
 * each what tshark must read in it (NAME.fields): a line of field names, then a line a packet, in
 * the form of `tshark -T fields -E header=y`. The expected values are printed from the fields that
 * were given to the builder, never from its bytes.
 *
 *   adverts  version 2, version 3 over IPv4 with pseudo-header, version 3 over IPv6   plain
 * version 3 over IPv4 without pseudo-header   frames   gratuitous ARPs and neighbour advertisements
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checksum.h"
#include "wire/advert.h"
#include "wire/announce_frame.h"

enum {
	IPV4_LEN = 20,
	IPV6_LEN = 40,
	FRAME_MAX = 14 + IPV6_LEN + ADVERT_BYTES_MAX,
};

static const char advert_fields[] =
	"frame.protocols\teth.dst\tip.src\tipv6.src\tip.dst\tipv6.dst\tip.ttl\tipv6.hlim\t"
	"ip.checksum.status\tvrrp.version\tvrrp.type\tvrrp.virt_rtr_id\tvrrp.prio\t"
	"vrrp.addr_count\tvrrp.auth_type\tvrrp.adver_int\tvrrp.reserved_mbz\t"
	"vrrp.short_adver_int\tvrrp.checksum.status\tvrrp.auth_string\tvrrp.ip_addr\t"
	"vrrp.ipv6_addr\t_ws.expert\n";

static const char frame_fields[] =
	"frame.protocols\teth.dst\teth.src\tarp.opcode\tarp.isgratuitous\tarp.src.hw_mac\t"
	"arp.src.proto_ipv4\tarp.dst.hw_mac\tarp.dst.proto_ipv4\tipv6.src\tipv6.dst\tipv6.hlim\t"
	"icmpv6.type\ticmpv6.code\ticmpv6.checksum.status\ticmpv6.nd.na.flag.r\t"
	"icmpv6.nd.na.flag.s\ticmpv6.nd.na.flag.o\ticmpv6.nd.na.target_address\t"
	"icmpv6.opt.type\ticmpv6.opt.linkaddr\t_ws.expert\n";

struct recording {
	FILE *pcap;
	FILE *fields;
};

static FILE *open_file(const char *dir, const char *name, const char *suffix)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s%s", dir, name, suffix);
	f = fopen(path, "w");
	if (!f) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	return f;
}

/* The format of libpcap: a header of 24 bytes, then 16 bytes before each frame; big-endian here. */
static struct recording open_recording(const char *dir, const char *name, const char *fields)
{
	struct recording r = { .pcap = open_file(dir, name, ".pcap"),
			       .fields = open_file(dir, name, ".fields") };
	uint8_t bytes[24];
	struct writer w = writer_of(bytes, sizeof(bytes));

	write_be32(&w, 0xa1b2c3d4);
	write_be16(&w, 2);
	write_be16(&w, 4);
	write_zeros(&w, 8); /* time zone, accuracy */
	write_be32(&w, 65535);
	write_be32(&w, 1); /* Ethernet */
	fwrite(bytes, w.len, 1, r.pcap);
	fputs(fields, r.fields);
	return r;
}

static void record(struct recording *r, const uint8_t *frame, size_t len)
{
	uint8_t bytes[16];
	struct writer w = writer_of(bytes, sizeof(bytes));

	write_zeros(&w, 8); /* when: the epoch */
	write_be32(&w, (uint32_t)len);
	write_be32(&w, (uint32_t)len);
	fwrite(bytes, w.len, 1, r->pcap);
	fwrite(frame, len, 1, r->pcap);
}

static void close_recording(struct recording *r)
{
	if (fclose(r->pcap) != 0 || fclose(r->fields) != 0) {
		perror("make_packets");
		exit(EXIT_FAILURE);
	}
}

static struct ip_addr ip(const char *text)
{
	struct ip_addr a = IP_ADDR_NONE;

	ip_parse(text, &a);
	return a;
}

static void write_ip_header(struct writer *w, struct ip_addr src, struct ip_addr dst, size_t len)
{
	size_t start = w->len;

	if (src.family == IP_V6) {
		write_be32(w, 6u << 28);
		write_be16(w, (uint16_t)len);
		write_u8(w, VRRP_PROTOCOL);
		write_u8(w, VRRP_TTL);
	} else {
		write_be16(w, 0x45c0);
		write_be16(w, (uint16_t)(IPV4_LEN + len));
		write_zeros(w, 4); /* identification, fragment */
		write_u8(w, VRRP_TTL);
		write_u8(w, VRRP_PROTOCOL);
		write_zeros(w, 2); /* checksum */
	}
	write_bytes(w, src.bytes, ip_len(src));
	write_bytes(w, dst.bytes, ip_len(dst));
	if (src.family == IP_V4) {
		uint32_t sum = checksum_add(0, w->data + start, IPV4_LEN);

		write_be16_at(w, start + 10, checksum_finish(sum));
	}
}

static void expect_advert(FILE *out, const struct advert *a, const char *src, const char *dst)
{
	bool v4 = a->family == IP_V4;
	char text[IP_TEXT_MAX];

	fprintf(out, "eth:ethertype:%s:vrrp\t", v4 ? "ip" : "ipv6");
	fprintf(out, "%s\t", v4 ? "01:00:5e:00:00:12" : "33:33:00:00:00:12");
	if (v4)
		fprintf(out, "%s\t\t%s\t\t255\t\t1\t", src, dst);
	else
		fprintf(out, "\t%s\t\t%s\t\t255\t\t", src, dst);
	fprintf(out, "%u\t1\t%u\t%u\t%u\t", a->version, a->vrid, a->priority, a->count);
	if (a->version == 2)
		fprintf(out, "%u\t%d\t\t\t", a->auth_type, (int)(a->interval.us / 1000000));
	else
		fprintf(out, "\t\t0\t%d\t", (int)(a->interval.us / 10000));
	fprintf(out, "1\t%.8s\t", (const char *)a->auth_data);
	for (size_t i = 0; i < a->count; i++)
		fprintf(out, "%s%s", i == 0 ? (v4 ? "" : "\t") : ",",
			ip_text(a->addresses[i], text));
	fprintf(out, "%s\t\n", v4 ? "\t" : "");
}

static void add_advert(struct recording *r, const struct advert *a, bool with_pseudo)
{
	bool v4 = a->family == IP_V4;
	const char *src = v4 ? "192.0.2.1" : "fe80::ff:fe00:1";
	const char *dst = v4 ? "224.0.0.18" : "ff02::12";
	uint8_t message[ADVERT_BYTES_MAX], frame[FRAME_MAX];
	struct writer w = writer_of(frame, sizeof(frame));
	size_t len = advert_build(a, ip(src), ip(dst), with_pseudo, message, sizeof(message));

	if (len == 0) {
		fprintf(stderr, "make_packets: an advertisement was not built\n");
		exit(EXIT_FAILURE);
	}
	write_bytes(&w, v4 ? "\x01\x00\x5e\x00\x00\x12" : "\x33\x33\x00\x00\x00\x12", 6);
	write_bytes(&w, "\x02\x00\x00\x00\x00\x01", 6);
	write_be16(&w, v4 ? 0x0800 : 0x86dd);
	write_ip_header(&w, ip(src), ip(dst), len);
	write_bytes(&w, message, len);
	record(r, frame, w.len);
	expect_advert(r->fields, a, src, dst);
}

static struct advert example(uint8_t version, enum ip_family family, uint8_t count)
{
	struct advert a = { .version = version,
			    .vrid = 51,
			    .priority = 100,
			    .family = (uint8_t)family,
			    .count = count,
			    .interval = span_s(1) };

	for (uint8_t i = 0; i < count; i++) {
		a.addresses[i] = ip(family == IP_V4 ? "10.1.2.0" : "2001:db8:1:2:3::");
		a.addresses[i].bytes[ip_len(a.addresses[i]) - 1] = i;
	}
	if (family == IP_V6)
		a.addresses[0] = ip("fe80::200:5eff:fe00:233");
	return a;
}

/* Every count, VRID, priority and interval there is; counts together with other values too. */
static void add_adverts(struct recording *r, uint8_t version, enum ip_family family, bool pseudo)
{
	struct span unit = version == 2 ? span_s(1) : span_ms(10);
	int intervals = version == 2 ? 255 : 4095;
	struct advert a;

	for (int value = 1; value <= 255; value++) {
		a = example(version, family, (uint8_t)value);
		a.vrid = (uint8_t)value;
		a.priority = (uint8_t)(255 - value);
		add_advert(r, &a, pseudo);
	}
	a = example(version, family, 1);
	a.priority = VRRP_PRIORITY_OWNER;
	add_advert(r, &a, pseudo);
	a = example(version, family, 2);
	for (int value = 1; value <= intervals; value++) {
		a.interval = span_times(unit, value);
		add_advert(r, &a, pseudo);
	}
	if (version != 2)
		return;
	for (size_t len = 1; len <= AUTH_PASSWORD_LEN; len++) {
		a = example(version, family, (uint8_t)len);
		a.auth_type = ADVERT_AUTH_SIMPLE;
		memcpy(a.auth_data, "s3cret!~", len);
		add_advert(r, &a, pseudo);
	}
}

static void add_arp(struct recording *r, struct mac_addr mac, struct ip_addr vip)
{
	uint8_t frame[ANNOUNCE_FRAME_MAX];
	char m[MAC_TEXT_MAX], v[IP_TEXT_MAX];

	mac_text(mac, m);
	ip_text(vip, v);
	record(r, frame, arp_frame_build(mac, vip, frame, sizeof(frame)));
	fprintf(r->fields, "eth:ethertype:arp\tff:ff:ff:ff:ff:ff\t%s\t1\t1\t%s\t%s\t", m, m, v);
	fprintf(r->fields, "00:00:00:00:00:00\t%s\t\t\t\t\t\t\t\t\t\t\t\t\t\n", v);
}

static void add_na(struct recording *r, struct mac_addr mac, struct ip_addr vip, bool router)
{
	uint8_t frame[ANNOUNCE_FRAME_MAX];
	char m[MAC_TEXT_MAX], v[IP_TEXT_MAX];

	mac_text(mac, m);
	ip_text(vip, v);
	record(r, frame, na_frame_build(mac, vip, router, frame, sizeof(frame)));
	fprintf(r->fields, "eth:ethertype:ipv6:icmpv6\t33:33:00:00:00:01\t%s\t\t\t\t\t\t\t", m);
	fprintf(r->fields, "%s\tff02::1\t255\t136\t0\t1\t%d\t0\t1\t%s\t2\t%s\t\n", v, router, v, m);
}

/* One address a VRID: the same address from two MACs would be reported as a conflict, rightly. */
static void add_frames(struct recording *r)
{
	for (int vrid = 1; vrid <= 255; vrid++) {
		struct ip_addr v4 = ip("192.0.2.0"), v6 = ip("2001:db8::");

		v4.bytes[3] = v6.bytes[15] = (uint8_t)vrid;
		add_arp(r, mac_virtual(IP_V4, (uint8_t)vrid), v4);
		add_na(r, mac_virtual(IP_V6, (uint8_t)vrid), v6, vrid % 2 == 0);
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make_packets DIRECTORY\n");
		return 2;
	}
	struct recording adverts = open_recording(argv[1], "adverts", advert_fields);
	struct recording plain = open_recording(argv[1], "plain", advert_fields);
	struct recording frames = open_recording(argv[1], "frames", frame_fields);

	add_adverts(&adverts, 2, IP_V4, false);
	add_adverts(&adverts, 3, IP_V4, true);
	add_adverts(&adverts, 3, IP_V6, true);
	add_adverts(&plain, 3, IP_V4, false);
	add_frames(&frames);
	close_recording(&adverts);
	close_recording(&plain);
	close_recording(&frames);
	return EXIT_SUCCESS;
}
