/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one build leaves to the next: it arrives as it was, with its descriptors, and what makes no sense is refused.
 */
#include "heritage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"

static int is_kept(int fd)
{
	return fcntl(fd, F_GETFD) == 0;
}

static struct heritage example(void)
{
	return (struct heritage){ .dir = open("/", O_RDONLY | O_CLOEXEC),
				  .lock = -1,
				  .listen = -1,
				  .state = -1,
				  .ledger = -1,
				  .protocol = 42,
				  .channel = open("/dev/null", O_RDWR | O_CLOEXEC),
				  .log = -1,
				  .settings = -1,
				  .runner = 43,
				  .runner_log = -1,
				  .web = -1,
				  .web_address = "::1",
				  .web_port = 65535,
				  .client = -1,
				  .from = "2.0.0 \"quoted\"",
				  .by = "root (alice)" };
}

START_TEST(what_is_left_is_found_and_its_descriptors_stay_open)
{
	struct heritage left = example(), found;

	ck_assert_int_eq(heritage_leave(&left), 0);
	ck_assert(is_kept(left.dir));
	ck_assert(is_kept(left.channel));
	ck_assert_int_eq(heritage_take(&found), 0);
	ck_assert_int_eq(found.dir, left.dir);
	ck_assert_int_eq(found.lock, -1);
	ck_assert_int_eq(found.channel, left.channel);
	ck_assert_int_eq(found.protocol, 42);
	ck_assert_int_eq(found.runner, 43);
	ck_assert_int_eq(found.web_port, 65535);
	ck_assert_str_eq(found.web_address, "::1");
	ck_assert_str_eq(found.from, left.from);
	ck_assert_str_eq(found.by, left.by);
	/* those that are executed from now on get none of it */
	ck_assert(!is_kept(left.dir));
	ck_assert(!is_kept(left.channel));
	ck_assert_int_eq(heritage_take(&found), -ENOENT);
	close(left.dir);
	close(left.channel);
}
END_TEST

START_TEST(what_was_withdrawn_is_not_found)
{
	struct heritage left = example(), found;

	ck_assert_int_eq(heritage_leave(&left), 0);
	heritage_withdraw(&left);
	ck_assert(!is_kept(left.dir));
	ck_assert_int_eq(heritage_take(&found), -ENOENT);
	close(left.dir);
	close(left.channel);
}
END_TEST

static int take_text(const char *text)
{
	int fd = memfd_create("test", 0);
	struct heritage found;
	char number[16];

	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
	snprintf(number, sizeof(number), "%d", fd);
	setenv("VRRPD_HERITAGE", number, 1);
	return heritage_take(&found);
}

START_TEST(what_makes_no_sense_is_refused)
{
	struct heritage found;

	setenv("VRRPD_HERITAGE", "1000", 1);
	ck_assert_int_eq(heritage_take(&found), -EPROTO);
	ck_assert_ptr_null(getenv("VRRPD_HERITAGE"));
	ck_assert_int_eq(take_text(""), -EPROTO);
	ck_assert_int_eq(take_text("{}"), -EPROTO);
	ck_assert_int_eq(take_text("{\"dir\": \"three\"}"), -EPROTO);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("heritage");

	tcase_add_test(tc, what_is_left_is_found_and_its_descriptors_stay_open);
	tcase_add_test(tc, what_was_withdrawn_is_not_found);
	tcase_add_test(tc, what_makes_no_sense_is_refused);
	return run_test_case(tc, "heritage");
}
