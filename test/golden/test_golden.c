/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recorded frames against our code, both ways: parsing the bytes must give the fields that the file
 * states, and building from those fields must give the bytes. One file is one frame: `field =
 * value` a line, `frame` as often as needed for its hex; made by `capture` or by hand. An unknown
 * field is an error and a missing one counts as 0 or none, so that no file claims more than is
 * read.
 */
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "wire/advert.h"
#include "wire/announce_frame.h"
#include "wire/ip_header.h"

#include "advert_difference.h"
#include "unit.h"

enum {
	ETHERNET_LEN = 14,
	IPV6_LEN = 40,
	FILES_MIN = 10, /* fewer would mean that they were not found */
};

/* What a file says. */
struct golden {
	char kind[16];
	uint8_t frame[ETHERNET_LEN + IPV6_LEN + ADVERT_BYTES_MAX];
	size_t frame_len;
	/* kind advert */
	struct ip_addr source, destination;
	uint8_t ttl;
	struct advert advert;
	/* kinds arp (heard, and not of our making), our-arp and our-na */
	struct arp_packet arp;
	struct mac_addr mac;
	struct ip_addr address;
	bool router;
};

static glob_t files;

static struct ip_addr parse_ip(const char *file, const char *text)
{
	struct ip_addr a;

	ck_assert_msg(ip_parse(text, &a) == 0, "%s: not an address: %s", file, text);
	return a;
}

static struct mac_addr parse_mac(const char *file, const char *text)
{
	struct mac_addr m;
	int n = sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &m.bytes[0], &m.bytes[1],
		       &m.bytes[2], &m.bytes[3], &m.bytes[4], &m.bytes[5]);

	ck_assert_msg(n == 6, "%s: not a MAC address: %s", file, text);
	return m;
}

static long parse_number(const char *file, const char *text, long max)
{
	char *end;
	long value = strtol(text, &end, 10);

	ck_assert_msg(*text && !*end && value >= 0 && value <= max,
		      "%s: not a number up to %ld: %s", file, max, text);
	return value;
}

static bool parse_yes(const char *file, const char *text)
{
	ck_assert_msg(strcmp(text, "yes") == 0 || strcmp(text, "no") == 0, "%s: yes or no, not %s",
		      file, text);
	return text[0] == 'y';
}

static void parse_hex(const char *file, const char *text, struct golden *g)
{
	unsigned int byte;
	int used;

	for (; sscanf(text, "%2x%n", &byte, &used) == 1; text += used) {
		ck_assert_msg(g->frame_len < sizeof(g->frame), "%s: frame too long", file);
		g->frame[g->frame_len++] = (uint8_t)byte;
	}
	ck_assert_msg(text[strspn(text, " ")] == '\0', "%s: not hex: %s", file, text);
}

static void parse_password(const char *file, const char *text, struct advert *a)
{
	size_t len = strlen(text);

	ck_assert_msg(len <= sizeof(a->auth_data), "%s: password too long", file);
	memcpy(a->auth_data, text, len);
}

static void add_address(const char *file, const char *text, struct advert *a)
{
	ck_assert_msg(a->count < ADVERT_ADDRESSES_MAX, "%s: too many addresses", file);
	a->addresses[a->count++] = parse_ip(file, text);
}

static bool set_advert_field(const char *file, const char *key, const char *value, struct golden *g)
{
	struct advert *a = &g->advert;

	if (strcmp(key, "source") == 0)
		g->source = parse_ip(file, value);
	else if (strcmp(key, "destination") == 0)
		g->destination = parse_ip(file, value);
	else if (strcmp(key, "ttl") == 0)
		g->ttl = (uint8_t)parse_number(file, value, 255);
	else if (strcmp(key, "version") == 0)
		a->version = (uint8_t)parse_number(file, value, 15);
	else if (strcmp(key, "vrid") == 0)
		a->vrid = (uint8_t)parse_number(file, value, 255);
	else if (strcmp(key, "priority") == 0)
		a->priority = (uint8_t)parse_number(file, value, 255);
	else if (strcmp(key, "interval_ms") == 0)
		a->interval = span_ms(parse_number(file, value, 255000));
	else if (strcmp(key, "pseudo_header") == 0)
		a->checksum_with_pseudo = parse_yes(file, value);
	else if (strcmp(key, "auth_type") == 0)
		a->auth_type = (uint8_t)parse_number(file, value, 255);
	else if (strcmp(key, "password") == 0)
		parse_password(file, value, a);
	else if (strcmp(key, "address") == 0)
		add_address(file, value, a);
	else
		return false;
	return true;
}

