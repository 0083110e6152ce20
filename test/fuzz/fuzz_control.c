/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client of the control socket that says anything, in pieces of any size (each 0xff in the input ends one). The real server answers
 * with a small engine behind it: every line that is not blank has exactly one reply, every reply is one line of JSON that
 * says ok or why not, and when the client is done the server lets it go.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>
#include <jansson.h>

#include "control.h"
#include "made_engine.h"

#include "fuzz.h"

enum {
	INPUT_LEN_MAX = 16384,
	INSTANCES = 3,
	ADDRESSES = 2,
	RELOADS_MAX = 64,
	TURNS_QUIET = 4,     /* without a byte */
	TURNS_MAX = 1000000, /* nothing takes that many */
	OUTPUT_MAX = 64 * 1024 * 1024,
	PIECE_END = 0xff,
};

/* The server, made once and used by one client after the other. */
static struct {
	struct made_engine made;
	struct event_base *base;
	struct control *control;
	struct tally *tally;
	struct sockaddr_un address;
	socklen_t address_len;
	struct control_request reloads[RELOADS_MAX];
	unsigned int reload_count;
	bool forced; /* by this input: the next one finds the engine as it was */
} world;

/* What the client of one input has heard. */
struct client {
	int fd;
	char *heard;
	size_t len;
	bool ended;
};

static const struct engine *get_engine(void *ctx)
{
	(void)ctx;
	return world.made.engine;
}

static const struct history *get_history(void *ctx)
{
	(void)ctx;
	return engine_history(world.made.engine);
}

static struct instant get_now(void *ctx)
{
	(void)ctx;
	return world.made.now;
}

static int64_t get_wall_us(void *ctx)
{
	(void)ctx;
	return MADE_WALL_US + world.made.now.us;
}

static const struct tally *get_tally(void *ctx)
{
	(void)ctx;
	return world.tally;
}

static void on_reload(void *ctx, struct control_request request)
{
	(void)ctx;
	MUST(world.reload_count < RELOADS_MAX);
	world.reloads[world.reload_count++] = request;
}

static void on_announce(void *ctx, const uint32_t *vrouters, uint32_t n)
{
	(void)ctx;
	MUST(n > 0 && n <= INSTANCES);
	for (uint32_t i = 0; i < n; i++) {
		struct snapshot s;

		MUST(vrouters[i] < INSTANCES);
		engine_snapshot(world.made.engine, vrouters[i], world.made.now, &s);
		MUST(s.state == VROUTER_MASTER);
	}
}

/* Whoever is forced exists and is named once, and the words can be shown. */
static void on_force(void *ctx, const uint32_t *instances, uint32_t n,
		     const struct event_force *force)
{
	struct event event = { .kind = EVENT_FORCE, .force = *force };

	(void)ctx;
	MUST(n > 0 && n <= INSTANCES);
	MUST(force->to < FORCE_TO_COUNT_ && strcmp(force->by, "root") == 0);
	MUST(strlen(force->reason) < TEXT_MAX);
	MUST(instant_before(world.made.now, force->until));
	MUST(instant_is_never(force->until) == (force->until_wall_us == 0));
	MUST(!force->despite_faults || force->to == FORCE_MASTER);
	world.forced = true;
	for (uint32_t i = 0; i < n; i++) {
		MUST(instances[i] < INSTANCES && (i == 0 || instances[i] > instances[i - 1]));
		event.force.instance = instances[i];
		made_step(&world.made, event);
	}
}

/* Half of the times there is nobody who could. */
static const char *on_upgrade(void *ctx, int client_fd, const char *path)
{
	static bool answers;

	(void)ctx;
	(void)client_fd;
	answers = !answers;
	return answers && path[0] != '\0' ? NULL : "nobody";
}

/* A master, a backup that hears one, and one whose interface is down. */
static void make_engine(void)
{
	static struct group_settings groups[] = { { .name = "edge" } };
	struct made_engine *made = &world.made;
	struct advert advert = { .version = 3, .vrid = 52, .priority = 200, .family = IP_V4 };
	struct event heard = { .kind = EVENT_ADVERT };

	made_settings(made, INSTANCES, ADDRESSES);
	made->settings.groups = groups;
	made->settings.group_count = 1;
	made->settings.instances[1].group = 1;
	snprintf(made->settings.instances[2].interface, IFNAME_MAX_LEN + 1, "eth1");
	made_start(made);
	made_link(made, 1, false);
	advert.count = 1;
	advert.interval = span_s(1);
	advert.addresses[0] = made_ip("192.0.2.12");
	heard.advert = (struct event_advert){ .ifindex = 2,
					      .ttl = VRRP_TTL,
					      .src = made_ip("198.51.100.77"),
					      .dst = advert_group(IP_V4),
					      .advert = &advert };
	for (int s = 1; s <= 10; s++) {
		made_step(made, heard);
		made_run_to(made, (struct instant){ .us = s * INT64_C(1000000) });
	}
}

