/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts begin spread over half a second at most, so that a start does not wait for the slowest interval, and then keep turns that are spread
 * over the whole interval.
 */
#include "runner_checks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/duration.h"
#include "clock.h"
#include "log.h"
#include "loop.h"
#include "watch_file.h"
#include "watch_process.h"

enum {
	FIRST_TURNS_US =
		500000, /* in which all scripts are to have begun: half of what the engine waits longer than they may take */
	BUSY_PAUSE_US = 20000, /* where too many run already */
};

struct check {
	struct runner_checks *checks;
	uint32_t index; /* in the settings */
	struct check_settings set;
	char *text;                  /* command or path */
	char user[NAME_MAX_LEN + 1]; /* a script's */
	/* what is known */
	int32_t value;
	uint32_t same; /* how often in a row that was the result; 0: none yet */
	char why[TEXT_MAX];
	bool fresh; /* since the last settings: the protocol process may not know its name yet */
	/* a script's turns */
	struct event *turn;
	int64_t next_us;
	struct job *job;
	bool overdue; /* it has failed already, and is being ended */
};

struct runner_checks {
	struct event_base *base;
	struct jobs *jobs;
	struct runner_link *link;
	struct check **items;
	uint32_t count;
	unsigned int running;
	struct watch_process *processes;
	struct watch_file *files;
};

/* ---- telling ---- */

/* After so many of the same, one more changes nothing. */
static uint32_t enough(const struct check *c)
{
	if (c->set.kind != CHECK_SCRIPT)
		return 1;
	return c->set.rise > c->set.fall ? c->set.rise : c->set.fall;
}

static bool tell(const struct check *c)
{
	struct message m = message_of(MESSAGE_CHECK, check_message_number(c->set.kind, c->index));
	char text[NAME_MAX_LEN + 2 + TEXT_MAX];

	snprintf(text, sizeof(text), "%s\n%s", c->set.name, c->why);
	m.value = (uint32_t)c->value;
	m.text = text;
	return runner_link_send(c->checks->link, &m);
}

static void found(struct check *c, int32_t value, const char *why)
{
	bool same = c->same > 0 && c->value == value;
	bool same_words = same && strncmp(c->why, why, sizeof(c->why) - 1) == 0;

	if (same && c->same >= enough(c) && same_words)
		return;
	c->same = !same ? 1 : c->same < enough(c) ? c->same + 1 : c->same;
	c->value = value;
	snprintf(c->why, sizeof(c->why), "%s", why);
	/* Too much waits already: the next result counts as news. */
	if (!tell(c) && runner_link_connected(c->checks->link))
		c->same = 0;
}

/* All that the counting depends on. */
static void tell_again(struct check *c)
{
	for (uint32_t i = 0; i < c->same; i++)
		(void)tell(c);
}

void runner_checks_tell_all(struct runner_checks *cs)
{
	for (uint32_t i = 0; i < cs->count; i++) {
		tell_again(cs->items[i]);
		cs->items[i]->fresh = false;
	}
}

void runner_checks_confirmed(struct runner_checks *cs)
{
	for (uint32_t i = 0; i < cs->count; i++) {
		if (cs->items[i]->fresh)
			tell_again(cs->items[i]);
		cs->items[i]->fresh = false;
	}
}

/* ---- scripts ---- */

static void arm(struct check *c, int64_t us)
{
	struct timeval pause = { .tv_sec = us / 1000000, .tv_usec = us % 1000000 };

	event_add(c->turn, &pause);
}

static void on_overdue(void *ctx)
{
	struct check *c = ctx;
	char why[64], duration[DURATION_TEXT_MAX];

	c->overdue = true;
	snprintf(why, sizeof(why), "timed out after %s", duration_text(c->set.timeout, duration));
	found(c, 0, why);
}

static void on_ended(void *ctx, bool failed, const char *why, const struct output *output,
		     struct span took)
{
	struct check *c = ctx;
	bool news = failed && !(c->same > 0 && c->value == 0);
	char printed[OUTPUT_TEXT_MAX], text[TEXT_MAX];

