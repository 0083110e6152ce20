/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests: addresses added to and removed from a real kernel in batches, each answered once and
 * truthfully, with libnl as the witness of what the kernel has.
 */
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <signal.h>

#include "netlink_world.h"

/*
 * How many addresses of the interface carry the protocol number; libnl does not know the attribute.
 */
static int count_tagged(const char *interface, uint8_t protocol)
{
	_Alignas(struct nlmsghdr) char buf[65536];
	struct mnl_socket *s = mnl_socket_open(NETLINK_ROUTE);
	struct nlmsghdr *message = mnl_nlmsg_put_header(buf);
	int32_t ifindex = ifindex_of("%s", interface);
	int count = 0;
	bool done = false;

	ck_assert_int_eq(mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID), 0);
	message->nlmsg_type = RTM_GETADDR;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(message, sizeof(struct ifaddrmsg));
	ck_assert_int_gt(mnl_socket_sendto(s, message, message->nlmsg_len), 0);
	while (!done) {
		int len = (int)mnl_socket_recvfrom(s, buf, sizeof(buf));

		ck_assert_int_gt(len, 0);
		for (message = (struct nlmsghdr *)buf; mnl_nlmsg_ok(message, len);
		     message = mnl_nlmsg_next(message, &len)) {
			const struct ifaddrmsg *info = mnl_nlmsg_get_payload(message);
			const struct nlattr *a;

			done |= message->nlmsg_type == NLMSG_DONE;
			if (message->nlmsg_type != RTM_NEWADDR ||
			    (int32_t)info->ifa_index != ifindex)
				continue;
			mnl_attr_for_each(a, message, sizeof(*info))
			{
				if (mnl_attr_get_type(a) == 11 && mnl_attr_get_u8(a) == protocol)
					count++;
			}
		}
	}
	mnl_socket_close(s);
	return count;
}

static struct vip nth_vip(int n)
{
	return (struct vip){ .addr = ip_from_v4(
				     (uint8_t[]){ 10, 7, (uint8_t)(n >> 8), (uint8_t)n }),
			     .prefix_len = 32 };
}

/* Adds or removes count addresses on a0 as fast as it goes, 64 at a time; microseconds. */
static int64_t change_many(int count, bool add)
{
	int64_t start = now_us();
	int32_t ifindex = ifindex_of("a0");

	answer_count = 0;
	for (int i = 0; i < count; i++) {
		struct vip vip = nth_vip(i);

		if (add)
			io_netlink_add(nl, ifindex, &vip);
		else
			io_netlink_remove(nl, ifindex, &vip);
		if ((i + 1) % NETLINK_IN_FLIGHT_MAX == 0)
			flush_and_wait(i + 1);
	}
	flush_and_wait(count);
	return now_us() - start;
}

START_TEST(thousand_addresses_are_added_in_chunks_and_removed_again)
{
	int64_t added_us = change_many(1000, true);

	for (int i = 0; i < 1000; i++) {
		ck_assert_int_eq(answers[i].error, 0);
		ck_assert(answers[i].add);
		ck_assert(ip_equal(answers[i].addr, nth_vip(i).addr));
	}
	ck_assert_int_eq(count_tagged("a0", ADDRESS_PROTOCOL), 1000);
	ck_assert(picture_is_true());
	/* nothing about our own changes is told besides the answers */
	tell_addresses = true;
	expect_told("");
	tell_addresses = false;

	int64_t removed_us = change_many(1000, false);

	ck_assert_int_eq(count_tagged("a0", ADDRESS_PROTOCOL), 0);
	ck_assert(picture_is_true());
	ck_assert_int_eq(trouble_count, 0);
	printf("1,000 addresses in chunks of 64: added in %.1f ms, removed in %.1f ms\n",
	       (double)added_us / 1000, (double)removed_us / 1000);
}
END_TEST

/* A request that the kernel refuses with EINVAL. */
static void queue_impossible(void)
{
	struct vip vip = { .addr = ip("10.7.0.3"), .prefix_len = 33 };

	io_netlink_add(nl, ifindex_of("a0"), &vip);
}

