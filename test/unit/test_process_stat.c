/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is told of processes, by those that can be had here: this one, one that has ended, and one that does not exist.
 */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process_stat.h"
#include "unit.h"

START_TEST(a_name_may_look_like_what_follows_it)
{
	struct process_stat stat;

	ck_assert_int_eq(prctl(PR_SET_NAME, "a) Z 1 (b"), 0);
	ck_assert_int_eq(process_stat_read(getpid(), &stat), 0);
	ck_assert_str_eq(stat.name, "a) Z 1 (b");
	ck_assert_int_eq(stat.state, 'R');
	ck_assert(process_lives(&stat));
}
END_TEST

START_TEST(start_and_time_used_are_what_the_kernel_counts)
{
	struct process_stat before, after;

	ck_assert_int_eq(process_stat_read(getpid(), &before), 0);
	ck_assert_uint_ne(before.started_ticks, 0);
	do {
		for (volatile unsigned int i = 0; i < 1000000; i++)
			continue;
		ck_assert_int_eq(process_stat_read(getpid(), &after), 0);
	} while (after.used_ticks == before.used_ticks);
	ck_assert_uint_gt(after.used_ticks, before.used_ticks);
	ck_assert_uint_eq(after.started_ticks, before.started_ticks);
}
END_TEST

START_TEST(the_remains_of_a_process_do_not_live)
{
	struct process_stat stat;
	siginfo_t end;
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	ck_assert_int_eq(waitid(P_PID, (id_t)child, &end, WEXITED | WNOWAIT), 0);
	ck_assert_int_eq(process_stat_read(child, &stat), 0);
	ck_assert_int_eq(stat.state, 'Z');
	ck_assert(!process_lives(&stat));
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	ck_assert_int_eq(process_stat_read(child, &stat), -ESRCH);
	ck_assert_int_eq(stat.state, 'Z');
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("process_stat");

	tcase_add_test(tc, a_name_may_look_like_what_follows_it);
	tcase_add_test(tc, start_and_time_used_are_what_the_kernel_counts);
	tcase_add_test(tc, the_remains_of_a_process_do_not_live);
	return run_test_case(tc, "process_stat");
}
