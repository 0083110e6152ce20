/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vrrpctl check FILE`: what `vrrpd -t` says of a file, without a daemon. With --nagios it is about
 * the daemon instead, see nagios.c.
 */
#include "ctl.h"

#include "conf/conf.h"

static json_t *problems_json(const struct conf_problems *problems)
{
	json_t *array = json_array();

	for (size_t i = 0; i < problems->count; i++) {
		const struct conf_problem *p = &problems->items[i];

		json_array_append_new(array, json_pack("{s:s, s:i, s:b, s:s}", "file", p->file,
						       "line", (int)p->line, "warning",
						       (int)p->warning, "text", p->text));
	}
	return array;
}

static enum ctl_exit check_file(const struct ctl *ctl)
{
	struct settings *settings = NULL;
	struct conf_problems problems;
	bool correct = conf_load_on(&conf_this_host, ctl->arg[0], &settings, &problems) == 0;
	char summary[512] = "";
	json_t *json;

	if (correct)
		conf_summary(ctl->arg[0], settings, &problems, summary, sizeof(summary));
	if (ctl->json) {
		json = json_pack("{s:b, s:o}", "correct", (int)correct, "problems",
				 problems_json(&problems));
		json_dumpf(json, stdout, VIEW_DUMP_FLAGS | JSON_INDENT(2));
		fputc('\n', stdout);
		json_decref(json);
	} else {
		conf_problems_print(&problems, stderr);
		if (correct)
			puts(summary);
	}
	settings_free(settings);
	conf_problems_done(&problems);
	return correct ? CTL_DONE : CTL_FAILED;
}

enum ctl_exit ctl_check(const struct ctl *ctl)
{
	if (ctl->nagios)
		return ctl_nagios(ctl);
	if (ctl->expect) {
		ctl_complain("--expect goes with --nagios");
		return CTL_USAGE;
	}
	if (ctl->arg_count == 0) {
		ctl_complain("check needs a FILE, or --nagios");
		return CTL_USAGE;
	}
	return check_file(ctl);
}
