/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records: what was packed comes back, what was damaged in any way does not, and the bytes are the
 * same whoever packed them, because a successor may be another build.
 */
#include "core/record.h"

#include <errno.h>
#include <string.h>

#include "base/ip.h"
#include "random.h"
#include "unit.h"

enum {
	REASON_POS = 71, /* of a force */
	BY_POS = REASON_POS + TEXT_MAX,
	COUNTERS_POS = BY_POS + NAME_MAX_LEN + 1,
	LINGER_POS = COUNTERS_POS + 2 + 8 * COUNTER_COUNT_,
};

static struct record record_of_a_master(void)
{
	struct record r = {
		.interface = "eth0.100",
		.vrid = 51,
		.family = IP_V4,
		.state = VROUTER_MASTER,
		.reason = REASON_MASTER_DOWN,
		.since_wall_us = 1767225600000000,
		.last_advert = { 123456789012 },
		.interval = { 40950000 },
		.priority = 150,
		.told = VROUTER_MASTER,
		.group_told = VROUTER_BACKUP,
		.force = { .to = FORCE_MASTER,
			   .despite_faults = true,
			   .until = { 123456789999 },
			   .until_wall_us = 1767225700000000,
			   .reason = "moving house",
			   .by = "root" },
		.linger_until = { 123456799999 },
	};

	for (int i = 0; i < COUNTER_COUNT_; i++)
		r.counters.value[i] = ((uint64_t)i << 40) + 7;
	return r;
}

static void assert_same(const struct record *a, const struct record *b)
{
	ck_assert_str_eq(a->interface, b->interface);
	ck_assert_uint_eq(a->vrid, b->vrid);
	ck_assert_uint_eq(a->family, b->family);
	ck_assert_int_eq(a->state, b->state);
	ck_assert_int_eq(a->reason, b->reason);
	ck_assert_int_eq(a->since_wall_us, b->since_wall_us);
	ck_assert_int_eq(a->last_advert.us, b->last_advert.us);
	ck_assert_int_eq(a->interval.us, b->interval.us);
	ck_assert_uint_eq(a->priority, b->priority);
	ck_assert_int_eq(a->told, b->told);
	ck_assert_int_eq(a->group_told, b->group_told);
	ck_assert_int_eq(a->force.to, b->force.to);
	ck_assert_int_eq(a->force.despite_faults, b->force.despite_faults);
	ck_assert_int_eq(a->force.until.us, b->force.until.us);
	ck_assert_int_eq(a->force.until_wall_us, b->force.until_wall_us);
	ck_assert_str_eq(a->force.reason, b->force.reason);
	ck_assert_str_eq(a->force.by, b->force.by);
	ck_assert_mem_eq(&a->counters, &b->counters, sizeof(a->counters));
	ck_assert_int_eq(a->linger_until.us, b->linger_until.us);
}

START_TEST(what_is_packed_comes_back)
{
	struct record in = record_of_a_master(), out;
	uint8_t bytes[RECORD_BYTES];

	record_pack(&in, bytes);
	ck_assert_int_eq(record_unpack(bytes, &out), 0);
	assert_same(&in, &out);
}
END_TEST

START_TEST(an_advertisement_never_sent_stays_never_sent)
{
	struct record in = record_of_a_master(), out;
	uint8_t bytes[RECORD_BYTES];

	in.last_advert = INSTANT_NEVER;
	in.family = IP_V6;
	in.state = VROUTER_BACKUP;
	record_pack(&in, bytes);
	ck_assert_int_eq(record_unpack(bytes, &out), 0);
	assert_same(&in, &out);
	ck_assert(instant_is_never(out.last_advert));
}
END_TEST

START_TEST(one_that_was_in_fault_and_told_so_comes_back)
{
	struct record in = record_of_a_master(), out;
	uint8_t bytes[RECORD_BYTES];

	in.state = in.told = in.group_told = VROUTER_FAULT;
	in.reason = REASON_COUNT_ - 1;
	record_pack(&in, bytes);
	ck_assert_int_eq(record_unpack(bytes, &out), 0);
	assert_same(&in, &out);
}
END_TEST

/* Behind the counters there was nothing but zeros before; so there is where nobody lingers. */
START_TEST(one_of_a_build_that_told_nothing_of_lingering_tells_of_none)
{
	struct record in = record_of_a_master(), out;
	uint8_t bytes[RECORD_BYTES];

	in.linger_until = INSTANT_NEVER;
	record_pack(&in, bytes);
	for (int i = LINGER_POS; i < RECORD_BYTES - 2; i++)
		ck_assert_uint_eq(bytes[i], 0);
	ck_assert_int_eq(record_unpack(bytes, &out), 0);
	assert_same(&in, &out);
}
END_TEST

START_TEST(an_interface_name_as_long_as_can_be_comes_back)
{
	struct record in = record_of_a_master(), out;
	uint8_t bytes[RECORD_BYTES];

	strcpy(in.interface, "abcdefghijklmno");
	record_pack(&in, bytes);
	ck_assert_int_eq(record_unpack(bytes, &out), 0);
	ck_assert_str_eq(out.interface, "abcdefghijklmno");
}
END_TEST

