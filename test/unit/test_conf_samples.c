/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sample configurations in test/conf: every broken one with exactly the lines that users see,
 * every good one with its warnings and its summary. What is expected stands next to each sample;
 * VRRPD_REWRITE_EXPECTED=1 writes what is found there instead, to be read before it is committed.
 */
#include <errno.h>
#include <glob.h>
#include <unistd.h>

#include "conf/keys.h"
#include "conf/settings_image.h"
#include "conf_kit.h"
#include "unit.h"

static glob_t samples_of(const char *pattern, size_t at_least)
{
	glob_t found;

	ck_assert_int_eq(chdir(TEST_DIR "/conf"), 0);
	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	ck_assert_uint_ge(found.gl_pathc, at_least);
	return found;
}

/* What `vrrpd -t` prints: problems, then the summary if it can be used. */
static char *printed(const char *path, int *ret_rc)
{
	struct conf_problems problems;
	struct settings *s = NULL;
	char summary[512], *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	*ret_rc = conf_load(path, &s, &problems);
	conf_problems_print(&problems, out);
	if (*ret_rc == 0) {
		conf_summary(path, s, &problems, summary, sizeof(summary));
		fprintf(out, "%s\n", summary);
	}
	fclose(out);
	conf_problems_done(&problems);
	settings_free(s);
	return text;
}

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

static void check_expected(const char *path, const char *found)
{
	char name[256];

	snprintf(name, sizeof(name), "%.*s.expected", (int)strlen(path) - 5, path);
	if (getenv("VRRPD_REWRITE_EXPECTED")) {
		FILE *out = fopen(name, "w");

		ck_assert_ptr_nonnull(out);
		fputs(found, out);
		fclose(out);
	}
	char *expected = content_of(name);

	ck_assert_msg(strcmp(found, expected) == 0, "%s\nexpected:\n%s\nfound:\n%s", path, expected,
		      found);
	free(expected);
}

START_TEST(broken_samples_give_exactly_the_expected_problems)
{
	glob_t found = samples_of("broken/*.conf", 45);

	for (size_t i = 0; i < found.gl_pathc; i++) {
		int rc;
		char *text = printed(found.gl_pathv[i], &rc);

		ck_assert_msg(rc == -EINVAL, "%s: %d", found.gl_pathv[i], rc);
		check_expected(found.gl_pathv[i], text);
		free(text);
	}
	globfree(&found);
}
END_TEST

START_TEST(good_samples_are_read_with_the_expected_warnings)
{
	glob_t found = samples_of("good/*.conf", 10);

	for (size_t i = 0; i < found.gl_pathc; i++) {
		int rc;
		char *text = printed(found.gl_pathv[i], &rc);

		ck_assert_msg(rc == 0, "%s: %s", found.gl_pathv[i], text);
		check_expected(found.gl_pathv[i], text);
		free(text);
	}
	globfree(&found);
}
END_TEST

START_TEST(good_samples_survive_being_printed_and_read_again)
{
	glob_t found = samples_of("good/*.conf", 10);

	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct loaded first = load_path(found.gl_pathv[i]);
		char *text = conf_print(first.settings);
		struct loaded second = load_text(text);

		ck_assert_msg(second.rc == 0, "%s:\n%s%s", found.gl_pathv[i], text,
			      second.problems);
		ck_assert_msg(settings_equal(first.settings, second.settings), "%s:\n%s",
			      found.gl_pathv[i], text);

		/* and printing is canonical: it prints the same again */
		char *again = conf_print(second.settings);

		ck_assert_str_eq(text, again);
		free(again);
		free(text);
		loaded_done(&first);
		loaded_done(&second);
	}
	globfree(&found);
}
END_TEST

START_TEST(good_samples_survive_being_packed)
{
	glob_t found = samples_of("good/*.conf", 10);

	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct loaded l = load_path(found.gl_pathv[i]);
		struct settings *copy = NULL;
		void *image;
		size_t len;

		ck_assert_int_eq(settings_pack(l.settings, &image, &len), 0);
		ck_assert_int_eq(settings_unpack(image, len, &copy), 0);
		ck_assert_msg(settings_equal(l.settings, copy), "%s", found.gl_pathv[i]);
		settings_free(copy);
		free(image);
		loaded_done(&l);
	}
	globfree(&found);
}
END_TEST

START_TEST(the_examples_that_are_installed_are_right_and_silent)
{
	glob_t found = samples_of("../../etc/examples/*.conf", 6);

	ck_assert_int_eq(glob("../../etc/vrrpd.conf", GLOB_APPEND, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct loaded l = load_path(found.gl_pathv[i]);

		ck_assert_str_eq(l.problems, "");
		ck_assert_uint_ge(l.settings->instance_count, 1);
		loaded_done(&l);
	}
	globfree(&found);
}
END_TEST

/* Is this line of the example a setting that is switched off, and does it stand at its default? */
static bool is_off(const char *line)
{
	line += strspn(line, " ");
	return line[0] == '#' && (line[1] != ' ' || line[2] == ' ') && line[1] != '\n';
}

static bool tells_default(const char *line, size_t len)
{
	char text[512];

	snprintf(text, sizeof(text), "%.*s", (int)len, line);
	return is_off(line) && strstr(text, " = ") && !strstr(text, "{ ") &&
	       !strstr(text, "example") && !strstr(text, "required");
}

/* The example with everything switched on, or all but what stands at its default. */
static char *switched_on(const char *example, bool with_defaults)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (const char *line = example; *line; line += strcspn(line, "\n") + 1) {
		size_t line_len = strcspn(line, "\n") + 1;
		size_t indent = strspn(line, " ");

		if (tells_default(line, line_len) && !with_defaults)
			continue;
		if (is_off(line))
			fprintf(out, "%.*s", (int)(line_len - indent - 1), line + indent + 1);
		else
			fprintf(out, "%.*s", (int)line_len, line);
	}
	fclose(out);
	return text;
}

START_TEST(the_example_names_every_key_and_its_default)
{
	char *example = content_of(TEST_DIR "/../etc/vrrpd.conf");
	char *all = switched_on(example, true), *few = switched_on(example, false);
	struct loaded with = load_text(all), without = load_text(few);

	ck_assert_msg(with.rc == 0, "%s", with.problems);
	ck_assert_msg(without.rc == 0, "%s", without.problems);
	ck_assert_uint_lt(strlen(few) + 500, strlen(all));
	ck_assert_msg(settings_equal(with.settings, without.settings), "not the default");
	for (size_t i = 0; i < key_count; i++) {
		char wanted[64];
		const char *found = example;
		size_t len = (size_t)snprintf(wanted, sizeof(wanted), "%s", keys[i].name);

		while ((found = strstr(found, wanted)) && !strchr(" =(", found[len]))
			found += len;
		ck_assert_msg(found, "key %s is not in the example", wanted);
	}
	loaded_done(&with);
	loaded_done(&without);
	free(all);
	free(few);
	free(example);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("conf_samples");

	tcase_add_test(tc, broken_samples_give_exactly_the_expected_problems);
	tcase_add_test(tc, good_samples_are_read_with_the_expected_warnings);
	tcase_add_test(tc, good_samples_survive_being_printed_and_read_again);
	tcase_add_test(tc, good_samples_survive_being_packed);
	tcase_add_test(tc, the_examples_that_are_installed_are_right_and_silent);
	tcase_add_test(tc, the_example_names_every_key_and_its_default);
	return run_test_case(tc, "conf_samples");
}
