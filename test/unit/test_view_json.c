/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What programs read: the JSON of instances and events, to the letter.
 */
#include <errno.h>

#include "made_engine.h"
#include "unit.h"
#include "view/object.h"
#include "view/view.h"

static struct instant at_ms(int64_t ms)
{
	return (struct instant){ .us = ms * 1000 };
}

/* Compares the text of a value, which is released. */
static void expect_json(json_t *json, const char *expected)
{
	char *text = json_dumps(json, VIEW_DUMP_FLAGS);

	ck_assert_str_eq(text, expected);
	free(text);
	json_decref(json);
}

#define NO_COUNTERS_AFTER_BECAME_MASTER                                                      \
	"\"released_master\": 0, \"priority_zero_sent\": 0, \"priority_zero_received\": 0, " \
	"\"checksum_errors\": 0, \"version_errors\": 0, \"vrid_errors\": 0, "                \
	"\"ip_ttl_errors\": 0, \"packet_length_errors\": 0, \"invalid_type_received\": 0, "  \
	"\"address_list_errors\": 0, \"advert_interval_errors\": 0, \"auth_failures\": 0, "  \
	"\"sender_errors\": 0, \"own_address_received\": 0, \"send_errors\": 0, "

START_TEST(a_master_is_shown_as_the_interface_says)
{
	struct made_engine made;
	json_t *json;

	made_settings(&made, 1, 1);
	made_start(&made);
	made_run_to(&made, at_ms(5000));
	json = view_instance_json(made.engine, 0, made.now, VIEW_SUMMARY);
	ck_assert(json_is_array(json_object_get(json, "tracks")));
	json_object_del(json, "tracks");
	expect_json(
		json,
		"{\"name\": \"web\", \"state\": \"MASTER\", \"interface\": \"eth0\", "
		"\"vrid\": 51, \"family\": \"ipv4\", \"version\": 3, \"priority\": 150, "
		"\"effective_priority\": 150, \"advert_interval_ms\": 1000, "
		"\"master\": {\"address\": \"198.51.100.1\", \"priority\": 150, "
		"\"self\": true}, \"addresses\": [\"192.0.2.10/24\"], "
		"\"extra_addresses\": [], \"routes\": [], \"rules\": [], \"virtual_mac\": null, "
		"\"since\": \"2026-01-01T00:00:03.414Z\", "
		"\"reason\": \"master down timer expired\", \"forced\": null, "
		"\"group\": null, "
		"\"counters\": {\"adverts_sent\": 2, \"adverts_received\": 0, "
		"\"became_master\": 1, " NO_COUNTERS_AFTER_BECAME_MASTER
		"\"announcements_sent\": 5, \"addresses_added\": 1, "
		"\"addresses_removed\": 0, \"addresses_restored\": 0, "
		"\"address_failures\": 0, \"hooks_run\": 0, \"hook_failures\": 0}, \"heard\": [], \"conflicts\": [], "
		"\"addresses_total\": 1, "
		"\"addresses_present\": 1, \"lingering\": false}");
	made_done(&made);
}
END_TEST

START_TEST(no_known_master_is_null)
{
	struct made_engine made;
	json_t *json;

	made_settings(&made, 1, 1);
	made_start(&made);
	json = view_instance_json(made.engine, 0, made.now, VIEW_SUMMARY);
	ck_assert_str_eq(json_string_value(json_object_get(json, "state")), "BACKUP");
	ck_assert(json_is_null(json_object_get(json, "master")));
	json_decref(json);
	made_done(&made);
}
END_TEST

START_TEST(addresses_beyond_one_packet_are_extra)
{
	struct made_engine made;
	json_t *json;

	made_settings(&made, 1, 1000);
	made_start(&made);
	json = view_instance_json(made.engine, 0, made.now, VIEW_SUMMARY);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "addresses")), 255);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "extra_addresses")), 745);
	json_decref(json);
	made_done(&made);
}
END_TEST

