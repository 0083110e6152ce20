/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gratuitous ARPs and neighbour advertisements on a real cable, and what becomes of them when an
 * interface is down, absent, or too slow (a token bucket that lets hardly anything through).
 */
#include "io_announce.h"

#include "unit.h"
#include "wire/announce_frame.h"
#include "world.h"

enum {
	ETHERTYPE_ARP_FRAME = 0x0806,
	ETHERTYPE_IPV6_FRAME = 0x86dd,
};

static struct io_announce *announce;
static int failed_count;
static int32_t failed_ifindex;
static struct ip_addr failed_addr;
static int failed_error;

static const struct mac_addr mac = { { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 } };

static void on_failed(void *ctx, int32_t ifindex, struct ip_addr addr, int error)
{
	ck_assert_ptr_eq(ctx, &announce);
	failed_count++;
	failed_ifindex = ifindex;
	failed_addr = addr;
	failed_error = error;
}

static void begin(void)
{
	const struct io_announce_handler handler = { .ctx = &announce, .failed = on_failed };
	const char *what = "";

	world_begin();
	ck_assert_msg(io_announce_open(&announce, &handler, &what) == 0, "%s", what);
}

static void end(void)
{
	io_announce_close(announce);
}

static struct ip_addr nth_vip(int n)
{
	return ip_from_v4((uint8_t[]){ 10, 1, (uint8_t)(n >> 8), (uint8_t)n });
}

/* The target protocol address of an ARP frame. */
static struct ip_addr arp_target(const uint8_t *frame)
{
	return ip_from_v4(frame + 38);
}

/* Flushes until nothing is left, as the daemon's loop would. */
static void flush_all(void)
{
	int left;

	while ((left = io_announce_flush(announce)) != 0) {
		struct pollfd p = { .fd = io_announce_fd(announce), .events = POLLOUT };

		ck_assert(left == -EAGAIN || left == -ENOBUFS);
		ck_assert_int_eq(io_announce_wants_write(announce), left == -EAGAIN);
		poll(&p, left == -EAGAIN ? 1 : 0,
		     left == -EAGAIN ? WORLD_WAIT_MS : ANNOUNCE_PAUSE_MS);
	}
	ck_assert(!io_announce_wants_write(announce));
}

START_TEST(gratuitous_arp_is_on_the_cable)
{
	uint8_t frame[256], expected[ARP_FRAME_LEN];

	make_cables(1);
	int witness = open_witness(ifindex_of("b0"), ETHERTYPE_ARP_FRAME);

	ck_assert_int_eq(
		io_announce_queue(announce, ifindex_of("a0"), mac, ip("192.0.2.10"), false), 0);
	ck_assert_int_eq(io_announce_waiting(announce), 1);
	ck_assert_int_eq(io_announce_flush(announce), 0);
	ck_assert_int_eq(io_announce_waiting(announce), 0);
	ck_assert_int_eq(witness_frame(witness, frame, sizeof(frame), WORLD_WAIT_MS),
			 ARP_FRAME_LEN);
	arp_frame_build(mac, ip("192.0.2.10"), expected, sizeof(expected));
	ck_assert_mem_eq(frame, expected, sizeof(expected));
	ck_assert_int_eq(io_announce_sent(announce), 1);
}
END_TEST

START_TEST(neighbour_advertisement_is_on_the_cable_with_its_router_flag)
{
	uint8_t frame[256], expected[NA_FRAME_LEN];

	make_cables(1);
	int witness = open_witness(ifindex_of("b0"), ETHERTYPE_IPV6_FRAME);

	for (int router = 0; router < 2; router++) {
		io_announce_queue(announce, ifindex_of("a0"), mac, ip("2001:db8::10"), router);
		ck_assert_int_eq(io_announce_flush(announce), 0);
		ck_assert_int_eq(witness_frame(witness, frame, sizeof(frame), WORLD_WAIT_MS),
				 NA_FRAME_LEN);
		na_frame_build(mac, ip("2001:db8::10"), router, expected, sizeof(expected));
		ck_assert_mem_eq(frame, expected, sizeof(expected));
	}
}
END_TEST

