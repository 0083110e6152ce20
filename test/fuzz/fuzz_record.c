/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of a dead process. One that is believed is within its ranges and is written again to the same bytes, as far as they mean
 * anything; and an engine that is given it starts, whatever it claims. The first byte says whether the checksum is mended;
 * beyond the end of the input a record goes on as an honest one would.
 */
#include <string.h>

#include "base/bytes.h"
#include "base/checksum.h"
#include "core/record.h"

#include "fuzz.h"
#include "settings_life.h"

enum {
	HOW_MEND_CHECKSUM = 1,
	NOW_S = 1000, /* when the successor starts */
};

/* An owner and an ordinary one, so that records find somebody. */
static struct instance_settings instances[] = {
	{ .name = "web",
	  .interface = "eth0",
	  .vrid = 51,
	  .version = 3,
	  .priority = 100,
	  .min_ttl = 255,
	  .advert_interval = { 1000000 },
	  .addresses = { [FAMILY_V4] = { 0, 1 } },
	  .announce = { .count = 5 } },
	{ .name = "lan",
	  .interface = "eth1",
	  .vrid = 52,
	  .version = 2,
	  .priority = 255,
	  .min_ttl = 255,
	  .advert_interval = { 255000000 },
	  .addresses = { [FAMILY_V4] = { 1, 1 } },
	  .announce = { .count = 1 } },
};

static struct vip vips[] = {
	{ .addr = { .family = IP_V4, .bytes = { 192, 0, 2, 10 } }, .prefix_len = 24 },
	{ .addr = { .family = IP_V4, .bytes = { 10, 0, 0, 1 } }, .prefix_len = 8 },
};

static const struct settings settings = {
	.global = { .name = "lb1" },
	.instances = instances,
	.instance_count = 2,
	.vips = vips,
	.vip_count = 2,
};

static void honest(uint8_t out[static RECORD_BYTES])
{
	const struct record r = {
		.interface = "eth0",
		.vrid = 51,
		.family = IP_V4,
		.state = VROUTER_MASTER,
		.reason = REASON_MASTER_DOWN,
		.since_wall_us = 1767225600000000,
		.last_advert = { .us = (NOW_S - 1) * INT64_C(1000000) },
		.interval = span_s(1),
		.priority = 100,
		.force = { .until = INSTANT_NEVER },
	};

	record_pack(&r, out);
}

static void mend_checksum(uint8_t bytes[static RECORD_BYTES])
{
	struct writer w = { .data = bytes, .cap = RECORD_BYTES, .len = RECORD_BYTES };

	write_be16_at(&w, RECORD_BYTES - 2, 0);
	write_be16_at(&w, RECORD_BYTES - 2, checksum_finish(checksum_add(0, bytes, RECORD_BYTES)));
}

static void check_ranges(const struct record *r)
{
	MUST(r->interface[0] != '\0' && memchr(r->interface, '\0', sizeof(r->interface)) != NULL);
	MUST(r->vrid != 0 && (r->family == IP_V4 || r->family == IP_V6));
	MUST(r->state <= VROUTER_FAULT && r->reason < REASON_COUNT_);
	MUST(r->since_wall_us >= 0 && r->last_advert.us >= 0);
	MUST(r->interval.us >= ADVERT_INTERVAL_V3_MIN_MS * 1000 &&
	     r->interval.us <= ADVERT_INTERVAL_V2_MAX_MS * 1000);
}

static void check_packed_again(const struct record *r)
{
	uint8_t packed[RECORD_BYTES], twice[RECORD_BYTES];
	struct record again;

	record_pack(r, packed);
	MUST(record_unpack(packed, &again) == 0);
	record_pack(&again, twice);
	MUST(memcmp(packed, twice, RECORD_BYTES) == 0);
	MUST(again.last_advert.us == r->last_advert.us && again.interval.us == r->interval.us);
	MUST(memcmp(&again.counters, &r->counters, sizeof(again.counters)) == 0);
}

/* A force that has not run out counts for more than what was. */
static enum vrouter_state expected_state(const struct record *r, bool continues, struct instant now)
{
	enum force_to to = instant_reached(r->force.until, now) ? FORCE_NONE : r->force.to;

	if (to == FORCE_OFF)
		return VROUTER_FAULT;
	return continues || to == FORCE_MASTER ? VROUTER_MASTER : VROUTER_BACKUP;
}

/* Mastership is continued only in the three intervals after the last advertisement. */
static void check_restored(const struct record *r)
{
	struct engine *e = engine_init(malloc(engine_size(&settings, 0, 0)), &settings, 0, 0);
	struct instant now = { .us = NOW_S * INT64_C(1000000) };
	bool ours = strcmp(r->interface, "eth0") == 0 && r->vrid == 51 && r->family == IP_V4;
	bool fresh = r->state == VROUTER_MASTER && r->last_advert.us <= now.us &&
		     now.us - r->last_advert.us < 3 * r->interval.us;
	struct snapshot s;

	MUST(engine_restore(e, r, now) || !ours);
	life_links(e, now);
	life_step(e, (struct event){ .kind = EVENT_START, .now = now });
	engine_snapshot(e, 0, now, &s);
	MUST(s.state == (ours ? expected_state(r, fresh, now) : VROUTER_BACKUP));
	now = life_ticks(e, now, 2 * LIFE_TICKS);
	life_step(e, (struct event){ .kind = EVENT_STOP, .now = now });
	life_ticks(e, now, LIFE_TICKS);
	free(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reader r = reader_of(data, len);
	uint8_t how = read_u8(&r), bytes[RECORD_BYTES];
	struct record record, untouched;

	if (reader_left(&r) > RECORD_BYTES)
		return 0;
	honest(bytes);
	read_bytes(&r, bytes, reader_left(&r));
	if (how & HOW_MEND_CHECKSUM)
		mend_checksum(bytes);
	memset(&record, 0xa5, sizeof(record));
	memset(&untouched, 0xa5, sizeof(untouched));
	if (record_unpack(bytes, &record) != 0) {
		MUST(memcmp(&record, &untouched, sizeof(record)) == 0);
		return 0;
	}
	check_ranges(&record);
	check_packed_again(&record);
	check_restored(&record);
	return 0;
}
