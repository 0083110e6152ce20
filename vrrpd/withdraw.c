/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last resort: no protocol process can be had, so the supervisor, with nothing of it but the netlink adapter, takes every
 * address of ours off the configured interfaces. Better no master here than one that cannot hold it. It does so itself, because
 * where processes keep dying or cannot be started another one would fare no better; and it may wait, because nothing else is left
 * to be done.
 */
#include "supervisor.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/virtual_link.h"
#include "io_devconf.h"
#include "io_filter.h"
#include "io_netlink.h"
#include "link_note.h"
#include "log.h"

enum {
	WITHDRAW_WAIT_MS = 1000, /* for the kernel's next answer, which comes at once if ever */
	WITHDRAW_TRIES = 5,
	WITHDRAW_PAUSE_MS = 200,
};

struct withdrawal {
	struct io_netlink *netlink;
	const struct settings *settings;
	struct io_devconf *devconf; /* NULL: parents of links stay as they are */
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

static void ignore_duplicate(void *ctx, const char *name, struct ip_addr addr)
{
	(void)ctx;
	(void)name;
	(void)addr;
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

static void link_done(void *ctx, const struct event_link_done *answer, const char *why)
{
	struct withdrawal *w = ctx;

	w->answered++;
	if (answer->error == 0)
		return;
	w->failed++;
	log_line(LOG_LEVEL_ERROR, "link %s cannot be removed: %s %s", answer->name,
		 strerror(answer->error), why);
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

/* One of ours, not of another daemon that lives beside us. */
static bool is_configured(const struct settings *s, const struct vip *vip)
{
	for (uint32_t i = 0; i < s->vip_count; i++) {
		if (ip_equal(s->vips[i].addr, vip->addr) &&
		    s->vips[i].prefix_len == vip->prefix_len)
			return true;
	}
	return false;
}

static void remove_one(void *ctx, int32_t ifindex, const char *name, const struct vip *vip)
{
	struct withdrawal *w = ctx;

	if (!uses(ctx, name) || !is_configured(w->settings, vip) ||
	    w->asked - w->answered >= NETLINK_IN_FLIGHT_MAX)
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

/* One of ours, not of another daemon that lives beside us: by its name. */
static bool is_configured_link(const struct settings *s, int32_t parent, const char *name)
{
	static const enum ip_family families[FAMILY_COUNT] = { IP_V4, IP_V6 };
	char expected[IFNAME_MAX_LEN + 1];

	for (uint32_t i = 0; i < s->instance_count; i++) {
		const struct instance_settings *set = &s->instances[i];

		for (int f = 0; f < FAMILY_COUNT; f++) {
			if (set->virtual_mac && set->addresses[f].count != 0 &&
			    virtual_link_name(families[f], parent, set->vrid, expected) &&
			    strcmp(expected, name) == 0)
				return true;
		}
	}
	return false;
}

/* Links that are to be removed, noted before any is: the list they stand in does not bear it meanwhile. */
struct link_list {
	const struct settings *settings;
	struct io_devconf *devconf;
	struct {
		int32_t ifindex;
		char name[IFNAME_MAX_LEN + 1];
	} links[NETLINK_LINKS_MAX];
	uint32_t count;
};

static void note_link(void *ctx, int32_t ifindex, const char *name, int32_t parent,
		      const char *alias)
{
	struct link_list *list = ctx;

	if (list->count == NETLINK_LINKS_MAX || !is_configured_link(list->settings, parent, name))
		return;
	list->links[list->count].ifindex = ifindex;
	snprintf(list->links[list->count++].name, sizeof(list->links->name), "%s", name);
	if (list->devconf)
		link_note_recall(list->devconf, parent, alias);
}

static void ask_for_links(struct withdrawal *w)
{
	struct link_list list = { .settings = w->settings, .devconf = w->devconf };

	io_netlink_for_each_link(w->netlink, note_link, &list);
	for (uint32_t i = 0; i < list.count; i++) {
		struct link_change remove = {
			.op = LINK_REMOVE,
			.name = list.links[i].name,
			.ifindex = list.links[i].ifindex,
		};

		w->asked += io_netlink_change_link(w->netlink, &remove) == 0;
	}
}

static void ask_for_addresses(struct withdrawal *w)
{
	io_netlink_for_each_tagged(w->netlink, remove_one, w);
}

/* In rounds of as many as may be under way, until a round finds none. */
static bool remove_all(struct withdrawal *w, void (*ask)(struct withdrawal *w))
{
	uint32_t before;

	do {
		before = w->asked;
		ask(w);
		if (io_netlink_flush(w->netlink) != 0 || !wait_for(w, is_answered))
			return false;
	} while (w->asked != before && w->failed == 0);
	return w->failed == 0;
}

/* The links of virtual MACs first: their addresses go with them. */
static bool withdraw_all(struct withdrawal *w)
{
	return wait_for(w, is_synced) && remove_all(w, ask_for_links) &&
	       remove_all(w, ask_for_addresses);
}

/* 0, -errno with what is missing in *ret_what, or -EBUSY: some addresses are still there. */
static int try_to_withdraw(const struct settings *s, uint32_t *ret_count, const char **ret_what)
{
	struct withdrawal w = { .settings = s };
	struct io_netlink_handler handler = {
		.ctx = &w,
		.uses = uses,
		.is_vip = is_vip,
		.link = ignore_link,
		.address = ignore_address,
		.duplicate = ignore_duplicate,
		.address_done = address_done,
		.link_done = link_done,
		.synced = synced,
		.settled = ignore_settled,
		.trouble = trouble,
	};
	int status = io_netlink_open(&w.netlink, &handler, ret_what);

	if (status == 0 && io_devconf_open(&w.devconf, ret_what) != 0)
		w.devconf = NULL;
	if (status == 0 && !withdraw_all(&w)) {
		*ret_what = "not every address could be removed";
		status = -EBUSY;
	}
	*ret_count += w.answered - w.failed;
	io_netlink_close(w.netlink);
	io_devconf_close(w.devconf);
	return status;
}

/* When the addresses have gone: the packet filter that kept them from being accepted. */
static int remove_filter(const char *table)
{
	struct io_filter *filter = NULL;
	char why[FILTER_WHY_MAX] = "";
	const char *what = "";
	int status = io_filter_open(&filter, table, &what);

	/* Where the kernel has no such thing there is nothing to be removed. */
	if (status != 0)
		return status == -EPROTONOSUPPORT ? 0 : status;
	status = io_filter_remove(filter, why);
	if (status != 0)
		log_line(LOG_LEVEL_ERROR, "withdrawing: %s", why);
	io_filter_close(filter);
	return status;
}

int withdraw_addresses(const struct settings *s, const char *filter_table)
{
	static const struct timespec pause = { .tv_nsec = WITHDRAW_PAUSE_MS * 1000000L };
	const char *what = "";
	uint32_t count = 0;
	int status = -EBUSY;

	for (int i = 0; i < WITHDRAW_TRIES && status != 0; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		status = try_to_withdraw(s, &count, &what);
		if (status == 0)
			status = withdraw_routings(s, &what);
		if (status == 0) {
			what = "the packet filter of accept = false";
			status = remove_filter(filter_table);
		}
		if (status != 0)
			log_line(LOG_LEVEL_ERROR, "withdrawing: %s: %s", what, strerror(-status));
	}
	if (status == 0)
		log_line(LOG_LEVEL_NOTICE, "%u virtual addresses withdrawn", count);
	return status;
}
