/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader and the writer at their limits. The buffers are exactly as long as claimed and on the
 * heap, so that AddressSanitizer sees one byte too many.
 */
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* count bytes on the heap: 1, 2, 3… */
static uint8_t *counted(size_t count)
{
	uint8_t *bytes = malloc(count);

	for (size_t i = 0; i < count; i++)
		bytes[i] = (uint8_t)(i + 1);
	return bytes;
}

START_TEST(numbers_are_read_big_endian_one_after_the_other)
{
	uint8_t *data = counted(18);
	struct reader r = reader_of(data, 18);

	ck_assert_uint_eq(read_u8(&r), 0x01);
	ck_assert_uint_eq(read_be16(&r), 0x0203);
	ck_assert_uint_eq(read_be32(&r), 0x04050607);
	ck_assert_uint_eq(reader_left(&r), 11);
	read_skip(&r, 2);
	ck_assert_uint_eq(read_u8(&r), 0x0a);
	ck_assert(read_be64(&r) == UINT64_C(0x0b0c0d0e0f101112));
	ck_assert_uint_eq(reader_left(&r), 0);
	ck_assert(!r.overrun);
	free(data);
}
END_TEST

START_TEST(high_bits_survive_reading)
{
	uint8_t data[] = { 0xff, 0xfe, 0xfd, 0xfc, 0xff, 0, 0, 0, 0, 0, 0, 0 };
	struct reader r = reader_of(data, sizeof(data));

	ck_assert_uint_eq(read_be32(&r), 0xfffefdfc);
	ck_assert(read_be64(&r) == UINT64_C(0xff) << 56);
}
END_TEST

/* Each kind of read at the last place where it fits, and one byte later. */
START_TEST(every_read_stops_at_the_end)
{
	for (size_t width = 0; width <= 4; width++) {
		for (size_t len = 0; len <= 5; len++) {
			uint8_t *data = counted(len);
			struct reader r = reader_of(data, len);
			uint8_t out[4] = { 0xaa, 0xaa, 0xaa, 0xaa };

			read_bytes(&r, out, width);
			ck_assert_int_eq(r.overrun, width > len);
			ck_assert_uint_eq(reader_left(&r), width > len ? 0 : len - width);
			for (size_t i = 0; i < 4; i++) {
				uint8_t expected = width > len ? 0 : (uint8_t)(i + 1);

				ck_assert_uint_eq(out[i], i < width ? expected : 0xaa);
			}
			free(data);
		}
	}
}
END_TEST

START_TEST(numbers_beyond_the_end_are_zero)
{
	uint8_t *data = counted(7);
	struct reader r = reader_of(data, 0);

	ck_assert_uint_eq(read_u8(&r), 0);
	ck_assert(r.overrun);
	r = reader_of(data, 1);
	ck_assert_uint_eq(read_be16(&r), 0);
	ck_assert(r.overrun);
	r = reader_of(data, 3);
	ck_assert_uint_eq(read_be32(&r), 0);
	ck_assert(r.overrun);
	r = reader_of(data, 7);
	ck_assert(read_be64(&r) == 0);
	ck_assert(r.overrun);
	r = reader_of(data, 3);
	read_skip(&r, 4);
	ck_assert(r.overrun);
	free(data);
}
END_TEST

START_TEST(after_an_overrun_nothing_is_read_any_more)
{
	uint8_t *data = counted(3);
	struct reader r = reader_of(data, 3);

	read_be32(&r);
	/* three bytes are there, but they are not what the caller believes them to be */
	ck_assert_uint_eq(read_u8(&r), 0);
	ck_assert_uint_eq(reader_left(&r), 0);
	free(data);
}
END_TEST

START_TEST(a_huge_length_does_not_wrap_around)
{
	uint8_t *data = counted(4);
	struct reader r = reader_of(data, 4);

	read_u8(&r);
	read_skip(&r, SIZE_MAX);
	ck_assert(r.overrun);

	struct writer w = writer_of(data, 4);

	write_u8(&w, 9);
	write_zeros(&w, SIZE_MAX);
	ck_assert(w.overrun);
	ck_assert_uint_eq(w.len, 1);
	free(data);
}
END_TEST

START_TEST(nothing_can_be_read_from_nothing)
{
	struct reader r = reader_of(NULL, 0);

	read_bytes(&r, NULL, 0);
	read_skip(&r, 0);
	ck_assert(!r.overrun);
	read_u8(&r);
	ck_assert(r.overrun);
}
END_TEST

