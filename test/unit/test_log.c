/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log never waits and never hides what it lost. Each test takes stderr or a channel into its own hands; check runs each
 * in a process of its own.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static int ends[2];

/* Everything the reading end holds now. */
static const char *contents(int fd)
{
	static char text[1 << 20];
	ssize_t len = 0, got;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while ((got = read(fd, text + len, sizeof(text) - 1 - (size_t)len)) > 0)
		len += got;
	text[len] = '\0';
	return text;
}

static void stderr_to_pipe(void)
{
	unsetenv("JOURNAL_STREAM");
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
}

static void open_channel(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	log_to_channel(ends[1]);
}

static unsigned int count_lines(const char *text)
{
	unsigned int lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

START_TEST(a_line_has_its_time_and_level)
{
	stderr_to_pipe();
	log_line(LOG_LEVEL_NOTICE, "web: %s", "BACKUP -> MASTER");
	ck_assert_ptr_nonnull(strstr(contents(ends[0]), "Z notice: web: BACKUP -> MASTER\n"));
}
END_TEST

START_TEST(under_a_service_manager_a_line_has_a_priority_instead)
{
	char stream[64];
	struct stat st;

	stderr_to_pipe();
	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_line(LOG_LEVEL_ERROR, "broken");
	ck_assert_str_eq(contents(ends[0]), "<3>broken\n");
}
END_TEST

START_TEST(a_journal_that_is_not_ours_changes_nothing)
{
	stderr_to_pipe();
	setenv("JOURNAL_STREAM", "1:2", 1);
	log_line(LOG_LEVEL_ERROR, "broken");
	ck_assert_ptr_nonnull(strstr(contents(ends[0]), "Z error: broken\n"));
}
END_TEST

START_TEST(what_is_above_the_level_is_not_written)
{
	stderr_to_pipe();
	log_line(LOG_LEVEL_DEBUG, "hidden");
	log_set_level(LOG_LEVEL_DEBUG);
	log_line(LOG_LEVEL_DEBUG, "shown");
	log_set_level(LOG_LEVEL_ERROR);
	log_line(LOG_LEVEL_WARNING, "hidden");
	ck_assert_uint_eq(count_lines(contents(ends[0])), 1);
}
END_TEST

START_TEST(a_line_stays_one_line_and_is_cut_at_its_limit)
{
	char text[2 * LOG_LINE_MAX];
	const char *written;

	stderr_to_pipe();
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	text[5] = '\n';
	log_line(LOG_LEVEL_ERROR, "%s", text);
	written = contents(ends[0]);
	ck_assert_uint_eq(count_lines(written), 1);
	ck_assert_uint_lt(strlen(written), LOG_LINE_MAX + 64);
}
END_TEST

START_TEST(a_reader_that_stalls_costs_lines_and_no_time_and_is_told_how_many)
{
	char expected[64];
	unsigned int kept;
	const char *text;

	stderr_to_pipe();
	for (int i = 0; i < 5000; i++)
		log_line(LOG_LEVEL_ERROR, "line %d of many that are longer than nothing at all", i);
	kept = count_lines(contents(ends[0]));
	ck_assert_uint_gt(kept, 0);
	ck_assert_uint_lt(kept, 5000);
	log_line(LOG_LEVEL_ERROR, "again");
	text = contents(ends[0]);
	snprintf(expected, sizeof(expected), "warning: %u log lines were lost", 5000 - kept);
	ck_assert_ptr_nonnull(strstr(text, expected));
	ck_assert_ptr_nonnull(strstr(text, "error: again"));
}
END_TEST

START_TEST(a_childs_lines_come_out_at_its_supervisor)
{
	int pipe_ends[2];

	open_channel();
	log_line(LOG_LEVEL_WARNING, "from the child");
	log_to_channel(-1);
	ck_assert_int_eq(pipe(pipe_ends), 0);
	ck_assert_int_eq(dup2(pipe_ends[1], STDERR_FILENO), STDERR_FILENO);
	unsetenv("JOURNAL_STREAM");
	ck_assert_int_eq(log_relay(ends[0]), 0);
	ck_assert_ptr_nonnull(strstr(contents(pipe_ends[0]), "warning: from the child\n"));
	close(ends[1]);
	ck_assert_int_eq(log_relay(ends[0]), -EPIPE);
}
END_TEST

START_TEST(a_supervisor_that_does_not_read_does_not_hold_up_its_child)
{
	open_channel();
	for (int i = 0; i < 100000; i++)
		log_line(LOG_LEVEL_ERROR, "line %d", i);
	/* Reaching this line is the test. */
	ck_assert_ptr_nonnull(contents(ends[0]));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("log");

	tcase_add_test(tc, a_line_has_its_time_and_level);
	tcase_add_test(tc, under_a_service_manager_a_line_has_a_priority_instead);
	tcase_add_test(tc, a_journal_that_is_not_ours_changes_nothing);
	tcase_add_test(tc, what_is_above_the_level_is_not_written);
	tcase_add_test(tc, a_line_stays_one_line_and_is_cut_at_its_limit);
	tcase_add_test(tc, a_reader_that_stalls_costs_lines_and_no_time_and_is_told_how_many);
	tcase_add_test(tc, a_childs_lines_come_out_at_its_supervisor);
	tcase_add_test(tc, a_supervisor_that_does_not_read_does_not_hold_up_its_child);
	return run_test_case(tc, "log");
}
