/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the control server answers.
 */
#include "control_world.h"
#include "unit.h"
#include "view/view.h"

/*
 * An engine with that many instances, all of them MASTER, and a client of the server in front of
 * it.
 */
struct scene {
	struct made_engine made;
	struct world world;
	struct listener client;
};

static void scene_begin(struct scene *s, uint32_t instances, uint32_t addresses)
{
	*s = (struct scene){ .client.fd = -1 };
	made_settings(&s->made, instances, addresses);
	made_start(&s->made);
	made_run_to(&s->made, (struct instant){ .us = 5000000 });
	world_begin(&s->world, &s->made);
	s->client.fd = world_connect_served(&s->world);
}

static void scene_end(struct scene *s)
{
	listener_done(&s->client);
	world_end(&s->world);
	made_done(&s->made);
}

static json_t *scene_ask(struct scene *s, const char *request)
{
	return ask_for(&s->world, &s->client, request);
}

START_TEST(show_is_the_object_of_the_interface)
{
	static const char *const members[] = { "name", "version", "pid", "instances", "counters" };
	struct scene s;
	json_t *show, *expected;
	void *iter;

	scene_begin(&s, 2, 3);
	show = scene_ask(&s, "{\"command\": \"show\"}");
	iter = json_object_iter(show);
	for (size_t i = 0; i < 5; i++, iter = json_object_iter_next(show, iter))
		ck_assert_str_eq(json_object_iter_key(iter), members[i]);
	ck_assert_ptr_null(iter);
	ck_assert_str_eq(json_string_value(json_object_get(show, "name")), "lb1");
	ck_assert_str_eq(json_string_value(json_object_get(show, "version")), "2.0.0");
	ck_assert_int_eq(json_integer_value(json_object_get(show, "pid")), 1234);
	ck_assert_uint_eq(json_array_size(json_object_get(show, "instances")), 2);
	for (uint32_t i = 0; i < 2; i++) {
		expected = view_instance_json(s.made.engine, i, s.made.now, VIEW_SUMMARY);
		ck_assert(json_equal(json_array_get(json_object_get(show, "instances"), i),
				     expected));
		json_decref(expected);
	}
	expected = view_counters_json(engine_counters(s.made.engine));
	ck_assert(json_equal(json_object_get(show, "counters"), expected));
	json_decref(expected);
	json_decref(show);
	scene_end(&s);
}
END_TEST

/* The table of it; the caller frees it. */
static char *table_of(const json_t *show, int64_t wall_us)
{
	struct view_style style = { .wall_us = wall_us };
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	view_table(out, show, &style);
	fclose(out);
	return text;
}

START_TEST(show_may_be_brief_and_a_table_of_it_is_the_same)
{
	struct scene s;
	json_t *brief, *show;
	char *text, *expected;

	scene_begin(&s, 20, 3);
	engine_step(s.made.engine, &(struct event){ .kind = EVENT_FORCE,
						    .now = s.made.now,
						    .force = { .instance = 7,
							       .to = FORCE_BACKUP,
							       .until = INSTANT_NEVER,
							       .reason = "",
							       .by = "root" } });
	brief = scene_ask(&s, "{\"command\": \"show\", \"brief\": true}");
	show = scene_ask(&s, "{\"command\": \"show\"}");
	text = table_of(brief, MADE_WALL_US);
	expected = table_of(show, MADE_WALL_US);
	ck_assert_str_eq(text, expected);
	ck_assert_ptr_nonnull(strstr(text, "BACKUP*"));
	ck_assert_uint_eq(json_array_size(json_object_get(brief, "instances")), 20);
	ck_assert_ptr_null(json_object_get(json_array_get(json_object_get(brief, "instances"), 0),
					   "counters"));
	free(text);
	free(expected);
	json_decref(brief);
	json_decref(show);
	expect_error(&s.world, &s.client,
		     "{\"command\": \"show\", \"name\": \"web\", \"brief\": true}",
		     "\"brief\" is for all instances, not for one");
	expect_error(&s.world, &s.client, "{\"command\": \"show\", \"brief\": 1}",
		     "\"brief\" is true or false");
	scene_end(&s);
}
END_TEST

START_TEST(show_without_instances_is_an_empty_list)
{
	struct scene s;
	json_t *show;

	scene_begin(&s, 0, 0);
	show = scene_ask(&s, "{\"command\": \"show\"}");
	ck_assert(json_is_array(json_object_get(show, "instances")));
	ck_assert_uint_eq(json_array_size(json_object_get(show, "instances")), 0);
	json_decref(show);
	expect_error(&s.world, &s.client, "{\"command\": \"show\", \"name\": \"web\"}",
		     "no instance web: none is configured");
	scene_end(&s);
}
END_TEST

