/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advertisements through the real kernel. What arrives is written as whole Ethernet frames onto the
 * other end of a cable, what leaves is read there by a packet socket.
 */
#include "io_vrrp.h"

#include "unit.h"
#include "wire/advert.h"
#include "world.h"

enum {
	RECEIVED_MAX = 2048,
	ETHERNET_LEN = 14,
	IPV4_LEN = 20,
	IPV6_LEN = 40,
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
};

struct received {
	int32_t ifindex;
	struct ip_addr src, dst;
	uint8_t ttl, vrid, priority;
	enum refusal refusal;
	bool has_advert;
};

struct failure {
	uint32_t cookie;
	int error;
};

static struct io_vrrp *vrrp;
static struct received received[RECEIVED_MAX];
static int received_count;
static struct failure failures[RECEIVED_MAX];
static int failure_count;

static void on_received(void *ctx, const struct event_advert *ev)
{
	ck_assert_ptr_eq(ctx, &vrrp);
	ck_assert_int_lt(received_count, RECEIVED_MAX);
	received[received_count++] = (struct received){
		.ifindex = ev->ifindex,
		.src = ev->src,
		.dst = ev->dst,
		.ttl = ev->ttl,
		.vrid = ev->advert ? ev->advert->vrid : ev->vrid,
		.priority = ev->advert ? ev->advert->priority : 0,
		.refusal = ev->refusal,
		.has_advert = ev->advert != NULL,
	};
}

static void on_send_failed(void *ctx, uint32_t cookie, int error)
{
	ck_assert_ptr_eq(ctx, &vrrp);
	ck_assert_int_lt(failure_count, RECEIVED_MAX);
	failures[failure_count++] = (struct failure){ .cookie = cookie, .error = error };
}

static void begin(void)
{
	const struct io_vrrp_handler handler = { .ctx = &vrrp,
						 .received = on_received,
						 .send_failed = on_send_failed };
	const char *what = "";

	world_begin();
	ck_assert_msg(io_vrrp_open(&vrrp, &handler, &what) == 0, "%s", what);
}

static void end(void)
{
	io_vrrp_close(vrrp);
}

/* ---- what others send ---- */

static size_t build_message(uint8_t vrid, uint8_t priority, uint8_t addresses, struct ip_addr src,
			    struct ip_addr dst, void *buf, size_t cap)
{
	struct advert a = { .version = 3,
			    .vrid = vrid,
			    .priority = priority,
			    .family = IP_V4,
			    .count = addresses,
			    .interval = span_s(1) };

	for (int i = 0; i < addresses; i++)
		a.addresses[i] = ip_from_v4((uint8_t[]){ 192, 0, 2, (uint8_t)i });
	return advert_build(&a, src, dst, true, buf, cap);
}

static uint16_t ones_complement_sum(const uint8_t *data, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Puts an IPv4 packet of protocol 112 for the VRRP group onto that end of a cable. */
static void put_on_cable(int32_t ifindex, const char *src, uint8_t ttl, const void *message,
			 size_t len)
{
	uint8_t frame[2048] = { 0x01, 0x00, 0x5e, 0x00, 0x00, 0x12, 0x02, 0, 0, 0, 0, 0x99, 0x08 };
	uint8_t *header = frame + ETHERNET_LEN;
	struct sockaddr_ll where = { .sll_family = AF_PACKET, .sll_ifindex = ifindex };
	uint16_t total_len = (uint16_t)(IPV4_LEN + len);
	uint16_t sum;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	header[0] = 0x45;
	header[2] = (uint8_t)(total_len >> 8);
	header[3] = (uint8_t)total_len;
	header[8] = ttl;
	header[9] = VRRP_PROTOCOL;
	memcpy(header + 12, ip(src).bytes, 4);
	memcpy(header + 16, ip("224.0.0.18").bytes, 4);
	sum = ones_complement_sum(header, IPV4_LEN);
	header[10] = (uint8_t)(sum >> 8);
	header[11] = (uint8_t)sum;
	memcpy(header + IPV4_LEN, message, len);
	ck_assert_int_eq(sendto(fd, frame, ETHERNET_LEN + total_len, 0, (struct sockaddr *)&where,
				sizeof(where)),
			 ETHERNET_LEN + total_len);
	close(fd);
}

static void advertise_on_cable(int32_t ifindex, uint8_t vrid)
{
	uint8_t message[ADVERT_BYTES_MAX];
	size_t len = build_message(vrid, 100, 1, ip("10.0.0.2"), ip("224.0.0.18"), message,
				   sizeof(message));

	put_on_cable(ifindex, "10.0.0.2", 255, message, len);
}

/* Reads until so many messages have been handed on. */
static void expect_received_in(enum family_index family, int count)
{
	while (received_count < count) {
		ck_assert_msg(wait_readable(io_vrrp_fd(vrrp, family), WORLD_WAIT_MS),
			      "%d of %d messages arrived", received_count, count);
		io_vrrp_readable(vrrp, family);
	}
	ck_assert_int_eq(received_count, count);
}

static void expect_received(int count)
{
	expect_received_in(FAMILY_V4, count);
}

START_TEST(hears_each_of_25_interfaces_it_joined)
{
	/* more than the twenty groups that one socket may join */
	make_cables(25);
	for (int i = 0; i < 25; i++)
		ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V4, ifindex_of("a%d", i)), 0);
	for (int i = 0; i < 25; i++)
		advertise_on_cable(ifindex_of("b%d", i), (uint8_t)(i + 1));
	expect_received(25);
	for (int i = 0; i < 25; i++) {
		ck_assert_int_eq(received[i].ifindex, ifindex_of("a%d", i));
		ck_assert_int_eq(received[i].vrid, i + 1);
		ck_assert(received[i].has_advert);
	}
}
END_TEST

