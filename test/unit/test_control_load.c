/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What clients of the control server may do to it: long answers, reloads in their midst, clients
 * that do not read, too many of them, rubbish, and strangers.
 */
#include <grp.h>

#include "control_connection.h"
#include "control_peer.h"
#include "control_world.h"
#include "random.h"
#include "unit.h"
#include "view/view.h"

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
	world_begin(&s->world, &s->made);
	s->client.fd = world_connect_served(&s->world);
}

static void scene_end(struct scene *s)
{
	listener_done(&s->client);
	world_end(&s->world);
	made_done(&s->made);
}

/* The server's own view of the connections. */
static uint32_t connections(const struct scene *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		n += s->world.control->connections[i].bev != NULL;
	return n;
}

/* ---- long answers ---- */

START_TEST(a_thousand_instances_are_told_in_many_short_turns)
{
	struct scene s;
	json_t *show;

	scene_begin(&s, 1000, 1);
	show = ask_for(&s.world, &s.client, "{\"command\": \"show\"}");
	ck_assert_uint_eq(json_array_size(json_object_get(show, "instances")), 1000);
	ck_assert_int_ge(s.client.turns, 1000 * VIEW_HEAD_COST / CONTROL_TURN_BUDGET);
	json_decref(show);
	show = ask_for(&s.world, &s.client, "{\"command\": \"counters\"}");
	ck_assert_uint_eq(json_array_size(json_object_get(show, "instances")), 1000);
	ck_assert_int_ge(s.client.turns, 1000 * VIEW_HEAD_COST / CONTROL_TURN_BUDGET);
	json_decref(show);
	scene_end(&s);
}
END_TEST

START_TEST(ten_thousand_addresses_are_told_in_many_short_turns)
{
	struct scene s;
	json_t *show;

	scene_begin(&s, 1, 10000);
	show = ask_for(&s.world, &s.client, "{\"command\": \"show\", \"name\": \"web\"}");
	ck_assert_uint_eq(json_array_size(json_object_get(show, "address_details")), 10000);
	ck_assert_int_ge(s.client.turns, 3 * 10000 / CONTROL_TURN_BUDGET);
	json_decref(show);
	scene_end(&s);
}
END_TEST

START_TEST(many_clients_share_the_turns)
{
	struct scene s;
	struct listener clients[20] = { 0 };
	size_t before[20], told;

	scene_begin(&s, 200, 1);
	for (int i = 0; i < 20; i++) {
		clients[i].fd = world_connect_served(&s.world);
		say(clients[i].fd, "{\"command\": \"show\"}\n");
	}
	for (int turn = 0; turn < 400; turn++) {
		told = 0;
		for (int i = 0; i < 20; i++)
			before[i] = s.world.control->connections[i + 1].stream.position;
		world_turn(&s.world);
		for (int i = 0; i < 20; i++)
			told += s.world.control->connections[i + 1].stream.position > before[i];
		ck_assert_uint_le(told, 1);
	}
	for (int i = 0; i < 20; i++) {
		json_t *reply = hear_json(&s.world, &clients[i]);

		ck_assert(json_is_true(json_object_get(reply, "ok")));
		json_decref(reply);
		listener_done(&clients[i]);
	}
	scene_end(&s);
}
END_TEST

START_TEST(a_busy_client_does_not_keep_others_waiting)
{
	struct scene s;
	struct listener other = { 0 };
	char sink[65536];

	scene_begin(&s, 1000, 1);
	other.fd = world_connect_served(&s.world);
	for (int i = 0; i < 100; i++)
		say(s.client.fd, "{\"command\": \"show\"}\n");
	for (int i = 0; i < 20; i++) {
		int turns = 0;

		world_turn(&s.world);
		say(other.fd, "{\"command\": \"version\"}\n");
		while (recv(other.fd, sink, sizeof(sink), 0) < 0) {
			ck_assert_int_lt(++turns, 8);
			while (recv(s.client.fd, sink, sizeof(sink), 0) > 0)
				;
			world_turn(&s.world);
		}
	}
	listener_done(&other);
	scene_end(&s);
}
END_TEST

/* ---- a reload in the midst of an answer ---- */

/* Replaces the engine by one with other settings. */
static void replace_engine(struct scene *s, struct made_engine *other)
{
	s->world.made = other;
	control_engine_replaced(s->world.control);
}

