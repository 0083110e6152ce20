/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vrrpctl import FILE`: the translation on stdout, what is different on stderr. The result is
 * read again as `vrrpd -t` would, so that nobody has to find out later that it is refused.
 */
#include "ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/import.h"

enum {
	HOST_NAME_SIZE = 256,
};

/* Like keepalived, which takes the host name up to its first dot. */
static void guess_config_id(char buf[static HOST_NAME_SIZE])
{
	if (gethostname(buf, HOST_NAME_SIZE - 1) != 0)
		buf[0] = '\0';
	buf[HOST_NAME_SIZE - 1] = '\0';
	buf[strcspn(buf, ".")] = '\0';
}

/* What vrrpd says of the result; *ret_problems is to be freed. */
static bool is_taken(const char *text, struct conf_problems *ret_problems)
{
	struct settings *settings = NULL;
	bool taken = conf_parse("result", text, strlen(text), &settings, ret_problems) == 0;

	settings_free(settings);
	return taken;
}

static json_t *problems_json(const struct conf_problems *problems)
{
	json_t *array = json_array();

	for (size_t i = 0; i < problems->count; i++) {
		const struct conf_problem *p = &problems->items[i];

		json_array_append_new(array, json_pack("{s:s, s:i, s:b, s:s}", "file", p->file,
						       "line", (int)p->line, "note",
						       (int)p->warning, "text", p->text));
	}
	return array;
}

/* Prints the outcome; text is NULL if there is none. */
static void print_outcome(const struct ctl *ctl, const char *text,
			  const struct conf_problems *problems)
{
	if (ctl->json) {
		/* the comments of a file need not be UTF-8; then the text cannot be JSON */
		json_t *string = text ? json_string(text) : NULL;
		json_t *json = json_pack("{s:o?, s:o}", "configuration", string, "problems",
					 problems_json(problems));

		ctl_print_json(json);
		json_decref(json);
		return;
	}
	import_problems_print(problems, stderr);
	if (text)
		fputs(text, stdout);
}

/* The translation is there: is it one that can be used? */
static enum ctl_exit judge(const struct ctl *ctl, const char *text,
			   const struct conf_problems *problems)
{
	struct conf_problems faults;
	bool strict = ctl->strict && problems->errors > 0, taken = is_taken(text, &faults);

	print_outcome(ctl, strict ? NULL : text, problems);
	for (size_t i = 0; !taken && i < faults.count; i++)
		if (!faults.items[i].warning)
			fprintf(stderr, "line %u of the result: %s\n", faults.items[i].line,
				faults.items[i].text);
	conf_problems_done(&faults);
	if (strict)
		ctl_complain(
			"nothing was written because of --strict: %zu thing%s of %s cannot be had or differ%s",
			problems->errors, problems->errors == 1 ? "" : "s", ctl->arg[0],
			problems->errors == 1 ? "s" : "");
	else if (!taken)
		ctl_complain("vrrpd refuses the result: correct it there, or the original");
	return taken && !strict ? CTL_DONE : CTL_FAILED;
}

enum ctl_exit ctl_import(const struct ctl *ctl)
{
	char host[HOST_NAME_SIZE];
	struct import_options options = {
		.config_id = ctl->config_id ? ctl->config_id : host,
		.config_id_given = ctl->config_id != NULL,
	};
	struct conf_problems problems;
	char *text = NULL;
	enum ctl_exit status = CTL_FAILED;

	guess_config_id(host);
	switch (import_file(ctl->arg[0], &options, &text, &problems)) {
	case 0:
		status = judge(ctl, text, &problems);
		break;
	case -ENOMEM:
		ctl_complain("out of memory");
		break;
	default:
		print_outcome(ctl, NULL, &problems);
		break;
	}
	free(text);
	conf_problems_done(&problems);
	return status;
}
