/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BFD sessions in the protocol process: packets and the clock go into them, what they send goes out, what they find goes to the engine like
 * the result of any other check, and what their successor needs goes to the state file. Every path ends in carry_on().
 */
#include "protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "bfd_source.h"
#include "log.h"
#include "loop.h"

enum {
	PORT_TRIES = 64,   /* to find a free source port */
	DRAIN_ROUNDS = 64, /* how often the sockets are emptied before a peer may be judged dead */
	AGAIN_S = 1,       /* before another try to open sockets */
};

/* ---- chance ---- */

static uint32_t seed(void)
{
	uint32_t number = 1;

	/* Without randomness it is the clock's microseconds that differ from run to run. */
	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != (ssize_t)sizeof(number))
		number = (uint32_t)clock_now().us;
	return number;
}

/* For jitter, where nothing depends on nobody's guessing it. */
static uint32_t roll(struct protocol *p)
{
	p->bfd.dice = p->bfd.dice * 1664525 + 1013904223;
	return p->bfd.dice >> 8;
}

/* Not 0 and no other session's: RFC 5880 section 6.8.1. */
static uint32_t new_discriminator(const struct bfd_table *t)
{
	uint32_t number;

	do {
		number = seed();
	} while (number == 0 || bfd_table_by_discriminator(t, number));
	return number;
}

static void save(struct protocol *p, const struct bfd_peer *peer)
{
	struct bfd_record record = {
		.peer = peer->peer, .source = peer->source, .from = peer->from, .port = peer->port
	};

	if (!p->state)
		return;
	bfd_session_remember(&peer->session, &record.memory);
	state_file_save_session(p->state, (uint32_t)(peer - p->run.sessions.peers), &record);
}

void protocol_bfd_save_all(struct protocol *p)
{
	for (uint32_t i = 0; i < p->run.sessions.count; i++)
		save(p, &p->run.sessions.peers[i]);
}

/* ---- from where it sends ---- */

/* A port that no other session has, as RFC 5881 section 4 would like it. */
static bool has_port(const struct bfd_table *t, uint16_t port)
{
	for (uint32_t i = 0; i < t->count; i++)
		if (t->peers[i].port == port)
			return true;
	return false;
}

static int try_port(struct bfd_peer *peer, uint16_t port)
{
	int status = io_bfd_sender(peer->peer, peer->from, port, peer->ttl, &peer->fd);

	if (status == 0)
		peer->port = port;
	return status;
}

/* First the one that it had in another process. */
static int open_sender(struct protocol *p, struct bfd_peer *peer)
{
	int status = peer->port == 0 ? -EADDRINUSE : try_port(peer, peer->port);

	for (int i = 0; i < PORT_TRIES && status == -EADDRINUSE; i++) {
		uint32_t ports = BFD_SOURCE_PORT_MAX - BFD_SOURCE_PORT_MIN + 1;
		uint16_t port = (uint16_t)(BFD_SOURCE_PORT_MIN + roll(p) % ports);

		if (!has_port(&p->run.sessions, port))
			status = try_port(peer, port);
	}
	if (status == 0)
		save(p, peer);
	return status;
}

static void use_source(struct bfd_peer *peer, struct ip_addr addr)
{
	if (ip_equal(peer->from, addr))
		return;
	if (peer->fd >= 0)
		close(peer->fd);
	peer->fd = -1;
	peer->from = addr;
}

/*
 * Without a `source` the address that the session began with is kept as long as it serves: the kernel, asked for each packet, would move to
 * a virtual one at a take-over. While it is down there is nothing to keep.
 */
static void choose_again(struct protocol *p, struct bfd_peer *peer)
{
	struct ip_addr addr;

	if (!ip_is_set(peer->source) && bfd_source_choose(p->run.settings, peer->peer, &addr) == 0)
		use_source(peer, addr);
}

/* An address may be a virtual one only since a reload. */
static void keep_source(const struct protocol *p, struct bfd_peer *peer)
{
	if (!ip_is_set(peer->source) && ip_is_set(peer->from) &&
	    bfd_source_is_virtual(p->run.settings, peer->from))
		use_source(peer, IP_ADDR_NONE);
}

