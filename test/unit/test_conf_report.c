/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of problems: its order, its bounds, and what becomes of a user's text in it; and the
 * tokens below, whose lines everything else relies on.
 */
#include "conf/report.h"
#include "conf/source.h"
#include "conf/tokens.h"
#include "conf_kit.h"
#include "unit.h"

static struct conf_problems problems;

static struct report report_new(const char *first, const char *second)
{
	struct report r = { .problems = &problems };

	problems = (struct conf_problems){ .items = NULL };
	ck_assert_uint_eq(report_file(&r, first), 0);
	ck_assert_uint_eq(report_file(&r, second), 1);
	return r;
}

static char *printed(void)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	conf_problems_print(&problems, out);
	fclose(out);
	return text;
}

static void assert_printed(const char *expected)
{
	char *text = printed();

	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(problems_come_in_the_order_of_files_and_lines)
{
	struct report r = report_new("b", "a");

	report_error(&r, (struct place){ 1, 2 }, "five");
	report_error(&r, (struct place){ 0, 10 }, "three");
	report_warning(&r, (struct place){ 0, 9 }, "two");
	report_error(&r, (struct place){ 0, 10 }, "four");
	report_error(&r, (struct place){ 0, 0 }, "one");
	report_finish(&r);
	assert_printed("b: one\nb:9: warning: two\nb:10: three\nb:10: four\na:2: five\n");
	ck_assert_uint_eq(problems.errors, 4);
	conf_problems_done(&problems);
	report_done(&r);
}
END_TEST

START_TEST(the_same_problem_is_told_once)
{
	struct report r = report_new("b", "a");

	for (int i = 0; i < 3; i++) {
		report_error(&r, (struct place){ 0, 1 }, "x");
		report_error(&r, (struct place){ 0, 1 }, "y");
		report_error(&r, (struct place){ 1, 1 }, "x");
		report_warning(&r, (struct place){ 0, 2 }, "x");
	}
	report_finish(&r);
	assert_printed("b:1: x\nb:1: y\nb:2: warning: x\na:1: x\n");
	ck_assert_uint_eq(problems.errors, 3);
	conf_problems_done(&problems);
	report_done(&r);
}
END_TEST

START_TEST(a_thousand_problems_are_kept_and_the_rest_is_mentioned)
{
	struct report r = report_new("f", "a");

	for (unsigned int i = 1; i <= CONF_PROBLEMS_MAX; i++)
		report_error(&r, (struct place){ 0, i }, "x");
	ck_assert(!report_full(&r));
	report_finish(&r);
	ck_assert_uint_eq(problems.count, CONF_PROBLEMS_MAX);
	conf_problems_done(&problems);
	report_done(&r);

	r = report_new("f", "a");
	for (unsigned int i = 1; i <= CONF_PROBLEMS_MAX + 5; i++)
		report_error(&r, (struct place){ 0, i }, "x");
	ck_assert(report_full(&r));
	report_finish(&r);
	ck_assert_uint_eq(problems.count, CONF_PROBLEMS_MAX + 1);
	ck_assert_uint_eq(problems.errors, CONF_PROBLEMS_MAX + 5);
	ck_assert_str_eq(problems.items[CONF_PROBLEMS_MAX].text,
			 "and more problems: mend these first");
	conf_problems_done(&problems);
	report_done(&r);
}
END_TEST

START_TEST(warnings_never_take_the_place_of_errors)
{
	struct report r = report_new("f", "a");

	for (unsigned int i = 1; i <= 2 * CONF_PROBLEMS_MAX; i++)
		report_warning(&r, (struct place){ 0, i }, "w");
	ck_assert_msg(!report_full(&r), "many warnings are no reason to stop reading");
	report_error(&r, (struct place){ 0, 1 }, "the error");
	report_finish(&r);
	ck_assert_uint_eq(problems.errors, 1);
	ck_assert_str_eq(problems.items[1].text, "the error");
	conf_problems_done(&problems);
	report_done(&r);
}
END_TEST

START_TEST(text_of_users_is_made_printable_and_short)
{
	char text[200];

	ck_assert_str_eq(show("plain text").text, "plain text");
	ck_assert_str_eq(show("\x1b[31m\t\x7f\xc3\xa4").text, "?[31m????");
	ck_assert_str_eq(show_slice("abc", 2).text, "ab");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_uint_eq(strlen(show(text).text), 127);
	ck_assert_str_eq(show(text).text + 124, "...");
	text[127] = '\0';
	ck_assert_str_eq(show(text).text, text);
}
END_TEST

START_TEST(another_place_is_named_by_its_file_only_where_that_differs)
{
	struct report r = report_new("b", "a");
	struct place here = { 0, 3 }, there = { 1, 4 };

	ck_assert_str_eq(report_where(&r, here, (struct place){ 0, 9 }).text, "line 3");
	ck_assert_str_eq(report_where(&r, there, here).text, "a:4");
	report_done(&r);
}
END_TEST

/* Tokens */

static void assert_tokens(const char *text, const char *expected)
{
	struct report r = report_new("f", "a");
	struct lexer lx = { .text = text, .len = strlen(text), .at = { 0, 1 }, .report = &r };
	char *found = NULL;
	size_t len;
	FILE *out = open_memstream(&found, &len);

	for (struct token t = lexer_next(&lx); t.kind != TOKEN_END; t = lexer_next(&lx))
		fprintf(out, "%u<%.*s>%s", t.line, (int)t.len, t.text, t.bad ? "bad" : "");
	ck_assert_int_eq(lexer_next(&lx).kind, TOKEN_END);
	fclose(out);
	ck_assert_str_eq(found, expected);
	free(found);
	conf_problems_done(&problems);
	report_done(&r);
}

START_TEST(tokens_have_the_lines_of_the_text)
{
	assert_tokens("", "");
	assert_tokens(" \t\r\n\v\f", "");
	assert_tokens("a\n\nb", "1<a>3<b>");
	assert_tokens("# x\n// y\n/* z\n\n */ a # b\nc", "5<a>6<c>");
	assert_tokens("a={b,c}+=(d)", "1<a>1<=>1<{>1<b>1<,>1<c>1<}>1<+=>1<(>1<d>1<)>");
	assert_tokens("\"a\\\nb\" c 'd\\\ne' f", "1<\"a\\\nb\">2<c>2<'d\\\ne'>3<f>");
}
END_TEST

START_TEST(words_end_where_something_else_begins)
{
	assert_tokens("eth0.10:1@x%y+z-_/a*b", "1<eth0.10:1@x%y+z-_/a*b>");
	assert_tokens("a#b\nc", "1<a>2<c>");
	assert_tokens("a/*b*/c", "1<a>1<c>");
	assert_tokens("/usr//bin //rest", "1</usr//bin>");
	assert_tokens("a\"b\"'c'd", "1<a>1<\"b\">1<'c'>1<d>");
	assert_tokens("a+=b a+ =b", "1<a>1<+=>1<b>1<a+>1<=>1<b>");
}
END_TEST

START_TEST(bad_tokens_are_marked_and_end_with_their_line)
{
	assert_tokens("\"a\nb", "1<\"a>bad2<b>");
	assert_tokens("'a\nb", "1<'a>bad2<b>");
	assert_tokens("\"a", "1<\"a>bad");
	assert_tokens("\"a\\", "1<\"a\\>bad");
	assert_tokens("\"${a}\" '${a}' x${a}y", "1<\"${a}\">bad1<'${a}'>1<x${a}>bad1<y>");
	assert_tokens("${a\nb", "1<${a>bad2<b>");
	assert_tokens("\"\\0\" \"\\x41\" '\\0' \"\\n\\\\\\\"\"",
		      "1<\"\\0\">bad1<\"\\x41\">bad1<'\\0'>1<\"\\n\\\\\\\"\">");
	assert_tokens("a /* b\n c", "1<a>");
	assert_tokens("! a b\n c ! d", "2<c>2<!>2<d>");
}
END_TEST

START_TEST(a_text_is_cleaned_in_place)
{
	static const struct {
		const char *in;
		const char *out; /* NULL: refused */
		unsigned int line;
	} rows[] = {
		{ "", "", 0 },
		{ "a\r\nb\r\n", "a\nb\n", 0 },
		{ "a\rb", "a\rb", 0 },
		{ "\xef\xbb\xbf"
		  "a",
		  "a", 0 },
		{ "a\xef\xbb\xbf", "a\xef\xbb\xbf", 0 },
		{ "\xff\xfe", NULL, 1 },
		{ "\xfe\xff", NULL, 1 },
		{ "a\nb\x01", NULL, 2 },
		{ "\n\n\x7f", NULL, 3 },
		{ "\t\v\f", "\t\v\f", 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = strdup(rows[i].in);
		size_t len = strlen(text);
		const char *why = NULL;
		unsigned int line = 0;
		int rc = source_clean(text, &len, &why, &line);

		ck_assert_int_eq(rc == 0, rows[i].out != NULL);
		ck_assert_uint_eq(line, rows[i].line);
		if (rc == 0)
			ck_assert_str_eq(text, rows[i].out);
		if (rc == 0)
			ck_assert_uint_eq(len, strlen(text));
		free(text);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("conf_report");

	tcase_add_test(tc, problems_come_in_the_order_of_files_and_lines);
	tcase_add_test(tc, the_same_problem_is_told_once);
	tcase_add_test(tc, a_thousand_problems_are_kept_and_the_rest_is_mentioned);
	tcase_add_test(tc, warnings_never_take_the_place_of_errors);
	tcase_add_test(tc, text_of_users_is_made_printable_and_short);
	tcase_add_test(tc, another_place_is_named_by_its_file_only_where_that_differs);
	tcase_add_test(tc, tokens_have_the_lines_of_the_text);
	tcase_add_test(tc, words_end_where_something_else_begins);
	tcase_add_test(tc, bad_tokens_are_marked_and_end_with_their_line);
	tcase_add_test(tc, a_text_is_cleaned_in_place);
	return run_test_case(tc, "conf_report");
}