/* Of a MASTER that announced lately; how much is left of them is the core's business. */
static void expect_timers(const json_t *timers)
{
	ck_assert_uint_eq(json_object_size(timers), 4);
	ck_assert_double_gt(json_number_value(json_object_get(timers, "advert_left_ms")), 0);
	ck_assert(json_is_null(json_object_get(timers, "master_down_left_ms")));
	ck_assert(json_is_null(json_object_get(timers, "preempt_delay_left_ms")));
	ck_assert_double_gt(json_number_value(json_object_get(timers, "announce_left_ms")), 0);
}

START_TEST(everything_there_is_to_know_follows_the_summary)
{
	struct made_engine made;
	json_t *json, *summary, *value;
	const char *key;

	made_settings(&made, 1, 2);
	made_start(&made);
	made_run_to(&made, at_ms(5000));
	json = view_instance_json(made.engine, 0, made.now, VIEW_FULL);
	summary = view_instance_json(made.engine, 0, made.now, VIEW_SUMMARY);
	json_object_foreach (summary, key, value) {
		ck_assert_msg(json_equal(json_object_get(json, key), value), "%s differs", key);
		json_object_del(json, key);
	}
	json_decref(summary);
	expect_timers(json_object_get(json, "timers"));
	json_object_del(json, "timers");
	expect_json(json,
		    "{\"link\": {\"present\": true, \"up\": true, \"ifindex\": 2}, "
		    "\"virtual_link\": null, "
		    "\"source_address\": \"198.51.100.1\", "
		    "\"priority_parts\": [{\"from\": \"configuration\", \"value\": 150}], "
		    "\"master_advert_interval_ms\": 1000, \"skew_time_ms\": 414.062, "
		    "\"master_down_interval_ms\": 3414.062, "
		    "\"preempt\": true, \"preempt_delay_ms\": 0, \"accept\": true, "
		    "\"checksum_pseudo_header\": true, \"peers\": [], \"min_ttl\": 255, "
		    "\"announce\": {\"count\": 5, \"repeat_ms\": 5000, \"refresh_ms\": 0, "
		    "\"interval_ms\": 0}, \"group_members\": [], "
		    "\"hooks\": {\"running\": false, \"pending\": false}, "
		    "\"routing_details\": [], "
		    "\"address_details\": ["
		    "{\"address\": \"192.0.2.10/24\", \"dev\": \"eth0\", \"presence\": \"ours\", "
		    "\"wanted\": true, \"advertised\": true}, "
		    "{\"address\": \"192.0.2.11/24\", \"dev\": \"eth0\", \"presence\": \"ours\", "
		    "\"wanted\": true, \"advertised\": true}]}");
	made_done(&made);
}
END_TEST

/* Takes an instance in pieces of that budget and compares the text with that of the whole. */
static uint32_t expect_same_in_pieces(const struct made_engine *made, enum view_depth depth,
				      uint32_t budget)
{
	struct view_pieces pieces = { .vrouter = 0, .depth = depth };
	json_t *json = view_instance_json(made->engine, 0, made->now, depth);
	char *whole = json_dumps(json, VIEW_DUMP_FLAGS), *text = NULL;
	enum view_piece_result result;
	uint32_t n = 0;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	do {
		uint32_t left = budget;

		result = view_piece(&pieces, made->engine, made->now, &left, out);
		ck_assert(result == VIEW_PIECE_LAST || left == 0);
		n++;
	} while (result == VIEW_PIECE_MORE);
	fclose(out);
	ck_assert_int_eq(result, VIEW_PIECE_LAST);
	ck_assert_str_eq(text, whole);
	view_pieces_done(&pieces);
	json_decref(json);
	free(whole);
	free(text);
	return n;
}

START_TEST(pieces_make_the_same_text_as_the_whole)
{
	static const uint32_t addresses[] = { 1, 2, 255, 256, 1000 };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct made_engine made;

		made_settings(&made, 1, addresses[i]);
		made_start(&made);
		made_run_to(&made, at_ms(5000));
		for (uint32_t budget = 1; budget <= 256; budget = budget * 2 + i) {
			expect_same_in_pieces(&made, VIEW_SUMMARY, budget);
			expect_same_in_pieces(&made, VIEW_BRIEF, budget);
			expect_same_in_pieces(&made, VIEW_FULL, budget);
		}
		made_done(&made);
	}
}
END_TEST

