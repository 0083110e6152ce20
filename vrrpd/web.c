/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The web process's loop and what it serves: /metrics, a page at / and the JSON that it shows. It runs as nobody, without capabilities,
 * and reads nothing of what a client sends but the path and one header. It ends with the daemon: when neither the supervisor nor the
 * protocol process is there any more.
 */
#include "web.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>

#include "channel.h"
#include "clock.h"
#include "execute_user.h"
#include "log.h"
#include "loop.h"
#include "role.h"
#include "sandbox.h"
#include "view/object.h"
#include "view/openmetrics.h"
#include "view/view.h"
#include "web_source.h"

enum {
	FILES_MAX = 256,         /* descriptors, and so connections */
	CLIENT_TIMEOUT_S = 10,   /* for a client that says or takes nothing */
	HEADERS_MAX = 16 * 1024, /* bytes of a request */
	ACCEPT_PAUSE_S = 1,      /* where there are too many connections */
	SUPERVISOR_PAUSE_S = 1,  /* before asking for another way to the protocol process */
};

struct web {
	struct event_base *base;
	struct evhttp *http;
	struct evconnlistener *listener;
	struct web_source *source;
	struct event *channel_readable, *way_again;
	bool orphaned; /* the supervisor is dead */
	char buffer[MESSAGE_TEXT_MAX + 1];
};

/* What somebody wants to have, while the protocol process is asked. */
struct wish {
	struct web_waiter waiter;
	struct web *web;
	struct evhttp_request *request;
	bool compatible; /* with keepalived's names */
	bool json;       /* for the page */
	enum openmetrics_format format;
};

/* ---- replies ---- */

static void reply(struct evhttp_request *request, int code, const char *type, const void *text,
		  size_t len)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	struct evbuffer *body = evbuffer_new();

	evhttp_add_header(headers, "Content-Type", type);
	evhttp_add_header(headers, "Cache-Control", "no-store");
	evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
	evhttp_add_header(headers, "Content-Security-Policy",
			  "default-src 'none'; style-src 'unsafe-inline'; "
			  "script-src 'unsafe-inline'; connect-src 'self'; img-src data:; "
			  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
	if (body)
		evbuffer_add(body, text, len);
	evhttp_send_reply(request, code, NULL, body);
	if (body)
		evbuffer_free(body);
}

static void reply_text(struct evhttp_request *request, int code, const char *text)
{
	reply(request, code, "text/plain; charset=utf-8", text, strlen(text));
}

static const char *metrics_type(enum openmetrics_format format)
{
	switch (format) {
	case FORMAT_OPENMETRICS:
		return "application/openmetrics-text; version=1.0.0; charset=utf-8";
	case FORMAT_PLAIN:
		break; /* what everybody understands */
	}
	return "text/plain; version=0.0.4; charset=utf-8";
}

static void reply_metrics(struct wish *w, const struct web_answer *answer)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out) {
		reply_text(w->request, HTTP_INTERNAL, "out of memory\n");
		return;
	}
	if (w->compatible)
		view_openmetrics_keepalived(out, answer->show, w->format);
	else
		view_openmetrics(out, answer->show, answer->tally, w->format);
	/* Half of it would look like a router that has lost its instances. */
	if (fclose(out) == 0)
		reply(w->request, HTTP_OK, metrics_type(w->format), text, len);
	else
		reply_text(w->request, HTTP_INTERNAL, "out of memory\n");
	free(text);
}

static void reply_json(struct wish *w, const struct web_answer *answer)
{
	char time[VIEW_TIME_TEXT_MAX];
	json_t *json;
	char *text;

	if (!answer->show) {
		reply_text(w->request, HTTP_SERVUNAVAIL, "the protocol process does not answer\n");
		return;
	}
	view_time_text(clock_wall_us(), time);
	json = json_pack("{s:s, s:O, s:O, s:O}", "time", time, "show", answer->show, "metrics",
			 answer->tally, "events", answer->events);
	text = json ? json_dumps(json, VIEW_DUMP_FLAGS) : NULL;
	if (text)
		reply(w->request, HTTP_OK, "application/json", text, strlen(text));
	else
		reply_text(w->request, HTTP_INTERNAL, "out of memory\n");
	free(text);
	json_decref(json);
}

/* ---- requests ---- */

static void on_client_gone(struct evhttp_connection *connection, void *ctx)
{
	struct wish *w = ctx;

	(void)connection;
	web_source_forget(w->web->source, &w->waiter);
	free(w);
}

