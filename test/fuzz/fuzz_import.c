/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any text as a keepalived.conf. It becomes a vrrpd.conf or there is a reason; what is said is
 * printable and has its place; and what comes out is text that the configuration reader can
 * read, whatever it then thinks of the values.
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

/* Of what is written, structure is never wrong: each key is known, closed and said once. */
static void check_result(const char *text)
{
	static const char *const structural[] = { "unknown", "never closed", "not closed",
						  "is missing", "given twice in" };
	struct conf_problems problems;
	struct settings *s = NULL;

	conf_parse("result", text, strlen(text), &s, &problems);
	for (size_t i = 0; i < problems.count; i++) {
		for (size_t k = 0; k < sizeof(structural) / sizeof(structural[0]); k++)
			if (strstr(problems.items[i].text, structural[k])) {
				fprintf(stderr, "%s\n%u: %s\n", text, problems.items[i].line,
					problems.items[i].text);
				MUST(false);
			}
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
