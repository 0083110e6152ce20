/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request holds all it needs, commands too, so that a reload does not change what was asked for. Only the commands of the supervisor's
 * settings are run, whatever the protocol process may say: it sends names.
 */
#include "runner_hooks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/index.h"
#include "conf/execute_command.h"
#include "log.h"

enum {
	STEPS = 2,          /* notify-STATE, then notify */
	VARIABLES_MAX = 64, /* lines of one environment */
	BUSY_PAUSE_MS = 50, /* before another look whether another runner's hook still runs */
	RESULT_TEXT_MAX = 1024,
	BUCKETS = 1024,
};

static const char *const hook_names[HOOK_COUNT] = { "notify", "notify-master", "notify-backup",
						    "notify-fault", "notify-stop" };

/* What one MESSAGE_HOOKS asked for. */
struct request {
	uint32_t token, generation;
	char *environment; /* the message's text, cut into the variables */
	char *variables[VARIABLES_MAX + 1];
	char *arguments[COMMAND_ARGUMENTS]; /* into the variables: type, name, state, priority */
	enum hook hooks[STEPS];
	char *commands[STEPS]; /* NULL: nothing to do */
	char user[NAME_MAX_LEN + 1];
	struct span timeout;
	int step;
};

/* A notifier that has a request. */
struct caller {
	struct runner_hooks *hooks;
	struct caller *next, **place; /* in its bucket */
	struct caller *next_ready;
	struct request *current, *waiting;
	bool ready; /* waits for its turn */
	char subject[NAME_MAX_LEN + 8];
};

struct runner_hooks {
	struct jobs *jobs;
	struct runner_link *link;
	void (*idle)(void *ctx);
	void *ctx;
	const struct settings *settings, *previous;
	struct caller *buckets[BUCKETS]; /* by name */
	uint32_t caller_count;
	struct caller *ready, **ready_end;
	const struct ledger *ledger; /* NULL: none */
	struct event *again;
	unsigned int running;
};

/* ---- requests ---- */

static void request_free(struct request *r)
{
	if (!r)
		return;
	for (int i = 0; i < STEPS; i++)
		free(r->commands[i]);
	free(r->environment);
	free(r);
}

static char *value_of(const struct request *r, const char *name)
{
	size_t len = strlen(name);

	for (int i = 0; r->variables[i]; i++) {
		if (strncmp(r->variables[i], name, len) == 0 && r->variables[i][len] == '=')
			return r->variables[i] + len + 1;
	}
	return NULL;
}

/* Cuts the text into variables; only ours get through. */
static bool take_apart(struct request *r)
{
	static const char *const names[COMMAND_ARGUMENTS] = { "VRRP_TYPE", "VRRP_NAME",
							      "VRRP_STATE", "VRRP_PRIORITY" };
	char *rest = NULL;
	int count = 0;

	for (char *line = strtok_r(r->environment, "\n", &rest); line && count < VARIABLES_MAX;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, "VRRP_", 5) == 0 && strchr(line, '='))
			r->variables[count++] = line;
	}
	for (int i = 0; i < COMMAND_ARGUMENTS; i++) {
		r->arguments[i] = value_of(r, names[i]);
		if (!r->arguments[i])
			return false;
	}
	return true;
}

static enum hook hook_of(const char *state)
{
	if (strcmp(state, "MASTER") == 0)
		return HOOK_MASTER;
	if (strcmp(state, "BACKUP") == 0)
		return HOOK_BACKUP;
	return strcmp(state, "FAULT") == 0 ? HOOK_FAULT : HOOK_STOP;
}

static const struct notify_settings *find_in(const struct settings *s, const char *type,
					     const char *name, uint32_t hint)
{
	bool group = strcmp(type, "GROUP") == 0;
	uint32_t count = !s ? 0 : group ? s->group_count : s->instance_count;
	uint32_t first = s && group ? s->instance_count : 0;

	for (uint32_t i = 0; i <= count; i++) {
		/* The hint first, then all. */
		uint32_t at = i == 0 ? hint - first : i - 1;

		if (at < count && !group && strcmp(s->instances[at].name, name) == 0)
			return &s->instances[at].notify;
		if (at < count && group && strcmp(s->groups[at].name, name) == 0)
			return &s->groups[at].notify;
	}
	return NULL;
}

/* What is to be run for it. False without memory. */
static bool look_up(const struct runner_hooks *hs, struct request *r, uint32_t hint)
{
	const struct settings *s = hs->settings;
	const struct notify_settings *notify = find_in(s, r->arguments[0], r->arguments[1], hint);

	if (!notify) {
		s = hs->previous;
		notify = find_in(s, r->arguments[0], r->arguments[1], hint);
	}
	if (!notify)
		return true;
	r->timeout = notify->timeout;
	snprintf(r->user, sizeof(r->user), "%s", s->global.script_user);
	r->hooks[0] = hook_of(r->arguments[2]);
	r->hooks[1] = HOOK_ANY;
	for (int i = 0; i < STEPS; i++) {
		uint32_t text = notify->command[r->hooks[i]];

		if (text == 0)
			continue;
		r->commands[i] = strdup(settings_text(s, text));
		if (!r->commands[i])
			return false;
	}
	return true;
}