START_TEST(thousands_leave_in_order_and_in_bounded_pieces)
{
	enum {
		COUNT = ANNOUNCE_FLUSH_MAX * 2 + 100
	};
	uint8_t frame[256];

	make_cables(1);
	int witness = open_witness(ifindex_of("b0"), ETHERTYPE_ARP_FRAME);

	for (int i = 0; i < COUNT; i++)
		ck_assert_int_eq(
			io_announce_queue(announce, ifindex_of("a0"), mac, nth_vip(i), false), 0);
	ck_assert_int_eq(io_announce_flush(announce), -EAGAIN);
	ck_assert(io_announce_wants_write(announce));
	ck_assert_int_eq(io_announce_waiting(announce), COUNT - ANNOUNCE_FLUSH_MAX);
	flush_all();
	for (int i = 0; i < COUNT; i++) {
		ck_assert_int_eq(witness_frame(witness, frame, sizeof(frame), WORLD_WAIT_MS),
				 ARP_FRAME_LEN);
		ck_assert(ip_equal(arp_target(frame), nth_vip(i)));
	}
	ck_assert_int_eq(witness_frame(witness, frame, sizeof(frame), 0), -1);
	ck_assert_uint_eq(io_announce_sent(announce), COUNT);
}
END_TEST

START_TEST(full_ring_drops_the_one_past_its_limit_and_counts_it)
{
	make_cables(1);
	for (int i = 0; i < ANNOUNCE_RING; i++)
		ck_assert_int_eq(
			io_announce_queue(announce, ifindex_of("a0"), mac, nth_vip(i), false), 0);
	ck_assert_int_eq(io_announce_dropped(announce), 0);
	ck_assert_int_eq(io_announce_queue(announce, ifindex_of("a0"), mac, nth_vip(0), false),
			 -ENOSPC);
	ck_assert_uint_eq(io_announce_dropped(announce), 1);
	flush_all();
	ck_assert_uint_eq(io_announce_sent(announce), ANNOUNCE_RING);
	ck_assert_int_eq(io_announce_queue(announce, ifindex_of("a0"), mac, nth_vip(0), false), 0);
}
END_TEST

START_TEST(interface_that_is_down_or_absent_fails_alone)
{
	uint8_t frame[256];

	make_cables(2);
	sh("ip link set a1 down");
	int witness = open_witness(ifindex_of("b0"), ETHERTYPE_ARP_FRAME);

	io_announce_queue(announce, ifindex_of("a1"), mac, ip("192.0.2.1"), false);
	io_announce_queue(announce, ifindex_of("a0"), mac, ip("192.0.2.2"), false);
	ck_assert_int_eq(io_announce_flush(announce), 0);
	ck_assert_int_eq(failed_count, 1);
	ck_assert_int_eq(failed_ifindex, ifindex_of("a1"));
	ck_assert(ip_equal(failed_addr, ip("192.0.2.1")));
	ck_assert_int_eq(failed_error, ENETDOWN);
	ck_assert_int_eq(witness_frame(witness, frame, sizeof(frame), WORLD_WAIT_MS),
			 ARP_FRAME_LEN);

	io_announce_queue(announce, 4711, mac, ip("192.0.2.3"), false);
	ck_assert_int_eq(io_announce_flush(announce), 0);
	ck_assert_int_eq(failed_count, 2);
	ck_assert_int_eq(failed_error, ENXIO);
}
END_TEST

START_TEST(interface_that_is_full_does_not_hold_up_another_and_is_given_up_in_the_end)
{
	uint8_t frame[256];

	make_cables(2);
	/* room for a handful of frames, one of which leaves every few minutes */
	sh("tc qdisc add dev a1 root tbf rate 8bit burst 100 limit 400");
	int witness = open_witness(ifindex_of("b0"), ETHERTYPE_ARP_FRAME);

	for (int i = 0; i < 200; i++) {
		io_announce_queue(announce, ifindex_of("a1"), mac, nth_vip(i), false);
		io_announce_queue(announce, ifindex_of("a0"), mac, nth_vip(i), false);
	}
	ck_assert_int_eq(io_announce_flush(announce), -ENOBUFS);
	ck_assert(!io_announce_wants_write(announce));
	for (int i = 0; i < 200; i++) {
		ck_assert_int_eq(witness_frame(witness, frame, sizeof(frame), WORLD_WAIT_MS),
				 ARP_FRAME_LEN);
		ck_assert(ip_equal(arp_target(frame), nth_vip(i)));
	}
	ck_assert_int_eq(failed_count, 0);
	flush_all();
	ck_assert_int_gt(failed_count, 180);
	ck_assert_int_eq(failed_error, ENOBUFS);
	ck_assert_int_eq(failed_ifindex, ifindex_of("a1"));
	ck_assert_uint_eq(io_announce_sent(announce) + (uint64_t)failed_count, 400);
}
END_TEST

