/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must outlive the protocol process, in a file that is mapped into memory: saving a record is a copy, never a system call. Each record has
 * two places that are written in turn, so that a process that is killed while writing leaves the previous one intact.
 */
#ifndef VRRPD_STATE_FILE_H
#define VRRPD_STATE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/record.h"

struct state_file;

/*
 * Maps the file; fd stays the caller's and may be closed. *ret_foreign says that it held something that is not ours to believe: another
 * version, another boot, or damage; it then reads as empty. 0 or -errno.
 */
int state_file_open(struct state_file **ret, int fd, bool *ret_foreign);

/* NULL is allowed. The file stays as it is. */
void state_file_close(struct state_file *sf);

/* Calls tell for each record that is whole. */
void state_file_read(const struct state_file *sf, void (*tell)(void *ctx, const struct record *r),
		     void *ctx);

/* Empties the file and makes room for count records: 0 or -errno (-ENOSPC: STATE_DIR is full), after which nothing can be saved. */
int state_file_reset(struct state_file *sf, uint32_t count);

/* Saves record number i < count. Nothing happens if there is no room for it. */
void state_file_save(struct state_file *sf, uint32_t i, const struct record *r);

#endif
