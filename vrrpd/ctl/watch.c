/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vrrpctl watch`: the table of `show`, live. A second connection follows the events only to learn
 * that something happened; what is shown is always asked for anew. On a terminal the picture is
 * drawn in place and what changed lately stands in reverse; elsewhere the table is printed whenever
 * it has changed. A terminal goes on when the daemon does not answer, since that is what somebody
 * who restarts it wants to watch.
 */
#include "ctl.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "terminal.h"

enum {
	LOOK_AGAIN_MS = 1000, /* at the latest */
	EVENTS_PAUSE_MS = 50, /* a burst of events is looked at once */
	HIGHLIGHT_MS = 3000,  /* a change is shown for at least so long */
	SILENCE_MS = 2000,    /* of the daemon */
	TEXT_ROWS_OTHER = 5,  /* lines that are no instances: summary, blank, header, marks */
};

struct watch {
	const struct ctl *ctl;
	const volatile sig_atomic_t *stopped;
	struct view_style style;
	struct client events;
	bool following; /* `events` is connected */
	json_t *shown;  /* the newest answer; NULL before the first */
	/* Changes are marked against `before`; `candidate` takes its place when it is old enough. */
	json_t *before, *candidate;
	int64_t candidate_ms;
	char error[512];   /* why the newest answer is missing; "" if it is there */
	char *printed;     /* not on a terminal: the last table, as of the beginning of time */
	int64_t looked_ms; /* when it was asked last */
};

static volatile sig_atomic_t resized;

static void on_resize(int number)
{
	(void)number;
	resized = 1;
}

static void catch_resizes(void)
{
	struct sigaction action = { .sa_handler = on_resize };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGWINCH, &action, NULL);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- asking ---- */

/* Connects and sends; false with w->error set. */
static bool open_with(struct watch *w, struct client *client, json_t *request)
{
	bool sent =
		client_open(client, w->ctl->state_dir) == 0 && client_send(client, request) == 0;

	json_decref(request);
	if (!sent)
		snprintf(w->error, sizeof(w->error), "%s", client->error);
	return sent;
}

/* The next line; somebody who resizes the window interrupts nothing. */
static enum client_result read_line(struct watch *w, struct client *client, const char **ret_line,
				    size_t *ret_len)
{
	enum client_result result;
	bool only_resized;

	do {
		sig_atomic_t resized_before = resized;

		resized = 0;
		result = client_read_line(client, SILENCE_MS, w->stopped, ret_line, ret_len);
		only_resized = result == CLIENT_INTERRUPTED && resized && !*w->stopped;
		resized = resized || resized_before;
	} while (only_resized);
	return result;
}

/* The result in a reply, or NULL with w->error set. */
static json_t *result_of(struct watch *w, const char *line, size_t len)
{
	json_t *reply = json_loadb(line, len, 0, NULL);
	json_t *result = json_incref(json_object_get(reply, "result"));
	const char *error = json_string_value(json_object_get(reply, "error"));

	if (!result)
		snprintf(w->error, sizeof(w->error), "%s",
			 error ? error : "the daemon's answer makes no sense: another version?");
	json_decref(reply);
	return result;
}

/* The newest answer takes its place. */
static void show_now(struct watch *w, json_t *shown)
{
	w->error[0] = '\0';
	json_decref(w->shown);
	w->shown = shown;
	if (w->candidate && now_ms() - w->candidate_ms < HIGHLIGHT_MS)
		return;
	json_decref(w->before);
	w->before = w->candidate ? w->candidate : json_incref(shown);
	w->candidate = json_incref(shown);
	w->candidate_ms = now_ms();
}

/* Asks how everything is: done, or why not, with w->error set. */
static enum ctl_exit look(struct watch *w)
{
	struct client client;
	enum ctl_exit status = CTL_UNREACHABLE;
	const char *line;
	size_t len;
	json_t *shown;

	w->looked_ms = now_ms();
	if (open_with(w, &client,
		      json_pack("{s:s, s:b}", "command", "show", "brief", (int)!w->ctl->json))) {
		switch (read_line(w, &client, &line, &len)) {
		case CLIENT_LINE:
			shown = result_of(w, line, len);
			status = shown ? CTL_DONE : CTL_FAILED;
			if (shown)
				show_now(w, shown);
			break;
		case CLIENT_INTERRUPTED:
			status = CTL_DONE;
			break;
		case CLIENT_ENDED:
		case CLIENT_FAILED:
			snprintf(w->error, sizeof(w->error), "%s", client.error);
			break;
		}
	}
	client_done(&client);
	return status;
}

/* What the events say is not looked at, only that there are some. */
static void follow(struct watch *w)
{
	json_t *request = json_pack("{s:s, s:i, s:b}", "command", "events", "last", 0, "follow", 1);

	w->following = open_with(w, &w->events, request);
	if (!w->following)
		client_done(&w->events);
}

/* Throws away what has come; without a connection the next look makes another one. */
static void hear_events(struct watch *w)
{
	char sink[65536];
	ssize_t n;

	do
		n = recv(w->events.fd, sink, sizeof(sink), MSG_DONTWAIT);
	while (n == (ssize_t)sizeof(sink));
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	snprintf(w->error, sizeof(w->error), "vrrpd at %s has closed the connection",
		 w->events.address.sun_path);
	client_done(&w->events);
	w->following = false;
}

/* ---- showing ---- */

/* "lb1: 3 instances, 1 MASTER, 2 BACKUP", or why that is not known. */
static void print_summary(FILE *out, const struct watch *w)
{
	static const char *const states[] = { "MASTER", "BACKUP", "FAULT", "INIT" };
	const json_t *instances = json_object_get(w->shown, "instances"), *instance;
	const char *name = json_string_value(json_object_get(w->shown, "name"));
	char time[VIEW_TIME_TEXT_MAX];
	size_t i, n = json_array_size(instances);

	fprintf(out, "%.19sZ %s: ", view_time_text(w->style.wall_us, time), name ? name : "-");
	if (w->error[0] != '\0') {
		fprintf(out, "%s\n", w->error);
		return;
	}
	fprintf(out, "%zu instance%s", n, n == 1 ? "" : "s");
	for (size_t s = 0; s < sizeof(states) / sizeof(states[0]); s++) {
		size_t count = 0;

		json_array_foreach (instances, i, instance) {
			const char *state = json_string_value(json_object_get(instance, "state"));

			count += state && strcmp(state, states[s]) == 0;
		}
		if (count > 0)
			fprintf(out, ", %zu %s", count, states[s]);
	}
	fputs(" (q leaves)\n", out);
}

static void draw(struct watch *w, const struct terminal *t)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return;
	w->style.wall_us = wall_us();
	w->style.columns = t->columns;
	w->style.rows = t->rows > TEXT_ROWS_OTHER + 1 ? t->rows - TEXT_ROWS_OTHER : 2;
	print_summary(out, w);
	fputc('\n', out);
	view_table_changes(out, w->shown, w->before, &w->style);
	if (fclose(out) == 0)
		terminal_draw(t, text);
	free(text);
}

/* The table without anything that time alone changes; to be freed. */
static char *timeless_table(const struct watch *w)
{
	struct view_style style = { .wall_us = 0 };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	view_table(out, w->shown, &style);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

static void print_if_changed(struct watch *w)
{
	char *table = timeless_table(w);

	if (!table || (w->printed && strcmp(table, w->printed) == 0)) {
		free(table);
		return;
	}
	w->style.wall_us = wall_us();
	if (w->ctl->json) {
		json_dumpf(w->shown, stdout, VIEW_DUMP_FLAGS);
		fputc('\n', stdout);
	} else {
		if (w->printed)
			fputc('\n', stdout);
		view_table(stdout, w->shown, &w->style);
	}
	fflush(stdout);
	free(w->printed);
	w->printed = table;
}

/* ---- the two ways of watching ---- */

/* What ended the waiting. */
enum wake {
	WAKE_TO_LOOK,
	WAKE_TO_DRAW, /* the window has another size */
	WAKE_TO_LEAVE,
};

static enum wake wait_for_news(struct watch *w, bool keys)
{
	bool news = false;

	for (;;) {
		int64_t pause = news ? EVENTS_PAUSE_MS : LOOK_AGAIN_MS;
		int64_t left = w->looked_ms + pause - now_ms();
		struct timespec patience = { .tv_sec = left / 1000,
					     .tv_nsec = left % 1000 * 1000000 };
		struct pollfd fds[] = {
			{ .fd = keys ? STDIN_FILENO : -1, .events = POLLIN },
			{ .fd = w->following && !news ? w->events.fd : -1, .events = POLLIN },
			{ .fd = STDOUT_FILENO }, /* only whether its reader has gone */
		};
		sigset_t none;
		int n;

		if (*w->stopped)
			return WAKE_TO_LEAVE;
		if (left <= 0)
			return WAKE_TO_LOOK;
		sigemptyset(&none);
		n = ppoll(fds, 3, &patience, &none);
		if (n < 0 && resized)
			return WAKE_TO_DRAW;
		if (n <= 0)
			continue;
		if (fds[2].revents || (fds[0].revents && terminal_wants_to_leave()))
			return WAKE_TO_LEAVE;
		if (fds[1].revents) {
			hear_events(w);
			news = true;
		}
	}
}

static void watch_on_terminal(struct watch *w)
{
	struct terminal terminal;
	enum wake wake = WAKE_TO_DRAW;

	catch_resizes();
	terminal_begin(&terminal);
	while (wake != WAKE_TO_LEAVE) {
		if (wake == WAKE_TO_LOOK) {
			if (!w->following)
				follow(w);
			look(w);
		}
		if (resized) {
			resized = 0;
			terminal_measure(&terminal);
		}
		draw(w, &terminal);
		wake = wait_for_news(w, terminal.has_keys);
	}
	terminal_end(&terminal);
}

static enum ctl_exit watch_by_lines(struct watch *w)
{
	enum ctl_exit status = CTL_DONE;

	do {
		if (w->shown)
			print_if_changed(w);
		if (wait_for_news(w, false) == WAKE_TO_LEAVE)
			return CTL_DONE;
		status = w->following ? look(w) : CTL_UNREACHABLE;
	} while (status == CTL_DONE);
	ctl_complain("%s", w->error);
	return status;
}

enum ctl_exit ctl_watch(const struct ctl *ctl)
{
	struct watch w = { .ctl = ctl, .style = ctl->style, .stopped = ctl_catch_signals() };
	enum ctl_exit status;

	/* first the events, lest one come between */
	follow(&w);
	status = w.following ? look(&w) : CTL_UNREACHABLE;
	if (status != CTL_DONE)
		ctl_complain("%s", w.error);
	else if (w.shown && terminal_usable() && !ctl->json)
		watch_on_terminal(&w);
	else
		status = watch_by_lines(&w);
	if (w.following)
		client_done(&w.events);
	json_decref(w.shown);
	json_decref(w.before);
	json_decref(w.candidate);
	free(w.printed);
	return status;
}