START_TEST(a_piece_holds_no_more_addresses_than_its_budget)
{
	struct made_engine made;

	made_settings(&made, 1, 1000);
	made_start(&made);
	/* three lists of all addresses and the head */
	ck_assert_uint_eq(expect_same_in_pieces(&made, VIEW_FULL, 256),
			  (3 * 1000 + VIEW_HEAD_COST + 255) / 256);
	made_done(&made);
}
END_TEST

/*
 * web has priority 100 and the group `edge` with web1; it tracks a script, its inverse, a file and
 * another interface, and the group a process.
 */
static void influenced(struct made_engine *made)
{
	static struct check_settings checks[] = {
		{ .name = "haproxy", .kind = CHECK_SCRIPT, .initially = CHECK_UNKNOWN },
		{ .name = "load", .kind = CHECK_FILE },
		{ .name = "nginx",
		  .kind = CHECK_PROCESS,
		  .minimum = 1,
		  .maximum = COUNT_UNLIMITED },
	};
	static struct track_settings tracks[] = {
		{ .check = 1, .weight = -60 },
		{ .check = 2, .weight = 2 },
		{ .interface = "eth9", .weight = -10 },
		{ .check = 3, .weight = 20 },
	};
	static struct group_settings groups[] = { { .name = "edge", .tracks = { 3, 1 } } };

	made_settings(made, 2, 1);
	made->settings.checks = checks;
	made->settings.check_count = 3;
	made->settings.tracks = tracks;
	made->settings.track_count = 4;
	made->settings.groups = groups;
	made->settings.group_count = 1;
	made->settings.instances[0].priority = 100;
	made->settings.instances[0].tracks = (struct range){ 0, 3 };
	made->settings.instances[0].group = 1;
	made->settings.instances[1].group = 1;
	made_start(made);
}

static void check_result(struct made_engine *made, uint32_t check, int64_t value, const char *why)
{
	made_step(made, (struct event){ .kind = EVENT_CHECK,
					.check = { .check = check, .value = value, .why = why } });
}

static json_t *full(const struct made_engine *made)
{
	return view_instance_json(made->engine, 0, made->now, VIEW_FULL);
}

/* The values of the parts must add up to the priority in effect; the text of the parts. */
static void expect_parts(const struct made_engine *made, const char *expected)
{
	json_t *json = full(made), *parts = json_object_get(json, "priority_parts"), *part;
	json_int_t sum = 0;
	size_t i;

	json_array_foreach (parts, i, part)
		sum += json_integer_value(json_object_get(part, "value"));
	ck_assert_int_eq(sum, json_integer_value(json_object_get(json, "effective_priority")));
	expect_json(json_incref(parts), expected);
	json_decref(json);
}

START_TEST(tracks_are_told_with_what_is_known_of_them)
{
	struct made_engine made;
	json_t *json;

	influenced(&made);
	check_result(&made, 0, 0, "exit status 1");
	check_result(&made, 1, 12, NULL);
	json = full(&made);
	expect_json(json_incref(json_object_get(json, "tracks")),
		    "[{\"kind\": \"interface\", \"name\": \"eth0\", \"weight\": 0, "
		    "\"up\": true, \"inverse\": false, \"adds\": 0, \"faults\": false, "
		    "\"of_group\": false, \"why\": \"\"}, "
		    "{\"kind\": \"script\", \"name\": \"haproxy\", \"weight\": -60, "
		    "\"up\": false, \"inverse\": false, \"adds\": -60, \"faults\": false, "
		    "\"of_group\": false, \"why\": \"exit status 1\"}, "
		    "{\"kind\": \"file\", \"name\": \"load\", \"weight\": 2, \"up\": true, "
		    "\"value\": 12, \"inverse\": false, \"adds\": 24, \"faults\": false, "
		    "\"of_group\": false, \"why\": \"\"}, "
		    "{\"kind\": \"interface\", \"name\": \"eth9\", \"weight\": -10, "
		    "\"up\": false, \"inverse\": false, \"adds\": -10, \"faults\": false, "
		    "\"of_group\": false, \"why\": \"\"}, "
		    "{\"kind\": \"process\", \"name\": \"nginx\", \"weight\": 20, "
		    "\"up\": null, \"inverse\": false, \"adds\": 0, \"faults\": false, "
		    "\"of_group\": true, \"why\": \"\"}]");
	ck_assert_str_eq(json_string_value(json_object_get(json, "group")), "edge");
	expect_json(json_incref(json_object_get(json, "group_members")), "[\"web1\"]");
	json_decref(json);
	made_done(&made);
}
END_TEST

