/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that are no configuration, files that include others, and large ones. Nothing may hang,
 * print or end the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conf_kit.h"
#include "unit.h"

/* Every test has an empty directory and stands in it. */
static char directory[] = "/tmp/vrrpd-conf-XXXXXX";

static void enter_directory(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chdir(directory), 0);
}

static void leave_directory(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", directory);
	ck_assert_int_eq(system(command), 0);
}

static void write_bytes(const char *path, const char *text, size_t len)
{
	FILE *out = fopen(path, "w");

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(text, 1, len, out), len);
	ck_assert_int_eq(fclose(out), 0);
}

static void write_file(const char *path, const char *text)
{
	write_bytes(path, text, strlen(text));
}

static void assert_refused(const char *path, int rc, const char *problems)
{
	struct loaded l = load_path(path);

	ck_assert_int_eq(l.rc, rc);
	ck_assert_str_eq(l.problems, problems);
	loaded_done(&l);
}

START_TEST(a_missing_file_says_so)
{
	assert_refused("none.conf", -ENOENT, "none.conf: No such file or directory\n");
}
END_TEST

START_TEST(a_directory_is_no_file)
{
	assert_refused(".", -EISDIR, ".: is a directory, right is a file\n");
}
END_TEST

START_TEST(a_fifo_or_a_device_neither_blocks_nor_never_ends)
{
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	assert_refused("fifo", -EINVAL, "fifo: is no regular file, right is one\n");
	assert_refused("/dev/zero", -EINVAL, "/dev/zero: is no regular file, right is one\n");
	assert_refused("/dev/null", -EINVAL, "/dev/null: is no regular file, right is one\n");
}
END_TEST

/* Reads as another user; what it prints comes back through a file. */
static void load_as_nobody(const char *path)
{
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		struct conf_problems problems;
		struct settings *s = NULL;

		if (setgid(65534) < 0 || setuid(65534) < 0)
			_exit(3);
		int rc = conf_load(path, &s, &problems);
		int ok = rc == -EACCES && problems.count == 1 &&
			 strcmp(problems.items[0].text, "Permission denied") == 0;

		conf_problems_done(&problems);
		_exit(ok ? 0 : 1);
	}
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

START_TEST(a_file_without_permission_says_so)
{
	write_file("secret.conf", WEB(""));
	ck_assert_int_eq(chmod("secret.conf", 0), 0);
	if (geteuid() != 0) {
		assert_refused("secret.conf", -EACCES, "secret.conf: Permission denied\n");
		return;
	}
	ck_assert_int_eq(chmod(".", 0755), 0);
	load_as_nobody("secret.conf");
}
END_TEST

START_TEST(a_file_may_have_16_mib_and_not_a_byte_more)
{
	size_t len = CONF_BYTES_MAX + 1;
	char *text = malloc(len);
	const char web[] = WEB("");

	memset(text, '#', len);
	memcpy(text, web, strlen(web));
	write_bytes("large.conf", text, len - 1);

	struct loaded l = load_path("large.conf");

	ck_assert_int_eq(l.rc, 0);
	loaded_done(&l);
	write_bytes("large.conf", text, len);
	assert_refused("large.conf", -EFBIG, "large.conf: is too long, right are at most 16 MiB\n");
	free(text);
}
END_TEST

START_TEST(a_large_file_of_rubbish_ends_with_a_bounded_list)
{
	size_t len = 10 * 1024 * 1024;
	char *text = malloc(len);

	for (size_t i = 0; i < len; i++)
		text[i] = i % 5 == 4 ? '\n' : 'q';
	struct loaded l = load_bytes(text, len);
	size_t lines = 0;

	for (const char *p = l.problems; (p = strchr(p, '\n')); p++)
		lines++;
	ck_assert_int_eq(l.rc, -EINVAL);
	ck_assert_uint_eq(lines, CONF_PROBLEMS_MAX + 1);
	ck_assert_ptr_nonnull(strstr(l.problems, "test.conf: and more problems"));
	loaded_done(&l);

	/* one endless word, one endless list, one endless quote, braces without end */
	memset(text, 'x', len);
	l = load_bytes(text, len);
	ck_assert_uint_eq(l.errors, 1);
	loaded_done(&l);
	memcpy(text, "instance x { addresses = {", 26);
	for (size_t i = 26; i < len; i++)
		text[i] = i % 2 ? ',' : '1';
	l = load_bytes(text, len);
	ck_assert_int_eq(l.rc, -EINVAL);
	loaded_done(&l);
	memset(text, 'x', len);
	text[0] = '"';
	l = load_bytes(text, len);
	ck_assert_uint_eq(l.errors, 1);
	loaded_done(&l);
	memset(text, '{', len);
	l = load_bytes(text, len);
	ck_assert_int_eq(l.rc, -EINVAL);
	loaded_done(&l);
	free(text);
}
END_TEST

