/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIGUSR1: the full state as JSON in STATE_DIR/dump.json. The supervisor asks the control socket like any other client, so that the protocol
 * process makes the answer in its own time and touches no disk.
 */
#include "supervisor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <jansson.h>

#include "log.h"

enum {
	DUMP_TIMEOUT_S = 30
};

struct dump {
	const struct state_dir *sd;
	struct bufferevent *connection;
	json_t *state; /* the answer to the first question */
};

static void finish(struct dump *d, const char *trouble)
{
	if (trouble)
		log_line(LOG_LEVEL_ERROR, "cannot write %s/dump.json: %s", d->sd->path, trouble);
	else
		log_line(LOG_LEVEL_INFO, "state written to %s/dump.json", d->sd->path);
	json_decref(d->state);
	bufferevent_free(d->connection);
	free(d);
}

static void write_out(struct dump *d, json_t *events)
{
	char *text;
	int status = -ENOMEM;

	json_object_set(d->state, "events", events);
	text = json_dumps(d->state, JSON_INDENT(2));
	if (text)
		status = state_dir_write_dump(d->sd, text, strlen(text));
	free(text);
	finish(d, status == 0 ? NULL : strerror(-status));
}

static void on_answer(struct bufferevent *connection, void *ctx)
{
	static const char second[] = "{\"command\": \"events\"}\n";
	struct dump *d = ctx;
	char *line = evbuffer_readln(bufferevent_get_input(connection), NULL, EVBUFFER_EOL_LF);
	json_t *answer, *result;

	if (!line)
		return;
	answer = json_loads(line, 0, NULL);
	free(line);
	result = json_object_get(answer, "result");
	if (!result) {
		json_decref(answer);
		finish(d, "the protocol process gave no answer");
		return;
	}
	if (d->state) {
		write_out(d, result);
	} else {
		d->state = json_incref(result);
		bufferevent_write(connection, second, sizeof(second) - 1);
	}
	json_decref(answer);
}

static void on_end(struct bufferevent *connection, short what, void *ctx)
{
	(void)connection;
	if (what & BEV_EVENT_CONNECTED)
		return;
	finish(ctx, what & BEV_EVENT_TIMEOUT ? "the protocol process does not answer"
					     : "the protocol process closed the connection");
}

void dump_start(struct event_base *base, const struct state_dir *sd)
{
	static const char first[] = "{\"command\": \"show\"}\n";
	static const struct timeval timeout = { .tv_sec = DUMP_TIMEOUT_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct dump *d = calloc(1, sizeof(*d));

	if (!d) {
		log_line(LOG_LEVEL_ERROR, "cannot write the dump: not enough memory");
		return;
	}
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/control.sock",
		 sd->dir);
	d->sd = sd;
	d->connection = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!d->connection) {
		free(d);
		log_line(LOG_LEVEL_ERROR, "cannot write the dump: not enough memory");
		return;
	}
	bufferevent_setcb(d->connection, on_answer, NULL, on_end, d);
	bufferevent_set_timeouts(d->connection, &timeout, NULL);
	bufferevent_enable(d->connection, EV_READ | EV_WRITE);
	bufferevent_write(d->connection, first, sizeof(first) - 1);
	if (bufferevent_socket_connect(d->connection, (struct sockaddr *)&address,
				       sizeof(address)) != 0)
		log_line(LOG_LEVEL_DEBUG, "dump: connecting: %s", strerror(errno));
}
