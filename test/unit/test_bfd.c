/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BFD control packets: RFC 5880 section 4.1 field by field, and the checks of section 6.8.6 that are about the packet alone, each at its
 * edge.
 */
#include <string.h>

#include "wire/bfd.h"

#include "unit.h"

/* Up, Poll, Demand, multiplier 3, discriminators 1 and 2, 50 ms, 60 ms, no echo. */
static const uint8_t example[BFD_BYTES] = {
	0x21, 0xe2, 3, 24, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0xc3, 0x50, 0, 0, 0xea, 0x60, 0, 0, 0, 0,
};

struct bytes {
	uint8_t data[BFD_BYTES + 8];
};

/* The example with one byte changed. */
static struct bytes with(size_t at, uint8_t value)
{
	struct bytes b = { { 0 } };

	memcpy(b.data, example, sizeof(example));
	b.data[at] = value;
	return b;
}

static enum bfd_refusal parse(struct bytes b, struct bfd_packet *ret)
{
	return bfd_parse(b.data, BFD_BYTES, ret);
}

static void assert_refused(struct bytes b, size_t len, enum bfd_refusal refusal)
{
	struct bfd_packet p, untouched;

	memset(&p, 0xa5, sizeof(p));
	memset(&untouched, 0xa5, sizeof(untouched));
	ck_assert_int_eq(bfd_parse(b.data, len, &p), refusal);
	ck_assert_int_eq(memcmp(&p, &untouched, sizeof(p)), 0);
}

START_TEST(every_field_of_section_4_1_is_read_from_its_place)
{
	struct bfd_packet p;

	ck_assert_int_eq(bfd_parse(example, sizeof(example), &p), BFD_REFUSAL_NONE);
	ck_assert_int_eq(p.state, BFD_UP);
	ck_assert_uint_eq(p.diagnostic, BFD_DIAG_EXPIRED);
	ck_assert(p.poll && !p.final && p.demand);
	ck_assert_uint_eq(p.multiplier, 3);
	ck_assert_uint_eq(p.my_discriminator, 1);
	ck_assert_uint_eq(p.your_discriminator, 2);
	ck_assert_int_eq(p.min_tx.us, 50000);
	ck_assert_int_eq(p.min_rx.us, 60000);
	ck_assert_int_eq(p.min_echo_rx.us, 0);
}
END_TEST

START_TEST(what_is_built_is_what_is_read)
{
	const struct bfd_packet p = {
		.state = BFD_INIT,
		.diagnostic = BFD_DIAG_MAX,
		.final = true,
		.multiplier = 255,
		.my_discriminator = UINT32_MAX,
		.your_discriminator = 0x01020304,
		.min_tx = span_us(UINT32_MAX),
		.min_rx = span_us(1),
		.min_echo_rx = span_us(2),
	};
	static const uint8_t wanted[BFD_BYTES] = {
		0x3f, 0x90, 255, 24,  255, 255, 255, 255, 1, 2, 3, 4,
		255,  255,  255, 255, 0,   0,   0,   1,   0, 0, 0, 2,
	};
	uint8_t built[BFD_BYTES];
	struct bfd_packet again;

	bfd_build(&p, built);
	ck_assert_int_eq(memcmp(built, wanted, sizeof(built)), 0);
	ck_assert_int_eq(bfd_parse(built, sizeof(built), &again), BFD_REFUSAL_NONE);
	ck_assert_int_eq(again.state, BFD_INIT);
	ck_assert(again.final && !again.poll && !again.demand);
	ck_assert_int_eq(again.min_tx.us, UINT32_MAX);
	ck_assert_int_eq(again.min_echo_rx.us, 2);

	ck_assert_int_eq(bfd_parse(example, sizeof(example), &again), BFD_REFUSAL_NONE);
	bfd_build(&again, built);
	ck_assert_int_eq(memcmp(built, example, sizeof(built)), 0);
}
END_TEST

START_TEST(versions_other_than_1_are_refused)
{
	for (unsigned int version = 0; version < 8; version++) {
		struct bytes b = with(0, (uint8_t)(version << 5 | 1));

		if (version != 1)
			assert_refused(b, BFD_BYTES, BFD_REFUSAL_VERSION);
	}
}
END_TEST

START_TEST(a_length_below_24_or_beyond_the_packet_is_refused)
{
	struct bfd_packet p;

	for (size_t len = 0; len < BFD_BYTES; len++)
		assert_refused(with(3, 24), len, BFD_REFUSAL_LENGTH);
	assert_refused(with(3, 23), BFD_BYTES, BFD_REFUSAL_LENGTH);
	assert_refused(with(3, 25), BFD_BYTES, BFD_REFUSAL_LENGTH);
	assert_refused(with(3, 26), BFD_BYTES + 1, BFD_REFUSAL_LENGTH);
	/* bytes behind it belong to nobody */
	ck_assert_int_eq(bfd_parse(with(3, 24).data, BFD_BYTES + 8, &p), BFD_REFUSAL_NONE);
	ck_assert_int_eq(bfd_parse(with(3, 32).data, BFD_BYTES + 8, &p), BFD_REFUSAL_NONE);
}
END_TEST

