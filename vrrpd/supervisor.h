/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The supervisor: starts and restarts the protocol process, reads the configuration for it, writes the log, and owns STATE_DIR.
 * supervisor.c is its loop, supervisor_child.c starts processes and ends those of a predecessor, dump.c answers SIGUSR1.
 */
#ifndef VRRPD_SUPERVISOR_H
#define VRRPD_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <event2/event.h>

#include "channel.h"
#include "core/settings.h"
#include "role.h"
#include "state_dir.h"

/* A child with its two sockets. */
struct child {
	pid_t pid;        /* 0: none runs */
	int channel, log; /* -1 when closed */
};

/* ---- supervisor_child.c ---- */

/* Executes this program again under the name of a role. 0 or -errno. */
int child_start(struct child *c, const char *role);

/* Closes the sockets of a child that has ended. */
void child_forget(struct child *c);

/* Sends settings to a child as an image. 0 or -errno. */
int child_configure(const struct child *c, const struct settings *s, uint32_t number,
		    const char *changes);

/*
 * A protocol process whose supervisor has died still runs here and serves: lets it hand over, and waits until it has. False if it does not
 * end within some seconds.
 */
bool orphan_take_over(const struct state_dir *sd, pid_t *ret_pid);

/* Notes the protocol process's pid, for the above. */
void orphan_note(const struct state_dir *sd, pid_t pid);

/* ---- dump.c ---- */

struct dump;

/* Asks the protocol process for everything and writes dump.json; the outcome is logged. */
void dump_start(struct event_base *base, const struct state_dir *sd);

#endif
