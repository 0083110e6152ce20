/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The path of every event: an adapter calls, the engine is stepped, its actions are queued at the adapters; at the end of the turn
 * everything queued leaves, advertisements first. Nothing here waits.
 */
#include "protocol.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>

#include "log.h"
#include "view/view.h"

enum {
	DRAIN_ROUNDS =
		64,    /* how often the sockets are emptied before a timer may judge anybody dead */
	DRAIN_MS = 10, /* and how long the kernel's answers are read for that */
	NETLINK_TRIES = 10,   /* to send what is asked of the kernel, a millisecond apart */
	TIMER_PAUSE_MS = 1,   /* before another try to arm it */
	TROUBLE_PAUSE_S = 60, /* before the same trouble of the netlink socket is told again */
};

/* ---- actions ---- */

static void advertise(struct protocol *p, const struct action *action)
{
	struct packet *packet =
		packets_get(&p->run.packets, p->run.engine, action->vrouter, action->priority);

	if (!packet)
		return;
	for (uint32_t i = 0; i < packet->dst_count; i++)
		io_vrrp_queue(p->vrrp, action->ifindex, packet->src, packet->dst[i].addr,
			      packet_for(packet, i), packet->len, action->vrouter);
}

static void save(struct protocol *p, uint32_t vrouter)
{
	struct record record;

	if (!p->state)
		return;
	engine_record(p->run.engine, vrouter, &record);
	state_file_save(p->state, vrouter, &record);
}

void protocol_drain(struct protocol *p)
{
	bool debug = log_wants(LOG_LEVEL_DEBUG);
	struct action action;

	while (engine_next_action(p->run.engine, &action)) {
		if (debug)
			debug_action(p, &action);
		switch (action.kind) {
		case ACTION_ADVERTISE:
			advertise(p, &action);
			break;
		case ACTION_SAVE:
			save(p, action.vrouter);
			break;
		case ACTION_ADD_ADDRESS:
			protocol_prepare_link(p, &action);
			if (action.staged)
				io_netlink_stage(p->netlink, action.ifindex, action.vip);
			else
				io_netlink_add(p->netlink, action.ifindex, action.vip);
			break;
		case ACTION_REMOVE_ADDRESS:
			io_netlink_remove(p->netlink, action.ifindex, action.vip);
			break;
		case ACTION_ADD_ROUTING:
			io_routing_add(p->routing, action.routing, false);
			break;
		case ACTION_REPLACE_ROUTING:
			io_routing_add(p->routing, action.routing, true);
			break;
		case ACTION_REMOVE_ROUTING:
			io_routing_remove(p->routing, action.routing);
			break;
		case ACTION_LINK:
			protocol_change_link(p, &action);
			break;
		case ACTION_ANNOUNCE:
			/* A full ring has counted the loss; the repetition makes up for it. */
			(void)io_announce_queue(p->announce, action.ifindex, action.mac,
						action.vip->addr, true);
			break;
		case ACTION_STATE:
			protocol_runner_state(p, action.notifier);
			break;
		case ACTION_HOOKS:
			protocol_runner_hooks(p, action.notifier);
			break;
		case ACTION_IDENTIFY:
			if (p->asked_count < CONFLICTS_MAX)
				p->asked[p->asked_count++] =
					(struct event_claim){ .ifindex = action.ifindex,
							      .addr = action.address };
			break;
		}
	}
}

/* No timer of the engine's need be due for seconds: how long this process did not run is told by one that always is. */
static void look_at_pulse(struct protocol *p, struct instant now)
{
	struct span late = instant_diff(now, p->pulse_due);

	if (late.us >= span_ms(PULSE_MISSED_MS).us)
		p->held_up = span_max(p->held_up, late);
}

void protocol_pulse(struct protocol *p)
{
	struct instant now = clock_now();

	look_at_pulse(p, now);
	p->pulse_due = instant_add(now, span_ms(PULSE_MS));
}

void protocol_step(struct protocol *p, struct event *ev)
{
	ev->now = clock_now();
	ev->wall_us = clock_wall_us();
	look_at_pulse(p, ev->now);
	ev->held_up = p->held_up;
	p->held_up = span_us(0);
	engine_step(p->run.engine, ev);
	protocol_drain(p);
}

/* ---- the end of a turn ---- */

static void settle_again(struct protocol *p, int ms)
{
	event_add(p->turn_again, &(struct timeval){ .tv_usec = ms * 1000 });
}