START_TEST(frames_that_drain_slowly_are_tried_again)
{
	make_cables(1);
	/* a frame or so at a time, one every millisecond */
	sh("tc qdisc add dev a0 root tbf rate 350kbit burst 100 limit 100");
	for (int i = 0; i < 5; i++)
		io_announce_queue(announce, ifindex_of("a0"), mac, nth_vip(i), false);
	flush_all();
	ck_assert_int_eq(failed_count, 0);
	ck_assert_uint_eq(io_announce_sent(announce), 5);
}
END_TEST

START_TEST(full_socket_keeps_what_is_unsent_until_it_can_be_written)
{
	uint8_t frame[256];
	int bytes = 4096;

	make_cables(1);
	/* frames wait in the interface's queue, and count against the socket until they leave */
	sh("tc qdisc add dev a0 root tbf rate 1mbit burst 100 limit 1000000");
	ck_assert_int_eq(
		setsockopt(io_announce_fd(announce), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)),
		0);
	int witness = open_witness(ifindex_of("b0"), ETHERTYPE_ARP_FRAME);

	for (int i = 0; i < 300; i++)
		io_announce_queue(announce, ifindex_of("a0"), mac, nth_vip(i), false);
	ck_assert_int_eq(io_announce_flush(announce), -EAGAIN);
	ck_assert(io_announce_wants_write(announce));
	ck_assert_int_gt(io_announce_waiting(announce), 0);
	flush_all();
	ck_assert_int_eq(failed_count, 0);
	for (int i = 0; i < 300; i++) {
		ck_assert_int_eq(witness_frame(witness, frame, sizeof(frame), WORLD_WAIT_MS),
				 ARP_FRAME_LEN);
		ck_assert(ip_equal(arp_target(frame), nth_vip(i)));
	}
}
END_TEST

START_TEST(socket_receives_nothing)
{
	uint8_t frame[256];

	make_cables(1);
	int witness = open_witness(ifindex_of("a0"), ETHERTYPE_ARP_FRAME);

	io_announce_queue(announce, ifindex_of("b0"), mac, ip("192.0.2.1"), false);
	io_announce_flush(announce);
	ck_assert_int_eq(witness_frame(witness, frame, sizeof(frame), WORLD_WAIT_MS),
			 ARP_FRAME_LEN);
	ck_assert_int_eq(recv(io_announce_fd(announce), frame, sizeof(frame), MSG_DONTWAIT), -1);
	ck_assert_int_eq(errno, EAGAIN);
}
END_TEST

START_TEST(without_the_capability_it_says_which_one)
{
	const struct io_announce_handler handler = { .ctx = NULL };
	struct io_announce *other = NULL;
	const char *what = "";

	drop_capability(CAP_NET_RAW);
	ck_assert_int_eq(io_announce_open(&other, &handler, &what), -EPERM);
	ck_assert_ptr_nonnull(strstr(what, "CAP_NET_RAW"));
	ck_assert_ptr_null(other);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("io_announce");

	world_require_root();
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, gratuitous_arp_is_on_the_cable);
	tcase_add_test(tc, neighbour_advertisement_is_on_the_cable_with_its_router_flag);
	tcase_add_test(tc, thousands_leave_in_order_and_in_bounded_pieces);
	tcase_add_test(tc, full_ring_drops_the_one_past_its_limit_and_counts_it);
	tcase_add_test(tc, interface_that_is_down_or_absent_fails_alone);
	tcase_add_test(tc,
		       interface_that_is_full_does_not_hold_up_another_and_is_given_up_in_the_end);
	tcase_add_test(tc, frames_that_drain_slowly_are_tried_again);
	tcase_add_test(tc, full_socket_keeps_what_is_unsent_until_it_can_be_written);
	tcase_add_test(tc, socket_receives_nothing);
	tcase_add_test(tc, without_the_capability_it_says_which_one);
	return run_test_case(tc, "io_announce");
}