START_TEST(show_of_a_name_is_all_of_that_instance)
{
	struct scene s;
	json_t *show, *expected;

	scene_begin(&s, 3, 1000);
	show = scene_ask(&s, "{\"command\": \"show\", \"name\": \"web2\"}");
	expected = view_instance_json(s.made.engine, 2, s.made.now, VIEW_FULL);
	ck_assert(json_equal(show, expected));
	json_decref(expected);
	json_decref(show);
	scene_end(&s);
}
END_TEST

/* web has an IPv6 address too. */
static void both_families_begin(struct scene *s)
{
	*s = (struct scene){ .client.fd = -1 };
	made_settings(&s->made, 2, 1);
	s->made.settings.vips[2] = (struct vip){ .addr = made_ip("fe80::10"), .prefix_len = 64 };
	s->made.settings.vip_count = 3;
	s->made.settings.instances[0].addresses[FAMILY_V6] = (struct range){ 2, 1 };
	made_start(&s->made);
	world_begin(&s->world, &s->made);
	s->client.fd = world_connect_served(&s->world);
}

static const char *name_in(const json_t *array, size_t i)
{
	return json_string_value(json_object_get(json_array_get(array, i), "name"));
}

START_TEST(an_instance_of_both_families_is_an_array_of_two)
{
	struct scene s;
	json_t *show;

	both_families_begin(&s);
	show = scene_ask(&s, "{\"command\": \"show\", \"name\": \"web\"}");
	ck_assert_uint_eq(json_array_size(show), 2);
	ck_assert_str_eq(name_in(show, 0), "web/ipv4");
	ck_assert_str_eq(name_in(show, 1), "web/ipv6");
	json_decref(show);
	show = scene_ask(&s, "{\"command\": \"counters\", \"name\": \"web\"}");
	ck_assert_uint_eq(json_array_size(show), 2);
	ck_assert_str_eq(name_in(show, 1), "web/ipv6");
	json_decref(show);
	show = scene_ask(&s, "{\"command\": \"show\", \"name\": \"web/ipv6\"}");
	ck_assert_str_eq(json_string_value(json_object_get(show, "family")), "ipv6");
	json_decref(show);
	scene_end(&s);
}
END_TEST

START_TEST(counters_are_those_of_all_or_of_one)
{
	struct scene s;
	json_t *counters, *one;

	scene_begin(&s, 40, 1);
	counters = scene_ask(&s, "{\"command\": \"counters\"}");
	ck_assert_uint_eq(json_array_size(json_object_get(counters, "instances")), 40);
	ck_assert_ptr_nonnull(
		json_object_get(json_object_get(counters, "counters"), "vrid_errors"));
	one = scene_ask(&s, "{\"command\": \"counters\", \"name\": \"web39\"}");
	ck_assert_str_eq(json_string_value(json_object_get(one, "name")), "web39");
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(one, "counters"),
							    "became_master")),
			 1);
	ck_assert(json_equal(one, json_array_get(json_object_get(counters, "instances"), 39)));
	json_decref(one);
	json_decref(counters);
	scene_end(&s);
}
END_TEST

START_TEST(version_says_who_answers)
{
	struct scene s;
	json_t *version, *expected;

	scene_begin(&s, 1, 1);
	version = scene_ask(&s, "{\"command\": \"version\"}");
	expected = json_pack("{s:s, s:s, s:s, s:i}", "name", "lb1", "version", "2.0.0", "build",
			     "gcc, all of it", "pid", 1234);
	ck_assert(json_equal(version, expected));
	json_decref(expected);
	json_decref(version);
	scene_end(&s);
}
END_TEST

START_TEST(announce_asks_for_masters_only)
{
	struct scene s;
	json_t *result;

	scene_begin(&s, 201, 1);
	made_link(&s.made, 0, false); /* all but the last are in FAULT */
	result = scene_ask(&s, "{\"command\": \"announce\", \"name\": \"all\"}");
	ck_assert_int_eq(json_integer_value(json_object_get(result, "announced")), 1);
	ck_assert_uint_eq(s.world.announced_count, 1);
	ck_assert_uint_eq(s.world.announced[0], 200);
	json_decref(result);
	result = scene_ask(&s, "{\"command\": \"announce\", \"name\": \"web200\"}");
	ck_assert_uint_eq(s.world.announced_count, 2);
	json_decref(result);
	expect_error(&s.world, &s.client, "{\"command\": \"announce\", \"name\": \"web\"}",
		     "web is FAULT, and only a MASTER announces its addresses");
	made_link(&s.made, 1, false);
	expect_error(&s.world, &s.client, "{\"command\": \"announce\", \"name\": \"all\"}",
		     "no instance is MASTER, and only a MASTER announces its addresses");
	expect_error(&s.world, &s.client, "{\"command\": \"announce\"}",
		     "\"name\" is missing: an instance, or \"all\"");
	ck_assert_uint_eq(s.world.announced_count, 2);
	scene_end(&s);
}
END_TEST

