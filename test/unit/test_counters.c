/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every counter has a name that JSON and metrics can use and a text that a person can read, and no
 * two share one.
 */
#include "core/counters.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "unit.h"

START_TEST(every_counter_has_a_name_in_snake_case)
{
	for (int c = 0; c < COUNTER_COUNT_; c++) {
		const char *name = counter_name((enum counter)c);

		ck_assert_ptr_nonnull(name);
		ck_assert(islower(name[0]));
		for (const char *at = name; *at; at++)
			ck_assert(islower(*at) || *at == '_');
	}
}
END_TEST

START_TEST(no_two_counters_share_a_name_or_a_text)
{
	for (int a = 0; a < COUNTER_COUNT_; a++) {
		ck_assert_uint_gt(strlen(counter_text((enum counter)a)), 0);
		for (int b = 0; b < a; b++) {
			ck_assert_str_ne(counter_name((enum counter)a),
					 counter_name((enum counter)b));
			ck_assert_str_ne(counter_text((enum counter)a),
					 counter_text((enum counter)b));
		}
	}
}
END_TEST

START_TEST(the_names_that_are_promised_exist)
{
	static const char *const promised[] = {
		"adverts_sent",           "adverts_received",       "became_master",
		"checksum_errors",        "version_errors",         "vrid_errors",
		"ip_ttl_errors",          "packet_length_errors",   "invalid_type_received",
		"address_list_errors",    "advert_interval_errors", "auth_failures",
		"priority_zero_received", "priority_zero_sent",
	};

	for (size_t i = 0; i < sizeof(promised) / sizeof(promised[0]); i++) {
		bool found = false;

		for (int c = 0; c < COUNTER_COUNT_; c++)
			found = found || strcmp(counter_name((enum counter)c), promised[i]) == 0;
		ck_assert_msg(found, "%s is missing", promised[i]);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("counters");

	tcase_add_test(tc, every_counter_has_a_name_in_snake_case);
	tcase_add_test(tc, no_two_counters_share_a_name_or_a_text);
	tcase_add_test(tc, the_names_that_are_promised_exist);
	return run_test_case(tc, "counters");
}
