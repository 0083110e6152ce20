/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a file to settings: read into a draft, check the draft, and only if nothing is wrong make
 * settings of it.
 */
#include "conf/conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/check.h"
#include "conf/draft.h"
#include "conf/load.h"
#include "conf/report.h"

/* After reading, with its result. host: NULL if nothing is to be asked of it. */
static int finish(struct report *report, struct draft *draft, const struct conf_host *host, int rc,
		  struct settings **ret)
{
	if (rc == 0)
		check_all(report, draft);
	if (rc == 0 && host && host->may_run)
		check_commands(report, draft, host);
	report_finish(report);
	if (report->failed || draft->texts.failed)
		rc = -ENOMEM;
	else if (rc == 0 && report->problems->errors > 0)
		rc = -EINVAL;
	if (rc == 0) {
		struct settings *s = draft_settings(draft);

		if (s)
			*ret = s;
		else
			rc = -ENOMEM;
	}
	report_done(report);
	draft_done(draft);
	return rc;
}

/* text: NULL for a file. */
static int load(const struct conf_host *host, const char *path, const char *text, size_t len,
		struct settings **ret, struct conf_problems *ret_problems)
{
	struct report report = { .problems = ret_problems };
	struct draft draft;

	*ret_problems = (struct conf_problems){ .items = NULL };
	draft_init(&draft);

	int rc = text ? load_text(&report, &draft, path, text, len)
		      : load_file(&report, &draft, host, path);

	return finish(&report, &draft, host, rc, ret);
}

int conf_load_on(const struct conf_host *host, const char *path, struct settings **ret,
		 struct conf_problems *ret_problems)
{
	return load(host, path, NULL, 0, ret, ret_problems);
}

int conf_load(const char *path, struct settings **ret, struct conf_problems *ret_problems)
{
	return load(NULL, path, NULL, 0, ret, ret_problems);
}

int conf_parse(const char *name, const char *text, size_t len, struct settings **ret,
	       struct conf_problems *ret_problems)
{
	return load(NULL, name, text, len, ret, ret_problems);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

void conf_summary(const char *path, const struct settings *s, const struct conf_problems *problems,
		  char *buf, size_t cap)
{
	size_t warnings = problems->count - problems->errors;
	char warned[32] = "";

	if (warnings > 0)
		snprintf(warned, sizeof(warned), ", %zu warning%s", warnings, plural(warnings));
	snprintf(buf, cap, "%s: %u instance%s, %u address%s%s: correct", path, s->instance_count,
		 plural(s->instance_count), s->vip_count, s->vip_count == 1 ? "" : "es", warned);
}

void settings_free(struct settings *s)
{
	if (!s)
		return;
	free(s->instances);
	free(s->vips);
	free(s->peers);
	free(s->routings);
	free(s->checks);
	free(s->tracks);
	free(s->groups);
	free(s->texts);
	free(s);
}