START_TEST(the_parts_of_the_priority_add_up_to_it)
{
	struct event force = {
		.kind = EVENT_FORCE,
		.force = { .to = FORCE_MASTER, .until = INSTANT_NEVER, .reason = "", .by = "root" }
	};
	struct made_engine made;

	influenced(&made);
	check_result(&made, 0, 0, NULL);
	check_result(&made, 1, 12, NULL);
	check_result(&made, 2, 3, NULL);
	expect_parts(&made, "[{\"from\": \"configuration\", \"value\": 100}, "
			    "{\"from\": \"script haproxy\", \"why\": \"down\", \"value\": -60}, "
			    "{\"from\": \"file load\", \"why\": \"12 times 2\", \"value\": 24}, "
			    "{\"from\": \"interface eth9\", \"why\": \"down\", \"value\": -10}, "
			    "{\"from\": \"process nginx\", \"why\": \"up\", \"value\": 20}]");
	made_step(&made, force);
	expect_parts(&made, "[{\"from\": \"configuration\", \"value\": 100}, "
			    "{\"from\": \"script haproxy\", \"why\": \"down\", \"value\": -60}, "
			    "{\"from\": \"file load\", \"why\": \"12 times 2\", \"value\": 24}, "
			    "{\"from\": \"interface eth9\", \"why\": \"down\", \"value\": -10}, "
			    "{\"from\": \"process nginx\", \"why\": \"up\", \"value\": 20}, "
			    "{\"from\": \"force\", \"value\": 181}]");
	force.force.to = FORCE_NONE;
	made_step(&made, force);
	check_result(&made, 1, -500, NULL);
	expect_parts(&made,
		     "[{\"from\": \"configuration\", \"value\": 100}, "
		     "{\"from\": \"script haproxy\", \"why\": \"down\", \"value\": -60}, "
		     "{\"from\": \"file load\", \"why\": \"-500 times 2\", \"value\": -1000}, "
		     "{\"from\": \"interface eth9\", \"why\": \"down\", \"value\": -10}, "
		     "{\"from\": \"process nginx\", \"why\": \"up\", \"value\": 20}, "
		     "{\"from\": \"limit\", \"value\": 951}]");
	made_done(&made);
}
END_TEST

START_TEST(the_priority_of_an_owner_has_one_part_until_it_is_forced)
{
	struct event force = { .kind = EVENT_FORCE,
			       .force = { .to = FORCE_BACKUP,
					  .until = { .us = 90000000 },
					  .until_wall_us = MADE_WALL_US + 90000000,
					  .reason = "new kernel",
					  .by = "root" } };
	struct made_engine made;
	json_t *json;

	influenced(&made);
	made.settings.instances[0].priority = 255;
	made.settings.instances[0].group = made.settings.instances[1].group = 0;
	free(made.engine);
	made_start(&made);
	check_result(&made, 0, 0, NULL);
	expect_parts(&made, "[{\"from\": \"configuration\", \"value\": 255}]");
	made_step(&made, force);
	expect_parts(&made, "[{\"from\": \"configuration\", \"value\": 255}, "
			    "{\"from\": \"force\", \"value\": -254}]");
	json = full(&made);
	expect_json(json_incref(json_object_get(json, "forced")),
		    "{\"to\": \"backup\", \"until\": \"2026-01-01T00:01:30.000Z\", "
		    "\"reason\": \"new kernel\", \"by\": \"root\", \"despite_faults\": false}");
	json_decref(json);
	made_done(&made);
}
END_TEST

