/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last resort for routes and rules: see withdraw.c.
 */
#include "supervisor.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "io_routing.h"
#include "log.h"

enum {
	WITHDRAW_WAIT_MS = 1000, /* for the kernel's next answer, which comes at once if ever */
};

struct withdrawal {
	struct io_routing *routing;
	const struct settings *settings;
	uint32_t asked, answered, failed;
	bool synced;
};

/* One of ours, not of another daemon that lives beside us. */
static bool is_configured(void *ctx, const struct routing *routing)
{
	const struct settings *s = ((struct withdrawal *)ctx)->settings;

	for (uint32_t i = 0; i < s->routing_count; i++) {
		if (routing_same_key(&s->routings[i], routing))
			return true;
	}
	return false;
}

static void ignore_routing(void *ctx, const struct event_routing *event)
{
	(void)ctx;
	(void)event;
}

static void on_done(void *ctx, const struct event_routing *answer, const char *why)
{
	struct withdrawal *w = ctx;
	char text[ROUTING_TEXT_MAX];

	w->answered++;
	if (answer->error == 0)
		return;
	w->failed++;
	log_line(LOG_LEVEL_ERROR, "%s %s cannot be removed: %s %s",
		 routing_kind_name((enum routing_kind)answer->routing->kind),
		 routing_text(answer->routing, text), strerror(answer->error), why);
}

static void ignore_again(void *ctx)
{
	(void)ctx;
}

static void on_synced(void *ctx)
{
	((struct withdrawal *)ctx)->synced = true;
}

static void on_trouble(void *ctx, const char *what, int error)
{
	(void)ctx;
	log_line(LOG_LEVEL_WARNING, "netlink: %s: %s", what, strerror(error));
}

static void remove_one(void *ctx, const struct routing *routing)
{
	struct withdrawal *w = ctx;

	if (!is_configured(w, routing) || w->asked - w->answered >= ROUTING_IN_FLIGHT_MAX)
		return;
	io_routing_remove(w->routing, routing);
	w->asked++;
}

static bool wait_for(struct withdrawal *w, bool (*condition)(const struct withdrawal *w))
{
	struct pollfd ready = { .fd = io_routing_fd(w->routing), .events = POLLIN };

	while (!condition(w)) {
		if (poll(&ready, 1, WITHDRAW_WAIT_MS) <= 0)
			return false;
		io_routing_readable(w->routing);
	}
	return true;
}

static bool is_synced(const struct withdrawal *w)
{
	return w->synced;
}

static bool is_answered(const struct withdrawal *w)
{
	return w->asked == w->answered;
}

/* In rounds of as many as may be under way, until a round finds none. */
static bool remove_all(struct withdrawal *w)
{
	uint32_t before;

	do {
		before = w->asked;
		io_routing_for_each_tagged(w->routing, remove_one, w);
		if (io_routing_flush(w->routing) != 0 || !wait_for(w, is_answered))
			return false;
	} while (w->asked != before && w->failed == 0);
	return w->failed == 0;
}

int withdraw_routings(const struct settings *s, const char **ret_what)
{
	struct withdrawal w = { .settings = s };
	struct io_routing_handler handler = {
		.ctx = &w,
		.concerns = is_configured,
		.routing = ignore_routing,
		.done = on_done,
		.again = ignore_again,
		.synced = on_synced,
		.trouble = on_trouble,
	};
	int status;

	if (s->routing_count == 0)
		return 0;
	status = io_routing_open(&w.routing, &handler, ret_what);
	if (status == 0 && (!wait_for(&w, is_synced) || !remove_all(&w))) {
		*ret_what = "not every route and rule could be removed";
		status = -EBUSY;
	}
	io_routing_close(w.routing);
	return status;
}
