/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * accept = false: keeps the packet filter as the settings want it. It is made at the load, made anew where a reload changes it, put back
 * where somebody removes it (who loads a set of rules of his own often flushes all others), and removed at a clean end. A successor finds
 * it and makes it anew, in one step with the removal of the old one. The kernel being unable is told, and tried again.
 */
#include "protocol.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/history.h"
#include "log.h"
#include "loop.h"

enum {
	RETRY_FIRST_MS = 1000, /* twice as long each time */
	RETRY_MAX_MS = 60000,
	LOST_PAUSE_MS = 1000, /* somebody removes it as often as it is put back */
};

/* The addresses of one instance; RFC 9568 section 6.1: who owns them always accepts. */
static bool refuses(const struct instance_settings *set)
{
	return !set->accept && set->priority != PRIORITY_OWNER;
}

static int compare(const void *a, const void *b)
{
	return ip_compare(*(const struct ip_addr *)a, *(const struct ip_addr *)b);
}

/* In order, each once: how many are left. */
static uint32_t put_in_order(struct ip_addr *addresses, uint32_t count)
{
	uint32_t kept = 0;

	qsort(addresses, count, sizeof(*addresses), compare);
	for (uint32_t i = 0; i < count; i++) {
		if (kept == 0 || !ip_equal(addresses[kept - 1], addresses[i]))
			addresses[kept++] = addresses[i];
	}
	return kept;
}

static void copy_addresses(const struct settings *s, struct range range, struct ip_addr *to,
			   uint32_t *count)
{
	for (uint32_t i = range.first; i < range.first + range.count; i++)
		to[(*count)++] = s->vips[i].addr;
}

/* The addresses of which no packets are accepted, in order: their number; free(*ret). -ENOMEM without memory. */
static int wanted_addresses(const struct settings *s, struct ip_addr **ret, uint32_t *ret_count)
{
	struct ip_addr *all = calloc(s->vip_count + 1, sizeof(*all));
	uint32_t count = 0;

	if (!all)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->instance_count; i++) {
		const struct instance_settings *set = &s->instances[i];

		if (!refuses(set))
			continue;
		for (int f = 0; f < FAMILY_COUNT; f++)
			copy_addresses(s, set->addresses[f], all, &count);
		copy_addresses(s, set->extra, all, &count);
	}
	*ret = all;
	*ret_count = put_in_order(all, count);
	return 0;
}

/* Those of a that b does not have, both in order: how many. */
static uint32_t missing(const struct ip_addr *a, uint32_t a_count, const struct ip_addr *b,
			uint32_t b_count, struct ip_addr *to)
{
	uint32_t count = 0, k = 0;

	for (uint32_t i = 0; i < a_count; i++) {
		while (k < b_count && ip_compare(b[k], a[i]) < 0)
			k++;
		if (k == b_count || !ip_equal(b[k], a[i]))
			to[count++] = a[i];
	}
	return count;
}

static void tell(struct protocol *p, enum filter_event what, int error, const char *why)
{
	struct history_event e = {
		.kind = HISTORY_FILTER,
		.at = clock_now(),
		.wall_us = clock_wall_us(),
		.code = (int32_t)what,
		.error = error,
	};

	snprintf(e.text, sizeof(e.text), "%s", why);
	history_append(engine_history(p->run.engine), &e);
}

static void try_again(struct protocol *p, int64_t ms)
{
	struct timeval pause = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	if (p->filter.again)
		event_add(p->filter.again, &pause);
}

/* It could not be had: told the first time and whenever it is tried in vain again, which is once a minute in the long run. */
static void fail(struct protocol *p, int error, const char *why)
{
	int64_t ms = RETRY_FIRST_MS;

	for (uint32_t i = 0; i < p->filter.failures && ms < RETRY_MAX_MS; i++)
		ms *= 2;
	p->filter.failures++;
	tell(p, FILTER_FAILED, -error, why);
	try_again(p, ms < RETRY_MAX_MS ? ms : RETRY_MAX_MS);
}

/* The socket, once it is needed. 0 or -errno. */
static int open_socket(struct protocol *p, const char **ret_what);

static void keep(struct protocol *p, struct ip_addr *addresses, uint32_t count)
{
	free(p->filter.addresses);
	p->filter.addresses = addresses;
	p->filter.count = count;
}

static bool is_kept(const struct protocol *p, const struct ip_addr *addresses, uint32_t count)
{
	if (!p->filter.in_force || p->filter.count != count)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		if (!ip_equal(p->filter.addresses[i], addresses[i]))
			return false;
	}
	return true;
}

/* From the table that is in force to this one: only what differs. -ENOMEM without memory, and others. */
static int change(struct protocol *p, const struct ip_addr *addresses, uint32_t count,
		  char why[static FILTER_WHY_MAX])
{
	const struct ip_addr *old = p->filter.addresses;
	uint32_t old_count = p->filter.count;
	struct ip_addr *come = calloc((size_t)count + old_count, sizeof(*come));
	struct ip_addr *gone = come ? come + count : NULL;
	int status;

	if (!come)
		return -ENOMEM;
	status = io_filter_change(p->filter.io, come,
				  missing(addresses, count, old, old_count, come), gone,
				  missing(old, old_count, addresses, count, gone), why);
	free(come);
	return status;
}