START_TEST(whole_batch_is_answered_in_order_with_each_error_at_its_own_request)
{
	tell_addresses = true;
	queue_add("a0", "10.7.0.1/32");
	queue_remove("a0", "10.7.0.99/32"); /* already gone */
	queue_add("a0", "10.0.0.1/24");     /* already there, and somebody else's */
	queue_impossible();
	queue_remove("a0", "10.7.0.1/32");
	flush_and_wait(5);
	expect_told("add 10.7.0.1/32: 0; remove 10.7.0.99/32: 0; add 10.0.0.1/24: 0; "
		    "add 10.7.0.3/33: 22; remove 10.7.0.1/32: 0; ");
	ck_assert(picture_is_true());
}
END_TEST

START_TEST(failure_of_the_last_request_does_not_hide_the_success_of_the_others)
{
	queue_add("a0", "10.7.0.1/32");
	queue_add("a0", "10.7.0.2/32");
	queue_impossible();
	flush_and_wait(3);
	ck_assert_int_eq(answers[0].error, 0);
	ck_assert_int_eq(answers[1].error, 0);
	ck_assert_int_eq(answers[2].error, EINVAL);
	ck_assert(kernel_has("a0", "10.7.0.1/32"));
	ck_assert(kernel_has("a0", "10.7.0.2/32"));
}
END_TEST

START_TEST(error_comes_with_the_kernels_own_explanation)
{
	struct vip vip = vip_of("10.0.0.9/24");

	vip.scope = RT_SCOPE_LINK; /* in the subnet of an address with another scope */
	io_netlink_add(nl, ifindex_of("a0"), &vip);
	flush_and_wait(1);
	ck_assert_int_eq(answers[0].error, EINVAL);
	ck_assert_str_ne(last_why, "");
}
END_TEST

START_TEST(adding_never_takes_an_address_from_its_owner)
{
	queue_add("a0", "10.0.0.1/24");
	flush_and_wait(1);
	ck_assert_int_eq(answers[0].error, 0);
	ck_assert_int_eq(count_tagged("a0", ADDRESS_PROTOCOL), 0);
}
END_TEST

START_TEST(absent_interface_is_an_error_for_adding_and_none_for_removing)
{
	struct vip vip = vip_of("10.7.0.1/32");

	io_netlink_add(nl, 4711, &vip);
	io_netlink_remove(nl, 4711, &vip);
	flush_and_wait(2);
	ck_assert_int_eq(answers[0].error, ENODEV);
	ck_assert_int_eq(answers[1].error, 0);
}
END_TEST

START_TEST(address_is_held_as_the_vip_says)
{
	struct vip vip = vip_of("192.0.2.10/24");
	struct rtnl_addr *a;
	char text[64];

	vip.broadcast = ip("192.0.2.255");
	vip.scope = RT_SCOPE_LINK;
	vip.deprecated = true;
	strcpy(vip.label, "a0:vip");
	io_netlink_add(nl, ifindex_of("a0"), &vip);
	flush_and_wait(1);
	ck_assert_int_eq(answers[0].error, 0);
	a = kernel_address("a0", "192.0.2.10/24");
	ck_assert_ptr_nonnull(a);
	ck_assert_str_eq(rtnl_addr_get_label(a), "a0:vip");
	ck_assert_int_eq(rtnl_addr_get_scope(a), RT_SCOPE_LINK);
	ck_assert_str_eq(nl_addr2str(rtnl_addr_get_broadcast(a), text, sizeof(text)),
			 "192.0.2.255");
	ck_assert_uint_eq(rtnl_addr_get_flags(a) & (IFA_F_DEPRECATED | IFA_F_PERMANENT),
			  IFA_F_DEPRECATED | IFA_F_PERMANENT);
	rtnl_addr_put(a);
}
END_TEST

START_TEST(plain_vip_is_global_permanent_and_brings_its_connected_route)
{
	struct rtnl_addr *a;

	queue_add("a0", "192.0.2.10/24");
	flush_and_wait(1);
	a = kernel_address("a0", "192.0.2.10/24");
	ck_assert_ptr_nonnull(a);
	ck_assert_int_eq(rtnl_addr_get_scope(a), RT_SCOPE_UNIVERSE);
	ck_assert_uint_eq(rtnl_addr_get_flags(a), IFA_F_PERMANENT);
	ck_assert_ptr_null(rtnl_addr_get_broadcast(a));
	rtnl_addr_put(a);
	sh("ip route show 192.0.2.0/24 dev a0 | grep -q 192.0.2.10");
}
END_TEST

