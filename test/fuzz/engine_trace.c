/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The story of one input in lines: events going in (>), actions coming out (<), what the history tells (#). Times are in seconds since
 * the beginning.
 */
#include <stdio.h>
#include <stdlib.h>

#include "engine_world.h"

static bool wanted(void)
{
	static int decided = -1;

	if (decided < 0)
		decided = getenv("FUZZ_TRACE") != NULL;
	return decided;
}

static double seconds(const struct world *w)
{
	return (double)w->now.us / 1e6 - 1000;
}

static const char *event_name(enum event_kind kind)
{
	static const char *const names[EVENT_KIND_COUNT_] = {
		[EVENT_START] = "start",         [EVENT_TICK] = "tick",
		[EVENT_ADVERT] = "advert",       [EVENT_REFUSED] = "refused",
		[EVENT_LINK] = "link",           [EVENT_ADDRESS] = "address",
		[EVENT_ADDRESS_DONE] = "answer", [EVENT_SEND_FAILED] = "send failed",
		[EVENT_ANNOUNCE] = "announce",   [EVENT_STOP] = "stop",
		[EVENT_CHECK] = "check",         [EVENT_FORCE] = "force",
		[EVENT_HOOK_RESULT] = "hook",    [EVENT_HOOKS_DONE] = "hooks done",
		[EVENT_CLAIM] = "claim",         [EVENT_ROUTING] = "routing",
		[EVENT_ROUTING_AGAIN] = "again", [EVENT_ROUTING_DONE] = "routing done",
		[EVENT_HANDOVER] = "handover",   [EVENT_LINK_DONE] = "link done",
	};

	return names[kind];
}

static void tell_address(const struct event_address *a)
{
	char text[IP_PREFIX_TEXT_MAX];

	fprintf(stderr, " %s on %d:", ip_prefix_text(a->addr, a->prefix_len, text), a->ifindex);
}

static void tell_details(const struct event *event)
{
	char text[IP_TEXT_MAX];

	switch (event->kind) {
	case EVENT_ADVERT:
		fprintf(stderr, " on %d: vrid %u priority %u from %s", event->advert.ifindex,
			event->advert.advert->vrid, event->advert.advert->priority,
			ip_text(event->advert.src, text));
		break;
	case EVENT_LINK:
		fprintf(stderr, " %s: %d %s", event->link.name, event->link.ifindex,
			event->link.up ? "up" : "down");
		break;
	case EVENT_ADDRESS:
		tell_address(&event->address);
		fprintf(stderr, " %s%s", event->address.present ? "present" : "absent",
			event->address.ours ? ", ours" : "");
		break;
	case EVENT_ADDRESS_DONE:
		tell_address(&event->address);
		fprintf(stderr, " %s, error %d", event->address.add ? "added" : "removed",
			event->address.error);
		break;
	case EVENT_START:
	case EVENT_TICK:
	case EVENT_REFUSED:
	case EVENT_SEND_FAILED:
	case EVENT_CHECK:
		fprintf(stderr, " %u: %lld", event->check.check, (long long)event->check.value);
		break;
	case EVENT_FORCE:
		fprintf(stderr, " instance %u to %d", event->force.instance, (int)event->force.to);
		break;
	case EVENT_CLAIM:
	case EVENT_LINK_DONE:
	case EVENT_ANNOUNCE:
	case EVENT_HOOK_RESULT:
	case EVENT_HOOKS_DONE:
	case EVENT_ROUTING:
	case EVENT_ROUTING_AGAIN:
	case EVENT_ROUTING_DONE:
	case EVENT_STOP:
	case EVENT_HANDOVER:
	case EVENT_KIND_COUNT_:
		break;
	}
}

void trace_event(const struct world *w, const struct event *event)
{
	if (!wanted())
		return;
	fprintf(stderr, "%.6f > %s", seconds(w), event_name(event->kind));
	tell_details(event);
	fputc('\n', stderr);
}

void trace_action(const struct world *w, const struct action *a)
{
	static const char *const names[] = {
		[ACTION_ADVERTISE] = "advertise",
		[ACTION_SAVE] = "save",
		[ACTION_ADD_ADDRESS] = "add",
		[ACTION_REMOVE_ADDRESS] = "remove",
		[ACTION_LINK] = "link",
		[ACTION_ADD_ROUTING] = "add-routing",
		[ACTION_REPLACE_ROUTING] = "replace-routing",
		[ACTION_REMOVE_ROUTING] = "remove-routing",
		[ACTION_ANNOUNCE] = "announce",
		[ACTION_STATE] = "state",
		[ACTION_HOOKS] = "hooks",
		[ACTION_IDENTIFY] = "identify",
	};
	char text[IP_PREFIX_TEXT_MAX];

	if (!wanted())
		return;
	fprintf(stderr, "%.6f   < %s %d", seconds(w), names[a->kind], (int)a->vrouter);
	if (a->kind == ACTION_STATE || a->kind == ACTION_HOOKS)
		fprintf(stderr, " of notifier %u", a->notifier);
	if (a->kind == ACTION_ADVERTISE)
		fprintf(stderr, " with priority %u", a->priority);
	if (a->vip)
		fprintf(stderr, " %s on %d", ip_prefix_text(a->vip->addr, a->vip->prefix_len, text),
			a->ifindex);
	fputc('\n', stderr);
}

void trace_history(const struct history_event *e)
{
	char text[512];

	if (wanted())
		fprintf(stderr, "  # %s: %s\n", e->instance, history_text(e, text, sizeof(text)));
}

void trace_entry(const struct world *w, const struct entry *e)
{
	char text[IP_PREFIX_TEXT_MAX];

	if (wanted())
		fprintf(stderr, "%.6f ours: %s on %d\n", seconds(w),
			ip_prefix_text(e->vip.addr, e->vip.prefix_len, text), e->ifindex);
}

void trace_note(const struct world *w, const char *what)
{
	if (wanted())
		fprintf(stderr, "%.6f %s\n", seconds(w), what);
}