/* As the addresses want it: 0, or -errno and why. */
static int put_in_place(struct protocol *p, const struct ip_addr *addresses, uint32_t count,
			char why[static FILTER_WHY_MAX])
{
	const char *what = "";
	int status = open_socket(p, &what);

	if (status != 0) {
		snprintf(why, FILTER_WHY_MAX, "%s: %s", what, strerror(-status));
		/* Where there is no such thing nothing is in force either. */
		return count == 0 ? 0 : status;
	}
	if (count == 0)
		return io_filter_remove(p->filter.io, why);
	if (p->filter.in_force && p->filter.count != 0 && change(p, addresses, count, why) == 0)
		return 0;
	return io_filter_replace(p->filter.io, addresses, count, why);
}

void protocol_filter(struct protocol *p)
{
	char why[FILTER_WHY_MAX] = "";
	struct ip_addr *addresses = NULL;
	uint32_t count = 0;
	int status = wanted_addresses(p->run.settings, &addresses, &count);

	if (status == 0 && is_kept(p, addresses, count)) {
		free(addresses);
		return;
	}
	if (status == 0)
		status = put_in_place(p, addresses, count, why);
	else
		snprintf(why, sizeof(why), "%s", strerror(-status));
	if (status != 0) {
		free(addresses);
		p->filter.in_force = false;
		fail(p, status, why);
		return;
	}
	if (p->filter.failures != 0)
		tell(p, FILTER_RECOVERED, 0, "");
	p->filter.failures = 0;
	p->filter.in_force = true;
	keep(p, addresses, count);
}

/* ---- what others do to it ---- */

static void put_back(struct protocol *p)
{
	struct instant now = clock_now();
	bool again = !instant_is_never(p->filter.lost_at) &&
		     instant_diff(now, p->filter.lost_at).us < span_ms(LOST_PAUSE_MS).us;

	/* An empty one is no loss. */
	if (!p->filter.in_force || p->filter.count == 0)
		return;
	p->filter.in_force = false;
	if (again) {
		try_again(p, LOST_PAUSE_MS);
		return;
	}
	p->filter.lost_at = now;
	protocol_filter(p);
	if (p->filter.in_force)
		tell(p, FILTER_RESTORED, 0, "");
}

static void on_filter(evutil_socket_t fd, short what, void *ctx)
{
	struct protocol *p = ctx;

	(void)fd;
	(void)what;
	if (io_filter_readable(p->filter.io))
		put_back(p);
	protocol_settle(p);
}

static void on_again(evutil_socket_t fd, short what, void *ctx)
{
	struct protocol *p = ctx;
	bool was_lost = p->filter.failures == 0 && !p->filter.in_force;

	(void)fd;
	(void)what;
	protocol_filter(p);
	if (was_lost && p->filter.in_force)
		tell(p, FILTER_RESTORED, 0, "");
	protocol_settle(p);
}

/* ---- start and end ---- */

static int open_socket(struct protocol *p, const char **ret_what)
{
	int status;

	if (p->filter.io)
		return 0;
	status = io_filter_open(&p->filter.io, p->filter.table, ret_what);
	if (status != 0)
		return status;
	p->filter.readable = loop_watch(p->base, io_filter_fd(p->filter.io), on_filter, p);
	if (p->filter.readable)
		return 0;
	*ret_what = "the packet filter's socket cannot be watched";
	io_filter_close(p->filter.io);
	p->filter.io = NULL;
	return -ENOMEM;
}

/* A table of ours would go on dropping packets for ever after its daemon was killed. */
static void remove_others(struct protocol *p)
{
	char why[FILTER_WHY_MAX] = "";
	int count = p->filter.io && p->alone ? io_filter_remove_others(p->filter.io, why) : 0;

	if (count < 0)
		log_line(LOG_LEVEL_INFO, "packet filters left behind are not looked for: %s", why);
	else if (count > 0)
		log_line(LOG_LEVEL_NOTICE,
			 "packet filters left behind by other daemons: %d removed", count);
}

void protocol_start_filter(struct protocol *p)
{
	p->filter.lost_at = INSTANT_NEVER;
	p->filter.again = evtimer_new(p->base, on_again, p);
	protocol_filter(p);
	remove_others(p);
}

bool protocol_remove_filter(struct protocol *p)
{
	char why[FILTER_WHY_MAX] = "";
	const char *what = "";
	int status = open_socket(p, &what);

	/* A kernel without netfilter has none to be removed. */
	if (status == -EPROTONOSUPPORT || !p->filter.again)
		return true;
	if (status != 0)
		snprintf(why, sizeof(why), "%s: %s", what, strerror(-status));
	else if (io_filter_remove(p->filter.io, why) == 0)
		return true;
	log_line(LOG_LEVEL_ERROR, "the packet filter of accept = false cannot be removed: %s", why);
	return false;
}

void protocol_end_filter(struct protocol *p)
{
	loop_forget(&p->filter.readable);
	loop_forget(&p->filter.again);
	io_filter_close(p->filter.io);
	free(p->filter.addresses);
	p->filter = (struct protocol_filter){ .io = NULL };
}
