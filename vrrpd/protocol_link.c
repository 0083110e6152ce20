/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The links of virtual MACs, between the engine that wants them and the kernel that has them; and what their parents must keep from saying
 * meanwhile.
 */
#include "protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "link_note.h"
#include "log.h"

/*
 * The parent hears every question for the virtual addresses too, and would answer it with its own MAC; and it would name them when it asks for
 * others. Only IPv4: neighbour discovery keeps to the interface that has the address.
 */
static void quieten_parent(struct protocol *p, const struct action *action)
{
	int32_t parent = action->link.parent;
	int status = io_devconf_raise(p->devconf, parent, DEVCONF_ARP_IGNORE, 1);

	if (status == 0)
		status = io_devconf_raise(p->devconf, parent, DEVCONF_ARP_ANNOUNCE, 2);
	if (status != 0 && status != -ENODEV)
		log_line(LOG_LEVEL_WARNING,
			 "%s: arp_ignore and arp_announce of its parent cannot be set, so that ARP "
			 "for the virtual addresses is answered with the parent's own MAC too: %s",
			 action->link.name, strerror(-status));
}

void protocol_change_link(struct protocol *p, const struct action *action)
{
	char note[LINK_ALIAS_MAX + 1] = "";
	struct link_change change = {
		.op = action->link.op,
		.name = action->link.name,
		.ifindex = action->ifindex,
		.parent = action->link.parent,
		.mac = action->mac,
		.alias = note,
	};
	int status;

	/* What was handed out before this leaves before it: a last word through the link, for one. */
	io_vrrp_flush(p->vrrp);
	if (change.op == LINK_MAKE && action->link.family == IP_V4)
		quieten_parent(p, action);
	if (change.op == LINK_MAKE)
		link_note_write(p->devconf, change.parent, note);
	status = io_netlink_change_link(p->netlink, &change);
	if (status != 0 && p->link_failure_count < ENGINE_LINKS_MAX) {
		struct event_link_done *failed = &p->link_failures[p->link_failure_count++];

		*failed = (struct event_link_done){ .op = change.op, .error = -status };
		snprintf(failed->name, sizeof(failed->name), "%s", change.name);
	}
}

void protocol_report_links(struct protocol *p)
{
	uint32_t count = p->link_failure_count;
	struct event_link_done failed[ENGINE_LINKS_MAX];

	memcpy(failed, p->link_failures, count * sizeof(*failed));
	p->link_failure_count = 0;
	for (uint32_t i = 0; i < count; i++)
		protocol_step(p,
			      &(struct event){ .kind = EVENT_LINK_DONE, .link_done = failed[i] });
}

/* What netlink has no setting for. Best effort: /proc/sys may be read-only. */
static void set_ipv6(const char *name, const char *key)
{
	char path[64 + IFNAME_MAX_LEN];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", name, key);
	/* Just so, and no other way: see sandbox_calls.c. */
	fd = openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!write(fd, "0", 1);
	close(fd);
}

/*
 * A link is as the host wants new ones, which may be without IPv6; one of IPv4 may get such addresses as well, as extra ones. Once for all
 * that are added to it in a row.
 */
void protocol_prepare_link(struct protocol *p, const struct action *action)
{
	const char *name;

	if (action->vip->addr.family != IP_V6 || action->ifindex == p->has_ipv6)
		return;
	p->has_ipv6 = action->ifindex;
	name = io_netlink_link_name(p->netlink, action->ifindex);
	if (name)
		set_ipv6(name, "disable_ipv6");
}

static bool is_parent(void *ctx, int32_t ifindex)
{
	const struct protocol *p = ctx;
	const struct event_link *link;

	for (uint32_t i = 0; (link = engine_interface(p->run.engine, i)); i++) {
		if (link->ours && link->parent == ifindex)
			return true;
	}
	return false;
}

/* A link has gone: with the last one of a parent it speaks for itself again. */
static void release_parents(struct protocol *p)
{
	io_devconf_sweep(p->devconf, DEVCONF_ARP_IGNORE, is_parent, p);
	io_devconf_sweep(p->devconf, DEVCONF_ARP_ANNOUNCE, is_parent, p);
}

void protocol_link_done(struct protocol *p, const struct event_link_done *done, const char *why)
{
	if (done->error != 0 && why[0] != '\0')
		log_line(LOG_LEVEL_INFO, "%s: the kernel says: %s", done->name, why);
	/* Routers on the segment are its parent's business: no address and no route is to be learnt through the virtual MAC. */
	if (done->op == LINK_MAKE && done->error == 0)
		set_ipv6(done->name, "accept_ra");
	protocol_step(p, &(struct event){ .kind = EVENT_LINK_DONE, .link_done = *done });
	if (done->op == LINK_REMOVE)
		release_parents(p);
}

static void recall_note(void *ctx, int32_t ifindex, const char *name, int32_t parent,
			const char *alias)
{
	struct protocol *p = ctx;

	(void)ifindex;
	if (p->alone || engine_uses_interface(p->run.engine, name))
		link_note_recall(p->devconf, parent, alias);
}

void protocol_recall_links(struct protocol *p)
{
	io_netlink_for_each_link(p->netlink, recall_note, p);
}

/* A successor finds the links as they are, with their notes: their parents are to stay quiet until then. */
void protocol_leave_links(struct protocol *p)
{
	io_devconf_leave(p->devconf, DEVCONF_ARP_IGNORE);
	io_devconf_leave(p->devconf, DEVCONF_ARP_ANNOUNCE);
}
