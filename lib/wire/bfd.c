/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checks stand in the order of RFC 5880 section 6.8.6. Nothing of a packet is believed before all of them have been passed.
 */
#include "wire/bfd.h"

#include "base/bytes.h"

enum {
	FLAG_POLL = 0x20,
	FLAG_FINAL = 0x10,
	FLAG_AUTHENTICATION = 0x04,
	FLAG_DEMAND = 0x02,
	FLAG_MULTIPOINT = 0x01,
	VERSION_SHIFT = 5, /* above the diagnostic */
	STATE_SHIFT = 6,   /* above the flags */
};

const char *bfd_state_name(enum bfd_state state)
{
	switch (state) {
	case BFD_ADMIN_DOWN:
		return "admin-down";
	case BFD_DOWN:
		return "down";
	case BFD_INIT:
		return "init";
	case BFD_UP:
		return "up";
	}
	return "?";
}

const char *bfd_diagnostic_text(uint8_t diagnostic)
{
	static const char *const texts[] = {
		[BFD_DIAG_NONE] = "no diagnostic",
		[BFD_DIAG_EXPIRED] = "control detection time expired",
		[BFD_DIAG_ECHO] = "echo function failed",
		[BFD_DIAG_NEIGHBOUR] = "neighbour signalled session down",
		[BFD_DIAG_RESET] = "forwarding plane reset",
		[BFD_DIAG_PATH] = "path down",
		[BFD_DIAG_CONCATENATED] = "concatenated path down",
		[BFD_DIAG_ADMIN] = "administratively down",
		[BFD_DIAG_REVERSE] = "reverse concatenated path down",
	};

	return diagnostic <= BFD_DIAG_REVERSE ? texts[diagnostic] : "a reserved diagnostic";
}

static struct span read_span(struct reader *r)
{
	return span_us(read_be32(r));
}

static bool knows_no_session(const struct bfd_packet *p)
{
	return p->state == BFD_DOWN || p->state == BFD_ADMIN_DOWN;
}

static enum bfd_refusal check_fields(const struct bfd_packet *p, uint8_t flags)
{
	if (p->multiplier == 0)
		return BFD_REFUSAL_MULTIPLIER;
	if (flags & FLAG_MULTIPOINT)
		return BFD_REFUSAL_MULTIPOINT;
	if (p->my_discriminator == 0)
		return BFD_REFUSAL_MY_DISCRIMINATOR;
	if (p->your_discriminator == 0 && !knows_no_session(p))
		return BFD_REFUSAL_YOUR_DISCRIMINATOR;
	if (flags & FLAG_AUTHENTICATION)
		return BFD_REFUSAL_AUTHENTICATION;
	/* Section 6.5: a packet never has both bits. */
	if (p->poll && p->final)
		return BFD_REFUSAL_POLL_FINAL;
	return BFD_REFUSAL_NONE;
}

enum bfd_refusal bfd_parse(const void *data, size_t len, struct bfd_packet *ret)
{
	struct reader r = reader_of(data, len);
	uint8_t first = read_u8(&r), flags = read_u8(&r), length;
	struct bfd_packet p = {
		.state = (enum bfd_state)(flags >> STATE_SHIFT),
		.diagnostic = first & BFD_DIAG_MAX,
		.poll = (flags & FLAG_POLL) != 0,
		.final = (flags & FLAG_FINAL) != 0,
		.demand = (flags & FLAG_DEMAND) != 0,
	};
	enum bfd_refusal refusal;

	p.multiplier = read_u8(&r);
	length = read_u8(&r);
	p.my_discriminator = read_be32(&r);
	p.your_discriminator = read_be32(&r);
	p.min_tx = read_span(&r);
	p.min_rx = read_span(&r);
	p.min_echo_rx = read_span(&r);

	if (r.overrun)
		return BFD_REFUSAL_LENGTH;
	if (first >> VERSION_SHIFT != BFD_VERSION)
		return BFD_REFUSAL_VERSION;
	if (length < BFD_BYTES || length > len)
		return BFD_REFUSAL_LENGTH;
	refusal = check_fields(&p, flags);
	if (refusal == BFD_REFUSAL_NONE)
		*ret = p;
	return refusal;
}

static void write_span(struct writer *w, struct span s)
{
	write_be32(w, (uint32_t)s.us);
}

void bfd_build(const struct bfd_packet *p, uint8_t out[static BFD_BYTES])
{
	struct writer w = writer_of(out, BFD_BYTES);

	write_u8(&w, (uint8_t)(BFD_VERSION << VERSION_SHIFT | p->diagnostic));
	write_u8(&w, (uint8_t)((unsigned int)p->state << STATE_SHIFT | (p->poll ? FLAG_POLL : 0) |
			       (p->final ? FLAG_FINAL : 0) | (p->demand ? FLAG_DEMAND : 0)));
	write_u8(&w, p->multiplier);
	write_u8(&w, BFD_BYTES);
	write_be32(&w, p->my_discriminator);
	write_be32(&w, p->your_discriminator);
	write_span(&w, p->min_tx);
	write_span(&w, p->min_rx);
	write_span(&w, p->min_echo_rx);
}