/* What could not leave waits for room: on the socket, or in an interface's queue. */
static void flush_announcements(struct protocol *p)
{
	int status = io_announce_flush(p->announce);

	if (status == -EAGAIN && event_add(p->announce_writable, NULL) == 0)
		return;
	if (status != 0)
		settle_again(p, ANNOUNCE_PAUSE_MS);
}

/* Answers come at once or never: whether one is missing shows when there is nothing to be read. */
bool protocol_netlink_flushed(struct netlink_turns *t, int status, bool waits)
{
	t->failures = status == 0 ? 0 : t->failures + 1;
	if (status != 0)
		event_add(t->pause, &(struct timeval){ .tv_usec = 1000 });
	else if (waits && !event_pending(t->pause, EV_TIMEOUT, NULL))
		event_add(t->pause, &(struct timeval){ .tv_sec = 1 });
	if (t->failures < NETLINK_TRIES)
		return true;
	t->failures = 0;
	return false;
}

/* The engine is to know what the kernel does not take: a MASTER is not one without its addresses. */
static void flush_netlink(struct protocol *p)
{
	int status = io_netlink_flush(p->netlink);

	if (!protocol_netlink_flushed(&p->netlink_turns, status,
				      io_netlink_stale(p->netlink) ||
					      io_netlink_waiting(p->netlink)))
		io_netlink_give_up(p->netlink, -status);
	if (io_netlink_lowering(p->netlink))
		event_add(p->netlink_turns.pause, &(struct timeval){ .tv_usec = 1000 });
}

/* The engine learns of advertisements that the kernel refused, after all others have left. */
static void report_send_failures(struct protocol *p)
{
	uint32_t count = p->send_failure_count;

	p->send_failure_count = 0;
	for (uint32_t i = 0; i < count; i++)
		protocol_step(p, &(struct event){ .kind = EVENT_SEND_FAILED,
						  .send = { p->send_failures[i], p->send_error } });
}

/*
 * Whose addresses they are: what the kernel knows, or it is asked to find out, by ARP or neighbour solicitation. The answer to that is a
 * claim like others: io_conflict.h.
 */
static void find_owners(struct protocol *p)
{
	uint32_t count = p->asked_count;

	p->asked_count = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct event_claim *asked = &p->asked[i];

		if (io_resolve_look(p->resolve, asked->ifindex, asked->addr, &asked->mac) == 0)
			protocol_step(p, &(struct event){ .kind = EVENT_CLAIM, .claim = *asked });
		else
			io_resolve_ask(p->resolve, asked->ifindex, asked->addr);
	}
}

static enum log_level level_of(const struct history_event *e)
{
	switch (history_level(e)) {
	case HISTORY_LEVEL_WARNING:
		return LOG_LEVEL_WARNING;
	case HISTORY_LEVEL_NOTICE:
		return LOG_LEVEL_NOTICE;
	case HISTORY_LEVEL_INFO:
		break;
	}
	return LOG_LEVEL_INFO;
}

/* What has happened since, to the log, to the state file and to whoever follows. */
static void log_history(struct protocol *p)
{
	const struct history *history = engine_history(p->run.engine);
	const struct history_event *e;
	char text[LOG_LINE_MAX];
	bool any = false;

	while ((e = history_read(history, &p->next_logged, NULL))) {
		if (p->state)
			state_file_save_event(p->state, e);
		tally_event(p->tally, e);
		history_text(e, text, sizeof(text));
		if (e->instance[0] != '\0')
			log_line(level_of(e), "%s: %s", e->instance, text);
		else
			log_line(level_of(e), "%s", text);
		any = true;
	}
	if (any && p->control)
		control_events_available(p->control);
}

/* After the take-over itself. */
static void log_arrivals(struct protocol *p)
{
	char duration[VIEW_DURATION_TEXT_MAX], absent[64];
	struct engine_arrival a;

	while (engine_next_arrival(p->run.engine, &a)) {
		absent[0] = '\0';
		if (a.absent > 0)
			snprintf(absent, sizeof(absent), "; %u will come with their interfaces",
				 a.absent);
		log_line(LOG_LEVEL_INFO, "%s: %u address%s in place after %s, announced%s",
			 engine_name(p->run.engine, a.vrouter), a.addresses,
			 a.addresses == 1 ? "" : "es", view_duration_text(a.took, duration),
			 absent);
	}
}