/* Fails if an instance stands twice on the list. */
static void expect_no_name_twice(const json_t *instances)
{
	json_t *seen = json_object();
	const json_t *instance;
	size_t i;

	json_array_foreach (instances, i, instance) {
		const char *name = json_string_value(json_object_get(instance, "name"));

		ck_assert_msg(!json_object_get(seen, name), "%s twice", name);
		json_object_set_new(seen, name, json_true());
	}
	json_decref(seen);
}

/* Asks for all, replaces the engine after that many turns, and takes the answer. */
static json_t *show_with_reload(struct scene *s, struct made_engine *other, int turns)
{
	json_t *reply, *instances;

	say(s->client.fd, "{\"command\": \"show\"}\n");
	world_turns(&s->world, turns);
	replace_engine(s, other);
	reply = hear_json(&s->world, &s->client);
	ck_assert(json_is_true(json_object_get(reply, "ok")));
	instances = json_incref(json_object_get(json_object_get(reply, "result"), "instances"));
	ck_assert(json_is_array(instances));
	json_decref(reply);
	return instances;
}

static bool has_name(const json_t *instances, const char *name)
{
	const json_t *instance;
	size_t i;

	json_array_foreach (instances, i, instance)
		if (strcmp(json_string_value(json_object_get(instance, "name")), name) == 0)
			return true;
	return false;
}

START_TEST(a_show_goes_on_behind_the_last_instance_after_a_reload)
{
	int with_web3 = 0;

	for (int turns = 0; turns < 40; turns++) {
		struct scene s;
		struct made_engine other;
		json_t *instances;

		scene_begin(&s, 100, 20);
		/* web3 is no longer there, so that everything behind it has moved */
		made_settings(&other, 99, 20);
		for (uint32_t i = 3; i < 99; i++)
			snprintf(other.settings.instances[i].name, NAME_MAX_LEN, "web%u", i + 1);
		made_start(&other);
		instances = show_with_reload(&s, &other, turns);
		expect_no_name_twice(instances);
		/* every other one is there, and web3 if it was told before */
		ck_assert_uint_eq(json_array_size(instances),
				  has_name(instances, "web3") ? 100 : 99);
		with_web3 += has_name(instances, "web3");
		json_decref(instances);
		scene_end(&s);
		made_done(&other);
	}
	ck_assert_int_gt(with_web3, 0);
	ck_assert_int_lt(with_web3, 40);
}
END_TEST

START_TEST(a_show_ends_well_when_a_reload_leaves_fewer_instances)
{
	for (uint32_t left = 0; left < 4; left++) {
		struct scene s;
		struct made_engine other;
		json_t *instances;

		scene_begin(&s, 100, 1);
		made_settings(&other, left, 1);
		made_start(&other);
		instances = show_with_reload(&s, &other, 5);
		expect_no_name_twice(instances);
		json_decref(instances);
		scene_end(&s);
		made_done(&other);
	}
}
END_TEST

START_TEST(an_instance_is_told_from_one_engine)
{
	for (int turns = 0; turns < 20; turns++) {
		struct scene s;
		struct made_engine other;
		json_t *reply, *show;

		scene_begin(&s, 1, 1000);
		made_settings(&other, 1, 500);
		other.settings.instances[0].priority = 77;
		made_start(&other);
		say(s.client.fd, "{\"command\": \"show\", \"name\": \"web\"}\n");
		world_turns(&s.world, turns);
		replace_engine(&s, &other);
		reply = hear_json(&s.world, &s.client);
		show = json_object_get(reply, "result");
		ck_assert_uint_eq(
			json_array_size(json_object_get(show, "address_details")),
			json_integer_value(json_object_get(show, "priority")) == 77 ? 500 : 1000);
		json_decref(reply);
		scene_end(&s);
		made_done(&other);
	}
}
END_TEST

START_TEST(an_instance_that_a_reload_takes_away_is_an_error)
{
	struct scene s;
	struct made_engine other;
	char *error;

	scene_begin(&s, 1, 1000);
	made_settings(&other, 0, 0);
	made_start(&other);
	say(s.client.fd, "{\"command\": \"show\", \"name\": \"web\"}\n");
	world_turns(&s.world, 5);
	replace_engine(&s, &other);
	error = hear_error(&s.world, &s.client);
	ck_assert_str_eq(error, "instance web is no longer configured");
	free(error);
	scene_end(&s);
	made_done(&other);
}
END_TEST

