/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Written field by field in network order, as records are. What is read is held to everything that its readers count on: the texts end,
 * and a code is one that has a name.
 */
#include "core/event_record.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checksum.h"

enum {
	EVENT_MAGIC = 0x65766e74, /* "evnt" */
	EVENT_SUM_BYTES = 2,      /* at the end */
};

void event_record_pack(const struct history_event *e, uint8_t out[static EVENT_RECORD_BYTES])
{
	struct writer w = writer_of(out, EVENT_RECORD_BYTES);

	write_be32(&w, EVENT_MAGIC);
	write_be16(&w, EVENT_RECORD_VERSION);
	write_be64(&w, e->seq);
	write_be64(&w, (uint64_t)e->at.us);
	write_be64(&w, (uint64_t)e->wall_us);
	write_u8(&w, (uint8_t)e->kind);
	write_u8(&w, (uint8_t)e->reason);
	write_be32(&w, (uint32_t)e->code);
	write_be32(&w, (uint32_t)e->from);
	write_be32(&w, (uint32_t)e->to);
	write_be32(&w, (uint32_t)e->error);
	write_be32(&w, e->count);
	write_u8(&w, e->address.family);
	write_bytes(&w, e->address.bytes, sizeof(e->address.bytes));
	write_bytes(&w, e->mac.bytes, sizeof(e->mac.bytes));
	write_bytes(&w, e->instance, sizeof(e->instance));
	write_bytes(&w, e->text, sizeof(e->text));
	write_zeros(&w, EVENT_RECORD_BYTES - w.len);
	write_be16_at(&w, EVENT_RECORD_BYTES - EVENT_SUM_BYTES,
		      checksum_finish(checksum_add(0, out, EVENT_RECORD_BYTES)));
}

/* Is every field what event_record_pack() could have written? */
static bool in_range(const struct history_event *e)
{
	return e->seq != 0 && e->seq < UINT64_MAX && e->at.us >= 0 && e->wall_us >= 0 &&
	       e->wall_us < WALL_END_US && e->kind < HISTORY_KIND_COUNT_ &&
	       e->reason < REASON_COUNT_ &&
	       (e->address.family == IP_NONE || e->address.family == IP_V4 ||
		e->address.family == IP_V6) &&
	       memchr(e->instance, '\0', sizeof(e->instance)) != NULL &&
	       memchr(e->text, '\0', sizeof(e->text)) != NULL;
}

int event_record_unpack(const uint8_t in[static EVENT_RECORD_BYTES], struct history_event *ret)
{
	struct reader r = reader_of(in, EVENT_RECORD_BYTES);
	struct history_event e;

	if (read_be32(&r) != EVENT_MAGIC)
		return -EBADMSG;
	if (read_be16(&r) != EVENT_RECORD_VERSION)
		return -EPROTO;
	if (checksum_finish(checksum_add(0, in, EVENT_RECORD_BYTES)) != 0)
		return -EBADMSG;
	e.seq = read_be64(&r);
	e.at.us = (int64_t)read_be64(&r);
	e.wall_us = (int64_t)read_be64(&r);
	e.kind = (enum history_kind)read_u8(&r);
	e.reason = (enum reason)read_u8(&r);
	e.code = (int32_t)read_be32(&r);
	e.from = (int32_t)read_be32(&r);
	e.to = (int32_t)read_be32(&r);
	e.error = (int32_t)read_be32(&r);
	e.count = read_be32(&r);
	e.address.family = read_u8(&r);
	read_bytes(&r, e.address.bytes, sizeof(e.address.bytes));
	read_bytes(&r, e.mac.bytes, sizeof(e.mac.bytes));
	read_bytes(&r, e.instance, sizeof(e.instance));
	read_bytes(&r, e.text, sizeof(e.text));
	if (!in_range(&e))
		return -EBADMSG;
	*ret = e;
	return 0;
}