START_TEST(hands_on_addresses_ttl_and_advertisement)
{
	uint8_t message[ADVERT_BYTES_MAX];
	size_t len = build_message(51, 150, 3, ip("10.0.0.7"), ip("224.0.0.18"), message,
				   sizeof(message));

	make_cables(1);
	ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V4, ifindex_of("a0")), 0);
	put_on_cable(ifindex_of("b0"), "10.0.0.7", 64, message, len);
	expect_received(1);
	ck_assert(ip_equal(received[0].src, ip("10.0.0.7")));
	ck_assert(ip_equal(received[0].dst, ip("224.0.0.18")));
	ck_assert_int_eq(received[0].ttl, 64);
	ck_assert_int_eq(received[0].vrid, 51);
	ck_assert_int_eq(received[0].priority, 150);
	ck_assert_int_eq(received[0].refusal, REFUSAL_NONE);
}
END_TEST

START_TEST(refused_message_is_handed_on_with_reason_and_vrid)
{
	uint8_t message[ADVERT_BYTES_MAX];
	size_t len = build_message(51, 150, 3, ip("10.0.0.7"), ip("224.0.0.18"), message,
				   sizeof(message));

	make_cables(1);
	ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V4, ifindex_of("a0")), 0);
	message[6] ^= 0xff; /* the checksum */
	put_on_cable(ifindex_of("b0"), "10.0.0.7", 255, message, len);
	put_on_cable(ifindex_of("b0"), "10.0.0.7", 255, message, 3);
	expect_received(2);
	ck_assert_int_eq(received[0].refusal, REFUSAL_CHECKSUM);
	ck_assert_int_eq(received[0].vrid, 51);
	ck_assert(!received[0].has_advert);
	ck_assert(ip_equal(received[0].src, ip("10.0.0.7")));
	ck_assert_int_eq(received[1].refusal, REFUSAL_LENGTH);
}
END_TEST

START_TEST(does_not_hear_an_interface_it_left)
{
	make_cables(2);
	ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V4, ifindex_of("a0")), 0);
	ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V4, ifindex_of("a1")), 0);
	advertise_on_cable(ifindex_of("b0"), 1);
	expect_received(1);
	io_vrrp_leave(vrrp, FAMILY_V4, ifindex_of("a0"));
	advertise_on_cable(ifindex_of("b0"), 2);
	/* the kernel delivers in order: once this one is here, the other would be */
	advertise_on_cable(ifindex_of("b1"), 3);
	expect_received(2);
	ck_assert_int_eq(received[1].vrid, 3);
}
END_TEST

