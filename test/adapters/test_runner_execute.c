/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command means, whose it may be, and what is kept of its output: the parts of the runner that need no process. As root,
 * because files are given to others.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/execute_command.h"
#include "conf/execute_path.h"
#include "execute_user.h"
#include "runner_output.h"
#include "unit.h"
#include "world.h"

enum {
	SOMEBODY = 12345
};

static char directory[] = "/tmp/vrrpd-test-XXXXXX";
static char why[512];

static void begin(void)
{
	umask(022);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chmod(directory, 0755), 0);
}

static void end(void)
{
	sh("rm -rf '%s'", directory);
}

static const char *in_directory(const char *name)
{
	static char path[4][PATH_MAX];
	static int turn;
	char *ret = path[turn++ % 4];

	snprintf(ret, PATH_MAX, "%s/%s", directory, name);
	return ret;
}

static const char *program(const char *name, mode_t mode)
{
	const char *path = in_directory(name);
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs("#!/bin/sh\n", f);
	fclose(f);
	ck_assert_int_eq(chmod(path, mode), 0);
	return path;
}

static void assert_refused(const char *path, int status, const char *words)
{
	why[0] = '\0';
	ck_assert_int_eq(execute_path_check(path, SOMEBODY, why, sizeof(why)), status);
	ck_assert_msg(strstr(why, words), "\"%s\" is not in \"%s\"", words, why);
}

static void assert_safe(const char *path)
{
	ck_assert_msg(execute_path_check(path, SOMEBODY, why, sizeof(why)) == 0, "%s", why);
}

START_TEST(a_program_of_root_or_of_its_user_is_safe)
{
	assert_safe(program("root", 0755));
	ck_assert_int_eq(chown(program("his", 0700), SOMEBODY, SOMEBODY), 0);
	assert_safe(in_directory("his"));
	/* the group is root's own */
	assert_safe(program("group", 0775));
}
END_TEST

START_TEST(a_program_that_others_can_change_is_refused_by_name)
{
	char expected[PATH_MAX + 64];

	assert_refused(program("all", 0757), -EPERM,
		       "all is writable by everybody, right is chmod o-w");
	ck_assert_int_eq(chown(program("group", 0775), 0, SOMEBODY), 0);
	assert_refused(in_directory("group"), -EPERM,
		       "group is writable by its group, right is chmod g-w");
	ck_assert_int_eq(chown(program("other", 0755), SOMEBODY + 1, 0), 0);
	snprintf(expected, sizeof(expected),
		 "%s belongs to neither root nor its user, right is chown root",
		 in_directory("other"));
	assert_refused(in_directory("other"), -EPERM, expected);
}
END_TEST

START_TEST(a_directory_above_that_others_can_change_is_named)
{
	ck_assert_int_eq(mkdir(in_directory("open"), 0755), 0);
	program("open/script", 0755);
	assert_safe(in_directory("open/script"));
	ck_assert_int_eq(chmod(in_directory("open"), 0777), 0);
	assert_refused(in_directory("open/script"), -EPERM, "/open is writable by everybody");
	/* where nobody can touch what is another's, as in /tmp */
	ck_assert_int_eq(chmod(in_directory("open"), 01777), 0);
	assert_safe(in_directory("open/script"));
	ck_assert_int_eq(chown(in_directory("open/script"), SOMEBODY + 1, 0), 0);
	assert_refused(in_directory("open/script"), -EPERM, "belongs to neither");
}
END_TEST

START_TEST(each_link_on_the_way_is_judged_by_who_may_bend_it)
{
	program("script", 0755);
	ck_assert_int_eq(mkdir(in_directory("open"), 0777), 0);
	ck_assert_int_eq(chmod(in_directory("open"), 0777), 0);
	ck_assert_int_eq(symlink("../script", in_directory("open/link")), 0);
	ck_assert_int_eq(symlink("open/link", in_directory("way")), 0);
	assert_refused(in_directory("way"), -EPERM, "/open is writable by everybody");
	ck_assert_int_eq(chmod(in_directory("open"), 0755), 0);
	assert_safe(in_directory("way"));
	ck_assert_int_eq(lchown(in_directory("open/link"), SOMEBODY + 1, 0), 0);
	assert_refused(in_directory("way"), -EPERM, "open/link belongs to neither");
	ck_assert_int_eq(symlink("circle", in_directory("circle")), 0);
	assert_refused(in_directory("circle"), -ELOOP, "too many symbolic links");
}
END_TEST