static void make_world(void)
{
	static const struct control_handlers handlers = {
		.engine = get_engine,
		.history = get_history,
		.now = get_now,
		.wall_us = get_wall_us,
		.tally = get_tally,
		.reload = on_reload,
		.upgrade = on_upgrade,
		.announce = on_announce,
		.force = on_force,
	};
	static const struct control_identity identity = { "2.0.0", "for fuzzing", 42 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	make_engine();
	/* The kernel chooses an address without a file. */
	world.address.sun_family = AF_UNIX;
	world.address_len = sizeof(world.address);
	MUST(bind(fd, (struct sockaddr *)&world.address, sizeof(sa_family_t)) == 0);
	MUST(getsockname(fd, (struct sockaddr *)&world.address, &world.address_len) == 0);
	MUST(listen(fd, 4) == 0);
	world.base = event_base_new();
	world.tally = tally_new();
	world.control = control_new(world.base, fd, &handlers, NULL, &identity);
	MUST(world.control != NULL);
	control_set_group(world.control, getgid());
}

static void forget_forces(void)
{
	if (!world.forced)
		return;
	made_done(&world.made);
	make_engine();
	control_engine_replaced(world.control);
	world.forced = false;
}

static void answer_reloads(void)
{
	while (world.reload_count > 0)
		control_reply_ok(world.control, world.reloads[--world.reload_count],
				 json_pack("{s:[]}", "changes"));
}

/* One turn of the server's loop; did anything come of it? */
static bool listen_a_turn(struct client *c)
{
	ssize_t n;

	event_base_loop(world.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	answer_reloads();
	n = recv(c->fd, c->heard + c->len, OUTPUT_MAX - c->len, MSG_DONTWAIT);
	c->ended = n == 0 || (n < 0 && errno == ECONNRESET);
	if (n > 0)
		c->len += (size_t)n;
	MUST(c->len < OUTPUT_MAX);
	return n > 0;
}

/* Until the server seems to have nothing more to say. */
static void listen_for_now(struct client *c)
{
	for (unsigned int quiet = 0; !c->ended && quiet < TURNS_QUIET; quiet++)
		if (listen_a_turn(c))
			quiet = 0;
}

/* Until it has closed the connection. */
static void listen_to_the_end(struct client *c)
{
	for (unsigned int turns = 0; !c->ended; turns++) {
		MUST(turns < TURNS_MAX);
		listen_a_turn(c);
	}
}

static struct client connect_client(void)
{
	static char heard[OUTPUT_MAX];
	struct client c = { .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), .heard = heard };

	MUST(c.fd >= 0);
	MUST(connect(c.fd, (struct sockaddr *)&world.address, world.address_len) == 0);
	listen_for_now(&c);
	return c;
}

static void say(struct client *c, const uint8_t *data, size_t len)
{
	if (len > 0 && !c->ended)
		MUST(send(c->fd, data, len, MSG_NOSIGNAL) == (ssize_t)len || errno == EPIPE ||
		     errno == ECONNRESET);
	listen_for_now(c);
}

/* Says it all; what was said is kept without the ends of pieces. */
static size_t say_pieces(struct client *c, const uint8_t *data, size_t len, char *said)
{
	size_t total = 0;

	while (len > 0) {
		const uint8_t *end = memchr(data, PIECE_END, len);
		size_t piece = end ? (size_t)(end - data) : len;

		memcpy(said + total, data, piece);
		total += piece;
		say(c, data, piece);
		data += piece + (end != NULL);
		len -= piece + (end != NULL);
	}
	return total;
}

static unsigned int requests_in(const char *said, size_t len)
{
	unsigned int requests = 0;
	bool blank = true;

	for (size_t i = 0; i < len; i++) {
		if (said[i] == '\n') {
			requests += !blank;
			blank = true;
		} else if (said[i] != ' ' && said[i] != '\t' && said[i] != '\r') {
			blank = false;
		}
	}
	return requests + !blank;
}

static void check_reply(const char *line, size_t len)
{
	json_t *reply = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *ok = json_object_get(reply, "ok");

	MUST(reply != NULL);
	MUST(json_is_boolean(ok));
	if (json_is_true(ok))
		MUST(json_object_get(reply, "result") != NULL && json_object_size(reply) == 2);
	else
		MUST(json_string_length(json_object_get(reply, "error")) > 0);
	json_decref(reply);
}

/* Each reply is a line; the number of them. */
static unsigned int check_replies(const char *heard, size_t len)
{
	unsigned int replies = 0;

	while (len > 0) {
		const char *end = memchr(heard, '\n', len);
		size_t line = end ? (size_t)(end - heard) : 0;

		MUST(end != NULL);
		check_reply(heard, line);
		heard += line + 1;
		len -= line + 1;
		replies++;
	}
	return replies;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char said[INPUT_LEN_MAX];
	struct client c;
	size_t said_len;
	unsigned int requests, replies;

	if (len > INPUT_LEN_MAX)
		return 0;
	if (!world.control)
		make_world();
	c = connect_client();
	said_len = say_pieces(&c, data, len, said);
	MUST(!c.ended); /* nobody is thrown out for what he says */
	shutdown(c.fd, SHUT_WR);
	listen_to_the_end(&c);
	close(c.fd);
	forget_forces();
	requests = requests_in(said, said_len);
	replies = check_replies(c.heard, c.len);
	/* Who follows events is told more than he asked for, and not heard any more. */
	if (!memmem(said, said_len, "follow", 6))
		MUST(replies == requests);
	return 0;
}