/* Includes */

START_TEST(included_files_are_read_in_place_and_in_order)
{
	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	write_file("conf.d/b.conf",
		   "instance b { interface = eth0 vrid = 2 addresses = 10.0.0.2 }");
	write_file("conf.d/a.conf",
		   "instance a { interface = eth0 vrid = 1 addresses = 10.0.0.1 }");
	write_file("conf.d/c.txt", "nonsense");
	write_file("main.conf",
		   "instance first { interface = eth0 vrid = 8 addresses = 10.0.0.8 }\n"
		   "include('conf.d/*.conf')\n"
		   "instance last { interface = eth0 vrid = 9 addresses = 10.0.0.9 }\n");

	struct loaded l = load_path("main.conf");

	ck_assert_msg(l.rc == 0, "%s", l.problems);
	ck_assert_uint_eq(l.settings->instance_count, 4);
	ck_assert_str_eq(l.settings->instances[0].name, "first");
	ck_assert_str_eq(l.settings->instances[1].name, "a");
	ck_assert_str_eq(l.settings->instances[2].name, "b");
	ck_assert_str_eq(l.settings->instances[3].name, "last");
	loaded_done(&l);

	/* from elsewhere, by an absolute path, it is the same */
	char path[64];

	snprintf(path, sizeof(path), "%s/main.conf", directory);
	ck_assert_int_eq(chdir("/"), 0);
	l = load_path(path);
	ck_assert_msg(l.rc == 0, "%s", l.problems);
	ck_assert_uint_eq(l.settings->instance_count, 4);
	loaded_done(&l);
	ck_assert_int_eq(chdir(directory), 0);
}
END_TEST

START_TEST(lines_are_right_before_in_and_after_an_include)
{
	write_file("main.conf", "# 1\nfoo = 1\n\ninclude('part')\n/* 5\n 6 */ foo = 2\n");
	write_file("part", "// 1\n\n\nbar = 1\n");
	assert_refused(
		"main.conf", -EINVAL,
		"main.conf:2: unknown key \"foo\" at top level, right are global, instance, "
		"script, process, file, bfd, group, include\n"
		"main.conf:6: unknown key \"foo\" at top level, right are global, instance, "
		"script, process, file, bfd, group, include\n"
		"part:4: unknown key \"bar\" at top level, right are global, instance, script, "
		"process, file, bfd, group, include\n");
}
END_TEST

START_TEST(includes_may_be_sixteen_deep_and_not_deeper)
{
	char path[32], text[64];

	for (int i = 1; i <= CONF_INCLUDE_DEPTH_MAX + 1; i++) {
		snprintf(path, sizeof(path), "%d.conf", i);
		snprintf(text, sizeof(text), "include('%d.conf')", i + 1);
		write_file(path, text);
	}
	write_file("18.conf", WEB(""));

	struct loaded l = load_path("2.conf");

	ck_assert_msg(l.rc == 0, "%s", l.problems);
	loaded_done(&l);
	assert_refused("1.conf", -EINVAL,
		       "17.conf:1: include \"18.conf\": more than 16 files inside each other\n");
}
END_TEST

START_TEST(a_file_that_includes_all_of_its_own_directory_includes_itself)
{
	write_file("a.conf", WEB(""));
	write_file("main.conf", "include('*.conf')\n");
	assert_refused("main.conf", -EINVAL,
		       "main.conf:1: include \"main.conf\": this file includes itself\n");
}
END_TEST

START_TEST(another_name_for_the_same_file_is_recognised)
{
	write_file("main.conf", "include('link.conf')\n" WEB(""));
	ck_assert_int_eq(symlink("main.conf", "link.conf"), 0);
	assert_refused("main.conf", -EINVAL,
		       "main.conf:1: include \"link.conf\": this file includes itself\n");
	ck_assert_int_eq(unlink("link.conf"), 0);
	ck_assert_int_eq(symlink("link.conf", "link.conf"), 0);
	assert_refused("main.conf", -EINVAL,
		       "main.conf:1: include \"link.conf\": Too many levels of symbolic links\n");
}
END_TEST