static void arm_timer(struct protocol *p)
{
	struct instant deadline =
		instant_min(engine_deadline(p->run.engine), protocol_bfd_deadline(p));
	struct itimerspec when = { 0 };

	if (!instant_is_never(deadline)) {
		/* 0 would disarm it; a deadline in the past fires at once. */
		int64_t us = deadline.us > 0 ? deadline.us : 1;

		when.it_value.tv_sec = us / 1000000;
		when.it_value.tv_nsec = us % 1000000 * 1000;
	}
	if (timerfd_settime(p->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) != 0) {
		log_line(LOG_LEVEL_ERROR, "timer: %s: trying again", strerror(errno));
		settle_again(p, TIMER_PAUSE_MS);
	}
}

void protocol_settle(struct protocol *p)
{
	io_vrrp_flush(p->vrrp);
	flush_netlink(p);
	protocol_flush_routing(p);
	flush_announcements(p);
	report_send_failures(p);
	find_owners(p);
	protocol_report_links(p);
	protocol_runner_flush(p);
	protocol_report(p);
	log_history(p);
	log_arrivals(p);
	arm_timer(p);
	if (p->stopping && engine_stopped(p->run.engine))
		event_base_loopexit(p->base, NULL);
}

void protocol_tick(struct protocol *p)
{
	struct instant enough = instant_add(clock_now(), span_ms(DRAIN_MS));

	protocol_bfd_tick(p);
	if (!instant_reached(engine_deadline(p->run.engine), clock_now()))
		return;
	/* Whoever was held up has mail: read it before a timer declares its sender dead. */
	for (enum family_index f = FAMILY_V4; f < FAMILY_COUNT; f++) {
		for (int i = 0; i < DRAIN_ROUNDS && io_vrrp_readable(p->vrrp, f); i++)
			continue;
	}
	/* An answer may have more asked and answered at once: hundreds of links are not to be raised in one turn of the loop. */
	for (int i = 0; i < DRAIN_ROUNDS && io_netlink_readable(p->netlink); i++) {
		if (instant_reached(enough, clock_now()))
			break;
	}
	protocol_step(p, &(struct event){ .kind = EVENT_TICK });
}

/* ---- what the adapters tell ---- */

static void on_received(void *ctx, const struct event_advert *in)
{
	struct event ev = { .kind = in->advert ? EVENT_ADVERT : EVENT_REFUSED, .advert = *in };
	struct received received;

	if (!log_wants(LOG_LEVEL_DEBUG)) {
		protocol_step(ctx, &ev);
		return;
	}
	debug_receive(ctx, in, &received);
	protocol_step(ctx, &ev);
	debug_received(ctx, &received);
}

static void on_send_failed(void *ctx, uint32_t vrouter, int error)
{
	struct protocol *p = ctx;

	p->send_error = error;
	if (p->send_failure_count < SEND_FAILURES_MAX)
		p->send_failures[p->send_failure_count++] = vrouter;
}

static bool on_uses(void *ctx, const char *name)
{
	struct protocol *p = ctx;

	return engine_uses_interface(p->run.engine, name);
}

static bool on_is_vip(void *ctx, int32_t ifindex, const char *name, struct ip_addr addr)
{
	struct protocol *p = ctx;

	(void)ifindex;
	return engine_is_vip(p->run.engine, name, addr);
}

struct strays {
	struct protocol *p;
	int32_t ifindex;
};

static void remove_stray(void *ctx, int32_t ifindex, const char *name, const struct vip *vip)
{
	struct strays *s = ctx;
	struct vip there = *vip;

	if (ifindex != s->ifindex ||
	    engine_has_slot(s->p->run.engine, name, vip->addr, vip->prefix_len))
		return;
	snprintf(there.dev, sizeof(there.dev), "%s", name);
	if (engine_leftover(s->p->run.engine, ifindex, &there) != 0)
		log_line(LOG_LEVEL_ERROR,
			 "an interface has got another name, %s, with our addresses: remove them "
			 "by hand",
			 name);
}

/* An interface that is gone from our sight may only have got another name: then our addresses are still on it. */
static void look_for_strays(struct protocol *p, int32_t ifindex)
{
	struct strays s = { .p = p, .ifindex = ifindex };

	if (ifindex == 0 || !p->started)
		return;
	io_netlink_for_each_tagged(p->netlink, remove_stray, &s);
	protocol_drain(p);
}

static void on_link(void *ctx, const struct event_link *link)
{
	struct protocol *p = ctx;
	struct event ev = { .kind = EVENT_LINK, .link = *link };
	uint32_t i = engine_find_interface(p->run.engine, link->name);
	int32_t was = i == UINT32_MAX ? 0 : engine_interface(p->run.engine, i)->ifindex;

	if (log_wants(LOG_LEVEL_DEBUG))
		debug_link(link);
	/* What it takes to hear others is the predecessor's to put back before it is ours to set. */
	if (!p->standby)
		protocol_listen(p, &ev.link);
	protocol_step(p, &ev);
	if (was == link->ifindex)
		return;
	look_for_strays(p, was);
	/* Names of links that stand on it have become known. */
	if (i != UINT32_MAX && !engine_interface_is_virtual(p->run.engine, i))
		io_netlink_retell_ours(p->netlink);
}