/* 0, or -errno: then the next packet tries again. */
static int ready_to_send(struct protocol *p, struct bfd_peer *peer)
{
	struct ip_addr addr;
	int status;

	if (peer->fd >= 0)
		return 0;
	if (!ip_is_set(peer->from)) {
		status = bfd_source_choose(p->run.settings, peer->peer, &addr);
		if (status != 0)
			return status;
		use_source(peer, addr);
	}
	return open_sender(p, peer);
}

/* ---- what it says, and what it finds ---- */

static void tell(struct protocol *p, struct bfd_peer *peer)
{
	const struct bfd_session *s = &peer->session;
	char buf[TEXT_MAX];
	struct event ev = {
		.kind = EVENT_CHECK,
		.check = { .check = peer->check,
			   .value = s->verdict == CHECK_UP,
			   .why = bfd_session_why(s, buf) },
	};

	if (s->verdict == CHECK_UNKNOWN)
		return;
	if (s->verdict == CHECK_UP)
		peer->warned = 0;
	if (log_wants(LOG_LEVEL_DEBUG))
		debug_check(CHECK_BFD, p->run.settings->checks[peer->check].name,
			    (int32_t)ev.check.value, ev.check.why);
	protocol_step(p, &ev);
}

/* The same only once, until the session has been up. */
static void warn(struct protocol *p, struct bfd_peer *peer)
{
	const struct bfd_session *s = &peer->session;

	if (s->send_error == 0 || s->send_error == peer->warned)
		return;
	peer->warned = s->send_error;
	log_line(LOG_LEVEL_WARNING, "bfd %s: packets cannot be sent: %s",
		 p->run.settings->checks[peer->check].name, strerror(s->send_error));
}

/* What cannot be sent is lost, and said again an interval later. */
static void send_due(struct protocol *p, struct bfd_peer *peer)
{
	struct bfd_session *s = &peer->session;
	struct bfd_packet packet;
	int status;

	while (bfd_session_next(s, clock_now(), roll(p), &packet)) {
		if (s->send_error != 0 || packet.state == BFD_DOWN)
			choose_again(p, peer);
		status = ready_to_send(p, peer);
		if (status == 0)
			status = io_bfd_send(peer->fd, peer->peer, &packet);
		bfd_session_sent(s, -status);
		warn(p, peer);
	}
}

/* After all that may have changed a session. */
static void carry_on(struct protocol *p, struct bfd_peer *peer)
{
	send_due(p, peer);
	bfd_table_arm(&p->run.sessions, peer);
	if (peer->told == peer->session.changes)
		return;
	peer->told = peer->session.changes;
	save(p, peer);
	tell(p, peer);
}

/* ---- packets and time ---- */

/* RFC 5880 section 6.8.6: by our own discriminator where it has one, else by who it is. */
static struct bfd_peer *peer_of(const struct bfd_table *t, const struct bfd_arrival *a)
{
	struct bfd_peer *peer;

	if (!a->packet || a->packet->your_discriminator == 0)
		return bfd_table_by_address(t, a->src, a->dst);
	peer = bfd_table_by_discriminator(t, a->packet->your_discriminator);
	return peer && ip_equal(peer->peer, a->src) ? peer : NULL;
}

static void on_received(void *ctx, const struct bfd_arrival *a)
{
	struct protocol *p = ctx;
	struct bfd_peer *peer = peer_of(&p->run.sessions, a);

	if (!peer) {
		tally_stranger(p->tally);
		return;
	}
	if (!a->packet || a->ttl < peer->ttl) {
		bfd_session_drop(&peer->session, a->packet ? a->ttl : 0);
		return;
	}
	bfd_session_receive(&peer->session, a->packet, clock_now());
	carry_on(p, peer);
}

static void on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct protocol *p = ctx;

	(void)what;
	io_bfd_readable(p->bfd.io, fd == io_bfd_fd(p->bfd.io, FAMILY_V6) ? FAMILY_V6 : FAMILY_V4);
	protocol_settle(p);
}