START_TEST(bytes_that_are_not_utf8_become_question_marks)
{
	struct made_engine made;
	json_t *json;

	made_settings(&made, 1, 1);
	memcpy(made.settings.instances[0].interface, "e\xc3\x28", 4);
	made_start(&made);
	json = view_instance_json(made.engine, 0, made.now, VIEW_SUMMARY);
	ck_assert_str_eq(json_string_value(json_object_get(json, "interface")), "e?(");
	json_decref(json);
	made_done(&made);
}
END_TEST

/* A configuration may be in Latin-1: a problem in it is told all the same. */
START_TEST(no_line_is_left_out_because_of_bytes_that_are_not_utf8)
{
	expect_json(object_lines("a.conf:1: \"priorit\xe4t\"\n\na.conf:3: \xc3\xa4"),
		    "[\"a.conf:1: \\\"priorit?t\\\"\", \"\", \"a.conf:3: \xc3\xa4\"]");
	expect_json(object_lines("one\n"), "[\"one\"]");
	expect_json(object_lines(""), "[]");
}
END_TEST

static struct history_event event_of(enum history_kind kind)
{
	return (struct history_event){
		.seq = 7, .wall_us = MADE_WALL_US, .kind = kind, .instance = "web"
	};
}

#define EVENT_HEAD "{\"time\": \"2026-01-01T00:00:00.000Z\", \"instance\": \"web\", \"event\": "

START_TEST(a_state_event_says_from_where_to_where_and_why)
{
	struct history_event e = event_of(HISTORY_STATE);

	e.from = VROUTER_BACKUP;
	e.to = VROUTER_MASTER;
	e.reason = REASON_MASTER_DOWN;
	e.code = 150;
	expect_json(view_event_json(&e),
		    EVENT_HEAD "\"state\", \"from\": \"BACKUP\", \"to\": \"MASTER\", "
			       "\"reason\": \"master down timer expired\", \"seq\": 7, "
			       "\"priority\": 150, \"text\": \"BACKUP -> MASTER: master down timer "
			       "expired (priority 150)\"}");
}
END_TEST

START_TEST(a_fault_by_the_kernels_refusal_has_its_words_in_the_reason)
{
	struct history_event e = event_of(HISTORY_STATE);
	json_t *json;

	e.from = VROUTER_MASTER;
	e.to = VROUTER_FAULT;
	e.reason = REASON_ADDRESS_FAILED;
	e.error = EPERM;
	json = view_event_json(&e);
	ck_assert_str_eq(json_string_value(json_object_get(json, "reason")),
			 "addresses cannot be added (Operation not permitted)");
	json_decref(json);
}
END_TEST

START_TEST(a_priority_event_has_numbers)
{
	struct history_event e = event_of(HISTORY_PRIORITY);

	e.from = 150;
	e.to = 90;
	e.reason = REASON_CONFIGURATION;
	expect_json(view_event_json(&e),
		    EVENT_HEAD "\"priority\", \"from\": 150, \"to\": 90, "
			       "\"reason\": \"configuration changed\", \"seq\": 7, "
			       "\"text\": \"priority 150 -> 90: configuration changed\"}");
}
END_TEST

START_TEST(a_master_event_names_the_master_or_none)
{
	struct history_event e = event_of(HISTORY_MASTER);

	expect_json(view_event_json(&e),
		    EVENT_HEAD "\"master\", \"from\": null, \"to\": null, "
			       "\"reason\": \"no master is known\", \"seq\": 7, "
			       "\"text\": \"no master is known\"}");
	e.address = made_ip("192.0.2.2");
	e.to = 200;
	expect_json(view_event_json(&e),
		    EVENT_HEAD "\"master\", \"from\": null, \"to\": \"192.0.2.2\", "
			       "\"reason\": \"192.0.2.2 is master (priority 200)\", \"seq\": 7, "
			       "\"priority\": 200, \"address\": \"192.0.2.2\", "
			       "\"text\": \"192.0.2.2 is master (priority 200)\"}");
}
END_TEST