START_TEST(a_reload_may_be_answered_at_once)
{
	struct scene s;
	json_t *result;

	scene_begin(&s, 1, 1);
	s.world.answer_at_once = true;
	result = scene_ask(&s, "{\"command\": \"reload\"}");
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(result, "changes"), 0)),
			 "web: new");
	json_decref(result);
	scene_end(&s);
}
END_TEST

START_TEST(a_reload_may_be_answered_later_and_refused)
{
	struct scene s;
	json_t *reply;

	scene_begin(&s, 1, 1);
	say(s.client.fd, "{\"command\": \"reload\"}\n{\"command\": \"version\"}\n");
	world_turns(&s.world, 20);
	ck_assert_uint_eq(s.world.reloads, 1);
	control_reply_error(s.world.control, s.world.last_reload, "the configuration is broken",
			    json_pack("[s]", "f:1: what"));
	reply = hear_json(&s.world, &s.client);
	ck_assert_str_eq(json_string_value(json_object_get(reply, "error")),
			 "the configuration is broken");
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(reply, "problems"), 0)),
			 "f:1: what");
	json_decref(reply);
	/* answered once, and the next request has its turn */
	control_reply_ok(s.world.control, s.world.last_reload, json_null());
	reply = hear_json(&s.world, &s.client);
	ck_assert_ptr_nonnull(json_object_get(json_object_get(reply, "result"), "version"));
	json_decref(reply);
	scene_end(&s);
}
END_TEST

START_TEST(an_upgrade_is_handed_to_the_supervisor_with_its_client)
{
	struct scene s;
	char byte;

	scene_begin(&s, 1, 1);
	s.world.no_supervisor = true;
	expect_error(&s.world, &s.client, "{\"command\": \"upgrade\"}",
		     "nobody is there to do that");
	ck_assert_str_eq(s.world.last_path, "");
	s.world.no_supervisor = false;
	say(s.client.fd, "{\"command\": \"upgrade\", \"path\": \"/opt/vrrpd\"}\n");
	world_turns(&s.world, 5);
	ck_assert_str_eq(s.world.last_path, "/opt/vrrpd");
	ck_assert_uint_eq(s.world.upgrades, 2);
	/* nobody has kept a copy of the descriptor here */
	ck_assert_int_eq(recv(s.client.fd, &byte, 1, MSG_DONTWAIT), 0);
	scene_end(&s);
}
END_TEST

START_TEST(an_answer_to_a_client_that_has_gone_reaches_nobody_else)
{
	struct scene s;
	struct control_request late;
	struct listener other = { 0 };
	json_t *result;

	scene_begin(&s, 1, 1);
	say(s.client.fd, "{\"command\": \"reload\"}\n");
	world_turns(&s.world, 5);
	late = s.world.last_reload;
	close(s.client.fd);
	world_turns(&s.world, 5);
	control_reply_ok(s.world.control, late, json_object());
	world_turns(&s.world, 5);

	/* its place is taken by another one that waits too */
	other.fd = world_connect_served(&s.world);
	say(other.fd, "{\"command\": \"reload\"}\n");
	world_turns(&s.world, 5);
	ck_assert_uint_eq(s.world.reloads, 2);
	ck_assert_uint_eq(s.world.last_reload.place, late.place);
	control_reply_error(s.world.control, late, "not for you", json_array());
	control_reply_ok(s.world.control, late, json_object());
	control_reply_ok(s.world.control, s.world.last_reload, json_string("for you"));
	result = hear_json(&s.world, &other);
	ck_assert_str_eq(json_string_value(json_object_get(result, "result")), "for you");
	json_decref(result);
	control_reply_ok(s.world.control, (struct control_request){ .place = 99999 }, json_null());
	s.client.fd = other.fd;
	free(other.data);
	scene_end(&s);
}
END_TEST

static void append_event(struct scene *s, int32_t number)
{
	struct history_event e = { .kind = HISTORY_PRIORITY,
				   .from = number,
				   .wall_us = MADE_WALL_US };

	history_append(engine_history(s->made.engine), &e);
}

/* What append_event() was given; -1 for another event. */
static int64_t number_of(const json_t *event)
{
	const json_t *from = json_object_get(event, "from");

	return json_is_integer(from) ? json_integer_value(from) : -1;
}

/* ---- forces ---- */