START_TEST(ipv6_address_is_added_without_detection_and_removed)
{
	struct rtnl_addr *a;

	sh("echo 0 > /proc/sys/net/ipv6/conf/a0/disable_ipv6");
	queue_add("a0", "2001:db8::10/64");
	flush_and_wait(1);
	ck_assert_int_eq(answers[0].error, 0);
	a = kernel_address("a0", "2001:db8::10/64");
	ck_assert_ptr_nonnull(a);
	ck_assert_uint_eq(rtnl_addr_get_flags(a) & (IFA_F_NODAD | IFA_F_TENTATIVE), IFA_F_NODAD);
	rtnl_addr_put(a);
	ck_assert_int_eq(count_tagged("a0", ADDRESS_PROTOCOL), 1);

	/* one after the other: "already there" may come before it was told, and a dump decides then */
	queue_add("a0", "2001:db8::10/64");
	flush_and_wait(2);
	queue_remove("a0", "2001:db8::10/64");
	flush_and_wait(3);
	queue_remove("a0", "2001:db8::10/64");
	flush_and_wait(4);
	for (int i = 1; i < 4; i++)
		ck_assert_int_eq(answers[i].error, 0);
	ck_assert(!kernel_has("a0", "2001:db8::10/64"));
}
END_TEST

START_TEST(address_that_another_host_has_is_told_of_and_cannot_be_added)
{
	only_vip = ip("2001:db8::9");
	sh("echo 0 > /proc/sys/net/ipv6/conf/a0/disable_ipv6;"
	   "echo 0 > /proc/sys/net/ipv6/conf/b0/disable_ipv6;"
	   "ip addr add 2001:db8::9/64 dev b0 nodad; ip addr add 2001:db8::9/64 dev a0");
	while (!strstr(told, "2001:db8::9 of a0 is a duplicate"))
		take_in_more();
	queue_add("a0", "2001:db8::9/64");
	flush_and_wait(1);
	ck_assert_int_eq(answers[0].error, EADDRNOTAVAIL);
	ck_assert_ptr_nonnull(strstr(last_why, "duplicate address detection"));
	/* once it is gone it can */
	sh("ip addr del 2001:db8::9/64 dev a0");
	take_in();
	queue_add("a0", "2001:db8::9/64");
	flush_and_wait(2);
	ck_assert_int_eq(answers[1].error, 0);
}
END_TEST

/* ---- the kernel takes more than it was asked to ---- */

START_TEST(removing_a_primary_address_tells_which_others_went_with_it)
{
	sh("echo 0 > /proc/sys/net/ipv4/conf/a0/promote_secondaries");
	queue_add("a0", "192.0.2.10/24"); /* first of its subnet: primary */
	queue_add("a0", "192.0.2.11/24");
	flush_and_wait(2);
	sh("ip addr add 192.0.2.99/24 dev a0");
	take_in();
	tell_addresses = true;
	queue_remove("a0", "192.0.2.10/24");
	flush_and_wait(3);
	expect_told("-192.0.2.11/24 ours; -192.0.2.99/24; remove 192.0.2.10/24: 0; ");
	ck_assert(!kernel_has("a0", "192.0.2.99/24"));
	ck_assert(picture_is_true());
}
END_TEST

START_TEST(address_added_and_lost_again_in_one_batch_is_known_to_be_lost)
{
	sh("echo 0 > /proc/sys/net/ipv4/conf/a0/promote_secondaries");
	queue_add("a0", "192.0.2.10/24");
	flush_and_wait(1);
	tell_addresses = true;
	queue_add("a0", "192.0.2.11/24");
	queue_remove("a0", "192.0.2.10/24");
	queue_remove("a0", "192.0.2.11/24");
	flush_and_wait(4);
	expect_told("add 192.0.2.11/24: 0; -192.0.2.11/24 ours; remove 192.0.2.10/24: 0; "
		    "remove 192.0.2.11/24: 0; ");
	ck_assert(picture_is_true());
}
END_TEST

START_TEST(promoted_addresses_stay_known)
{
	sh("echo 1 > /proc/sys/net/ipv4/conf/a0/promote_secondaries");
	queue_add("a0", "192.0.2.10/24");
	queue_add("a0", "192.0.2.11/24");
	flush_and_wait(2);
	sh("ip addr add 192.0.2.99/24 dev a0");
	tell_addresses = true;
	take_in();
	told[0] = '\0';
	queue_remove("a0", "192.0.2.10/24");
	flush_and_wait(3);
	expect_told("remove 192.0.2.10/24: 0; ");
	ck_assert(kernel_has("a0", "192.0.2.11/24"));
	ck_assert(picture_is_true());
}
END_TEST

