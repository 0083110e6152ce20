/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One event of the history in a fixed layout of bytes with a version and a checksum: what happened is to be known after a restart too,
 * and it is after a crash that it is wanted most. An event that is damaged or of another version is refused.
 */
#ifndef CORE_EVENT_RECORD_H
#define CORE_EVENT_RECORD_H

#include <stdint.h>

#include "core/history.h"

enum {
	EVENT_RECORD_VERSION = 2, /* another one whenever an enum of the history is renumbered */
	EVENT_RECORD_BYTES = 512, /* of one packed event */
};

/* Packs into exactly EVENT_RECORD_BYTES. */
void event_record_pack(const struct history_event *e, uint8_t out[static EVENT_RECORD_BYTES]);

/* 0; -EPROTO another version; -EBADMSG damaged or out of range; *ret untouched then. */
int event_record_unpack(const uint8_t in[static EVENT_RECORD_BYTES], struct history_event *ret);

#endif
