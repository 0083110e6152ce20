/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links of virtual MACs over a reload: those that nobody wants any more go when nobody is served on them, those that are wanted again are
 * taken up as they are, and what a kernel was asked for is not asked for twice.
 */
#include "link_bench.h"
#include "reload_bench.h"

/* now[0] is the BACKUP of a link that was made at 10 ms, or MASTER on it by 4 s; the next settings are a copy. */
static struct instance_settings *given_a_backup_with_link(void)
{
	open_with_link(&now[0], 100);
	made(&now[0], 10);
	actions(&now[0]);
	return prepare(&now[1], &now[0]);
}

static struct instance_settings *given_a_master_with_link(void)
{
	open_as_master_with_link(&now[0]);
	run(&now[0], 4000);
	actions(&now[0]);
	return prepare(&now[1], &now[0]);
}

/* From one generation to the next, which is told of the link as it is. */
static void reload_with_link(struct bench *old, int64_t ms, bool raised)
{
	begin_reload(old, old + 1, ms);
	tell_link(old + 1, ms, LINK, raised);
	end_reload(old, old + 1, ms);
}

START_TEST(the_link_of_a_backup_goes_at_once)
{
	given_a_backup_with_link()->virtual_mac = false;
	reload(&now[0], &now[1], 100, NULL);
	ck_assert_str_eq(actions(&now[1]), "leftover.unmake:vrrp4-5-51 ");
	ck_assert_int_eq(now[1].last[ACTION_LINK].ifindex, LINK);
	bench_done(&now[1]);
}
END_TEST

START_TEST(a_link_that_could_not_be_lowered_goes_at_once)
{
	given_a_backup_with_link()->virtual_mac = false;
	tell_link(&now[0], 90, LINK, true);
	done(&now[0], 91, LINK_LOWER, EBUSY);
	reload(&now[0], &now[1], 100, NULL);
	ck_assert_str_eq(actions(&now[1]), "leftover.unmake:vrrp4-5-51 ");
	bench_done(&now[1]);
}
END_TEST

START_TEST(a_link_that_is_being_made_is_not_asked_for_again)
{
	open_with_link(&now[0], 100);
	prepare(&now[1], &now[0]);
	reload(&now[0], &now[1], 5, NULL);
	ck_assert_str_eq(actions(&now[1]), "");
	made(&now[1], 10);
	ck_assert_str_eq(actions(&now[1]), "add:192.0.2.100 ");
	bench_done(&now[1]);
}
END_TEST

START_TEST(a_link_that_somebody_has_removed_is_being_made_over_a_reload)
{
	given_a_master_with_link();
	tell_link(&now[0], 4100, 0, false);
	ck_assert_str_eq(actions(&now[0]), "make:vrrp4-5-51 leftover.unmake:vrrp4-5-51 ");
	reload(&now[0], &now[1], 4110, NULL);
	ck_assert_str_eq(actions(&now[1]), "");
	made(&now[1], 4120);
	ck_assert_str_eq(actions(&now[1]),
			 "raise:vrrp4-5-51 add:192.0.2.100 announce:192.0.2.100 ");
	bench_done(&now[1]);
}
END_TEST

START_TEST(eight_changes_under_way_are_eight_after_a_reload)
{
	bench_init(&now[0], 100);
	now[0].kit.instances[0].virtual_mac = true;
	for (uint8_t i = 1; i < 8; i++) {
		char address[IP_PREFIX_TEXT_MAX];

		snprintf(address, sizeof(address), "192.0.2.%u/24", 100U + i);
		kit_add_simple(&now[0].kit, "more", 51 + i, 100, address)->virtual_mac = true;
	}
	open_bench(&now[0], 0);
	prepare(&now[1], &now[0]);
	reload(&now[0], &now[1], 5, NULL);
	ck_assert_int_eq(engine_stray_link(now[1].e, 80, "vrrp4-5-80", INSTANT_NEVER), 0);
	tick(&now[1], 5);
	ck_assert_str_eq(actions(&now[1]), "");
	made(&now[1], 10);
	ck_assert_ptr_nonnull(strstr(actions(&now[1]), "leftover.unmake:vrrp4-5-80 "));
	bench_done(&now[1]);
}
END_TEST

