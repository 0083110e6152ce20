/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vrrpctl metrics`: what the daemon's web process serves, without it. For textfile collectors, and to look at.
 */
#include "ctl.h"

#include "client.h"
#include "view/openmetrics.h"

/* All pages; to be released unless it fails. */
static enum ctl_exit ask_tally(const struct ctl *ctl, json_t **ret_tally)
{
	json_t *tally = NULL;
	json_int_t from = 0;

	while (from >= 0) {
		json_t *page,
			*request = json_pack("{s:s, s:I}", "command", "metrics", "from", from);
		enum ctl_exit status = ctl_ask(ctl, request, CLIENT_SILENCE_MS, &page);

		if (status != CTL_DONE) {
			json_decref(tally);
			return status;
		}
		from = view_tally_merge(&tally, page);
	}
	*ret_tally = tally;
	return CTL_DONE;
}

enum ctl_exit ctl_metrics(const struct ctl *ctl)
{
	json_t *show, *tally, *both;
	enum ctl_exit status =
		ctl_ask(ctl, json_pack("{s:s}", "command", "show"), CLIENT_SILENCE_MS, &show);

	if (status != CTL_DONE)
		return status;
	status = ask_tally(ctl, &tally);
	if (status == CTL_DONE && ctl->json) {
		both = json_pack("{s:O, s:O}", "show", show, "metrics", tally);
		ctl_print_json(both);
		json_decref(both);
	} else if (status == CTL_DONE) {
		view_openmetrics(stdout, show, tally, FORMAT_OPENMETRICS);
	}
	if (status == CTL_DONE)
		json_decref(tally);
	json_decref(show);
	return status;
}
