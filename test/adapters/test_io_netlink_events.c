/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events: what others do to links and addresses of a real kernel is told, also when there was too
 * much of it at once. What must be true in the end is judged by libnl.
 */
#include <signal.h>
#include <sys/wait.h>

#include "netlink_world.h"

START_TEST(first_picture_is_told_before_synced)
{
	io_netlink_close(nl);
	sh("ip addr add 10.0.0.77/32 dev a0; ip link set a1 down");
	tell_addresses = true;
	open_nl();
	/* links first (their addresses are not known yet), then addresses, then sources */
	expect_told("a0 up none; a1 down none; +10.0.0.1/24; +10.0.0.77/32; +10.0.1.1/24; "
		    "a0 up 10.0.0.1; a1 down 10.0.1.1; ");
	ck_assert_int_eq(synced_count, 1);
	ck_assert(picture_is_true());
}
END_TEST

START_TEST(thousands_of_addresses_are_there_when_it_opens)
{
	FILE *f = ip_batch();

	io_netlink_close(nl);
	for (int i = 0; i < 5000; i++)
		fprintf(f, "addr add 10.8.%d.%d/32 dev a%d\n", i / 250, i % 250, i % 2);
	ip_batch_end(f);
	open_nl();
	ck_assert_int_eq(pictured_count, 5002);
	ck_assert(picture_is_true());
}
END_TEST

START_TEST(nothing_is_told_where_nothing_changed)
{
	int settled = settled_count;

	tell_addresses = true;
	io_netlink_resync(nl);
	expect_told("");
	ck_assert_int_eq(synced_count, 1);
	ck_assert_int_gt(settled_count, settled);
	ck_assert(!io_netlink_stale(nl));
}
END_TEST

START_TEST(addresses_of_others_are_told)
{
	tell_addresses = true;
	sh("ip addr add 10.0.0.5/24 dev a0; ip addr add 10.0.0.6/24 dev lo;"
	   "ip addr del 10.0.0.5/24 dev a0");
	expect_told("+10.0.0.5/24; -10.0.0.5/24; ");
}
END_TEST

START_TEST(our_address_removed_by_somebody_is_told_as_ours)
{
	queue_add("a0", "192.0.2.10/24");
	flush_and_wait(1);
	tell_addresses = true;
	sh("ip addr del 192.0.2.10/24 dev a0");
	expect_told("-192.0.2.10/24 ours; ");
}
END_TEST

START_TEST(our_address_replaced_by_somebody_is_told_as_theirs)
{
	queue_add("a0", "192.0.2.10/24");
	flush_and_wait(1);
	tell_addresses = true;
	/* iproute2 knows no protocol numbers here and so takes the tag away */
	sh("ip addr replace 192.0.2.10/24 dev a0 preferred_lft 100 valid_lft 100");
	expect_told("+192.0.2.10/24; ");
}
END_TEST

START_TEST(interface_down_and_up_is_told)
{
	sh("ip link set a0 down");
	expect_told("a0 down 10.0.0.1; ");
	sh("ip link set a0 up");
	wait_told("a0 up 10.0.0.1; ");
}
END_TEST

START_TEST(lost_carrier_is_told)
{
	sh("ip link set b0 down");
	wait_told("a0 down 10.0.0.1; ");
	sh("ip link set b0 up");
	wait_told("a0 up 10.0.0.1; ");
}
END_TEST

START_TEST(deleted_interface_takes_its_addresses_along_and_a_new_one_is_another)
{
	int32_t old = ifindex_of("a0");

	queue_add("a0", "192.0.2.10/24");
	flush_and_wait(1);
	tell_addresses = true;
	sh("ip link del a0");
	take_in();
	ck_assert_ptr_nonnull(strstr(told, "-10.0.0.1/24; "));
	ck_assert_ptr_nonnull(strstr(told, "-192.0.2.10/24 ours; "));
	ck_assert_str_eq(told + strlen(told) - strlen("a0 gone; "), "a0 gone; ");
	told[0] = '\0';
	sh("ip link add a0 type veth peer name b0; ip addr add 10.0.0.2/24 dev a0");
	expect_told("a0 down none; +10.0.0.2/24; a0 down 10.0.0.2; ");
	ck_assert_int_ne(ifindex_of("a0"), old);
	ck_assert(picture_is_true());
}
END_TEST

START_TEST(renamed_interface_is_gone_under_its_old_name_and_new_under_the_other)
{
	sh("ip link set a0 down; ip link set a0 name lan");
	expect_told("a0 down 10.0.0.1; a0 gone; lan down 10.0.0.1; ");
	sh("ip link set lan name elsewhere");
	expect_told("lan gone; ");
	sh("ip link set elsewhere name a0");
	expect_told("a0 down 10.0.0.1; ");
	ck_assert(picture_is_true());
}
END_TEST

