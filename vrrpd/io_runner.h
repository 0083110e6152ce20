/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protocol process's way to the runner. What is to be run and told waits here, in memory and in order, while the runner is not
 * there or does not read; the caller is never held up. A runner that is gone is told of once, and a new one takes its place.
 */
#ifndef VRRPD_IO_RUNNER_H
#define VRRPD_IO_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/settings.h"

enum {
	RUNNER_READS = 64, /* messages of one io_runner_readable() */
	RUNNER_STATES_MAX =
		8192, /* lines that wait; with more, all are told anew when it reads again */
};

/* Called from io_runner_readable(), io_runner_flush() and io_runner_connect() only. */
struct io_runner_handler {
	void *ctx;
	/* A raw result, as EVENT_CHECK's. index: where the runner's settings have it. Texts are valid during the call. */
	void (*check)(void *ctx, enum check_kind kind, uint32_t index, const char *name,
		      int32_t value, const char *why);
	void (*hook_result)(void *ctx, uint32_t token, bool failed, uint32_t took_ms,
			    const char *text);
	void (*hooks_done)(void *ctx, uint32_t token);
	/* The runner is gone, and with it all that it was asked for. */
	void (*lost)(void *ctx);
	/* A runner that knows no state yet, or not all. */
	void (*states_wanted)(void *ctx);
};

struct io_runner;

/* There is no runner yet. 0 or -ENOMEM. The handler is copied. */
int io_runner_open(struct io_runner **ret, const struct io_runner_handler *handler);
/* It is the end, and a successor will ask for what has not begun. */
void io_runner_hand_over(struct io_runner *r);
/* NULL is allowed. Waits up to wait_ms for the runner to take what waits for it. */
void io_runner_close(struct io_runner *r, int wait_ms);

/* A new runner is at the other end of fd, which is ours from now on. It is to be watched until lost() is told. */
void io_runner_connect(struct io_runner *r, int fd);

/* Hands on what has arrived, up to RUNNER_READS messages. True: more may be left. */
bool io_runner_readable(struct io_runner *r);

/* A line for notify-fifo. */
void io_runner_state(struct io_runner *r, const char *line);

/* Hooks are to be called; environment: a line each. At most one request for each notifier is under way: that bounds what waits. */
void io_runner_hooks(struct io_runner *r, uint32_t token, uint32_t notifier,
		     const char *environment);

/* Sends what waits: 0: nothing is left that could be sent; -EAGAIN: call again when the descriptor is writable. */
int io_runner_flush(struct io_runner *r);

#endif