START_TEST(numbers_are_written_big_endian_one_after_the_other)
{
	uint8_t *data = malloc(20);
	struct writer w = writer_of(data, 20);
	static const uint8_t expected[] = { 0x01, 0xf2, 0x03, 0xf4, 0x05, 0x06, 0x07,
					    0x00, 0x00, 0x08, 0x09, 0x0a, 0xfb, 0x0c,
					    0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12 };

	write_u8(&w, 0x01);
	write_be16(&w, 0xf203);
	write_be32(&w, 0xf4050607);
	write_zeros(&w, 2);
	write_bytes(&w, (const uint8_t[]){ 8, 9, 10 }, 3);
	write_be64(&w, UINT64_C(0xfb0c0d0e0f101112));
	ck_assert(!w.overrun);
	ck_assert_uint_eq(w.len, 20);
	ck_assert_mem_eq(data, expected, sizeof(expected));
	free(data);
}
END_TEST

static void write_width(struct writer *w, size_t width)
{
	static const uint8_t bytes[] = { 1, 2, 3 };

	if (width == 1)
		write_u8(w, 1);
	else if (width == 2)
		write_be16(w, 0x0102);
	else if (width == 3)
		write_bytes(w, bytes, 3);
	else if (width == 4)
		write_be32(w, 0x01020304);
	else if (width == 8)
		write_be64(w, 0x0102030405060708);
	else
		write_zeros(w, width);
}

START_TEST(every_write_stops_at_the_end_and_leaves_nothing_half_written)
{
	for (size_t width = 0; width <= 8; width++) {
		for (size_t cap = 0; cap <= 9; cap++) {
			uint8_t *data = counted(cap);
			struct writer w = writer_of(data, cap);

			write_width(&w, width);
			ck_assert_int_eq(w.overrun, width > cap);
			ck_assert_uint_eq(w.len, width > cap ? 0 : width);
			if (width > cap && cap > 0)
				ck_assert_uint_eq(data[0], 1); /* as before */
			free(data);
		}
	}
}
END_TEST

START_TEST(after_an_overrun_nothing_is_written_any_more)
{
	uint8_t *data = counted(3);
	struct writer w = writer_of(data, 3);

	write_be32(&w, 0);
	write_u8(&w, 0xee); /* would fit, and would stand in the wrong place */
	ck_assert(w.overrun);
	ck_assert_uint_eq(w.len, 0);
	ck_assert_uint_eq(data[0], 1);
	free(data);
}
END_TEST

START_TEST(a_number_known_last_goes_into_what_is_already_written)
{
	uint8_t *data = malloc(4);
	struct writer w = writer_of(data, 4);

	write_zeros(&w, 4);
	write_be16_at(&w, 2, 0xbeef); /* the last place where it fits */
	ck_assert(!w.overrun);
	ck_assert_uint_eq(w.len, 4);
	ck_assert_mem_eq(data, "\0\0\xbe\xef", 4);
	free(data);
}
END_TEST

START_TEST(what_is_not_yet_written_cannot_be_overwritten)
{
	uint8_t *data = counted(8);
	const size_t written = 4, too_far[] = { 3, 4, 7, 8, SIZE_MAX };

	for (size_t i = 0; i < sizeof(too_far) / sizeof(too_far[0]); i++) {
		struct writer w = writer_of(data, 8);

		write_zeros(&w, written);
		write_be16_at(&w, too_far[i], 0xbeef);
		ck_assert(w.overrun);
		ck_assert_mem_eq(data, "\0\0\0\0\x05\x06\x07\x08", 8);
	}
	free(data);
}
END_TEST

START_TEST(a_buffer_too_short_for_the_late_number_is_an_overrun)
{
	for (size_t len = 0; len < 2; len++) {
		uint8_t data[2] = { 1, 2 };
		struct writer w = writer_of(data, 2);

		write_zeros(&w, len);
		write_be16_at(&w, 0, 0xbeef);
		ck_assert(w.overrun);
		ck_assert_uint_eq(data[1], 2);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("bytes");

	tcase_add_test(tc, numbers_are_read_big_endian_one_after_the_other);
	tcase_add_test(tc, high_bits_survive_reading);
	tcase_add_test(tc, every_read_stops_at_the_end);
	tcase_add_test(tc, numbers_beyond_the_end_are_zero);
	tcase_add_test(tc, after_an_overrun_nothing_is_read_any_more);
	tcase_add_test(tc, a_huge_length_does_not_wrap_around);
	tcase_add_test(tc, nothing_can_be_read_from_nothing);
	tcase_add_test(tc, numbers_are_written_big_endian_one_after_the_other);
	tcase_add_test(tc, every_write_stops_at_the_end_and_leaves_nothing_half_written);
	tcase_add_test(tc, after_an_overrun_nothing_is_written_any_more);
	tcase_add_test(tc, a_number_known_last_goes_into_what_is_already_written);
	tcase_add_test(tc, what_is_not_yet_written_cannot_be_overwritten);
	tcase_add_test(tc, a_buffer_too_short_for_the_late_number_is_an_overrun);
	return run_test_case(tc, "bytes");
}
