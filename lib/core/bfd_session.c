/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state machine is three lines (section 6.2); what takes the room is when to send. Values that only the peer's consent may put into force
 * are kept twice: as we say them, and as they count (section 6.8.3).
 */
#include "core/bfd_session.h"

#include <stdio.h>
#include <string.h>

enum {
	SHARE_LEAST = 750, /* of a thousand: section 6.8.7 */
	SHARE_MOST = 1000,
	SHARE_MOST_ALONE = 900, /* with a multiplier of 1 */
	SETUP_INTERVALS = 3,    /* Down, Init and Up, an interval each */
};

/* ---- intervals ---- */

static struct span slow(void)
{
	return span_ms(BFD_SLOW_MS);
}

struct span bfd_setup_time(struct span transmit, struct span receive)
{
	return span_times(span_max(slow(), span_max(transmit, receive)), SETUP_INTERVALS);
}

/* Section 6.8.2 */
struct span bfd_transmit_interval(const struct bfd_session *s)
{
	return span_max(s->min_tx_in_force, s->remote_min_rx);
}

struct span bfd_receive_interval(const struct bfd_session *s)
{
	return span_max(s->min_rx_in_force, s->remote_min_tx);
}

/* Section 6.8.4 */
struct span bfd_detection_time(const struct bfd_session *s)
{
	return span_times(bfd_receive_interval(s), s->remote_multiplier);
}

/* Section 6.6: it asks for no more packets than it polls for. */
static bool is_in_demand(const struct bfd_session *s)
{
	return s->remote_demand && s->state == BFD_UP && s->remote_state == BFD_UP;
}

/* Section 6.8.7 */
static bool sends_periodically(const struct bfd_session *s)
{
	return s->remote_min_rx.us != 0 && (!is_in_demand(s) || s->polling);
}

static void schedule(struct bfd_session *s)
{
	struct span until = span_us(bfd_transmit_interval(s).us * s->share / SHARE_MOST);

	s->transmit_at = sends_periodically(s) ? instant_add(s->sent_at, until) : INSTANT_NEVER;
}

static void await_peer(struct bfd_session *s, struct instant from)
{
	s->detect_at = instant_add(from, bfd_detection_time(s));
}

/* Those in force are those that the peer knows. */
static void put_in_force(struct bfd_session *s)
{
	s->min_tx_in_force = s->min_tx;
	s->min_rx_in_force = s->min_rx;
}

/*
 * Section 6.8.3: of an increased interval between our packets, and of a decreased one between the peer's, it must know before we count on
 * it.
 */
static void set_intervals(struct bfd_session *s, struct span min_tx, struct span min_rx)
{
	if (s->min_tx.us == min_tx.us && s->min_rx.us == min_rx.us)
		return;
	s->changes++;
	s->min_tx = min_tx;
	s->min_rx = min_rx;
	if (s->state == BFD_UP) {
		s->min_tx_in_force = span_min(s->min_tx_in_force, min_tx);
		s->min_rx_in_force = span_max(s->min_rx_in_force, min_rx);
	} else {
		put_in_force(s);
	}
	s->poll_again = s->polling;
	s->polling = true;
}

/* What we would like in the state that we are in. */
static void use_terms(struct bfd_session *s)
{
	struct span transmit = s->terms.transmit;

	set_intervals(s, s->state == BFD_UP ? transmit : span_max(transmit, slow()),
		      s->terms.receive);
}

/* Section 6.5 */
static void end_poll(struct bfd_session *s)
{
	if (!s->polling)
		return;
	s->changes++;
	s->polling = s->poll_again;
	s->poll_again = false;
	if (!s->polling)
		put_in_force(s);
}

/* ---- states ---- */

static void judge(struct bfd_session *s, enum check_state verdict)
{
	s->changes += s->verdict != verdict;
	s->verdict = verdict;
}

/* The peer is to know soon, whatever the interval: section 6.8.7. */
static void enter(struct bfd_session *s, enum bfd_state state, uint8_t diagnostic)
{
	s->came_up += state == BFD_UP;
	s->went_down += s->state == BFD_UP;
	s->state = state;
	s->diagnostic = diagnostic;
	s->urgent = true;
	s->changes++;
	use_terms(s);
	if (s->verdict == CHECK_UP)
		judge(s, CHECK_DOWN);
}