static struct request *request_new(const struct runner_hooks *hs, const struct message *m)
{
	struct request *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->token = m->number;
	r->generation = runner_link_generation(hs->link);
	r->environment = strdup(m->text);
	if (!r->environment || !take_apart(r) || !look_up(hs, r, m->value)) {
		request_free(r);
		return NULL;
	}
	return r;
}

/* ---- what the protocol process is told ---- */

static void tell(const struct runner_hooks *hs, const struct request *r, enum message_kind kind,
		 uint32_t value, char *text)
{
	struct message m = message_of(kind, r->token);

	m.value = value;
	m.text = text;
	/* A successor did not ask for it. */
	if (r->generation == runner_link_generation(hs->link))
		(void)runner_link_send(hs->link, &m);
}

static void tell_failed(const struct caller *c, const char *why, const struct output *output,
			struct span took)
{
	const struct request *r = c->current;
	char printed[OUTPUT_TEXT_MAX] = "", text[RESULT_TEXT_MAX];

	if (output)
		output_text(output, printed, sizeof(printed));
	snprintf(text, sizeof(text), "%s: %s%s%.800s", hook_names[r->hooks[r->step]], why,
		 printed[0] ? ": " : "", printed);
	tell(c->hooks, r, MESSAGE_HOOK_FAILED, (uint32_t)(took.us / 1000), text);
	if (printed[0])
		log_line(LOG_LEVEL_INFO, "%s: %s printed: %s", c->subject,
			 hook_names[r->hooks[r->step]], printed);
}

/* ---- running ---- */

static void make_ready(struct caller *c)
{
	struct runner_hooks *hs = c->hooks;

	c->ready = true;
	c->next_ready = NULL;
	*hs->ready_end = c;
	hs->ready_end = &c->next_ready;
}

static void caller_free(struct caller *c)
{
	*c->place = c->next;
	if (c->next)
		c->next->place = c->place;
	c->hooks->caller_count--;
	request_free(c->current);
	request_free(c->waiting);
	free(c);
}

/* The request is done with; the one that waited is next. */
static void end_request(struct caller *c)
{
	tell(c->hooks, c->current, MESSAGE_HOOKS_DONE, 0, NULL);
	request_free(c->current);
	c->current = c->waiting;
	c->waiting = NULL;
	if (c->current)
		make_ready(c);
	else
		caller_free(c);
}

static void on_ended(void *ctx, bool failed, const char *why, const struct output *output,
		     struct span took);

/* For the ledger: no two have the same, but for a chance that is of no account. */
static uint64_t subject_of(const struct caller *c)
{
	uint64_t hash = index_hash_text(c->subject);

	return hash << 32 | strlen(c->subject) << 16 | (unsigned char)c->subject[0];
}

/* Starts the next step of a caller that has the turn. False: there was none to start, its request is at an end. */
static bool start_step(struct caller *c)
{
	struct runner_hooks *hs = c->hooks;
	struct request *r = c->current;
	struct job_handler handler = { .ctx = c, .ended = on_ended, .abandon_stuck = true };
	char why[JOB_WHY_MAX], refusal[JOB_WHY_MAX + 16];
	struct job *job;

	for (; r->step < STEPS; r->step++) {
		struct execute_request what = { .command = r->commands[r->step],
						.user = r->user,
						.arguments = r->arguments,
						.environment = r->variables };

		if (!what.command)
			continue;
		if (job_start(hs->jobs, &what, subject_of(c), r->timeout, &handler, &job, why,
			      sizeof(why)) == 0) {
			hs->running++;
			return true;
		}
		snprintf(refusal, sizeof(refusal), "not run: %s", why);
		tell_failed(c, refusal, NULL, span_us(0));
	}
	return false;
}

/* Those whose hooks run elsewhere are first again when it is time for another look. */
static void hold(struct runner_hooks *hs, struct caller *held, struct caller **held_end)
{
	static const struct timeval pause = { .tv_usec = BUSY_PAUSE_MS * 1000 };

	if (!held)
		return;
	*held_end = hs->ready;
	if (!hs->ready)
		hs->ready_end = held_end;
	hs->ready = held;
	event_add(hs->again, &pause);
}

static void start_ready(struct runner_hooks *hs)
{
	struct caller *held = NULL, **held_end = &held;

	while (hs->ready && hs->running < HOOKS_AT_ONCE) {
		struct caller *c = hs->ready;

		hs->ready = c->next_ready;
		if (!hs->ready)
			hs->ready_end = &hs->ready;
		if (ledger_is_busy(hs->ledger, subject_of(c))) {
			c->next_ready = NULL;
			*held_end = c;
			held_end = &c->next_ready;
			continue;
		}
		c->ready = false;
		if (!start_step(c))
			end_request(c);
	}
	hold(hs, held, held_end);
	if (runner_hooks_idle(hs))
		hs->idle(hs->ctx);
}

