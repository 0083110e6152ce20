/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any text as a keepalived.conf. It becomes a vrrpd.conf or there is a reason; what is said is
 * printable; and what comes out is a configuration that vrrpd takes.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "conf/import.h"
#include "fuzz.h"

enum {
	TEXT_LEN_MAX = 16384,
};

static void check_problems(const struct conf_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct conf_problem *p = &problems->items[i];

		MUST(p->text[0] != '\0');
		for (const char *c = p->text; *c != '\0'; c++)
			MUST(isprint((unsigned char)*c));
	}
}

/* An error that is allowed: of more than vrrpd can take at all. */
static bool is_excused(const char *problem)
{
	static const char *const excuses[] = { "at most", "too many", "is that of instance" };

	for (size_t i = 0; i < sizeof(excuses) / sizeof(excuses[0]); i++)
		if (strstr(problem, excuses[i]))
			return true;
	return false;
}

/* Whatever came in, vrrpd takes what comes out. */
static void check_result(const char *text)
{
	struct conf_problems problems;
	struct settings *s = NULL;

	conf_parse("result", text, strlen(text), &s, &problems);
	for (size_t i = 0; i < problems.count; i++) {
		const struct conf_problem *p = &problems.items[i];

		if (p->warning || is_excused(p->text))
			continue;
		fprintf(stderr, "%s\nline %u: %s\n", text, p->line, p->text);
		MUST(false);
	}
	conf_problems_done(&problems);
	settings_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct import_options options = { .config_id = "id", .config_id_given = true };
	struct conf_problems problems;
	char *text = NULL;
	int rc;

	if (len > TEXT_LEN_MAX)
		return 0;
	rc = import_text("fuzz.conf", (const char *)data, len, &options, &text, &problems);
	MUST(rc == 0 || rc == -EINVAL);
	MUST((rc == 0) == (text != NULL));
	MUST(rc == 0 || problems.errors > 0);
	check_problems(&problems);
	if (text)
		check_result(text);
	conf_problems_done(&problems);
	free(text);
	return 0;
}