	log_line(LOG_LEVEL_DEBUG, "script %s: %s after %" PRId64 " ms", c->set.name, why,
		 took.us / 1000);
	c->job = NULL;
	c->checks->running--;
	output_text(output, printed, sizeof(printed));
	if (news && printed[0])
		log_line(LOG_LEVEL_INFO, "script %s: %s: it printed: %s", c->set.name, why,
			 printed);
	if (c->overdue)
		return;
	snprintf(text, sizeof(text), "%.80s%s%.160s", why, printed[0] && failed ? ": " : "",
		 failed ? printed : "");
	found(c, failed ? 0 : 1, failed ? text : "");
}

static void run(struct check *c)
{
	struct execute_request what = { .command = c->text, .user = c->user };
	struct job_handler handler = { .ctx = c, .overdue = on_overdue, .ended = on_ended };
	char why[JOB_WHY_MAX], text[JOB_WHY_MAX + 16];

	c->overdue = false;
	if (job_start(c->checks->jobs, &what, 0, c->set.timeout, &handler, &c->job, why,
		      sizeof(why)) == 0) {
		c->checks->running++;
		return;
	}
	snprintf(text, sizeof(text), "not run: %s", why);
	found(c, 0, text);
}

/* Its turn has come. One that still runs is left to run, and this turn is over. */
static void on_turn(evutil_socket_t fd, short what, void *ctx)
{
	struct check *c = ctx;
	int64_t now = clock_now().us;

	(void)fd;
	(void)what;
	if (!c->job && c->checks->running >= SCRIPTS_AT_ONCE) {
		arm(c, BUSY_PAUSE_US);
		return;
	}
	if (c->next_us <= now)
		c->next_us += ((now - c->next_us) / c->set.interval.us + 1) * c->set.interval.us;
	arm(c, c->next_us - now);
	if (!c->job)
		run(c);
}

/* Turn `place` of `places`. */
static void begin_turns(struct check *c, uint32_t place, uint32_t places)
{
	int64_t interval = c->set.interval.us;
	int64_t first = interval < FIRST_TURNS_US ? interval : FIRST_TURNS_US;

	c->next_us = clock_now().us + interval * place / places;
	arm(c, first * place / places);
}

/* ---- processes and files ---- */

static void on_count(void *ctx, uint32_t number, uint32_t count, const char *how)
{
	struct runner_checks *cs = ctx;
	char why[TEXT_MAX];

	snprintf(why, sizeof(why), "%u found, %s", count, how);
	found(cs->items[number], count > INT32_MAX ? INT32_MAX : (int32_t)count, why);
}

static void on_number(void *ctx, uint32_t number, int32_t value, const char *why)
{
	struct runner_checks *cs = ctx;

	found(cs->items[number], value, why);
}

static void stop_watching(struct runner_checks *cs)
{
	watch_process_free(cs->processes);
	watch_file_free(cs->files);
	cs->processes = NULL;
	cs->files = NULL;
}

/* They are cheap to begin again, and what they find as before is not told. */
static int begin_watching(struct runner_checks *cs)
{
	int status = 0;

	stop_watching(cs);
	cs->processes = watch_process_new(cs->base, on_count, cs);
	cs->files = watch_file_new(cs->base, on_number, cs);
	if (!cs->processes || !cs->files)
		return -ENOMEM;
	for (uint32_t i = 0; i < cs->count && status == 0; i++) {
		struct check *c = cs->items[i];

		if (c->set.kind == CHECK_PROCESS)
			status = watch_process_add(cs->processes, i, c->text);
		else if (c->set.kind == CHECK_FILE)
			status = watch_file_add(cs->files, i, c->text);
	}
	if (status == 0)
		watch_process_begin(cs->processes);
	if (status == 0)
		watch_file_begin(cs->files);
	return status;
}

/* ---- settings ---- */

static void check_free(struct check *c)
{
	if (!c)
		return;
	if (c->job) {
		job_cancel(c->job);
		c->checks->running--;
	}
	loop_forget(&c->turn);
	free(c->text);
	free(c);
}