START_TEST(what_is_no_program_is_told_as_such)
{
	assert_refused(in_directory("nothing"), -ENOENT, "nothing does not exist");
	assert_refused(program("text", 0644), -EACCES,
		       "is not executable by its user, right is chmod a+x");
	assert_refused(directory, -EACCES, "is not a program");
	assert_refused("relative", -EINVAL, "not an absolute path");
}
END_TEST

START_TEST(what_its_user_cannot_get_at_is_named)
{
	program("roots", 0700);
	assert_refused(in_directory("roots"), -EACCES, "roots is not executable by its user");
	ck_assert_int_eq(chown(in_directory("roots"), SOMEBODY, SOMEBODY), 0);
	assert_safe(in_directory("roots"));
	ck_assert_int_eq(mkdir(in_directory("shut"), 0700), 0);
	program("shut/script", 0755);
	assert_refused(in_directory("shut/script"), -EACCES,
		       "/shut is closed to its user, right is another place");
	ck_assert_int_eq(execute_path_check(in_directory("shut/script"), 0, why, sizeof(why)), 0);
	/* whether he is of its group is not asked */
	ck_assert_int_eq(chmod(in_directory("shut"), 0710), 0);
	assert_safe(in_directory("shut/script"));
}
END_TEST

/* The words of a command, each in angle brackets. */
static const char *words_of(const char *line, char *const *arguments)
{
	static char text[2048];
	struct command c;

	ck_assert_int_eq(command_parse(&c, line, arguments), 0);
	text[0] = '\0';
	for (int i = 0; c.words[i]; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "<%s>", c.words[i]);
	command_done(&c);
	return text;
}

START_TEST(a_program_with_arguments_needs_no_shell)
{
	ck_assert_str_eq(words_of("/bin/true", NULL), "</bin/true>");
	ck_assert_str_eq(words_of("  pgrep  -x\thaproxy ", NULL), "<pgrep><-x><haproxy>");
	ck_assert_str_eq(words_of("a 'b c' \"d e\"f ''", NULL), "<a><b c><d ef><>");
}
END_TEST

START_TEST(what_a_shell_alone_understands_is_left_to_it)
{
	ck_assert_str_eq(words_of("a | b", NULL), "<sh><-c><a | b>");
	ck_assert_str_eq(words_of("a '$b'", NULL), "<sh><-c><a '$b'>");
	ck_assert_str_eq(words_of("exit 3", NULL), "<sh><-c><exit 3>");
	ck_assert_str_eq(words_of("A=1 b", NULL), "<sh><-c><A=1 b>");
	ck_assert_str_eq(words_of("a 'b", NULL), "<sh><-c><a 'b>");
	ck_assert_str_eq(words_of("a\nb", NULL), "<sh><-c><a\nb>");
}
END_TEST

START_TEST(the_arguments_of_a_hook_follow_its_own)
{
	char *arguments[] = { "INSTANCE", "web", "MASTER", "150" };

	ck_assert_str_eq(words_of("/n.sh x", arguments), "</n.sh><x><INSTANCE><web><MASTER><150>");
	ck_assert_str_eq(words_of("/n.sh >/x", arguments),
			 "<sh><-c></n.sh >/x \"$@\"><sh><INSTANCE><web><MASTER><150>");
}
END_TEST

START_TEST(very_many_words_are_left_to_the_shell)
{
	char line[4 * COMMAND_WORDS_MAX] = "";

	for (int i = 0; i < COMMAND_WORDS_MAX; i++)
		strcat(line, "a ");
	ck_assert_ptr_null(strstr(words_of(line, NULL), "<sh>"));
	strcat(line, "a");
	ck_assert_ptr_nonnull(strstr(words_of(line, NULL), "<sh>"));
}
END_TEST

START_TEST(a_script_inside_of_a_line_is_looked_at_too)
{
	struct command c;
	char line[PATH_MAX + 32];

	snprintf(line, sizeof(line), "sh %s", program("bad", 0757));
	ck_assert_int_eq(command_parse(&c, line, NULL), 0);
	ck_assert_int_eq(command_resolve(&c, line, SOMEBODY, why, sizeof(why)), -EPERM);
	ck_assert_ptr_nonnull(strstr(why, "bad is writable by everybody"));
	command_done(&c);
	ck_assert_int_eq(command_parse(&c, "nosuchprogram 1", NULL), 0);
	ck_assert_int_eq(command_resolve(&c, "nosuchprogram 1", SOMEBODY, why, sizeof(why)),
			 -ENOENT);
	ck_assert_ptr_nonnull(strstr(why, "no program nosuchprogram"));
	command_done(&c);
}
END_TEST

