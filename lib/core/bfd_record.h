/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a BFD session must outlive the process, in a fixed layout of bytes like that of record.h: a successor that goes on with the same
 * discriminators and from the same port is the same session to the peer. A record that is damaged or out of range is refused whole.
 */
#ifndef CORE_BFD_RECORD_H
#define CORE_BFD_RECORD_H

#include <stdint.h>

#include "base/ip.h"
#include "core/bfd_session.h"
#include "core/record.h"

struct bfd_record {
	struct ip_addr peer, source; /* source IP_NONE: chosen by us */
	struct ip_addr from;         /* source, or what was chosen; IP_NONE: nothing yet */
	uint16_t port;               /* from which it sends: BFD_SOURCE_PORT_MIN to _MAX */
	struct bfd_memory memory;
};

/* Packs into exactly RECORD_BYTES. */
void bfd_record_pack(const struct bfd_record *r, uint8_t out[static RECORD_BYTES]);

/* 0; -EBADMSG: damaged, another version or out of range; *ret untouched then. */
int bfd_record_unpack(const uint8_t in[static RECORD_BYTES], struct bfd_record *ret);

#endif
