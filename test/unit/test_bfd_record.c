/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of BFD sessions: what was packed comes back, what was damaged or is out of range does not, and the bytes are the same whoever
 * packed them.
 */
#include "core/bfd_record.h"

#include <errno.h>
#include <string.h>

#include "core_kit.h"
#include "unit.h"

static struct bfd_record sample(void)
{
	return (struct bfd_record){
		.peer = ip("192.0.2.2"),
		.source = ip("192.0.2.1"),
		.from = ip("192.0.2.1"),
		.port = BFD_SOURCE_PORT_MIN,
		.memory = {
			.state = BFD_UP,
			.remote_state = BFD_INIT,
			.local_discriminator = 0x01020304,
			.remote_discriminator = 0x05060708,
			.diagnostic = BFD_DIAG_MAX,
			.remote_diagnostic = BFD_DIAG_EXPIRED,
			.remote_multiplier = 255,
			.remote_demand = true,
			.polling = true,
			.min_tx = span_us(UINT32_MAX),
			.min_rx = span_us(1),
			.remote_min_tx = span_us(50000),
			.remote_min_rx = span_us(0),
			.verdict = CHECK_UNKNOWN,
		},
	};
}

static void assert_same(const struct bfd_record *a, const struct bfd_record *b)
{
	const struct bfd_memory *x = &a->memory, *y = &b->memory;

	ck_assert(ip_equal(a->peer, b->peer) && ip_equal(a->source, b->source));
	ck_assert(ip_equal(a->from, b->from));
	ck_assert_uint_eq(a->port, b->port);
	ck_assert_int_eq(x->state, y->state);
	ck_assert_int_eq(x->remote_state, y->remote_state);
	ck_assert_uint_eq(x->local_discriminator, y->local_discriminator);
	ck_assert_uint_eq(x->remote_discriminator, y->remote_discriminator);
	ck_assert_uint_eq(x->diagnostic, y->diagnostic);
	ck_assert_uint_eq(x->remote_diagnostic, y->remote_diagnostic);
	ck_assert_uint_eq(x->remote_multiplier, y->remote_multiplier);
	ck_assert_int_eq(x->remote_demand, y->remote_demand);
	ck_assert_int_eq(x->polling, y->polling);
	ck_assert_int_eq(x->min_tx.us, y->min_tx.us);
	ck_assert_int_eq(x->min_rx.us, y->min_rx.us);
	ck_assert_int_eq(x->remote_min_tx.us, y->remote_min_tx.us);
	ck_assert_int_eq(x->remote_min_rx.us, y->remote_min_rx.us);
	ck_assert_int_eq(x->verdict, y->verdict);
}

static void assert_comes_back(struct bfd_record in)
{
	uint8_t bytes[RECORD_BYTES];
	struct bfd_record out;

	bfd_record_pack(&in, bytes);
	ck_assert_int_eq(bfd_record_unpack(bytes, &out), 0);
	assert_same(&in, &out);
}

START_TEST(what_is_packed_comes_back)
{
	struct bfd_record r = sample();

	assert_comes_back(r);
	r.source = IP_ADDR_NONE;
	r.port = BFD_SOURCE_PORT_MAX;
	r.memory = (struct bfd_memory){
		.local_discriminator = 1,
		.min_tx = span_us(1),
		.min_rx = span_us(UINT32_MAX),
		.remote_min_tx = span_us(UINT32_MAX),
		.remote_min_rx = span_us(UINT32_MAX),
	};
	assert_comes_back(r);
	r.memory.state = BFD_DOWN;
	r.memory.remote_state = BFD_UP;
	r.memory.remote_diagnostic = BFD_DIAG_MAX;
	assert_comes_back(r);
	r.peer = ip("2001:db8::2");
	r.source = IP_ADDR_NONE;
	r.from = ip("2001:db8::1");
	assert_comes_back(r);
	r.from = IP_ADDR_NONE;
	assert_comes_back(r);
}
END_TEST

