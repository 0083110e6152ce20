/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The session against RFC 5880, section by section: the state machine, who may send how often, when silence is the end, and what a Poll
 * changes. Every timer is looked at on its edge.
 */
#include <errno.h>
#include <string.h>

#include "core/bfd_session.h"

#include "core_kit.h"
#include "unit.h"

enum {
	OURS = 0x1111,
	THEIRS = 0x2222,
	FAST_MS = 50,
	START_MS = 10000,
	WHOLE = 250, /* dice: the whole interval (750 + 250 thousandths) */
};

static const struct bfd_terms terms = {
	.transmit = { FAST_MS * 1000 },
	.receive = { FAST_MS * 1000 },
	.multiplier = 3,
};

static struct bfd_session session(void)
{
	struct bfd_session s;

	memset(&s, 0xa5, sizeof(s));
	bfd_session_init(&s, &terms, OURS, at_ms(START_MS));
	return s;
}

/* What the peer says in that state, with our values. */
static struct bfd_packet packet(enum bfd_state state)
{
	return (struct bfd_packet){
		.state = state,
		.multiplier = 3,
		.my_discriminator = THEIRS,
		.your_discriminator = state == BFD_DOWN ? 0 : OURS,
		.min_tx = span_ms(state == BFD_UP ? FAST_MS : BFD_SLOW_MS),
		.min_rx = span_ms(FAST_MS),
	};
}

static void hear(struct bfd_session *s, enum bfd_state state, int64_t ms)
{
	struct bfd_packet p = packet(state);

	bfd_session_receive(s, &p, at_ms(ms));
}

/* All that is to be sent now; the last of it. Fails if that is nothing. */
static struct bfd_packet sent(struct bfd_session *s, int64_t ms)
{
	struct bfd_packet p, last = { .multiplier = 0 };

	while (bfd_session_next(s, at_ms(ms), WHOLE, &p)) {
		bfd_session_sent(s, 0);
		last = p;
	}
	ck_assert_msg(last.multiplier != 0, "nothing is sent");
	return last;
}

static void assert_silent(struct bfd_session *s, int64_t us)
{
	struct bfd_packet p;

	ck_assert(!bfd_session_next(s, at_us(us), WHOLE, &p));
}

/* Up since START_MS + 1, confirmed: the Poll that this began has been answered. */
static struct bfd_session up(void)
{
	struct bfd_session s = session();
	struct bfd_packet p = packet(BFD_UP);

	sent(&s, START_MS);
	hear(&s, BFD_DOWN, START_MS);
	sent(&s, START_MS);
	hear(&s, BFD_INIT, START_MS + 1);
	ck_assert(sent(&s, START_MS + 1).poll);
	p.final = true;
	bfd_session_receive(&s, &p, at_ms(START_MS + 1));
	ck_assert_int_eq(s.state, BFD_UP);
	ck_assert(!s.polling);
	return s;
}

/* Section 6.8.1 */
START_TEST(a_session_begins_down_and_speaks_at_once)
{
	struct bfd_session s = session();
	struct bfd_packet p;

	ck_assert_int_eq(s.verdict, CHECK_UNKNOWN);
	ck_assert_int_eq(s.remote_state, BFD_DOWN);
	ck_assert_int_eq(s.remote_min_rx.us, 1);
	/* the first packet sets the pace of the others */
	ck_assert_int_eq(bfd_session_deadline(&s).us, (START_MS + 3000) * 1000);
	hear(&s, BFD_UP, START_MS);
	ck_assert(instant_is_never(s.transmit_at));
	s = session();
	ck_assert(bfd_session_next(&s, at_ms(START_MS), 0, &p));
	ck_assert_int_eq(p.state, BFD_DOWN);
	ck_assert_uint_eq(p.diagnostic, BFD_DIAG_NONE);
	ck_assert(!p.poll && !p.final && !p.demand);
	ck_assert_uint_eq(p.multiplier, 3);
	ck_assert_uint_eq(p.my_discriminator, OURS);
	ck_assert_uint_eq(p.your_discriminator, 0);
	ck_assert_int_eq(p.min_tx.us, 1000000); /* 6.8.3: not less while it is not up */
	ck_assert_int_eq(p.min_rx.us, FAST_MS * 1000);
	ck_assert_int_eq(p.min_echo_rx.us, 0);
	ck_assert_uint_eq(s.sent, 0);
	bfd_session_sent(&s, 0);
	ck_assert_uint_eq(s.sent, 1);
}
END_TEST

/* Section 6.2, and 6.8.6: every state hears every state. */
START_TEST(the_state_machine_is_that_of_section_6_2)
{
	static const struct {
		enum bfd_state ours, theirs, next;
		uint8_t diagnostic;
	} rows[] = {
		{ BFD_DOWN, BFD_ADMIN_DOWN, BFD_DOWN, BFD_DIAG_NONE },
		{ BFD_DOWN, BFD_DOWN, BFD_INIT, BFD_DIAG_NONE },
		{ BFD_DOWN, BFD_INIT, BFD_UP, BFD_DIAG_NONE },
		{ BFD_DOWN, BFD_UP, BFD_DOWN, BFD_DIAG_NONE },
		{ BFD_INIT, BFD_ADMIN_DOWN, BFD_DOWN, BFD_DIAG_NEIGHBOUR },
		{ BFD_INIT, BFD_DOWN, BFD_INIT, BFD_DIAG_NONE },
		{ BFD_INIT, BFD_INIT, BFD_UP, BFD_DIAG_NONE },
		{ BFD_INIT, BFD_UP, BFD_UP, BFD_DIAG_NONE },
		{ BFD_UP, BFD_ADMIN_DOWN, BFD_DOWN, BFD_DIAG_NEIGHBOUR },
		{ BFD_UP, BFD_DOWN, BFD_DOWN, BFD_DIAG_NEIGHBOUR },
		{ BFD_UP, BFD_INIT, BFD_UP, BFD_DIAG_NONE },
		{ BFD_UP, BFD_UP, BFD_UP, BFD_DIAG_NONE },
		{ BFD_ADMIN_DOWN, BFD_ADMIN_DOWN, BFD_ADMIN_DOWN, BFD_DIAG_ADMIN },
		{ BFD_ADMIN_DOWN, BFD_DOWN, BFD_ADMIN_DOWN, BFD_DIAG_ADMIN },
		{ BFD_ADMIN_DOWN, BFD_INIT, BFD_ADMIN_DOWN, BFD_DIAG_ADMIN },
		{ BFD_ADMIN_DOWN, BFD_UP, BFD_ADMIN_DOWN, BFD_DIAG_ADMIN },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bfd_session s = rows[i].ours == BFD_UP ? up() : session();

		if (rows[i].ours != BFD_UP)
			sent(&s, START_MS + 1);
		if (rows[i].ours == BFD_INIT)
			hear(&s, BFD_DOWN, START_MS + 1);
		if (rows[i].ours == BFD_ADMIN_DOWN)
			bfd_session_close(&s);
		ck_assert_int_eq(s.state, rows[i].ours);
		hear(&s, rows[i].theirs, START_MS + 2);
		ck_assert_int_eq(s.state, rows[i].next);
		ck_assert_uint_eq(s.diagnostic, rows[i].diagnostic);
		ck_assert_uint_eq(s.remote_discriminator, THEIRS);
		if (rows[i].next != rows[i].ours)
			ck_assert_int_eq(sent(&s, START_MS + 2).state, rows[i].next);
	}
}
END_TEST