START_TEST(interface_moved_to_another_namespace_is_gone)
{
	/* a namespace that lives as long as the process that has it */
	sh("unshare -n sleep 30 & pid=$!;"
	   "own=$(readlink /proc/self/ns/net);"
	   "until [ \"$(readlink /proc/$pid/ns/net)\" != \"$own\" ]; do :; "
	   "done; ip link set a0 netns $pid; kill $pid");
	take_in();
	ck_assert_ptr_nonnull(strstr(told, "a0 gone; "));
}
END_TEST

START_TEST(mac_and_mtu_are_told)
{
	sh("ip link set a0 mtu 1400");
	expect_told("a0 up 10.0.0.1; ");
	sh("ip link set a0 address 02:00:00:00:00:99");
	expect_told("a0 up 10.0.0.1; ");
	sh("ip link set a0 alias something"); /* nobody's business */
	expect_told("");
}
END_TEST

START_TEST(joining_and_leaving_a_bridge_is_not_the_end_of_an_interface)
{
	/* the kernel sends RTM_DELLINK of the bridge family when a port leaves */
	sh("ip link add br0 type bridge; ip link set a0 master br0; ip link set a0 nomaster");
	take_in();
	ck_assert_ptr_null(strstr(told, "gone"));
}
END_TEST

START_TEST(source_follows_the_addresses)
{
	sh("ip addr add 10.0.0.2/24 dev a0");
	expect_told("");
	sh("ip addr add 10.5.0.1/24 dev a0; ip addr del 10.0.0.1/24 dev a0");
	expect_told("a0 up 10.5.0.1; "); /* 10.0.0.2 was secondary and went too */
	only_vip = ip("10.5.0.1");
	io_netlink_reconsider(nl);
	expect_told("a0 up 10.5.0.1; a1 up 10.0.1.1; "); /* the owner's own */
	sh("ip addr add 10.6.0.1/24 dev a0");
	expect_told("a0 up 10.6.0.1; ");
	sh("ip addr flush dev a0");
	take_in();
	ck_assert_str_eq(told + strlen(told) - strlen("a0 up none; "), "a0 up none; ");
}
END_TEST

/* ---- what a dead daemon left ---- */

static char tagged[1024];

static void collect(void *ctx, int32_t ifindex, const char *name, const struct vip *vip)
{
	char text[IP_PREFIX_TEXT_MAX];
	size_t len = strlen(tagged);

	ck_assert_ptr_eq(ctx, tagged);
	ck_assert_int_eq(ifindex, ifindex_of("%s", name));
	snprintf(tagged + len, sizeof(tagged) - len, "%s %s; ", name,
		 ip_prefix_text(vip->addr, vip->prefix_len, text));
	io_netlink_remove(nl, ifindex, vip);
}

START_TEST(leftovers_are_found_by_a_successor_and_can_be_removed)
{
	queue_add("a0", "192.0.2.10/24");
	queue_add("a0", "10.0.0.10/24");
	queue_add("b1", "192.0.2.11/32"); /* of an interface that is not used any more */
	flush_and_wait(3);
	io_netlink_close(nl);
	open_nl();
	io_netlink_for_each_tagged(nl, collect, tagged);
	ck_assert_str_eq(tagged, "a0 192.0.2.10/24; a0 10.0.0.10/24; b1 192.0.2.11/32; ");
	flush_and_wait(3);
	ck_assert(!kernel_has("a0", "192.0.2.10/24"));
	ck_assert(!kernel_has("a0", "10.0.0.10/24"));
	ck_assert(!kernel_has("b1", "192.0.2.11/32"));
	ck_assert(picture_is_true());
}
END_TEST

/* ---- storms ---- */

START_TEST(change_that_makes_a_running_dump_skip_something_is_noticed)
{
	FILE *f = ip_batch();

	io_netlink_close(nl);
	for (int i = 0; i < 3000; i++)
		fprintf(f, "addr add 10.8.%d.%d/32 dev a0\n", i / 250, i % 250);
	ip_batch_end(f);
	/* the kernel goes on at the n-th address, which is now another one */
	command_during_telling = "for i in 0 1 2 3 4; do ip addr del 10.8.0.$i/32 dev a0; done";
	open_nl();
	ck_assert_ptr_null(command_during_telling);
	ck_assert_int_eq(pictured_count, 2997);
	ck_assert(picture_is_true());
}
END_TEST

static void shrink_receive_buffer(int bytes)
{
	int fd = io_netlink_fd(nl);

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)), 0);
}

START_TEST(change_that_is_dropped_without_a_word_during_a_dump_is_found)
{
	shrink_receive_buffer(65536);
	sh("for i in $(seq 250); do echo addr add 10.9.0.$i/32 dev a0; done | ip -batch -");
	sh("for i in $(seq 250); do echo addr del 10.9.0.$i/32 dev a0; done | ip -batch -");
	/*
	 * having said once that the buffer overran, the kernel drops in silence until it was empty
	 */
	ck_assert(io_netlink_readable(nl));
	ck_assert_int_eq(trouble_count, 1);
	io_netlink_resync(nl);
	sh("ip link set a0 down");
	told[0] = '\0';
	expect_told("a0 down 10.0.0.1; ");
	ck_assert_int_eq(trouble_count, 1);
	ck_assert(picture_is_true());
}
END_TEST