START_TEST(a_refused_advertisement_has_its_reason_and_number)
{
	struct history_event e = event_of(HISTORY_REFUSED);

	e.code = REFUSAL_CHECKSUM;
	e.count = 3;
	e.address = made_ip("192.0.2.9");
	json_t *json = view_event_json(&e);

	ck_assert_str_eq(json_string_value(json_object_get(json, "event")), "advert");
	ck_assert_str_eq(json_string_value(json_object_get(json, "reason")),
			 refusal_text(REFUSAL_CHECKSUM));
	ck_assert_int_eq(json_integer_value(json_object_get(json, "count")), 3);
	json_decref(json);
}
END_TEST

START_TEST(a_failed_address_has_the_kernels_words)
{
	struct history_event e = event_of(HISTORY_ADDRESS);

	e.code = ADDRESS_ADD_FAILED;
	e.error = 13; /* EACCES */
	e.address = made_ip("192.0.2.10");
	snprintf(e.text, sizeof(e.text), "eth0");
	expect_json(
		view_event_json(&e), EVENT_HEAD
		"\"address\", \"from\": null, \"to\": null, "
		"\"reason\": \"address 192.0.2.10 dev eth0 cannot be added: Permission denied\", "
		"\"seq\": 7, \"what\": \"add-failed\", \"address\": \"192.0.2.10\", "
		"\"error\": \"Permission denied\", "
		"\"text\": \"address 192.0.2.10 dev eth0 cannot be added: Permission denied\"}");
}
END_TEST

START_TEST(a_track_event_leads_from_one_state_or_number_to_another)
{
	struct history_event e = event_of(HISTORY_TRACK);

	e.from = CHECK_UNKNOWN;
	e.to = CHECK_DOWN;
	snprintf(e.text, sizeof(e.text), "script haproxy: exit status 1");
	expect_json(view_event_json(&e),
		    EVENT_HEAD "\"track\", \"from\": \"unknown\", \"to\": \"down\", "
			       "\"reason\": \"script haproxy: exit status 1\", \"seq\": 7, "
			       "\"text\": \"script haproxy: unknown -> down: exit status 1\"}");
	e.code = 1;
	e.from = 12;
	e.to = -3;
	snprintf(e.text, sizeof(e.text), "file load");
	expect_json(view_event_json(&e), EVENT_HEAD "\"track\", \"from\": 12, \"to\": -3, "
						    "\"reason\": \"file load\", \"seq\": 7, "
						    "\"text\": \"file load: 12 -> -3\"}");
	/* what another version of the core might say */
	e.code = 0;
	json_t *json = view_event_json(&e);

	ck_assert(json_is_null(json_object_get(json, "from")));
	json_decref(json);
}
END_TEST

START_TEST(a_force_event_says_to_what_and_by_whom)
{
	struct history_event e = event_of(HISTORY_FORCE);

	e.to = FORCE_BACKUP;
	snprintf(e.text, sizeof(e.text), "by root: Wartung f\xc3\xbcr heute");
	expect_json(view_event_json(&e), EVENT_HEAD
		    "\"force\", \"from\": null, \"to\": \"backup\", "
		    "\"reason\": \"by root: Wartung f\xc3\xbcr heute\", \"seq\": 7, "
		    "\"text\": \"forced to be backup: by root: Wartung f\xc3\xbcr heute\"}");
	e.to = FORCE_NONE;
	snprintf(e.text, sizeof(e.text), "by root");
	expect_json(view_event_json(&e), EVENT_HEAD "\"force\", \"from\": null, \"to\": null, "
						    "\"reason\": \"by root\", \"seq\": 7, "
						    "\"text\": \"no longer forced: by root\"}");
}
END_TEST

