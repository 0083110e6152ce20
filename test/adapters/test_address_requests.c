/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much of what is queued goes to the kernel at once: all of it to a fast one, a few at a time to one that takes long, and each
 * part with an end of its own that is acknowledged.
 */
#include "address_requests.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "unit.h"

static struct address_requests q;

static void empty_queue(void)
{
	memset(&q, 0, sizeof(q));
}

static void queue(uint32_t first_seq, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct vip vip = { .prefix_len = 32 };
		char text[IP_TEXT_MAX];

		snprintf(text, sizeof(text), "192.0.2.%u", (unsigned)(first_seq + i));
		ck_assert_int_eq(ip_parse(text, &vip.addr), 0);
		address_requests_queue(&q, first_seq + i, true, 2, &vip);
	}
}

/* "1 2 3!": the numbers of what would be sent, marked where an acknowledgement is asked for. */
static const char *to_send(uint32_t max)
{
	static char text[512];
	size_t len = address_requests_make_ready(&q, max), at = 0;
	int used = 0;

	text[0] = '\0';
	while (at < len) {
		const struct nlmsghdr *m = (const struct nlmsghdr *)(q.batch + at);

		used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%u%s",
				 at == 0 ? "" : " ", m->nlmsg_seq,
				 (m->nlmsg_flags & NLM_F_ACK) ? "!" : "");
		at += NLMSG_ALIGN(m->nlmsg_len);
	}
	ck_assert_uint_eq(at, len);
	return text;
}

START_TEST(all_goes_at_once_where_there_is_room)
{
	queue(1, 4);
	ck_assert_str_eq(to_send(64), "1 2 3 4!");
	address_requests_were_sent(&q);
	ck_assert_str_eq(to_send(64), "");
}
END_TEST

START_TEST(the_oldest_go_first_and_the_others_after_them)
{
	queue(1, 5);
	ck_assert_str_eq(to_send(2), "1 2!");
	address_requests_were_sent(&q);
	ck_assert_uint_eq(address_requests_find(&q, 1)->last_seq, 2);
	ck_assert_ptr_null(address_requests_find(&q, 3));
	queue(6, 1);
	ck_assert_str_eq(to_send(2), "3 4!");
	address_requests_were_sent(&q);
	ck_assert_str_eq(to_send(2), "5 6!");
	address_requests_were_sent(&q);
	ck_assert_uint_eq(address_requests_find(&q, 1)->last_seq, 2);
	ck_assert_uint_eq(address_requests_find(&q, 5)->last_seq, 6);
	ck_assert_str_eq(to_send(2), "");
}
END_TEST

START_TEST(what_could_not_be_sent_is_made_ready_again_with_more_or_less_in_it)
{
	queue(1, 3);
	ck_assert_str_eq(to_send(2), "1 2!");
	ck_assert_str_eq(to_send(64), "1 2 3!");
	ck_assert_str_eq(to_send(1), "1!");
}
END_TEST

START_TEST(what_is_staged_goes_with_its_address)
{
	struct vip vip = { .prefix_len = 32 };

	ck_assert_int_eq(ip_parse("192.0.2.1", &vip.addr), 0);
	queue(1, 1);
	address_requests_stage(&q, 2, 2, &vip);
	queue(3, 1);
	address_requests_stage(&q, 4, 2, &vip);
	ck_assert_str_eq(to_send(1), "1! 2");
	address_requests_were_sent(&q);
	ck_assert_str_eq(to_send(1), "3! 4");
}
END_TEST

START_TEST(what_is_given_up_is_not_sent_with_what_comes_after_it)
{
	queue(1, 3);
	ck_assert_str_eq(to_send(1), "1!");
	address_requests_were_sent(&q);
	address_requests_drop_batch(&q);
	queue(4, 1);
	ck_assert_str_eq(to_send(64), "4!");
	address_requests_were_sent(&q);
	for (uint32_t seq = 2; seq <= 3; seq++) {
		struct address_request *r = address_requests_find_dropped(&q);

		ck_assert_uint_eq(r->seq, seq);
		ck_assert_int_eq(address_requests_answer(&q, r, EPERM).error, EPERM);
	}
	ck_assert_ptr_null(address_requests_find_dropped(&q));
	ck_assert_ptr_nonnull(address_requests_find(&q, 1));
	ck_assert_ptr_nonnull(address_requests_find(&q, 4));
}
END_TEST

START_TEST(a_slow_kernel_is_asked_for_less_at_once_and_a_fast_one_for_more)
{
	ck_assert_uint_eq(address_requests_pace(64, span_ms(ADDRESSES_SLOW_MS)), 64);
	ck_assert_uint_eq(address_requests_pace(64, span_ms(ADDRESSES_SLOW_MS + 1)), 32);
	ck_assert_uint_eq(address_requests_pace(1, span_ms(1000)), 1);
	ck_assert_uint_eq(address_requests_pace(7, span_ms(ADDRESSES_FAST_MS)), 7);
	ck_assert_uint_eq(address_requests_pace(7, span_ms(ADDRESSES_FAST_MS - 1)), 14);
	ck_assert_uint_eq(address_requests_pace(40, span_ms(0)), NETLINK_IN_FLIGHT_MAX);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("address requests");

	tcase_add_checked_fixture(tc, empty_queue, NULL);
	tcase_add_test(tc, all_goes_at_once_where_there_is_room);
	tcase_add_test(tc, the_oldest_go_first_and_the_others_after_them);
	tcase_add_test(tc, what_could_not_be_sent_is_made_ready_again_with_more_or_less_in_it);
	tcase_add_test(tc, what_is_staged_goes_with_its_address);
	tcase_add_test(tc, what_is_given_up_is_not_sent_with_what_comes_after_it);
	tcase_add_test(tc, a_slow_kernel_is_asked_for_less_at_once_and_a_fast_one_for_more);
	return run_test_case(tc, "address_requests");
}