/* Section 6.8.6, what the peer's state makes of ours. */
static void step(struct bfd_session *s, enum bfd_state theirs)
{
	switch (s->state) {
	case BFD_ADMIN_DOWN:
		return; /* nobody can talk it out of that */
	case BFD_DOWN:
		if (theirs == BFD_DOWN)
			enter(s, BFD_INIT, s->diagnostic);
		else if (theirs == BFD_INIT)
			enter(s, BFD_UP, BFD_DIAG_NONE);
		return;
	case BFD_INIT:
		if (theirs == BFD_ADMIN_DOWN)
			enter(s, BFD_DOWN, BFD_DIAG_NEIGHBOUR);
		else if (theirs != BFD_DOWN)
			enter(s, BFD_UP, BFD_DIAG_NONE);
		return;
	case BFD_UP:
		if (theirs == BFD_ADMIN_DOWN || theirs == BFD_DOWN)
			enter(s, BFD_DOWN, BFD_DIAG_NEIGHBOUR);
		return;
	}
}

/* Does it say anything that is not remembered? */
static bool is_news(const struct bfd_session *s, const struct bfd_packet *p)
{
	return s->remote_state != p->state || s->remote_diagnostic != p->diagnostic ||
	       s->remote_discriminator != p->my_discriminator ||
	       s->remote_multiplier != p->multiplier || s->remote_demand != p->demand ||
	       s->remote_min_tx.us != p->min_tx.us || s->remote_min_rx.us != p->min_rx.us;
}

void bfd_session_receive(struct bfd_session *s, const struct bfd_packet *p, struct instant now)
{
	s->received++;
	s->heard_at = now;
	s->listened_again = false;
	s->dropping = false;
	s->changes += is_news(s, p);
	s->remote_state = p->state;
	s->remote_diagnostic = p->diagnostic;
	s->remote_discriminator = p->my_discriminator;
	s->remote_multiplier = p->multiplier;
	s->remote_demand = p->demand;
	s->remote_min_tx = p->min_tx;
	s->remote_min_rx = p->min_rx;
	if (p->final)
		end_poll(s);
	step(s, p->state);
	/* Only now one that has been resumed is known to be good; an end that is meant needs no more waiting. */
	if (s->state == BFD_UP)
		judge(s, CHECK_UP);
	else if (p->state == BFD_ADMIN_DOWN)
		judge(s, CHECK_DOWN);
	else if (s->verdict == CHECK_UNKNOWN)
		s->decide_at = s->set_up_at;
	s->final_owed = s->final_owed || (p->poll && s->state != BFD_ADMIN_DOWN);
	await_peer(s, now);
	schedule(s);
}

/*
 * One that has been resumed, and hears nothing: where its peer noticed that nobody sent, that one is down, and sends so often (section
 * 6.8.3). Who is not heard by then is not there.
 */
static void await_word(struct bfd_session *s, struct instant now)
{
	struct instant word = instant_add(now, span_max(slow(), s->remote_min_tx));

	if (s->verdict == CHECK_UNKNOWN && s->state == BFD_UP)
		s->decide_at = instant_min(s->decide_at, word);
}

/* Section 6.8.1: after a detection time without a packet nothing that the peer said counts any more. */
static void lose_peer(struct bfd_session *s, struct instant now)
{
	await_word(s, now);
	s->silence = bfd_detection_time(s);
	s->detect_at = INSTANT_NEVER;
	s->remote_discriminator = 0;
	s->remote_state = BFD_DOWN;
	s->remote_min_rx = span_us(1);
	s->remote_demand = false;
	s->changes++;
	if (s->state == BFD_UP || s->state == BFD_INIT)
		enter(s, BFD_DOWN, BFD_DIAG_EXPIRED);
	schedule(s);
}

/*
 * A timer that is late by more than an interval says that this process slept, and what the peer sent may be lost with a machine that slept
 * too. One more interval is what it takes to hear a living one.
 */