START_TEST(a_hook_event_says_how_it_went_and_how_long_it_took)
{
	struct history_event e = event_of(HISTORY_HOOK);

	e.code = 1;
	e.count = 1234;
	snprintf(e.text, sizeof(e.text), "notify: exit status 3");
	expect_json(view_event_json(&e),
		    EVENT_HEAD "\"hook\", \"from\": null, \"to\": null, "
			       "\"reason\": \"notify: exit status 3\", \"seq\": 7, "
			       "\"failed\": true, \"took_ms\": 1234, "
			       "\"text\": \"notify: exit status 3 (1234 ms)\"}");
}
END_TEST

START_TEST(an_upgrade_event_says_whether_it_failed)
{
	struct history_event e = event_of(HISTORY_UPGRADE);

	e.code = 1;
	snprintf(e.text, sizeof(e.text), "it failed");
	expect_json(view_event_json(&e), EVENT_HEAD "\"upgrade\", \"from\": null, \"to\": null, "
						    "\"reason\": \"it failed\", \"seq\": 7, "
						    "\"failed\": true, \"text\": \"it failed\"}");
}
END_TEST

START_TEST(every_kind_of_event_has_the_members_of_the_interface)
{
	static const char *const members[] = {
		"time", "instance", "event", "from", "to", "reason"
	};

	for (int kind = 0; kind < HISTORY_KIND_COUNT_; kind++) {
		struct history_event e = event_of((enum history_kind)kind);
		json_t *json = view_event_json(&e);
		void *iter = json_object_iter(json);

		for (size_t i = 0; i < 6; i++, iter = json_object_iter_next(json, iter))
			ck_assert_str_eq(json_object_iter_key(iter), members[i]);
		ck_assert_str_ne(json_string_value(json_object_get(json, "event")), "?");
		json_decref(json);
	}
}
END_TEST

START_TEST(lost_events_are_an_event)
{
	expect_json(view_lost_json(12, MADE_WALL_US),
		    "{\"time\": \"2026-01-01T00:00:00.000Z\", \"instance\": \"\", "
		    "\"event\": \"lost\", \"from\": null, \"to\": null, "
		    "\"reason\": \"12 events were overwritten before they were read\", "
		    "\"count\": 12, "
		    "\"text\": \"12 events were overwritten before they were read\"}");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("view_json");

	tcase_add_test(tc, a_master_is_shown_as_the_interface_says);
	tcase_add_test(tc, no_known_master_is_null);
	tcase_add_test(tc, addresses_beyond_one_packet_are_extra);
	tcase_add_test(tc, everything_there_is_to_know_follows_the_summary);
	tcase_add_test(tc, pieces_make_the_same_text_as_the_whole);
	tcase_add_test(tc, a_piece_holds_no_more_addresses_than_its_budget);
	tcase_add_test(tc, tracks_are_told_with_what_is_known_of_them);
	tcase_add_test(tc, the_parts_of_the_priority_add_up_to_it);
	tcase_add_test(tc, the_priority_of_an_owner_has_one_part_until_it_is_forced);
	tcase_add_test(tc, bytes_that_are_not_utf8_become_question_marks);
	tcase_add_test(tc, no_line_is_left_out_because_of_bytes_that_are_not_utf8);
	tcase_add_test(tc, a_state_event_says_from_where_to_where_and_why);
	tcase_add_test(tc, a_fault_by_the_kernels_refusal_has_its_words_in_the_reason);
	tcase_add_test(tc, a_priority_event_has_numbers);
	tcase_add_test(tc, a_master_event_names_the_master_or_none);
	tcase_add_test(tc, a_refused_advertisement_has_its_reason_and_number);
	tcase_add_test(tc, a_failed_address_has_the_kernels_words);
	tcase_add_test(tc, a_track_event_leads_from_one_state_or_number_to_another);
	tcase_add_test(tc, a_force_event_says_to_what_and_by_whom);
	tcase_add_test(tc, a_hook_event_says_how_it_went_and_how_long_it_took);
	tcase_add_test(tc, an_upgrade_event_says_whether_it_failed);
	tcase_add_test(tc, every_kind_of_event_has_the_members_of_the_interface);
	tcase_add_test(tc, lost_events_are_an_event);
	return run_test_case(tc, "view_json");
}
