/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The supervisor's configuration: read from the file, handed to the protocol process, and in force when that has said so. Until
 * then, and whenever anything is wrong, the old one stays.
 */
#include "supervisor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/conf_diff.h"
#include "log.h"
#include "service_manager.h"

static void log_problems(const struct conf_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct conf_problem *p = &problems->items[i];
		char line[16] = "";

		if (p->line != 0)
			snprintf(line, sizeof(line), ":%u", p->line);
		log_line(p->warning ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR, "%s%s: %s", p->file,
			 line, p->text);
	}
}

/* -v on top of what the file says. */
static struct settings *with_verbosity(struct settings *s, int verbosity)
{
	int level = (int)s->global.log_level + verbosity;

	s->global.log_level = level > LOG_LEVEL_DEBUG ? LOG_LEVEL_DEBUG : (enum log_level)level;
	return s;
}

static void use_log(const struct settings *s)
{
	log_set_level(s->global.log_level);
	log_to_target(s->global.log_target);
}

/* What was printed to out, whose memory text is; NULL without memory. */
static char *printed(FILE *out, char **text)
{
	if (fclose(out) == 0)
		return *text;
	free(*text);
	return NULL;
}

/* The problems as text, a line each; the caller frees it. NULL without memory. */
static char *problems_text(const struct conf_problems *problems)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	conf_problems_print(problems, out);
	return printed(out, &text);
}

void supervisor_tell_ready(const struct supervisor *s)
{
	uint32_t count = s->current->instance_count;
	char what[64];

	snprintf(what, sizeof(what), "%u instance%s", count, count == 1 ? "" : "s");
	service_manager_ready(what);
}

/* The old configuration stays; whoever asked for the reload, if not a signal, is told why (a line each). */
static void refuse(struct supervisor *s, uint32_t number, char *why)
{
	struct message m = message_of(MESSAGE_REFUSED, number);

	m.text = why;
	if (channel_send(s->child.channel, &m) != 0 && number != 0)
		log_line(LOG_LEVEL_ERROR, "the client that asked for the reload cannot be told");
}

static void refuse_for_problems(struct supervisor *s, uint32_t number,
				const struct conf_problems *problems)
{
	char *why = problems_text(problems);

	log_problems(problems);
	log_line(LOG_LEVEL_ERROR, "%s has errors and was refused: the old configuration stays",
		 s->options->config_path);
	refuse(s, number, why);
	free(why);
	supervisor_tell_ready(s);
}

static void refuse_for_error(struct supervisor *s, uint32_t number, const char *what, int error)
{
	char why[256];

	snprintf(why, sizeof(why), "%s: %s", what, strerror(error));
	log_line(LOG_LEVEL_ERROR, "%s: the old configuration stays", why);
	refuse(s, number, why);
	supervisor_tell_ready(s);
}

/* What differs, a line each; the caller frees it. NULL without memory. */
static char *changes_text(const struct settings *old, const struct settings *fresh)
{
	struct conf_diff diff;
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	if (conf_diff(old, fresh, &diff) != 0)
		return NULL;
	out = open_memstream(&text, &len);
	if (out) {
		for (size_t i = 0; i < diff.count; i++)
			fprintf(out, "%s\n", diff.lines[i]);
		text = printed(out, &text);
	}
	conf_diff_done(&diff);
	return text;
}

static void drop_pending(struct supervisor *s)
{
	settings_free(s->pending);
	s->pending = NULL;
	s->pending_number = 0;
	s->pending_died = false;
}

static void old_ones_stay(struct supervisor *s, const char *why)
{
	log_line(LOG_LEVEL_ERROR,
		 "the protocol process did not take over new settings, the old ones stay: %s", why);
	drop_pending(s);
	(void)supervisor_configure_runner(s, s->current);
	supervisor_tell_ready(s);
}