static bool set_announce_field(const char *file, const char *key, const char *value,
			       struct golden *g)
{
	if (strcmp(key, "operation") == 0)
		g->arp.operation = (uint16_t)parse_number(file, value, 65535);
	else if (strcmp(key, "sender_mac") == 0)
		g->arp.sender_mac = parse_mac(file, value);
	else if (strcmp(key, "sender") == 0)
		g->arp.sender = parse_ip(file, value);
	else if (strcmp(key, "target") == 0)
		g->arp.target = parse_ip(file, value);
	else if (strcmp(key, "mac") == 0)
		g->mac = parse_mac(file, value);
	else if (strcmp(key, "vip") == 0)
		g->address = parse_ip(file, value);
	else if (strcmp(key, "router") == 0)
		g->router = parse_yes(file, value);
	else
		return false;
	return true;
}

static void read_line(const char *file, char *line, struct golden *g)
{
	char *value = strstr(line, " = ");

	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '#' || line[0] == '\0')
		return;
	ck_assert_msg(value != NULL, "%s: not `field = value`: %s", file, line);
	*value = '\0';
	value += 3;
	if (strcmp(line, "kind") == 0)
		snprintf(g->kind, sizeof(g->kind), "%s", value);
	else if (strcmp(line, "frame") == 0)
		parse_hex(file, value, g);
	else
		ck_assert_msg(set_advert_field(file, line, value, g) ||
				      set_announce_field(file, line, value, g),
			      "%s: unknown field %s", file, line);
}

static void read_golden(const char *file, struct golden *g)
{
	FILE *in = fopen(file, "r");
	char line[256];

	memset(g, 0, sizeof(*g));
	ck_assert_msg(in != NULL, "%s: cannot be read", file);
	while (fgets(line, sizeof(line), in))
		read_line(file, line, g);
	fclose(in);
	g->advert.family = g->source.family;
	ck_assert_msg(g->frame_len > ETHERNET_LEN, "%s: no frame", file);
}

/* The VRRP message inside the frame; the IP header's fields are compared on the way. */
static struct reader message_of(const char *file, const struct golden *g)
{
	const uint8_t *packet = g->frame + ETHERNET_LEN;
	size_t len = g->frame_len - ETHERNET_LEN;
	struct ip_header h;

	if (g->source.family == IP_V4) {
		ck_assert_msg(ip_header_parse(packet, len, &h) == REFUSAL_NONE, "%s: IP header",
			      file);
	} else { /* the kernel keeps this header to itself */
		ck_assert_msg(len > IPV6_LEN && packet[0] >> 4 == 6, "%s: IPv6 header", file);
		h.src = ip_from_v6(packet + 8);
		h.dst = ip_from_v6(packet + 24);
		h.ttl = packet[7];
		h.header_len = IPV6_LEN;
		h.payload_len = (size_t)(packet[4] << 8 | packet[5]);
		ck_assert_msg(packet[6] == VRRP_PROTOCOL, "%s: next header", file);
		ck_assert_msg(h.payload_len <= len - IPV6_LEN, "%s: payload length", file);
	}
	ck_assert_msg(ip_equal(h.src, g->source), "%s: source", file);
	ck_assert_msg(ip_equal(h.dst, g->destination), "%s: destination", file);
	ck_assert_msg(h.ttl == g->ttl, "%s: TTL", file);
	return reader_of(packet + h.header_len, h.payload_len);
}