START_TEST(a_removal_under_way_or_refused_is_not_asked_for_again)
{
	given_a_backup_with_link()->virtual_mac = false;
	reload(&now[0], &now[1], 100, NULL);
	ck_assert_str_eq(actions(&now[1]), "leftover.unmake:vrrp4-5-51 ");
	prepare(&now[2], &now[1]);
	reload(&now[1], &now[2], 110, NULL);
	ck_assert_str_eq(actions(&now[2]), "");
	done(&now[2], 120, LINK_REMOVE, EBUSY);
	prepare(&now[1], &now[2]);
	reload(&now[2], &now[1], 130, NULL);
	ck_assert_str_eq(actions(&now[1]), "");
	run(&now[1], 219);
	ck_assert_str_eq(actions(&now[1]), "");
	run(&now[1], 220);
	ck_assert_str_eq(actions(&now[1]), "leftover.unmake:vrrp4-5-51 ");
	/* the second refusal in a row, whatever was read again in between */
	done(&now[1], 230, LINK_REMOVE, EBUSY);
	run(&now[1], 629);
	ck_assert_str_eq(actions(&now[1]), "");
	run(&now[1], 630);
	ck_assert_str_eq(actions(&now[1]), "leftover.unmake:vrrp4-5-51 ");
	bench_done(&now[1]);
}
END_TEST

START_TEST(a_link_that_is_gone_is_nothing_to_the_next_reload)
{
	given_a_backup_with_link()->virtual_mac = false;
	reload(&now[0], &now[1], 100, NULL);
	done(&now[1], 110, LINK_REMOVE, 0);
	prepare(&now[2], &now[1]);
	actions(&now[1]);
	reload(&now[1], &now[2], 120, NULL);
	ck_assert_str_eq(actions(&now[2]), "");
	ck_assert_uint_eq(engine_address_count(now[2].e),
			  1); /* which is all there has to be room for */
	bench_done(&now[2]);
}
END_TEST

START_TEST(a_link_that_is_wanted_again_on_its_way_out_is_made_when_it_is_gone)
{
	given_a_backup_with_link()->virtual_mac = false;
	reload(&now[0], &now[1], 100, NULL);
	prepare(&now[2], &now[1])->virtual_mac = true;
	reload_with_link(&now[1], 110, false);
	ck_assert_str_eq(actions(&now[2]), "add:192.0.2.100 ");
	tell_link(&now[2], 120, 0, false);
	ck_assert_str_eq(actions(&now[2]), "");
	done(&now[2], 120, LINK_REMOVE, 0);
	ck_assert_str_eq(actions(&now[2]), "make:vrrp4-5-51 ");
	bench_done(&now[2]);
}
END_TEST

START_TEST(a_link_that_could_not_be_removed_and_is_wanted_again_is_raised_at_once)
{
	given_a_master_with_link()->virtual_mac = false;
	reload(&now[0], &now[1], 4100, NULL);
	ck_assert_str_eq(actions(&now[1]), "add:192.0.2.100 announce:192.0.2.100 ");
	run(&now[1], 4500);
	ck_assert_str_eq(actions(&now[1]), "leftover.unmake:vrrp4-5-51 ");
	done(&now[1], 4510, LINK_REMOVE, EBUSY);
	prepare(&now[2], &now[1])->virtual_mac = true;
	reload_with_link(&now[1], 4520, false);
	ck_assert_ptr_nonnull(strstr(actions(&now[2]), "raise:vrrp4-5-51 "));
	bench_done(&now[2]);
}
END_TEST

START_TEST(a_link_that_was_never_made_leaves_nothing_to_wait_for)
{
	given_a_master_with_link()->virtual_mac = false;
	tell_link(&now[0], 4100, 0, false);
	done(&now[0], 4101, LINK_REMOVE, 0);
	reload(&now[0], &now[1], 4110, NULL);
	done(&now[1], 4111, LINK_MAKE, EBUSY);
	actions(&now[1]);
	prepare(&now[2], &now[1])->virtual_mac = true;
	reload(&now[1], &now[2], 4112, VIP);
	ck_assert_str_eq(actions(&now[2]), "make:vrrp4-5-51 ");
	bench_done(&now[2]);
}
END_TEST

START_TEST(a_link_that_could_not_be_removed_and_is_wanted_again_is_lowered_at_once)
{
	given_a_backup_with_link()->virtual_mac = false;
	reload(&now[0], &now[1], 100, NULL);
	done(&now[1], 110, LINK_REMOVE, EBUSY);
	prepare(&now[2], &now[1])->virtual_mac = true;
	reload_with_link(&now[1], 120, true);
	ck_assert_ptr_nonnull(strstr(actions(&now[2]), "lower:vrrp4-5-51 "));
	bench_done(&now[2]);
}
END_TEST

START_TEST(what_could_not_be_made_and_is_not_wanted_any_more_needs_no_removal)
{
	open_with_link(&now[0], 100);
	prepare(&now[1], &now[0])->virtual_mac = false;
	reload(&now[0], &now[1], 5, NULL);
	done(&now[1], 10, LINK_MAKE, EBUSY);
	run(&now[1], 3000);
	ck_assert_str_eq(actions(&now[1]), "");
	bench_done(&now[1]);
}
END_TEST

