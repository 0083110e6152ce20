/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What monitoring reads, line by line: both formats, both sets of names, and that nothing is missing from either.
 */
#include "made_engine.h"
#include "unit.h"
#include "view/openmetrics.h"
#include "view/view.h"

/* The result of `show` for an engine with one master. */
static json_t *made_show(void)
{
	struct made_engine made;
	json_t *show;

	made_settings(&made, 1, 1);
	made_start(&made);
	made_run_to(&made, (struct instant){ .us = 5000000 });
	show = json_pack("{s:s, s:s, s:[o]}", "name", "lb1", "version", "2.0.0", "instances",
			 view_instance_json(made.engine, 0, made.now, VIEW_SUMMARY));
	made_done(&made);
	return show;
}

static json_t *made_tally(void)
{
	return json_pack("{s:{s:i, s:i}, s:{s:i, s:i, s:b, s:n}, s:[{s:s, s:s, s:s, s:s, s:i}, "
			 "{s:s, s:s, s:s, s:i, s:i, s:i, s:i}]}",
			 "late", "count", 2, "ms", 1500, "reload", "count", 3, "failed", 1,
			 "last_failed", 1, "last", "entries", "instance", "web", "event", "state",
			 "to", "MASTER", "reason", "master down timer expired", "count", 4,
			 "instance", "web", "event", "hook", "hook", "notify", "failed", 1,
			 "took_ms", 250, "last_ms", 50, "count", 5);
}

/* The text of both; all that is given is released. */
static char *text_of(json_t *show, json_t *tally, enum openmetrics_format format)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	view_openmetrics(out, show, tally, format);
	fclose(out);
	json_decref(show);
	json_decref(tally);
	return text;
}

static char *keepalived_text(json_t *show)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	view_openmetrics_keepalived(out, show, FORMAT_OPENMETRICS);
	fclose(out);
	json_decref(show);
	return text;
}

static void expect_line(const char *text, const char *line)
{
	char wanted[512];

	snprintf(wanted, sizeof(wanted), "\n%s\n", line);
	ck_assert_msg(strstr(text, wanted), "no line %s in:\n%s", line, text);
}

#define WEB "name=\"web\",interface=\"eth0\",vrid=\"51\",family=\"ipv4\""

START_TEST(state_is_a_gauge_for_each_state)
{
	char *text = text_of(made_show(), made_tally(), FORMAT_OPENMETRICS);

	expect_line(text, "vrrp_state{" WEB ",state=\"MASTER\"} 1");
	expect_line(text, "vrrp_state{" WEB ",state=\"BACKUP\"} 0");
	expect_line(text, "vrrp_state{" WEB ",state=\"FAULT\"} 0");
	expect_line(text, "vrrp_state{" WEB ",state=\"INIT\"} 0");
	expect_line(text, "vrrp_priority{" WEB "} 150");
	expect_line(text, "vrrp_addresses_present{" WEB "} 1");
	expect_line(text, "vrrp_last_transition_timestamp_seconds{" WEB "} 1767225603.414000");
	expect_line(text, "vrrp_advertisements_sent_total{" WEB "} 2");
	expect_line(text, "vrrp_errors_total{" WEB ",reason=\"checksum\"} 0");
	free(text);
}
END_TEST

START_TEST(what_was_counted_by_cause_is_told_with_the_cause)
{
	char *text = text_of(made_show(), made_tally(), FORMAT_OPENMETRICS);

	expect_line(text, "vrrp_transitions_total{name=\"web\",to=\"MASTER\","
			  "reason=\"master down timer expired\"} 4");
	expect_line(text, "vrrp_hook_runs_total{name=\"web\",hook=\"notify\"} 5");
	expect_line(text,
		    "vrrp_hook_duration_seconds_total{name=\"web\",hook=\"notify\"} 0.250000");
	expect_line(text, "vrrp_loop_held_up_seconds_total 1.500000");
	expect_line(text, "vrrp_last_reload_successful 0");
	free(text);
}
END_TEST