struct instant protocol_bfd_deadline(const struct protocol *p)
{
	const struct bfd_table *t = &p->run.sessions;

	return t->count > 0 ? deadlines_next(&t->deadlines) : INSTANT_NEVER;
}

void protocol_bfd_tick(struct protocol *p)
{
	struct bfd_table *t = &p->run.sessions;
	struct instant now;
	uint32_t i;

	if (!p->bfd.io || !instant_reached(protocol_bfd_deadline(p), clock_now()))
		return;
	/* Whoever was held up has mail: read it before anybody is declared dead. */
	for (enum family_index f = FAMILY_V4; f < FAMILY_COUNT; f++) {
		for (int n = 0; n < DRAIN_ROUNDS && io_bfd_readable(p->bfd.io, f); n++)
			continue;
	}
	now = clock_now();
	while (deadlines_due(&t->deadlines, now, &i)) {
		bfd_session_tick(&t->peers[i].session, now);
		carry_on(p, &t->peers[i]);
	}
}

/* ---- sockets ---- */

static int listen_to(struct protocol *p, enum family_index f)
{
	int status = io_bfd_listen(p->bfd.io, f);

	if (status == 0 && !p->bfd.readable[f])
		p->bfd.readable[f] = loop_watch(p->base, io_bfd_fd(p->bfd.io, f), on_readable, p);
	return status != 0 || p->bfd.readable[f] ? status : -ENOMEM;
}

/* Said once as long as it stays the same. */
static void complain(struct protocol *p, int error)
{
	if (p->bfd.error == error)
		return;
	p->bfd.error = error;
	if (error == -EADDRINUSE)
		log_line(LOG_LEVEL_ERROR,
			 "bfd: UDP port %d is in use: sessions stay down until the other program "
			 "gives it up, see ss -ulpn sport = %d",
			 BFD_PORT, BFD_PORT);
	else if (error != 0)
		log_line(LOG_LEVEL_ERROR, "bfd: cannot open a socket: %s", strerror(-error));
	else
		log_line(LOG_LEVEL_NOTICE, "bfd: UDP port %d is open now", BFD_PORT);
}

/* What is missing; what cannot be had is tried again. */
static void open_sockets(struct protocol *p)
{
	static const struct timeval again = { .tv_sec = AGAIN_S };
	struct bfd_table *t = &p->run.sessions;
	int error = 0;

	for (uint32_t i = 0; i < t->count; i++) {
		struct bfd_peer *peer = &t->peers[i];
		int status = listen_to(p, peer->peer.family == IP_V6 ? FAMILY_V6 : FAMILY_V4);

		peer->session.receive_error = -status;
		if (status != 0)
			error = status;
	}
	complain(p, error);
	if (error != 0)
		event_add(p->bfd.again, &again);
}

static void on_again(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	open_sockets(ctx);
	protocol_settle(ctx);
}

/* At the first need: most configurations have no session. */
static bool has_io(struct protocol *p)
{
	const struct io_bfd_handler handler = { .ctx = p, .received = on_received };

	if (p->bfd.io)
		return true;
	p->bfd.dice = seed();
	p->bfd.again = evtimer_new(p->base, on_again, p);
	if (p->bfd.again && io_bfd_open(&p->bfd.io, &handler) == 0)
		return true;
	loop_forget(&p->bfd.again);
	log_line(LOG_LEVEL_ERROR, "bfd: not enough memory for any session");
	return false;
}

/* ---- beginning, reload, end ---- */

/* All that have begun: with the sockets that they need, known to whoever looks, and heard for the first time. */
static void begin_all(struct protocol *p)
{
	struct bfd_table *t = &p->run.sessions;

	open_sockets(p);
	for (uint32_t i = 0; i < t->count; i++) {
		struct bfd_peer *peer = &t->peers[i];

		engine_show_session(p->run.engine, peer->check, &peer->session);
		/* Whatever its name is now. */
		peer->told = peer->session.changes - 1;
		carry_on(p, peer);
	}
}