START_TEST(what_a_pattern_matches_must_be_a_file)
{
	ck_assert_int_eq(mkdir("d.conf", 0755), 0);
	ck_assert_int_eq(mkfifo("f.conf", 0600), 0);
	write_file("main", "include('*.conf')\n" WEB(""));
	assert_refused("main", -EINVAL,
		       "main:1: include \"d.conf\": is a directory, right is a file\n"
		       "main:1: include \"f.conf\": is no regular file, right is one\n");
}
END_TEST

START_TEST(a_pattern_without_a_match_is_a_warning_a_path_is_an_error)
{
	struct loaded l;

	write_file("main.conf", "include('none/*.conf')\n" WEB(""));
	l = load_path("main.conf");
	ck_assert_int_eq(l.rc, 0);
	ck_assert_str_eq(l.problems,
			 "main.conf:1: warning: include \"none/*.conf\": there is no such "
			 "file\n");
	loaded_done(&l);
	write_file("main.conf", "include('none/a.conf')\n" WEB(""));
	assert_refused("main.conf", -EINVAL,
		       "main.conf:1: include \"none/a.conf\": No such file or directory\n");
}
END_TEST

START_TEST(no_more_than_1024_files_are_read)
{
	char path[32];

	for (int i = 1; i <= CONF_FILES_MAX; i++) {
		snprintf(path, sizeof(path), "%04d.inc", i);
		write_file(path, "# nothing\n");
	}
	write_file("main.conf", "include('*.inc')\n" WEB(""));
	assert_refused("main.conf", -EINVAL,
		       "main.conf:1: include \"1024.inc\": more than 1024 files\n");
	ck_assert_int_eq(unlink("1024.inc"), 0);

	struct loaded l = load_path("main.conf");

	ck_assert_msg(l.rc == 0, "%s", l.problems);
	loaded_done(&l);
}
END_TEST

START_TEST(a_text_in_memory_includes_nothing)
{
	assert_problems("include('/etc/passwd')\n" WEB(""),
			"test.conf:1: include \"/etc/passwd\": only a file can include others\n");
}
END_TEST

START_TEST(nothing_is_ever_printed)
{
	int copy = dup(2), file = open("printed", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char printed[64] = "";

	ck_assert_int_ge(copy, 0);
	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(dup2(file, 2), 2);
	write_file("main.conf", "include('.')\ninstance { \"\\777\" ${X} = } foo(\n");

	struct loaded l = load_path("main.conf");

	fflush(stderr);
	ck_assert_int_eq(dup2(copy, 2), 2);
	ck_assert_int_eq(l.rc, -EINVAL);
	loaded_done(&l);
	ck_assert_int_eq(pread(file, printed, sizeof(printed) - 1, 0), 0);
	ck_assert_str_eq(printed, "");
	close(file);
	close(copy);
}
END_TEST

START_TEST(reading_again_and_again_is_the_same_every_time)
{
	write_file("good.conf", WEB(""));
	write_file("bad.conf", "instance x {\n  vrid = 'open\n");
	for (int i = 0; i < 100; i++) {
		struct loaded bad = load_path("bad.conf"), good = load_path("good.conf");

		ck_assert_uint_eq(bad.errors, 1);
		ck_assert_int_eq(good.rc, 0);
		loaded_done(&bad);
		loaded_done(&good);
	}
}
END_TEST

/* Size */

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* That many instances of two addresses, 255 on each interface. The caller frees it. */
static char *many_instances(int count)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (int i = 0; i < count; i++)
		fprintf(out,
			"instance i%d {\n  interface = eth%d\n  vrid = %d\n  priority = 150\n"
			"  addresses = {10.%d.%d.1/24, 10.%d.%d.2/24}\n}\n",
			i, i / 255, i % 255 + 1, i / 256, i % 256, i / 256, i % 256);
	fclose(out);
	return text;
}

/*
 * The time in a sanitized build is several times that of a real one; what matters is that it
 * grows with the number.
 */
START_TEST(four_thousand_instances_are_read_in_linear_time)
{
	double taken_s[2];

	for (int round = 0; round < 2; round++) {
		char *text = many_instances(round ? 16000 : 4000);
		double start_s = seconds_now();
		struct loaded l = load_text(text);

		taken_s[round] = seconds_now() - start_s;
		ck_assert_msg(l.rc == 0, "%s", l.problems);
		loaded_done(&l);
		free(text);
	}
	printf("4,000 instances: %.3f s, 16,000: %.3f s\n", taken_s[0], taken_s[1]);
	ck_assert_double_lt(taken_s[0], 3.0);
	ck_assert_double_lt(taken_s[1], 10 * taken_s[0] + 0.1);
}
END_TEST

