/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The link of a virtual MAC: what the kernel is asked for, where advertisements go without it, links that only look like it, parents that are
 * another one, and people who take it away.
 */
#include "link_bench.h"

/* ---- what is asked of the kernel ---- */

START_TEST(a_link_is_asked_for_with_all_that_a_kernel_has_to_know)
{
	const struct action *a;
	struct bench b;

	bench_init(&b, 100);
	kit_add_simple(&b.kit, "lan", 52, 100, "192.0.2.200/24");
	b.kit.instances[1].virtual_mac = true;
	open_bench(&b, 0);
	ck_assert_str_eq(actions(&b), "0.save 1.save 1.make:vrrp4-5-52 ");
	a = &b.last[ACTION_LINK];
	ck_assert_uint_eq(a->vrouter, 1);
	ck_assert_int_eq(a->ifindex, 0);
	ck_assert(mac_equal(a->mac, mac_virtual(IP_V4, 52)));
	ck_assert_int_eq(a->link.parent, ETH0);
	ck_assert_int_eq(a->link.family, IP_V4);
	bench_done(&b);
}
END_TEST

START_TEST(a_link_that_is_there_is_named_by_its_number)
{
	struct bench b;

	open_as_backup_with_link(&b);
	tick(&b, 3700);
	ck_assert_int_eq(b.last[ACTION_LINK].link.op, LINK_RAISE);
	ck_assert_int_eq(b.last[ACTION_LINK].ifindex, LINK);
	bench_done(&b);
}
END_TEST

START_TEST(who_has_no_virtual_mac_touches_no_link_be_it_one_of_ours)
{
	struct event_link other = link_standing();
	struct bench b;

	bench_init(&b, 255);
	b.kit.instances[0].announce.count = 1;
	bench_make_engine(&b, LEFTOVERS);
	strcpy(other.name, "eth0");
	other.ifindex = ETH0;
	other.parent = 4;
	other.up = other.raised = true;
	other.source[FAMILY_V4] = ip(OWN);
	tell(&b, 0, other);
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	ck_assert_str_eq(actions(&b), "advert:255 save add:192.0.2.100 announce:192.0.2.100 ");
	ck_assert(!shown(&b).virtual_link_stands && !shown(&b).virtual_link_up);
	bench_done(&b);
}
END_TEST

/* ---- where advertisements go ---- */