START_TEST(a_multiplier_of_0_and_the_multipoint_bit_are_refused)
{
	struct bfd_packet p;

	assert_refused(with(2, 0), BFD_BYTES, BFD_REFUSAL_MULTIPLIER);
	ck_assert_int_eq(parse(with(2, 1), &p), BFD_REFUSAL_NONE);
	assert_refused(with(1, 0xe3), BFD_BYTES, BFD_REFUSAL_MULTIPOINT);
}
END_TEST

START_TEST(no_discriminator_of_its_own_is_refused)
{
	assert_refused(with(7, 0), BFD_BYTES, BFD_REFUSAL_MY_DISCRIMINATOR);
}
END_TEST

START_TEST(who_does_not_know_our_discriminator_can_only_be_down)
{
	static const struct {
		enum bfd_state state;
		enum bfd_refusal refusal;
	} rows[] = {
		{ BFD_ADMIN_DOWN, BFD_REFUSAL_NONE },
		{ BFD_DOWN, BFD_REFUSAL_NONE },
		{ BFD_INIT, BFD_REFUSAL_YOUR_DISCRIMINATOR },
		{ BFD_UP, BFD_REFUSAL_YOUR_DISCRIMINATOR },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bytes b = with(11, 0);
		struct bfd_packet p;

		b.data[1] = (uint8_t)((unsigned int)rows[i].state << 6);
		ck_assert_int_eq(parse(b, &p), rows[i].refusal);
		if (rows[i].refusal == BFD_REFUSAL_NONE)
			ck_assert_int_eq(p.state, rows[i].state);
		b.data[11] = 2;
		ck_assert_int_eq(parse(b, &p), BFD_REFUSAL_NONE);
	}
}
END_TEST

START_TEST(authentication_is_refused_where_none_is_in_use)
{
	assert_refused(with(1, 0xe6), BFD_BYTES, BFD_REFUSAL_AUTHENTICATION);
}
END_TEST

START_TEST(poll_and_final_never_come_together)
{
	struct bfd_packet p;

	assert_refused(with(1, 0xf0), BFD_BYTES, BFD_REFUSAL_POLL_FINAL);
	ck_assert_int_eq(parse(with(1, 0xd0), &p), BFD_REFUSAL_NONE);
	ck_assert(p.final && !p.poll);
	ck_assert_int_eq(parse(with(1, 0xe0), &p), BFD_REFUSAL_NONE);
	ck_assert(!p.final && p.poll);
}
END_TEST

/* C says that forwarding outlives the control plane (section 4.1): nothing here depends on it. */
START_TEST(the_control_plane_bit_changes_nothing)
{
	struct bfd_packet p;

	ck_assert_int_eq(parse(with(1, 0xc8), &p), BFD_REFUSAL_NONE);
	ck_assert(!p.poll && !p.final && !p.demand);
}
END_TEST

START_TEST(states_and_diagnostics_have_their_words)
{
	ck_assert_str_eq(bfd_state_name(BFD_ADMIN_DOWN), "admin-down");
	ck_assert_str_eq(bfd_state_name(BFD_DOWN), "down");
	ck_assert_str_eq(bfd_state_name(BFD_INIT), "init");
	ck_assert_str_eq(bfd_state_name(BFD_UP), "up");
	ck_assert_str_eq(bfd_state_name((enum bfd_state)4), "?");
	ck_assert_str_eq(bfd_diagnostic_text(0), "no diagnostic");
	ck_assert_str_eq(bfd_diagnostic_text(1), "control detection time expired");
	ck_assert_str_eq(bfd_diagnostic_text(2), "echo function failed");
	ck_assert_str_eq(bfd_diagnostic_text(3), "neighbour signalled session down");
	ck_assert_str_eq(bfd_diagnostic_text(4), "forwarding plane reset");
	ck_assert_str_eq(bfd_diagnostic_text(5), "path down");
	ck_assert_str_eq(bfd_diagnostic_text(6), "concatenated path down");
	ck_assert_str_eq(bfd_diagnostic_text(7), "administratively down");
	ck_assert_str_eq(bfd_diagnostic_text(8), "reverse concatenated path down");
	for (unsigned int i = 9; i <= BFD_DIAG_MAX; i++)
		ck_assert_str_eq(bfd_diagnostic_text((uint8_t)i), "a reserved diagnostic");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("bfd");

	tcase_add_test(tc, every_field_of_section_4_1_is_read_from_its_place);
	tcase_add_test(tc, what_is_built_is_what_is_read);
	tcase_add_test(tc, versions_other_than_1_are_refused);
	tcase_add_test(tc, a_length_below_24_or_beyond_the_packet_is_refused);
	tcase_add_test(tc, a_multiplier_of_0_and_the_multipoint_bit_are_refused);
	tcase_add_test(tc, no_discriminator_of_its_own_is_refused);
	tcase_add_test(tc, who_does_not_know_our_discriminator_can_only_be_down);
	tcase_add_test(tc, authentication_is_refused_where_none_is_in_use);
	tcase_add_test(tc, poll_and_final_never_come_together);
	tcase_add_test(tc, the_control_plane_bit_changes_nothing);
	tcase_add_test(tc, states_and_diagnostics_have_their_words);
	return run_test_case(tc, "bfd");
}