static const char *user_of(const struct settings *s, const struct check_settings *set)
{
	return set->user[0] ? set->user : s->global.script_user;
}

/* Is that the check as it is now? Counts and delays of processes are the protocol process's business. */
static bool is_same(const struct check *c, const struct settings *s,
		    const struct check_settings *set)
{
	return c->set.kind == set->kind && strcmp(c->set.name, set->name) == 0 &&
	       strcmp(c->text, settings_text(s, set->text)) == 0 &&
	       strcmp(c->user, user_of(s, set)) == 0 && c->set.interval.us == set->interval.us &&
	       c->set.timeout.us == set->timeout.us && c->set.rise == set->rise &&
	       c->set.fall == set->fall;
}

static struct check *check_new(struct runner_checks *cs, const struct settings *s,
			       const struct check_settings *set)
{
	struct check *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->checks = cs;
	c->set = *set;
	c->fresh = true;
	snprintf(c->user, sizeof(c->user), "%s", user_of(s, set));
	c->text = strdup(settings_text(s, set->text));
	c->turn = evtimer_new(cs->base, on_turn, c);
	if (c->text && c->turn)
		return c;
	check_free(c);
	return NULL;
}

/* One that is the same as before, taken out of the old list. The lists are alike: the search begins where the last one ended. */
static struct check *take_same(struct check **old, uint32_t count, uint32_t *from,
			       const struct settings *s, const struct check_settings *set)
{
	for (uint32_t n = 0; n < count; n++) {
		uint32_t i = (*from + n) % count;
		struct check *c = old[i];

		if (c && is_same(c, s, set)) {
			old[i] = NULL;
			*from = i + 1;
			return c;
		}
	}
	return NULL;
}

static int fill(struct runner_checks *cs, struct check **old, uint32_t old_count,
		const struct settings *s)
{
	uint32_t from = 0;

	for (uint32_t i = 0; i < s->check_count; i++) {
		struct check *c = take_same(old, old_count, &from, s, &s->checks[i]);

		if (!c)
			c = check_new(cs, s, &s->checks[i]);
		if (!c)
			return -ENOMEM;
		c->index = i;
		cs->items[cs->count++] = c;
	}
	return 0;
}

static void begin_scripts(struct runner_checks *cs)
{
	uint32_t scripts = 0, place = 0;

	for (uint32_t i = 0; i < cs->count; i++)
		scripts += cs->items[i]->set.kind == CHECK_SCRIPT;
	for (uint32_t i = 0; i < cs->count; i++) {
		struct check *c = cs->items[i];

		if (c->set.kind != CHECK_SCRIPT)
			continue;
		if (c->fresh && !event_pending(c->turn, EV_TIMEOUT, NULL))
			begin_turns(c, place, scripts);
		place++;
	}
}

int runner_checks_configure(struct runner_checks *cs, const struct settings *s)
{
	struct check **old = cs->items;
	uint32_t old_count = cs->count;
	int status = -ENOMEM;

	/* They point into what is about to go. */
	stop_watching(cs);
	cs->count = 0;
	cs->items = calloc(s->check_count + 1, sizeof(struct check *));
	if (cs->items)
		status = fill(cs, old, old_count, s);
	for (uint32_t i = 0; i < old_count; i++)
		check_free(old[i]);
	free(old);
	if (status == 0)
		begin_scripts(cs);
	return status == 0 ? begin_watching(cs) : status;
}

struct runner_checks *runner_checks_new(struct event_base *base, struct jobs *jobs,
					struct runner_link *link)
{
	struct runner_checks *cs = calloc(1, sizeof(*cs));

	if (!cs)
		return NULL;
	cs->base = base;
	cs->jobs = jobs;
	cs->link = link;
	return cs;
}

void runner_checks_free(struct runner_checks *cs)
{
	if (!cs)
		return;
	stop_watching(cs);
	for (uint32_t i = 0; i < cs->count; i++)
		check_free(cs->items[i]);
	free(cs->items);
	free(cs);
}