/* ---- clients that do not read, or say too much ---- */

START_TEST(a_client_that_does_not_read_costs_one_piece)
{
	struct scene s;
	const struct connection *c;
	size_t most = 0;

	scene_begin(&s, 3000, 1);
	c = &s.world.control->connections[0];
	say(s.client.fd, "{\"command\": \"show\"}\n");
	for (int i = 0; i < 3000; i++) {
		size_t unread = evbuffer_get_length(bufferevent_get_output(c->bev));

		most = unread > most ? unread : most;
		world_turn(&s.world);
	}
	ck_assert_uint_gt(most, CONTROL_BACKLOG_LOW);
	ck_assert_uint_le(most, 3 * CONTROL_BACKLOG_LOW + 65536);
	ck_assert_int_eq(c->state, CONNECTION_TELLING);
	scene_end(&s);
}
END_TEST

START_TEST(a_client_that_reads_nothing_for_too_long_is_closed)
{
	struct scene s;
	struct connection *c;

	scene_begin(&s, 1000, 1);
	c = &s.world.control->connections[0];
	say(s.client.fd, "{\"command\": \"show\"}\n");
	while (evbuffer_get_length(bufferevent_get_output(c->bev)) <= CONTROL_BACKLOG_LOW)
		world_turn(&s.world);
	/* the same, but sooner */
	bufferevent_set_timeouts(c->bev, NULL, &(struct timeval){ .tv_usec = 20000 });
	while (connections(&s) > 0)
		event_base_loop(s.world.base, EVLOOP_ONCE);
	scene_end(&s);
}
END_TEST

START_TEST(a_follower_may_stop_reading_for_as_long_as_it_likes)
{
	struct history_event e = { .kind = HISTORY_LINK };
	struct scene s;
	struct connection *c;

	scene_begin(&s, 1, 1);
	c = &s.world.control->connections[0];
	bufferevent_set_timeouts(c->bev, NULL, &(struct timeval){ .tv_usec = 20000 });
	json_decref(ask_for(&s.world, &s.client,
			    "{\"command\": \"events\", \"last\": 0, \"follow\": true}"));
	while (evbuffer_get_length(bufferevent_get_output(c->bev)) <= CONTROL_BACKLOG_LOW) {
		history_append(engine_history(s.made.engine), &e);
		control_events_available(s.world.control);
		world_turn(&s.world);
	}
	/* longer than anybody who does not follow may take */
	event_base_loopexit(s.world.base, &(struct timeval){ .tv_usec = 100000 });
	event_base_dispatch(s.world.base);
	ck_assert_uint_eq(connections(&s), 1);
	scene_end(&s);
}
END_TEST

START_TEST(a_client_that_asks_without_reading_is_not_heard_any_more)
{
	static const char request[] = "{\"command\": \"version\"}\n";
	struct scene s;
	size_t sent = 0, answers = 0;
	int refused = 0;

	scene_begin(&s, 1, 1);
	while (refused < 100) {
		if (send(s.client.fd, request, sizeof(request) - 1, MSG_NOSIGNAL) > 0) {
			sent++;
			ck_assert_uint_lt(sent, 100000);
		} else {
			refused++;
		}
		world_turn(&s.world);
	}
	/* and gets every answer once it reads */
	for (answers = 0; answers < sent; answers++)
		free(hear_line(&s.world, &s.client));
	scene_end(&s);
}
END_TEST

START_TEST(a_request_may_be_that_long_and_no_longer)
{
	struct scene s;
	char *request = malloc(CONTROL_REQUEST_MAX + 2), *error;
	json_t *version;

	scene_begin(&s, 1, 1);
	memset(request, ' ', CONTROL_REQUEST_MAX + 1);
	memcpy(request, "{\"command\": \"version\"}", 22);
	request[CONTROL_REQUEST_MAX] = '\0';
	version = ask_for(&s.world, &s.client, request);
	json_decref(version);

	request[CONTROL_REQUEST_MAX] = ' ';
	request[CONTROL_REQUEST_MAX + 1] = '\0';
	say(s.client.fd, request);
	error = hear_error(&s.world, &s.client);
	ck_assert_str_eq(error, "the request is too long: at most 65536 bytes");
	free(error);
	ck_assert_ptr_null(hear_line(&s.world, &s.client));
	ck_assert_uint_eq(connections(&s), 0);
	free(request);
	scene_end(&s);
}
END_TEST

