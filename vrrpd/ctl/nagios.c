/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vrrpctl check --nagios`: a plugin for Nagios, Icinga and whatever else runs them. One line that a person reads on a telephone, then a
 * line for each thing that is wrong; performance data behind the bar. The exit status is the plugin's (0 OK, 1 WARNING, 2 CRITICAL,
 * 3 UNKNOWN), not vrrpctl's. A daemon that does not answer is CRITICAL, since nobody serves then; one that we may not ask is UNKNOWN.
 */
#include "ctl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "client.h"

enum nagios {
	NAGIOS_OK,
	NAGIOS_WARNING,
	NAGIOS_CRITICAL,
	NAGIOS_UNKNOWN,
};

enum {
	PROBLEMS_BYTES = 8192,
	NAMED_MAX = 16, /* instances with performance data of their own, and in the first line */
};

static const char *const names[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

struct verdict {
	enum nagios worst;
	char problems[PROBLEMS_BYTES]; /* lines; what does not fit is left out */
	size_t len;
	unsigned int masters, backups, faults;
};

/* A bar would begin the performance data. */
static void replace_bars(char *text)
{
	for (; *text; text++)
		if (*text == '|')
			*text = '/';
}

__attribute__((format(printf, 3, 4))) static void add_problem(struct verdict *v, enum nagios level,
							      const char *format, ...)
{
	char line[512];
	va_list args;
	int len;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	replace_bars(line);
	if (level > v->worst)
		v->worst = level;
	len = snprintf(v->problems + v->len, sizeof(v->problems) - v->len, "%s: %s\n", names[level],
		       line);
	if (len > 0 && (size_t)len < sizeof(v->problems) - v->len)
		v->len += (size_t)len;
	else
		v->problems[v->len] = '\0';
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "-";
}

static int64_t number_of(const json_t *object, const char *key)
{
	return (int64_t)json_integer_value(json_object_get(object, key));
}

static void judge_tracks(struct verdict *v, const json_t *instance)
{
	const json_t *track;
	size_t i;

	json_array_foreach (json_object_get(instance, "tracks"), i, track)
		if (json_is_false(json_object_get(track, "up")) &&
		    !json_is_true(json_object_get(track, "inverse")))
			add_problem(v, NAGIOS_WARNING, "%s: %s %s is down",
				    text_of(instance, "name"), text_of(track, "kind"),
				    text_of(track, "name"));
}

static void judge_master(struct verdict *v, const json_t *instance)
{
	int64_t total = number_of(instance, "addresses_total");
	int64_t present = number_of(instance, "addresses_present");

	if (present < total)
		add_problem(v, NAGIOS_CRITICAL,
			    "%s is MASTER, and %" PRId64 " of its %" PRId64
			    " addresses are missing",
			    text_of(instance, "name"), total - present, total);
}

/* A force is somebody's decision, so that it is never CRITICAL by itself; forgotten it must not be. */
static void judge_instance(struct verdict *v, const json_t *instance, const char *expect)
{
	const char *name = text_of(instance, "name"), *state = text_of(instance, "state");
	const json_t *forced = json_object_get(instance, "forced");
	bool is_master = strcmp(state, "MASTER") == 0, is_backup = strcmp(state, "BACKUP") == 0;

	v->masters += is_master;
	v->backups += is_backup;
	v->faults += !is_master && !is_backup;
	if (json_is_object(forced))
		add_problem(v, NAGIOS_WARNING, "%s is forced to %s: %s", name,
			    text_of(forced, "to"), text_of(forced, "reason"));
	if (expect && strcasecmp(state, expect) != 0)
		add_problem(v, NAGIOS_CRITICAL, "%s is %s (%s) and expected to be %s", name, state,
			    text_of(instance, "reason"), expect);
	else if (!is_master && !is_backup && !json_is_object(forced))
		add_problem(v, NAGIOS_CRITICAL, "%s is %s: %s", name, state,
			    text_of(instance, "reason"));
	if (is_backup && !json_is_object(json_object_get(instance, "master")))
		add_problem(v, NAGIOS_WARNING, "%s is BACKUP, and no master is known", name);
	if (is_master)
		judge_master(v, instance);
	judge_tracks(v, instance);
}

static void print_state(const json_t *instance)
{
	const json_t *master = json_object_get(instance, "master");

	printf(" %s %s", text_of(instance, "name"), text_of(instance, "state"));
	if (json_is_object(master) && !json_is_true(json_object_get(master, "self")))
		printf(" of %s", text_of(master, "address"));
}

/* 'LABEL'=VALUE[UNIT];WARN;CRIT;MIN;MAX; a counter has the unit c. */
static void print_data(const json_t *instance)
{
	const json_t *counters = json_object_get(instance, "counters");
	const char *name = text_of(instance, "name");

	printf(" '%s priority'=%" PRId64 ";;;0;255", name,
	       number_of(instance, "effective_priority"));
	printf(" '%s addresses'=%" PRId64 ";;;0;%" PRId64, name,
	       number_of(instance, "addresses_present"), number_of(instance, "addresses_total"));
	printf(" '%s became_master'=%" PRId64 "c", name, number_of(counters, "became_master"));
	printf(" '%s adverts_sent'=%" PRId64 "c", name, number_of(counters, "adverts_sent"));
	printf(" '%s adverts_received'=%" PRId64 "c", name,
	       number_of(counters, "adverts_received"));
}

static void print_verdict(const struct verdict *v, const json_t *instances)
{
	size_t count = json_array_size(instances), i;
	const json_t *instance;

	printf("VRRP %s -", names[v->worst]);
	if (count <= NAMED_MAX) {
		json_array_foreach (instances, i, instance) {
			print_state(instance);
			if (i + 1 < count)
				putchar(',');
		}
	} else {
		printf(" %u master, %u backup, %u fault", v->masters, v->backups, v->faults);
	}
	printf(" | masters=%u;;;0 backups=%u;;;0 faults=%u;;;0", v->masters, v->backups, v->faults);
	if (count <= NAMED_MAX)
		json_array_foreach (instances, i, instance)
			print_data(instance);
	printf("\n%s", v->problems);
}

static enum ctl_exit end_with(enum nagios level, const char *why)
{
	char text[512];

	snprintf(text, sizeof(text), "%s", why);
	replace_bars(text);
	printf("VRRP %s - %s\n", names[level], text);
	return (enum ctl_exit)level;
}

/* Its answer, to be released; or NULL, and *ret is the end. */
static json_t *ask(const struct ctl *ctl, enum ctl_exit *ret)
{
	json_t *request = json_pack("{s:s}", "command", "show"), *reply = NULL, *result;
	struct client client;
	const char *line;
	size_t len;
	int status;

	if (ctl->arg_count > 0)
		json_object_set_new(request, "name", json_string(ctl->arg[0]));
	status = client_open(&client, ctl->state_dir);
	if (status == 0)
		status = client_send(&client, request);
	if (status == 0 &&
	    client_read_line(&client, CLIENT_SILENCE_MS, NULL, &line, &len) == CLIENT_LINE)
		reply = json_loadb(line, len, 0, NULL);
	result = json_incref(json_object_get(reply, "result"));
	if (!reply)
		*ret = end_with(status == -EACCES || status == -EPERM ? NAGIOS_UNKNOWN
								      : NAGIOS_CRITICAL,
				client.error);
	else if (!result)
		*ret = end_with(NAGIOS_UNKNOWN, text_of(reply, "error"));
	json_decref(reply);
	json_decref(request);
	client_done(&client);
	return result;
}

/* The instances of an answer, to be released: of `show`, or one or two of `show NAME`. */
static json_t *instances_of(json_t *result)
{
	json_t *array = json_object_get(result, "instances");

	if (array)
		return json_incref(array);
	return json_is_array(result) ? json_incref(result) : json_pack("[O]", result);
}

enum ctl_exit ctl_nagios(const struct ctl *ctl)
{
	struct verdict verdict = { .worst = NAGIOS_OK };
	json_t *result, *instances;
	const json_t *instance;
	enum ctl_exit status;
	size_t i;

	result = ask(ctl, &status);
	if (!result)
		return status;
	instances = instances_of(result);
	if (json_array_size(instances) == 0) {
		status = end_with(NAGIOS_UNKNOWN, "no instance is configured");
	} else {
		json_array_foreach (instances, i, instance)
			judge_instance(&verdict, instance, ctl->expect);
		print_verdict(&verdict, instances);
		status = (enum ctl_exit)verdict.worst;
	}
	json_decref(instances);
	json_decref(result);
	return status;
}
