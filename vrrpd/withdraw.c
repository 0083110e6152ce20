/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last resort: the protocol process keeps dying, so another process, with nothing of it but the netlink adapter, takes every address of
 * ours off the configured interfaces. Better no master here than one that cannot hold it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "channel.h"
#include "conf/conf.h"
#include "io_netlink.h"
#include "log.h"
#include "role.h"
#include "settings_fd.h"

enum {
	WITHDRAW_WAIT_MS = 5000
}; /* for the kernel's next answer */

struct withdrawal {
	struct io_netlink *netlink;
	const struct settings *settings;
	uint32_t asked, answered, failed;
	bool synced;
};

static bool uses(void *ctx, const char *name)
{
	const struct settings *s = ((struct withdrawal *)ctx)->settings;

	for (uint32_t i = 0; i < s->instance_count; i++) {
		if (strcmp(s->instances[i].interface, name) == 0)
			return true;
	}
	for (uint32_t i = 0; i < s->vip_count; i++) {
		if (strcmp(s->vips[i].dev, name) == 0)
			return true;
	}
	return false;
}

static bool is_vip(void *ctx, int32_t ifindex, const char *name, struct ip_addr addr)
{
	(void)ctx;
	(void)ifindex;
	(void)name;
	(void)addr;
	return false;
}

static void ignore_link(void *ctx, const struct event_link *link)
{
	(void)ctx;
	(void)link;
}

static void ignore_address(void *ctx, const struct event_address *address)
{
	(void)ctx;
	(void)address;
}

static void address_done(void *ctx, const struct event_address *answer, const char *why)
{
	struct withdrawal *w = ctx;
	char text[IP_TEXT_MAX];

	w->answered++;
	if (answer->error == 0)
		return;
	w->failed++;
	log_line(LOG_LEVEL_ERROR, "address %s cannot be removed: %s %s",
		 ip_text(answer->addr, text), strerror(answer->error), why);
}

static void synced(void *ctx)
{
	((struct withdrawal *)ctx)->synced = true;
}

static void ignore_settled(void *ctx)
{
	(void)ctx;
}

static void trouble(void *ctx, const char *what, int error)
{
	(void)ctx;
	log_line(LOG_LEVEL_WARNING, "netlink: %s: %s", what, strerror(error));
}

static void remove_one(void *ctx, int32_t ifindex, const char *name, const struct vip *vip)
{
	struct withdrawal *w = ctx;

	if (!uses(ctx, name) || w->asked - w->answered >= NETLINK_IN_FLIGHT_MAX)
		return;
	io_netlink_remove(w->netlink, ifindex, vip);
	w->asked++;
}

/* Reads what the kernel sends until the condition holds or nothing comes any more. */
static bool wait_for(struct withdrawal *w, bool (*condition)(const struct withdrawal *w))
{
	struct pollfd ready = { .fd = io_netlink_fd(w->netlink), .events = POLLIN };

	while (!condition(w)) {
		if (poll(&ready, 1, WITHDRAW_WAIT_MS) <= 0)
			return false;
		io_netlink_readable(w->netlink);
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
		io_netlink_for_each_tagged(w->netlink, remove_one, w);
		if (io_netlink_flush(w->netlink) != 0 || !wait_for(w, is_answered))
			return false;
	} while (w->asked != before && w->failed == 0);
	return w->failed == 0;
}

static struct settings *receive_settings(void)
{
	static char buffer[MESSAGE_TEXT_MAX + 1];
	struct pollfd channel = { .fd = ROLE_CHANNEL_FD, .events = POLLIN };
	struct settings *s = NULL;
	struct message m;

	if (poll(&channel, 1, WITHDRAW_WAIT_MS) != 1 ||
	    channel_receive(ROLE_CHANNEL_FD, &m, buffer) != 0)
		return NULL;
	(void)settings_from_fd(m.fds[0], &s);
	message_close_fds(&m);
	return s;
}

int withdraw_main(void)
{
	struct withdrawal w = { 0 };
	struct io_netlink_handler handler = {
		.ctx = &w,
		.uses = uses,
		.is_vip = is_vip,
		.link = ignore_link,
		.address = ignore_address,
		.address_done = address_done,
		.synced = synced,
		.settled = ignore_settled,
		.trouble = trouble,
	};
	struct settings *s;
	const char *what = "";
	int status = EXIT_INTERNAL;

	prctl(PR_SET_NAME, ROLE_WITHDRAW);
	signal(SIGPIPE, SIG_IGN);
	log_to_channel(ROLE_LOG_FD);
	s = receive_settings();
	w.settings = s;
	if (!s) {
		log_line(LOG_LEVEL_ERROR, "withdrawing: no instructions from the supervisor");
	} else if (io_netlink_open(&w.netlink, &handler, &what) != 0) {
		log_line(LOG_LEVEL_ERROR, "withdrawing: %s", what);
	} else if (!wait_for(&w, is_synced) || !remove_all(&w)) {
		log_line(LOG_LEVEL_ERROR, "withdrawing: not every address could be removed");
	} else {
		log_line(LOG_LEVEL_NOTICE, "%u virtual addresses withdrawn", w.answered);
		status = EXIT_CLEAN;
	}
	io_netlink_close(w.netlink);
	settings_free(s);
	return status;
}