/* The names in a reply, separated by spaces. */
static void expect_instances(const json_t *reply, const char *expected)
{
	const json_t *names = json_object_get(reply, "instances"), *name;
	char text[256] = "";
	size_t i;

	json_array_foreach (names, i, name)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
			 i == 0 ? "" : " ", json_string_value(name));
	ck_assert_str_eq(text, expected);
}

/* web1 and web3 are in the group `edge`. */
static void grouped_begin(struct scene *s)
{
	static struct group_settings groups[] = { { .name = "edge" } };

	*s = (struct scene){ .client.fd = -1 };
	made_settings(&s->made, 5, 1);
	s->made.settings.groups = groups;
	s->made.settings.group_count = 1;
	s->made.settings.instances[1].group = 1;
	s->made.settings.instances[3].group = 1;
	made_start(&s->made);
	world_begin(&s->world, &s->made);
	s->client.fd = world_connect_served(&s->world);
}

/* Forces, and expects those to be named in the reply and these to be handed on. */
static void expect_forced(struct scene *s, const char *name, const char *named, uint32_t first,
			  uint32_t count)
{
	char request[256];
	json_t *reply;

	snprintf(request, sizeof(request),
		 "{\"command\": \"force\", \"to\": \"backup\", \"name\": \"%s\"}", name);
	s->world.forced_count = 0;
	reply = scene_ask(s, request);
	expect_instances(reply, named);
	ck_assert_str_eq(json_string_value(json_object_get(reply, "to")), "backup");
	ck_assert(json_is_null(json_object_get(reply, "until")));
	ck_assert_uint_eq(s->world.forced_count, count);
	ck_assert_uint_eq(s->world.forced[0], first);
	ck_assert_int_eq(s->world.last_force.to, FORCE_BACKUP);
	ck_assert(instant_is_never(s->world.last_force.until));
	ck_assert_str_eq(s->world.last_reason, "");
	json_decref(reply);
}

START_TEST(a_force_is_of_an_instance_a_group_or_all)
{
	struct scene s;

	grouped_begin(&s);
	expect_forced(&s, "web", "web", 0, 1);
	expect_forced(&s, "web4", "web4", 4, 1);
	/* a group goes together, and is asked for once */
	expect_forced(&s, "web3", "web1 web3", 1, 1);
	expect_forced(&s, "edge", "web1 web3", 1, 1);
	expect_forced(&s, "all", "web web1 web2 web3 web4", 0, 4);
	expect_error(&s.world, &s.client,
		     "{\"command\": \"force\", \"to\": \"off\", \"name\": \"edgr\"}",
		     "no instance or group edgr: did you mean edge?");
	expect_error(
		&s.world, &s.client, "{\"command\": \"release\", \"name\": \"somebody\"}",
		"no instance or group somebody: there are web, web1, web2, web3, web4, and the "
		"group edge");
	expect_error(&s.world, &s.client, "{\"command\": \"show\", \"name\": \"edge\"}",
		     "edge is a group, and this is about one instance: name web1, web3");
	scene_end(&s);
}
END_TEST

START_TEST(a_force_of_one_family_is_of_the_whole_instance)
{
	struct scene s;

	both_families_begin(&s);
	expect_forced(&s, "web/ipv6", "web", 0, 1);
	expect_forced(&s, "web", "web", 0, 1);
	scene_end(&s);
}
END_TEST

START_TEST(a_force_has_an_end_a_reason_and_somebody_who_wanted_it)
{
	struct scene s;
	json_t *reply;

	scene_begin(&s, 1, 1);
	reply = scene_ask(&s, "{\"command\": \"force\", \"to\": \"master\", \"name\": \"web\", "
			      "\"for_ms\": 90000, \"reason\": \"new kernel\", "
			      "\"despite_faults\": true}");
	ck_assert_str_eq(json_string_value(json_object_get(reply, "until")),
			 "2026-01-01T00:01:35.000Z");
	json_decref(reply);
	ck_assert_int_eq(s.world.last_force.to, FORCE_MASTER);
	ck_assert_int_eq(s.world.last_force.until.us, 95000000);
	ck_assert_int_eq(s.world.last_force.until_wall_us, MADE_WALL_US + 95000000);
	ck_assert(s.world.last_force.despite_faults);
	ck_assert_str_eq(s.world.last_force.by, "root");
	ck_assert_str_eq(s.world.last_reason, "new kernel");
	scene_end(&s);
}
END_TEST

