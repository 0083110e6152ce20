/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages between the processes: whole or not at all, with their descriptors, and never waiting.
 */
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

static char buffer[MESSAGE_TEXT_MAX + 1];
static int ends[2];

static void open_pair(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
}

static void close_pair(void)
{
	close(ends[0]);
	close(ends[1]);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

START_TEST(a_message_arrives_with_its_numbers_and_text)
{
	struct message m = message_of(MESSAGE_REFUSED, 7);
	struct message got;

	m.value = 99;
	m.text = (char[]){ "one\ntwo" };
	ck_assert_int_eq(channel_send(ends[0], &m), 0);
	ck_assert_int_eq(channel_receive(ends[1], &got, buffer), 0);
	ck_assert_uint_eq(got.kind, MESSAGE_REFUSED);
	ck_assert_uint_eq(got.number, 7);
	ck_assert_uint_eq(got.value, 99);
	ck_assert_str_eq(got.text, "one\ntwo");
	ck_assert_int_eq(got.fds[0], -1);
	ck_assert_int_eq(got.fds[1], -1);
}
END_TEST

START_TEST(a_message_without_text_has_an_empty_one)
{
	struct message m = message_of(MESSAGE_STOP, 0);
	struct message got;

	ck_assert_int_eq(channel_send(ends[0], &m), 0);
	ck_assert_int_eq(channel_receive(ends[1], &got, buffer), 0);
	ck_assert_str_eq(got.text, "");
}
END_TEST

START_TEST(descriptors_arrive_and_can_be_closed)
{
	struct message m = message_of(MESSAGE_SETUP, 1);
	struct message got;
	int pipe_ends[2];
	int fd;
	char byte = 'x';

	ck_assert_int_eq(pipe(pipe_ends), 0);
	m.fds[0] = pipe_ends[0];
	m.fds[1] = pipe_ends[1];
	ck_assert_int_eq(channel_send(ends[0], &m), 0);
	ck_assert_int_eq(channel_receive(ends[1], &got, buffer), 0);
	ck_assert_int_ne(got.fds[0], pipe_ends[0]);
	ck_assert_int_eq(write(got.fds[1], &byte, 1), 1);
	byte = 0;
	ck_assert_int_eq(read(pipe_ends[0], &byte, 1), 1);
	ck_assert_int_eq(byte, 'x');
	fd = got.fds[0];
	message_close_fds(&got);
	ck_assert(!is_open(fd));
	ck_assert_int_eq(got.fds[0], -1);
	message_close_fds(&m);
}
END_TEST

START_TEST(nothing_there_is_not_an_end)
{
	struct message got;

	ck_assert_int_eq(channel_receive(ends[1], &got, buffer), -EAGAIN);
}
END_TEST

START_TEST(a_closed_side_is_an_end_for_both_ways)
{
	struct message m = message_of(MESSAGE_STOP, 0);
	struct message got;

	close(ends[0]);
	ck_assert_int_eq(channel_receive(ends[1], &got, buffer), -EPIPE);
	ck_assert_int_eq(channel_send(ends[1], &m), -EPIPE);
	ends[0] = -1;
}
END_TEST

START_TEST(a_side_that_does_not_read_is_not_waited_for)
{
	struct message m = message_of(MESSAGE_STOP, 0);
	int status = 0;

	for (int i = 0; i < 1000000 && status == 0; i++)
		status = channel_send(ends[0], &m);
	ck_assert_int_eq(status, -EAGAIN);
}
END_TEST

START_TEST(a_text_of_the_longest_length_fits_and_a_longer_one_is_cut_at_a_line)
{
	static char text[MESSAGE_TEXT_MAX + 10];
	struct message m = message_of(MESSAGE_REFUSED, 0);
	struct message got;

	memset(text, 'a', MESSAGE_TEXT_MAX);
	m.text = text;
	ck_assert_int_eq(channel_send(ends[0], &m), 0);
	ck_assert_int_eq(channel_receive(ends[1], &got, buffer), 0);
	ck_assert_uint_eq(strlen(got.text), MESSAGE_TEXT_MAX);
	memset(text, 'a', sizeof(text) - 1);
	text[100] = '\n';
	ck_assert_int_eq(channel_send(ends[0], &m), 0);
	ck_assert_int_eq(channel_receive(ends[1], &got, buffer), 0);
	ck_assert_uint_eq(strlen(got.text), 101);
}
END_TEST

START_TEST(something_else_than_a_message_is_refused)
{
	static char big[MESSAGE_TEXT_MAX + 100];
	struct message got;

	ck_assert_int_eq(send(ends[0], "abc", 3, 0), 3);
	ck_assert_int_eq(channel_receive(ends[1], &got, buffer), -EBADMSG);
	ck_assert_int_eq(send(ends[0], big, sizeof(big), 0), (ssize_t)sizeof(big));
	ck_assert_int_eq(channel_receive(ends[1], &got, buffer), -EBADMSG);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("channel");

	tcase_add_checked_fixture(tc, open_pair, close_pair);
	tcase_add_test(tc, a_message_arrives_with_its_numbers_and_text);
	tcase_add_test(tc, a_message_without_text_has_an_empty_one);
	tcase_add_test(tc, descriptors_arrive_and_can_be_closed);
	tcase_add_test(tc, nothing_there_is_not_an_end);
	tcase_add_test(tc, a_closed_side_is_an_end_for_both_ways);
	tcase_add_test(tc, a_side_that_does_not_read_is_not_waited_for);
	tcase_add_test(tc, a_text_of_the_longest_length_fits_and_a_longer_one_is_cut_at_a_line);
	tcase_add_test(tc, something_else_than_a_message_is_refused);
	return run_test_case(tc, "channel");
}
