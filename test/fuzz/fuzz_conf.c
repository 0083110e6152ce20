/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration text. It becomes settings or it has a problem, never both and never neither; every
 * problem is a line of the file and printable; and settings are what they say: printed, read again,
 * packed and unpacked they stay equal, and an engine lives by them.
 */
#include <ctype.h>
#include <string.h>

#include "fuzz.h"
#include "settings_life.h"

enum {
	TEXT_LEN_MAX = 16384,
};

static const char file_name[] = "fuzz.conf";

static unsigned int lines_of(const uint8_t *data, size_t len)
{
	unsigned int lines = 1;

	for (size_t i = 0; i < len; i++)
		lines += data[i] == '\n';
	return lines;
}

static void check_problem(const struct conf_problem *p, unsigned int lines)
{
	MUST(strcmp(p->file, file_name) == 0 && p->file_order == 0);
	MUST(p->line <= lines);
	MUST(p->text[0] != '\0');
	for (const char *c = p->text; *c != '\0'; c++)
		MUST(isprint((unsigned char)*c));
}

static void check_problems(const struct conf_problems *problems, unsigned int lines)
{
	size_t errors = 0;

	for (size_t i = 0; i < problems->count; i++) {
		const struct conf_problem *p = &problems->items[i];

		check_problem(p, lines);
		MUST(i == 0 || problems->items[i - 1].line <= p->line || problems->dropped > 0);
		errors += !p->warning;
	}
	MUST(problems->count <= CONF_PROBLEMS_MAX + 1);
	MUST(problems->dropped > 0 || problems->errors == errors);
}

/* The canonical form, read again; where it is refused, with the reasons on stderr. */
static struct settings *read_printed(const char *text)
{
	struct conf_problems problems;
	struct settings *s = NULL;

	if (conf_parse("printed", text, strlen(text), &s, &problems) != 0) {
		fputs(text, stderr);
		conf_problems_print(&problems, stderr);
	}
	conf_problems_done(&problems);
	return s;
}

static void check_print(const struct settings *s)
{
	char *text = conf_print(s), *again_text;
	struct settings *again;

	MUST(text != NULL);
	again = read_printed(text);
	MUST(again != NULL);
	MUST(settings_equal(s, again));
	again_text = conf_print(again);
	MUST(again_text != NULL && strcmp(text, again_text) == 0);
	free(again_text);
	free(text);
	settings_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct settings *s = NULL;
	struct conf_problems problems;
	char summary[256];

	if (len > TEXT_LEN_MAX)
		return 0;
	if (conf_parse(file_name, (const char *)data, len, &s, &problems) == 0) {
		MUST(s != NULL && problems.errors == 0);
		conf_summary(file_name, s, &problems, summary, sizeof(summary));
		check_print(s);
		life_image(s);
		life_engine(s);
		settings_free(s);
	} else {
		MUST(s == NULL && problems.errors > 0);
	}
	check_problems(&problems, lines_of(data, len));
	conf_problems_done(&problems);
	return 0;
}