START_TEST(a_force_that_makes_no_sense_is_refused_with_the_reason)
{
	static const struct {
		const char *members, *error;
	} refused[] = {
		{ "", "\"to\" is missing: master, backup or off" },
		{ ", \"to\": \"slave\"", "\"to\" is master, backup or off" },
		{ ", \"to\": \"none\"", "\"to\" is master, backup or off" },
		{ ", \"to\": 1", "\"to\" is master, backup or off" },
		{ ", \"to\": \"master\"", "\"name\" is missing: an instance, a group, or \"all\"" },
		{ ", \"to\": \"off\", \"name\": \"web\", \"despite_faults\": true",
		  "\"despite_faults\" belongs to \"to\": \"master\"" },
		{ ", \"despite_faults\": 1", "\"despite_faults\" is true or false" },
		{ ", \"for_ms\": 0", "\"for_ms\" is a whole number of milliseconds, 1 to "
				     "36000000000 (10,000 hours)" },
		{ ", \"for_ms\": 36000000001",
		  "\"for_ms\" is a whole number of milliseconds, 1 to 36000000000 (10,000 hours)" },
		{ ", \"for_ms\": 1.5", "\"for_ms\" is a whole number of milliseconds, 1 to "
				       "36000000000 (10,000 hours)" },
		{ ", \"reason\": 7", "\"reason\" is one line of text, at most 255 bytes" },
		{ ", \"reason\": \"two\\nlines\"",
		  "\"reason\" is one line of text, at most 255 bytes" },
		{ ", \"reason\": \"\\u001b[2J\"",
		  "\"reason\" is one line of text, at most 255 bytes" },
		{ ", \"reason\": \"\\u009b2J\"",
		  "\"reason\" is one line of text, at most 255 bytes" },
		{ ", \"until\": 1", "force does not take \"until\"" },
	};
	struct scene s;

	scene_begin(&s, 1, 1);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		char request[256];

		snprintf(request, sizeof(request), "{\"command\": \"force\"%s}",
			 refused[i].members);
		expect_error(&s.world, &s.client, request, refused[i].error);
	}
	ck_assert_uint_eq(s.world.forced_count, 0);
	scene_end(&s);
}
END_TEST

START_TEST(a_reason_may_be_that_long_and_no_longer)
{
	struct scene s;
	char request[512];

	scene_begin(&s, 1, 1);
	snprintf(request, sizeof(request),
		 "{\"command\": \"force\", \"to\": \"off\", \"name\": \"web\", "
		 "\"reason\": \"%0255d\"}",
		 7);
	json_decref(scene_ask(&s, request));
	ck_assert_uint_eq(strlen(s.world.last_reason), 255);
	snprintf(request, sizeof(request),
		 "{\"command\": \"force\", \"to\": \"off\", \"name\": \"web\", "
		 "\"reason\": \"%0256d\"}",
		 7);
	expect_error(&s.world, &s.client, request,
		     "\"reason\" is one line of text, at most 255 bytes");
	scene_end(&s);
}
END_TEST

START_TEST(releasing_what_is_not_forced_is_done_already)
{
	struct scene s;
	json_t *reply;

	scene_begin(&s, 2, 1);
	reply = scene_ask(&s, "{\"command\": \"release\", \"name\": \"all\"}");
	expect_instances(reply, "");
	json_decref(reply);
	ck_assert_uint_eq(s.world.forced_count, 0);
	scene_end(&s);
}
END_TEST

START_TEST(without_instances_there_is_nothing_to_force)
{
	struct scene s;

	scene_begin(&s, 0, 0);
	expect_error(&s.world, &s.client,
		     "{\"command\": \"force\", \"to\": \"off\", \"name\": \"all\"}",
		     "no instances are configured");
	expect_error(&s.world, &s.client, "{\"command\": \"release\", \"name\": \"all\"}",
		     "no instances are configured");
	scene_end(&s);
}
END_TEST

START_TEST(events_are_told_oldest_first)
{
	struct scene s;
	json_t *events;

	scene_begin(&s, 1, 1);
	for (int32_t i = 0; i < 100; i++)
		append_event(&s, i);
	events = scene_ask(&s, "{\"command\": \"events\", \"last\": 70}");
	ck_assert_uint_eq(json_array_size(events), 70);
	for (size_t i = 0; i < 70; i++)
		ck_assert_int_eq(number_of(json_array_get(events, i)), (int64_t)i + 30);
	json_decref(events);
	events = scene_ask(&s, "{\"command\": \"events\", \"last\": 0}");
	ck_assert_uint_eq(json_array_size(events), 0);
	json_decref(events);
	events = scene_ask(&s, "{\"command\": \"events\"}");
	ck_assert_uint_gt(json_array_size(events), 100);
	ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(events, 0), "seq")), 1);
	json_decref(events);
	scene_end(&s);
}
END_TEST

static json_t *next_event(struct scene *s)
{
	json_t *reply = hear_json(&s->world, &s->client);
	json_t *event = json_incref(json_object_get(reply, "result"));

	ck_assert(json_is_true(json_object_get(reply, "ok")));
	ck_assert(json_is_object(event));
	json_decref(reply);
	return event;
}

