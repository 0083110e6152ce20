/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connections of the control server. All work is done in turns: a callback of libevent only
 * notes that a connection wants something, and one timer of length zero then serves one connection,
 * once in each turn of the loop. So sixty-four busy clients delay a packet no more than one does.
 */
#include "control.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>

#include "control_connection.h"
#include "control_peer.h"
#include "loop.h"
#include "view/object.h"

static size_t unread(const struct connection *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

void connection_close(struct connection *c)
{
	control_stream_done(&c->stream);
	bufferevent_free(c->bev);
	*c = (struct connection){ .control = c->control, .generation = c->generation + 1 };
}

/* Is there something to do for this connection, and does it take what was done already? */
static bool wants_turn(const struct connection *c)
{
	if (!c->bev || unread(c) > CONTROL_BACKLOG_LOW)
		return false;
	switch (c->state) {
	case CONNECTION_LISTENING:
		return c->request_ready && !c->closing;
	case CONNECTION_TELLING:
		return true;
	case CONNECTION_FOLLOWING:
		return c->stream.seq != c->control->handlers.history(c->control->ctx)->next_seq;
	case CONNECTION_WAITING:
		break; /* for somebody else */
	}
	return false;
}

/* Has it ended, with everything told? */
static bool is_over(const struct connection *c)
{
	bool done = c->closing || (c->input_ended && !c->request_ready);

	return c->state == CONNECTION_LISTENING && done && unread(c) == 0;
}

/* After anything that may have changed what a connection wants. */
static void settle(struct connection *c)
{
	struct control *ctl = c->control;

	if (c->bev && is_over(c))
		connection_close(c);
	else if (wants_turn(c) && !event_pending(ctl->turn, EV_TIMEOUT, NULL))
		event_add(ctl->turn, &(struct timeval){ 0 });
}

static void write_json(struct connection *c, json_t *json)
{
	char *text = json ? json_dumps(json, VIEW_DUMP_FLAGS) : NULL;

	/*
	 * Without memory a reply cannot be told from none: the connection ends, which its client
	 * notices.
	 */
	if (!text || bufferevent_write(c->bev, text, strlen(text)) != 0 ||
	    bufferevent_write(c->bev, "\n", 1) != 0)
		c->closing = true;
	free(text);
	json_decref(json);
}

void connection_reply_ok(struct connection *c, json_t *result)
{
	struct object o = object_begin();

	object_bool(&o, "ok", true);
	object_put(&o, "result", result);
	write_json(c, object_end(&o));
}

void connection_reply_error(struct connection *c, const char *error, json_t *problems)
{
	struct object o = object_begin();

	object_bool(&o, "ok", false);
	object_text(&o, "error", error);
	if (problems)
		object_put(&o, "problems", problems);
	write_json(c, object_end(&o));
}

/* Notes whether a whole request, or too much of one, lies ready. */
static void look_for_request(struct connection *c)
{
	struct evbuffer *input = bufferevent_get_input(c->bev);
	size_t len = evbuffer_get_length(input);

	c->request_ready = len > CONTROL_REQUEST_MAX || (c->input_ended && len > 0) ||
			   evbuffer_search_eol(input, NULL, NULL, EVBUFFER_EOL_LF).pos >= 0;
}

/* Takes one request out of the input and has it handled, which may close the connection. */
static void take_request(struct connection *c)
{
	struct evbuffer *input = bufferevent_get_input(c->bev);
	ssize_t end = evbuffer_search_eol(input, NULL, NULL, EVBUFFER_EOL_LF).pos;
	size_t len = end >= 0 ? (size_t)end : evbuffer_get_length(input);
	char *line = len <= CONTROL_REQUEST_MAX ? malloc(len + 1) : NULL;

	if (!line) {
		connection_reply_error(c,
				       len <= CONTROL_REQUEST_MAX
					       ? "out of memory"
					       : "the request is too long: at most 65536 bytes",
				       NULL);
		c->closing = true;
		return;
	}
	evbuffer_remove(input, line, end >= 0 ? len + 1 : len);
	control_request_handle(c, line, len);
	free(line);
}

static void tell(struct connection *c)
{
	struct control *ctl = c->control;
	struct control_source source = {
		.engine = control_engine(ctl),
		.engine_generation = ctl->engine_generation,
		.history = ctl->handlers.history(ctl->ctx),
		.now = ctl->handlers.now(ctl->ctx),
		.wall_us = ctl->handlers.wall_us(ctl->ctx),
		.identity = &ctl->identity,
	};

	switch (control_stream_piece(&c->stream, &source, bufferevent_get_output(c->bev))) {
	case STREAM_MORE:
		break;
	case STREAM_LAST:
		if (c->stream.kind == STREAM_FOLLOW && !c->input_ended) {
			c->state = CONNECTION_FOLLOWING;
			/* a person may stop reading for an hour; it costs no more than a backlog */
			bufferevent_set_timeouts(c->bev, NULL, NULL);
		} else {
			/* Who follows and has closed already has been told what there was. */
			c->closing = c->closing || c->stream.kind == STREAM_FOLLOW;
			control_stream_done(&c->stream);
			c->state = CONNECTION_LISTENING;
		}
		break;
	case STREAM_FAILED:
		connection_close(c);
		break;
	}
}

static void serve(struct connection *c)
{
	c->active = ++c->control->activity;
	switch (c->state) {
	case CONNECTION_LISTENING:
		take_request(c);
		if (c->bev)
			look_for_request(c);
		break;
	case CONNECTION_TELLING:
	case CONNECTION_FOLLOWING:
		tell(c);
		break;
	case CONNECTION_WAITING:
		break; /* does not want a turn */
	}
}

/* The turn: serves the next connection that wants it. */
static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct control *ctl = arg;
	struct connection *c = NULL;

	(void)fd;
	(void)what;
	for (uint32_t i = 0; i < CONTROL_CONNECTIONS_MAX && !c; i++) {
		uint32_t place = (ctl->served + i) % CONTROL_CONNECTIONS_MAX;

		if (wants_turn(&ctl->connections[place]))
			c = &ctl->connections[place];
	}
	if (!c)
		return;
	ctl->served = (uint32_t)(c - ctl->connections) + 1;
	serve(c);
	for (uint32_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		settle(&ctl->connections[i]);
}

static void on_input(struct bufferevent *bev, void *arg)
{
	struct connection *c = arg;
	struct evbuffer *input = bufferevent_get_input(bev);

	if (c->state == CONNECTION_FOLLOWING)
		evbuffer_drain(input, evbuffer_get_length(input));
	look_for_request(c);
	settle(c);
}

/* The client has taken something. */
static void on_output(struct bufferevent *bev, void *arg)
{
	(void)bev;
	settle(arg);
}

/* The client's end has closed, or is broken, or has not read for too long. */
static void on_end(struct bufferevent *bev, short what, void *arg)
{
	struct connection *c = arg;

	(void)bev;
	if (!(what & BEV_EVENT_EOF) || c->state == CONNECTION_FOLLOWING ||
	    (c->state == CONNECTION_TELLING && c->stream.follow)) {
		connection_close(c);
		return;
	}
	/* Only its sending side may have closed: it gets what it asked for. */
	c->input_ended = true;
	look_for_request(c);
	settle(c);
}

/* How ready a connection is to give its place to another one: the higher, the more. */
enum readiness {
	STAYS,
	FOLLOWS, /* and hears of everything: its reader can come back */
	STALLS,  /* does not read what it asked for */
	IDLES,   /* has asked for nothing */
};

static enum readiness readiness_of(const struct connection *c)
{
	if (c->is_lent)
		return STAYS;
	switch (c->state) {
	case CONNECTION_LISTENING:
		return c->request_ready ? STAYS : unread(c) > 0 ? STALLS : IDLES;
	case CONNECTION_TELLING:
		return unread(c) > CONTROL_BACKLOG_LOW ? STALLS : STAYS;
	case CONNECTION_FOLLOWING:
		return unread(c) > CONTROL_BACKLOG_LOW ? STALLS : FOLLOWS;
	case CONNECTION_WAITING:
		break; /* something is being done for it */
	}
	return STAYS;
}

/* The one that is readiest and has done nothing for longest; for others than root not one of root's. */
static struct connection *readiest(struct control *ctl, bool root)
{
	struct connection *found = NULL;

	for (uint32_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
		struct connection *c = &ctl->connections[i];

		if (!c->bev || (c->may_command && !root) || readiness_of(c) == STAYS)
			continue;
		if (!found || readiness_of(c) > readiness_of(found) ||
		    (readiness_of(c) == readiness_of(found) && c->active < found->active))
			found = c;
	}
	return found;
}

/* Closes it, and says why where that does not end up in the midst of something else. */
static void give_way(struct connection *c)
{
	static const char why[] = "{\"ok\": false, \"error\": \"closed: there are too many "
				  "connections, and this one was the idlest\"}\n";

	if (unread(c) == 0)
		(void)!send(bufferevent_getfd(c->bev), why, sizeof(why) - 1,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
	connection_close(c);
}

/* A place for a new connection, which may be that of one that does nothing with it; NULL if all are busy. */
static struct connection *find_place(struct control *ctl, bool root)
{
	uint32_t n =
		root ? CONTROL_CONNECTIONS_MAX : CONTROL_CONNECTIONS_MAX - CONTROL_CONNECTIONS_ROOT;
	uint32_t used = 0;
	struct connection *place = NULL;

	for (uint32_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
		if (ctl->connections[i].bev)
			used++;
		else if (!place)
			place = &ctl->connections[i];
	}
	if (used < n)
		return place;
	place = readiest(ctl, root);
	if (place)
		give_way(place);
	return place;
}

/* Says why and closes. What does not fit into a fresh socket's buffer is not worth waiting for. */
static void refuse(int fd, const char *error)
{
	char line[256];
	int len = snprintf(line, sizeof(line), "{\"ok\": false, \"error\": \"%s\"}\n", error);

	(void)!send(fd, line, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

static struct connection *connection_open(struct control *ctl, int fd, bool root)
{
	struct connection *c = find_place(ctl, root);
	int priorities = event_base_get_npriorities(ctl->base);

	if (!c) {
		refuse(fd, "too many connections to the control socket: try again");
		return NULL;
	}
	c->bev = bufferevent_socket_new(ctl->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!c->bev) {
		refuse(fd, "out of memory");
		return NULL;
	}
	c->may_command = root;
	c->active = ++ctl->activity;
	bufferevent_priority_set(c->bev, priorities - 1);
	bufferevent_setcb(c->bev, on_input, on_output, on_end, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, CONTROL_REQUEST_MAX + 1);
	bufferevent_setwatermark(c->bev, EV_WRITE, CONTROL_BACKLOG_LOW, 0);
	bufferevent_set_timeouts(c->bev, NULL,
				 &(struct timeval){ .tv_sec = CONTROL_STALL_SECONDS });
	/* One that cannot be watched would hold its place for ever. */
	if (bufferevent_enable(c->bev, EV_READ | EV_WRITE) == 0)
		return c;
	connection_close(c);
	return NULL;
}

void control_lend(struct control *ctl, int fd)
{
	struct connection *c;

	if (evutil_make_socket_nonblocking(fd) != 0) {
		close(fd);
		return;
	}
	c = connection_open(ctl, fd, false);
	if (c)
		c->is_lent = true;
}

static void on_connection(evutil_socket_t listen_fd, short what, void *arg)
{
	struct control *ctl = arg;
	int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	if (fd < 0) {
		/* The socket stays readable, and asking again at once would be a busy loop. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			event_del(ctl->accepting);
			event_add(ctl->accept_again, &(struct timeval){ .tv_sec = 1 });
		}
		return;
	}
	switch (control_peer_access(fd, ctl->group)) {
	case PEER_MAY_COMMAND:
		connection_open(ctl, fd, true);
		break;
	case PEER_MAY_LOOK:
		connection_open(ctl, fd, false);
		break;
	case PEER_MAY_NOTHING:
		refuse(fd, "permission denied: only root and members of control-group may look");
		break;
	}
}

static void accept_from_now(struct control *ctl)
{
	if (event_add(ctl->accepting, NULL) != 0)
		event_add(ctl->accept_again, &(struct timeval){ .tv_sec = 1 });
}

static void on_accept_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	accept_from_now(arg);
}

struct control *control_new(struct event_base *base, int listen_fd,
			    const struct control_handlers *handlers, void *ctx,
			    const struct control_identity *identity)
{
	struct control *ctl = malloc(sizeof(*ctl));
	int lowest = event_base_get_npriorities(base) - 1;

	if (!ctl)
		return NULL;
	*ctl = (struct control){
		.base = base,
		.handlers = *handlers,
		.ctx = ctx,
		.identity = *identity,
		.group = (gid_t)-1,
	};
	for (uint32_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		ctl->connections[i].control = ctl;
	ctl->accepting = event_new(base, listen_fd, EV_READ | EV_PERSIST, on_connection, ctl);
	ctl->accept_again = evtimer_new(base, on_accept_again, ctl);
	ctl->turn = evtimer_new(base, on_turn, ctl);
	if (!ctl->accepting || !ctl->accept_again || !ctl->turn ||
	    evutil_make_socket_nonblocking(listen_fd) != 0) {
		control_free(ctl);
		return NULL;
	}
	event_priority_set(ctl->accepting, lowest);
	event_priority_set(ctl->turn, lowest);
	accept_from_now(ctl);
	signal(SIGPIPE, SIG_IGN);
	json_object_seed(0); /* reads random bytes: now rather than later, behind a closed door */
	return ctl;
}

int control_listen(struct control *ctl, int listen_fd)
{
	struct event *accepting =
		event_new(ctl->base, listen_fd, EV_READ | EV_PERSIST, on_connection, ctl);

	if (!accepting || evutil_make_socket_nonblocking(listen_fd) != 0) {
		loop_forget(&accepting);
		return -ENOMEM;
	}
	event_priority_set(accepting, event_base_get_npriorities(ctl->base) - 1);
	loop_forget(&ctl->accepting);
	ctl->accepting = accepting;
	event_del(ctl->accept_again);
	accept_from_now(ctl);
	return 0;
}

void control_free(struct control *ctl)
{
	if (!ctl)
		return;
	for (uint32_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		if (ctl->connections[i].bev)
			connection_close(&ctl->connections[i]);
	loop_forget(&ctl->turn);
	loop_forget(&ctl->accept_again);
	loop_forget(&ctl->accepting);
	free(ctl);
}

void control_set_group(struct control *ctl, gid_t group)
{
	ctl->group = group;
}

void control_events_available(struct control *ctl)
{
	for (uint32_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		settle(&ctl->connections[i]);
}

void control_engine_replaced(struct control *ctl)
{
	ctl->engine_generation++;
}

/* The connection that waits for this reply, or NULL if it has gone. */
static struct connection *waiting(struct control *ctl, struct control_request request)
{
	struct connection *c;

	if (request.place >= CONTROL_CONNECTIONS_MAX)
		return NULL;
	c = &ctl->connections[request.place];
	return c->bev && c->generation == request.generation && c->state == CONNECTION_WAITING
		       ? c
		       : NULL;
}

void control_reply_ok(struct control *ctl, struct control_request request, json_t *result)
{
	struct connection *c = waiting(ctl, request);

	if (!c) {
		json_decref(result);
		return;
	}
	c->state = CONNECTION_LISTENING;
	connection_reply_ok(c, result);
	settle(c);
}

void control_reply_error(struct control *ctl, struct control_request request, const char *error,
			 json_t *problems)
{
	struct connection *c = waiting(ctl, request);

	if (!c) {
		json_decref(problems);
		return;
	}
	c->state = CONNECTION_LISTENING;
	connection_reply_error(c, error, problems);
	settle(c);
}
