/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The timers of RFC 9568 section 6.1 and RFC 3768 section 6.1, for every priority, every interval
 * that can be configured or learnt, and both versions. What is expected is computed here as exact
 * fractions, so that neither rounding to zero nor a wrong unit could hide in a copy of the formula.
 */
#include <string.h>

#include "core/vrouter.h"
#include "core_kit.h"
#include "random.h"
#include "unit.h"

enum {
	CS_US = 10000, /* one centisecond */
	SECOND_US = 1000000,
	V3_MAX_CS = 4095,
	V2_MAX_S = 255,
};

/* As ck_assert, which notes each success in a file: too slow for millions of them. */
#define must(condition)                                 \
	do {                                            \
		if (!(condition))                       \
			ck_abort_msg("%s", #condition); \
	} while (0)

struct bench {
	struct instance_settings set;
	struct vrouter vr;
	struct history_event events[16];
	struct history history;
};

static void bench_init(struct bench *b, uint8_t version, int priority, int64_t interval_us)
{
	b->set = kit_instance("web", 51, (uint8_t)priority);
	b->set.version = version;
	b->set.advert_interval = span_us(interval_us);
	b->set.addresses[FAMILY_V4] = (struct range){ .first = 0, .count = 1 };
	history_init(&b->history, b->events, 16);
	vrouter_init(&b->vr, &b->set, IP_V4, 0);
	b->vr.link =
		(struct vrouter_link){ .present = true, .up = true, .source = ip("192.0.2.1") };
}

static void step(struct bench *b, enum vrouter_input input, int64_t us)
{
	struct vrouter_step s = { .input = input, .now = at_us(us), .history = &b->history };

	vrouter_step(&b->vr, &s);
}

static void hear(struct bench *b, int64_t us, int priority, int64_t interval_us)
{
	static struct advert advert;
	struct vrouter_step s = { .input = VROUTER_ADVERT,
				  .now = at_us(us),
				  .history = &b->history,
				  .advert = &advert,
				  .sender = ip("192.0.2.2") };

	advert.version = b->set.version;
	advert.priority = (uint8_t)priority;
	advert.interval = span_us(interval_us);
	vrouter_step(&b->vr, &s);
}

/* value is numerator/256 cut to whole microseconds: less than one away, and not nothing. */
static void assert_is_256th(int64_t value, int64_t numerator, const char *what, int priority,
			    int64_t interval_us)
{
	if (value <= 0 || value * 256 > numerator || numerator >= (value + 1) * 256)
		ck_abort_msg("%s of priority %d, interval %ld us: %ld us, not %ld/256", what,
			     priority, (long)interval_us, (long)value, (long)numerator);
}

/* The learnt interval is what counts in version 3. */
static void check_lengths(struct bench *b, int priority, int64_t interval_us)
{
	int64_t unit_us = b->set.version == 2 ? SECOND_US : interval_us;

	b->vr.priority = (uint8_t)priority;
	b->vr.master_advert = span_us(interval_us);
	assert_is_256th(vrouter_skew_time(&b->vr).us, (256 - priority) * unit_us, "Skew_Time",
			priority, interval_us);
	assert_is_256th(vrouter_master_down_interval(&b->vr).us,
			3 * 256 * interval_us + (256 - priority) * unit_us, "Master_Down_Interval",
			priority, interval_us);
}

START_TEST(version_3_has_the_rfcs_lengths_for_every_priority_and_interval)
{
	struct bench b;

	bench_init(&b, 3, 100, SECOND_US);
	for (int priority = 1; priority <= 255; priority++)
		for (int cs = 1; cs <= V3_MAX_CS; cs++)
			check_lengths(&b, priority, (int64_t)cs * CS_US);
}
END_TEST

START_TEST(version_2_has_the_rfcs_lengths_for_every_priority_and_interval)
{
	struct bench b;

	bench_init(&b, 2, 100, SECOND_US);
	for (int priority = 1; priority <= 255; priority++)
		for (int s = 1; s <= V2_MAX_S; s++)
			check_lengths(&b, priority, (int64_t)s * SECOND_US);
}
END_TEST

START_TEST(lengths_that_people_know_by_heart)
{
	struct bench b;

	bench_init(&b, 3, 100, SECOND_US); /* 156/256 s */
	ck_assert_int_eq(vrouter_skew_time(&b.vr).us, 609375);
	ck_assert_int_eq(vrouter_master_down_interval(&b.vr).us, 3609375);
	bench_init(&b, 2, 100, 5 * SECOND_US); /* the skew of version 2 knows no interval */
	ck_assert_int_eq(vrouter_skew_time(&b.vr).us, 609375);
	ck_assert_int_eq(vrouter_master_down_interval(&b.vr).us, 15609375);
	bench_init(&b, 3, 254, CS_US); /* 10 ms: 78 us of skew, not 0 */
	ck_assert_int_eq(vrouter_skew_time(&b.vr).us, 78);
	bench_init(&b, 3, 1, 40950000);
	ck_assert_int_eq(vrouter_master_down_interval(&b.vr).us, 3 * 40950000LL + 40790039);
}
END_TEST

START_TEST(a_higher_priority_always_takes_over_earlier)
{
	struct bench b;

	bench_init(&b, 3, 1, CS_US); /* where the steps are smallest */
	for (int priority = 1; priority < 255; priority++) {
		b.vr.priority = (uint8_t)priority;
		int64_t lower_us = vrouter_master_down_interval(&b.vr).us;

		b.vr.priority = (uint8_t)(priority + 1);
		ck_assert_int_lt(vrouter_master_down_interval(&b.vr).us, lower_us);
	}
}
END_TEST

/* Starts at some odd time and becomes master exactly when the interval is over. */
static void check_take_over(uint8_t version, int priority, int64_t interval_us)
{
	static struct bench b;
	int64_t start_us = 1234567;
	int64_t numerator =
		768 * interval_us + (256 - priority) * (version == 2 ? SECOND_US : interval_us);

	bench_init(&b, version, priority, interval_us);
	step(&b, VROUTER_STARTUP, start_us);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	assert_is_256th(vrouter_deadline(&b.vr).us - start_us, numerator, "deadline", priority,
			interval_us);
	step(&b, VROUTER_TIMER, start_us + numerator / 256 - 1);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	step(&b, VROUTER_TIMER, start_us + numerator / 256);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
}

START_TEST(a_backup_takes_over_exactly_when_the_interval_is_over)
{
	for (int priority = 1; priority <= 254; priority++) {
		static const int intervals_cs[] = { 1,   2,    3,    7,    10,   33,   50,
						    99,  100,  101,  250,  300,  500,  777,
						    999, 1000, 1001, 2047, 2048, 4000, V3_MAX_CS };

		for (size_t i = 0; i < sizeof(intervals_cs) / sizeof(intervals_cs[0]); i++)
			check_take_over(3, priority, (int64_t)intervals_cs[i] * CS_US);
		for (int s = 1; s <= V2_MAX_S; s += s < 10 ? 1 : 49)
			check_take_over(2, priority, (int64_t)s * SECOND_US);
	}
}
END_TEST

START_TEST(version_3_waits_by_the_masters_interval_not_by_its_own)
{
	static const int own_cs[] = { 1, 100, V3_MAX_CS };

	for (size_t i = 0; i < 3; i++) {
		for (int cs = 1; cs <= V3_MAX_CS; cs++) {
			static struct bench b;
			int64_t learnt_us = (int64_t)cs * CS_US;

			bench_init(&b, 3, 100, (int64_t)own_cs[i] * CS_US);
			step(&b, VROUTER_STARTUP, 0);
			hear(&b, 5000, 200, learnt_us);
			assert_is_256th(vrouter_deadline(&b.vr).us - 5000, (768 + 156) * learnt_us,
					"learnt deadline", 100, learnt_us);
		}
	}
}
END_TEST

START_TEST(a_release_is_followed_after_exactly_skew_time)
{
	for (int priority = 1; priority <= 254; priority++) {
		static struct bench b;

		bench_init(&b, 3, priority, SECOND_US);
		step(&b, VROUTER_STARTUP, 0);
		hear(&b, 1000, 255, CS_US); /* learns 10 ms */
		hear(&b, 2000, 0, CS_US);
		assert_is_256th(vrouter_deadline(&b.vr).us - 2000, (256 - priority) * CS_US,
				"skew after release", priority, CS_US);
		bench_init(&b, 2, priority, 7 * SECOND_US);
		step(&b, VROUTER_STARTUP, 0);
		hear(&b, 1000, 0, 7 * SECOND_US);
		assert_is_256th(vrouter_deadline(&b.vr).us - 1000, (256 - priority) * SECOND_US,
				"skew after release", priority, SECOND_US);
	}
}
END_TEST

/* A master at us = 0 or so; when it sends, its timer having been served late_us too late. */
static int64_t next_sent(struct bench *b, int64_t late_us)
{
	int64_t us = vrouter_deadline(&b->vr).us + late_us;

	b->vr.out.advertise = false;
	step(b, VROUTER_TIMER, us - late_us - 1);
	must(!b->vr.out.advertise);
	step(b, VROUTER_TIMER, us);
	must(b->vr.out.advertise);
	must(b->vr.out.advertise_priority == b->vr.priority);
	return us;
}

/* All intervals: the n-th advertisement is due n intervals after a first one, whatever the lateness. */
static void check_period(uint8_t version, int64_t interval_us, struct random *random)
{
	static struct bench b;
	int64_t grid_us = interval_us / 50 < 2000 ? interval_us / 50 : 2000;
	int64_t start_us = 100000000 + random_below(random, SECOND_US);
	int64_t previous_us, first_due_us;

	bench_init(&b, version, 255, interval_us);
	step(&b, VROUTER_STARTUP, start_us);
	must(b.vr.state == VROUTER_MASTER);
	previous_us = start_us;
	first_due_us = vrouter_deadline(&b.vr).us;
	for (int64_t n = 0; n < 100; n++) {
		int64_t due_us = vrouter_deadline(&b.vr).us;

		must(due_us - previous_us <= interval_us);
		must((due_us - previous_us) * 100 >= 98 * interval_us);
		must(due_us == first_due_us + n * interval_us);
		previous_us = next_sent(&b, random_below(random, (uint32_t)grid_us));
	}
}

START_TEST(advertisements_are_never_late_hardly_early_and_do_not_drift)
{
	struct random random = { .state = 17 };

	for (int cs = 1; cs <= V3_MAX_CS; cs++)
		check_period(3, (int64_t)cs * CS_US, &random);
	for (int s = 1; s <= V2_MAX_S; s++)
		check_period(2, (int64_t)s * SECOND_US, &random);
}
END_TEST

START_TEST(a_master_that_was_held_up_sends_one_and_goes_on_from_there)
{
	static struct bench b;

	bench_init(&b, 3, 255, SECOND_US);
	step(&b, VROUTER_STARTUP, 10 * SECOND_US);
	int64_t sent_us = next_sent(&b, 7 * SECOND_US + 1234);
	int64_t due_us = vrouter_deadline(&b.vr).us;

	ck_assert_int_le(due_us, sent_us + SECOND_US);
	ck_assert_int_ge(due_us, sent_us + SECOND_US * 98 / 100);
}
END_TEST

START_TEST(virtual_routers_of_one_interval_fall_due_together)
{
	static struct bench a, b;

	bench_init(&a, 3, 255, SECOND_US);
	bench_init(&b, 3, 255, SECOND_US);
	step(&a, VROUTER_STARTUP, 10 * SECOND_US + 100);
	step(&b, VROUTER_STARTUP, 10 * SECOND_US + 1900);
	ck_assert_int_eq(vrouter_deadline(&a.vr).us, vrouter_deadline(&b.vr).us);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("timers");

	tcase_add_test(tc, version_3_has_the_rfcs_lengths_for_every_priority_and_interval);
	tcase_add_test(tc, version_2_has_the_rfcs_lengths_for_every_priority_and_interval);
	tcase_add_test(tc, lengths_that_people_know_by_heart);
	tcase_add_test(tc, a_higher_priority_always_takes_over_earlier);
	tcase_add_test(tc, a_backup_takes_over_exactly_when_the_interval_is_over);
	tcase_add_test(tc, version_3_waits_by_the_masters_interval_not_by_its_own);
	tcase_add_test(tc, a_release_is_followed_after_exactly_skew_time);
	tcase_add_test(tc, advertisements_are_never_late_hardly_early_and_do_not_drift);
	tcase_add_test(tc, a_master_that_was_held_up_sends_one_and_goes_on_from_there);
	tcase_add_test(tc, virtual_routers_of_one_interval_fall_due_together);
	return run_test_case(tc, "timers");
}