START_TEST(fields_stand_where_another_build_expects_them)
{
	static const uint8_t begins[] = { 'v',
					  'r',
					  'r',
					  'p',
					  0,
					  RECORD_VERSION,
					  'e',
					  't',
					  'h',
					  '0',
					  '.',
					  '1',
					  '0',
					  '0',
					  0,
					  0,
					  0,
					  0,
					  0,
					  0,
					  0,
					  0,
					  51,
					  4,
					  VROUTER_MASTER,
					  REASON_MASTER_DOWN };
	struct record in = record_of_a_master();
	uint8_t bytes[RECORD_BYTES];

	record_pack(&in, bytes);
	ck_assert_mem_eq(bytes, begins, sizeof(begins));
}
END_TEST

START_TEST(any_flipped_bit_is_noticed)
{
	struct record in = record_of_a_master(), out;
	uint8_t bytes[RECORD_BYTES];

	record_pack(&in, bytes);
	memset(&out, 0x5a, sizeof(out));
	struct record untouched = out;

	for (int bit = 0; bit < RECORD_BYTES * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_ne(record_unpack(bytes, &out), 0);
		ck_assert_mem_eq(&out, &untouched, sizeof(out));
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert_int_eq(record_unpack(bytes, &out), 0);
}
END_TEST

/* Sets a byte and mends the checksum, so that only the range check can object. */
static int unpack_with(size_t pos, uint8_t value)
{
	struct record in = record_of_a_master(), out;
	uint8_t bytes[RECORD_BYTES];
	uint32_t sum = 0;

	record_pack(&in, bytes);
	bytes[pos] = value;
	bytes[RECORD_BYTES - 2] = bytes[RECORD_BYTES - 1] = 0;
	for (size_t i = 0; i < RECORD_BYTES; i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	bytes[RECORD_BYTES - 2] = (uint8_t)(~sum >> 8);
	bytes[RECORD_BYTES - 1] = (uint8_t)~sum;
	return record_unpack(bytes, &out);
}

START_TEST(values_out_of_range_are_refused_even_with_a_right_checksum)
{
	ck_assert_int_eq(unpack_with(22, 51), 0);
	ck_assert_int_eq(unpack_with(0, 'V'), -EBADMSG);
	ck_assert_int_eq(unpack_with(5, RECORD_VERSION + 1), -EPROTO);
	ck_assert_int_eq(unpack_with(6, 0), -EBADMSG);  /* interface "" */
	ck_assert_int_eq(unpack_with(22, 0), -EBADMSG); /* VRID */
	ck_assert_int_eq(unpack_with(23, 5), -EBADMSG); /* family */
	ck_assert_int_eq(unpack_with(24, VROUTER_FAULT + 1), -EBADMSG);
	ck_assert_int_eq(unpack_with(25, REASON_COUNT_), -EBADMSG);
	ck_assert_int_eq(unpack_with(26, 0x80), -EBADMSG); /* before 1970 */
	ck_assert_int_eq(unpack_with(26, 0x04), -EBADMSG); /* after the year 9999 */
	ck_assert_int_eq(unpack_with(34, 0x80), -EBADMSG); /* before the machine was started */
	ck_assert_int_eq(unpack_with(42, 0x80), -EBADMSG); /* negative interval */
	ck_assert_int_eq(unpack_with(50, 0), -EBADMSG);    /* priority */
	ck_assert_int_eq(unpack_with(51, VROUTER_FAULT + 1), -EBADMSG);
	ck_assert_int_eq(unpack_with(52, VROUTER_FAULT + 1), -EBADMSG);
	ck_assert_int_eq(unpack_with(53, FORCE_TO_COUNT_), -EBADMSG);
	ck_assert_int_eq(unpack_with(55, 0x80), -EBADMSG); /* forced until before the start */
	ck_assert_int_eq(unpack_with(63, 0x80), -EBADMSG); /* until before 1970 */
	ck_assert_int_eq(unpack_with(COUNTERS_POS + 1, COUNTER_COUNT_ + 1), -EBADMSG);
	ck_assert_int_eq(unpack_with(LINGER_POS, 0x80), -EBADMSG); /* until before the start */
}
END_TEST

START_TEST(a_name_without_an_end_is_refused)
{
	struct record in = record_of_a_master(), out;
	uint8_t bytes[RECORD_BYTES];

	memset(in.interface, 'x', sizeof(in.interface));
	record_pack(&in, bytes);
	ck_assert_int_eq(record_unpack(bytes, &out), -EBADMSG);
}
END_TEST

static int unpack_with_interval(int64_t us)
{
	struct record in = record_of_a_master(), out;
	uint8_t bytes[RECORD_BYTES];

	in.interval.us = us;
	record_pack(&in, bytes);
	return record_unpack(bytes, &out);
}

START_TEST(an_interval_that_no_settings_have_is_refused)
{
	ck_assert_int_eq(unpack_with_interval(0), -EBADMSG);
	ck_assert_int_eq(unpack_with_interval(9999), -EBADMSG);
	ck_assert_int_eq(unpack_with_interval(10000), 0);
	ck_assert_int_eq(unpack_with_interval(255000000), 0);
	ck_assert_int_eq(unpack_with_interval(255000001), -EBADMSG);
	ck_assert_int_eq(unpack_with_interval(INT64_MAX), -EBADMSG);
}
END_TEST

START_TEST(an_empty_file_and_noise_are_refused)
{
	struct random random = { .state = 11 };
	uint8_t bytes[RECORD_BYTES] = { 0 };
	struct record out;

	ck_assert_int_eq(record_unpack(bytes, &out), -EBADMSG);
	for (int i = 0; i < 10000; i++) {
		random_bytes(&random, bytes, sizeof(bytes));
		ck_assert_int_ne(record_unpack(bytes, &out), 0);
	}
}
END_TEST

START_TEST(times_are_believed_to_the_last_moment_that_can_be_shown)
{
	static const int64_t year_10000_us = INT64_C(253402300800) * 1000000;
	static const struct {
		int64_t since_wall_us, last_advert_us;
		int result;
	} cases[] = {
		{ 0, 0, 0 },
		{ -1, 0, -EBADMSG },
		{ 0, -1, -EBADMSG },
		{ year_10000_us - 1, 0, 0 },
		{ year_10000_us, 0, -EBADMSG },
	};
	uint8_t bytes[RECORD_BYTES];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct record in = record_of_a_master(), out;

		in.since_wall_us = cases[i].since_wall_us;
		in.last_advert.us = cases[i].last_advert_us;
		record_pack(&in, bytes);
		ck_assert_int_eq(record_unpack(bytes, &out), cases[i].result);
	}
}
END_TEST

START_TEST(faults_that_count_still_do)
{
	struct record in = record_of_a_master(), out;
	uint8_t bytes[RECORD_BYTES];

	in.force.despite_faults = false;
	record_pack(&in, bytes);
	ck_assert_int_eq(record_unpack(bytes, &out), 0);
	assert_same(&in, &out);
}
END_TEST

START_TEST(the_latest_time_before_the_start_is_refused_as_the_end_of_a_force)
{
	struct record in = record_of_a_master(), out;
	uint8_t bytes[RECORD_BYTES];

	in.force.until.us = -1;
	record_pack(&in, bytes);
	ck_assert_int_eq(record_unpack(bytes, &out), -EBADMSG);
	in.force.until.us = 0;
	record_pack(&in, bytes);
	ck_assert_int_eq(record_unpack(bytes, &out), 0);
}
END_TEST

START_TEST(texts_of_a_force_without_an_end_are_refused)
{
	struct record in = record_of_a_master(), out;
	uint8_t bytes[RECORD_BYTES];

	memset(in.force.reason, 'x', sizeof(in.force.reason));
	record_pack(&in, bytes);
	ck_assert_int_eq(record_unpack(bytes, &out), -EBADMSG);
	in = record_of_a_master();
	memset(in.force.by, 'x', sizeof(in.force.by));
	record_pack(&in, bytes);
	ck_assert_int_eq(record_unpack(bytes, &out), -EBADMSG);
}
END_TEST

START_TEST(a_damaged_record_is_called_a_bad_message)
{
	struct record in = record_of_a_master(), out;
	uint8_t bytes[RECORD_BYTES];

	record_pack(&in, bytes);
	bytes[60] ^= 1;
	ck_assert_int_eq(record_unpack(bytes, &out), -EBADMSG);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("record");

	tcase_add_test(tc, what_is_packed_comes_back);
	tcase_add_test(tc, an_advertisement_never_sent_stays_never_sent);
	tcase_add_test(tc, one_that_was_in_fault_and_told_so_comes_back);
	tcase_add_test(tc, one_of_a_build_that_told_nothing_of_lingering_tells_of_none);
	tcase_add_test(tc, an_interface_name_as_long_as_can_be_comes_back);
	tcase_add_test(tc, fields_stand_where_another_build_expects_them);
	tcase_add_test(tc, any_flipped_bit_is_noticed);
	tcase_add_test(tc, values_out_of_range_are_refused_even_with_a_right_checksum);
	tcase_add_test(tc, a_name_without_an_end_is_refused);
	tcase_add_test(tc, an_interval_that_no_settings_have_is_refused);
	tcase_add_test(tc, an_empty_file_and_noise_are_refused);
	tcase_add_test(tc, times_are_believed_to_the_last_moment_that_can_be_shown);
	tcase_add_test(tc, a_damaged_record_is_called_a_bad_message);
	tcase_add_test(tc, faults_that_count_still_do);
	tcase_add_test(tc, the_latest_time_before_the_start_is_refused_as_the_end_of_a_force);
	tcase_add_test(tc, texts_of_a_force_without_an_end_are_refused);
	return run_test_case(tc, "record");
}