static void on_answer(struct web_waiter *waiter, const struct web_answer *answer)
{
	struct wish *w = (struct wish *)(void *)waiter;

	evhttp_connection_set_closecb(evhttp_request_get_connection(w->request), NULL, NULL);
	if (w->json)
		reply_json(w, answer);
	else
		reply_metrics(w, answer);
	free(w);
}

static void wait_for_answer(struct web *web, struct evhttp_request *request, struct wish wish)
{
	struct wish *w = malloc(sizeof(*w));

	if (!w) {
		reply_text(request, HTTP_INTERNAL, "out of memory\n");
		return;
	}
	*w = wish;
	w->waiter.answer = on_answer;
	w->web = web;
	w->request = request;
	evhttp_connection_set_closecb(evhttp_request_get_connection(request), on_client_gone, w);
	web_source_ask(web->source, &w->waiter);
}

/* Is it asked for by ?compat=keepalived? */
static bool is_compatible(const char *query)
{
	struct evkeyvalq values;
	const char *compat;
	bool is;

	if (!query || evhttp_parse_query_str(query, &values) != 0)
		return false;
	compat = evhttp_find_header(&values, "compat");
	is = compat && strcmp(compat, "keepalived") == 0;
	evhttp_clear_headers(&values);
	return is;
}

static enum openmetrics_format accepted_format(struct evhttp_request *request)
{
	const char *accept =
		evhttp_find_header(evhttp_request_get_input_headers(request), "Accept");

	return accept && strstr(accept, "application/openmetrics-text") ? FORMAT_OPENMETRICS
									: FORMAT_PLAIN;
}

static void on_request(struct evhttp_request *request, void *ctx)
{
	struct web *web = ctx;
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;

	if (!path)
		reply_text(request, HTTP_BADREQUEST, "no path\n");
	else if (strcmp(path, "/metrics") == 0)
		wait_for_answer(
			web, request,
			(struct wish){ .compatible = is_compatible(evhttp_uri_get_query(uri)),
				       .format = accepted_format(request) });
	else if (strcmp(path, "/status.json") == 0)
		wait_for_answer(web, request, (struct wish){ .json = true });
	else if (strcmp(path, "/") == 0)
		reply(request, HTTP_OK, "text/html; charset=utf-8", web_page, web_page_len);
	else
		reply_text(request, HTTP_NOTFOUND, "there are / and /metrics\n");
}

/* ---- the supervisor ---- */

static void ask_for_way(struct web *web)
{
	static const struct timeval pause = { .tv_sec = SUPERVISOR_PAUSE_S };

	if (!web->orphaned)
		event_add(web->way_again, &pause);
}

static void end_if_alone(struct web *web)
{
	if (web->orphaned && !web_source_connected(web->source))
		event_base_loopexit(web->base, NULL);
}

/* Mostly it has died, and we shall be told the way to its successor; else we ask for it. */
static void on_lost(void *ctx)
{
	struct web *web = ctx;

	ask_for_way(web);
	end_if_alone(web);
}

static void on_way_again(evutil_socket_t fd, short what, void *ctx)
{
	struct web *web = ctx;
	struct message m = message_of(MESSAGE_WEB, 0);

	(void)fd;
	(void)what;
	if (web_source_connected(web->source))
		return;
	(void)channel_send(ROLE_CHANNEL_FD, &m);
	ask_for_way(web);
}

/* libevent's argument is evhttp's own, so that this one is found here. */
static struct event *accept_again;

static void on_too_many(struct evconnlistener *listener, void *ctx)
{
	static const struct timeval pause = { .tv_sec = ACCEPT_PAUSE_S };

	(void)ctx;
	evconnlistener_disable(listener);
	event_add(accept_again, &pause);
}

static void on_accept_again(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	evconnlistener_enable(((struct web *)ctx)->listener);
}

/* The socket is ours from now on. */
static void serve(struct web *web, int fd)
{
	struct evhttp_bound_socket *bound = NULL;

	if (!web->listener && evutil_make_socket_nonblocking(fd) == 0)
		bound = evhttp_accept_socket_with_handle(web->http, fd);
	if (!bound) {
		close(fd);
		log_line(LOG_LEVEL_ERROR, "web: cannot serve on the socket it was given");
		return;
	}
	web->listener = evhttp_bound_socket_get_listener(bound);
	evconnlistener_set_error_cb(web->listener, on_too_many);
}