START_TEST(who_cannot_raise_its_link_releases_through_the_parent)
{
	struct bench b;

	open_as_backup_with_link(&b);
	tick(&b, 3700);
	done(&b, 3701, LINK_RAISE, EOPNOTSUPP);
	ck_assert_uint_eq(b.last[ACTION_ADVERTISE].priority, 0);
	ck_assert_int_eq(b.last[ACTION_ADVERTISE].ifindex, ETH0);
	ck_assert_str_eq(next_event(&b),
			 "web: BACKUP -> MASTER: master down timer expired (priority 100)");
	ck_assert_str_eq(next_event(&b),
			 "web: link vrrp4-5-51 with the virtual MAC cannot be changed: "
			 "Operation not supported");
	ck_assert_str_eq(next_event(&b),
			 "web: MASTER -> FAULT: the link with the virtual MAC cannot be made or "
			 "raised (Operation not supported)");
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(while_a_link_is_gone_its_master_advertises_through_the_parent)
{
	struct bench b;

	open_as_backup_with_link(&b);
	tick(&b, 3700);
	ck_assert_int_eq(b.last[ACTION_ADVERTISE].ifindex, LINK);
	/* before it could be raised */
	tell_link(&b, 3701, 0, false);
	tick(&b, 4700);
	ck_assert_int_eq(b.last[ACTION_ADVERTISE].ifindex, ETH0);
	bench_done(&b);
}
END_TEST

START_TEST(nothing_is_said_through_a_link_that_has_become_somebody_elses)
{
	struct event_link other = link_standing();
	struct bench b;

	open_as_master_with_link(&b);
	other.ours = false;
	other.up = other.raised = true;
	tell(&b, 4000, other);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
	ck_assert_uint_eq(b.last[ACTION_ADVERTISE].priority, 0);
	ck_assert_int_eq(b.last[ACTION_ADVERTISE].ifindex, ETH0);
	bench_done(&b);
}
END_TEST

START_TEST(peers_get_their_advertisements_from_the_parent)
{
	struct ip_addr peers[] = { ip(HIGHER) };
	struct bench b;

	bench_init(&b, 100);
	b.kit.instances[0].virtual_mac = true;
	b.kit.s.peers = peers;
	b.kit.s.peer_count = 1;
	b.kit.instances[0].peers = (struct range){ 0, 1 };
	open_bench(&b, 0);
	made(&b, 10);
	tick(&b, 3700);
	raised(&b, 3701);
	tick(&b, 4700);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	ck_assert_int_eq(b.last[ACTION_ADVERTISE].ifindex, ETH0);
	bench_done(&b);
}
END_TEST

/* ---- links that only look like it ---- */

START_TEST(a_link_that_is_nobodys_is_not_shown_as_ours)
{
	struct event_link other = link_standing();
	struct bench b;

	open_with_link(&b, 100);
	actions(&b);
	done(&b, 5, LINK_MAKE, EEXIST);
	other.ours = false;
	other.up = other.raised = true;
	tell(&b, 10, other);
	ck_assert(!shown(&b).virtual_link_stands && !shown(&b).virtual_link_up);
	ck_assert_str_eq(next_event(&b), "web: INIT -> BACKUP: started (priority 100)");
	ck_assert_str_eq(next_event(&b),
			 "web: link vrrp4-5-51 with the virtual MAC cannot be made: File exists");
	ck_assert_str_eq(next_event(&b),
			 "web: BACKUP -> FAULT: the link with the virtual MAC cannot be made or "
			 "raised (priority 100)");
	/* whose link it is changes the reason, and its going ends it */
	ck_assert_str_eq(next_event(&b),
			 "web: still FAULT: the link with the virtual MAC would have a name that "
			 "is taken (priority 100)");
	other.ifindex = 0;
	tell(&b, 20, other);
	made(&b, 200);
	tick(&b, 4000);
	raised(&b, 4001);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	/* it was not ours that has gone */
	for (const char *event = next_event(&b); *event != '\0'; event = next_event(&b))
		ck_assert_ptr_null(strstr(event, "put back"));
	bench_done(&b);
}
END_TEST

START_TEST(a_link_with_another_mac_or_parent_is_made_anew)
{
	struct event_link other[] = { link_standing(), link_standing() };

	other[0].mac = mac_virtual(IP_V4, 52);
	other[1].parent = ETH0 + 1;
	for (int i = 0; i < 2; i++) {
		struct bench b;

		bench_init(&b, 100);
		b.kit.instances[0].virtual_mac = true;
		bench_make_engine(&b, LEFTOVERS);
		link_up(&b, 0);
		tell(&b, 0, other[i]);
		step(&b, (struct event){ .kind = EVENT_START }, 0);
		ck_assert_str_eq(actions(&b), "save unmake:vrrp4-5-51 ");
		ck_assert(!shown(&b).virtual_link_stands);
		tell_link(&b, 1, 0, false);
		done(&b, 1, LINK_REMOVE, 0);
		ck_assert_str_eq(actions(&b), "make:vrrp4-5-51 ");
		made(&b, 2);
		ck_assert_str_eq(actions(&b), "add:192.0.2.100 ");
		bench_done(&b);
	}
}
END_TEST

START_TEST(a_link_that_is_seen_before_its_mark_is_no_fault)
{
	struct event_link unmarked = link_standing();
	struct bench b;

	open_with_link(&b, 100);
	unmarked.ours = false;
	tell(&b, 10, unmarked);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_BACKUP);
	made(&b, 11);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_BACKUP);
	bench_done(&b);
}
END_TEST