START_TEST(a_user_is_known_with_all_groups_and_an_unknown_one_is_told)
{
	const struct execute_user *root = execute_user_find("root", why, sizeof(why));

	ck_assert_ptr_nonnull(root);
	ck_assert_int_eq(root->uid, 0);
	ck_assert_str_eq(root->home, "/root");
	ck_assert_int_ge(root->group_count, 1);
	ck_assert_ptr_null(execute_user_find("no-such-user", why, sizeof(why)));
	ck_assert_str_eq(why, "there is no user no-such-user");
	execute_users_forget();
}
END_TEST

START_TEST(without_the_capability_another_user_is_refused_and_oneself_is_not)
{
	const struct execute_user *root = execute_user_find("root", why, sizeof(why));
	const struct execute_user *nobody = execute_user_find("nobody", why, sizeof(why));

	ck_assert_int_eq(execute_user_allowed(nobody, why, sizeof(why)), 0);
	drop_capability(CAP_SETUID);
	ck_assert_int_eq(execute_user_allowed(nobody, why, sizeof(why)), -EPERM);
	ck_assert_ptr_nonnull(strstr(why, "user nobody without CAP_SETUID"));
	ck_assert_int_eq(execute_user_allowed(root, why, sizeof(why)), 0);
	execute_users_forget();
}
END_TEST

static const char *kept(const char *bytes, size_t len, size_t piece)
{
	static char text[OUTPUT_TEXT_MAX];
	struct output o = { .total = 0 };

	for (size_t at = 0; at < len; at += piece)
		output_add(&o, bytes + at, len - at < piece ? len - at : piece);
	return output_text(&o, text, sizeof(text));
}

START_TEST(output_becomes_one_line_without_surprises)
{
	ck_assert_str_eq(kept("", 0, 1), "");
	ck_assert_str_eq(kept("\n one\r\n\ttwo \x1b[31m\n", 18, 5), "one two [31m");
}
END_TEST

START_TEST(of_long_output_the_beginning_and_the_end_are_kept)
{
	static char bytes[10 * OUTPUT_PART];
	char expected[OUTPUT_TEXT_MAX];

	memset(bytes, 'm', sizeof(bytes));
	memset(bytes, 'a', OUTPUT_PART);
	memset(bytes + sizeof(bytes) - OUTPUT_PART, 'z', OUTPUT_PART);
	memset(expected, 'a', OUTPUT_PART);
	memcpy(expected + OUTPUT_PART, " ... ", 5);
	memset(expected + OUTPUT_PART + 5, 'z', OUTPUT_PART);
	expected[2 * OUTPUT_PART + 5] = '\0';
	ck_assert_str_eq(kept(bytes, sizeof(bytes), 7), expected);
	ck_assert_str_eq(kept(bytes, sizeof(bytes), 3000), expected);
	ck_assert_str_eq(kept(bytes, sizeof(bytes), sizeof(bytes)), expected);
	/* what just fits is not interrupted */
	expected[OUTPUT_PART] = '\0';
	memset(expected + OUTPUT_PART, 'm', OUTPUT_PART);
	expected[2 * OUTPUT_PART] = '\0';
	ck_assert_str_eq(kept(bytes, 2 * OUTPUT_PART, 100), expected);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("execute");

	world_require_root();
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_program_of_root_or_of_its_user_is_safe);
	tcase_add_test(tc, a_program_that_others_can_change_is_refused_by_name);
	tcase_add_test(tc, a_directory_above_that_others_can_change_is_named);
	tcase_add_test(tc, each_link_on_the_way_is_judged_by_who_may_bend_it);
	tcase_add_test(tc, what_is_no_program_is_told_as_such);
	tcase_add_test(tc, what_its_user_cannot_get_at_is_named);
	tcase_add_test(tc, a_program_with_arguments_needs_no_shell);
	tcase_add_test(tc, what_a_shell_alone_understands_is_left_to_it);
	tcase_add_test(tc, the_arguments_of_a_hook_follow_its_own);
	tcase_add_test(tc, very_many_words_are_left_to_the_shell);
	tcase_add_test(tc, a_script_inside_of_a_line_is_looked_at_too);
	tcase_add_test(tc, a_user_is_known_with_all_groups_and_an_unknown_one_is_told);
	tcase_add_test(tc, without_the_capability_another_user_is_refused_and_oneself_is_not);
	tcase_add_test(tc, output_becomes_one_line_without_surprises);
	tcase_add_test(tc, of_long_output_the_beginning_and_the_end_are_kept);
	return run_test_case(tc, "execute");
}