/* How many sockets have joined the VRRP group on the interface, by the kernel's own list. */
static int group_users(const char *interface)
{
	FILE *f = fopen("/proc/self/net/igmp", "r");
	char line[256], name[32], current[32] = "", group[32];
	int users = 0, n;

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*d %31s :", name) == 1 && line[0] != '\t')
			strcpy(current, name);
		else if (sscanf(line, " %31s %d", group, &n) == 2 &&
			 strcmp(current, interface) == 0 && strcmp(group, "120000E0") == 0)
			users = n;
	}
	fclose(f);
	return users;
}

START_TEST(joining_and_leaving_are_idempotent)
{
	make_cables(1);
	int32_t ifindex = ifindex_of("a0");

	ck_assert_int_eq(group_users("a0"), 0);
	ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V4, ifindex), 0);
	ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V4, ifindex), 0);
	ck_assert_int_eq(group_users("a0"), 1);
	io_vrrp_leave(vrrp, FAMILY_V4, ifindex);
	io_vrrp_leave(vrrp, FAMILY_V4, ifindex);
	ck_assert_int_eq(group_users("a0"), 0);
}
END_TEST

static int open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			count++;
	return count;
}

START_TEST(places_of_left_interfaces_are_used_again)
{
	make_cables(21);
	int before = open_descriptors();

	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 21; i++)
			ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V4, ifindex_of("a%d", i)), 0);
		for (int i = 0; i < 21; i++)
			io_vrrp_leave(vrrp, FAMILY_V4, ifindex_of("a%d", i));
	}
	ck_assert_int_eq(open_descriptors(), before + 2);
}
END_TEST

START_TEST(works_where_the_kernel_allows_fewer_memberships_than_twenty)
{
	sh("echo 3 > /proc/sys/net/ipv4/igmp_max_memberships");
	make_cables(10);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V4, ifindex_of("a%d", i)), 0);
	for (int i = 0; i < 10; i++)
		advertise_on_cable(ifindex_of("b%d", i), (uint8_t)(i + 1));
	expect_received(10);
}
END_TEST

START_TEST(joining_an_absent_interface_is_refused)
{
	ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V4, 4711), -ENODEV);
	ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V6, 4711), -ENODEV);
}
END_TEST

START_TEST(interface_that_was_down_is_heard_again_without_joining)
{
	make_cables(1);
	ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V4, ifindex_of("a0")), 0);
	sh("ip link set a0 down; ip link set a0 up");
	wait_running("a0");
	wait_running("b0");
	advertise_on_cable(ifindex_of("b0"), 9);
	expect_received(1);
	ck_assert_int_eq(received[0].vrid, 9);
}
END_TEST

START_TEST(interface_created_again_is_heard_after_leaving_and_joining)
{
	make_cables(1);
	int32_t ifindex = ifindex_of("a0");

	ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V4, ifindex), 0);
	sh("ip link del a0");
	io_vrrp_leave(vrrp, FAMILY_V4, ifindex);
	/* the same number again is the worst case: nothing but the leaving tells them apart */
	sh("ip link add a0 index %d type veth peer name b0; ip addr add 10.0.0.1/24 dev a0;"
	   "ip link set a0 up; ip link set b0 up",
	   ifindex);
	wait_running("b0");
	ck_assert_int_eq(ifindex_of("a0"), ifindex);
	ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V4, ifindex), 0);
	advertise_on_cable(ifindex_of("b0"), 9);
	expect_received(1);
	ck_assert_int_eq(received[0].ifindex, ifindex);
}
END_TEST

START_TEST(flood_is_read_in_bounded_pieces_and_completely)
{
	enum {
		PIECE = VRRP_BATCH * VRRP_READ_BATCHES
	};

	make_cables(1);
	ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V4, ifindex_of("a0")), 0);
	for (int i = 0; i < PIECE + 100; i++)
		advertise_on_cable(ifindex_of("b0"), (uint8_t)(i % 255 + 1));
	ck_assert(wait_readable(io_vrrp_fd(vrrp, FAMILY_V4), WORLD_WAIT_MS));
	ck_assert(io_vrrp_readable(vrrp, FAMILY_V4));
	ck_assert_int_eq(received_count, PIECE);
	ck_assert(!io_vrrp_readable(vrrp, FAMILY_V4));
	ck_assert_int_eq(received_count, PIECE + 100);
	for (int i = 0; i < received_count; i++)
		ck_assert_int_eq(received[i].vrid, i % 255 + 1);
}
END_TEST

/* ---- what we send ---- */