START_TEST(an_address_that_is_not_wanted_any_more_goes_at_once_from_a_link_that_stays)
{
	given_a_master_with_link();
	now[1].kit.vips[0] = kit_vip("192.0.2.101/24");
	reload_with_link(&now[0], 4100, true);
	ck_assert_ptr_nonnull(strstr(actions(&now[1]), "leftover.remove:192.0.2.100 "));
	bench_done(&now[1]);
}
END_TEST

START_TEST(each_link_of_nobody_is_known_to_the_next_engine)
{
	given_a_backup_with_link();
	ck_assert_int_eq(engine_stray_link(now[0].e, 80, "vrrp4-5-80", at_ms(500)), 0);
	ck_assert_int_eq(engine_stray_link(now[0].e, 81, "vrrp4-5-81", at_ms(600)), 0);
	reload_with_link(&now[0], 100, false);
	actions(&now[1]);
	run(&now[1], 500);
	ck_assert_str_eq(actions(&now[1]), "leftover.unmake:vrrp4-5-80 ");
	run(&now[1], 600);
	ck_assert_str_eq(actions(&now[1]), "leftover.unmake:vrrp4-5-81 ");
	bench_done(&now[1]);
}
END_TEST

/* Instead of web, VRID 51, there is another one; prepare() it again with two instances, and web is back. */
static void take_web_away(struct bench *next)
{
	kit_add_simple(&next->kit, "lan", 52, 100, "192.0.2.200/24");
	next->kit.s.instances = &next->kit.instances[1];
	next->kit.s.instance_count = 1;
}

START_TEST(who_comes_back_has_a_link_made_that_could_not_be_made_before)
{
	given_a_master_with_link();
	tell_link(&now[0], 4100, 0, false);
	done(&now[0], 4101, LINK_REMOVE, 0);
	take_web_away(&now[1]);
	reload(&now[0], &now[1], 4110, NULL);
	done(&now[1], 4120, LINK_MAKE, EBUSY);
	prepare(&now[2], &now[1]);
	now[2].kit.s.instance_count = 2;
	reload(&now[1], &now[2], 4200, NULL);
	ck_assert_ptr_nonnull(strstr(actions(&now[2]), "0.make:vrrp4-5-51 "));
	bench_done(&now[2]);
}
END_TEST

START_TEST(who_comes_back_as_master_on_its_link_lowers_it_at_once_when_it_has_to)
{
	struct event master = {
		.kind = EVENT_FORCE,
		.force = { .to = FORCE_MASTER, .until = INSTANT_NEVER, .reason = "", .by = "" }
	};

	given_a_master_with_link();
	take_web_away(&now[1]);
	reload(&now[0], &now[1], 4100, NULL);
	prepare(&now[2], &now[1]);
	now[2].kit.s.instance_count = 2;
	reload_with_link(&now[1], 4200, true);
	step(&now[2], master, 4300);
	ck_assert_int_eq(engine_state(now[2].e, 0), VROUTER_MASTER);
	actions(&now[2]);
	link_down(&now[2], 4400);
	ck_assert_ptr_nonnull(strstr(actions(&now[2]), "0.lower:vrrp4-5-51 "));
	bench_done(&now[2]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("reload_links");

	tcase_add_test(tc, the_link_of_a_backup_goes_at_once);
	tcase_add_test(tc, a_link_that_could_not_be_lowered_goes_at_once);
	tcase_add_test(tc, a_link_that_is_being_made_is_not_asked_for_again);
	tcase_add_test(tc, a_link_that_somebody_has_removed_is_being_made_over_a_reload);
	tcase_add_test(tc, eight_changes_under_way_are_eight_after_a_reload);
	tcase_add_test(tc, a_removal_under_way_or_refused_is_not_asked_for_again);
	tcase_add_test(tc, a_link_that_is_gone_is_nothing_to_the_next_reload);
	tcase_add_test(tc, a_link_that_is_wanted_again_on_its_way_out_is_made_when_it_is_gone);
	tcase_add_test(tc, a_link_that_could_not_be_removed_and_is_wanted_again_is_raised_at_once);
	tcase_add_test(tc, a_link_that_was_never_made_leaves_nothing_to_wait_for);
	tcase_add_test(tc, who_comes_back_as_master_on_its_link_lowers_it_at_once_when_it_has_to);
	tcase_add_test(tc, a_link_that_could_not_be_removed_and_is_wanted_again_is_lowered_at_once);
	tcase_add_test(tc, what_could_not_be_made_and_is_not_wanted_any_more_needs_no_removal);
	tcase_add_test(tc, each_link_of_nobody_is_known_to_the_next_engine);
	tcase_add_test(tc, who_comes_back_has_a_link_made_that_could_not_be_made_before);
	tcase_add_test(tc,
		       an_address_that_is_not_wanted_any_more_goes_at_once_from_a_link_that_stays);
	return run_test_case(tc, "reload_links");
}