void protocol_join_again(struct protocol *p)
{
	const struct event_link *link;

	for (uint32_t i = 0; (link = engine_interface(p->run.engine, i)); i++) {
		if (protocol_is_deaf(p, i))
			io_netlink_retell(p->netlink, link->ifindex);
	}
}

static void on_address(void *ctx, const struct event_address *address)
{
	struct event ev = { .kind = EVENT_ADDRESS, .address = *address };

	protocol_step(ctx, &ev);
}

static void on_duplicate(void *ctx, const char *name, struct ip_addr addr)
{
	char text[IP_TEXT_MAX];

	(void)ctx;
	log_line(LOG_LEVEL_WARNING,
		 "interface %s: %s has failed duplicate address detection: another host has it; "
		 "whoever put it on this one should remove it",
		 name, ip_text(addr, text));
}

static void on_address_done(void *ctx, const struct event_address *answer, const char *why)
{
	struct event ev = { .kind = EVENT_ADDRESS_DONE, .address = *answer };
	char text[IP_TEXT_MAX];

	if (answer->error != 0 && why[0] != '\0')
		log_line(LOG_LEVEL_INFO, "%s: the kernel says: %s", ip_text(answer->addr, text),
			 why);
	if (log_wants(LOG_LEVEL_DEBUG))
		debug_address_done(ctx, answer);
	protocol_step(ctx, &ev);
}

static void on_link_done(void *ctx, const struct event_link_done *answer, const char *why)
{
	protocol_link_done(ctx, answer, why);
}

static void on_settled(void *ctx)
{
	/* Nothing: every turn of the loop ends with protocol_settle(). */
	(void)ctx;
}

/* A kernel in need may refuse many times a second: the same words once, and then at most once a minute. */
void protocol_trouble(struct protocol *p, const char *what, int error)
{
	struct instant now = clock_now();
	bool same =
		p->trouble.what && strcmp(p->trouble.what, what) == 0 && p->trouble.error == error;

	if (same && instant_before(now, p->trouble.quiet_until)) {
		p->trouble.count++;
		return;
	}
	if (same && p->trouble.count > 0)
		log_line(LOG_LEVEL_WARNING, "netlink: %s: %s (%u times more)", what,
			 strerror(error), p->trouble.count);
	else
		log_line(LOG_LEVEL_WARNING, "netlink: %s: %s", what, strerror(error));
	p->trouble = (struct trouble){ .what = what,
				       .error = error,
				       .quiet_until = instant_add(now, span_s(TROUBLE_PAUSE_S)) };
}

static void on_trouble(void *ctx, const char *what, int error)
{
	protocol_trouble(ctx, what, error);
}

static void on_announce_failed(void *ctx, int32_t ifindex, struct ip_addr addr, int error)
{
	char text[IP_TEXT_MAX];

	(void)ctx;
	log_line(LOG_LEVEL_INFO, "%s: cannot be announced on interface %d: %s", ip_text(addr, text),
		 ifindex, strerror(error));
}

static void on_claimed(void *ctx, const struct event_claim *claim)
{
	protocol_step(ctx, &(struct event){ .kind = EVENT_CLAIM, .claim = *claim });
}

struct io_vrrp_handler protocol_vrrp_handler(struct protocol *p)
{
	return (struct io_vrrp_handler){
		.ctx = p,
		.received = on_received,
		.send_failed = on_send_failed,
	};
}

struct io_netlink_handler protocol_netlink_handler(struct protocol *p, void (*synced)(void *ctx))
{
	return (struct io_netlink_handler){
		.ctx = p,
		.uses = on_uses,
		.is_vip = on_is_vip,
		.link = on_link,
		.address = on_address,
		.duplicate = on_duplicate,
		.address_done = on_address_done,
		.link_done = on_link_done,
		.synced = synced,
		.settled = on_settled,
		.trouble = on_trouble,
	};
}

struct io_announce_handler protocol_announce_handler(struct protocol *p)
{
	return (struct io_announce_handler){ .ctx = p, .failed = on_announce_failed };
}

struct io_conflict_handler protocol_conflict_handler(struct protocol *p)
{
	return (struct io_conflict_handler){ .ctx = p, .claimed = on_claimed };
}
