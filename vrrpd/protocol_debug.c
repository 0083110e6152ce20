/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an engineer wants to see line by line, at log-level debug: each advertisement that came or went with the timer it left behind, each
 * change asked of the kernel and its answer, each result of what is tracked. Nothing here is called, nor anything found out for it,
 * while nobody listens at that level.
 */
#include "protocol.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "view/view.h"

enum {
	TIMER_TEXT_MAX = VIEW_DURATION_TEXT_MAX + 48,
};

/* "BACKUP, master down timer 3.609s", as it runs from now on. */
static const char *timer_text(const struct protocol *p, uint32_t vrouter,
			      char buf[static TIMER_TEXT_MAX])
{
	char duration[VIEW_DURATION_TEXT_MAX];
	struct snapshot s;

	engine_snapshot(p->run.engine, vrouter, clock_now(), &s);
	if (s.advert_left.us >= 0)
		snprintf(buf, TIMER_TEXT_MAX, "%s, next advertisement in %s",
			 vrouter_state_name(s.state), view_duration_text(s.advert_left, duration));
	else if (s.master_down_left.us >= 0)
		snprintf(buf, TIMER_TEXT_MAX, "%s, master down timer %s",
			 vrouter_state_name(s.state),
			 view_duration_text(s.master_down_left, duration));
	else
		snprintf(buf, TIMER_TEXT_MAX, "%s, no timer", vrouter_state_name(s.state));
	return buf;
}

void debug_receive(struct protocol *p, const struct event_advert *in, struct received *ret)
{
	*ret = (struct received){ .in = in };
	ret->refusal = engine_judge(p->run.engine, in, &ret->vrouter);
}

void debug_received(struct protocol *p, const struct received *r)
{
	const struct event_advert *in = r->in;
	char src[IP_TEXT_MAX], interval[VIEW_DURATION_TEXT_MAX], timer[TIMER_TEXT_MAX];

	ip_text(in->src, src);
	if (r->vrouter == UINT32_MAX)
		log_line(LOG_LEVEL_DEBUG,
			 "advertisement from %s on interface %" PRId32 ", VRID %u, refused: %s",
			 src, in->ifindex, in->advert ? in->advert->vrid : in->vrid,
			 refusal_text(r->refusal));
	else if (r->refusal != REFUSAL_NONE)
		log_line(LOG_LEVEL_DEBUG, "%s: advertisement from %s refused: %s",
			 engine_name(p->run.engine, r->vrouter), src, refusal_text(r->refusal));
	else
		log_line(
			LOG_LEVEL_DEBUG,
			"%s: advertisement from %s accepted: priority %u, every %s, %u addresses; %s",
			engine_name(p->run.engine, r->vrouter), src, in->advert->priority,
			view_duration_text(in->advert->interval, interval), in->advert->count,
			timer_text(p, r->vrouter, timer));
}

/* Where an address goes, by name: "192.0.2.10/24 dev eth0". */
static void print_place(const struct protocol *p, int32_t ifindex, struct ip_addr addr,
			uint8_t prefix_len, char *buf, size_t cap)
{
	const struct event_link *link;
	char text[IP_PREFIX_TEXT_MAX];

	ip_prefix_text(addr, prefix_len, text);
	for (uint32_t i = 0; (link = engine_interface(p->run.engine, i)); i++) {
		if (link->ifindex == ifindex) {
			snprintf(buf, cap, "%s dev %s", text, link->name);
			return;
		}
	}
	snprintf(buf, cap, "%s on interface %" PRId32, text, ifindex);
}

static const char *link_op_text(enum link_op op)
{
	switch (op) {
	case LINK_LEAVE:
		return "leave alone";
	case LINK_MAKE:
		return "make";
	case LINK_RAISE:
		return "raise";
	case LINK_LOWER:
		return "lower";
	case LINK_REMOVE:
		return "remove";
	}
	return "?";
}