/* ---- limits and losses ---- */

START_TEST(limit_of_unanswered_requests_is_held)
{
	for (int i = 0; i < NETLINK_IN_FLIGHT_MAX; i++) {
		struct vip vip = nth_vip(i);

		io_netlink_add(nl, ifindex_of("a0"), &vip);
		if (i == 40)
			ck_assert_int_eq(io_netlink_flush(nl), 0);
	}
	flush_and_wait(NETLINK_IN_FLIGHT_MAX);
	ck_assert(picture_is_true());
}
END_TEST

#ifndef NDEBUG
START_TEST(one_request_past_the_limit_is_a_bug)
{
	struct vip vip = nth_vip(0);

	for (int i = 0; i <= NETLINK_IN_FLIGHT_MAX; i++)
		io_netlink_add(nl, ifindex_of("a0"), &vip);
}
END_TEST
#endif

START_TEST(flushing_nothing_sends_nothing)
{
	ck_assert_int_eq(io_netlink_flush(nl), 0);
	ck_assert(!wait_readable(io_netlink_fd(nl), 0));
}
END_TEST

START_TEST(every_request_is_answered_although_the_answers_were_lost)
{
	int bytes = 1; /* the kernel makes its minimum of it: room for a few answers */

	ck_assert_int_eq(
		setsockopt(io_netlink_fd(nl), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)), 0);
	for (int i = 0; i < NETLINK_IN_FLIGHT_MAX - 1; i++) {
		struct vip vip = nth_vip(i);

		io_netlink_add(nl, ifindex_of("a0"), &vip);
	}
	queue_impossible(); /* fails, and its error is lost too */
	flush_and_wait(NETLINK_IN_FLIGHT_MAX);
	ck_assert_int_gt(trouble_count, 0);
	for (int i = 0; i < NETLINK_IN_FLIGHT_MAX - 1; i++)
		ck_assert_int_eq(answers[i].error, 0);
	ck_assert_int_eq(answers[NETLINK_IN_FLIGHT_MAX - 1].error, ENOBUFS);
	ck_assert_str_ne(last_why, "");
	ck_assert(picture_is_true());
}
END_TEST

/* From now on the kernel's answers do not reach the socket, and nothing says so. */
static void lose_answers(bool lose)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { .len = 1, .filter = &drop };

	ck_assert_int_eq(setsockopt(io_netlink_fd(nl), SOL_SOCKET,
				    lose ? SO_ATTACH_FILTER : SO_DETACH_FILTER, &program,
				    sizeof(program)),
			 0);
}

START_TEST(request_that_is_never_answered_is_found_out_about)
{
	queue_add("a0", "10.9.0.1/24");
	queue_impossible();
	lose_answers(true);
	ck_assert_int_eq(io_netlink_flush(nl), 0);
	lose_answers(false);
	ck_assert(io_netlink_waiting(nl));
	ck_assert_int_eq(answer_count, 0);
	/* nothing is there to be read, and that is what tells it */
	io_netlink_readable(nl);
	flush_and_wait(2);
	ck_assert_int_eq(answers[0].error, 0);
	ck_assert_int_eq(answers[1].error, ENOBUFS);
	ck_assert(!io_netlink_waiting(nl));
	ck_assert(picture_is_true());
}
END_TEST

/* Of changes to addresses nothing is told any more. */
static void go_deaf(void)
{
	int group = RTNLGRP_IPV4_IFADDR;

	ck_assert_int_eq(setsockopt(io_netlink_fd(nl), SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, &group,
				    sizeof(group)),
			 0);
}

START_TEST(already_there_is_not_believed_of_an_address_that_was_never_seen)
{
	go_deaf();
	sh("ip addr add 10.9.0.1/24 dev a0");
	tell_addresses = true;
	queue_add("a0", "10.9.0.1/24");
	flush_and_wait(1);
	/* a dump told what there is before the request was answered */
	expect_told("+10.9.0.1/24; add 10.9.0.1/24: 0; ");
	ck_assert(picture_is_true());
}
END_TEST