/* In OpenMetrics a family of counters is called without _total, in the older format with it. */
START_TEST(the_formats_name_families_differently)
{
	char *text = text_of(made_show(), made_tally(), FORMAT_OPENMETRICS);
	char *plain = text_of(made_show(), made_tally(), FORMAT_PLAIN);

	expect_line(text, "# TYPE vrrp_became_master counter");
	expect_line(text, "# TYPE vrrp_build info");
	ck_assert_str_eq(text + strlen(text) - 6, "# EOF\n");
	expect_line(plain, "# TYPE vrrp_became_master_total counter");
	expect_line(plain, "# TYPE vrrp_build_info gauge");
	ck_assert_ptr_null(strstr(plain, "EOF"));
	free(text);
	free(plain);
}
END_TEST

static unsigned int times_in(const char *text, const char *what)
{
	unsigned int times = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		times++;
	return times;
}

START_TEST(every_counter_is_told)
{
	char *text = text_of(made_show(), made_tally(), FORMAT_OPENMETRICS);

	ck_assert_uint_eq(times_in(text, "_total{" WEB), COUNTER_COUNT_);
	free(text);
}
END_TEST

START_TEST(labels_are_escaped)
{
	json_t *show =
		json_pack("{s:s, s:s, s:[]}", "name", "a\"b\\c\nd", "version", "2", "instances");
	char *text = text_of(show, NULL, FORMAT_OPENMETRICS);

	expect_line(text, "vrrp_build_info{router=\"a\\\"b\\\\c\\nd\",version=\"2\"} 1");
	free(text);
}
END_TEST

START_TEST(a_daemon_that_cannot_be_asked_is_down)
{
	char *text = text_of(NULL, NULL, FORMAT_OPENMETRICS), *keepalived = keepalived_text(NULL);

	ck_assert_str_eq(text, "# HELP vrrp_up Whether the protocol process answers.\n"
			       "# TYPE vrrp_up gauge\nvrrp_up 0\n# EOF\n");
	expect_line(keepalived, "keepalived_up 0");
	free(text);
	free(keepalived);
}
END_TEST

START_TEST(dashboards_of_keepalived_find_their_names)
{
	char *text = keepalived_text(made_show());

	expect_line(text, "keepalived_up 1");
	expect_line(text, "keepalived_vrrp_state{iname=\"web\",intf=\"eth0\",vrid=\"51\","
			  "ip_address=\"192.0.2.10\"} 2");
	expect_line(text, "keepalived_become_master_total{iname=\"web\",intf=\"eth0\","
			  "vrid=\"51\"} 1");
	expect_line(text, "keepalived_gratuitous_arp_delay_total{iname=\"web\",intf=\"eth0\","
			  "vrid=\"51\"} 0");
	free(text);
}
END_TEST

START_TEST(a_script_of_two_instances_is_told_once)
{
	static const char one[] = "{s:s, s:i, s:s, s:[], s:[{s:s, s:s, s:b}]}";
	json_t *first = json_pack(one, "name", "a", "vrid", 1, "interface", "eth0", "addresses",
				  "tracks", "kind", "script", "name", "up", "up", 1);
	char *text = keepalived_text(json_pack("{s:[o, O]}", "instances", first, first));

	ck_assert_uint_eq(times_in(text, "keepalived_script_status{name=\"up\"} 1\n"), 1);
	ck_assert_uint_eq(times_in(text, "keepalived_script_status{"), 1);
	free(text);
}
END_TEST

START_TEST(pages_of_the_tally_become_one)
{
	json_t *tally = NULL;

	ck_assert_int_eq(
		view_tally_merge(&tally, json_pack("{s:[i, i], s:i}", "entries", 1, 2, "next", 2)),
		2);
	ck_assert_int_eq(view_tally_merge(&tally, json_pack("{s:[i], s:n}", "entries", 3, "next")),
			 -1);
	ck_assert_uint_eq(json_array_size(json_object_get(tally, "entries")), 3);
	json_decref(tally);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("metrics");

	tcase_add_test(tc, state_is_a_gauge_for_each_state);
	tcase_add_test(tc, what_was_counted_by_cause_is_told_with_the_cause);
	tcase_add_test(tc, the_formats_name_families_differently);
	tcase_add_test(tc, every_counter_is_told);
	tcase_add_test(tc, labels_are_escaped);
	tcase_add_test(tc, a_daemon_that_cannot_be_asked_is_down);
	tcase_add_test(tc, dashboards_of_keepalived_find_their_names);
	tcase_add_test(tc, a_script_of_two_instances_is_told_once);
	tcase_add_test(tc, pages_of_the_tally_become_one);
	return run_test_case(tc, "view_metrics");
}
