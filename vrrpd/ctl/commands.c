/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands that ask the daemon: one request, one answer, shown as text or as the JSON it is.
 */
#include "ctl.h"

#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

void ctl_complain(const char *format, ...)
{
	va_list args;

	fputs("vrrpctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* What a refused request says besides its error: the lines of a broken configuration. */
static void complain_problems(const json_t *problems)
{
	const json_t *problem;
	size_t i;

	json_array_foreach (problems, i, problem)
		fprintf(stderr, "%s\n", json_is_string(problem) ? json_string_value(problem) : "-");
}

enum ctl_exit ctl_open_reply(const char *line, size_t len, json_t **ret_result)
{
	json_t *reply = json_loadb(line, len, 0, NULL);
	const char *error = json_string_value(json_object_get(reply, "error"));
	json_t *result = json_object_get(reply, "result");
	enum ctl_exit status = CTL_FAILED;

	if (json_is_true(json_object_get(reply, "ok")) && result) {
		*ret_result = json_incref(result);
		status = CTL_DONE;
	} else if (error) {
		ctl_complain("%s", error);
		complain_problems(json_object_get(reply, "problems"));
	} else {
		ctl_complain("the daemon's answer makes no sense: another version?");
	}
	json_decref(reply);
	return status;
}

enum ctl_exit ctl_send(const struct ctl *ctl, struct client *client, json_t *request)
{
	bool sent = client_open(client, ctl->state_dir) == 0 && client_send(client, request) == 0;

	json_decref(request);
	if (sent)
		return CTL_DONE;
	ctl_complain("%s", client->error);
	return CTL_UNREACHABLE;
}

enum ctl_exit ctl_ask(const struct ctl *ctl, json_t *request, int silence_ms, json_t **ret_result)
{
	struct client client;
	enum ctl_exit status = ctl_send(ctl, &client, request);
	const char *line;
	size_t len;

	if (status == CTL_DONE) {
		if (client_read_line(&client, silence_ms, NULL, &line, &len) == CLIENT_LINE) {
			status = ctl_open_reply(line, len, ret_result);
		} else {
			ctl_complain("%s", client.error);
			status = CTL_UNREACHABLE;
		}
	}
	client_done(&client);
	return status;
}

static json_t *request_of(const char *command, const char *name)
{
	return name ? json_pack("{s:s, s:s}", "command", command, "name", name)
		    : json_pack("{s:s}", "command", command);
}

static const char *first_arg(const struct ctl *ctl)
{
	return ctl->arg_count > 0 ? ctl->arg[0] : NULL;
}

void ctl_print_json(const json_t *json)
{
	json_dumpf(json, stdout, VIEW_DUMP_FLAGS | JSON_INDENT(2));
	fputc('\n', stdout);
}

enum ctl_exit ctl_show(const struct ctl *ctl)
{
	const char *name = first_arg(ctl);
	json_t *request = request_of("show", name), *result;
	enum ctl_exit status;

	/* a table has no use for the larger part of it */
	if (!name && !ctl->json)
		json_object_set_new(request, "brief", json_true());
	status = ctl_ask(ctl, request, CLIENT_SILENCE_MS, &result);
	if (status != CTL_DONE)
		return status;
	if (ctl->json)
		ctl_print_json(result);
	else if (name)
		view_detail(stdout, result, &ctl->style);
	else
		view_table(stdout, result, &ctl->style);
	json_decref(result);
	return CTL_DONE;
}

enum ctl_exit ctl_counters(const struct ctl *ctl)
{
	json_t *result;
	enum ctl_exit status =
		ctl_ask(ctl, request_of("counters", first_arg(ctl)), CLIENT_SILENCE_MS, &result);

	if (status != CTL_DONE)
		return status;
	if (ctl->json)
		ctl_print_json(result);
	else
		view_counters(stdout, result, &ctl->style);
	json_decref(result);
	return CTL_DONE;
}

enum ctl_exit ctl_announce(const struct ctl *ctl)
{
	json_t *result;
	enum ctl_exit status =
		ctl_ask(ctl, request_of("announce", first_arg(ctl)), CLIENT_SILENCE_MS, &result);
	int64_t n;

	if (status != CTL_DONE)
		return status;
	n = json_integer_value(json_object_get(result, "announced"));
	if (ctl->json)
		ctl_print_json(result);
	else
		printf("announcing the addresses of %" PRId64 " virtual router%s\n", n,
		       n == 1 ? "" : "s");
	json_decref(result);
	return CTL_DONE;
}

static void print_changes(const json_t *changes, const char *none)
{
	const json_t *change;
	size_t i;

	if (json_array_size(changes) == 0 && none)
		puts(none);
	json_array_foreach (changes, i, change)
		puts(json_is_string(change) ? json_string_value(change) : "-");
}

/* CTL_UNREACHABLE with *ret_ended: the protocol process ended before it had answered. */
static enum ctl_exit ask_reload(const struct ctl *ctl, bool *ret_ended, json_t **ret_result)
{
	json_t *request = request_of("reload", NULL);
	struct client client;
	enum client_result got;
	enum ctl_exit status;
	const char *line;
	size_t len;

	*ret_ended = false;
	if (ctl->dry_run && request)
		json_object_set_new(request, "dry_run", json_true());
	status = ctl_send(ctl, &client, request);
	if (status == CTL_DONE) {
		got = client_read_line(&client, CLIENT_RELOAD_MS, NULL, &line, &len);
		*ret_ended = got == CLIENT_ENDED;
		if (got == CLIENT_LINE) {
			status = ctl_open_reply(line, len, ret_result);
		} else {
			ctl_complain("%s", client.error);
			status = CTL_UNREACHABLE;
		}
	}
	client_done(&client);
	return status;
}

enum ctl_exit ctl_reload(const struct ctl *ctl)
{
	const char *none = ctl->dry_run ? "nothing would change" : "nothing changed";
	const char *stays = NULL;
	json_t *result;
	bool ended;
	enum ctl_exit status = ask_reload(ctl, &ended, &result);

	/* The next one is handed the new settings; to ask for them twice does no harm. */
	if (ended) {
		ctl_complain("the protocol process has ended, and the next one is asked");
		status = ask_reload(ctl, &ended, &result);
		if (!ctl->dry_run)
			none = "nothing changed since: the settings of the file are in force";
	}
	if (status != CTL_DONE)
		return status;
	if (ctl->dry_run && json_array_size(json_object_get(result, "changes")) > 0)
		stays = "mastership stays";
	if (ctl->json)
		ctl_print_json(result);
	else
		print_changes(json_object_get(result, "changes"), none);
	if (!ctl->json)
		print_changes(json_object_get(result, "mastership"), stays);
	json_decref(result);
	return CTL_DONE;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "-";
}

/* The daemon's working directory is not ours. False without memory, or without a directory. */
static bool add_path(json_t *request, const char *path)
{
	char cwd[PATH_MAX] = "";

	if (path[0] != '/' && !getcwd(cwd, sizeof(cwd)))
		return false;
	return json_object_set_new(request, "path",
				   json_sprintf("%s%s%s", cwd, path[0] == '/' ? "" : "/", path)) ==
	       0;
}

enum ctl_exit ctl_upgrade(const struct ctl *ctl)
{
	json_t *request = request_of("upgrade", NULL), *result;
	enum ctl_exit status;

	if (first_arg(ctl) && first_arg(ctl)[0] == '\0') {
		ctl_complain(
			"the path is empty: name the program to upgrade to, or nothing for the "
			"one that the daemon was started by");
		json_decref(request);
		return CTL_FAILED;
	}
	if (first_arg(ctl) && !add_path(request, first_arg(ctl))) {
		ctl_complain("%s is no path that could be used", first_arg(ctl));
		json_decref(request);
		return CTL_FAILED;
	}
	status = ctl_ask(ctl, request, CLIENT_UPGRADE_MS, &result);
	if (status != CTL_DONE)
		return status;
	if (ctl->json)
		ctl_print_json(result);
	else
		printf("upgraded from %s to %s (%s), pid %" PRId64 " as before\n",
		       text_of(result, "from"), text_of(result, "to"), text_of(result, "path"),
		       (int64_t)json_integer_value(json_object_get(result, "pid")));
	json_decref(result);
	return CTL_DONE;
}

/* Of both sides: ours is known even if nobody answers. */
enum ctl_exit ctl_version(const struct ctl *ctl)
{
	json_t *daemon = NULL, *both;
	enum ctl_exit status;

	if (!ctl->json)
		printf("vrrpctl %s\n", VRRPD_VERSION);
	fflush(stdout);
	status = ctl_ask(ctl, request_of("version", NULL), CLIENT_SILENCE_MS, &daemon);
	if (ctl->json) {
		both = json_pack("{s:s, s:O?}", "vrrpctl", VRRPD_VERSION, "vrrpd", daemon);
		ctl_print_json(both);
		json_decref(both);
	} else if (status == CTL_DONE) {
		printf("vrrpd %s on %s, pid %" PRId64 " (%s)\n", text_of(daemon, "version"),
		       text_of(daemon, "name"),
		       (int64_t)json_integer_value(json_object_get(daemon, "pid")),
		       text_of(daemon, "build"));
	}
	json_decref(daemon);
	return status;
}

static void print_event(const struct ctl *ctl, const json_t *event)
{
	if (!ctl->json) {
		view_event_line(stdout, event, &ctl->style);
		return;
	}
	json_dumpf(event, stdout, VIEW_DUMP_FLAGS);
	fputc('\n', stdout);
}

/* A reply of `events`: those so far as an array, or the next one. */
static enum ctl_exit print_events(const struct ctl *ctl, const char *line, size_t len)
{
	json_t *result;
	const json_t *event;
	enum ctl_exit status = ctl_open_reply(line, len, &result);
	size_t i;

	if (status != CTL_DONE)
		return status;
	if (json_is_array(result))
		json_array_foreach (result, i, event)
			print_event(ctl, event);
	else
		print_event(ctl, result);
	json_decref(result);
	return CTL_DONE;
}

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

const volatile sig_atomic_t *ctl_catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return &interrupted;
}

/* Until the daemon ends, somebody interrupts, or nobody reads any more. */
static enum ctl_exit follow(const struct ctl *ctl, struct client *client)
{
	const volatile sig_atomic_t *stopped = ctl_catch_signals();
	enum ctl_exit status = CTL_DONE;

	while (status == CTL_DONE) {
		const char *line;
		size_t len;

		if (fflush(stdout) != 0)
			return CTL_DONE; /* the end of the program sees why */
		switch (client_read_line(client, CLIENT_FOREVER_MS, stopped, &line, &len)) {
		case CLIENT_LINE:
			status = print_events(ctl, line, len);
			break;
		case CLIENT_INTERRUPTED:
			return CTL_DONE;
		case CLIENT_ENDED:
		case CLIENT_FAILED:
			ctl_complain("%s", client->error);
			return CTL_UNREACHABLE;
		}
	}
	return status;
}

enum ctl_exit ctl_events(const struct ctl *ctl)
{
	json_t *request = request_of("events", first_arg(ctl));
	struct client client;
	enum ctl_exit status;
	const char *line;
	size_t len;

	if (ctl->last >= 0)
		json_object_set_new(request, "last", json_integer(ctl->last));
	if (ctl->follow)
		json_object_set_new(request, "follow", json_true());
	status = ctl_send(ctl, &client, request);
	if (status == CTL_DONE &&
	    client_read_line(&client, CLIENT_SILENCE_MS, NULL, &line, &len) != CLIENT_LINE) {
		ctl_complain("%s", client.error);
		status = CTL_UNREACHABLE;
	}
	if (status == CTL_DONE)
		status = print_events(ctl, line, len);
	if (status == CTL_DONE && ctl->follow)
		status = follow(ctl, &client);
	client_done(&client);
	return status;
}