static void append_event_of(struct scene *s, const char *instance, int32_t number)
{
	struct history_event e = { .kind = HISTORY_PRIORITY, .from = number };

	snprintf(e.instance, sizeof(e.instance), "%s", instance);
	history_append(engine_history(s->made.engine), &e);
}

/* The numbers of events, separated by spaces. */
static void expect_numbers(const json_t *events, const char *expected)
{
	char text[256] = "";
	const json_t *event;
	size_t i;

	json_array_foreach (events, i, event)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%d",
			 i == 0 ? "" : " ", (int)number_of(event));
	ck_assert_str_eq(text, expected);
}

START_TEST(events_may_be_those_of_one_name)
{
	static const struct {
		const char *name, *numbers;
		int last;
	} wanted[] = {
		{ "web", "3 5", 2 },    { "web", "5", 1 },  { "web", "", 0 },
		{ "web/ipv4", "3", 9 }, { "gone", "4", 9 }, { "web1", "2 6", 2 },
	};
	struct scene s;

	scene_begin(&s, 2, 1);
	append_event_of(&s, "web", 1);
	append_event_of(&s, "web1", 2);
	append_event_of(&s, "web/ipv4", 3);
	append_event_of(&s, "gone", 4);
	append_event_of(&s, "web", 5);
	append_event_of(&s, "web1", 6);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		char request[128];
		json_t *events;

		snprintf(request, sizeof(request),
			 "{\"command\": \"events\", \"name\": \"%s\", \"last\": %d}",
			 wanted[i].name, wanted[i].last);
		events = scene_ask(&s, request);
		expect_numbers(events, wanted[i].numbers);
		json_decref(events);
	}
	scene_end(&s);
}
END_TEST

START_TEST(a_follower_is_told_what_happens)
{
	struct scene s;
	json_t *events, *event;

	scene_begin(&s, 1, 1);
	append_event(&s, 1);
	events = scene_ask(&s, "{\"command\": \"events\", \"last\": 1, \"follow\": true}");
	ck_assert_uint_eq(json_array_size(events), 1);
	json_decref(events);
	world_turns(&s.world, 20);
	for (int32_t i = 2; i < 200; i++)
		append_event(&s, i);
	control_events_available(s.world.control);
	for (int32_t i = 2; i < 200; i++) {
		event = next_event(&s);
		ck_assert_int_eq(number_of(event), i);
		json_decref(event);
	}
	/* what it says meanwhile is thrown away */
	say(s.client.fd, "{\"command\": \"version\"}\n");
	world_turns(&s.world, 20);
	append_event(&s, 200);
	control_events_available(s.world.control);
	event = next_event(&s);
	ck_assert_int_eq(number_of(event), 200);
	json_decref(event);
	scene_end(&s);
}
END_TEST

START_TEST(a_follower_of_one_name_is_told_of_no_other)
{
	struct scene s;
	json_t *event;

	scene_begin(&s, 2, 1);
	json_decref(scene_ask(&s, "{\"command\": \"events\", \"last\": 0, \"name\": \"web1\", "
				  "\"follow\": true}"));
	for (int32_t i = 0; i < 200; i++)
		append_event_of(&s, i % 100 == 99 ? "web1" : "web", i);
	control_events_available(s.world.control);
	for (int32_t i = 99; i < 200; i += 100) {
		event = next_event(&s);
		ck_assert_int_eq(number_of(event), i);
		json_decref(event);
	}
	scene_end(&s);
}
END_TEST

START_TEST(a_follower_that_is_too_slow_is_told_how_much_it_lost)
{
	struct scene s;
	json_t *event;
	int64_t expected = 0, lost = 0;
	const int32_t n = 20 * HISTORY_MAX;

	scene_begin(&s, 1, 1);
	event = scene_ask(&s, "{\"command\": \"events\", \"last\": 0, \"follow\": true}");
	json_decref(event);
	for (int32_t i = 0; i < n; i++) {
		append_event(&s, i);
		if (i % 100 == 0) {
			control_events_available(s.world.control);
			world_turns(&s.world, 3);
		}
	}
	while (expected < n) {
		event = next_event(&s);
		if (strcmp(json_string_value(json_object_get(event, "event")), "lost") == 0) {
			int64_t count = json_integer_value(json_object_get(event, "count"));

			ck_assert_int_gt(count, 0);
			lost += count;
			expected += count;
		} else {
			ck_assert_int_eq(number_of(event), expected);
			expected++;
		}
		json_decref(event);
	}
	ck_assert_int_eq(expected, n);
	ck_assert_int_gt(lost, 0);
	scene_end(&s);
}
END_TEST

