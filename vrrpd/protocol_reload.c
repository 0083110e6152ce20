/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One engine in place of another: at start (the predecessor is a dead process, known by its records and its addresses) and at a
 * reload (the predecessor is the engine that runs). Both ways the new engine is first told everything the kernel has.
 */
#include "protocol.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "log.h"

/* Addresses found at the kernel. */
struct leftovers {
	struct protocol *p;
	uint32_t count;
};

int running_init(struct running *r, struct settings *s, uint32_t leftovers, uint32_t routings)
{
	/* Besides those of a predecessor, an interface that gets another name leaves all its addresses behind. */
	uint32_t room = leftovers + s->vip_count;
	void *memory = malloc(engine_size(s, room, routings));

	*r = (struct running){ .settings = s };
	if (!memory)
		goto fail;
	r->engine = engine_init(memory, s, room, routings);
	r->listening = listening_new(r->engine, s);
	if (!r->listening || bfd_table_init(&r->sessions, s) != 0 ||
	    packets_init(&r->packets, r->engine) != 0)
		goto fail;
	return 0;
fail:
	running_done(r);
	return -ENOMEM;
}

void running_done(struct running *r)
{
	packets_done(&r->packets);
	bfd_table_done(&r->sessions);
	free(r->listening);
	free(r->engine);
	settings_free(r->settings);
	*r = (struct running){ 0 };
}

void protocol_save_all(struct protocol *p)
{
	uint32_t count = engine_vrouter_count(p->run.engine);
	struct record record;
	uint32_t sessions = p->run.sessions.count;
	int status = 0;

	if (!p->state)
		return;
	/* As a rule a reload changes no numbers, and a crash in the middle of it finds each record, old or new. */
	if (!state_file_fits(p->state, count, sessions))
		status = state_file_reset(p->state, count, sessions);
	if (status != 0) {
		log_line(LOG_LEVEL_WARNING,
			 "the state file cannot be written (%s): mastership will not survive a "
			 "restart until the next reload",
			 strerror(-status));
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		engine_record(p->run.engine, i, &record);
		state_file_save(p->state, i, &record);
	}
	state_file_save_served_until(p->state, engine_serves_until(p->run.engine));
}

/* The latest of all that it can hold. */
static void save_events(struct protocol *p)
{
	const struct history *history = engine_history(p->run.engine);
	uint64_t seq = p->next_logged > STATE_EVENTS_MAX ? p->next_logged - STATE_EVENTS_MAX : 1;
	const struct history_event *e;

	while (seq < p->next_logged && (e = history_read(history, &seq, NULL)))
		state_file_save_event(p->state, e);
}

void protocol_use_files(struct protocol *p, int fds[static MESSAGE_FDS_MAX])
{
	if (fds[0] >= 0 && p->control && control_listen(p->control, fds[0]) == 0) {
		close(p->listen_fd);
		p->listen_fd = fds[0];
		fds[0] = -1;
	}
	if (fds[1] < 0 || !p->state || !p->started)
		return;
	state_file_move(p->state, fds[1]);
	fds[1] = -1;
	protocol_save_all(p);
	save_events(p);
	protocol_bfd_save_all(p);
}

const char *protocol_forgets(const struct protocol *p)
{
	static char why[256];
	uint32_t count = engine_vrouter_count(p->run.engine);
	uint32_t sessions = p->run.sessions.count;
	size_t bytes = state_file_bytes(count, sessions);

	if (!p->state)
		return "mastership would be lost: the file \"state\" in the state directory could not be "
		       "used at the start, and the log says why: mend that, stop vrrpd and start it";
	if (state_file_fits(p->state, count, sessions))
		return NULL;
	snprintf(why, sizeof(why),
		 "mastership would be lost: the file \"state\" in the state directory cannot be "
		 "written: make room there, it takes %zu KiB, then `vrrpctl reload`",
		 (bytes + 1023) / 1024);
	return why;
}

static void count_held(void *ctx, int32_t ifindex, const char *name, const struct vip *vip)
{
	struct leftovers *l = ctx;

	(void)ifindex;
	l->count += engine_has_slot(l->p->run.engine, name, vip->addr, vip->prefix_len);
}

uint32_t protocol_count_held(struct protocol *p)
{
	struct leftovers l = { .p = p };

	io_netlink_for_each_tagged(p->netlink, count_held, &l);
	return l.count;
}

