/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What people read: tables, details and lines made from JSON, and times.
 */
#include "made_engine.h"
#include "unit.h"
#include "view/view.h"

static const struct view_style plain = { .wall_us = MADE_WALL_US };
static const struct view_style coloured = { .colour = true, .wall_us = MADE_WALL_US };

typedef void view_function(FILE *out, const json_t *json, const struct view_style *style);

/* What a view makes of a text of JSON; to be freed. */
static char *view_of(view_function *view, const char *json_text, const struct view_style *style)
{
	json_t *json = json_loads(json_text, 0, NULL);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(json);
	view(out, json, style);
	fclose(out);
	json_decref(json);
	return text;
}

static void expect_view(view_function *view, const char *json_text, const char *expected)
{
	char *text = view_of(view, json_text, &plain);

	ck_assert_str_eq(text, expected);
	free(text);
}

static void expect_view_has(view_function *view, const char *json_text, const char *part)
{
	char *text = view_of(view, json_text, &plain);

	ck_assert_msg(strstr(text, part), "\"%s\" is not in:\n%s", part, text);
	free(text);
}

#define INSTANCE(name, state, prio, effective, master, addresses, extra, since)                \
	"{\"name\": \"" name "\", \"state\": \"" state "\", \"interface\": \"eth0\", "         \
	"\"vrid\": 51, \"priority\": " prio ", \"effective_priority\": " effective ", "        \
	"\"master\": " master ", \"addresses\": [" addresses "], \"extra_addresses\": [" extra \
	"], \"since\": \"" since "\"}"

START_TEST(columns_are_as_wide_as_their_widest_cell)
{
	expect_view(
		view_table,
		"{\"instances\": [" INSTANCE(
			"web", "MASTER", "150", "150", "{\"address\": \"192.0.2.2\"}",
			"\"192.0.2.10/24\"", "",
			"2025-12-31T21:56:10.000Z") ", " INSTANCE("a-longer-name", "BACKUP", "150",
								  "90", "null",
								  "\"192.0.2.10/24\", \"192.0.2.11/24\"",
								  "",
								  "2025-12-31T23:59:48.000Z") "]}",
		"NAME           STATE   PRIO    INTERFACE  VRID  MASTER     ADDRESSES"
		"                    SINCE\n"
		"web            MASTER  150     eth0       51    192.0.2.2  192.0.2.10/24"
		"                2h03m\n"
		"a-longer-name  BACKUP  90/150  eth0       51    -          192.0.2.10/24 "
		"192.0.2.11/24  12s\n");
}
END_TEST

START_TEST(long_address_lists_are_cut_short)
{
	expect_view_has(view_table,
			"{\"instances\": [" INSTANCE("web", "BACKUP", "1", "1", "null",
						     "\"192.0.2.10/24\", \"192.0.2.11/24\"",
						     "\"10.0.0.1/8\", \"10.0.0.2/8\"", "") "]}",
			"  192.0.2.10/24 +3  ");
}
END_TEST

START_TEST(a_master_without_some_addresses_says_so)
{
	expect_view_has(
		view_table,
		"{\"instances\": [{\"state\": \"MASTER\", \"addresses\": [\"192.0.2.1/32\"], "
		"\"addresses_total\": 3, \"addresses_present\": 1}]}",
		"  192.0.2.1/32 (2 missing)  ");
}
END_TEST

#define MARKED_INSTANCES                                                                    \
	"{\"instances\": [{\"name\": \"a\", \"state\": \"MASTER\", \"forced\": {}}, "       \
	"{\"name\": \"b\", \"state\": \"BACKUP\", \"forced\": null, \"lingering\": true}, " \
	"{\"name\": \"c\", \"state\": \"BACKUP\", \"forced\": {}, \"lingering\": true}]}"

START_TEST(states_of_which_there_is_more_to_know_are_marked)
{
	expect_view(view_table, MARKED_INSTANCES,
		    "NAME  STATE     PRIO  INTERFACE  VRID  MASTER  ADDRESSES  SINCE\n"
		    "a     MASTER*   0     -          0     -       -          -\n"
		    "b     BACKUP+   0     -          0     -       -          -\n"
		    "c     BACKUP*+  0     -          0     -       -          -\n"
		    "* forced: vrrpctl show NAME says by whom and why\n"
		    "+ still serves until its successor is heard\n");
}
END_TEST