static bool slept(struct bfd_session *s, struct instant now)
{
	struct span late = instant_diff(now, s->detect_at);

	if (late.us <= bfd_receive_interval(s).us || s->listened_again)
		return false;
	s->listened_again = true;
	s->detect_at = instant_add(now, bfd_receive_interval(s));
	return true;
}

void bfd_session_tick(struct bfd_session *s, struct instant now)
{
	if (instant_reached(s->detect_at, now) && !slept(s, now))
		lose_peer(s, now);
	if (instant_reached(s->decide_at, now)) {
		s->decide_at = INSTANT_NEVER;
		if (s->verdict == CHECK_UNKNOWN)
			judge(s, CHECK_DOWN);
	}
}

void bfd_session_close(struct bfd_session *s)
{
	enter(s, BFD_ADMIN_DOWN, BFD_DIAG_ADMIN);
}

/* ---- beginnings ---- */

static void begin(struct bfd_session *s, const struct bfd_terms *terms, struct instant now)
{
	*s = (struct bfd_session){
		.terms = *terms,
		.state = BFD_DOWN,
		.remote_state = BFD_DOWN,
		.min_tx = span_max(terms->transmit, slow()),
		.min_rx = terms->receive,
		.remote_min_rx = span_us(1),
		.urgent = true,
		.sent_at = INSTANT_NEVER,
		.heard_at = INSTANT_NEVER,
		.transmit_at = INSTANT_NEVER,
		.detect_at = INSTANT_NEVER,
		.decide_at = instant_add(now, bfd_setup_time(terms->transmit, terms->receive)),
		.verdict = CHECK_UNKNOWN,
	};
	s->set_up_at = s->decide_at;
	put_in_force(s);
}

void bfd_session_init(struct bfd_session *s, const struct bfd_terms *terms, uint32_t discriminator,
		      struct instant now)
{
	begin(s, terms, now);
	s->local_discriminator = discriminator;
}

void bfd_session_resume(struct bfd_session *s, const struct bfd_terms *terms,
			const struct bfd_memory *memory, struct instant now)
{
	begin(s, terms, now);
	s->local_discriminator = memory->local_discriminator;
	if (memory->state == BFD_ADMIN_DOWN)
		return;
	s->state = memory->state;
	s->diagnostic = memory->diagnostic;
	s->remote_state = memory->remote_state;
	s->remote_diagnostic = memory->remote_diagnostic;
	s->remote_discriminator = memory->remote_discriminator;
	s->remote_multiplier = memory->remote_multiplier;
	s->remote_demand = memory->remote_demand;
	s->remote_min_tx = memory->remote_min_tx;
	s->remote_min_rx = memory->remote_min_rx;
	s->polling = memory->polling;
	s->min_tx = memory->min_tx;
	s->min_rx = memory->min_rx;
	put_in_force(s);
	use_terms(s);
	if (memory->verdict == CHECK_DOWN)
		judge(s, CHECK_DOWN);
	if (memory->remote_multiplier == 0)
		return;
	s->heard_at = now; /* what it said while nobody listened is not held against it */
	await_peer(s, now);
}

void bfd_session_remember(const struct bfd_session *s, struct bfd_memory *ret)
{
	*ret = (struct bfd_memory){
		.state = s->state,
		.remote_state = s->remote_state,
		.local_discriminator = s->local_discriminator,
		.remote_discriminator = s->remote_discriminator,
		.diagnostic = s->diagnostic,
		.remote_diagnostic = s->remote_diagnostic,
		.remote_multiplier = s->remote_multiplier,
		.remote_demand = s->remote_demand,
		.polling = s->polling,
		.min_tx = s->min_tx,
		.min_rx = s->min_rx,
		.remote_min_tx = s->remote_min_tx,
		.remote_min_rx = s->remote_min_rx,
		.verdict = s->verdict,
	};
}

void bfd_session_configure(struct bfd_session *s, const struct bfd_terms *terms)
{
	s->terms = *terms;
	use_terms(s);
	if (!instant_is_never(s->detect_at))
		await_peer(s, s->heard_at);
	schedule(s);
}

/* ---- what it sends ---- */

