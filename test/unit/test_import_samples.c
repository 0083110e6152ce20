/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The samples in test/import: each keepalived.conf with the vrrpd.conf that it becomes and with
 * what is said of it. VRRPD_REWRITE_EXPECTED=1 writes what is found there instead, to be read
 * before it is committed.
 */
#include <glob.h>
#include <unistd.h>

#include "conf/import.h"
#include "conf_kit.h"
#include "unit.h"

/* The file's content, or an empty text. */
static char *content_of(const char *path)
{
	char *text = NULL;
	size_t cap = 0;
	FILE *in = fopen(path, "r");

	if (!in)
		return strdup("");
	if (getdelim(&text, &cap, '\0', in) < 0)
		text[0] = '\0';
	fclose(in);
	return text;
}

/* SAMPLE.conf has its expectations in SAMPLE.EXTENSION. */
static void check_expected(const char *sample, const char *extension, const char *found)
{
	char name[256];

	snprintf(name, sizeof(name), "%.*s.%s", (int)strlen(sample) - 5, sample, extension);
	if (getenv("VRRPD_REWRITE_EXPECTED")) {
		FILE *out = fopen(name, "w");

		ck_assert_ptr_nonnull(out);
		fputs(found, out);
		fclose(out);
	}
	char *expected = content_of(name);

	ck_assert_msg(strcmp(found, expected) == 0, "%s\nexpected:\n%s\nfound:\n%s", name, expected,
		      found);
	free(expected);
}

/* vrrpd takes it. */
static void check_taken(const char *sample, const char *text)
{
	struct conf_problems problems;
	struct settings *s = NULL;
	int rc = conf_parse(sample, text, strlen(text), &s, &problems);

	ck_assert(rc == 0 || rc == -EINVAL);
	for (size_t i = 0; i < problems.count; i++)
		if (!problems.items[i].warning)
			ck_abort_msg("%s: line %u of the result: %s\n%s", sample,
				     problems.items[i].line, problems.items[i].text, text);
	conf_problems_done(&problems);
	settings_free(s);
}

static void check_sample(const char *sample)
{
	const struct import_options options = { .config_id = "left", .config_id_given = true };
	struct conf_problems problems;
	char *text = NULL, *report = NULL;
	size_t len;
	FILE *out = open_memstream(&report, &len);

	ck_assert_int_eq(import_file(sample, &options, &text, &problems), 0);
	import_problems_print(&problems, out);
	fclose(out);
	check_expected(sample, "expected", text);
	check_expected(sample, "report", report);
	check_taken(sample, text);
	conf_problems_done(&problems);
	free(report);
	free(text);
}

START_TEST(samples_become_what_is_expected_and_say_what_differs)
{
	glob_t found;

	ck_assert_int_eq(chdir(TEST_DIR "/import"), 0);
	ck_assert_int_eq(glob("*.conf", 0, NULL, &found), 0);
	ck_assert_uint_ge(found.gl_pathc, 10);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_sample(found.gl_pathv[i]);
	globfree(&found);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("import_samples");

	tcase_add_test(tc, samples_become_what_is_expected_and_say_what_differs);
	return run_test_case(tc, "import_samples");
}
