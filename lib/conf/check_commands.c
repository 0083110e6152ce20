/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hooks and scripts that this host would not run: one that is missing, that its user cannot get at,
 * or that others could change. Warnings, since the file may be for another host, or the program
 * still to come; the runner looks again each time.
 */
#include "conf/check.h"

enum {
	REFUSAL_TEXT_MAX = 1024,
};

void check_commands(struct report *r, const struct draft *d, const struct conf_host *host)
{
	for (size_t i = 0; i < d->command_count && !report_full(r); i++) {
		const struct draft_command *c = &d->commands[i];
		const char *own = c->check != 0 ? d->checks[c->check - 1].settings.user : "";
		const char *user = own[0] != '\0' ? own : d->global.script_user;
		char why[REFUSAL_TEXT_MAX];

		if (host->may_run(d->texts.data + c->text, user, why, sizeof(why)))
			continue;
		make_printable(why);
		report_warning(r, c->at, "key \"%s\": cannot be run as user %s: %s", c->key->name,
			       user, why);
	}
}
