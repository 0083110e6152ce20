/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must outlive the protocol process, in a file that is mapped into memory: saving a record is a copy, never a system call. Each record has
 * two places that are written in turn, so that a process that is killed while writing leaves the previous one intact. The latest events are
 * kept in a ring beside them.
 */
#ifndef VRRPD_STATE_FILE_H
#define VRRPD_STATE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bfd_record.h"
#include "core/history.h"
#include "core/record.h"

enum {
	STATE_LAYOUT = 2,       /* version of the file's layout; the records have their own */
	STATE_EVENTS_MAX = 256, /* events that outlive the process */
};

struct state_file;

/*
 * Maps the file; fd stays the caller's and may be closed. *ret_foreign says that it held something that is not ours to believe: another
 * version, another boot, or damage; it then reads as empty. 0 or -errno.
 */
int state_file_open(struct state_file **ret, int fd, bool *ret_foreign);

/* Uses that file from now on, whose descriptor is taken over, and forgets what the other one held: state_file_reset() is next. */
void state_file_move(struct state_file *sf, int fd);

/* NULL is allowed. The file stays as it is. */
void state_file_close(struct state_file *sf);

/* What could not be believed. A process that is killed while it saves something leaves none of it. */
struct state_damage {
	uint32_t older; /* so many of which the one before was told instead */
	uint32_t lost;  /* so many that had none, or none either */
	int error;      /* of the first: -EBADMSG damaged, -EPROTO of another version */
};

/* Calls tell for each record that is whole. */
struct state_damage state_file_read(const struct state_file *sf,
				    void (*tell)(void *ctx, const struct record *r), void *ctx);

/* Appends the latest events that are whole, the last of them and all before it without a gap, to a history that is still empty. */
void state_file_read_events(const struct state_file *sf, struct history *h);

/* The same of BFD sessions. */
struct state_damage state_file_read_sessions(const struct state_file *sf,
					     void (*tell)(void *ctx, const struct bfd_record *r),
					     void *ctx);

/* Has it room for that many, and no more? Then saving them is enough. */
bool state_file_fits(const struct state_file *sf, uint32_t count, uint32_t sessions);

/* What it takes in STATE_DIR. */
size_t state_file_bytes(uint32_t count, uint32_t sessions);

/*
 * Forgets the records, not the events, and makes room for count of them and for those of `sessions` BFD sessions: 0 or -errno (-ENOSPC:
 * STATE_DIR is full), after which nothing can be saved.
 */
int state_file_reset(struct state_file *sf, uint32_t count, uint32_t sessions);

/* Until when what a reload took away serves on, see engine_serves_until(); INSTANT_NEVER: there is none. */
struct instant state_file_served_until(const struct state_file *sf);
void state_file_save_served_until(struct state_file *sf, struct instant until);

/* Saves record number i < count. Nothing happens if there is no room for it. */
void state_file_save(struct state_file *sf, uint32_t i, const struct record *r);

/* Likewise session number i. */
void state_file_save_session(struct state_file *sf, uint32_t i, const struct bfd_record *r);

/* Keeps an event in place of the oldest one. Nothing happens if there is no room. */
void state_file_save_event(struct state_file *sf, const struct history_event *e);

#endif
