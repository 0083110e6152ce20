/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses as fields of a packet: what reader and writer do for numbers, for IP and MAC addresses.
 */
#ifndef WIRE_FIELDS_H
#define WIRE_FIELDS_H

#include "base/bytes.h"
#include "base/ip.h"

/* An address of that family (not IP_NONE); all zeros on overrun. */
struct ip_addr read_ip(struct reader *r, enum ip_family family);
struct mac_addr read_mac(struct reader *r);

/* 4 or 16 bytes; nothing for IP_NONE. */
void write_ip(struct writer *w, struct ip_addr a);
void write_mac(struct writer *w, struct mac_addr mac);

#endif