static void obey(struct web *web, struct message *m)
{
	if (m->kind == MESSAGE_SETUP && m->fds[0] >= 0) {
		log_set_level((enum log_level)m->value);
		serve(web, m->fds[0]);
		m->fds[0] = -1;
	} else if (m->kind == MESSAGE_WEB && m->fds[0] >= 0) {
		web_source_connect(web->source, m->fds[0]);
		m->fds[0] = -1;
	}
}

static void on_channel(evutil_socket_t fd, short what, void *ctx)
{
	struct web *web = ctx;
	struct message m;
	int status;

	(void)what;
	while ((status = channel_receive(fd, &m, web->buffer)) == 0) {
		obey(web, &m);
		message_close_fds(&m);
	}
	if (status != -EPIPE)
		return;
	web->orphaned = true;
	event_del(web->channel_readable);
	end_if_alone(web);
}

/* ---- setting up ---- */

/*
 * Nobody, with nothing but what was handed over. Where the daemon itself may not change users it stays who it is, without capabilities.
 * False: there are some left.
 */
static bool drop_privileges(void)
{
	const struct rlimit files = { .rlim_cur = FILES_MAX, .rlim_max = FILES_MAX };
	char why[128] = "";
	const struct execute_user *user = execute_user_find("nobody", why, sizeof(why));
	bool may_change = user && execute_user_allowed(user, why, sizeof(why)) == 0;
	struct execute_user ourselves = { .uid = geteuid(), .gid = getegid() };
	int status;

	if (!may_change && geteuid() == 0)
		log_line(LOG_LEVEL_WARNING, "web: it stays root, without capabilities: %s", why);
	status = execute_user_become(may_change ? user : &ourselves);
	if (status == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		status = -errno;
	if (status == 0 && setrlimit(RLIMIT_NOFILE, &files) != 0)
		status = -errno;
	if (status != 0)
		log_line(LOG_LEVEL_ERROR, "web: privileges cannot be given up: %s",
			 strerror(-status));
	execute_users_forget();
	return status == 0;
}

static void enter_sandbox(void)
{
	int status = sandbox_enter(&sandbox_web);

	if (status != 0)
		log_line(LOG_LEVEL_WARNING, "web: its system calls are not filtered: %s",
			 strerror(-status));
}

static bool set_up(struct web *web)
{
	web->base = event_base_new();
	web->http = web->base ? evhttp_new(web->base) : NULL;
	if (!web->http)
		return false;
	evhttp_set_allowed_methods(web->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_max_headers_size(web->http, HEADERS_MAX);
	evhttp_set_max_body_size(web->http, 0);
	evhttp_set_timeout(web->http, CLIENT_TIMEOUT_S);
	evhttp_set_gencb(web->http, on_request, web);
	web->source = web_source_new(web->base, on_lost, web);
	accept_again = evtimer_new(web->base, on_accept_again, web);
	web->way_again = evtimer_new(web->base, on_way_again, web);
	web->channel_readable = loop_watch(web->base, ROLE_CHANNEL_FD, on_channel, web);
	return web->source && accept_again && web->way_again && web->channel_readable;
}

static void tear_down(struct web *web)
{
	/* Those who still wait for an answer go with their connections. */
	if (web->http)
		evhttp_free(web->http);
	web_source_free(web->source);
	loop_forget(&accept_again);
	loop_forget(&web->way_again);
	loop_forget(&web->channel_readable);
	if (web->base)
		event_base_free(web->base);
}

static void ignore_stray_signals(void)
{
	static const int numbers[] = { SIGPIPE, SIGHUP, SIGINT, SIGUSR1, SIGUSR2 };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		signal(numbers[i], SIG_IGN);
}

int web_main(void)
{
	static struct web web;
	int status = EXIT_CLEAN;

	prctl(PR_SET_NAME, ROLE_WEB);
	ignore_stray_signals();
	fcntl(ROLE_CHANNEL_FD, F_SETFD, FD_CLOEXEC);
	fcntl(ROLE_LOG_FD, F_SETFD, FD_CLOEXEC);
	log_to_channel(ROLE_LOG_FD);
	loop_prepare();
	if (!drop_privileges())
		return EXIT_FACILITY;
	if (set_up(&web)) {
		enter_sandbox();
		event_base_dispatch(web.base);
	} else {
		log_line(LOG_LEVEL_ERROR, "web: it cannot start: no event loop");
		status = EXIT_INTERNAL;
	}
	tear_down(&web);
	return status;
}