/* Section 6.8.7: the larger of what we desire and what the peer requires … */
START_TEST(the_interval_is_the_larger_of_both_wishes)
{
	struct bfd_session s = up();
	struct bfd_packet p = packet(BFD_UP);

	ck_assert_int_eq(bfd_transmit_interval(&s).us, FAST_MS * 1000);
	p.min_rx = span_us(FAST_MS * 1000 + 1);
	bfd_session_receive(&s, &p, at_ms(START_MS + 2));
	ck_assert_int_eq(bfd_transmit_interval(&s).us, FAST_MS * 1000 + 1);
	p.min_rx = span_us(FAST_MS * 1000 - 1);
	bfd_session_receive(&s, &p, at_ms(START_MS + 3));
	ck_assert_int_eq(bfd_transmit_interval(&s).us, FAST_MS * 1000);
}
END_TEST

/* … less a quarter at most, and at least a tenth where the peer misses none. */
START_TEST(jitter_is_0_to_25_percent_and_10_to_25_with_a_multiplier_of_1)
{
	static const struct {
		uint8_t multiplier;
		uint32_t dice;
		int64_t us;
	} rows[] = {
		{ 3, 0, 37500 },   { 3, 1, 37550 }, { 3, 250, 50000 }, { 3, 251, 37500 },
		{ 2, 250, 50000 }, { 1, 0, 37500 }, { 1, 150, 45000 }, { 1, 151, 37500 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bfd_session s = up();
		struct bfd_packet p;
		int64_t now = (START_MS + 100) * 1000;

		s.terms.multiplier = rows[i].multiplier;
		ck_assert(bfd_session_next(&s, at_us(now), rows[i].dice, &p));
		ck_assert_int_eq(s.transmit_at.us, now + rows[i].us);
		assert_silent(&s, now + rows[i].us - 1);
		ck_assert(bfd_session_next(&s, at_us(now + rows[i].us), 0, &p));
	}
}
END_TEST

/* Section 6.8.3 */
START_TEST(not_up_it_sends_once_a_second_at_most)
{
	struct bfd_session s = session();
	struct bfd_packet p;

	sent(&s, START_MS);
	assert_silent(&s, START_MS * 1000);
	assert_silent(&s, (START_MS + 1000) * 1000 - 1);
	ck_assert_int_eq(bfd_session_deadline(&s).us, (START_MS + 1000) * 1000);
	ck_assert(bfd_session_next(&s, at_ms(START_MS + 1000), WHOLE, &p));
}
END_TEST

START_TEST(a_wish_beyond_a_second_holds_in_every_state)
{
	struct bfd_session s = session();
	struct bfd_terms leisurely = terms;

	leisurely.transmit = span_us(1000001);
	bfd_session_init(&s, &leisurely, OURS, at_ms(START_MS));
	ck_assert_int_eq(sent(&s, START_MS).min_tx.us, 1000001);
	hear(&s, BFD_INIT, START_MS + 1);
	ck_assert_int_eq(s.state, BFD_UP);
	ck_assert_int_eq(s.min_tx.us, 1000001);
	ck_assert(!s.polling); /* nothing has changed */
}
END_TEST

/* Section 6.8.3: coming up changes what we desire, which the peer has to confirm. */
START_TEST(coming_up_begins_a_poll_that_its_final_ends)
{
	struct bfd_session s = session();
	struct bfd_packet p = packet(BFD_UP);

	sent(&s, START_MS);
	hear(&s, BFD_INIT, START_MS + 1);
	ck_assert(sent(&s, START_MS + 1).poll);
	ck_assert_int_eq(s.min_tx.us, FAST_MS * 1000);
	/* faster is allowed at once */
	ck_assert_int_eq(bfd_transmit_interval(&s).us, FAST_MS * 1000);
	bfd_session_receive(&s, &p, at_ms(START_MS + 20));
	ck_assert(sent(&s, START_MS + 51).poll); /* again until it is answered */
	p.final = true;
	bfd_session_receive(&s, &p, at_ms(START_MS + 60));
	ck_assert(!sent(&s, START_MS + 101).poll);
	ck_assert(!s.polling);
}
END_TEST

/* Section 6.5, and 6.8.7: at once, whatever the interval and the state, and besides the others. */
START_TEST(a_poll_is_answered_at_once)
{
	struct bfd_session s = up();
	struct bfd_packet p = packet(BFD_UP), out;
	struct instant next;

	sent(&s, START_MS + 60);
	next = s.transmit_at;
	p.poll = true;
	bfd_session_receive(&s, &p, at_ms(START_MS + 61));
	p.poll = false; /* the next one is here before the answer has left */
	bfd_session_receive(&s, &p, at_ms(START_MS + 61));
	ck_assert(bfd_session_next(&s, at_ms(START_MS + 61), WHOLE, &out));
	ck_assert(out.final && !out.poll);
	assert_silent(&s, (START_MS + 61) * 1000);
	ck_assert_int_eq(s.transmit_at.us, next.us);
}
END_TEST

START_TEST(a_final_does_not_poll_although_a_poll_goes_on)
{
	struct bfd_session s = session();
	struct bfd_packet p = packet(BFD_INIT), out;

	sent(&s, START_MS);
	p.poll = true;
	bfd_session_receive(&s, &p, at_ms(START_MS + 1));
	ck_assert(s.polling);
	ck_assert(bfd_session_next(&s, at_ms(START_MS + 1), WHOLE, &out));
	ck_assert(out.final && !out.poll);
	ck_assert(bfd_session_next(&s, at_ms(START_MS + 1), WHOLE, &out));
	ck_assert(!out.final && out.poll);
}
END_TEST

/* Section 6.8.4 */
START_TEST(detection_is_the_peers_multiplier_times_the_slower_interval)
{
	static const struct {
		uint8_t multiplier;
		int64_t min_tx_us, detection_us;
	} rows[] = {
		{ 3, 50000, 150000 }, { 3, 50001, 150003 },     { 3, 49999, 150000 },
		{ 1, 0, 50000 },      { 255, 60000, 15300000 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bfd_session s = up();
		struct bfd_packet p = packet(BFD_UP);
		int64_t heard = (START_MS + 10) * 1000;

		p.multiplier = rows[i].multiplier;
		p.min_tx = span_us(rows[i].min_tx_us);
		bfd_session_receive(&s, &p, at_us(heard));
		ck_assert_int_eq(bfd_detection_time(&s).us, rows[i].detection_us);
		bfd_session_tick(&s, at_us(heard + rows[i].detection_us - 1));
		ck_assert_int_eq(s.state, BFD_UP);
		bfd_session_tick(&s, at_us(heard + rows[i].detection_us));
		ck_assert_int_eq(s.state, BFD_DOWN);
		ck_assert_uint_eq(s.diagnostic, BFD_DIAG_EXPIRED);
	}
}
END_TEST

/* Section 6.8.1: after that it is as if the peer had never been heard. */
START_TEST(a_lost_peer_is_forgotten_and_told_at_once)
{
	struct bfd_session s = up();
	struct bfd_packet p = packet(BFD_UP), out;

	p.demand = true;
	p.min_rx = span_us(0);
	bfd_session_receive(&s, &p, at_ms(START_MS + 10));
	bfd_session_tick(&s, at_ms(START_MS + 160));
	ck_assert_uint_eq(s.remote_discriminator, 0);
	ck_assert_int_eq(s.remote_state, BFD_DOWN);
	ck_assert_int_eq(s.remote_min_rx.us, 1);
	ck_assert(!s.remote_demand);
	ck_assert_int_eq(s.silence.us, 150000);
	out = sent(&s, START_MS + 160);
	ck_assert_int_eq(out.state, BFD_DOWN);
	ck_assert_uint_eq(out.diagnostic, BFD_DIAG_EXPIRED);
	ck_assert_uint_eq(out.your_discriminator, 0);
	ck_assert_int_eq(out.min_tx.us, 1000000);
	ck_assert_int_eq(s.transmit_at.us, (START_MS + 1160) * 1000);
	ck_assert(instant_is_never(s.detect_at));
	ck_assert_uint_eq(s.went_down, 1);
}
END_TEST

START_TEST(a_peer_that_never_got_beyond_init_is_lost_too)
{
	struct bfd_session s = session();

	sent(&s, START_MS);
	hear(&s, BFD_DOWN, START_MS + 1);
	sent(&s, START_MS + 1);
	bfd_session_tick(&s, at_ms(START_MS + 3001));
	ck_assert_int_eq(s.state, BFD_DOWN);
	ck_assert_uint_eq(s.diagnostic, BFD_DIAG_EXPIRED);
	ck_assert_uint_eq(s.went_down, 0);
}
END_TEST

START_TEST(a_peer_that_is_lost_before_it_was_up_has_the_whole_time_to_come_up)
{
	struct bfd_session s = session();
	struct bfd_packet p = packet(BFD_DOWN);

	p.min_tx = span_ms(FAST_MS);
	sent(&s, START_MS);
	bfd_session_receive(&s, &p, at_ms(START_MS + 1));
	bfd_session_tick(&s, at_ms(START_MS + 151));
	ck_assert_int_eq(s.state, BFD_DOWN);
	bfd_session_tick(&s, at_ms(START_MS + 2999));
	ck_assert_int_eq(s.verdict, CHECK_UNKNOWN);
	bfd_session_tick(&s, at_ms(START_MS + 3000));
	ck_assert_int_eq(s.verdict, CHECK_DOWN);
}
END_TEST

START_TEST(a_session_that_is_down_already_only_forgets)
{
	struct bfd_session s = session();
	struct bfd_packet p = packet(BFD_UP);

	sent(&s, START_MS);
	p.min_rx = span_us(0);
	bfd_session_receive(&s, &p,
			    at_ms(START_MS + 1)); /* of an old session: nothing comes of it */
	ck_assert(instant_is_never(s.transmit_at));
	bfd_session_tick(&s, at_ms(START_MS + 151));
	ck_assert_int_eq(s.transmit_at.us,
			 (START_MS + 1000) * 1000); /* who is gone wants nothing */
	ck_assert_int_eq(s.state, BFD_DOWN);
	ck_assert_uint_eq(s.diagnostic, BFD_DIAG_NONE);
	ck_assert_uint_eq(s.remote_discriminator, 0);
	ck_assert(!s.urgent);
}
END_TEST

/* Whoever was held up himself hears one more interval, once. */
START_TEST(a_late_timer_listens_again_before_it_declares_anybody_dead)
{
	const int64_t due = (START_MS + 10 + 150) * 1000, late = due + 50000;
	struct bfd_session s = up();

	hear(&s, BFD_UP, START_MS + 10);
	bfd_session_tick(&s, at_us(late + 1));
	ck_assert_int_eq(s.state, BFD_UP);
	ck_assert_int_eq(s.detect_at.us, late + 1 + 50000);
	bfd_session_tick(&s, at_us(late + 500000));
	ck_assert_int_eq(s.state, BFD_DOWN);

	/* not later than that */
	s = up();
	hear(&s, BFD_UP, START_MS + 10);
	bfd_session_tick(&s, at_us(late));
	ck_assert_int_eq(s.state, BFD_DOWN);

	/* and again after it was heard */
	s = up();
	hear(&s, BFD_UP, START_MS + 10);
	bfd_session_tick(&s, at_us(late + 1));
	hear(&s, BFD_UP, START_MS + 220);
	bfd_session_tick(&s, at_ms(START_MS + 220 + 150 + 51));
	ck_assert_int_eq(s.state, BFD_UP);
}
END_TEST

/* Section 6.8.7 */
START_TEST(a_peer_that_wants_no_packets_gets_none_but_answers_and_news)
{
	struct bfd_session s = up();
	struct bfd_packet p = packet(BFD_UP), out;

	p.min_rx = span_us(0);
	bfd_session_receive(&s, &p, at_ms(START_MS + 10));
	ck_assert(instant_is_never(s.transmit_at));
	assert_silent(&s, INT64_C(1000000000));
	p.poll = true;
	bfd_session_receive(&s, &p, at_ms(START_MS + 20));
	ck_assert(bfd_session_next(&s, at_ms(START_MS + 20), WHOLE, &out));
	ck_assert(out.final);
	assert_silent(&s, INT64_C(1000000000));
	bfd_session_close(&s);
	ck_assert_int_eq(sent(&s, START_MS + 30).state, BFD_ADMIN_DOWN);
	assert_silent(&s, INT64_C(1000000000));
	/* the least that is something */
	p.min_rx = span_us(1);
	bfd_session_receive(&s, &p, at_ms(START_MS + 40));
	ck_assert(!instant_is_never(s.transmit_at));
}
END_TEST

/* Section 6.6 */
START_TEST(a_peer_in_demand_mode_gets_packets_only_while_we_poll)
{
	struct bfd_session s = up();
	struct bfd_packet p = packet(BFD_UP);
	struct bfd_terms slower = terms;

	p.demand = true;
	bfd_session_receive(&s, &p, at_ms(START_MS + 10));
	ck_assert(instant_is_never(s.transmit_at));
	slower.transmit = span_ms(70);
	bfd_session_configure(&s, &slower);
	ck_assert(sent(&s, START_MS + 60).poll);
	ck_assert(!instant_is_never(s.transmit_at));
	p.final = true;
	bfd_session_receive(&s, &p, at_ms(START_MS + 61));
	ck_assert(instant_is_never(s.transmit_at));
	/* it is in that mode only as long as both are up */
	p.final = false;
	p.state = BFD_INIT;
	bfd_session_receive(&s, &p, at_ms(START_MS + 62));
	ck_assert(!instant_is_never(s.transmit_at));
	p.state = BFD_DOWN;
	bfd_session_receive(&s, &p, at_ms(START_MS + 63));
	ck_assert_int_eq(s.state, BFD_DOWN);
	sent(&s, START_MS + 63);
	ck_assert(!instant_is_never(s.transmit_at));
	p.state = BFD_UP;
	p.final = true; /* no Poll goes on, and ours is down still */
	bfd_session_receive(&s, &p, at_ms(START_MS + 64));
	ck_assert_int_eq(s.state, BFD_DOWN);
	ck_assert(!s.polling);
	ck_assert(!instant_is_never(s.transmit_at));
}
END_TEST

/* Section 6.8.3: "must honor the new interval immediately" */
START_TEST(a_peer_that_wants_packets_faster_gets_them_from_the_last_one_on)
{
	struct bfd_session s = up();
	struct bfd_packet p = packet(BFD_UP);

	p.min_rx = span_ms(500);
	bfd_session_receive(&s, &p, at_ms(START_MS + 60));
	sent(&s, START_MS + 1000);
	ck_assert_int_eq(s.transmit_at.us, (START_MS + 1500) * 1000);
	p.min_rx = span_ms(100);
	bfd_session_receive(&s, &p, at_ms(START_MS + 1020));
	ck_assert_int_eq(s.transmit_at.us, (START_MS + 1100) * 1000);
}
END_TEST

START_TEST(slower_packets_wait_for_the_peers_consent)
{
	struct bfd_session s = up();
	struct bfd_packet p = packet(BFD_UP);
	struct bfd_terms slower = { span_ms(80), span_ms(90), 5 };

	bfd_session_configure(&s, &slower);
	ck_assert_int_eq(s.state, BFD_UP);
	ck_assert_int_eq(bfd_transmit_interval(&s).us, 50000);
	/* slower ones of the peer are waited for at once */
	ck_assert_int_eq(bfd_receive_interval(&s).us, 90000);
	ck_assert_int_eq(s.detect_at.us, (START_MS + 1 + 270) * 1000);
	p = sent(&s, START_MS + 60);
	ck_assert(p.poll);
	ck_assert_int_eq(p.min_tx.us, 80000);
	ck_assert_int_eq(p.min_rx.us, 90000);
	ck_assert_uint_eq(p.multiplier, 5);
	p = packet(BFD_UP);
	p.final = true;
	bfd_session_receive(&s, &p, at_ms(START_MS + 61));
	ck_assert_int_eq(bfd_transmit_interval(&s).us, 80000);
	ck_assert_int_eq(bfd_receive_interval(&s).us, 90000);
}
END_TEST

START_TEST(a_shorter_detection_time_waits_for_the_peers_consent)
{
	struct bfd_session s = up();
	struct bfd_packet p = packet(BFD_UP);
	struct bfd_terms faster = { span_ms(20), span_ms(30), 3 };

	p.min_tx = span_ms(10);
	bfd_session_receive(&s, &p, at_ms(START_MS + 2));
	bfd_session_configure(&s, &faster);
	ck_assert_int_eq(bfd_transmit_interval(&s).us, 50000); /* the peer wants no more */
	ck_assert_int_eq(s.min_tx_in_force.us, 20000);
	ck_assert_int_eq(bfd_detection_time(&s).us, 150000);
	p.final = true;
	bfd_session_receive(&s, &p, at_ms(START_MS + 3));
	ck_assert_int_eq(bfd_detection_time(&s).us, 90000);
	ck_assert_int_eq(s.detect_at.us, (START_MS + 93) * 1000);
}
END_TEST

START_TEST(a_change_during_a_poll_is_polled_for_again)
{
	struct bfd_session s = up();
	struct bfd_packet p = packet(BFD_UP);
	struct bfd_terms slower = terms;
	uint32_t changes = s.changes;

	p.final = true;
	slower.transmit = span_ms(80);
	bfd_session_configure(&s, &slower);
	ck_assert_uint_eq(s.changes, ++changes);
	slower.transmit = span_ms(90);
	bfd_session_configure(&s, &slower);
	bfd_session_receive(&s, &p, at_ms(START_MS + 2));
	ck_assert(s.polling);
	ck_assert_int_eq(s.min_tx_in_force.us, 50000);
	changes = s.changes;
	bfd_session_receive(&s, &p, at_ms(START_MS + 3));
	ck_assert_uint_eq(s.changes, ++changes);
	ck_assert(!s.polling);
	ck_assert_int_eq(s.min_tx_in_force.us, 90000);
	/* a Final that nobody asked for changes nothing */
	changes = s.changes;
	bfd_session_receive(&s, &p, at_ms(START_MS + 4));
	ck_assert(!s.polling);
	ck_assert_uint_eq(s.changes, changes);
}
END_TEST

/* Section 6.8.12: a multiplier needs no Poll. */
START_TEST(terms_that_change_no_interval_begin_no_poll)
{
	struct bfd_session s = up();
	struct bfd_terms other = terms;
	uint32_t changes = s.changes;

	other.multiplier = 9;
	bfd_session_configure(&s, &other);
	ck_assert(!s.polling);
	ck_assert_uint_eq(s.changes, changes);
	ck_assert_uint_eq(sent(&s, START_MS + 60).multiplier, 9);
}
END_TEST

START_TEST(terms_may_change_before_anybody_was_heard)
{
	struct bfd_session s = session();
	struct bfd_terms other = terms;

	sent(&s, START_MS);
	other.receive = span_ms(70);
	bfd_session_configure(&s, &other);
	ck_assert(instant_is_never(s.detect_at));
	ck_assert_int_eq(s.min_rx_in_force.us, 70000);
	ck_assert(s.polling);
	/* and when nobody is heard any more */
	s = up();
	bfd_session_tick(&s, at_ms(START_MS + 151));
	bfd_session_configure(&s, &other);
	ck_assert(instant_is_never(s.detect_at));
}
END_TEST

/* Section 6.8.16 */
START_TEST(who_closes_says_so_once_and_then_once_a_second)
{
	struct bfd_session s = up();
	struct bfd_packet p;

	sent(&s, START_MS + 60);
	bfd_session_close(&s);
	p = sent(&s, START_MS + 61);
	ck_assert_int_eq(p.state, BFD_ADMIN_DOWN);
	ck_assert_uint_eq(p.diagnostic, BFD_DIAG_ADMIN);
	assert_silent(&s, (START_MS + 1061) * 1000 - 1);
	p = packet(BFD_UP);
	p.poll = true;
	bfd_session_receive(&s, &p, at_ms(START_MS + 62));
	assert_silent(&s, (START_MS + 62) * 1000); /* 6.8.6: discarded before the Poll counts */
}
END_TEST

/* What instances are told. */
START_TEST(the_verdict_is_known_when_up_or_after_the_time_to_come_up)
{
	struct bfd_session s = session();

	ck_assert_int_eq(bfd_setup_time(terms.transmit, terms.receive).us, 3000000);
	ck_assert_int_eq(bfd_setup_time(span_us(1000001), span_us(1)).us, 3000003);
	ck_assert_int_eq(bfd_setup_time(span_us(1), span_us(1000002)).us, 3000006);
	sent(&s, START_MS);
	bfd_session_tick(&s, at_us((START_MS + 3000) * 1000 - 1));
	ck_assert_int_eq(s.verdict, CHECK_UNKNOWN);
	ck_assert_uint_eq(s.changes, 0);
	bfd_session_tick(&s, at_ms(START_MS + 3000));
	ck_assert_int_eq(s.verdict, CHECK_DOWN);
	ck_assert_uint_eq(s.changes, 1);
	hear(&s, BFD_INIT, START_MS + 3001);
	ck_assert_int_eq(s.verdict, CHECK_UP);
	hear(&s, BFD_DOWN, START_MS + 3002);
	ck_assert_int_eq(s.verdict, CHECK_DOWN);

	s = up();
	ck_assert_int_eq(s.verdict, CHECK_UP);
	bfd_session_tick(&s, at_ms(START_MS + 151));
	ck_assert_int_eq(s.verdict, CHECK_DOWN);
	/* the time to come up is over, and nothing more comes of it */
	s = up();
	hear(&s, BFD_UP, START_MS + 2990);
	bfd_session_tick(&s, at_ms(START_MS + 3000));
	ck_assert_int_eq(s.verdict, CHECK_UP);
	ck_assert(instant_is_never(s.decide_at));
}
END_TEST

START_TEST(a_peer_that_comes_when_the_verdict_is_known_is_not_waited_for)
{
	struct bfd_session s = session();

	bfd_session_tick(&s, at_ms(START_MS + 3000));
	ck_assert_int_eq(s.verdict, CHECK_DOWN);
	hear(&s, BFD_DOWN, START_MS + 5000);
	sent(&s, START_MS + 5000);
	ck_assert_int_gt(bfd_session_deadline(&s).us, at_ms(START_MS + 5000).us);
}
END_TEST

START_TEST(a_peer_that_is_taken_down_in_order_is_not_waited_for)
{
	struct bfd_session s = session();

	hear(&s, BFD_DOWN, START_MS + 1);
	ck_assert_int_eq(s.verdict, CHECK_UNKNOWN);
	hear(&s, BFD_ADMIN_DOWN, START_MS + 2);
	ck_assert_int_eq(s.verdict, CHECK_DOWN);
}
END_TEST

static void assert_why(const struct bfd_session *s, const char *wanted)
{
	char buf[TEXT_MAX];

	ck_assert_str_eq(bfd_session_why(s, buf), wanted);
}

START_TEST(the_words_say_why)
{
	struct bfd_session s = session();
	struct bfd_packet p = packet(BFD_DOWN);

	assert_why(&s, "the session has not come up: nothing is heard from the neighbour");
	hear(&s, BFD_UP, START_MS + 1);
	assert_why(&s, "the session has not come up: the neighbour is in state up");
	s = up();
	assert_why(&s, "session up");
	bfd_session_tick(&s, at_ms(START_MS + 151));
	assert_why(&s, "control detection time expired: nothing heard for 150 ms");
	s = up();
	p.state = BFD_UP;
	p.min_tx = span_ms(60000);
	bfd_session_receive(&s, &p, at_ms(START_MS));
	bfd_session_tick(&s, at_ms(START_MS + 180000));
	assert_why(&s, "control detection time expired: nothing heard for 180000 ms");
	p = packet(BFD_DOWN);
	s = up();
	p.diagnostic = BFD_DIAG_PATH;
	bfd_session_receive(&s, &p, at_ms(START_MS + 2));
	assert_why(&s, "the neighbour signalled down: path down");
	s = up();
	hear(&s, BFD_ADMIN_DOWN, START_MS + 2);
	assert_why(&s, "the neighbour is administratively down");
	bfd_session_close(&s);
	assert_why(&s, "administratively down");
}
END_TEST

START_TEST(what_is_wrong_on_the_way_is_said_as_long_as_it_is)
{
	struct bfd_session s = up();

	s.receive_error = EADDRINUSE;
	bfd_session_sent(&s, ENETUNREACH);
	bfd_session_drop(&s, 254);
	assert_why(&s, "session up");
	bfd_session_tick(&s, at_ms(START_MS + 151));
	assert_why(&s, "packets cannot be received on UDP port 3784: Address already in use");
	s.receive_error = 0;
	assert_why(&s, "packets cannot be sent: Network is unreachable");
	bfd_session_sent(&s, 0);
	assert_why(&s, "the neighbour's packets are dropped: TTL 254 is too small");
	bfd_session_drop(&s, 0);
	assert_why(&s, "the neighbour's packets are dropped: malformed");
	hear(&s, BFD_DOWN, START_MS + 200);
	assert_why(&s, "control detection time expired: nothing heard for 150 ms");
	bfd_session_sent(&s, ENETUNREACH);
	assert_why(&s, "packets cannot be sent: Network is unreachable");
	bfd_session_sent(&s, 0);
	s.receive_error = EADDRINUSE;
	assert_why(&s, "packets cannot be received on UDP port 3784: Address already in use");
	s.receive_error = 0;
	bfd_session_drop(&s, 254);
	hear(&s, BFD_DOWN, START_MS + 201);
	assert_why(&s, "control detection time expired: nothing heard for 150 ms");
}
END_TEST

/* ---- a successor ---- */

static struct bfd_session resumed(const struct bfd_session *old, int64_t ms)
{
	struct bfd_memory memory;
	struct bfd_session s;

	bfd_session_remember(old, &memory);
	memset(&s, 0xa5, sizeof(s));
	bfd_session_resume(&s, &terms, &memory, at_ms(ms));
	return s;
}

START_TEST(a_successor_goes_on_as_if_nothing_had_been)
{
	struct bfd_session old = up(), s = resumed(&old, START_MS + 500);
	struct bfd_packet p = sent(&s, START_MS + 500);

	ck_assert_int_eq(p.state, BFD_UP);
	ck_assert(!p.poll);
	ck_assert_uint_eq(p.my_discriminator, OURS);
	ck_assert_uint_eq(p.your_discriminator, THEIRS);
	ck_assert_int_eq(p.min_tx.us, FAST_MS * 1000);
	ck_assert_int_eq(bfd_transmit_interval(&s).us, FAST_MS * 1000);
	/* a whole detection time, whatever was missed */
	ck_assert_int_eq(s.detect_at.us, (START_MS + 650) * 1000);
	ck_assert_int_eq(s.verdict, CHECK_UNKNOWN);
	hear(&s, BFD_UP, START_MS + 510);
	ck_assert_int_eq(s.verdict, CHECK_UP);
}
END_TEST

START_TEST(nothing_that_is_remembered_is_lost)
{
	const struct bfd_memory memory = {
		.state = BFD_INIT,
		.remote_state = BFD_INIT,
		.local_discriminator = 7,
		.remote_discriminator = 8,
		.diagnostic = BFD_DIAG_EXPIRED,
		.remote_diagnostic = BFD_DIAG_PATH,
		.remote_multiplier = 9,
		.remote_demand = true,
		.polling = true,
		.min_tx = span_ms(BFD_SLOW_MS),
		.min_rx = terms.receive,
		.remote_min_tx = span_ms(60),
		.remote_min_rx = span_ms(70),
		.verdict = CHECK_DOWN,
	};
	struct bfd_terms slower = terms;
	struct bfd_memory again;
	struct bfd_session s;

	bfd_session_resume(&s, &terms, &memory, at_ms(START_MS));
	bfd_session_remember(&s, &again);
	ck_assert_int_eq(again.state, memory.state);
	ck_assert_int_eq(again.remote_state, memory.remote_state);
	ck_assert_uint_eq(again.local_discriminator, memory.local_discriminator);
	ck_assert_uint_eq(again.remote_discriminator, memory.remote_discriminator);
	ck_assert_uint_eq(again.diagnostic, memory.diagnostic);
	ck_assert_uint_eq(again.remote_diagnostic, memory.remote_diagnostic);
	ck_assert_uint_eq(again.remote_multiplier, memory.remote_multiplier);
	ck_assert(again.remote_demand && again.polling);
	ck_assert_int_eq(again.min_tx.us, memory.min_tx.us);
	ck_assert_int_eq(again.min_rx.us, memory.min_rx.us);
	ck_assert_int_eq(again.remote_min_tx.us, memory.remote_min_tx.us);
	ck_assert_int_eq(again.remote_min_rx.us, memory.remote_min_rx.us);
	ck_assert_int_eq(again.verdict, memory.verdict);
	ck_assert_int_eq(s.detect_at.us, (START_MS + 540) * 1000);
	/* as if it had been heard just now */
	slower.receive = span_ms(80);
	bfd_session_configure(&s, &slower);
	ck_assert_int_eq(s.detect_at.us, (START_MS + 720) * 1000);
	/* what counted before counts on until the peer knows better */
	slower = terms;
	slower.receive = span_ms(20);
	again = memory;
	again.state = BFD_UP;
	bfd_session_resume(&s, &slower, &again, at_ms(START_MS));
	ck_assert_int_eq(s.min_rx_in_force.us, FAST_MS * 1000);
}
END_TEST

START_TEST(a_peer_that_noticed_is_given_the_time_to_come_up_again)
{
	struct bfd_session old = up(), s = resumed(&old, START_MS + 500);

	hear(&s, BFD_DOWN, START_MS + 510);
	ck_assert_int_eq(s.state, BFD_DOWN);
	ck_assert_int_eq(s.verdict, CHECK_UNKNOWN);
	hear(&s, BFD_DOWN, START_MS + 1510);
	hear(&s, BFD_UP, START_MS + 1520);
	ck_assert_int_eq(s.verdict, CHECK_UP);

	s = resumed(&old, START_MS + 500);
	bfd_session_tick(&s, at_ms(START_MS + 650));
	ck_assert_int_eq(s.state, BFD_DOWN);
	ck_assert_int_eq(s.verdict, CHECK_UNKNOWN);
	hear(&s, BFD_DOWN, START_MS + 1640);
	bfd_session_tick(&s, at_ms(START_MS + 1650));
	ck_assert_int_eq(s.verdict, CHECK_UNKNOWN);
	bfd_session_tick(&s, at_ms(START_MS + 3500));
	ck_assert_int_eq(s.verdict, CHECK_DOWN);
}
END_TEST

START_TEST(a_peer_that_died_with_the_predecessor_is_not_given_that_time)
{
	struct bfd_session old = up(), s = resumed(&old, START_MS + 500);
	struct bfd_packet p = packet(BFD_UP);

	bfd_session_tick(&s, at_ms(START_MS + 650));
	bfd_session_tick(&s, at_us((START_MS + 1650) * 1000 - 1));
	ck_assert_int_eq(s.verdict, CHECK_UNKNOWN);
	ck_assert_int_eq(bfd_session_deadline(&s).us,
			 instant_min(s.transmit_at, at_ms(START_MS + 1650)).us);
	bfd_session_tick(&s, at_ms(START_MS + 1650));
	ck_assert_int_eq(s.verdict, CHECK_DOWN);
	/* one that sends every two seconds may say in so long that it is down */
	old = up();
	p.min_tx = span_ms(2000);
	bfd_session_receive(&old, &p, at_ms(START_MS + 10));
	s = resumed(&old, START_MS + 500);
	s.set_up_at = s.decide_at = at_ms(START_MS + 60000);
	bfd_session_tick(&s, at_ms(START_MS + 6500));
	ck_assert_int_eq(s.state, BFD_DOWN);
	bfd_session_tick(&s, at_us((START_MS + 8500) * 1000 - 1));
	ck_assert_int_eq(s.verdict, CHECK_UNKNOWN);
	bfd_session_tick(&s, at_ms(START_MS + 8500));
	ck_assert_int_eq(s.verdict, CHECK_DOWN);
}
END_TEST

START_TEST(what_was_down_is_known_to_be_down)
{
	struct bfd_session old = session(), s;

	bfd_session_tick(&old, at_ms(START_MS + 3000));
	s = resumed(&old, START_MS + 5000);
	ck_assert_int_eq(s.verdict, CHECK_DOWN);
	ck_assert(instant_is_never(s.detect_at));
	ck_assert_int_eq(sent(&s, START_MS + 5000).state, BFD_DOWN);
}
END_TEST

START_TEST(what_was_closed_begins_anew)
{
	struct bfd_session old = up(), s;

	bfd_session_close(&old);
	s = resumed(&old, START_MS + 5000);
	ck_assert_int_eq(s.state, BFD_DOWN);
	ck_assert_int_eq(s.verdict, CHECK_UNKNOWN);
	ck_assert_uint_eq(s.local_discriminator, OURS);
	ck_assert_uint_eq(sent(&s, START_MS + 5000).your_discriminator, 0);
}
END_TEST

START_TEST(a_successor_with_other_terms_polls_for_them)
{
	struct bfd_session old = up(), s;
	struct bfd_terms slower = { span_ms(100), span_ms(50), 3 };
	struct bfd_memory memory;

	bfd_session_remember(&old, &memory);
	bfd_session_resume(&s, &slower, &memory, at_ms(START_MS + 500));
	ck_assert_int_eq(bfd_transmit_interval(&s).us, 50000);
	ck_assert(sent(&s, START_MS + 500).poll);
}
END_TEST

START_TEST(changes_count_what_is_remembered)
{
	struct bfd_session s = up();
	uint32_t changes = s.changes;
	struct bfd_packet p = packet(BFD_UP);

	bfd_session_receive(&s, &p, at_ms(START_MS + 10));
	sent(&s, START_MS + 60);
	bfd_session_tick(&s, at_ms(START_MS + 60));
	ck_assert_uint_eq(s.changes, changes);
	p.diagnostic = 1;
	bfd_session_receive(&s, &p, at_ms(START_MS + 61));
	ck_assert_uint_eq(s.changes, ++changes);
	p.my_discriminator++;
	bfd_session_receive(&s, &p, at_ms(START_MS + 62));
	ck_assert_uint_eq(s.changes, ++changes);
	p.multiplier++;
	bfd_session_receive(&s, &p, at_ms(START_MS + 63));
	ck_assert_uint_eq(s.changes, ++changes);
	p.demand = true;
	bfd_session_receive(&s, &p, at_ms(START_MS + 64));
	ck_assert_uint_eq(s.changes, ++changes);
	p.min_tx.us++;
	bfd_session_receive(&s, &p, at_ms(START_MS + 65));
	ck_assert_uint_eq(s.changes, ++changes);
	p.min_rx.us++;
	bfd_session_receive(&s, &p, at_ms(START_MS + 66));
	ck_assert_uint_eq(s.changes, ++changes);
	p.state = BFD_INIT;
	bfd_session_receive(&s, &p, at_ms(START_MS + 67));
	ck_assert_uint_eq(s.changes, ++changes);
	/* what it says, our state, our interval and the verdict */
	p.state = BFD_DOWN;
	bfd_session_receive(&s, &p, at_ms(START_MS + 68));
	ck_assert_uint_eq(s.changes, changes += 4);
	/* our state, and what it said is forgotten */
	hear(&s, BFD_DOWN, START_MS + 69);
	ck_assert_int_eq(s.state, BFD_INIT);
	changes = s.changes;
	bfd_session_tick(&s, at_ms(START_MS + 69 + 3000));
	ck_assert_int_eq(s.state, BFD_DOWN);
	ck_assert_uint_eq(s.changes, changes += 2);
}
END_TEST

START_TEST(everything_is_counted)
{
	struct bfd_session s = up();

	ck_assert_uint_eq(s.received, 3);
	ck_assert_uint_eq(s.sent, 3);
	ck_assert_uint_eq(s.came_up, 1);
	ck_assert_uint_eq(s.went_down, 0);
	hear(&s, BFD_DOWN, START_MS + 2);
	ck_assert_uint_eq(s.went_down, 1);
	hear(&s, BFD_DOWN, START_MS + 3);
	ck_assert_uint_eq(s.went_down, 1);
	ck_assert_uint_eq(s.came_up, 1);
	ck_assert_uint_eq(s.received, 5);
	ck_assert_uint_eq(s.dropped + s.send_failures, 0);
	bfd_session_sent(&s, EINVAL);
	bfd_session_drop(&s, 1);
	ck_assert_uint_eq(s.sent, 3);
	ck_assert_uint_eq(s.send_failures, 1);
	ck_assert_uint_eq(s.dropped, 1);
}
END_TEST

START_TEST(the_deadline_is_the_earliest_of_its_timers)
{
	struct bfd_session s = session();

	sent(&s, START_MS);
	ck_assert_int_eq(bfd_session_deadline(&s).us, s.transmit_at.us);
	s = up();
	sent(&s, START_MS + 149);
	ck_assert_int_eq(bfd_session_deadline(&s).us, (START_MS + 151) * 1000);
	hear(&s, BFD_UP, START_MS + 2995);
	sent(&s, START_MS + 2995);
	ck_assert_int_eq(bfd_session_deadline(&s).us, (START_MS + 3000) * 1000);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("bfd_session");

	tcase_add_test(tc, a_session_begins_down_and_speaks_at_once);
	tcase_add_test(tc, the_state_machine_is_that_of_section_6_2);
	tcase_add_test(tc, the_interval_is_the_larger_of_both_wishes);
	tcase_add_test(tc, jitter_is_0_to_25_percent_and_10_to_25_with_a_multiplier_of_1);
	tcase_add_test(tc, not_up_it_sends_once_a_second_at_most);
	tcase_add_test(tc, a_wish_beyond_a_second_holds_in_every_state);
	tcase_add_test(tc, coming_up_begins_a_poll_that_its_final_ends);
	tcase_add_test(tc, a_poll_is_answered_at_once);
	tcase_add_test(tc, a_final_does_not_poll_although_a_poll_goes_on);
	tcase_add_test(tc, detection_is_the_peers_multiplier_times_the_slower_interval);
	tcase_add_test(tc, a_lost_peer_is_forgotten_and_told_at_once);
	tcase_add_test(tc, a_peer_that_never_got_beyond_init_is_lost_too);
	tcase_add_test(tc, a_peer_that_is_lost_before_it_was_up_has_the_whole_time_to_come_up);
	tcase_add_test(tc, a_session_that_is_down_already_only_forgets);
	tcase_add_test(tc, a_late_timer_listens_again_before_it_declares_anybody_dead);
	tcase_add_test(tc, a_peer_that_wants_no_packets_gets_none_but_answers_and_news);
	tcase_add_test(tc, a_peer_in_demand_mode_gets_packets_only_while_we_poll);
	tcase_add_test(tc, a_peer_that_wants_packets_faster_gets_them_from_the_last_one_on);
	tcase_add_test(tc, slower_packets_wait_for_the_peers_consent);
	tcase_add_test(tc, a_shorter_detection_time_waits_for_the_peers_consent);
	tcase_add_test(tc, a_change_during_a_poll_is_polled_for_again);
	tcase_add_test(tc, terms_that_change_no_interval_begin_no_poll);
	tcase_add_test(tc, terms_may_change_before_anybody_was_heard);
	tcase_add_test(tc, who_closes_says_so_once_and_then_once_a_second);
	tcase_add_test(tc, the_verdict_is_known_when_up_or_after_the_time_to_come_up);
	tcase_add_test(tc, a_peer_that_comes_when_the_verdict_is_known_is_not_waited_for);
	tcase_add_test(tc, a_peer_that_is_taken_down_in_order_is_not_waited_for);
	tcase_add_test(tc, the_words_say_why);
	tcase_add_test(tc, what_is_wrong_on_the_way_is_said_as_long_as_it_is);
	tcase_add_test(tc, a_successor_goes_on_as_if_nothing_had_been);
	tcase_add_test(tc, nothing_that_is_remembered_is_lost);
	tcase_add_test(tc, a_peer_that_noticed_is_given_the_time_to_come_up_again);
	tcase_add_test(tc, a_peer_that_died_with_the_predecessor_is_not_given_that_time);
	tcase_add_test(tc, what_was_down_is_known_to_be_down);
	tcase_add_test(tc, what_was_closed_begins_anew);
	tcase_add_test(tc, a_successor_with_other_terms_polls_for_them);
	tcase_add_test(tc, changes_count_what_is_remembered);
	tcase_add_test(tc, everything_is_counted);
	tcase_add_test(tc, the_deadline_is_the_earliest_of_its_timers);
	return run_test_case(tc, "bfd_session");
}