static void queue_advert(int32_t ifindex, const char *src, uint8_t vrid, uint32_t cookie)
{
	uint8_t message[ADVERT_BYTES_MAX];
	size_t len =
		build_message(vrid, 100, 1, ip(src), ip("224.0.0.18"), message, sizeof(message));

	io_vrrp_queue(vrrp, ifindex, ip(src), ip("224.0.0.18"), message, len, cookie);
}

START_TEST(one_socket_sends_out_of_several_interfaces_with_their_sources)
{
	int witness[3];

	make_cables(3);
	for (int i = 0; i < 3; i++)
		witness[i] = open_witness(ifindex_of("b%d", i), ETHERTYPE_IPV4);
	for (int i = 0; i < 3; i++) {
		char src[32];

		snprintf(src, sizeof(src), "10.0.%d.1", i);
		queue_advert(ifindex_of("a%d", i), src, (uint8_t)(51 + i), 0);
	}
	io_vrrp_flush(vrrp);
	for (int i = 0; i < 3; i++) {
		uint8_t frame[2048];
		const uint8_t *header = frame + ETHERNET_LEN;
		const uint8_t group[6] = { 0x01, 0x00, 0x5e, 0x00, 0x00, 0x12 };
		ssize_t len = witness_frame(witness[i], frame, sizeof(frame), WORLD_WAIT_MS);

		ck_assert_int_eq(len, ETHERNET_LEN + IPV4_LEN + 12);
		ck_assert_mem_eq(frame, group, 6);
		ck_assert_int_eq(header[1], 0xc0);     /* internetwork control */
		ck_assert_int_eq(header[6] & 0x40, 0); /* may be fragmented */
		ck_assert_int_eq(header[8], 255);      /* RFC 9568 section 5.1.1.3 */
		ck_assert_int_eq(header[9], VRRP_PROTOCOL);
		ck_assert_int_eq(header[14], i); /* 10.0.i.1 */
		ck_assert_int_eq(header[15], 1);
		ck_assert_mem_eq(header + 16, ip("224.0.0.18").bytes, 4);
		ck_assert_int_eq(header[IPV4_LEN + 1], 51 + i);
		/* each on its own cable only */
		ck_assert_int_eq(witness_frame(witness[i], frame, sizeof(frame), 0), -1);
	}
	ck_assert_int_eq(failure_count, 0);
}
END_TEST

START_TEST(chosen_source_is_used_among_several_addresses)
{
	uint8_t frame[2048];

	make_cables(1);
	sh("ip addr add 10.0.0.66/24 dev a0; ip addr add 172.16.0.1/16 dev a0");
	int witness = open_witness(ifindex_of("b0"), ETHERTYPE_IPV4);

	queue_advert(ifindex_of("a0"), "10.0.0.66", 1, 0);
	queue_advert(ifindex_of("a0"), "172.16.0.1", 2, 0);
	io_vrrp_flush(vrrp);
	ck_assert_int_gt(witness_frame(witness, frame, sizeof(frame), WORLD_WAIT_MS), 0);
	ck_assert_mem_eq(frame + ETHERNET_LEN + 12, ip("10.0.0.66").bytes, 4);
	ck_assert_int_gt(witness_frame(witness, frame, sizeof(frame), WORLD_WAIT_MS), 0);
	ck_assert_mem_eq(frame + ETHERNET_LEN + 12, ip("172.16.0.1").bytes, 4);
}
END_TEST

START_TEST(more_than_a_batch_leaves_in_order)
{
	enum {
		COUNT = VRRP_BATCH * 3 + 1
	};
	uint8_t frame[2048];

	make_cables(1);
	int witness = open_witness(ifindex_of("b0"), ETHERTYPE_IPV4);

	for (int i = 0; i < COUNT; i++)
		queue_advert(ifindex_of("a0"), "10.0.0.1", (uint8_t)(i + 1), 0);
	io_vrrp_flush(vrrp);
	for (int i = 0; i < COUNT; i++) {
		ck_assert_int_gt(witness_frame(witness, frame, sizeof(frame), WORLD_WAIT_MS), 0);
		ck_assert_int_eq(frame[ETHERNET_LEN + IPV4_LEN + 1], i + 1);
	}
	io_vrrp_flush(vrrp); /* nothing is sent twice */
	ck_assert_int_eq(witness_frame(witness, frame, sizeof(frame), 0), -1);
}
END_TEST