START_TEST(requests_in_one_breath_are_answered_in_order)
{
	struct scene s;
	json_t *reply;

	scene_begin(&s, 50, 1);
	say(s.client.fd, "{\"command\": \"show\"}\n\n  \r\n{\"command\": \"version\"}\r\n"
			 "{\"command\": \"events\", \"last\": 1}\n{\"comm");
	reply = hear_json(&s.world, &s.client);
	ck_assert_ptr_nonnull(json_object_get(json_object_get(reply, "result"), "instances"));
	json_decref(reply);
	reply = hear_json(&s.world, &s.client);
	ck_assert_ptr_nonnull(json_object_get(json_object_get(reply, "result"), "build"));
	json_decref(reply);
	reply = hear_json(&s.world, &s.client);
	ck_assert_uint_eq(json_array_size(json_object_get(reply, "result")), 1);
	json_decref(reply);
	world_turns(&s.world, 10);
	say(s.client.fd, "and\": \"version\"}\n");
	reply = hear_json(&s.world, &s.client);
	ck_assert_ptr_nonnull(json_object_get(json_object_get(reply, "result"), "build"));
	json_decref(reply);
	scene_end(&s);
}
END_TEST

START_TEST(a_client_that_only_listens_any_more_gets_its_answer)
{
	struct scene s;
	json_t *reply;

	scene_begin(&s, 200, 1);
	say(s.client.fd, "{\"command\": \"show\"}\n{\"command\": \"version\"}"); /* no newline */
	shutdown(s.client.fd, SHUT_WR);
	reply = hear_json(&s.world, &s.client);
	ck_assert_uint_eq(
		json_array_size(json_object_get(json_object_get(reply, "result"), "instances")),
		200);
	json_decref(reply);
	reply = hear_json(&s.world, &s.client);
	ck_assert_ptr_nonnull(json_object_get(json_object_get(reply, "result"), "build"));
	json_decref(reply);
	ck_assert_ptr_null(hear_line(&s.world, &s.client));
	ck_assert_uint_eq(connections(&s), 0);
	scene_end(&s);
}
END_TEST

START_TEST(clients_that_leave_free_their_places)
{
	static const char *const requests[] = {
		"",
		"{\"comm",
		"{\"command\": \"show\"}\n",
		"{\"command\": \"events\", \"follow\": true}\n",
		"{\"command\": \"events\", \"last\": 0, \"follow\": true}\n",
		"{\"command\": \"reload\"}\n"
	};
	struct scene s;
	char sink[65536];

	scene_begin(&s, 200, 1);
	close(s.client.fd);
	world_turns(&s.world, 5);
	for (int turns = 0; turns < 64; turns = turns * 2 + 1)
		for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
			int fd = world_connect_served(&s.world);

			say(fd, requests[i]);
			world_turns(&s.world, turns);
			/* with and without something unread, which the server sees differently */
			while (turns % 3 == 0 && recv(fd, sink, sizeof(sink), 0) > 0)
				;
			close(fd);
			world_turns(&s.world, 5);
			/* whoever waits for the glue is noticed when it answers */
			if (s.world.reloads > 0)
				control_reply_ok(s.world.control, s.world.last_reload, json_null());
			world_turns(&s.world, 30);
			ck_assert_uint_eq(connections(&s), 0);
		}
	s.client.fd = world_connect(&s.world);
	scene_end(&s);
}
END_TEST

START_TEST(rubbish_is_answered_and_harms_nothing)
{
	static const char good[] = "{\"command\": \"events\", \"last\": 3, \"name\": \"web\"}";
	struct random random = { .state = 20260101 };
	struct scene s;
	json_t *version;

	scene_begin(&s, 3, 1);
	for (int i = 0; i < 4000; i++) {
		char line[sizeof(good) + 64];
		size_t len = sizeof(good) - 1;

		memcpy(line, good, len);
		if (i % 2 == 0) {
			len = 1 + random_below(&random, sizeof(line) - 1);
			random_bytes(&random, line, len);
		}
		for (uint32_t k = random_below(&random, 4); k > 0; k--)
			line[random_below(&random, (uint32_t)len)] = (char)random_next(&random);
		for (size_t k = 0; k < len; k++)
			if (line[k] == '\n')
				line[k] = 'x';
		line[0] = '{'; /* no blank line, which is not answered */
		line[len] = '\n';
		ck_assert_int_eq(send(s.client.fd, line, len + 1, 0), (ssize_t)len + 1);
		json_decref(hear_json(&s.world, &s.client));
	}
	version = ask_for(&s.world, &s.client, "{\"command\": \"version\"}");
	json_decref(version);
	scene_end(&s);
}
END_TEST