static void check_advert(const char *file, const struct golden *g)
{
	struct reader message = message_of(file, g);
	struct advert parsed;
	enum refusal refusal =
		advert_parse(message.data, message.len, g->source, g->destination, &parsed);

	ck_assert_msg(refusal == REFUSAL_NONE, "%s: refused: %s", file, refusal_text(refusal));
	const char *difference = advert_difference(&parsed, &g->advert);

	ck_assert_msg(difference == NULL, "%s: parsed otherwise: %s", file, difference);

	uint8_t built[ADVERT_BYTES_MAX];
	size_t len = advert_build(&g->advert, g->source, g->destination,
				  g->advert.checksum_with_pseudo, built, sizeof(built));

	ck_assert_msg(len == message.len, "%s: built %zu bytes, not %zu", file, len, message.len);
	ck_assert_msg(memcmp(built, message.data, len) == 0, "%s: built otherwise", file);
}

static void check_arp(const char *file, const struct golden *g)
{
	struct arp_packet parsed;
	int r = arp_parse(g->frame + ETHERNET_LEN, g->frame_len - ETHERNET_LEN, &parsed);

	ck_assert_msg(r == 0, "%s: refused", file);
	ck_assert_msg(parsed.operation == g->arp.operation, "%s: operation", file);
	ck_assert_msg(mac_equal(parsed.sender_mac, g->arp.sender_mac), "%s: sender_mac", file);
	ck_assert_msg(ip_equal(parsed.sender, g->arp.sender), "%s: sender", file);
	ck_assert_msg(ip_equal(parsed.target, g->arp.target), "%s: target", file);
}

static void check_our_frame(const char *file, const struct golden *g)
{
	uint8_t built[ANNOUNCE_FRAME_MAX];
	size_t len;

	if (strcmp(g->kind, "our-arp") == 0)
		len = arp_frame_build(g->mac, g->address, built, sizeof(built));
	else
		len = na_frame_build(g->mac, g->address, g->router, built, sizeof(built));
	ck_assert_msg(len == g->frame_len, "%s: built %zu bytes, not %zu", file, len, g->frame_len);
	ck_assert_msg(memcmp(built, g->frame, len) == 0, "%s: built otherwise", file);
}

START_TEST(a_recorded_frame_is_parsed_and_built_the_same)
{
	const char *file = files.gl_pathv[_i];
	struct golden g;

	read_golden(file, &g);
	if (strcmp(g.kind, "advert") == 0)
		check_advert(file, &g);
	else if (strcmp(g.kind, "arp") == 0)
		check_arp(file, &g);
	else if (strcmp(g.kind, "our-arp") == 0 || strcmp(g.kind, "our-na") == 0)
		check_our_frame(file, &g);
	else
		ck_abort_msg("%s: unknown kind", file);
}
END_TEST

/* The same bytes with one changed: the comparison above would notice. */
START_TEST(a_recorded_advertisement_with_one_byte_changed_is_refused)
{
	const char *file = files.gl_pathv[_i];
	struct golden g;
	struct advert parsed;

	read_golden(file, &g);
	if (strcmp(g.kind, "advert") != 0)
		return;
	struct reader message = message_of(file, &g);
	uint8_t changed[ADVERT_BYTES_MAX];

	for (size_t pos = 0; pos < message.len; pos++) {
		memcpy(changed, message.data, message.len);
		changed[pos] ^= 0xa5;
		ck_assert_msg(advert_parse(changed, message.len, g.source, g.destination,
					   &parsed) != REFUSAL_NONE,
			      "%s: accepted with byte %zu changed", file, pos);
	}
}
END_TEST

int main(int argc, char **argv)
{
	TCase *tc = tcase_create("golden");
	char pattern[4096];

	snprintf(pattern, sizeof(pattern), "%s/*.txt", argc > 1 ? argv[1] : ".");
	if (glob(pattern, 0, NULL, &files) != 0 || files.gl_pathc < FILES_MIN) {
		fprintf(stderr, "test_golden: too few files match %s\n", pattern);
		return EXIT_FAILURE;
	}
	int count = (int)files.gl_pathc;

	tcase_add_loop_test(tc, a_recorded_frame_is_parsed_and_built_the_same, 0, count);
	tcase_add_loop_test(tc, a_recorded_advertisement_with_one_byte_changed_is_refused, 0,
			    count);
	int status = run_test_case(tc, "golden");

	globfree(&files);
	return status;
}
