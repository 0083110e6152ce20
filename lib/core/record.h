/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must outlive the process, for one virtual router, in a fixed layout of bytes with a version and a checksum: kept in the mapped
 * state file, read by a successor that may be another build. A record that is damaged or of another version is refused and nothing
 * of it believed. What comes after the counters was zero in earlier builds of the same version, and zero says that there is nothing.
 */
#ifndef CORE_RECORD_H
#define CORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/limits.h"
#include "core/counters.h"
#include "core/history.h"
#include "core/snapshot.h"

enum {
	RECORD_VERSION = 2,
	RECORD_BYTES = 1024, /* of one packed record */
};

struct record {
	char interface[IFNAME_MAX_LEN + 1];
	uint8_t vrid;
	uint8_t family; /* enum ip_family */
	enum vrouter_state state;
	enum reason reason;
	int64_t since_wall_us;
	struct instant last_advert; /* monotonic; of the same boot only */
	struct span interval;       /* the one in force while MASTER */
	uint8_t priority;           /* effective, 1-255 */
	/* The states whose hooks have run last, of its instance and of its group. */
	enum vrouter_state told, group_told;
	struct force force; /* of the instance; FORCE_NONE: none */
	struct counters counters;
	/* Not MASTER any more, its addresses are still here, and until when. INSTANT_NEVER: they are not. */
	struct instant linger_until;
};

/* Packs into exactly RECORD_BYTES. */
void record_pack(const struct record *r, uint8_t out[static RECORD_BYTES]);

/* 0; -EPROTO another version; -EBADMSG damaged or out of range; *ret untouched then. */
int record_unpack(const uint8_t in[static RECORD_BYTES], struct record *ret);

#endif