/* ---- start ---- */

struct predecessor {
	struct protocol *p;
	bool was_master; /* of anything */
};

static void restore(void *ctx, const struct record *r)
{
	struct predecessor *was = ctx;

	engine_restore(was->p->run.engine, r, clock_now());
	was->was_master |= r->state == VROUTER_MASTER;
}

void protocol_tell_damage(const struct state_damage *d, const char *what)
{
	const char *wrong = d->error == -EPROTO ? "of another version" : "damaged";

	if (d->older != 0)
		log_line(
			LOG_LEVEL_WARNING,
			"the file \"state\" in the state directory: %u of its records of %s cannot be "
			"believed (%s): the one saved before is used instead",
			d->older, what, wrong);
	if (d->lost != 0)
		log_line(
			LOG_LEVEL_WARNING,
			"the file \"state\" in the state directory: %u of its records of %s cannot be "
			"believed (%s), and none was saved before that can: they start as if new",
			d->lost, what, wrong);
}

/* What a predecessor left; was it a master? Its events have been logged by it. */
static bool recall(struct protocol *p)
{
	struct history *history = engine_history(p->run.engine);
	struct predecessor was = { .p = p };
	struct state_damage damage;

	if (!p->state)
		return false;
	state_file_read_events(p->state, history);
	p->next_logged = history->next_seq;
	damage = state_file_read(p->state, restore, &was);
	protocol_tell_damage(&damage, "virtual routers");
	return was.was_master;
}

/*
 * An address with our tag that no virtual router here would have just so. Where another vrrpd lives in the same network namespace it may be
 * that one's.
 */
static bool is_leftover(const struct protocol *p, const char *name, const struct vip *vip)
{
	return p->alone && !engine_has_slot(p->run.engine, name, vip->addr, vip->prefix_len);
}

static void count_leftover(void *ctx, int32_t ifindex, const char *name, const struct vip *vip)
{
	struct leftovers *l = ctx;

	(void)ifindex;
	l->count += is_leftover(l->p, name, vip);
}

static void add_leftover(void *ctx, int32_t ifindex, const char *name, const struct vip *vip)
{
	struct protocol *p = ctx;
	struct vip there = *vip;

	if (!is_leftover(p, name, vip))
		return;
	snprintf(there.dev, sizeof(there.dev), "%s", name);
	/* There is room: they were counted. */
	(void)engine_leftover(p->run.engine, ifindex, &there);
}

static void count_stray(void *ctx, int32_t ifindex, const char *name, int32_t parent,
			const char *alias)
{
	struct leftovers *l = ctx;

	(void)ifindex;
	(void)parent;
	(void)alias;
	l->count += l->p->alone && !engine_uses_interface(l->p->run.engine, name);
}

static void add_stray(void *ctx, int32_t ifindex, const char *name, int32_t parent,
		      const char *alias)
{
	struct protocol *p = ctx;

	(void)parent;
	(void)alias;
	if (p->alone && !engine_uses_interface(p->run.engine, name))
		(void)engine_stray_link(p->run.engine, ifindex, name, INSTANT_NEVER);
}

/* As long as a predecessor would have, for what reloads took away. */
static void serve_on(struct protocol *p)
{
	if (p->state)
		engine_serve_until(p->run.engine, state_file_served_until(p->state), clock_now());
}

/* An engine that was made before anybody knew of leftovers makes way for one with room for them. */
static int make_room(struct protocol *p)
{
	struct leftovers l = { .p = p };
	struct settings *s = p->run.settings;
	struct running fresh;
	uint32_t routings;

	io_netlink_for_each_tagged(p->netlink, count_leftover, &l);
	routings = protocol_count_routing_leftovers(p);
	io_netlink_for_each_link(p->netlink, count_stray, &l);
	if (l.count == 0 && routings == 0) {
		serve_on(p);
		return 0;
	}
	p->run.settings = NULL;
	if (running_init(&fresh, s, l.count, routings) != 0)
		return -ENOMEM;
	listening_keep(&p->run, &fresh);
	running_done(&p->run);
	p->run = fresh;
	io_netlink_reconsider(p->netlink);
	serve_on(p);
	io_netlink_for_each_tagged(p->netlink, add_leftover, p);
	protocol_add_routing_leftovers(p);
	io_netlink_for_each_link(p->netlink, add_stray, p);
	return 0;
}