START_TEST(largest_advertisement_leaves_whole)
{
	uint8_t message[ADVERT_BYTES_MAX], frame[2048];
	size_t len;

	make_cables(1);
	int witness = open_witness(ifindex_of("b0"), ETHERTYPE_IPV4);

	len = build_message(1, 100, 255, ip("10.0.0.1"), ip("224.0.0.18"), message,
			    sizeof(message));
	ck_assert_int_eq(len, 8 + 255 * 4);
	io_vrrp_queue(vrrp, ifindex_of("a0"), ip("10.0.0.1"), ip("224.0.0.18"), message, len, 0);
	io_vrrp_flush(vrrp);
	ck_assert_int_eq(witness_frame(witness, frame, sizeof(frame), WORLD_WAIT_MS),
			 (ssize_t)(ETHERNET_LEN + IPV4_LEN + len));
	ck_assert_mem_eq(frame + ETHERNET_LEN + IPV4_LEN, message, len);
}
END_TEST

START_TEST(message_that_fails_is_reported_and_does_not_hold_up_the_others)
{
	uint8_t frame[2048];

	make_cables(3);
	sh("ip link set a1 down");
	int witness = open_witness(ifindex_of("b0"), ETHERTYPE_IPV4);

	queue_advert(4711, "10.0.0.1", 1, 100); /* no such interface */
	queue_advert(ifindex_of("a0"), "10.0.0.1", 2, 101);
	queue_advert(ifindex_of("a1"), "10.0.1.1", 3, 102); /* is down */
	queue_advert(ifindex_of("a0"), "10.9.9.9", 4, 103); /* not ours any more */
	queue_advert(ifindex_of("a0"), "10.0.0.1", 5, 104);
	io_vrrp_flush(vrrp);
	ck_assert_int_gt(witness_frame(witness, frame, sizeof(frame), WORLD_WAIT_MS), 0);
	ck_assert_int_eq(frame[ETHERNET_LEN + IPV4_LEN + 1], 2);
	ck_assert_int_gt(witness_frame(witness, frame, sizeof(frame), WORLD_WAIT_MS), 0);
	/* who has lost its address still releases from it */
	ck_assert_int_eq(frame[ETHERNET_LEN + IPV4_LEN + 1], 4);
	ck_assert_int_gt(witness_frame(witness, frame, sizeof(frame), WORLD_WAIT_MS), 0);
	ck_assert_int_eq(frame[ETHERNET_LEN + IPV4_LEN + 1], 5);
	ck_assert_int_eq(failure_count, 2);
	ck_assert_int_eq(failures[0].cookie, 100);
	ck_assert_int_eq(failures[0].error, ENODEV);
	ck_assert_int_eq(failures[1].cookie, 102);
	ck_assert_int_eq(failures[1].error, ENETUNREACH);
}
END_TEST

START_TEST(does_not_hear_itself)
{
	make_cables(1);
	ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V4, ifindex_of("a0")), 0);
	queue_advert(ifindex_of("a0"), "10.0.0.1", 1, 0);
	io_vrrp_flush(vrrp);
	advertise_on_cable(ifindex_of("b0"), 2);
	expect_received(1);
	ck_assert_int_eq(received[0].vrid, 2);
}
END_TEST

/* ---- IPv6 ---- */

static const char *const group_v6 = "ff02::12";

static size_t build_message_v6(uint8_t vrid, uint8_t addresses, const char *src, const char *dst,
			       void *buf, size_t cap)
{
	struct advert a = { .version = 3,
			    .vrid = vrid,
			    .priority = 100,
			    .family = IP_V6,
			    .count = addresses,
			    .interval = span_s(1) };

	for (int i = 0; i < addresses; i++)
		a.addresses[i] = ip("fe80::200:5eff:fe00:233");
	return advert_build(&a, ip(src), ip(dst), false, buf, cap);
}