/* Somebody else who changes addresses as fast as iproute2 can; his pid. */
static pid_t start_storm(int rounds)
{
	pid_t pid = fork();
	FILE *f;

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	f = popen("ip -force -batch - 2>/dev/null", "w");
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < 500; i++)
			fprintf(f, "addr add 10.9.%d.%d/32 dev a%d\n", i / 250, i % 250, i % 2);
		/* every round leaves another few in the end */
		for (int i = 0; i < 500; i++)
			if (i % 100 != round)
				fprintf(f, "addr del 10.9.%d.%d/32 dev a%d\n", i / 250, i % 250,
					i % 2);
	}
	pclose(f);
	_exit(0);
}

START_TEST(picture_is_true_after_a_storm_that_overran_the_buffer)
{
	pid_t pid;
	int status;

	shrink_receive_buffer(16384);
	pid = start_storm(20);
	/* a process that is held up now and then: it reads only when the buffer is full */
	while (waitpid(pid, &status, WNOHANG) == 0) {
		poll(NULL, 0, 20);
		take_in();
	}
	ck_assert_int_gt(trouble_count, 0);
	while (io_netlink_stale(nl))
		take_in_more();
	take_in();
	ck_assert(picture_is_true());
	ck_assert_int_gt(pictured_count, 2);
}
END_TEST

START_TEST(our_changes_in_the_middle_of_a_storm_are_all_answered_and_true)
{
	int asked = 0, status;
	pid_t pid;

	shrink_receive_buffer(16384);
	pid = start_storm(20);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		char text[64];

		for (int i = 0; i < 40; i++, asked++) {
			snprintf(text, sizeof(text), "192.168.%d.1/32", i);
			(asked / 40 % 2 ? queue_remove : queue_add)("a0", text);
		}
		flush_and_wait(asked);
	}
	while (io_netlink_stale(nl))
		take_in_more();
	take_in();
	ck_assert_int_gt(trouble_count, 0);
	ck_assert_int_gt(asked, 40);
	ck_assert_int_eq(failed_answers, 0);
	ck_assert(picture_is_true());
}
END_TEST

START_TEST(dumps_that_overlap_with_changes_end_in_the_truth)
{
	pid_t pid = start_storm(10);
	int status, dumps = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		io_netlink_resync(nl);
		dumps++;
		take_in();
	}
	take_in();
	ck_assert_int_gt(dumps, 20);
	ck_assert_int_eq(trouble_count, 0);
	ck_assert(!io_netlink_stale(nl));
	ck_assert(picture_is_true());
}
END_TEST

START_TEST(opening_during_a_storm_ends_in_the_truth)
{
	pid_t pid = start_storm(5);
	int status;

	for (int i = 0; i < 10; i++) {
		io_netlink_close(nl);
		open_nl();
	}
	while (waitpid(pid, &status, WNOHANG) == 0)
		take_in();
	take_in();
	ck_assert(picture_is_true());
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("io_netlink_events");

	world_require_root();
	tcase_add_checked_fixture(tc, netlink_world_begin, netlink_world_end);
	tcase_add_test(tc, first_picture_is_told_before_synced);
	tcase_add_test(tc, thousands_of_addresses_are_there_when_it_opens);
	tcase_add_test(tc, nothing_is_told_where_nothing_changed);
	tcase_add_test(tc, addresses_of_others_are_told);
	tcase_add_test(tc, our_address_removed_by_somebody_is_told_as_ours);
	tcase_add_test(tc, our_address_replaced_by_somebody_is_told_as_theirs);
	tcase_add_test(tc, interface_down_and_up_is_told);
	tcase_add_test(tc, lost_carrier_is_told);
	tcase_add_test(tc, deleted_interface_takes_its_addresses_along_and_a_new_one_is_another);
	tcase_add_test(tc, renamed_interface_is_gone_under_its_old_name_and_new_under_the_other);
	tcase_add_test(tc, interface_moved_to_another_namespace_is_gone);
	tcase_add_test(tc, mac_and_mtu_are_told);
	tcase_add_test(tc, joining_and_leaving_a_bridge_is_not_the_end_of_an_interface);
	tcase_add_test(tc, source_follows_the_addresses);
	tcase_add_test(tc, leftovers_are_found_by_a_successor_and_can_be_removed);
	tcase_add_test(tc, change_that_makes_a_running_dump_skip_something_is_noticed);
	tcase_add_test(tc, change_that_is_dropped_without_a_word_during_a_dump_is_found);
	tcase_add_test(tc, picture_is_true_after_a_storm_that_overran_the_buffer);
	tcase_add_test(tc, our_changes_in_the_middle_of_a_storm_are_all_answered_and_true);
	tcase_add_test(tc, dumps_that_overlap_with_changes_end_in_the_truth);
	tcase_add_test(tc, opening_during_a_storm_ends_in_the_truth);
	return run_test_case(tc, "io_netlink_events");
}
