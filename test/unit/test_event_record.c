/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events in bytes: what was packed comes back, what was damaged in any way does not, and a history goes on with the numbers of its
 * predecessor.
 */
#include "core/event_record.h"

#include <errno.h>
#include <string.h>

#include "unit.h"

static struct history_event conflict(void)
{
	return (struct history_event){
		.seq = UINT64_C(0x100000007),
		.at = { 123456789012 },
		.wall_us = 1767225600000000,
		.kind = HISTORY_CONFLICT,
		.code = CONFLICT_INTERVAL,
		.from = -1,
		.to = 1000,
		.error = ENOBUFS,
		.count = UINT32_MAX,
		.reason = REASON_LAST_ROUTER,
		.address = { .family = IP_V6, .bytes = { 0xfe, 0x80, [15] = 1 } },
		.instance = "web/ipv6",
		.text = "of them",
	};
}

START_TEST(what_was_packed_comes_back)
{
	struct history_event e = conflict(), back;
	uint8_t bytes[EVENT_RECORD_BYTES];

	event_record_pack(&e, bytes);
	ck_assert_int_eq(event_record_unpack(bytes, &back), 0);
	ck_assert_uint_eq(back.seq, e.seq);
	ck_assert_int_eq(back.at.us, e.at.us);
	ck_assert_int_eq(back.wall_us, e.wall_us);
	ck_assert_int_eq(back.kind, e.kind);
	ck_assert_int_eq(back.code, e.code);
	ck_assert_int_eq(back.from, e.from);
	ck_assert_int_eq(back.to, e.to);
	ck_assert_int_eq(back.error, e.error);
	ck_assert_uint_eq(back.count, e.count);
	ck_assert_int_eq(back.reason, e.reason);
	ck_assert(ip_equal(back.address, e.address));
	ck_assert_str_eq(back.instance, e.instance);
	ck_assert_str_eq(back.text, e.text);
}
END_TEST

START_TEST(one_changed_bit_anywhere_is_noticed)
{
	struct history_event e = conflict(), back = { .seq = 42 };
	uint8_t bytes[EVENT_RECORD_BYTES];

	event_record_pack(&e, bytes);
	for (size_t i = 0; i < sizeof(bytes) * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_int_ne(event_record_unpack(bytes, &back), 0);
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	ck_assert_uint_eq(back.seq, 42);
	memset(bytes, 0, sizeof(bytes));
	ck_assert_int_eq(event_record_unpack(bytes, &back), -EBADMSG);
}
END_TEST

START_TEST(another_version_is_told_from_damage)
{
	struct history_event e = conflict(), back;
	uint8_t bytes[EVENT_RECORD_BYTES];

	event_record_pack(&e, bytes);
	bytes[5]++;
	ck_assert_int_eq(event_record_unpack(bytes, &back), -EPROTO);
}
END_TEST

START_TEST(what_no_reader_could_bear_is_refused)
{
	struct history_event bad[8], back;
	uint8_t bytes[EVENT_RECORD_BYTES];

	for (size_t i = 0; i < 8; i++)
		bad[i] = conflict();
	bad[0].seq = 0;
	bad[1].at.us = -1;
	bad[2].wall_us = INT64_MAX;
	bad[3].kind = HISTORY_KIND_COUNT_;
	bad[4].reason = REASON_COUNT_;
	bad[5].address.family = 5;
	memset(bad[6].instance, 'x', sizeof(bad[6].instance));
	memset(bad[7].text, 'x', sizeof(bad[7].text));
	for (size_t i = 0; i < 8; i++) {
		event_record_pack(&bad[i], bytes);
		ck_assert_msg(event_record_unpack(bytes, &back) == -EBADMSG, "case %zu", i);
	}
}
END_TEST

enum {
	CAP = 8
};

static void restore(struct history *h, uint64_t seq)
{
	struct history_event e = conflict();

	e.seq = seq;
	history_restore(h, &e);
}

START_TEST(a_history_goes_on_with_the_numbers_of_its_predecessor)
{
	static struct history_event ring[CAP];
	struct history_event e = conflict();
	struct history h, copy;
	static struct history_event other[CAP];
	uint64_t seq = 1, lost;

	history_init(&h, ring, CAP);
	for (uint64_t n = 100; n < 103; n++)
		restore(&h, n);
	history_append(&h, &e);
	ck_assert_uint_eq(history_last(&h, 99), 100);
	ck_assert_uint_eq(history_read(&h, &seq, &lost)->seq, 100);
	ck_assert_uint_eq(lost, 99);
	for (uint64_t n = 101; n < 104; n++)
		ck_assert_uint_eq(history_read(&h, &seq, NULL)->seq, n);
	ck_assert_ptr_null(history_read(&h, &seq, NULL));

	history_init(&copy, other, CAP);
	history_copy(&copy, &h);
	ck_assert_uint_eq(history_last(&copy, 99), 100);
}
END_TEST

START_TEST(what_stands_before_a_gap_is_forgotten)
{
	static struct history_event ring[CAP];
	struct history h;
	uint64_t seq = 1;

	history_init(&h, ring, CAP);
	restore(&h, 1);
	restore(&h, 2);
	restore(&h, 4);
	restore(&h, 4);
	restore(&h, 3);
	ck_assert_uint_eq(history_read(&h, &seq, NULL)->seq, 4);
	ck_assert_ptr_null(history_read(&h, &seq, NULL));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("event_record");

	tcase_add_test(tc, what_was_packed_comes_back);
	tcase_add_test(tc, one_changed_bit_anywhere_is_noticed);
	tcase_add_test(tc, another_version_is_told_from_damage);
	tcase_add_test(tc, what_no_reader_could_bear_is_refused);
	tcase_add_test(tc, a_history_goes_on_with_the_numbers_of_its_predecessor);
	tcase_add_test(tc, what_stands_before_a_gap_is_forgotten);
	return run_test_case(tc, "event_record");
}