/* Puts an IPv6 packet of next header 112 onto that end of a cable, to the group's Ethernet address. */
static void put_on_cable_v6(int32_t ifindex, const char *src, const char *dst, uint8_t hop_limit,
			    const void *message, size_t len)
{
	uint8_t frame[2048] = { 0x33, 0x33, 0x00, 0x00, 0x00, 0x12, 0x02,
				0,    0,    0,    0,    0x99, 0x86, 0xdd };
	uint8_t *header = frame + ETHERNET_LEN;
	struct sockaddr_ll where = { .sll_family = AF_PACKET, .sll_ifindex = ifindex };
	ssize_t frame_len = (ssize_t)(ETHERNET_LEN + IPV6_LEN + len);
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	header[0] = 0x60;
	header[4] = (uint8_t)(len >> 8);
	header[5] = (uint8_t)len;
	header[6] = VRRP_PROTOCOL;
	header[7] = hop_limit;
	memcpy(header + 8, ip(src).bytes, 16);
	memcpy(header + 24, ip(dst).bytes, 16);
	memcpy(header + IPV6_LEN, message, len);
	ck_assert_int_eq(
		sendto(fd, frame, (size_t)frame_len, 0, (struct sockaddr *)&where, sizeof(where)),
		frame_len);
	close(fd);
}

static void advertise_on_cable_v6(int32_t ifindex, uint8_t vrid, uint8_t hop_limit)
{
	uint8_t message[ADVERT_BYTES_MAX];
	size_t len = build_message_v6(vrid, 1, "fe80::99", group_v6, message, sizeof(message));

	put_on_cable_v6(ifindex, "fe80::99", group_v6, hop_limit, message, len);
}

START_TEST(hears_ipv6_on_each_of_25_interfaces_with_hop_limit_and_addresses)
{
	make_cables(25);
	for (int i = 0; i < 25; i++) {
		enable_ipv6(i);
		ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V6, ifindex_of("a%d", i)), 0);
	}
	for (int i = 0; i < 25; i++)
		advertise_on_cable_v6(ifindex_of("b%d", i), (uint8_t)(i + 1), (uint8_t)(255 - i));
	expect_received_in(FAMILY_V6, 25);
	for (int i = 0; i < 25; i++) {
		ck_assert_int_eq(received[i].refusal, REFUSAL_NONE);
		ck_assert_int_eq(received[i].ifindex, ifindex_of("a%d", i));
		ck_assert_int_eq(received[i].vrid, i + 1);
		ck_assert_int_eq(received[i].ttl, 255 - i);
		ck_assert(ip_equal(received[i].src, ip("fe80::99")));
		ck_assert(ip_equal(received[i].dst, ip(group_v6)));
	}
}
END_TEST

START_TEST(ipv6_message_with_a_wrong_checksum_is_handed_on_as_refused)
{
	uint8_t message[ADVERT_BYTES_MAX];
	size_t len = build_message_v6(51, 1, "fe80::99", group_v6, message, sizeof(message));

	make_cables(1);
	enable_ipv6(0);
	ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V6, ifindex_of("a0")), 0);
	message[6] ^= 0xff;
	put_on_cable_v6(ifindex_of("b0"), "fe80::99", group_v6, 255, message, len);
	expect_received_in(FAMILY_V6, 1);
	ck_assert_int_eq(received[0].refusal, REFUSAL_CHECKSUM);
	ck_assert_int_eq(received[0].vrid, 51);
}
END_TEST

START_TEST(does_not_hear_ipv6_where_it_left_and_hears_it_again_after_a_link_was_down)
{
	make_cables(2);
	for (int i = 0; i < 2; i++) {
		enable_ipv6(i);
		ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V6, ifindex_of("a%d", i)), 0);
	}
	io_vrrp_leave(vrrp, FAMILY_V6, ifindex_of("a0"));
	sh("ip link set a1 down; ip link set a1 up");
	wait_running("a1");
	wait_running("b1");
	advertise_on_cable_v6(ifindex_of("b0"), 1, 255);
	advertise_on_cable_v6(ifindex_of("b1"), 2, 255);
	expect_received_in(FAMILY_V6, 1);
	ck_assert_int_eq(received[0].vrid, 2);
}
END_TEST

/* The next frame there that is VRRP over IPv6; neighbour discovery passes by. */
static const uint8_t *witness_vrrp_v6(int witness, uint8_t frame[2048])
{
	do {
		ck_assert_int_gt(witness_frame(witness, frame, 2048, WORLD_WAIT_MS), IPV6_LEN);
	} while (frame[ETHERNET_LEN + 6] != VRRP_PROTOCOL);
	return frame + ETHERNET_LEN;
}