START_TEST(a_link_that_could_not_be_made_and_stands_is_used)
{
	struct bench b;

	open_with_link(&b, 100);
	done(&b, 10, LINK_MAKE, EBUSY);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
	tell_link(&b, 20, LINK, false);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_BACKUP);
	bench_done(&b);
}
END_TEST

/* ---- the parent ---- */

START_TEST(a_parent_whose_number_is_too_long_is_told_of)
{
	struct bench b;

	open_as_backup_with_link(&b);
	ck_assert_str_eq(shown(&b).virtual_link, LINK_NAME);
	link_named(&b, 20, "eth0", 0, false, NULL);
	ck_assert_str_eq(shown(&b).virtual_link, "");
	link_named(&b, 30, "eth0", 1234567, true, OWN);
	ck_assert_str_eq(next_event(&b), "interface eth0 does not exist: waiting for it");
	ck_assert_str_eq(next_event(&b),
			 "web: BACKUP -> FAULT: interface does not exist (priority 100)");
	ck_assert_str_eq(next_event(&b), "interface eth0 is up");
	ck_assert_str_eq(next_event(&b),
			 "web: link eth0 with the virtual MAC cannot be made: File name too long");
	ck_assert_str_eq(next_event(&b),
			 "web: still FAULT: the link with the virtual MAC cannot be made or raised "
			 "(priority 100)");
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(what_vanishes_with_a_link_of_the_parents_old_number_is_not_put_back_there)
{
	struct event gone = { .kind = EVENT_ADDRESS,
			      .address = { .ifindex = LINK, .prefix_len = 24, .ours = true } };
	struct bench b;

	open_as_backup_with_link(&b);
	link_named(&b, 20, "eth0", 6, true, OWN);
	actions(&b);
	gone.address.addr = ip("192.0.2.100");
	step(&b, gone, 21);
	ck_assert_str_eq(actions(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(a_link_whose_parent_gets_another_number_before_the_start_is_removed)
{
	struct bench b;

	bench_init(&b, 100);
	b.kit.instances[0].virtual_mac = true;
	bench_make_engine(&b, LEFTOVERS);
	link_up(&b, 0);
	tell_link(&b, 0, LINK, false);
	link_named(&b, 0, "eth0", 6, true, OWN);
	ck_assert_str_eq(actions(&b), "");
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	ck_assert_str_eq(actions(&b), "save make:vrrp4-6-51 leftover.unmake:vrrp4-5-51 ");
	bench_done(&b);
}
END_TEST

START_TEST(who_has_all_addresses_elsewhere_has_a_link_all_the_same)
{
	struct bench b;

	bench_init(&b, 100);
	b.kit.instances[0].virtual_mac = true;
	b.kit.instances[0].announce.count = 1;
	snprintf(b.kit.vips[0].dev, sizeof(b.kit.vips[0].dev), "eth1");
	bench_make_engine(&b, LEFTOVERS);
	link_up(&b, 0);
	link_named(&b, 0, "eth1", 6, true, NULL);
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	made(&b, 10);
	ck_assert_str_eq(actions(&b), "save make:vrrp4-5-51 ");
	tick(&b, 3700);
	raised(&b, 3701);
	ck_assert_str_eq(actions(&b),
			 "raise:vrrp4-5-51 advert:100 save add:192.0.2.100 announce:192.0.2.100 ");
	bench_done(&b);
}
END_TEST

/* ---- somebody takes it away ---- */

START_TEST(a_link_that_somebody_removes_again_and_again_is_given_up)
{
	struct bench b;

	open_as_backup_with_link(&b);
	tick(&b, 3700);
	raised(&b, 3701);
	run(&b, 4999);
	for (int i = 0; i < LINK_LOSSES_MAX; i++) {
		ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
		tell_link(&b, 5000 + 10 * i, 0, false);
		done(&b, 5000 + 10 * i, LINK_REMOVE, 0); /* under another name, if it was renamed */
		made(&b, 5001 + 10 * i);
		if (engine_state(b.e, 0) == VROUTER_MASTER)
			raised(&b, 5002 + 10 * i);
	}
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
	ck_assert_str_eq(next_event(&b),
			 "web: BACKUP -> MASTER: master down timer expired (priority 100)");
	ck_assert_str_eq(next_event(&b),
			 "web: link vrrp4-5-51 with the virtual MAC was removed or set down by "
			 "somebody; put back");
	ck_assert_str_eq(next_event(&b),
			 "web: MASTER -> FAULT: somebody keeps removing the addresses (priority "
			 "100)");
	bench_done(&b);
}
END_TEST

START_TEST(the_link_of_a_backup_is_put_back_when_it_is_made)
{
	struct bench b;

	open_as_backup_with_link(&b);
	tell_link(&b, 100, 0, false);
	ck_assert_str_eq(next_event(&b), "");
	made(&b, 110);
	ck_assert_str_eq(next_event(&b),
			 "web: link vrrp4-5-51 with the virtual MAC was removed or set down by "
			 "somebody; put back");
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

/* Nobody has taken it away: no word of that once it is up. */
static void must_rise_without_a_word(struct bench *b, int64_t ms)
{
	run(b, ms);
	ck_assert_int_eq(engine_state(b->e, 0), VROUTER_MASTER);
	raised(b, ms);
	while (true) {
		const char *event = next_event(b);

		if (*event == '\0')
			return;
		ck_assert_ptr_null(strstr(event, "put back"));
	}
}

START_TEST(what_is_told_once_more_has_not_been_taken_away)
{
	struct bench b;

	open_as_backup_with_link(&b);
	tell_link(&b, 20, LINK, false);
	must_rise_without_a_word(&b, 4000);
	for (int i = 0; i < 2 * LINK_LOSSES_MAX; i++)
		tell_link(&b, 4010 + i, LINK, true);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	hear(&b, 5000, HIGHER, 200);
	tick(&b, 5000);
	lowered(&b, 5001);
	must_rise_without_a_word(&b, 9000);
	bench_done(&b);
}
END_TEST

START_TEST(who_lowers_what_is_to_be_down_takes_nothing_away)
{
	struct bench b;

	open_as_backup_with_link(&b);
	tell_link(&b, 20, LINK, true);
	done(&b, 21, LINK_LOWER, EBUSY);
	tell_link(&b, 22, LINK, false);
	must_rise_without_a_word(&b, 4000);
	bench_done(&b);
}
END_TEST

START_TEST(what_goes_away_under_way_has_not_been_taken_away)
{
	struct bench b;

	open_as_backup_with_link(&b);
	tell_link(&b, 20, LINK, true);
	ck_assert_str_eq(actions(&b), "lower:vrrp4-5-51 ");
	lowered(&b, 21);
	must_rise_without_a_word(&b, 4000);
	bench_done(&b);
}
END_TEST

START_TEST(a_link_that_could_not_be_put_back_is_not_told_as_put_back_when_it_goes)
{
	struct bench b;

	open_as_master_with_link(&b);
	tell_link(&b, 5000, LINK, false);
	done(&b, 5001, LINK_RAISE, EBUSY);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
	stop(&b, 6000);
	ck_assert_str_eq(actions(&b), "raise:vrrp4-5-51 advert:0 save save unmake:vrrp4-5-51 ");
	forget_events(&b);
	tell_link(&b, 6001, 0, false);
	done(&b, 6001, LINK_REMOVE, 0);
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(putting_back_is_told_as_no_error)
{
	const struct history_event *e;
	struct bench b;

	open_as_master_with_link(&b);
	run(&b, 4999);
	forget_events(&b);
	tell_link(&b, 5000, LINK, false);
	raised(&b, 5001);
	e = history_read(engine_history(b.e), &b.read, NULL);
	ck_assert_int_eq(e->kind, HISTORY_LINK);
	ck_assert_int_eq(e->code, LINK_EVENT_RESTORED);
	ck_assert_int_eq(e->error, 0);
	bench_done(&b);
}
END_TEST

START_TEST(losses_count_in_a_row_where_each_comes_within_a_second)
{
	struct virtual_link v;

	virtual_link_init(&v, mac_virtual(IP_V4, 51));
	v.restored_at = at_ms(1000);
	for (int i = 1; i < 300; i++)
		ck_assert_int_eq(virtual_link_lose(&v, at_us(1999999)), i >= LINK_LOSSES_MAX);
	ck_assert(!virtual_link_lose(&v, at_ms(2000)));
	ck_assert_uint_eq(v.losses, 1);
}
END_TEST

START_TEST(an_address_refused_while_its_link_was_down_is_asked_for_at_the_take_over)
{
	struct bench b;

	open_with_link(&b, 100);
	b.kernel_answers = false;
	made(&b, 10);
	for (int64_t ms = 10, wait = 100; ms < 3000; ms += wait, wait *= 4) {
		tick(&b, ms);
		ck_assert_ptr_nonnull(strstr(actions(&b), "add:192.0.2.100 "));
		answer(&b, ms, LINK, "192.0.2.100/24", true, EPERM);
	}
	run(&b, 3608); /* and it would be asked again in 5 s */
	ck_assert_str_eq(actions(&b), "");
	run(&b, 3610);
	ck_assert_ptr_nonnull(strstr(actions(&b), "add:192.0.2.100 "));
	bench_done(&b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("engine_link_edges");

	tcase_add_test(tc, a_link_is_asked_for_with_all_that_a_kernel_has_to_know);
	tcase_add_test(tc, a_link_that_is_there_is_named_by_its_number);
	tcase_add_test(tc, who_has_no_virtual_mac_touches_no_link_be_it_one_of_ours);
	tcase_add_test(tc, who_cannot_raise_its_link_releases_through_the_parent);
	tcase_add_test(tc, while_a_link_is_gone_its_master_advertises_through_the_parent);
	tcase_add_test(tc, nothing_is_said_through_a_link_that_has_become_somebody_elses);
	tcase_add_test(tc, peers_get_their_advertisements_from_the_parent);
	tcase_add_test(tc, a_link_that_is_nobodys_is_not_shown_as_ours);
	tcase_add_test(tc, a_link_with_another_mac_or_parent_is_made_anew);
	tcase_add_test(tc, a_link_that_is_seen_before_its_mark_is_no_fault);
	tcase_add_test(tc, a_link_that_could_not_be_made_and_stands_is_used);
	tcase_add_test(tc, a_parent_whose_number_is_too_long_is_told_of);
	tcase_add_test(tc,
		       what_vanishes_with_a_link_of_the_parents_old_number_is_not_put_back_there);
	tcase_add_test(tc, a_link_whose_parent_gets_another_number_before_the_start_is_removed);
	tcase_add_test(tc, who_has_all_addresses_elsewhere_has_a_link_all_the_same);
	tcase_add_test(tc, a_link_that_somebody_removes_again_and_again_is_given_up);
	tcase_add_test(tc, the_link_of_a_backup_is_put_back_when_it_is_made);
	tcase_add_test(tc, what_is_told_once_more_has_not_been_taken_away);
	tcase_add_test(tc, who_lowers_what_is_to_be_down_takes_nothing_away);
	tcase_add_test(tc, what_goes_away_under_way_has_not_been_taken_away);
	tcase_add_test(tc, a_link_that_could_not_be_put_back_is_not_told_as_put_back_when_it_goes);
	tcase_add_test(tc, putting_back_is_told_as_no_error);
	tcase_add_test(tc, losses_count_in_a_row_where_each_comes_within_a_second);
	tcase_add_test(tc,
		       an_address_refused_while_its_link_was_down_is_asked_for_at_the_take_over);
	return run_test_case(tc, "engine_link_edges");
}
