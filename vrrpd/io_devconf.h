/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv4 settings of interfaces that are not ours, changed where the protocol cannot do without, and put back to what they were. Set over
 * netlink, because /proc/sys is read-only in containers.
 *
 * accept_local, where advertisements come in: a BACKUP that has taken over from the owner of the addresses holds the very address that the
 * owner's advertisements come from; without it the kernel drops them as impossible, and both stay master. arp_ignore and
 * arp_announce, of the parent of a virtual MAC: without them the parent answers for the virtual addresses with its own MAC, and names them
 * when it asks for others.
 */
#ifndef VRRPD_IO_DEVCONF_H
#define VRRPD_IO_DEVCONF_H

#include <stdbool.h>
#include <stdint.h>

enum devconf {
	DEVCONF_ACCEPT_LOCAL,
	DEVCONF_ARP_IGNORE,
	DEVCONF_ARP_ANNOUNCE,
	DEVCONF_COUNT_,
};

struct io_devconf;

/* 0, or -errno with the missing facility in *ret_what. */
int io_devconf_open(struct io_devconf **ret, const char **ret_what);

/* Puts everything back that was changed and not forgotten. NULL is allowed. */
void io_devconf_close(struct io_devconf *d);

/* Makes it at least that; nothing is written where it is already. 0 or -errno. */
int io_devconf_raise(struct io_devconf *d, int32_t ifindex, enum devconf which, uint32_t least);

/* Puts it back to what it was before, if it was changed. */
void io_devconf_restore(struct io_devconf *d, int32_t ifindex, enum devconf which);

/* What it was before it was changed: false where it was not. */
bool io_devconf_was(const struct io_devconf *d, int32_t ifindex, enum devconf which, uint32_t *ret);

/* A predecessor changed it, and it was that before: 0 or -ENOMEM. Nothing is written. */
int io_devconf_recall(struct io_devconf *d, int32_t ifindex, enum devconf which, uint32_t was);

/* The changed interfaces that keep() does not want to keep so are put back. */
void io_devconf_sweep(struct io_devconf *d, enum devconf which,
		      bool (*keep)(void *ctx, int32_t ifindex), void *ctx);

/* All of this kind stay as they are now, for a successor. */
void io_devconf_leave(struct io_devconf *d, enum devconf which);

#endif
