/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checks of the configuration: scripts, run in turn; processes and files, watched. Raw results go to the protocol process, which
 * counts them; where it has heard enough of the same it is left in peace until there is news.
 */
#ifndef VRRPD_RUNNER_CHECKS_H
#define VRRPD_RUNNER_CHECKS_H

#include <event2/event.h>

#include "core/settings.h"
#include "runner_job.h"
#include "runner_link.h"

enum {
	SCRIPTS_AT_ONCE = 256,
};

struct runner_checks;

struct runner_checks *runner_checks_new(struct event_base *base, struct jobs *jobs,
					struct runner_link *link);
/* Scripts that run are ended. */
void runner_checks_free(struct runner_checks *cs);

/* New settings, which live until the next call: what has not changed goes on. 0, or -ENOMEM: nothing is checked any more. */
int runner_checks_configure(struct runner_checks *cs, const struct settings *s);

/* The protocol process has the settings too now: what it could not know by name before is told again. */
void runner_checks_confirmed(struct runner_checks *cs);

/* Another protocol process: all that is known is told again. */
void runner_checks_tell_all(struct runner_checks *cs);

#endif
