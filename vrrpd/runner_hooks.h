/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hooks: for each notifier one after the other, for all together no more at once than the host can bear. A new request for a notifier
 * whose hooks run waits for them, here or at another runner, and takes the place of one that waited before.
 */
#ifndef VRRPD_RUNNER_HOOKS_H
#define VRRPD_RUNNER_HOOKS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/settings.h"
#include "ledger.h"
#include "runner_job.h"
#include "runner_link.h"

enum {
	HOOKS_AT_ONCE = 64,
};

struct runner_hooks;

/* idle is called whenever nothing runs or waits any more. */
struct runner_hooks *runner_hooks_new(struct event_base *base, struct jobs *jobs,
				      struct runner_link *link, void (*idle)(void *ctx), void *ctx);
void runner_hooks_free(struct runner_hooks *hs);

/* The settings from now on, and those before them, where a notifier that is gone is still known; both live until the next call. */
void runner_hooks_configure(struct runner_hooks *hs, const struct settings *s,
			    const struct settings *previous);

/* A MESSAGE_HOOKS; its text is taken apart in place. */
void runner_hooks_request(struct runner_hooks *hs, struct message *m);

/* Another runner's hooks are waited for by those of the same notifier. */
void runner_hooks_use_ledger(struct runner_hooks *hs, const struct ledger *ledger);

/* What has not begun is for a successor, which asks for it itself. */
void runner_hooks_leave_waiting(struct runner_hooks *hs);

bool runner_hooks_idle(const struct runner_hooks *hs);

#endif
