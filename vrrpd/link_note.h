/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The note on the link of a virtual MAC (its alias): what the parent's settings were before they were changed for it. The kernel keeps it for
 * as long as the link exists, so that a process that comes after one that was killed can put them back.
 */
#ifndef VRRPD_LINK_NOTE_H
#define VRRPD_LINK_NOTE_H

#include <stdint.h>

#include "io_devconf.h"
#include "io_netlink.h"

/* "vrrpd arp_ignore=0 arp_announce=0": of those that were changed. */
void link_note_write(const struct io_devconf *d, int32_t parent,
		     char ret[static LINK_ALIAS_MAX + 1]);

/* What stands there is what the parent goes back to. Anything else in the note is left alone. */
void link_note_recall(struct io_devconf *d, int32_t parent, const char *note);

#endif