void debug_action(const struct protocol *p, const struct action *action)
{
	const char *name = action->vrouter != UINT32_MAX
				   ? engine_name(p->run.engine, action->vrouter)
				   : "a leftover";
	char place[IP_PREFIX_TEXT_MAX + IFNAME_MAX_LEN + 32], timer[TIMER_TEXT_MAX];
	char routing[ROUTING_TEXT_MAX];

	switch (action->kind) {
	case ACTION_ADVERTISE:
		log_line(LOG_LEVEL_DEBUG, "%s: advertisement sent: priority %u; %s", name,
			 action->priority, timer_text(p, action->vrouter, timer));
		return;
	case ACTION_ADD_ADDRESS:
	case ACTION_REMOVE_ADDRESS:
		print_place(p, action->ifindex, action->vip->addr, action->vip->prefix_len, place,
			    sizeof(place));
		log_line(LOG_LEVEL_DEBUG, "%s: the kernel is asked to %s %s", name,
			 action->kind == ACTION_ADD_ADDRESS ? "add" : "remove", place);
		return;
	case ACTION_ADD_ROUTING:
	case ACTION_REPLACE_ROUTING:
	case ACTION_REMOVE_ROUTING:
		log_line(LOG_LEVEL_DEBUG, "the kernel is asked to %s %s %s",
			 action->kind == ACTION_ADD_ROUTING       ? "add"
			 : action->kind == ACTION_REPLACE_ROUTING ? "replace"
								  : "remove",
			 routing_kind_name((enum routing_kind)action->routing->kind),
			 routing_text(action->routing, routing));
		return;
	case ACTION_LINK:
		log_line(LOG_LEVEL_DEBUG, "%s: the kernel is asked to %s link %s", name,
			 link_op_text(action->link.op), action->link.name);
		return;
	case ACTION_ANNOUNCE:
		print_place(p, action->ifindex, action->vip->addr, action->vip->prefix_len, place,
			    sizeof(place));
		log_line(LOG_LEVEL_DEBUG, "%s: %s is announced", name, place);
		return;
	case ACTION_SAVE:
	case ACTION_STATE:
	case ACTION_HOOKS:
	case ACTION_IDENTIFY:
		return; /* told by what they lead to */
	}
}

void debug_address_done(const struct protocol *p, const struct event_address *answer)
{
	char place[IP_PREFIX_TEXT_MAX + IFNAME_MAX_LEN + 32];

	print_place(p, answer->ifindex, answer->addr, answer->prefix_len, place, sizeof(place));
	if (answer->error != 0)
		log_line(LOG_LEVEL_DEBUG, "the kernel does not %s %s: %s",
			 answer->add ? "add" : "remove", place, strerror(answer->error));
	else
		log_line(LOG_LEVEL_DEBUG, "the kernel has %s %s", answer->add ? "added" : "removed",
			 place);
}

void debug_link(const struct event_link *link)
{
	char v4[IP_TEXT_MAX], v6[IP_TEXT_MAX];

	if (link->ifindex == 0)
		log_line(LOG_LEVEL_DEBUG, "interface %s does not exist", link->name);
	else
		log_line(LOG_LEVEL_DEBUG,
			 "interface %s has index %" PRId32 ", is %s, sends from %s and %s",
			 link->name, link->ifindex, link->up ? "up" : "down",
			 ip_is_set(link->source[FAMILY_V4]) ? ip_text(link->source[FAMILY_V4], v4)
							    : "no IPv4 address",
			 ip_is_set(link->source[FAMILY_V6]) ? ip_text(link->source[FAMILY_V6], v6)
							    : "no IPv6 address");
}

void debug_check(enum check_kind kind, const char *name, int32_t value, const char *why)
{
	/* Of each run of a script the runner tells. */
	if (kind != CHECK_SCRIPT)
		log_line(LOG_LEVEL_DEBUG, "%s %s: now %" PRId32 "%s%s", check_kind_name(kind), name,
			 value, why && why[0] != '\0' ? ": " : "", why ? why : "");
}