START_TEST(already_gone_is_not_believed_of_an_address_that_is_known)
{
	sh("ip addr add 10.9.0.1/24 dev a0; ip addr add 10.9.0.2/32 dev a0");
	take_in();
	go_deaf();
	sh("ip addr del 10.9.0.1/24 dev a0; ip addr del 10.9.0.2/32 dev a0");
	tell_addresses = true;
	queue_remove("a0", "10.9.0.1/24");
	flush_and_wait(1);
	expect_told("-10.9.0.1/24; -10.9.0.2/32; remove 10.9.0.1/24: 0; ");
	ck_assert(picture_is_true());
}
END_TEST

START_TEST(what_cannot_be_sent_is_answered_when_it_is_given_up)
{
	queue_add("a0", "10.9.0.1/24");
	queue_add("a1", "10.9.0.2/24");
	io_netlink_give_up(nl, EPERM);
	ck_assert_int_eq(answer_count, 2);
	ck_assert_int_eq(answers[0].error, EPERM);
	ck_assert_int_eq(answers[1].error, EPERM);
	ck_assert_str_ne(last_why, "");
	ck_assert(!io_netlink_waiting(nl));
	ck_assert_int_eq(io_netlink_flush(nl), 0);
	ck_assert(!kernel_has("a0", "10.9.0.1/24"));
	/* and it works again */
	queue_add("a0", "10.9.0.1/24");
	flush_and_wait(3);
	ck_assert(kernel_has("a0", "10.9.0.1/24"));
}
END_TEST

START_TEST(giving_up_spares_what_was_sent)
{
	queue_add("a0", "10.9.0.1/24");
	ck_assert_int_eq(io_netlink_flush(nl), 0);
	queue_add("a0", "10.9.0.2/24");
	io_netlink_give_up(nl, EPERM);
	ck_assert_int_eq(answer_count, 1);
	ck_assert_int_eq(answers[0].error, EPERM);
	flush_and_wait(2);
	ck_assert_int_eq(answers[1].error, 0);
	ck_assert(picture_is_true());
}
END_TEST

START_TEST(without_the_capability_it_says_which_one)
{
	struct io_netlink *other = NULL;
	const char *what = "";

	drop_capability(CAP_NET_ADMIN);
	ck_assert_int_eq(io_netlink_open(&other, &test_handler, &what), -EPERM);
	ck_assert_ptr_nonnull(strstr(what, "CAP_NET_ADMIN"));
	ck_assert_ptr_null(other);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("io_netlink");

	world_require_root();
	tcase_add_checked_fixture(tc, netlink_world_begin, netlink_world_end);
	tcase_add_test(tc, thousand_addresses_are_added_in_chunks_and_removed_again);
	tcase_add_test(tc, whole_batch_is_answered_in_order_with_each_error_at_its_own_request);
	tcase_add_test(tc, failure_of_the_last_request_does_not_hide_the_success_of_the_others);
	tcase_add_test(tc, error_comes_with_the_kernels_own_explanation);
	tcase_add_test(tc, adding_never_takes_an_address_from_its_owner);
	tcase_add_test(tc, absent_interface_is_an_error_for_adding_and_none_for_removing);
	tcase_add_test(tc, address_is_held_as_the_vip_says);
	tcase_add_test(tc, plain_vip_is_global_permanent_and_brings_its_connected_route);
	tcase_add_test(tc, ipv6_address_is_added_without_detection_and_removed);
	tcase_add_test(tc, address_that_another_host_has_is_told_of_and_cannot_be_added);
	tcase_add_test(tc, removing_a_primary_address_tells_which_others_went_with_it);
	tcase_add_test(tc, address_added_and_lost_again_in_one_batch_is_known_to_be_lost);
	tcase_add_test(tc, promoted_addresses_stay_known);
	tcase_add_test(tc, limit_of_unanswered_requests_is_held);
#ifndef NDEBUG
	tcase_add_test_raise_signal(tc, one_request_past_the_limit_is_a_bug, SIGABRT);
#endif
	tcase_add_test(tc, flushing_nothing_sends_nothing);
	tcase_add_test(tc, request_that_is_never_answered_is_found_out_about);
	tcase_add_test(tc, already_there_is_not_believed_of_an_address_that_was_never_seen);
	tcase_add_test(tc, already_gone_is_not_believed_of_an_address_that_is_known);
	tcase_add_test(tc, what_cannot_be_sent_is_answered_when_it_is_given_up);
	tcase_add_test(tc, giving_up_spares_what_was_sent);
	tcase_add_test(tc, every_request_is_answered_although_the_answers_were_lost);
	tcase_add_test(tc, without_the_capability_it_says_which_one);
	return run_test_case(tc, "io_netlink");
}
