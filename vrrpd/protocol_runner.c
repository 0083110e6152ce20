/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the engine and the runner: notices become messages, results become events. A request is known by a number that outlives a
 * reload, in which notifiers may get other numbers: it stands for type and name.
 */
#include "protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "log.h"
#include "loop.h"

enum {
	RUNNER_CLOSE_WAIT_MS = 1000, /* at the end, for the last hooks to reach it */
};

/* Hooks that are under way. */
struct request {
	char name[NAME_MAX_LEN + 1];
	bool is_group;
	bool used;
	bool lost;         /* with its runner, and the engine has not been told yet */
	uint32_t notifier; /* at the time of asking: where to look first */
};

struct protocol_runner {
	struct io_runner *io;
	struct event *readable, *writable;
	struct request *requests;
	uint32_t request_count;
	uint32_t free_hint; /* no free one below it */
};

/* ---- notifiers and checks by name ---- */

static const char *notifier_name(const struct settings *s, uint32_t notifier)
{
	return notifier < s->instance_count ? s->instances[notifier].name
					    : s->groups[notifier - s->instance_count].name;
}

/* UINT32_MAX: a reload has taken it away. */
static uint32_t find_notifier(const struct settings *s, const struct request *q)
{
	uint32_t from = q->is_group ? s->instance_count : 0;
	uint32_t to = q->is_group ? settings_notifiers(s) : s->instance_count;

	if (q->notifier >= from && q->notifier < to &&
	    strcmp(notifier_name(s, q->notifier), q->name) == 0)
		return q->notifier;
	for (uint32_t i = from; i < to; i++) {
		if (strcmp(notifier_name(s, i), q->name) == 0)
			return i;
	}
	return UINT32_MAX;
}

static bool is_check(const struct settings *s, uint32_t i, enum check_kind kind, const char *name)
{
	return i < s->check_count && s->checks[i].kind == kind &&
	       strcmp(s->checks[i].name, name) == 0;
}

static uint32_t find_check(const struct settings *s, enum check_kind kind, uint32_t hint,
			   const char *name)
{
	if (is_check(s, hint, kind, name))
		return hint;
	for (uint32_t i = 0; i < s->check_count; i++) {
		if (is_check(s, i, kind, name))
			return i;
	}
	return UINT32_MAX;
}

/* ---- what the runner says ---- */

static void on_check(void *ctx, enum check_kind kind, uint32_t index, const char *name,
		     int32_t value, const char *why)
{
	struct protocol *p = ctx;
	struct event ev = {
		.kind = EVENT_CHECK,
		.check = { .check = find_check(p->run.settings, kind, index, name),
			   .value = value,
			   .why = why },
	};

	if (log_wants(LOG_LEVEL_DEBUG))
		debug_check(kind, name, value, why);
	if (ev.check.check != UINT32_MAX)
		protocol_step(p, &ev);
}

static struct request *request_of(struct protocol *p, uint32_t token)
{
	struct protocol_runner *r = p->runner;

	return token < r->request_count && r->requests[token].used ? &r->requests[token] : NULL;
}

static void on_hook_result(void *ctx, uint32_t token, bool failed, uint32_t took_ms,
			   const char *text)
{
	struct protocol *p = ctx;
	struct request *q = request_of(p, token);
	struct event ev = {
		.kind = EVENT_HOOK_RESULT,
		.hook = { .notifier = q ? find_notifier(p->run.settings, q) : UINT32_MAX,
			  .failed = failed,
			  .took = span_ms(took_ms),
			  .text = text },
	};

	if (ev.hook.notifier != UINT32_MAX)
		protocol_step(p, &ev);
}

/* Free for the next one before the engine hears of it, which may ask again at once. */
static void end_request(struct protocol *p, uint32_t token, bool lost)
{
	struct request *q = request_of(p, token);
	struct event ev = { .kind = EVENT_HOOKS_DONE, .hook = { .lost = lost } };

	if (!q)
		return;
	ev.hook.notifier = find_notifier(p->run.settings, q);
	q->used = q->lost = false;
	if (token < p->runner->free_hint)
		p->runner->free_hint = token;
	if (ev.hook.notifier != UINT32_MAX)
		protocol_step(p, &ev);
}

static void on_hooks_done(void *ctx, uint32_t token)
{
	end_request(ctx, token, false);
}

static void stop_watching(struct protocol_runner *r)
{
	loop_forget(&r->readable);
	loop_forget(&r->writable);
}

/* All that were under way: the engine asks for each again, and that waits for the next runner. */
static void on_lost(void *ctx)
{
	struct protocol *p = ctx;
	struct protocol_runner *r = p->runner;
	uint32_t count = r->request_count;

	stop_watching(r);
	for (uint32_t i = 0; i < count; i++)
		r->requests[i].lost = r->requests[i].used;
	/* Those that are asked for meanwhile take the places of some, or others behind all of them. */
	for (uint32_t i = 0; i < count; i++) {
		if (r->requests[i].lost)
			end_request(p, i, true);
	}
}

static void on_states_wanted(void *ctx)
{
	protocol_runner_states(ctx);
}

/* ---- what the engine says ---- */

/* keepalived has no state INIT for those who are told: it is that of an instance that has stopped. */
static const char *state_word(enum vrouter_state state)
{
	return state == VROUTER_INIT ? "STOP" : vrouter_state_name(state);
}

void protocol_runner_state(struct protocol *p, uint32_t notifier)
{
	struct notice n;
	char line[NAME_MAX_LEN + 64];

	if (p->run.settings->global.notify_fifo == 0)
		return;
	engine_notice(p->run.engine, notifier, &n);
	snprintf(line, sizeof(line), "%s \"%s\" %s %u", n.is_group ? "GROUP" : "INSTANCE", n.name,
		 state_word(n.state), n.priority);
	io_runner_state(p->runner->io, line);
}