START_TEST(instances_and_addresses_have_their_limits)
{
	char *text = many_instances(INSTANCES_MAX);
	struct loaded l = load_text(text);

	ck_assert_msg(l.rc == 0, "%s", l.problems);
	loaded_done(&l);
	free(text);
	text = many_instances(INSTANCES_MAX + 1);
	l = load_text(text);
	ck_assert_str_eq(l.problems, "test.conf:98305: more than 16384 instances\n");
	loaded_done(&l);
	free(text);
}
END_TEST

/* An instance with so many extra addresses, each another one. */
static void print_extras(FILE *out, int number, uint32_t extras)
{
	fprintf(out, "instance i%d {\n interface = eth%d\n vrid = 1\n addresses = 192.0.2.1\n",
		number, number);
	fprintf(out, " extra-addresses = {\n");
	for (uint32_t i = 0; i < extras; i++)
		fprintf(out, "10.%d.%d.%d,\n", number, i / 250, i % 250 + 1);
	fprintf(out, "}\n}\n");
}

static struct loaded load_extras(int instances, uint32_t extras)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (int i = 0; i < instances; i++)
		print_extras(out, i, extras);
	fclose(out);

	struct loaded l = load_text(text);

	free(text);
	return l;
}

START_TEST(extra_addresses_have_their_limits)
{
	struct loaded l = load_extras(1, EXTRA_ADDRESSES_MAX);

	ck_assert_msg(l.rc == 0, "%s", l.problems);
	ck_assert_uint_eq(l.settings->instances[0].extra.count, EXTRA_ADDRESSES_MAX);
	loaded_done(&l);
	l = load_extras(1, EXTRA_ADDRESSES_MAX + 1);
	ck_assert_str_eq(l.problems,
			 "test.conf:5: key \"extra-addresses\": more than 16384 addresses\n");
	loaded_done(&l);

	/* in all: 16 * (16383 + 1) are 262144 */
	l = load_extras(16, EXTRA_ADDRESSES_MAX - 1);
	ck_assert_msg(l.rc == 0, "%s", l.problems);
	ck_assert_uint_eq(l.settings->vip_count, ADDRESSES_TOTAL_MAX);
	loaded_done(&l);
	l = load_extras(16, EXTRA_ADDRESSES_MAX);
	ck_assert_ptr_nonnull(strstr(l.problems, "more than 262144 addresses in all"));
	ck_assert_uint_eq(l.errors, 1);
	loaded_done(&l);
}
END_TEST

START_TEST(sections_of_all_kinds_have_a_limit)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (int i = 0; i < 70000; i++)
		fprintf(out, "file i%d{path=/x}\n", i);
	fclose(out);

	struct loaded l = load_text(text);

	ck_assert_ptr_nonnull(strstr(
		l.problems, "test.conf:65537: more than 65536 sections, the rest is not read"));
	loaded_done(&l);
	free(text);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("conf_files");

	tcase_add_checked_fixture(tc, enter_directory, leave_directory);
	tcase_add_test(tc, a_missing_file_says_so);
	tcase_add_test(tc, a_directory_is_no_file);
	tcase_add_test(tc, a_fifo_or_a_device_neither_blocks_nor_never_ends);
	tcase_add_test(tc, a_file_without_permission_says_so);
	tcase_add_test(tc, a_file_may_have_16_mib_and_not_a_byte_more);
	tcase_add_test(tc, a_large_file_of_rubbish_ends_with_a_bounded_list);
	tcase_add_test(tc, included_files_are_read_in_place_and_in_order);
	tcase_add_test(tc, lines_are_right_before_in_and_after_an_include);
	tcase_add_test(tc, includes_may_be_sixteen_deep_and_not_deeper);
	tcase_add_test(tc, a_file_that_includes_all_of_its_own_directory_includes_itself);
	tcase_add_test(tc, another_name_for_the_same_file_is_recognised);
	tcase_add_test(tc, what_a_pattern_matches_must_be_a_file);
	tcase_add_test(tc, a_pattern_without_a_match_is_a_warning_a_path_is_an_error);
	tcase_add_test(tc, no_more_than_1024_files_are_read);
	tcase_add_test(tc, a_text_in_memory_includes_nothing);
	tcase_add_test(tc, nothing_is_ever_printed);
	tcase_add_test(tc, reading_again_and_again_is_the_same_every_time);
	tcase_add_test(tc, four_thousand_instances_are_read_in_linear_time);
	tcase_add_test(tc, instances_and_addresses_have_their_limits);
	tcase_add_test(tc, extra_addresses_have_their_limits);
	tcase_add_test(tc, sections_of_all_kinds_have_a_limit);
	return run_test_case(tc, "conf_files");
}
