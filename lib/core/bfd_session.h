/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One BFD session (RFC 5880) over a single hop, asynchronous mode, active role, as a plain value: packets and the time go in, packets to be
 * sent and a verdict on the path come out. The names of its parts are those of the state variables of section 6.8.1. Demand mode is
 * respected where the peer asks for it and never asked for; there is no echo function and no authentication.
 *
 * Use: after each call that changes it, send what bfd_session_next() gives until it gives nothing, and call
 * bfd_session_tick() at bfd_session_deadline(). `changes` counts what is worth telling: see whether it is another one.
 */
#ifndef CORE_BFD_SESSION_H
#define CORE_BFD_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/limits.h"
#include "core/settings.h"
#include "wire/bfd.h"

enum {
	/* Not up, nobody sends more often: RFC 5880 section 6.8.3 */
	BFD_SLOW_MS = 1000,
};

/* What the administrator wants. */
struct bfd_terms {
	struct span transmit, receive; /* 1 us-UINT32_MAX us */
	uint8_t multiplier;            /* 1-255 */
};

struct bfd_session {
	struct bfd_terms terms;
	enum bfd_state state, remote_state;
	uint32_t local_discriminator, remote_discriminator; /* remote: 0 while unknown */
	uint8_t diagnostic, remote_diagnostic;
	struct span min_tx, min_rx; /* as told to the peer … */
	struct span min_tx_in_force,
		min_rx_in_force; /* … and as they count until it has confirmed them */
	struct span remote_min_tx, remote_min_rx; /* as it told us last */
	uint8_t remote_multiplier;                /* likewise; 0: not heard yet */
	bool remote_demand;                       /* likewise */
	bool polling;                             /* a Poll Sequence goes on … */
	bool poll_again;                          /* … and another one is to follow */
	bool final_owed;                          /* a Poll is to be answered */
	bool urgent;                              /* what it would say is news */
	bool listened_again; /* detection was late and has been given one more interval */
	uint32_t share;      /* of the interval until the next packet, in thousandths */
	struct instant sent_at, heard_at;                 /* INSTANT_NEVER: not yet */
	struct instant transmit_at, detect_at, decide_at; /* timers */
	struct instant set_up_at; /* until when one whose peer is heard has time to come up */
	struct span silence;      /* after which it went down last for want of packets */
	enum check_state verdict; /* is the path good? */
	uint32_t changes;         /* of the verdict, and of all that is remembered */
	uint64_t sent, received, came_up, went_down;
	uint64_t dropped, send_failures;
	/* What whoever carries its packets says of that, for bfd_session_why(). errno, 0 for none. */
	int send_error, receive_error;
	bool dropping;       /* what came last was dropped … */
	uint8_t dropped_ttl; /* … for this TTL; 0: it was malformed */
};

/* What of it outlives the process. */
struct bfd_memory {
	enum bfd_state state, remote_state;
	uint32_t local_discriminator, remote_discriminator;
	uint8_t diagnostic, remote_diagnostic, remote_multiplier;
	bool remote_demand, polling;
	struct span min_tx, min_rx, remote_min_tx, remote_min_rx;
	enum check_state verdict;
};

/* Until when a session should have come up that can: as long as its verdict is not known and not bad. */
struct span bfd_setup_time(struct span transmit, struct span receive);

/* Down, with a discriminator that is not 0 and no other session's. The first packet is due at once. */
void bfd_session_init(struct bfd_session *s, const struct bfd_terms *terms, uint32_t discriminator,
		      struct instant now);

/*
 * Instead: the session of a predecessor goes on. Up, it stays so without the peer's noticing if it has not waited in vain meanwhile; what
 * was known to be bad is, and what was good is known again as soon as the peer says so.
 */
void bfd_session_resume(struct bfd_session *s, const struct bfd_terms *terms,
			const struct bfd_memory *memory, struct instant now);
void bfd_session_remember(const struct bfd_session *s, struct bfd_memory *ret);

/* Other terms: the peer is asked to confirm them, and the session stays as it is (section 6.8.3). */
void bfd_session_configure(struct bfd_session *s, const struct bfd_terms *terms);

/* A packet for it, well formed (wire/bfd.h) and from its peer: section 6.8.6. */
void bfd_session_receive(struct bfd_session *s, const struct bfd_packet *p, struct instant now);

/* The deadline may have come. */
void bfd_session_tick(struct bfd_session *s, struct instant now);

/* AdminDown for good: the peer is told that it is not the path (section 6.8.16). */
void bfd_session_close(struct bfd_session *s);

/* Is a packet to be sent now? dice: any number, another one each time. */
bool bfd_session_next(struct bfd_session *s, struct instant now, uint32_t dice,
		      struct bfd_packet *ret);

/* What that gave could not be sent, or (0) it could. */
void bfd_session_sent(struct bfd_session *s, int error);

/* A packet of the peer was not for bfd_session_receive(): it came with that TTL, which is too small, or (0) is malformed. */
void bfd_session_drop(struct bfd_session *s, uint8_t ttl);

/* Of what was sent last, the next one's time; of the peer's silence; of the verdict: whatever comes first. Once all has been sent. */
struct instant bfd_session_deadline(const struct bfd_session *s);

/* The interval in which it sends, and in which it expects packets; and the time that it waits for them: 0 before the first. */
struct span bfd_transmit_interval(const struct bfd_session *s);
struct span bfd_receive_interval(const struct bfd_session *s);
struct span bfd_detection_time(const struct bfd_session *s);

/* Why it is in its state, for an event; buf is returned. */
const char *bfd_session_why(const struct bfd_session *s, char buf[static TEXT_MAX]);

#endif
