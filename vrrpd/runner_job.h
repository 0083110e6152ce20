/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command while it runs: its output is taken away, its time is measured, and when that is up it is ended with its whole process
 * group. Whatever a command does, its job comes to an end or says that it cannot.
 */
#ifndef VRRPD_RUNNER_JOB_H
#define VRRPD_RUNNER_JOB_H

#include <stdbool.h>
#include <stddef.h>

#include <event2/event.h>

#include "base/instant.h"
#include "execute.h"
#include "runner_output.h"

enum {
	JOB_KILL_AFTER_MS =
		2000, /* from TERM to KILL, or as long as the time limit if that is shorter */
	JOB_GIVE_UP_MS = 5000, /* after KILL: a process that the kernel does not let go of */
	JOB_WHY_MAX = 512,
};

struct job;
struct jobs;

struct job_handler {
	void *ctx;
	/* Its time is up, it is being ended: may be NULL. */
	void (*overdue)(void *ctx);
	/*
	 * It is over. failed and why: "exit status 1", "timed out after 1s"…; it is freed after the call. Where it cannot be ended
	 * (abandon_stuck) the call comes while it still runs.
	 */
	void (*ended)(void *ctx, bool failed, const char *why, const struct output *output,
		      struct span took);
	bool abandon_stuck;
};

/* All jobs of the process, which has no other children. NULL without memory. */
struct jobs *jobs_new(struct event_base *base);
/* Kills what runs; no handler is called. */
void jobs_free(struct jobs *js);
/* Where they are written down from now on; it lives longer than they do. */
void jobs_use_ledger(struct jobs *js, struct ledger *ledger);

/* subject: as ledger_begin() has it. 0 and *ret, which lives until its handler's ended() returns; or -errno and why. The handler is copied. */
int job_start(struct jobs *js, const struct execute_request *request, uint64_t subject,
	      struct span timeout, const struct job_handler *handler, struct job **ret, char *why,
	      size_t why_cap);

/* Ends it now, as if its time was up, and forgets its handler. */
void job_cancel(struct job *j);

#endif