START_TEST(a_history_that_begins_again_does_not_silence_a_follower)
{
	struct scene s;
	struct made_engine other;
	json_t *event;

	scene_begin(&s, 1, 1);
	for (int32_t i = 0; i < 50; i++)
		append_event(&s, i);
	json_decref(scene_ask(&s, "{\"command\": \"events\", \"follow\": true}"));
	made_settings(&other, 1, 1);
	made_start(&other);
	s.world.made = &other;
	control_engine_replaced(s.world.control);
	control_events_available(s.world.control);
	world_turns(&s.world, 5);
	made_link(&other, 0, false);
	control_events_available(s.world.control);
	event = next_event(&s);
	ck_assert_str_eq(json_string_value(json_object_get(event, "event")), "link");
	json_decref(event);
	scene_end(&s);
	made_done(&other);
}
END_TEST

START_TEST(what_is_wrong_with_a_request_is_named)
{
	static const struct {
		const char *request, *error;
	} refused[] = {
		{ "{\"command\": \"shwo\"}", "unknown command shwo: did you mean show?" },
		{ "{\"command\": \"xyzzy\"}", "unknown command xyzzy" },
		{ "{\"command\": \"show\", \"nmae\": \"web\"}", "show does not take \"nmae\"" },
		{ "{\"command\": \"show\", \"name\": 7}", "\"name\" is the name of an instance" },
		{ "{\"command\": \"show\", \"name\": \"\"}",
		  "\"name\" is the name of an instance" },
		{ "{\"command\": \"show\", \"name\": \"wbe\"}",
		  "no instance wbe: did you mean web?" },
		{ "{\"command\": \"show\", \"name\": \"something\"}",
		  "no instance something: there are web, web1, web2, web3, web4, web5, "
		  "web6, web7 and 2 more" },
		{ "{\"command\": \"counters\", \"name\": \"wbe\"}",
		  "no instance wbe: did you mean web?" },
		{ "{\"command\": \"events\", \"last\": -1}",
		  "\"last\" is a whole number, 0 or more" },
		{ "{\"command\": \"events\", \"last\": 1.5}",
		  "\"last\" is a whole number, 0 or more" },
		{ "{\"command\": \"events\", \"follow\": 1}", "\"follow\" is true or false" },
		{ "{\"command\": \"reload\", \"name\": \"web\"}", "reload does not take \"name\"" },
		{ "{\"command\": \"upgrade\", \"path\": \"vrrpd\"}",
		  "\"path\" is an absolute path" },
		{ "{\"command\": \"upgrade\", \"path\": 1}", "\"path\" is an absolute path" },
		{ "{\"command\": 1}",
		  "a request is an object with a \"command\", such as {\"command\": \"show\"}" },
		{ "[]",
		  "a request is an object with a \"command\", such as {\"command\": \"show\"}" },
		{ "{\"command\": \"release\"}",
		  "\"name\" is missing: an instance, a group, or \"all\"" },
		{ "{\"command\": \"release\", \"name\": \"wbe\"}",
		  "no instance or group wbe: did you mean web?" },
		{ "{\"command\": \"events\", \"name\": \"wbe\"}",
		  "no instance or group wbe: did you mean web?" },
		{ "{\"command\": \"metrics\", \"from\": -1}",
		  "\"from\" is a whole number, 0 or more" },
	};
	static const char *const malformed[] = {
		"x",
		"{",
		"{\"command\": \"show\"",
		"{\"command\": \"show\"} x",
		"\"show\"",
		"{\"command\": \"show\", \"command\": \"show\"}",
		"{\"command\": \"\\u0000\"}",
		"{\"command\": \"\xff\"}",
	};
	struct scene s;

	scene_begin(&s, 10, 1);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		expect_error(&s.world, &s.client, refused[i].request, refused[i].error);
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		char *error;

		say(s.client.fd, malformed[i]);
		say(s.client.fd, "\n");
		error = hear_error(&s.world, &s.client);
		ck_assert_msg(strncmp(error, "malformed JSON at byte ", 23) == 0, "%s: %s",
			      malformed[i], error);
		free(error);
	}
	scene_end(&s);
}
END_TEST

START_TEST(long_and_strange_names_are_cut_in_errors)
{
	struct scene s;
	char request[400], *error;

	scene_begin(&s, 1, 1);
	snprintf(request, sizeof(request), "{\"command\": \"show\", \"name\": \"%0200d\"}", 7);
	say(s.client.fd, request);
	say(s.client.fd, "\n{\"command\": \"\xc3\xa9\xc3\xa9\"}\n");
	error = hear_error(&s.world, &s.client);
	ck_assert_str_eq(error,
			 "no instance 0000000000000000000000000000000000000000: there is web");
	free(error);
	error = hear_error(&s.world, &s.client);
	ck_assert_str_eq(error, "unknown command \xc3\xa9\xc3\xa9");
	free(error);
	scene_end(&s);
}
END_TEST