/* Section 6.8.7: three quarters of the interval at least, and never so late that a multiplier of 1 would be missed. */
static uint32_t share_of(const struct bfd_session *s, uint32_t dice)
{
	uint32_t most = s->terms.multiplier == 1 ? SHARE_MOST_ALONE : SHARE_MOST;

	return SHARE_LEAST + dice % (most - SHARE_LEAST + 1);
}

static void fill(const struct bfd_session *s, struct bfd_packet *ret)
{
	*ret = (struct bfd_packet){
		.state = s->state,
		.diagnostic = s->diagnostic,
		.multiplier = s->terms.multiplier,
		.my_discriminator = s->local_discriminator,
		.your_discriminator = s->remote_discriminator,
		.min_tx = s->min_tx,
		.min_rx = s->min_rx,
	};
}

bool bfd_session_next(struct bfd_session *s, struct instant now, uint32_t dice,
		      struct bfd_packet *ret)
{
	if (!s->final_owed && !s->urgent && !instant_reached(s->transmit_at, now))
		return false;
	fill(s, ret);
	/* Section 6.8.7: an answer to a Poll comes besides the others. */
	if (s->final_owed) {
		s->final_owed = false;
		ret->final = true;
		return true;
	}
	s->urgent = false;
	ret->poll = s->polling;
	s->sent_at = now;
	s->share = share_of(s, dice);
	schedule(s);
	return true;
}

void bfd_session_sent(struct bfd_session *s, int error)
{
	s->sent += error == 0;
	s->send_failures += error != 0;
	s->send_error = error;
}

void bfd_session_drop(struct bfd_session *s, uint8_t ttl)
{
	s->dropped++;
	s->dropping = true;
	s->dropped_ttl = ttl;
}

struct instant bfd_session_deadline(const struct bfd_session *s)
{
	return instant_min(instant_min(s->transmit_at, s->detect_at), s->decide_at);
}

/* ---- words ---- */

static void not_yet(const struct bfd_session *s, char buf[static TEXT_MAX])
{
	if (instant_is_never(s->heard_at))
		snprintf(buf, TEXT_MAX,
			 "the session has not come up: nothing is heard from the neighbour");
	else
		snprintf(buf, TEXT_MAX, "the session has not come up: the neighbour is in state %s",
			 bfd_state_name(s->remote_state));
}

/* What is wrong on the way; false: nothing is known to be. */
static bool is_hindered(const struct bfd_session *s, char buf[static TEXT_MAX])
{
	if (s->receive_error != 0)
		snprintf(buf, TEXT_MAX, "packets cannot be received on UDP port %d: %s", BFD_PORT,
			 strerror(s->receive_error));
	else if (s->send_error != 0)
		snprintf(buf, TEXT_MAX, "packets cannot be sent: %s", strerror(s->send_error));
	else if (s->dropping && s->dropped_ttl != 0)
		snprintf(buf, TEXT_MAX, "the neighbour's packets are dropped: TTL %u is too small",
			 s->dropped_ttl);
	else if (s->dropping)
		snprintf(buf, TEXT_MAX, "the neighbour's packets are dropped: malformed");
	else
		return false;
	return true;
}

const char *bfd_session_why(const struct bfd_session *s, char buf[static TEXT_MAX])
{
	if (s->state == BFD_UP)
		return "session up";
	if (s->state == BFD_ADMIN_DOWN)
		return "administratively down";
	if (is_hindered(s, buf))
		return buf;
	if (s->remote_state == BFD_ADMIN_DOWN)
		return "the neighbour is administratively down";
	if (s->diagnostic == BFD_DIAG_EXPIRED)
		snprintf(buf, TEXT_MAX, "%s: nothing heard for %lld ms",
			 bfd_diagnostic_text(BFD_DIAG_EXPIRED), (long long)s->silence.us / 1000);
	else if (s->diagnostic == BFD_DIAG_NEIGHBOUR)
		snprintf(buf, TEXT_MAX, "the neighbour signalled down: %s",
			 bfd_diagnostic_text(s->remote_diagnostic));
	else
		not_yet(s, buf);
	return buf;
}