static void on_ended(void *ctx, bool failed, const char *why, const struct output *output,
		     struct span took)
{
	struct caller *c = ctx;
	struct runner_hooks *hs = c->hooks;
	struct request *r = c->current;
	char printed[OUTPUT_TEXT_MAX];

	hs->running--;
	if (failed) {
		tell_failed(c, why, output, took);
	} else {
		tell(hs, r, MESSAGE_HOOK_SUCCEEDED, (uint32_t)(took.us / 1000),
		     (char *)(uintptr_t)hook_names[r->hooks[r->step]]);
		if (output->total > 0)
			log_line(LOG_LEVEL_DEBUG, "%s: %s printed: %s", c->subject,
				 hook_names[r->hooks[r->step]],
				 output_text(output, printed, sizeof(printed)));
	}
	r->step++;
	/* Its second step goes before others' first: it has the turn. */
	if (!start_step(c))
		end_request(c);
	start_ready(hs);
}

/* ---- the way in ---- */

static struct caller **bucket_of(struct runner_hooks *hs, const struct request *r)
{
	return &hs->buckets[index_hash_text(r->arguments[1]) % BUCKETS];
}

static struct caller *find_caller(struct runner_hooks *hs, const struct request *r)
{
	for (struct caller *c = *bucket_of(hs, r); c; c = c->next) {
		if (strcmp(c->current->arguments[0], r->arguments[0]) == 0 &&
		    strcmp(c->current->arguments[1], r->arguments[1]) == 0)
			return c;
	}
	return NULL;
}

static struct caller *caller_new(struct runner_hooks *hs, struct request *r)
{
	struct caller *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->hooks = hs;
	c->current = r;
	snprintf(c->subject, sizeof(c->subject), "%s%s",
		 strcmp(r->arguments[0], "GROUP") == 0 ? "group " : "", r->arguments[1]);
	c->place = bucket_of(hs, r);
	c->next = *c->place;
	if (c->next)
		c->next->place = &c->next;
	*c->place = c;
	hs->caller_count++;
	return c;
}

void runner_hooks_request(struct runner_hooks *hs, struct message *m)
{
	struct request *r = request_new(hs, m);
	struct message done = message_of(MESSAGE_HOOKS_DONE, m->number);
	struct caller *c = r ? find_caller(hs, r) : NULL;

	if (c) {
		/* What waited is overtaken; whoever asked for it is another protocol process, or is told. */
		if (c->waiting)
			tell(hs, c->waiting, MESSAGE_HOOKS_DONE, 0, NULL);
		request_free(c->waiting);
		c->waiting = r;
		return;
	}
	c = r ? caller_new(hs, r) : NULL;
	if (c) {
		make_ready(c);
		start_ready(hs);
		return;
	}
	request_free(r);
	log_line(LOG_LEVEL_ERROR, "hooks that were asked for cannot be run: not enough memory");
	(void)runner_link_send(hs->link, &done);
}

static void on_again(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	start_ready(ctx);
}

void runner_hooks_leave_waiting(struct runner_hooks *hs)
{
	while (hs->ready) {
		struct caller *c = hs->ready;

		hs->ready = c->next_ready;
		caller_free(c);
	}
	hs->ready_end = &hs->ready;
	for (int i = 0; i < BUCKETS; i++) {
		for (struct caller *c = hs->buckets[i]; c; c = c->next) {
			request_free(c->waiting);
			c->waiting = NULL;
		}
	}
}

void runner_hooks_use_ledger(struct runner_hooks *hs, const struct ledger *ledger)
{
	hs->ledger = ledger;
}

bool runner_hooks_idle(const struct runner_hooks *hs)
{
	return hs->caller_count == 0;
}

void runner_hooks_configure(struct runner_hooks *hs, const struct settings *s,
			    const struct settings *previous)
{
	hs->settings = s;
	hs->previous = previous;
}

struct runner_hooks *runner_hooks_new(struct event_base *base, struct jobs *jobs,
				      struct runner_link *link, void (*idle)(void *ctx), void *ctx)
{
	struct runner_hooks *hs = calloc(1, sizeof(*hs));

	if (!hs)
		return NULL;
	hs->again = evtimer_new(base, on_again, hs);
	if (!hs->again) {
		free(hs);
		return NULL;
	}
	hs->jobs = jobs;
	hs->link = link;
	hs->idle = idle;
	hs->ctx = ctx;
	hs->ready_end = &hs->ready;
	return hs;
}

void runner_hooks_free(struct runner_hooks *hs)
{
	if (!hs)
		return;
	for (int i = 0; i < BUCKETS; i++) {
		while (hs->buckets[i])
			caller_free(hs->buckets[i]);
	}
	event_free(hs->again);
	free(hs);
}
