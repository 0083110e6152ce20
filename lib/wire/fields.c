/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address fields are plain runs of bytes, already in the order in which the values hold them.
 */
#include "wire/fields.h"

struct ip_addr read_ip(struct reader *r, enum ip_family family)
{
	struct ip_addr a = { .family = (uint8_t)family };

	read_bytes(r, a.bytes, ip_len(a));
	return a;
}

struct mac_addr read_mac(struct reader *r)
{
	struct mac_addr mac;

	read_bytes(r, mac.bytes, sizeof(mac.bytes));
	return mac;
}

void write_ip(struct writer *w, struct ip_addr a)
{
	write_bytes(w, a.bytes, ip_len(a));
}

void write_mac(struct writer *w, struct mac_addr mac)
{
	write_bytes(w, mac.bytes, sizeof(mac.bytes));
}