/* An interface that does not exist is told of by nobody; say so once, so that its name is not taken for working. */
static void tell_absent(struct protocol *p)
{
	const struct event_link *link;

	for (uint32_t i = 0; (link = engine_interface(p->run.engine, i)); i++) {
		if (link->ifindex == 0 && !engine_interface_is_virtual(p->run.engine, i))
			log_line(LOG_LEVEL_WARNING, "interface %s does not exist: waiting for it",
				 link->name);
	}
}

/* Who is to stop already goes on with what a predecessor had under way, and has nothing else to say. */
static void begin(struct protocol *p)
{
	struct event start = {
		.kind = EVENT_START,
		.now = clock_now(),
		.wall_us = clock_wall_us(),
	};

	if (p->stopping) {
		engine_step(p->run.engine, &start);
		protocol_step(p, &(struct event){ .kind = EVENT_STOP });
	} else {
		protocol_step(p, &start);
	}
}

void protocol_start(struct protocol *p)
{
	struct span lifetime = p->run.settings->global.address_lifetime;
	bool goes_on;

	if (make_room(p) != 0) {
		log_line(LOG_LEVEL_ERROR, "not enough memory to start");
		p->exit_status = 3;
		event_base_loopbreak(p->base);
		return;
	}
	goes_on = recall(p);
	protocol_bfd_start(p);
	protocol_recall_links(p);
	p->started = true;
	tell_absent(p);
	protocol_save_all(p);
	protocol_use_lifetime(p, lifetime);
	protocol_bfd_begin(p);
	begin(p);
	/* Who goes on as master has its addresses, and its filter, which the kernel may take tens of milliseconds to make anew. */
	if (goes_on)
		io_vrrp_flush(p->vrrp);
	protocol_start_filter(p);
	/* Nobody knows how long what was found has been there. */
	if (lifetime.us != 0)
		protocol_refresh(p);
	protocol_runner_states(p);
	if (p->note)
		protocol_note(p, p->note, p->note_failed);
}

void protocol_note(struct protocol *p, const char *text, bool failed)
{
	struct history_event e = {
		.kind = HISTORY_UPGRADE,
		.code = failed,
		.at = clock_now(),
		.wall_us = clock_wall_us(),
	};

	/* Nothing comes before what a predecessor remembered. */
	if (!p->started) {
		free(p->note);
		p->note = strdup(text);
		p->note_failed = failed;
		return;
	}
	snprintf(e.text, sizeof(e.text), "%s", text);
	history_append(engine_history(p->run.engine), &e);
}

/* ---- reload ---- */

/* One event a changed line, so that `vrrpctl events` tells what a reload did. */
static void tell_changes(struct protocol *p, const char *changes)
{
	struct history_event e = {
		.kind = HISTORY_RELOAD,
		.at = clock_now(),
		.wall_us = clock_wall_us(),
	};
	size_t len;

	if (!*changes)
		changes = "configuration read again: nothing has changed";
	for (; *changes; changes += len + (changes[len] == '\n')) {
		len = strcspn(changes, "\n");
		snprintf(e.text, sizeof(e.text), "%.*s", (int)len, changes);
		history_append(engine_history(p->run.engine), &e);
	}
}

int protocol_adopt(struct protocol *p, struct settings *s, const char *changes)
{
	struct span lifetime = p->run.settings->global.address_lifetime;
	struct running old = p->run;
	struct running fresh;

	if (running_init(&fresh, s, engine_address_count(old.engine),
			 engine_routing_count(old.engine)) != 0)
		return -ENOMEM;
	engine_retire(old.engine, fresh.engine, clock_now(), clock_wall_us());
	protocol_drain(p);
	io_vrrp_flush(p->vrrp);
	protocol_stop_listening(p, fresh.engine);
	listening_keep(&old, &fresh);
	p->run = fresh;
	io_netlink_reconsider(p->netlink);
	engine_adopt(fresh.engine, old.engine, clock_now(), clock_wall_us());
	protocol_bfd_adopt(p, &old.sessions);
	running_done(&old);
	protocol_listen_to_routing(p);
	if (p->control)
		control_engine_replaced(p->control);
	tell_changes(p, changes);
	/* Before the addresses that a new virtual router may take. */
	protocol_filter(p);
	protocol_save_all(p);
	protocol_bfd_begin(p);
	protocol_use_lifetime(p, lifetime);
	protocol_drain(p);
	return 0;
}