START_TEST(ipv6_leaves_with_hop_limit_255_from_the_chosen_source_and_is_not_heard_here)
{
	const uint8_t group[6] = { 0x33, 0x33, 0x00, 0x00, 0x00, 0x12 };
	uint8_t message[ADVERT_BYTES_MAX], frame[2048];
	size_t len = build_message_v6(51, 1, "fe80::66", group_v6, message, sizeof(message));
	const uint8_t *header;

	make_cables(1);
	enable_ipv6(0);
	sh("ip addr add fe80::66/64 dev a0 nodad");
	int witness = open_witness(ifindex_of("b0"), ETHERTYPE_IPV6);

	ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V6, ifindex_of("a0")), 0);
	io_vrrp_queue(vrrp, ifindex_of("a0"), ip("fe80::66"), ip(group_v6), message, len, 0);
	io_vrrp_flush(vrrp);
	header = witness_vrrp_v6(witness, frame);
	ck_assert_mem_eq(frame, group, 6);
	ck_assert_int_eq((header[0] & 0x0f) << 4 | header[1] >> 4, 0xc0); /* traffic class */
	ck_assert_int_eq(header[7], 255); /* RFC 9568 section 5.1.2.3 */
	ck_assert_mem_eq(header + 8, ip("fe80::66").bytes, 16);
	ck_assert_mem_eq(header + 24, ip(group_v6).bytes, 16);
	/* the checksum that we computed, untouched */
	ck_assert_mem_eq(header + IPV6_LEN, message, len);
	ck_assert_int_eq(failure_count, 0);
	advertise_on_cable_v6(ifindex_of("b0"), 2, 255);
	expect_received_in(FAMILY_V6, 1);
	ck_assert_int_eq(received[0].vrid, 2);
}
END_TEST

START_TEST(unicast_leaves_with_ttl_255_to_the_peer_in_both_families)
{
	uint8_t message[ADVERT_BYTES_MAX], frame[2048];
	size_t len;

	make_cables(1);
	enable_ipv6(0);
	sh("ip addr add 2001:db8::1/64 dev a0 nodad;"
	   "ip neigh add 10.0.0.2 dev a0 lladdr 02:00:00:00:00:02;"
	   "ip neigh add 2001:db8::2 dev a0 lladdr 02:00:00:00:00:02");
	int witness = open_witness(ifindex_of("b0"), ETHERTYPE_IPV4);
	int witness_v6 = open_witness(ifindex_of("b0"), ETHERTYPE_IPV6);

	len = build_message(1, 100, 1, ip("10.0.0.1"), ip("10.0.0.2"), message, sizeof(message));
	io_vrrp_queue(vrrp, ifindex_of("a0"), ip("10.0.0.1"), ip("10.0.0.2"), message, len, 0);
	len = build_message_v6(2, 1, "2001:db8::1", "2001:db8::2", message, sizeof(message));
	io_vrrp_queue(vrrp, ifindex_of("a0"), ip("2001:db8::1"), ip("2001:db8::2"), message, len,
		      0);
	io_vrrp_flush(vrrp);
	ck_assert_int_gt(witness_frame(witness, frame, sizeof(frame), WORLD_WAIT_MS), 0);
	ck_assert_int_eq(frame[ETHERNET_LEN + 8], 255);
	ck_assert_mem_eq(frame + ETHERNET_LEN + 16, ip("10.0.0.2").bytes, 4);
	ck_assert_int_eq(witness_vrrp_v6(witness_v6, frame)[7], 255);
	ck_assert_mem_eq(frame + ETHERNET_LEN + 24, ip("2001:db8::2").bytes, 16);
	ck_assert_int_eq(failure_count, 0);
}
END_TEST

START_TEST(ipv6_that_fails_is_reported_and_does_not_hold_up_the_others)
{
	uint8_t message[ADVERT_BYTES_MAX], frame[2048];
	size_t len = build_message_v6(7, 1, "fe80::1", group_v6, message, sizeof(message));

	make_cables(1);
	enable_ipv6(0);
	int witness = open_witness(ifindex_of("b0"), ETHERTYPE_IPV6);

	io_vrrp_queue(vrrp, 4711, ip("fe80::1"), ip(group_v6), message, len, 100);
	io_vrrp_queue(vrrp, ifindex_of("a0"), ip("fe80::77"), ip(group_v6), message, len, 101);
	io_vrrp_queue(vrrp, ifindex_of("a0"), ip("fe80::1"), ip(group_v6), message, len, 102);
	io_vrrp_flush(vrrp);
	ck_assert_int_eq(witness_vrrp_v6(witness, frame)[IPV6_LEN + 1], 7);
	ck_assert_int_eq(failure_count, 1); /* and not for an address that is not ours any more */
	ck_assert_int_eq(failures[0].cookie, 100);
}
END_TEST