void supervisor_hand_pending(struct supervisor *s)
{
	uint32_t number = s->pending_number;
	char *changes;
	int status;

	if (!s->pending)
		return;
	changes = changes_text(s->current, s->pending);
	s->pending_number = 0;
	/* The runner first: what the protocol process does by them asks it for hooks that it must know. */
	status = supervisor_configure_runner(s, s->pending);
	if (status == 0)
		status = child_configure(&s->child, s->pending, number, changes ? changes : "");
	free(changes);
	/* One that has ended, which is not collected yet, has a successor. */
	if (status == 0 || status == -EPIPE)
		return;
	refuse_for_error(s, number, "new settings cannot be handed over", -status);
	(void)supervisor_configure_runner(s, s->current);
	drop_pending(s);
}

/* Deaths in a row would end the daemon: what was given up gets one chance each time that it is read. */
static bool has_another_chance(const struct supervisor *s)
{
	if (s->stopping || s->handing_over || s->pending_died)
		return false;
	return !s->given_up || !settings_equal(s->pending, s->given_up);
}

void supervisor_keep_pending(struct supervisor *s)
{
	if (!s->pending)
		return;
	if (!has_another_chance(s)) {
		settings_free(s->given_up);
		s->given_up = s->pending;
		s->pending = NULL;
		old_ones_stay(s, "it ended");
		return;
	}
	log_line(LOG_LEVEL_WARNING, "the protocol process ended before it had taken over new "
				    "settings: the next one is handed them");
	s->pending_died = true;
	s->pending_number = 0;
	/* It begins with the old ones, whose hooks the runner must know. */
	(void)supervisor_configure_runner(s, s->current);
}

void supervisor_reload(struct supervisor *s, uint32_t number)
{
	struct conf_problems problems;
	struct settings *fresh = NULL;
	int status;

	/* The successor has read the file already. */
	if (s->upgrade) {
		refuse(s, number, (char[]){ "an upgrade is under way: try again" });
		return;
	}
	service_manager_reloading();
	status = conf_load(s->options->config_path, &fresh, &problems);
	if (status == -ENOMEM) {
		refuse_for_error(s, number, "the configuration cannot be read", -status);
	} else if (status != 0) {
		refuse_for_problems(s, number, &problems);
	} else {
		log_problems(&problems);
		if (s->pending_number != 0)
			refuse(s, s->pending_number, (char[]){ "a later reload comes instead" });
		settings_free(s->pending);
		s->pending = with_verbosity(fresh, s->options->verbosity);
		s->pending_number = number;
		if (s->serves)
			supervisor_hand_pending(s);
	}
	conf_problems_done(&problems);
}

void supervisor_preview(struct supervisor *s, uint32_t number)
{
	struct conf_problems problems;
	struct settings *fresh = NULL;
	char *text = NULL;
	int status = conf_load(s->options->config_path, &fresh, &problems);

	if (status == 0) {
		text = changes_text(s->current, fresh);
		status = child_preview(&s->child, fresh, number, text ? text : "");
		if (status != 0)
			refuse(s, number, strerror(-status));
	} else if (status == -ENOMEM) {
		refuse(s, number, strerror(-status));
	} else {
		text = problems_text(&problems);
		refuse(s, number, text);
	}
	free(text);
	settings_free(fresh);
	conf_problems_done(&problems);
}

void supervisor_adopted(struct supervisor *s)
{
	if (!s->pending)
		return;
	settings_free(s->current);
	s->current = s->pending;
	s->pending = NULL;
	s->pending_died = false;
	supervisor_confirm_runner(s);
	supervisor_configure_web(s);
	use_log(s->current);
	supervisor_tell_ready(s);
}

void supervisor_forget_pending(struct supervisor *s, const char *why)
{
	if (s->pending)
		old_ones_stay(s, why);
}

int supervisor_load(struct supervisor *s)
{
	struct conf_problems problems;
	int status = conf_load(s->options->config_path, &s->current, &problems);

	if (status == -ENOMEM) {
		log_line(LOG_LEVEL_ERROR, "cannot start: %s cannot be read: %s",
			 s->options->config_path, strerror(-status));
	} else if (status != 0) {
		conf_problems_print(&problems, stderr);
	} else {
		with_verbosity(s->current, s->options->verbosity);
		use_log(s->current);
		log_problems(&problems);
	}
	conf_problems_done(&problems);
	return status == 0 ? EXIT_CLEAN : status == -ENOMEM ? EXIT_INTERNAL : EXIT_CONFIGURATION;
}