void protocol_runner_states(struct protocol *p)
{
	if (!p->started || p->run.settings->global.notify_fifo == 0)
		return;
	for (uint32_t i = 0; i < settings_notifiers(p->run.settings); i++)
		protocol_runner_state(p, i);
}

/* What of an instance its hooks are told. */
static void print_instance(FILE *out, const struct settings *s, const struct instance_settings *set)
{
	const char *family = set->addresses[FAMILY_V6].count == 0   ? "ipv4"
			     : set->addresses[FAMILY_V4].count == 0 ? "ipv6"
								    : "ipv4 ipv6";
	char text[IP_PREFIX_TEXT_MAX];
	const char *space = "";

	fprintf(out,
		"VRRP_INTERFACE=%s\nVRRP_VRID=%u\nVRRP_FAMILY=%s\nVRRP_ADDRESSES=", set->interface,
		set->vrid, family);
	for (int f = 0; f < FAMILY_COUNT; f++) {
		for (uint32_t i = 0; i < set->addresses[f].count; i++) {
			const struct vip *vip = &s->vips[set->addresses[f].first + i];

			fprintf(out, "%s%s", space,
				ip_prefix_text(vip->addr, vip->prefix_len, text));
			space = " ";
		}
	}
	fputc('\n', out);
}

/* INTERFACE section 5. The caller frees it; NULL without memory. */
static char *environment_of(const struct protocol *p, uint32_t notifier, const struct notice *n)
{
	const struct settings *s = p->run.settings;
	char *text = NULL, master[IP_TEXT_MAX], reason[REASON_TOLD_MAX];
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fprintf(out,
		"VRRP_TYPE=%s\nVRRP_NAME=%s\nVRRP_STATE=%s\nVRRP_PREVIOUS=%s\nVRRP_REASON=%s\n"
		"VRRP_PRIORITY=%u\nVRRP_MASTER=%s\n",
		n->is_group ? "GROUP" : "INSTANCE", n->name, state_word(n->state),
		vrouter_state_name(n->previous), reason_told(n->reason, n->cause, reason),
		n->priority, ip_is_set(n->master) ? ip_text(n->master, master) : "");
	if (n->is_group)
		fputs("VRRP_INTERFACE=\nVRRP_VRID=\nVRRP_FAMILY=\nVRRP_ADDRESSES=\n", out);
	else
		print_instance(out, s, &s->instances[notifier]);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* A free place; UINT32_MAX without memory. */
static uint32_t new_request(struct protocol_runner *r)
{
	struct request *more;
	uint32_t i = r->free_hint;

	while (i < r->request_count && r->requests[i].used)
		i++;
	if (i == r->request_count) {
		more = realloc(r->requests, (i * 2 + 16) * sizeof(*more));
		if (!more)
			return UINT32_MAX;
		memset(more + i, 0, (i + 16) * sizeof(*more));
		r->requests = more;
		r->request_count = i * 2 + 16;
	}
	r->free_hint = i + 1;
	return i;
}

void protocol_runner_hooks(struct protocol *p, uint32_t notifier)
{
	struct notice n;
	uint32_t token = new_request(p->runner);
	char *environment;

	engine_notice(p->run.engine, notifier, &n);
	environment = environment_of(p, notifier, &n);
	if (token == UINT32_MAX || !environment) {
		log_line(LOG_LEVEL_ERROR, "%s: not enough memory to call its hooks", n.name);
		free(environment);
		return;
	}
	p->runner->requests[token] =
		(struct request){ .is_group = n.is_group, .used = true, .notifier = notifier };
	snprintf(p->runner->requests[token].name, sizeof(p->runner->requests[token].name), "%s",
		 n.name);
	io_runner_hooks(p->runner->io, token, notifier, environment);
	free(environment);
}

/* ---- the loop ---- */

static void on_turn(evutil_socket_t fd, short what, void *ctx)
{
	struct protocol *p = ctx;

	(void)fd;
	if (what & EV_READ)
		io_runner_readable(p->runner->io);
	protocol_settle(p);
}

void protocol_runner_flush(struct protocol *p)
{
	struct protocol_runner *r = p->runner;

	if (r && io_runner_flush(r->io) != 0 && r->writable)
		event_add(r->writable, NULL);
}

void protocol_runner_connect(struct protocol *p, int fd)
{
	struct protocol_runner *r = p->runner;

	io_runner_connect(r->io, fd);
	stop_watching(r);
	r->readable = loop_watch(p->base, fd, on_turn, p);
	r->writable = event_new(p->base, fd, EV_WRITE, on_turn, p);
	if (!r->readable || !r->writable)
		log_line(LOG_LEVEL_ERROR, "the runner cannot be listened to: no results of "
					  "scripts and hooks");
}

int protocol_runner_open(struct protocol *p)
{
	struct io_runner_handler handler = {
		.ctx = p,
		.check = on_check,
		.hook_result = on_hook_result,
		.hooks_done = on_hooks_done,
		.lost = on_lost,
		.states_wanted = on_states_wanted,
	};
	int status;

	p->runner = calloc(1, sizeof(*p->runner));
	if (!p->runner)
		return -ENOMEM;
	status = io_runner_open(&p->runner->io, &handler);
	if (status != 0) {
		free(p->runner);
		p->runner = NULL;
	}
	return status;
}

void protocol_runner_close(struct protocol *p)
{
	struct protocol_runner *r = p->runner;

	if (!r)
		return;
	stop_watching(r);
	if (!p->stopping)
		io_runner_hand_over(r->io);
	io_runner_close(r->io, RUNNER_CLOSE_WAIT_MS);
	free(r->requests);
	free(r);
	p->runner = NULL;
}