START_TEST(largest_ipv6_advertisement_arrives_whole_though_in_fragments)
{
	static uint8_t message[ADVERT_BYTES_MAX];
	size_t len = build_message_v6(51, 255, "fe80::1", group_v6, message, sizeof(message));

	make_cables(1);
	enable_ipv6(0);
	/* the other end of the cable is another interface of this host, and hears what we send */
	sh("echo 0 > /proc/sys/net/ipv6/conf/b0/disable_ipv6");
	ck_assert_int_eq(len, 8 + 255 * 16);
	ck_assert_int_eq(io_vrrp_join(vrrp, FAMILY_V6, ifindex_of("b0")), 0);
	io_vrrp_queue(vrrp, ifindex_of("a0"), ip("fe80::1"), ip(group_v6), message, len, 0);
	io_vrrp_flush(vrrp);
	expect_received_in(FAMILY_V6, 1);
	ck_assert_int_eq(received[0].refusal, REFUSAL_NONE);
	ck_assert_int_eq(received[0].ifindex, ifindex_of("b0"));
}
END_TEST

START_TEST(without_the_capability_it_says_which_one)
{
	const struct io_vrrp_handler handler = { .ctx = NULL };
	struct io_vrrp *other = NULL;
	const char *what = "";

	drop_capability(CAP_NET_RAW);
	ck_assert_int_eq(io_vrrp_open(&other, &handler, &what), -EPERM);
	ck_assert_ptr_nonnull(strstr(what, "CAP_NET_RAW"));
	ck_assert_ptr_null(other);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("io_vrrp");

	world_require_root();
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, hears_each_of_25_interfaces_it_joined);
	tcase_add_test(tc, hands_on_addresses_ttl_and_advertisement);
	tcase_add_test(tc, refused_message_is_handed_on_with_reason_and_vrid);
	tcase_add_test(tc, does_not_hear_an_interface_it_left);
	tcase_add_test(tc, joining_and_leaving_are_idempotent);
	tcase_add_test(tc, places_of_left_interfaces_are_used_again);
	tcase_add_test(tc, works_where_the_kernel_allows_fewer_memberships_than_twenty);
	tcase_add_test(tc, joining_an_absent_interface_is_refused);
	tcase_add_test(tc, interface_that_was_down_is_heard_again_without_joining);
	tcase_add_test(tc, interface_created_again_is_heard_after_leaving_and_joining);
	tcase_add_test(tc, flood_is_read_in_bounded_pieces_and_completely);
	tcase_add_test(tc, one_socket_sends_out_of_several_interfaces_with_their_sources);
	tcase_add_test(tc, chosen_source_is_used_among_several_addresses);
	tcase_add_test(tc, more_than_a_batch_leaves_in_order);
	tcase_add_test(tc, largest_advertisement_leaves_whole);
	tcase_add_test(tc, message_that_fails_is_reported_and_does_not_hold_up_the_others);
	tcase_add_test(tc, does_not_hear_itself);
	tcase_add_test(tc, hears_ipv6_on_each_of_25_interfaces_with_hop_limit_and_addresses);
	tcase_add_test(tc, ipv6_message_with_a_wrong_checksum_is_handed_on_as_refused);
	tcase_add_test(tc,
		       does_not_hear_ipv6_where_it_left_and_hears_it_again_after_a_link_was_down);
	tcase_add_test(tc,
		       ipv6_leaves_with_hop_limit_255_from_the_chosen_source_and_is_not_heard_here);
	tcase_add_test(tc, unicast_leaves_with_ttl_255_to_the_peer_in_both_families);
	tcase_add_test(tc, ipv6_that_fails_is_reported_and_does_not_hold_up_the_others);
	tcase_add_test(tc, largest_ipv6_advertisement_arrives_whole_though_in_fragments);
	tcase_add_test(tc, without_the_capability_it_says_which_one);
	return run_test_case(tc, "io_vrrp");
}