START_TEST(what_happened_is_counted_by_cause_and_told_in_pages)
{
	struct history_event event = { .kind = HISTORY_STATE,
				       .to = VROUTER_MASTER,
				       .reason = REASON_MASTER_DOWN };
	struct scene s;
	json_t *page;

	scene_begin(&s, 1, 1);
	for (int i = 0; i < 2 * (TALLY_PAGE + 1); i++) {
		snprintf(event.instance, sizeof(event.instance), "i%d", i % (TALLY_PAGE + 1));
		tally_event(s.world.tally, &event);
	}
	page = scene_ask(&s, "{\"command\": \"metrics\"}");
	ck_assert_uint_eq(json_array_size(json_object_get(page, "entries")), TALLY_PAGE);
	ck_assert_int_eq(json_integer_value(json_object_get(page, "next")), TALLY_PAGE);
	json_decref(page);
	page = scene_ask(&s, "{\"command\": \"metrics\", \"from\": 128}");
	ck_assert(json_is_null(json_object_get(page, "next")));
	ck_assert_uint_eq(json_array_size(json_object_get(page, "entries")), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(
				 json_array_get(json_object_get(page, "entries"), 0), "count")),
			 2);
	json_decref(page);
	scene_end(&s);
}
END_TEST

START_TEST(a_client_that_was_lent_a_place_may_look_and_not_command)
{
	struct listener lent = { .fd = -1 };
	struct scene s;
	int ends[2];

	scene_begin(&s, 1, 1);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	control_lend(s.world.control, ends[0]);
	lent.fd = ends[1];
	json_decref(ask_for(&s.world, &lent, "{\"command\": \"show\"}"));
	expect_error(&s.world, &lent, "{\"command\": \"reload\"}",
		     "permission denied: only root may reload");
	/* However many come, it is not the one that gives way. */
	for (int i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		ck_assert_int_ge(world_connect_served(&s.world), 0);
	json_decref(ask_for(&s.world, &lent, "{\"command\": \"version\"}"));
	listener_done(&lent);
	scene_end(&s);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("control");

	if (geteuid() != 0) {
		puts("only root may command the server: skipped");
		return 77;
	}
	tcase_add_test(tc, show_is_the_object_of_the_interface);
	tcase_add_test(tc, show_may_be_brief_and_a_table_of_it_is_the_same);
	tcase_add_test(tc, show_without_instances_is_an_empty_list);
	tcase_add_test(tc, show_of_a_name_is_all_of_that_instance);
	tcase_add_test(tc, an_instance_of_both_families_is_an_array_of_two);
	tcase_add_test(tc, counters_are_those_of_all_or_of_one);
	tcase_add_test(tc, version_says_who_answers);
	tcase_add_test(tc, announce_asks_for_masters_only);
	tcase_add_test(tc, a_reload_may_be_answered_at_once);
	tcase_add_test(tc, a_reload_may_be_answered_later_and_refused);
	tcase_add_test(tc, an_upgrade_is_handed_to_the_supervisor_with_its_client);
	tcase_add_test(tc, an_answer_to_a_client_that_has_gone_reaches_nobody_else);
	tcase_add_test(tc, a_force_is_of_an_instance_a_group_or_all);
	tcase_add_test(tc, a_force_of_one_family_is_of_the_whole_instance);
	tcase_add_test(tc, a_force_has_an_end_a_reason_and_somebody_who_wanted_it);
	tcase_add_test(tc, a_force_that_makes_no_sense_is_refused_with_the_reason);
	tcase_add_test(tc, a_reason_may_be_that_long_and_no_longer);
	tcase_add_test(tc, releasing_what_is_not_forced_is_done_already);
	tcase_add_test(tc, without_instances_there_is_nothing_to_force);
	tcase_add_test(tc, events_are_told_oldest_first);
	tcase_add_test(tc, events_may_be_those_of_one_name);
	tcase_add_test(tc, a_follower_of_one_name_is_told_of_no_other);
	tcase_add_test(tc, a_follower_is_told_what_happens);
	tcase_add_test(tc, a_follower_that_is_too_slow_is_told_how_much_it_lost);
	tcase_add_test(tc, a_history_that_begins_again_does_not_silence_a_follower);
	tcase_add_test(tc, what_is_wrong_with_a_request_is_named);
	tcase_add_test(tc, long_and_strange_names_are_cut_in_errors);
	tcase_add_test(tc, what_happened_is_counted_by_cause_and_told_in_pages);
	tcase_add_test(tc, a_client_that_was_lent_a_place_may_look_and_not_command);
	return run_test_case(tc, "control");
}