static void begin_new(struct protocol *p, struct bfd_peer *peer)
{
	struct bfd_terms terms = bfd_terms_of(&p->run.settings->checks[peer->check]);

	bfd_session_init(&peer->session, &terms, new_discriminator(&p->run.sessions), clock_now());
	bfd_table_insert(&p->run.sessions, peer);
}

static void resume(void *ctx, const struct bfd_record *r)
{
	struct protocol *p = ctx;
	struct bfd_peer *peer = bfd_table_same(&p->run.sessions, r->peer, r->source);
	struct bfd_terms terms;

	if (!peer || peer->begun)
		return;
	terms = bfd_terms_of(&p->run.settings->checks[peer->check]);
	peer->port = r->port;
	peer->from = r->from;
	keep_source(p, peer);
	bfd_session_resume(&peer->session, &terms, &r->memory, clock_now());
	bfd_table_insert(&p->run.sessions, peer);
}

static void begin_others(struct protocol *p)
{
	for (uint32_t i = 0; i < p->run.sessions.count; i++)
		if (!p->run.sessions.peers[i].begun)
			begin_new(p, &p->run.sessions.peers[i]);
}

void protocol_bfd_start(struct protocol *p)
{
	struct state_damage damage = { 0 };

	if (p->run.sessions.count == 0 || !has_io(p))
		return;
	if (p->state)
		damage = state_file_read_sessions(p->state, resume, p);
	protocol_tell_damage(&damage, "BFD sessions");
	begin_others(p);
}

void protocol_bfd_begin(struct protocol *p)
{
	if (p->bfd.io)
		begin_all(p);
}

/* The peer is told, once: if that is lost it finds out by itself. */
static void dismiss(struct protocol *p, struct bfd_peer *peer)
{
	struct bfd_packet packet;

	bfd_session_close(&peer->session);
	while (bfd_session_next(&peer->session, clock_now(), roll(p), &packet))
		if (peer->fd >= 0)
			(void)io_bfd_send(peer->fd, peer->peer, &packet);
}

/* What it was goes on, under what is wanted of it now. */
static void move(struct protocol *p, struct bfd_peer *from, struct bfd_peer *to)
{
	struct bfd_terms terms = bfd_terms_of(&p->run.settings->checks[to->check]);

	to->session = from->session;
	to->port = from->port;
	to->fd = from->fd;
	to->from = from->from;
	to->warned = from->warned;
	from->fd = -1;
	from->begun = false;
	if (to->fd >= 0 && to->ttl != from->ttl)
		(void)io_bfd_set_ttl(to->fd, to->peer, to->ttl);
	keep_source(p, to);
	bfd_session_configure(&to->session, &terms);
	bfd_table_insert(&p->run.sessions, to);
}

/* Others on this host may want the port. */
static void close_all(struct protocol *p)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		loop_forget(&p->bfd.readable[f]);
	loop_forget(&p->bfd.again);
	io_bfd_close(p->bfd.io);
	p->bfd.io = NULL;
	p->bfd.error = 0;
}

void protocol_bfd_adopt(struct protocol *p, struct bfd_table *old)
{
	struct bfd_table *t = &p->run.sessions;

	for (uint32_t i = 0; i < t->count; i++) {
		struct bfd_peer *was = bfd_table_same(old, t->peers[i].peer, t->peers[i].source);

		if (was && was->begun)
			move(p, was, &t->peers[i]);
	}
	for (uint32_t i = 0; i < old->count; i++)
		if (old->peers[i].begun)
			dismiss(p, &old->peers[i]);
	if (t->count == 0)
		close_all(p);
	else if (has_io(p))
		begin_others(p);
}

void protocol_bfd_end(struct protocol *p)
{
	for (uint32_t i = 0; p->stopping && i < p->run.sessions.count; i++) {
		struct bfd_peer *peer = &p->run.sessions.peers[i];

		if (!peer->begun)
			continue;
		dismiss(p, peer);
		save(p, peer);
	}
	close_all(p);
}
