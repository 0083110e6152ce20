/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records are written field by field in network order, so that another compiler or build reads the same. The checksum covers the
 * whole fixed length; it guards against torn writes and a damaged file, not against an attacker, who would need root.
 */
#include "core/record.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/ip.h"
#include "core/settings.h"

enum {
	RECORD_MAGIC = 0x76727270, /* "vrrp" */
	RECORD_SUM_BYTES = 2,      /* at the end */
};

void record_pack(const struct record *r, uint8_t out[static RECORD_BYTES])
{
	struct writer w = writer_of(out, RECORD_BYTES);

	write_be32(&w, RECORD_MAGIC);
	write_be16(&w, RECORD_VERSION);
	write_bytes(&w, r->interface, sizeof(r->interface));
	write_u8(&w, r->vrid);
	write_u8(&w, r->family);
	write_u8(&w, (uint8_t)r->state);
	write_u8(&w, (uint8_t)r->reason);
	write_be64(&w, (uint64_t)r->since_wall_us);
	write_be64(&w, (uint64_t)r->last_advert.us);
	write_be64(&w, (uint64_t)r->interval.us);
	write_u8(&w, r->priority);
	write_u8(&w, (uint8_t)r->told);
	write_u8(&w, (uint8_t)r->group_told);
	write_u8(&w, (uint8_t)r->force.to);
	write_u8(&w, r->force.despite_faults);
	write_be64(&w, (uint64_t)r->force.until.us);
	write_be64(&w, (uint64_t)r->force.until_wall_us);
	write_bytes(&w, r->force.reason, sizeof(r->force.reason));
	write_bytes(&w, r->force.by, sizeof(r->force.by));
	write_be16(&w, COUNTER_COUNT_);
	for (int i = 0; i < COUNTER_COUNT_; i++)
		write_be64(&w, r->counters.value[i]);
	write_be64(&w, instant_is_never(r->linger_until) ? 0 : (uint64_t)r->linger_until.us);
	write_zeros(&w, RECORD_BYTES - w.len);
	write_be16_at(&w, RECORD_BYTES - RECORD_SUM_BYTES,
		      checksum_finish(checksum_add(0, out, RECORD_BYTES)));
}

/* Of any version; what is outside could overflow when it is reckoned with. */
static bool interval_in_range(struct span interval)
{
	return interval.us >= span_ms(ADVERT_INTERVAL_V3_MIN_MS).us &&
	       interval.us <= span_ms(ADVERT_INTERVAL_V2_MAX_MS).us;
}

/* Of any clock that is set; the years are those that can be shown. */
static bool wall_in_range(int64_t wall_us)
{
	return wall_us >= 0 && wall_us < WALL_END_US;
}

static bool force_in_range(const struct force *f)
{
	return f->to < FORCE_TO_COUNT_ && f->until.us >= 0 && wall_in_range(f->until_wall_us) &&
	       memchr(f->reason, '\0', sizeof(f->reason)) != NULL &&
	       memchr(f->by, '\0', sizeof(f->by)) != NULL;
}

/* Is every field what record_pack() could have written? */
static bool in_range(const struct record *r, uint16_t counters)
{
	return memchr(r->interface, '\0', sizeof(r->interface)) != NULL &&
	       r->interface[0] != '\0' && r->vrid != 0 &&
	       (r->family == IP_V4 || r->family == IP_V6) && r->state <= VROUTER_FAULT &&
	       r->reason < REASON_COUNT_ && wall_in_range(r->since_wall_us) &&
	       r->last_advert.us >= 0 && interval_in_range(r->interval) && r->priority != 0 &&
	       r->told <= VROUTER_FAULT && r->group_told <= VROUTER_FAULT &&
	       force_in_range(&r->force) && counters == COUNTER_COUNT_ && r->linger_until.us > 0;
}

int record_unpack(const uint8_t in[static RECORD_BYTES], struct record *ret)
{
	struct reader r = reader_of(in, RECORD_BYTES);
	struct record rec = { 0 };
	uint16_t counters;

	if (read_be32(&r) != RECORD_MAGIC)
		return -EBADMSG;
	if (read_be16(&r) != RECORD_VERSION)
		return -EPROTO;
	if (checksum_finish(checksum_add(0, in, RECORD_BYTES)) != 0)
		return -EBADMSG;
	read_bytes(&r, rec.interface, sizeof(rec.interface));
	rec.vrid = read_u8(&r);
	rec.family = read_u8(&r);
	rec.state = (enum vrouter_state)read_u8(&r);
	rec.reason = (enum reason)read_u8(&r);
	rec.since_wall_us = (int64_t)read_be64(&r);
	rec.last_advert.us = (int64_t)read_be64(&r);
	rec.interval.us = (int64_t)read_be64(&r);
	rec.priority = read_u8(&r);
	rec.told = (enum vrouter_state)read_u8(&r);
	rec.group_told = (enum vrouter_state)read_u8(&r);
	rec.force.to = (enum force_to)read_u8(&r);
	rec.force.despite_faults = read_u8(&r) != 0;
	rec.force.until.us = (int64_t)read_be64(&r);
	rec.force.until_wall_us = (int64_t)read_be64(&r);
	read_bytes(&r, rec.force.reason, sizeof(rec.force.reason));
	read_bytes(&r, rec.force.by, sizeof(rec.force.by));
	counters = read_be16(&r);
	for (int i = 0; i < COUNTER_COUNT_; i++)
		rec.counters.value[i] = read_be64(&r);
	rec.linger_until.us = (int64_t)read_be64(&r);
	if (rec.linger_until.us == 0)
		rec.linger_until = INSTANT_NEVER;
	if (!in_range(&rec, counters))
		return -EBADMSG;
	*ret = rec;
	return 0;
}
