/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Field by field in network order. Intervals are those of the wire: 32 bits of microseconds.
 */
#include "core/bfd_record.h"

#include <errno.h>

#include "base/bytes.h"
#include "base/checksum.h"
#include "wire/fields.h"

enum {
	BFD_RECORD_MAGIC = 0x62666432, /* "bfd2" */
	BFD_RECORD_SUM_BYTES = 2,      /* at the end */
};

static void write_address(struct writer *w, struct ip_addr a)
{
	write_u8(w, a.family);
	write_bytes(w, a.bytes, sizeof(a.bytes));
}

static struct ip_addr read_address(struct reader *r)
{
	struct ip_addr a = { .family = read_u8(r) };

	read_bytes(r, a.bytes, sizeof(a.bytes));
	return a;
}

static void write_span(struct writer *w, struct span s)
{
	write_be32(w, (uint32_t)s.us);
}

static struct span read_span(struct reader *r)
{
	return span_us(read_be32(r));
}

void bfd_record_pack(const struct bfd_record *r, uint8_t out[static RECORD_BYTES])
{
	const struct bfd_memory *m = &r->memory;
	struct writer w = writer_of(out, RECORD_BYTES);

	write_be32(&w, BFD_RECORD_MAGIC);
	write_address(&w, r->peer);
	write_address(&w, r->source);
	write_address(&w, r->from);
	write_be16(&w, r->port);
	write_u8(&w, (uint8_t)m->state);
	write_u8(&w, (uint8_t)m->remote_state);
	write_be32(&w, m->local_discriminator);
	write_be32(&w, m->remote_discriminator);
	write_u8(&w, m->diagnostic);
	write_u8(&w, m->remote_diagnostic);
	write_u8(&w, m->remote_multiplier);
	write_u8(&w, m->remote_demand);
	write_u8(&w, m->polling);
	write_u8(&w, (uint8_t)m->verdict);
	write_span(&w, m->min_tx);
	write_span(&w, m->min_rx);
	write_span(&w, m->remote_min_tx);
	write_span(&w, m->remote_min_rx);
	write_zeros(&w, RECORD_BYTES - w.len);
	write_be16_at(&w, RECORD_BYTES - BFD_RECORD_SUM_BYTES,
		      checksum_finish(checksum_add(0, out, RECORD_BYTES)));
}

/* Unused bytes are 0, as everywhere. */
static bool is_address(struct ip_addr a)
{
	static const uint8_t zeros[sizeof(a.bytes)];
	size_t len = ip_len(a);

	return (a.family == IP_NONE || a.family == IP_V4 || a.family == IP_V6) &&
	       memcmp(a.bytes + len, zeros, sizeof(a.bytes) - len) == 0;
}

/* Who is beyond Down has heard the peer. */
static bool is_consistent(const struct bfd_memory *m)
{
	return m->state == BFD_DOWN || m->state == BFD_ADMIN_DOWN ||
	       (m->remote_multiplier != 0 && m->remote_discriminator != 0);
}

/* Is every field what bfd_record_pack() could have written? */
static bool in_range(const struct bfd_record *r)
{
	const struct bfd_memory *m = &r->memory;

	return is_address(r->peer) && ip_is_set(r->peer) && is_address(r->source) &&
	       is_address(r->from) &&
	       (r->from.family == IP_NONE || r->from.family == r->peer.family) &&
	       r->port >= BFD_SOURCE_PORT_MIN && m->state <= BFD_UP && m->remote_state <= BFD_UP &&
	       m->local_discriminator != 0 && m->diagnostic <= BFD_DIAG_MAX &&
	       m->remote_diagnostic <= BFD_DIAG_MAX && m->verdict <= CHECK_UNKNOWN &&
	       m->min_tx.us != 0 && m->min_rx.us != 0 && is_consistent(m);
}

int bfd_record_unpack(const uint8_t in[static RECORD_BYTES], struct bfd_record *ret)
{
	struct reader r = reader_of(in, RECORD_BYTES);
	struct bfd_record rec;
	struct bfd_memory *m = &rec.memory;

	if (read_be32(&r) != BFD_RECORD_MAGIC ||
	    checksum_finish(checksum_add(0, in, RECORD_BYTES)) != 0)
		return -EBADMSG;
	rec.peer = read_address(&r);
	rec.source = read_address(&r);
	rec.from = read_address(&r);
	rec.port = read_be16(&r);
	m->state = (enum bfd_state)read_u8(&r);
	m->remote_state = (enum bfd_state)read_u8(&r);
	m->local_discriminator = read_be32(&r);
	m->remote_discriminator = read_be32(&r);
	m->diagnostic = read_u8(&r);
	m->remote_diagnostic = read_u8(&r);
	m->remote_multiplier = read_u8(&r);
	m->remote_demand = read_u8(&r) != 0;
	m->polling = read_u8(&r) != 0;
	m->verdict = (enum check_state)read_u8(&r);
	m->min_tx = read_span(&r);
	m->min_rx = read_span(&r);
	m->remote_min_tx = read_span(&r);
	m->remote_min_rx = read_span(&r);
	if (!in_range(&rec))
		return -EBADMSG;
	*ret = rec;
	return 0;
}