/* ---- many clients, and strangers ---- */

static const char gave_way[] =
	"closed: there are too many connections, and this one was the idlest";
static const char all_busy[] = "too many connections to the control socket: try again";

/* It must be told that, and be closed. */
static void expect_closed(struct scene *s, struct listener *l, const char *error)
{
	char *heard = hear_error(&s->world, l);

	ck_assert_str_eq(heard, error);
	free(heard);
	ck_assert_ptr_null(hear_line(&s->world, l));
}

/* All places are taken: by the scene's client and these, of which the first is left out. */
static void fill_places(struct scene *s, struct listener clients[CONTROL_CONNECTIONS_MAX])
{
	for (int i = 1; i < CONTROL_CONNECTIONS_MAX; i++)
		clients[i] = (struct listener){ .fd = world_connect_served(&s->world) };
	ck_assert_uint_eq(connections(s), CONTROL_CONNECTIONS_MAX);
}

static void say_version(struct scene *s, struct listener *l)
{
	json_decref(ask_for(&s->world, l, "{\"command\": \"version\"}"));
}

START_TEST(the_sixty_fifth_client_takes_the_place_of_the_idlest)
{
	struct scene s;
	struct listener clients[CONTROL_CONNECTIONS_MAX] = { 0 };

	scene_begin(&s, 1, 1);
	fill_places(&s, clients);
	/* all but number 7 have done something since */
	say_version(&s, &s.client);
	for (int i = 1; i < CONTROL_CONNECTIONS_MAX; i++)
		if (i != 7)
			say_version(&s, &clients[i]);
	clients[0].fd = world_connect_served(&s.world);
	say_version(&s, &clients[0]);
	expect_closed(&s, &clients[7], gave_way);
	ck_assert_uint_eq(connections(&s), CONTROL_CONNECTIONS_MAX);
	for (int i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
		if (i != 7)
			say_version(&s, &clients[i]);
		listener_done(&clients[i]);
	}
	scene_end(&s);
}
END_TEST

