/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BFD packets, into a session over time. Whatever the bytes, parsing ends and a refusal leaves the caller's struct alone; what is accepted is
 * built again to the same bytes. A session never sends what a peer would refuse, never more often than it may, stays in its ranges, and
 * what is remembered of it is believed. Each round of the input: milliseconds to wait, which of our doings comes with it, a packet.
 */
#include <string.h>

#include "base/bytes.h"
#include "core/bfd_record.h"
#include "core/bfd_session.h"
#include "wire/bfd.h"

#include "fuzz.h"

enum {
	ROUNDS_MAX = 200,
	AT_ONCE_MAX = 3, /* an answer, news, and nothing else */
	HOW_TRUNCATE = 1,
	HOW_MEND = 2, /* make it one that is taken */
	HOW_CONFIGURE = 4,
	HOW_RESTART = 8,
	HOW_CLOSE = 0xf0, /* all of these bits */
	MINE = 0x4d4d4d4d,
};

static const struct bfd_terms terms[2] = {
	{ { 50000 }, { 50000 }, 3 },
	{ { 2000000 }, { 10000 }, 1 },
};

static void check_packet(const uint8_t *bytes, size_t len)
{
	struct bfd_packet p, untouched;
	uint8_t again[BFD_BYTES];
	enum bfd_refusal refusal;

	memset(&p, 0xa5, sizeof(p));
	memset(&untouched, 0xa5, sizeof(untouched));
	refusal = bfd_parse(bytes, len, &p);
	if (refusal != BFD_REFUSAL_NONE) {
		MUST(refusal < BFD_REFUSAL_COUNT_);
		MUST(memcmp(&p, &untouched, sizeof(p)) == 0);
		return;
	}
	MUST(p.state <= BFD_UP && p.diagnostic <= BFD_DIAG_MAX && p.multiplier != 0);
	MUST(p.my_discriminator != 0 && !(p.poll && p.final));
	bfd_build(&p, again);
	/* but for the control plane bit and the length of what is behind it */
	MUST(again[1] == (bytes[1] & ~0x08) && again[3] == BFD_BYTES);
	again[1] = bytes[1];
	again[3] = bytes[3];
	MUST(memcmp(again, bytes, BFD_BYTES) == 0);
}

static void check_session(const struct bfd_session *s)
{
	char buf[TEXT_MAX];

	MUST(s->local_discriminator == MINE);
	MUST(s->state <= BFD_UP && s->remote_state <= BFD_UP);
	MUST(s->verdict != CHECK_UP || s->state == BFD_UP);
	MUST(s->state == BFD_UP || s->min_tx.us >= BFD_SLOW_MS * 1000);
	MUST(bfd_transmit_interval(s).us > 0);
	MUST(strlen(bfd_session_why(s, buf)) < TEXT_MAX);
}

/* All that is due; what is periodic keeps its distance. */
static void send_all(struct bfd_session *s, struct instant now, uint32_t dice)
{
	struct bfd_packet p, heard;
	uint8_t bytes[BFD_BYTES];
	int count = 0;

	while (bfd_session_next(s, now, dice, &p)) {
		MUST(++count <= AT_ONCE_MAX);
		bfd_build(&p, bytes);
		MUST(bfd_parse(bytes, sizeof(bytes), &heard) == BFD_REFUSAL_NONE);
		MUST(p.my_discriminator == MINE && p.multiplier == s->terms.multiplier);
	}
	/* Nothing is left that would be due at once again: a loop over it ends. */
	MUST(!instant_reached(bfd_session_deadline(s), now) ||
	     !instant_reached(s->transmit_at, now));
}

static void restart(struct bfd_session *s, struct instant now)
{
	struct bfd_record in = { .peer = { .family = IP_V4 }, .port = BFD_SOURCE_PORT_MAX }, out;
	uint8_t bytes[RECORD_BYTES];

	bfd_session_remember(s, &in.memory);
	bfd_record_pack(&in, bytes);
	MUST(bfd_record_unpack(bytes, &out) == 0);
	MUST(out.memory.state == s->state);
	bfd_session_resume(s, &terms[0], &out.memory, now);
}

static void mend(uint8_t bytes[static BFD_BYTES])
{
	struct writer w = { .data = bytes + 8, .cap = 4 };

	bytes[0] = (uint8_t)(BFD_VERSION << 5 | (bytes[0] & BFD_DIAG_MAX));
	bytes[1] &= bytes[1] & 0x20 ? 0xe2 : 0xf2;
	bytes[2] |= 1;
	bytes[3] = BFD_BYTES;
	bytes[7] |= 1;
	write_be32(&w, MINE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reader r = reader_of(data, len);
	struct instant now = { 1000000 };
	struct bfd_session s;

	check_packet(data, len);
	bfd_session_init(&s, &terms[0], MINE, now);
	send_all(&s, now, 0);
	for (int round = 0; round < ROUNDS_MAX && reader_left(&r) > 0; round++) {
		uint16_t wait_ms = read_be16(&r);
		uint8_t how = read_u8(&r), bytes[BFD_BYTES];
		struct bfd_packet p;

		now = instant_add(now, span_ms(wait_ms));
		read_bytes(&r, bytes, sizeof(bytes));
		if (how & HOW_MEND)
			mend(bytes);
		bfd_session_tick(&s, now);
		send_all(&s, now, how);
		if (how & HOW_CONFIGURE)
			bfd_session_configure(&s, &terms[how & 1]);
		if (how & HOW_RESTART)
			restart(&s, now);
		if ((how & HOW_CLOSE) == HOW_CLOSE)
			bfd_session_close(&s);
		if (bfd_parse(bytes, sizeof(bytes) - (how & HOW_TRUNCATE && !(how & HOW_MEND)),
			      &p) == BFD_REFUSAL_NONE)
			bfd_session_receive(&s, &p, now);
		send_all(&s, now, how * 37u);
		check_session(&s);
	}
	return 0;
}
