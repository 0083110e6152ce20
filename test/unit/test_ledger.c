/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What runners write down: one runner does not mistake its own for another's, and what a dead one has left behind ends with its children.
 */
#include "ledger.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static int fd;
static struct ledger *ledger;

static void make(void)
{
	fd = memfd_create("test", MFD_CLOEXEC);
	ck_assert_int_eq(ledger_prepare(fd), 0);
	ledger = ledger_open(fd);
	ck_assert_ptr_nonnull(ledger);
	/* so that orphans come to us, as they do to the supervisor */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static void unmake(void)
{
	ledger_close(ledger);
	close(fd);
}

/* A job that leads a group of two and waits for ever. */
static pid_t start_job(uint64_t subject, int ready)
{
	int place = ledger_begin(ledger, subject);
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	ledger_enter(ledger, place);
	setsid();
	if (fork() != 0)
		(void)!write(ready, "r", 1);
	for (;;)
		pause();
}

/* A runner with one job; its pid, when the job is there. */
static pid_t start_runner(uint64_t subject)
{
	int ready[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		start_job(subject, ready[1]);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

START_TEST(another_runners_job_makes_its_subject_busy)
{
	pid_t runner = start_runner(7);
	int place = ledger_begin(ledger, 8);

	ledger_enter(ledger, place);
	ck_assert(ledger_is_busy(ledger, 7));
	ck_assert(!ledger_is_busy(ledger, 8)); /* our own */
	ck_assert(!ledger_is_busy(ledger, 9));
	/* as long as it lives it is nobody else's to end */
	ck_assert_uint_eq(ledger_sweep(ledger), 0);
	ck_assert(ledger_is_busy(ledger, 7));
	ledger_end(ledger, place);
	kill(runner, SIGKILL);
	waitpid(runner, NULL, 0);
	ck_assert(ledger_is_busy(ledger, 7));
	ck_assert_uint_eq(ledger_sweep(ledger), 1);
	ck_assert(!ledger_is_busy(ledger, 7));
	/* the job and its child */
	ck_assert_int_gt(waitpid(-1, NULL, 0), 0);
	ck_assert_int_gt(waitpid(-1, NULL, 0), 0);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_uint_eq(ledger_sweep(ledger), 0);
}
END_TEST

START_TEST(a_job_whose_number_another_process_has_by_now_is_left_alone)
{
	pid_t runner = start_runner(7), other = fork(), job;
	uint64_t *word;

	if (other == 0) {
		for (;;)
			pause();
	}
	/* the first place, whose process becomes one that started at another time */
	word = (uint64_t *)(void *)((char *)ledger + 16);
	job = (pid_t)(*word & UINT32_MAX);
	*word = *word >> 32 << 32 | (uint32_t)other;
	kill(runner, SIGKILL);
	waitpid(runner, NULL, 0);
	word[2] += 1000000;
	ck_assert(!ledger_is_busy(ledger, 7));
	ck_assert_uint_eq(ledger_sweep(ledger), 0);
	ck_assert_int_eq(waitpid(other, NULL, WNOHANG), 0);
	kill(other, SIGKILL);
	kill(-job, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
}
END_TEST

START_TEST(a_full_one_takes_no_more_until_something_ends)
{
	for (int i = 0; i < LEDGER_PLACES; i++)
		ck_assert_int_eq(ledger_begin(ledger, 1), i);
	ck_assert_int_eq(ledger_begin(ledger, 1), LEDGER_NONE);
	ledger_enter(ledger, LEDGER_NONE);
	ledger_end(ledger, LEDGER_NONE);
	ledger_end(ledger, 5);
	ck_assert_int_eq(ledger_begin(ledger, 1), 5);
}
END_TEST

START_TEST(what_another_build_has_left_is_forgotten_and_our_own_is_kept)
{
	ck_assert_int_eq(ledger_begin(ledger, 1), 0);
	ck_assert_int_eq(ledger_prepare(fd), 0);
	ck_assert_int_eq(ledger_begin(ledger, 1), 1);
	ck_assert_int_eq(pwrite(fd, "rubbish", 7, 0), 7);
	ck_assert_int_eq(ledger_prepare(fd), 0);
	ck_assert_int_eq(ledger_begin(ledger, 1), 0);
}
END_TEST

START_TEST(without_one_nothing_is_known)
{
	ck_assert_ptr_null(ledger_open(-1));
	ck_assert_int_eq(ledger_begin(NULL, 1), LEDGER_NONE);
	ledger_enter(NULL, LEDGER_NONE);
	ledger_end(NULL, LEDGER_NONE);
	ck_assert(!ledger_is_busy(NULL, 1));
	ck_assert_uint_eq(ledger_sweep(NULL), 0);
	ledger_close(NULL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("ledger");

	tcase_add_checked_fixture(tc, make, unmake);
	tcase_add_test(tc, another_runners_job_makes_its_subject_busy);
	tcase_add_test(tc, a_job_whose_number_another_process_has_by_now_is_left_alone);
	tcase_add_test(tc, a_full_one_takes_no_more_until_something_ends);
	tcase_add_test(tc, what_another_build_has_left_is_forgotten_and_our_own_is_kept);
	tcase_add_test(tc, without_one_nothing_is_known);
	return run_test_case(tc, "ledger");
}