/* As on a screen of that size. */
static void expect_fitting(const char *json_text, int columns, int rows, const char *expected)
{
	const struct view_style style = { .columns = columns, .rows = rows };
	char *text = view_of(view_table, json_text, &style);

	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(a_table_fits_the_screen)
{
	const char *json = "{\"instances\": [" INSTANCE(
		"a-name-of-24-characters-", "MASTER", "150", "150",
		"{\"address\": \"fe80::5054:ff:fe12:3456\"}",
		"\"2001:db8::10/64\", \"2001:db8::11/64\"", "", "2025-12-31T21:56:10.000Z") "]}";

	expect_fitting(json, 80, 0,
		       "NAME          STATE   PRIO  INTERFACE  VRID  MASTER             ADDRESSES  "
		       "SINCE\n"
		       "a-name-of-2~  MASTER  150   eth0       51    fe80::5054:ff:fe~  2001:db8~  "
		       "0s\n");
	expect_fitting(json, 60, 0,
		       "NAME          STATE   PRIO  INTE~  VRID  MASTER   AD~  SINCE\n"
		       "a-name-of-2~  MASTER  150   eth0   51    fe80::~  20~  0s\n");
	/* of two rows of one instance it can be seen which is which */
	expect_fitting("{\"instances\": [{\"name\": \"a-name-of-24-characters-/ipv4\"}, "
		       "{\"name\": \"a-name-of-24-characters-/ipv6\"}]}",
		       68, 0,
		       "NAME          STATE  PRIO  INTERFACE  VRID  MASTER  ADDRESSES  SINCE\n"
		       "a-name~/ipv4  -      0     -          0     -       -          -\n"
		       "a-name~/ipv6  -      0     -          0     -       -          -\n");
	expect_fitting(MARKED_INSTANCES, 0, 2,
		       "NAME  STATE     PRIO  INTERFACE  VRID  MASTER  ADDRESSES  SINCE\n"
		       "a     MASTER*   0     -          0     -       -          -\n"
		       "and 2 more\n"
		       "* forced: vrrpctl show NAME says by whom and why\n"
		       "+ still serves until its successor is heard\n");
}
END_TEST

START_TEST(what_changed_stands_in_reverse)
{
	json_t *before = json_loads("{\"instances\": [{\"name\": \"web\", \"state\": \"BACKUP\", "
				    "\"vrid\": 1, \"since\": \"2025-12-31T23:59:48.000Z\"}]}",
				    0, NULL);
	json_t *now = json_loads("{\"instances\": [{\"name\": \"new\", \"state\": \"BACKUP\"}, "
				 "{\"name\": \"web\", \"state\": \"FAULT\", \"vrid\": 1, "
				 "\"since\": \"2025-12-31T23:59:59.000Z\"}]}",
				 0, NULL);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	view_table_changes(out, now, before, &plain);
	fclose(out);
	ck_assert_str_eq(text,
			 "NAME  STATE   PRIO  INTERFACE  VRID  MASTER  ADDRESSES  SINCE\n"
			 "new   BACKUP  0     -          0     -       -          -\n"
			 "web   \033[7mFAULT\033[0m   0     -          1     -       -          "
			 "1s\n");
	free(text);
	json_decref(now);
	json_decref(before);
}
END_TEST

START_TEST(no_instances_are_said_in_words)
{
	expect_view(view_table, "{\"instances\": []}", "no instances are configured\n");
}
END_TEST

START_TEST(members_of_another_type_show_as_a_dash)
{
	expect_view(view_table,
		    "{\"instances\": [{\"name\": 1, \"master\": [], \"since\": \"?\"}]}",
		    "NAME  STATE  PRIO  INTERFACE  VRID  MASTER  ADDRESSES  SINCE\n"
		    "-     -      0     -          0     -       -          -\n");
	expect_view(view_table, "{\"instances\": [[]]}",
		    "NAME  STATE  PRIO  INTERFACE  VRID  MASTER  ADDRESSES  SINCE\n"
		    "-     -      0     -          0     -       -          -\n");
	expect_view_has(view_detail, "{}", "- is -: -\n");
	expect_view_has(view_counters, "{}", "-\n");
	expect_view(view_event_line, "{}", "- -: -\n");
}
END_TEST

START_TEST(colours_stand_around_states_only_and_only_where_asked)
{
	const char *json = "{\"instances\": [{\"name\": \"web\", \"state\": \"FAULT\"}, "
			   "{\"name\": \"lan\", \"state\": \"MASTER\"}]}";
	char *text = view_of(view_table, json, &coloured);

	ck_assert_ptr_nonnull(strstr(text, "\nweb   \033[1;31mFAULT\033[0m   0 "));
	ck_assert_ptr_nonnull(strstr(text, "\nlan   \033[32mMASTER\033[0m  0 "));
	free(text);
	text = view_of(view_table, json, &plain);
	ck_assert_ptr_null(strchr(text, '\033'));
	free(text);
}
END_TEST

/* `show web` of an engine, as text. */
static char *detail_of(const struct made_engine *made)
{
	struct view_style style = { .wall_us = MADE_WALL_US + made->now.us };
	json_t *json = view_instance_json(made->engine, 0, made->now, VIEW_FULL);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	view_detail(out, json, &style);
	fclose(out);
	json_decref(json);
	return text;
}

START_TEST(the_first_line_of_a_detail_says_the_state_and_why)
{
	struct made_engine made;
	char *text;

	made_settings(&made, 1, 1);
	made_start(&made);
	made_run_to(&made, (struct instant){ .us = 603500000 });
	text = detail_of(&made);
	ck_assert_msg(strncmp(text, "web is MASTER for 10m00s: master down timer expired\n", 52) ==
			      0,
		      "%s", text);
	free(text);
	made_link(&made, 0, false);
	text = detail_of(&made);
	ck_assert_msg(strncmp(text, "web is FAULT for 0s: interface is down\n", 39) == 0, "%s",
		      text);
	ck_assert_ptr_nonnull(strstr(text, "  interface        eth0 (index 2) is down\n"));
	free(text);
	made_done(&made);
}
END_TEST

#define WAITING(state)                                                                         \
	"{\"name\": \"web\", \"state\": \"" state "\", \"reason\": \"started\", \"tracks\": [" \
	"{\"kind\": \"process\", \"name\": \"named\", \"up\": false}, "                        \
	"{\"kind\": \"script\", \"name\": \"heavy\", \"up\": null, \"weight\": -60}, "         \
	"{\"kind\": \"file\", \"name\": \"load\", \"up\": null}, "                             \
	"{\"kind\": \"script\", \"name\": \"slow\", \"up\": null}]}"

START_TEST(a_backup_says_which_first_result_it_waits_for)
{
	expect_view_has(view_detail, WAITING("BACKUP"),
			"web is BACKUP: started; waits for the first result of script slow\n");
	expect_view_has(view_detail, WAITING("MASTER"), "web is MASTER: started\n");
}
END_TEST

START_TEST(a_detail_tells_one_fact_a_line)
{
	struct made_engine made;
	char *text;

	made_settings(&made, 1, 2);
	made.settings.instances[0].preempt_delay = span_s(30);
	made_start(&made);
	text = detail_of(&made);
	ck_assert_str_eq(
		text, "web is BACKUP for 0s: started\n"
		      "  since            2026-01-01T00:00:00.000Z\n"
		      "  virtual router   VRID 51, VRRP version 3, ipv4\n"
		      "  interface        eth0 (index 2) is up, sending from 198.51.100.1\n"
		      "  priority         150\n"
		      "  master           none is known\n"
		      "  advertisements   every 1s\n"
		      "  master down      after 3.414062s of silence (skew time 414.062ms), 3.414s "
		      "left\n"
		      "  preemption       on after 30s, 30s left\n"
		      "  announcements    5 an address at take-over, again after 5s\n"
		      "  tracks           1\n"
		      "    interface eth0: up\n"
		      "  addresses        2, 0 present\n"
		      "    192.0.2.10/24 dev eth0\n"
		      "    192.0.2.11/24 dev eth0\n"
		      "  counters         those that are not 0\n");
	free(text);
	made_done(&made);
}
END_TEST

START_TEST(addresses_out_of_order_come_first_and_the_rest_is_a_number)
{
	struct made_engine made;
	char *text, *missing;
	struct event gone = { .kind = EVENT_ADDRESS };

	made_settings(&made, 1, 100);
	made_start(&made);
	made_run_to(&made, (struct instant){ .us = 5000000 });
	/* the last one vanishes, and is not back yet */
	gone.address = (struct event_address){
		.ifindex = 2, .addr = made.settings.vips[99].addr, .prefix_len = 24, .ours = true
	};
	gone.now = made.now;
	engine_step(made.engine, &gone);
	text = detail_of(&made);
	missing = strstr(text, "    192.0.2.109/24 dev eth0: MISSING\n");
	ck_assert_msg(missing && missing < strstr(text, "    192.0.2.10/24 dev eth0\n"), "%s",
		      text);
	ck_assert_ptr_nonnull(strstr(text, "  addresses        100, 99 present\n"));
	ck_assert_ptr_nonnull(strstr(text, "    and 68 more (-j shows them all)\n"));
	free(text);
	made_done(&made);
}
END_TEST

START_TEST(both_families_of_an_instance_are_two_details)
{
	expect_view_has(view_detail,
			"[{\"name\": \"web/ipv4\", \"state\": \"MASTER\", \"reason\": \"\"}, "
			"{\"name\": \"web/ipv6\", \"state\": \"BACKUP\", \"reason\": \"\"}]",
			"\n\nweb/ipv6 is BACKUP\n");
}
END_TEST

START_TEST(an_event_is_a_line)
{
	expect_view(view_event_line,
		    "{\"time\": \"2026-01-01T00:00:00.000Z\", \"instance\": \"web\", "
		    "\"event\": \"state\", \"from\": \"BACKUP\", \"to\": \"MASTER\", "
		    "\"text\": \"BACKUP -> MASTER: why\"}",
		    "2026-01-01T00:00:00.000Z web: BACKUP -> MASTER: why\n");
	/* of the whole daemon, by another version that has no text */
	expect_view(view_event_line,
		    "{\"time\": \"2026-01-01T00:00:00.000Z\", \"instance\": \"\", "
		    "\"event\": \"reload\", \"reason\": \"nothing changed\"}",
		    "2026-01-01T00:00:00.000Z vrrpd: nothing changed\n");
}
END_TEST

/* The line of a detail that begins with that label, without it. */
static void expect_detail_line(const char *members, const char *label, const char *expected)
{
	char json[2048], line[512];

	snprintf(json, sizeof(json), "{%s}", members);
	snprintf(line, sizeof(line), "\n  %-16s %s\n", label, expected);
	expect_view_has(view_detail, json, line);
}

START_TEST(the_priority_is_told_term_by_term)
{
	expect_detail_line("\"effective_priority\": 150, \"priority_parts\": ["
			   "{\"from\": \"configuration\", \"value\": 150}]",
			   "priority", "150");
	expect_detail_line(
		"\"effective_priority\": 114, \"priority_parts\": ["
		"{\"from\": \"configuration\", \"value\": 150}, "
		"{\"from\": \"script haproxy\", \"why\": \"down\", \"value\": -60}, "
		"{\"from\": \"file load\", \"why\": \"12 times 2\", \"value\": 24}]",
		"priority",
		"114 = 150 configured, -60 script haproxy (down), +24 file load (12 times 2)");
	expect_detail_line("\"effective_priority\": 1, \"priority_parts\": ["
			   "{\"from\": \"configuration\", \"value\": 100}, "
			   "{\"from\": \"script a\", \"why\": \"down\", \"value\": -254}, "
			   "{\"from\": \"limit\", \"value\": 155}]",
			   "priority", "1 = 100 configured, -254 script a (down), limited");
	expect_detail_line("\"effective_priority\": 255, \"priority_parts\": ["
			   "{\"from\": \"configuration\", \"value\": 150}, "
			   "{\"from\": \"force\", \"value\": 105}]",
			   "priority", "255, because it is forced; otherwise 150");
	expect_detail_line(
		"\"effective_priority\": 255, \"priority_parts\": ["
		"{\"from\": \"configuration\", \"value\": 150}, "
		"{\"from\": \"script a\", \"why\": \"down\", \"value\": -60}, "
		"{\"from\": \"force\", \"value\": 165}]",
		"priority",
		"255, because it is forced; otherwise 90 = 150 configured, -60 script a (down)");
}
END_TEST

START_TEST(a_force_is_told_with_who_why_and_how_long)
{
	expect_detail_line("\"forced\": {\"to\": \"master\", \"until\": null, "
			   "\"reason\": \"\", \"by\": \"root\"}",
			   "forced", "master by root until released");
	expect_detail_line(
		"\"forced\": {\"to\": \"backup\", \"until\": \"2026-01-01T00:05:07.000Z\", "
		"\"reason\": \"new kernel\", \"by\": \"root\", \"despite_faults\": true}",
		"forced",
		"backup by root until 2026-01-01T00:05:07.000Z (5m07s left), despite faults: "
		"new kernel");
}
END_TEST

START_TEST(tracks_are_told_with_what_they_do)
{
	expect_view_has(
		view_detail,
		"{\"tracks\": [{\"kind\": \"interface\", \"name\": \"eth0\", \"weight\": 0, "
		"\"up\": true, \"why\": \"\"}, "
		"{\"kind\": \"script\", \"name\": \"haproxy\", \"weight\": -60, \"up\": false, "
		"\"adds\": -60, \"of_group\": true, \"why\": \"exit status 1\"}, "
		"{\"kind\": \"file\", \"name\": \"load\", \"weight\": 2, \"up\": true, "
		"\"value\": 12, \"adds\": 24, \"why\": \"\"}, "
		"{\"kind\": \"script\", \"name\": \"b\", \"weight\": 0, \"up\": null, "
		"\"inverse\": true, \"faults\": true, \"why\": \"\"}]}",
		"  tracks           4\n"
		"    interface eth0: up\n"
		"    script haproxy: DOWN, weight -60, adds -60, of the group: exit status 1\n"
		"    file load: up (12), weight 2, adds +24\n"
		"    script b: unknown, counted the other way round, keeps it from being "
		"MASTER\n");
}
END_TEST

START_TEST(a_group_is_told_with_its_other_members)
{
	expect_detail_line("\"group\": \"edge\", \"group_members\": [\"lan\", \"dmz\"]", "group",
			   "edge, with lan, dmz");
	expect_detail_line("\"group\": \"edge\", \"group_members\": []", "group", "edge");
	expect_detail_line("\"group\": \"edge\", \"group_members\": [1, 2, 3, 4, 5, 6, 7, 8, "
			   "9, 10, 11, 12, 13, 14, 15, 16, 17]",
			   "group",
			   "edge, with -, -, -, -, -, -, -, -, -, -, -, -, -, -, -, - and 1 more");
}
END_TEST

START_TEST(hooks_are_told_while_they_matter)
{
	char *text = view_of(view_detail, "{\"hooks\": {\"running\": false}}", &plain);

	ck_assert_ptr_null(strstr(text, "hooks"));
	free(text);
	expect_detail_line("\"hooks\": {\"running\": true, \"pending\": false}", "hooks",
			   "running");
	expect_detail_line("\"hooks\": {\"running\": true, \"pending\": true}", "hooks",
			   "running, and to be run again after that");
	expect_detail_line("\"hooks\": {\"running\": false, \"pending\": true}", "hooks",
			   "waiting to be run");
}
END_TEST

START_TEST(counters_are_told_with_what_they_count)
{
	expect_view(view_counters,
		    "{\"instances\": [{\"name\": \"web\", \"counters\": {\"adverts_sent\": 12, "
		    "\"of_tomorrow\": 0}}], \"counters\": {\"vrid_errors\": 3, "
		    "\"version_errors\": 0}}",
		    "web\n"
		    "  adverts_sent                     12  advertisements sent\n"
		    "  of_tomorrow                       0  \n"
		    "of no instance\n"
		    "  vrid_errors                       3  refused: VRID of no virtual router "
		    "here\n");
	/* nothing happened to no instance: not a word of it */
	expect_view(view_counters,
		    "{\"instances\": [{\"name\": \"web\", \"counters\": {\"adverts_sent\": 12}}], "
		    "\"counters\": {\"vrid_errors\": 0}}",
		    "web\n"
		    "  adverts_sent                     12  advertisements sent\n");
	expect_view(view_counters, "{\"name\": \"web\", \"counters\": {\"adverts_sent\": 1}}",
		    "web\n"
		    "  adverts_sent                      1  advertisements sent\n");
	expect_view(view_counters,
		    "[{\"name\": \"web/ipv4\", \"counters\": {}}, "
		    "{\"name\": \"web/ipv6\", \"counters\": {}}]",
		    "web/ipv4\nweb/ipv6\n");
}
END_TEST

START_TEST(times_are_utc_to_the_millisecond_and_back)
{
	char buf[VIEW_TIME_TEXT_MAX];
	int64_t us = 1;

	ck_assert_str_eq(view_time_text(0, buf), "1970-01-01T00:00:00.000Z");
	ck_assert_str_eq(view_time_text(MADE_WALL_US + 999999, buf), "2026-01-01T00:00:00.999Z");
	ck_assert_str_eq(view_time_text(-1, buf), "1969-12-31T23:59:59.999Z");
	ck_assert_str_eq(view_time_text(INT64_MAX, buf), "-");
	ck_assert_int_eq(view_time_parse("2026-01-01T00:00:00.250Z", &us), 0);
	ck_assert_int_eq(us, MADE_WALL_US + 250000);
	for (const char *const *bad =
		     (const char *const[]){ "", "-", "2026-01-01", "2026-01-01T00:00:00.000",
					    "2026-01-01T00:00:00.000Zx", "2026-01-01T00:00: 0.000Z",
					    "2026-01-01 00:00:00.000Z", NULL };
	     *bad; bad++) {
		us = 7;
		ck_assert_int_ne(view_time_parse(*bad, &us), 0);
		ck_assert_int_eq(us, 7);
	}
}
END_TEST

START_TEST(ages_are_as_exact_as_a_person_wants)
{
	char buf[VIEW_DURATION_TEXT_MAX];

	ck_assert_str_eq(view_age_text(span_s(-5), buf), "0s");
	ck_assert_str_eq(view_age_text(span_ms(59999), buf), "59s");
	ck_assert_str_eq(view_age_text(span_s(60), buf), "1m00s");
	ck_assert_str_eq(view_age_text(span_s(3599), buf), "59m59s");
	ck_assert_str_eq(view_age_text(span_s(3600), buf), "1h00m");
	ck_assert_str_eq(view_age_text(span_s(86400), buf), "1d00h");
	ck_assert_str_eq(view_age_text(span_s(2 * 3600 + 3 * 60 + 59), buf), "2h03m");
	ck_assert_str_eq(view_age_text(span_s(86399), buf), "23h59m");
	ck_assert_str_eq(view_age_text(span_s(3 * 86400 + 4 * 3600), buf), "3d04h");
}
END_TEST

START_TEST(durations_are_exact)
{
	char buf[VIEW_DURATION_TEXT_MAX];

	ck_assert_str_eq(view_duration_text(span_us(0), buf), "0s");
	ck_assert_str_eq(view_duration_text(span_us(609375), buf), "609.375ms");
	ck_assert_str_eq(view_duration_text(span_ms(10), buf), "10ms");
	ck_assert_str_eq(view_duration_text(span_us(3609375), buf), "3.609375s");
	ck_assert_str_eq(view_duration_text(span_ms(40950), buf), "40.95s");
	ck_assert_str_eq(view_duration_text(span_s(100), buf), "100s");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("view_text");

	tcase_add_test(tc, columns_are_as_wide_as_their_widest_cell);
	tcase_add_test(tc, long_address_lists_are_cut_short);
	tcase_add_test(tc, a_master_without_some_addresses_says_so);
	tcase_add_test(tc, states_of_which_there_is_more_to_know_are_marked);
	tcase_add_test(tc, a_table_fits_the_screen);
	tcase_add_test(tc, what_changed_stands_in_reverse);
	tcase_add_test(tc, no_instances_are_said_in_words);
	tcase_add_test(tc, members_of_another_type_show_as_a_dash);
	tcase_add_test(tc, colours_stand_around_states_only_and_only_where_asked);
	tcase_add_test(tc, the_first_line_of_a_detail_says_the_state_and_why);
	tcase_add_test(tc, a_backup_says_which_first_result_it_waits_for);
	tcase_add_test(tc, a_detail_tells_one_fact_a_line);
	tcase_add_test(tc, addresses_out_of_order_come_first_and_the_rest_is_a_number);
	tcase_add_test(tc, both_families_of_an_instance_are_two_details);
	tcase_add_test(tc, an_event_is_a_line);
	tcase_add_test(tc, the_priority_is_told_term_by_term);
	tcase_add_test(tc, a_force_is_told_with_who_why_and_how_long);
	tcase_add_test(tc, tracks_are_told_with_what_they_do);
	tcase_add_test(tc, a_group_is_told_with_its_other_members);
	tcase_add_test(tc, hooks_are_told_while_they_matter);
	tcase_add_test(tc, counters_are_told_with_what_they_count);
	tcase_add_test(tc, times_are_utc_to_the_millisecond_and_back);
	tcase_add_test(tc, ages_are_as_exact_as_a_person_wants);
	tcase_add_test(tc, durations_are_exact);
	return run_test_case(tc, "view_text");
}