START_TEST(the_bytes_are_these)
{
	static const uint8_t wanted[] = {
		'b', 'f',  'd', '2', 4,   192, 0, 2, 2, 0, 0, 0,    0,    0,  0, 0,   0, 0,
		0,   0,    0,   4,   192, 0,   2, 1, 0, 0, 0, 0,    0,    0,  0, 0,   0, 0,
		0,   0,    4,   192, 0,   2,   1, 0, 0, 0, 0, 0,    0,    0,  0, 0,   0, 0,
		0,   0xc0, 0,   3,   2,   1,   2, 3, 4, 5, 6, 7,    8,    31, 1, 255, 1, 1,
		2,   255,  255, 255, 255, 0,   0, 0, 1, 0, 0, 0xc3, 0x50, 0,  0, 0,   0,
	};
	struct bfd_record r = sample();
	uint8_t bytes[RECORD_BYTES];

	bfd_record_pack(&r, bytes);
	ck_assert_mem_eq(bytes, wanted, sizeof(wanted));
	for (size_t i = sizeof(wanted); i < RECORD_BYTES - 2; i++)
		ck_assert_uint_eq(bytes[i], 0);
}
END_TEST

START_TEST(any_changed_byte_is_noticed)
{
	struct bfd_record r = sample(), out, untouched;
	uint8_t bytes[RECORD_BYTES];

	memset(&out, 0xa5, sizeof(out));
	memset(&untouched, 0xa5, sizeof(untouched));
	bfd_record_pack(&r, bytes);
	for (size_t i = 0; i < RECORD_BYTES; i++) {
		bytes[i] ^= 0x10;
		ck_assert_int_eq(bfd_record_unpack(bytes, &out), -EBADMSG);
		bytes[i] ^= 0x10;
	}
	ck_assert_mem_eq(&out, &untouched, sizeof(out));
	memset(bytes, 0, sizeof(bytes));
	ck_assert_int_eq(bfd_record_unpack(bytes, &out), -EBADMSG);
}
END_TEST

#define REFUSE(change)                                                      \
	do {                                                                \
		struct bfd_record r = sample(), out;                        \
		uint8_t bytes[RECORD_BYTES];                                \
                                                                            \
		change;                                                     \
		bfd_record_pack(&r, bytes);                                 \
		ck_assert_int_eq(bfd_record_unpack(bytes, &out), -EBADMSG); \
	} while (0)

START_TEST(what_is_out_of_range_is_refused)
{
	REFUSE(r.peer = IP_ADDR_NONE);
	REFUSE(r.peer = r.from = IP_ADDR_NONE);
	REFUSE(r.peer.family = 5);
	REFUSE(r.peer.bytes[4] = 1);
	REFUSE(r.source.family = 5);
	REFUSE(r.source = (struct ip_addr){ .family = 5 });
	REFUSE(r.source.bytes[15] = 1);
	REFUSE(r.from.family = 5);
	REFUSE(r.from.bytes[15] = 1);
	REFUSE(r.from = ip("2001:db8::1"));
	REFUSE(r.port = BFD_SOURCE_PORT_MIN - 1);
	REFUSE(r.memory.state = (enum bfd_state)(BFD_UP + 1));
	REFUSE(r.memory.remote_state = (enum bfd_state)(BFD_UP + 1));
	REFUSE(r.memory.local_discriminator = 0);
	REFUSE(r.memory.diagnostic = BFD_DIAG_MAX + 1);
	REFUSE(r.memory.remote_diagnostic = BFD_DIAG_MAX + 1);
	REFUSE(r.memory.verdict = (enum check_state)(CHECK_UNKNOWN + 1));
	REFUSE(r.memory.remote_multiplier = 0);
	REFUSE(r.memory.remote_discriminator = 0);
	REFUSE(r.memory.state = BFD_INIT; r.memory.remote_multiplier = 0);
	REFUSE(r.memory.min_tx = span_us(0));
	REFUSE(r.memory.min_rx = span_us(0));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("bfd_record");

	tcase_add_test(tc, what_is_packed_comes_back);
	tcase_add_test(tc, the_bytes_are_these);
	tcase_add_test(tc, any_changed_byte_is_noticed);
	tcase_add_test(tc, what_is_out_of_range_is_refused);
	return run_test_case(tc, "bfd_record");
}
