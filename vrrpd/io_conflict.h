/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hears who else says that an address is his: ARP, and neighbour advertisements of IPv6. Whether the address is one of ours is for others to
 * judge; what we say ourselves is not heard.
 */
#ifndef VRRPD_IO_CONFLICT_H
#define VRRPD_IO_CONFLICT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"

struct io_conflict_handler {
	void *ctx;
	/* Valid during the call only. */
	void (*claimed)(void *ctx, const struct event_claim *claim);
};

struct io_conflict;

/* 0 or -errno, and then what is missing. A kernel without IPv6 is none the worse for it. */
int io_conflict_open(struct io_conflict **ret, const struct io_conflict_handler *handler,
		     const char **ret_what);

/* NULL is allowed. */
void io_conflict_close(struct io_conflict *c);

/* To be watched for reading; -1: there is none for that family. NULL: -1. */
int io_conflict_fd(const struct io_conflict *c, enum family_index family);

/* Takes in what has come, so much at a time that a flood delays nothing else. */
void io_conflict_readable(struct io_conflict *c, enum family_index family);

#endif