START_TEST(whoever_asked_for_nothing_gives_way_before_whoever_follows)
{
	struct scene s;
	struct listener clients[CONTROL_CONNECTIONS_MAX] = { 0 };
	const char *follow = "{\"command\": \"events\", \"last\": 0, \"follow\": true}";

	scene_begin(&s, 1, 1);
	fill_places(&s, clients);
	json_decref(ask_for(&s.world, &s.client, follow));
	for (int i = 1; i < CONTROL_CONNECTIONS_MAX - 1; i++)
		json_decref(ask_for(&s.world, &clients[i], follow));
	clients[0].fd = world_connect_served(&s.world);
	json_decref(ask_for(&s.world, &clients[0], follow));
	expect_closed(&s, &clients[CONTROL_CONNECTIONS_MAX - 1], gave_way);
	/* with none but followers, the one that follows for longest */
	listener_done(&clients[CONTROL_CONNECTIONS_MAX - 1]);
	clients[CONTROL_CONNECTIONS_MAX - 1] =
		(struct listener){ .fd = world_connect_served(&s.world) };
	say_version(&s, &clients[CONTROL_CONNECTIONS_MAX - 1]);
	expect_closed(&s, &s.client, gave_way);
	for (int i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		listener_done(&clients[i]);
	scene_end(&s);
}
END_TEST

START_TEST(whoever_does_not_read_gives_way_without_a_word_between_two_words)
{
	struct scene s;
	struct listener clients[CONTROL_CONNECTIONS_MAX] = { 0 };
	struct connection *c;

	scene_begin(&s, 3000, 1);
	c = &s.world.control->connections[0];
	say(s.client.fd, "{\"command\": \"show\"}\n");
	while (evbuffer_get_length(bufferevent_get_output(c->bev)) <= CONTROL_BACKLOG_LOW)
		world_turn(&s.world);
	fill_places(&s, clients);
	for (int i = 1; i < CONTROL_CONNECTIONS_MAX; i++)
		json_decref(ask_for(&s.world, &clients[i],
				    "{\"command\": \"events\", \"last\": 0, \"follow\": true}"));
	clients[0].fd = world_connect_served(&s.world);
	say_version(&s, &clients[0]);
	/* half an answer, and then the end instead of other words */
	ck_assert_ptr_null(hear_line(&s.world, &s.client));
	ck_assert_ptr_null(memmem(s.client.data, s.client.len, "closed:", 7));
	for (int i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		listener_done(&clients[i]);
	scene_end(&s);
}
END_TEST

START_TEST(when_all_are_busy_the_next_one_is_told_so)
{
	struct scene s;
	struct listener clients[CONTROL_CONNECTIONS_MAX] = { 0 };

	scene_begin(&s, 1, 1);
	fill_places(&s, clients);
	say(s.client.fd, "{\"command\": \"reload\"}\n");
	for (int i = 1; i < CONTROL_CONNECTIONS_MAX; i++)
		say(clients[i].fd, "{\"command\": \"reload\"}\n");
	world_turns(&s.world, 3 * CONTROL_CONNECTIONS_MAX);
	ck_assert_uint_eq(s.world.reloads, CONTROL_CONNECTIONS_MAX);
	clients[0].fd = world_connect_served(&s.world);
	expect_closed(&s, &clients[0], all_busy);
	ck_assert_uint_eq(connections(&s), CONTROL_CONNECTIONS_MAX);
	for (int i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		listener_done(&clients[i]);
	scene_end(&s);
}
END_TEST

enum {
	STRANGER = 65534,
	GROUP = 4711,
	OTHER_GROUP = 4712,
};

/* Connects as that user, with that group and that supplementary one. */
static int connect_as(struct scene *s, uid_t uid, gid_t gid, gid_t supplementary)
{
	int fd;

	ck_assert_int_eq(setgroups(1, &supplementary), 0);
	ck_assert_int_eq(setegid(gid), 0);
	ck_assert_int_eq(seteuid(uid), 0);
	fd = world_connect(&s->world);
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(setegid(0), 0);
	ck_assert_int_eq(setgroups(0, NULL), 0);
	world_turns(&s->world, 2);
	return fd;
}

static const char not_permitted[] =
	"permission denied: only root and members of control-group may look";

START_TEST(strangers_are_turned_away)
{
	static const gid_t groups[] = { (gid_t)-1, GROUP };
	struct scene s;

	scene_begin(&s, 1, 1);
	for (size_t i = 0; i < 2; i++) {
		struct listener stranger = { 0 };
		char *error;

		control_set_group(s.world.control, groups[i]);
		stranger.fd = connect_as(&s, STRANGER, OTHER_GROUP, OTHER_GROUP);
		error = hear_error(&s.world, &stranger);
		ck_assert_str_eq(error, not_permitted);
		free(error);
		ck_assert_ptr_null(hear_line(&s.world, &stranger));
		listener_done(&stranger);
	}
	ck_assert_uint_eq(connections(&s), 1);
	scene_end(&s);
}
END_TEST

START_TEST(members_of_the_control_group_may_look_and_only_look)
{
	struct scene s;

	scene_begin(&s, 1, 1);
	control_set_group(s.world.control, GROUP);
	for (int supplementary = 0; supplementary <= 1; supplementary++) {
		struct listener member = { 0 };
		json_t *show;

		member.fd = supplementary ? connect_as(&s, STRANGER, OTHER_GROUP, GROUP)
					  : connect_as(&s, STRANGER, GROUP, OTHER_GROUP);
		show = ask_for(&s.world, &member, "{\"command\": \"show\"}");
		json_decref(show);
		expect_error(&s.world, &member, "{\"command\": \"reload\"}",
			     "permission denied: only root may reload");
		expect_error(&s.world, &member, "{\"command\": \"announce\", \"name\": \"web\"}",
			     "permission denied: only root may announce");
		expect_error(&s.world, &member, "{\"command\": \"force\"}",
			     "permission denied: only root may force");
		listener_done(&member);
	}
	ck_assert_uint_eq(s.world.reloads + s.world.announced_count, 0);
	scene_end(&s);
}
END_TEST

START_TEST(those_who_look_keep_neither_root_out_nor_turn_it_out)
{
	struct scene s;
	struct listener members[CONTROL_CONNECTIONS_MAX] = { 0 };
	int n = CONTROL_CONNECTIONS_MAX - CONTROL_CONNECTIONS_ROOT - 1; /* besides the scene's */

	scene_begin(&s, 1, 1);
	control_set_group(s.world.control, GROUP);
	/* the scene's client is root's and the idlest of all */
	for (int i = 0; i <= n; i++)
		members[i].fd = connect_as(&s, STRANGER, GROUP, GROUP);
	ck_assert_uint_eq(connections(&s), CONTROL_CONNECTIONS_MAX - CONTROL_CONNECTIONS_ROOT);
	expect_closed(&s, &members[0], gave_way);
	say_version(&s, &members[n]);
	say_version(&s, &s.client);
	listener_done(&members[0]);
	members[0] = (struct listener){ .fd = world_connect_served(&s.world) };
	say_version(&s, &members[0]);
	ck_assert_uint_eq(connections(&s), CONTROL_CONNECTIONS_MAX - CONTROL_CONNECTIONS_ROOT + 1);
	for (int i = 0; i <= n; i++)
		listener_done(&members[i]);
	scene_end(&s);
}
END_TEST

START_TEST(rights_come_from_uid_and_groups)
{
	const gid_t groups[] = { 1, GROUP, 3 };

	ck_assert_int_eq(control_peer_rule(0, 5, NULL, 0, (gid_t)-1), PEER_MAY_COMMAND);
	ck_assert_int_eq(control_peer_rule(0, 5, groups, 3, GROUP), PEER_MAY_COMMAND);
	ck_assert_int_eq(control_peer_rule(1, GROUP, NULL, 0, GROUP), PEER_MAY_LOOK);
	ck_assert_int_eq(control_peer_rule(1, 5, groups, 3, GROUP), PEER_MAY_LOOK);
	ck_assert_int_eq(control_peer_rule(1, 5, groups, 1, GROUP), PEER_MAY_NOTHING);
	ck_assert_int_eq(control_peer_rule(1, 0, groups, 3, OTHER_GROUP), PEER_MAY_NOTHING);
	/* no group is nobody's group */
	ck_assert_int_eq(control_peer_rule(1, (gid_t)-1, NULL, 0, (gid_t)-1), PEER_MAY_NOTHING);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("control_load");

	if (geteuid() != 0) {
		puts("only root may command the server: skipped");
		return 77;
	}
	tcase_add_test(tc, a_thousand_instances_are_told_in_many_short_turns);
	tcase_add_test(tc, ten_thousand_addresses_are_told_in_many_short_turns);
	tcase_add_test(tc, many_clients_share_the_turns);
	tcase_add_test(tc, a_busy_client_does_not_keep_others_waiting);
	tcase_add_test(tc, a_show_goes_on_behind_the_last_instance_after_a_reload);
	tcase_add_test(tc, a_show_ends_well_when_a_reload_leaves_fewer_instances);
	tcase_add_test(tc, an_instance_is_told_from_one_engine);
	tcase_add_test(tc, an_instance_that_a_reload_takes_away_is_an_error);
	tcase_add_test(tc, a_client_that_does_not_read_costs_one_piece);
	tcase_add_test(tc, a_client_that_reads_nothing_for_too_long_is_closed);
	tcase_add_test(tc, a_follower_may_stop_reading_for_as_long_as_it_likes);
	tcase_add_test(tc, a_client_that_asks_without_reading_is_not_heard_any_more);
	tcase_add_test(tc, a_request_may_be_that_long_and_no_longer);
	tcase_add_test(tc, requests_in_one_breath_are_answered_in_order);
	tcase_add_test(tc, a_client_that_only_listens_any_more_gets_its_answer);
	tcase_add_test(tc, clients_that_leave_free_their_places);
	tcase_add_test(tc, rubbish_is_answered_and_harms_nothing);
	tcase_add_test(tc, the_sixty_fifth_client_takes_the_place_of_the_idlest);
	tcase_add_test(tc, whoever_asked_for_nothing_gives_way_before_whoever_follows);
	tcase_add_test(tc, whoever_does_not_read_gives_way_without_a_word_between_two_words);
	tcase_add_test(tc, when_all_are_busy_the_next_one_is_told_so);
	tcase_add_test(tc, strangers_are_turned_away);
	tcase_add_test(tc, members_of_the_control_group_may_look_and_only_look);
	tcase_add_test(tc, those_who_look_keep_neither_root_out_nor_turn_it_out);
	tcase_add_test(tc, rights_come_from_uid_and_groups);
	return run_test_case(tc, "control_load");
}
