/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring of events and what a person reads of each. The texts stand here and nowhere else: the log, `vrrpctl events` and the hooks'
 * reason say the same words.
 */
#include "core/history.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/event.h"
#include "core/settings.h"
#include "wire/advert.h"

const char *vrouter_state_name(enum vrouter_state s)
{
	switch (s) {
	case VROUTER_INIT:
		return "INIT";
	case VROUTER_BACKUP:
		return "BACKUP";
	case VROUTER_MASTER:
		return "MASTER";
	case VROUTER_FAULT:
		return "FAULT";
	}
	return "?";
}

const char *reason_text(enum reason r)
{
	static const char *const texts[REASON_COUNT_] = {
#define REASON_TEXT(upper, text) [REASON_##upper] = text,
		REASONS(REASON_TEXT)
#undef REASON_TEXT
	};

	return texts[r];
}

const char *reason_told(enum reason r, const char *cause, char buf[static REASON_TOLD_MAX])
{
	if (cause[0] != '\0')
		snprintf(buf, REASON_TOLD_MAX, "%s (%s)", reason_text(r), cause);
	else
		snprintf(buf, REASON_TOLD_MAX, "%s", reason_text(r));
	return buf;
}

const char *history_kind_name(enum history_kind k)
{
	switch (k) {
	case HISTORY_STATE:
		return "state";
	case HISTORY_PRIORITY:
		return "priority";
	case HISTORY_MASTER:
		return "master";
	case HISTORY_REFUSED:
		return "advert";
	case HISTORY_CONFLICT:
		return "conflict";
	case HISTORY_ADDRESS:
		return "address";
	case HISTORY_LINK:
		return "link";
	case HISTORY_ANNOUNCE:
		return "announce";
	case HISTORY_RELOAD:
		return "reload";
	case HISTORY_LATE:
		return "late";
	case HISTORY_TRACK:
		return "track";
	case HISTORY_FORCE:
		return "force";
	case HISTORY_HOOK:
		return "hook";
	case HISTORY_SEND:
		return "send";
	case HISTORY_FILTER:
		return "filter";
	case HISTORY_UPGRADE:
		return "upgrade";
	case HISTORY_ROUTING:
		return "routing";
	case HISTORY_KIND_COUNT_:
		break;
	}
	return "?";
}

void history_init(struct history *h, struct history_event *events, uint32_t cap)
{
	*h = (struct history){ .events = events, .cap = cap, .first_seq = 1, .next_seq = 1 };
}

void history_append(struct history *h, const struct history_event *e)
{
	struct history_event *place = &h->events[h->next_seq % h->cap];

	*place = *e;
	place->seq = h->next_seq++;
}

void history_restore(struct history *h, const struct history_event *e)
{
	if (e->seq < h->next_seq)
		return;
	if (e->seq > h->next_seq)
		h->first_seq = h->next_seq = e->seq;
	history_append(h, e);
}

void history_copy(struct history *h, const struct history *from)
{
	/* Event n lies at n % cap: while the ring is not full, the rest of it says nothing. */
	uint64_t used = from->next_seq < from->cap ? from->next_seq : from->cap;

	memcpy(h->events, from->events, used * sizeof(*from->events));
	h->first_seq = from->first_seq;
	h->next_seq = from->next_seq;
}

/* The oldest sequence number that has not been overwritten. */
static uint64_t oldest_seq(const struct history *h)
{
	uint64_t kept = h->next_seq > h->cap ? h->next_seq - h->cap : 1;

	return kept > h->first_seq ? kept : h->first_seq;
}

const struct history_event *history_read(const struct history *h, uint64_t *seq, uint64_t *ret_lost)
{
	uint64_t lost = 0;

	if (*seq < oldest_seq(h)) {
		lost = oldest_seq(h) - *seq;
		*seq = oldest_seq(h);
	}
	if (ret_lost)
		*ret_lost = lost;
	if (*seq >= h->next_seq)
		return NULL;
	return &h->events[(*seq)++ % h->cap];
}

uint64_t history_last(const struct history *h, uint64_t n)
{
	uint64_t there = h->next_seq - oldest_seq(h);

	return h->next_seq - (n < there ? n : there);
}

enum history_level history_level(const struct history_event *e)
{
	switch (e->kind) {
	case HISTORY_STATE:
		return e->to == VROUTER_FAULT ? HISTORY_LEVEL_WARNING : HISTORY_LEVEL_NOTICE;
	case HISTORY_CONFLICT:
		return e->code == CONFLICT_TWO_MASTERS_OVER ? HISTORY_LEVEL_NOTICE
							    : HISTORY_LEVEL_WARNING;
	case HISTORY_REFUSED:
	case HISTORY_LATE:
	case HISTORY_SEND:
		return HISTORY_LEVEL_WARNING;
	case HISTORY_ADDRESS:
		return e->code == ADDRESS_LEFTOVER_REMOVED ? HISTORY_LEVEL_NOTICE
							   : HISTORY_LEVEL_WARNING;
	case HISTORY_ROUTING:
		return e->code == ROUTING_LEFTOVER_REMOVED ? HISTORY_LEVEL_NOTICE
							   : HISTORY_LEVEL_WARNING;
	case HISTORY_FILTER:
		return e->code == FILTER_RECOVERED ? HISTORY_LEVEL_NOTICE : HISTORY_LEVEL_WARNING;
	case HISTORY_HOOK:
		return e->code != 0 ? HISTORY_LEVEL_WARNING : HISTORY_LEVEL_INFO;
	case HISTORY_UPGRADE:
		return e->code != 0 ? HISTORY_LEVEL_WARNING : HISTORY_LEVEL_NOTICE;
	case HISTORY_TRACK:
	case HISTORY_FORCE:
	case HISTORY_PRIORITY:
	case HISTORY_RELOAD:
		return HISTORY_LEVEL_NOTICE;
	case HISTORY_LINK:
		return e->code >= LINK_EVENT_RESTORED ? HISTORY_LEVEL_WARNING : HISTORY_LEVEL_INFO;
	case HISTORY_MASTER:
	case HISTORY_ANNOUNCE:
	case HISTORY_KIND_COUNT_:
		break;
	}
	return HISTORY_LEVEL_INFO;
}

static void text_of_state(const struct history_event *e, char *buf, size_t cap)
{
	const char *from = vrouter_state_name((enum vrouter_state)e->from);
	const char *to = vrouter_state_name((enum vrouter_state)e->to);
	const char *reason = reason_text(e->reason);
	int len = e->from == e->to ? snprintf(buf, cap, "still %s: %s", to, reason)
				   : snprintf(buf, cap, "%s -> %s: %s", from, to, reason);
	char address[IP_TEXT_MAX];

	if (len < 0 || (size_t)len >= cap)
		return;
	buf += len;
	cap -= (size_t)len;
	/* Who caused it, where somebody did; else our own priority. */
	if (ip_is_set(e->address))
		snprintf(buf, cap, " (%s, priority %d)", ip_text(e->address, address), e->code);
	else if (e->error != 0)
		snprintf(buf, cap, " (%s)", strerror(e->error));
	else if (e->text[0] != '\0')
		snprintf(buf, cap, " (%s)", e->text);
	else
		snprintf(buf, cap, " (priority %d)", e->code);
}

static const char *address_event_text(enum address_event code)
{
	switch (code) {
	case ADDRESS_RESTORED:
		return "was removed by somebody; put back";
	case ADDRESS_ADD_FAILED:
		return "cannot be added";
	case ADDRESS_REMOVE_FAILED:
		return "cannot be removed";
	case ADDRESS_LEFTOVER_REMOVED:
		return "was left behind; removed";
	case ADDRESS_FOREIGN:
		return "is on this host although this router is not master, and was not added by vrrpd: "
		       "remove it from the system's own network configuration, or say priority = 255 "
		       "if it is this router's own";
	}
	return "?";
}

static void text_of_address(const struct history_event *e, char *buf, size_t cap)
{
	char address[IP_TEXT_MAX];
	const char *what = address_event_text((enum address_event)e->code);

	if (!ip_is_set(e->address)) {
		snprintf(buf, cap, "%" PRIu32 " more such events of other addresses", e->count);
		return;
	}
	ip_text(e->address, address);
	if (e->error != 0)
		snprintf(buf, cap, "address %s dev %s %s: %s", address, e->text, what,
			 strerror(e->error));
	else
		snprintf(buf, cap, "address %s dev %s %s", address, e->text, what);
}

/* "192.0.2.2 (52:54:00:12:34:56)", as far as it is known. */
static void sender_text(const struct history_event *e, char *buf, size_t cap)
{
	char address[IP_TEXT_MAX], mac[MAC_TEXT_MAX];

	if (mac_is_set(e->mac))
		snprintf(buf, cap, "%s (%s)", ip_text(e->address, address), mac_text(e->mac, mac));
	else
		snprintf(buf, cap, "%s", ip_text(e->address, address));
}

static const char *with_or_without(int32_t with)
{
	return with ? "with" : "without";
}

/* Who, what, and what to change. */
static void text_of_conflict(const struct history_event *e, char *buf, size_t cap)
{
	char sender[TEXT_MAX], text[IP_TEXT_MAX > MAC_TEXT_MAX ? IP_TEXT_MAX : MAC_TEXT_MAX];

	sender_text(e, sender, sizeof(sender));
	switch ((enum conflict)e->code) {
	case CONFLICT_ADDRESS_LIST:
		snprintf(buf, cap,
			 "conflict: %s advertises other addresses for this VRID (%s): make both "
			 "configurations list the same ones, in the same order",
			 sender, e->text);
		return;
	case CONFLICT_OWNER:
		snprintf(buf, cap,
			 "conflict: %s claims to own the addresses too (priority 255): only one "
			 "router may",
			 sender);
		return;
	case CONFLICT_TWO_MASTERS:
		snprintf(buf, cap,
			 "conflict: %s is master too, with priority %d; it should yield to %d: see "
			 "whether it hears this router",
			 sender, e->from, e->to);
		return;
	case CONFLICT_TWO_MASTERS_OVER:
		snprintf(buf, cap, "%s is no longer master beside us; announcing again", sender);
		return;
	case CONFLICT_IN_USE:
		snprintf(buf, cap, "conflict: another host, %s, ", mac_text(e->mac, text));
		snprintf(buf + strlen(buf), cap - strlen(buf), "uses %s as well: take it off there",
			 ip_text(e->address, text));
		return;
	case CONFLICT_INTERVAL:
		snprintf(
			buf, cap,
			"conflict: %s advertises every %d ms, here it is %d ms: make both the same%s",
			sender, e->from, e->to, e->text);
		return;
	case CONFLICT_VRID:
		snprintf(buf, cap,
			 "conflict: %s uses this VRID for other addresses (%s): if it is another "
			 "virtual router, give one of the two another vrid; if it is the same one, "
			 "make both list the same addresses",
			 sender, e->text);
		return;
	case CONFLICT_VERSION:
		snprintf(
			buf, cap,
			"conflict: %s speaks version %d, here it is version %d: make both the same; "
			"until then its advertisements are refused",
			sender, e->from, e->to);
		return;
	case CONFLICT_PASSWORD:
		snprintf(
			buf, cap,
			"conflict: %s sends another password, or one of the two sends none: make "
			"auth-password the same on both; until then its advertisements are refused",
			sender);
		return;
	case CONFLICT_CHECKSUM:
		snprintf(buf, cap,
			 "conflict: %s makes its checksum %s the pseudo-header, this router %s it, "
			 "and may be refused there: set checksum-pseudo-header = %s",
			 sender, with_or_without(e->from), with_or_without(e->to),
			 e->from ? "true" : "false");
		return;
	case CONFLICT_PEERS:
		snprintf(buf, cap, "conflict: %s %s; until then its advertisements are refused",
			 sender, e->text);
		return;
	case CONFLICT_TTL:
		snprintf(
			buf, cap,
			"conflict: the peer %s is heard with a TTL of %d, and min-ttl is %d: if there "
			"is a router between, set min-ttl = %d; until then its advertisements are refused",
			sender, e->from, e->to, e->from);
		return;
	case CONFLICT_COUNT_:
		break;
	}
}

static void text_of_refused(const struct history_event *e, char *buf, size_t cap)
{
	char address[IP_TEXT_MAX];
	const char *what = refusal_text((enum refusal)e->code);

	if (!ip_is_set(e->address))
		snprintf(buf, cap, "%" PRIu32 " more advertisements of various senders refused",
			 e->count);
	else if (e->count > 1)
		snprintf(buf, cap, "%" PRIu32 " advertisements from %s refused: %s", e->count,
			 ip_text(e->address, address), what);
	else
		snprintf(buf, cap, "advertisement from %s refused: %s",
			 ip_text(e->address, address), what);
}

static void text_of_link(const struct history_event *e, char *buf, size_t cap)
{
	switch ((enum link_event)e->code) {
	case LINK_EVENT_ABSENT:
		snprintf(buf, cap, "interface %s does not exist: waiting for it", e->text);
		return;
	case LINK_EVENT_DOWN:
	case LINK_EVENT_UP:
		snprintf(buf, cap, "interface %s is %s", e->text,
			 e->code == LINK_EVENT_UP ? "up" : "down");
		return;
	case LINK_EVENT_RESTORED:
		snprintf(
			buf, cap,
			"link %s with the virtual MAC was removed or set down by somebody; put back",
			e->text);
		return;
	case LINK_EVENT_FAILED:
		snprintf(buf, cap, "link %s with the virtual MAC cannot be made: %s", e->text,
			 strerror(e->error));
		return;
	case LINK_EVENT_STUCK:
		snprintf(buf, cap, "link %s with the virtual MAC cannot be changed: %s", e->text,
			 strerror(e->error));
		return;
	}
}

static void text_of_priority(const struct history_event *e, char *buf, size_t cap)
{
	char why[REASON_TOLD_MAX];

	snprintf(buf, cap, "priority %d -> %d: %s", e->from, e->to,
		 reason_told(e->reason, e->text, why));
}

static const char *check_state_text(int32_t state)
{
	switch ((enum check_state)state) {
	case CHECK_UP:
		return "up";
	case CHECK_DOWN:
		return "down";
	case CHECK_UNKNOWN:
		return "unknown";
	}
	return "?";
}

static void text_of_track(const struct history_event *e, char *buf, size_t cap)
{
	/* "script NAME: why"; a name may have colons, but no blank after them */
	const char *why = strstr(e->text, ": ");
	int subject_len;

	if (why == NULL)
		why = strchr(e->text, '\0');
	subject_len = (int)(why - e->text);
	if (e->code != 0)
		snprintf(buf, cap, "%.*s: %d -> %d%s", subject_len, e->text, e->from, e->to, why);
	else
		snprintf(buf, cap, "%.*s: %s -> %s%s", subject_len, e->text,
			 check_state_text(e->from), check_state_text(e->to), why);
}

static void text_of_force(const struct history_event *e, char *buf, size_t cap)
{
	switch ((enum force_to)e->to) {
	case FORCE_NONE:
		snprintf(buf, cap, "no longer forced: %s", e->text);
		return;
	case FORCE_MASTER:
		snprintf(buf, cap, "forced to be master: %s", e->text);
		return;
	case FORCE_BACKUP:
		snprintf(buf, cap, "forced to be backup: %s", e->text);
		return;
	case FORCE_OFF:
		snprintf(buf, cap, "forced off: %s", e->text);
		return;
	case FORCE_TO_COUNT_:
		break;
	}
}

static const char *routing_event_text(enum routing_event code)
{
	switch (code) {
	case ROUTING_RESTORED:
		return "was removed by somebody; put back";
	case ROUTING_ADD_FAILED:
		return "cannot be added";
	case ROUTING_REMOVE_FAILED:
		return "cannot be removed";
	case ROUTING_LEFTOVER_REMOVED:
		return "was left behind; removed";
	}
	return "?";
}

static void text_of_routing(const struct history_event *e, char *buf, size_t cap)
{
	const char *what = routing_event_text((enum routing_event)e->code);

	if (e->text[0] == '\0')
		snprintf(buf, cap, "%" PRIu32 " more such events of other routes and rules",
			 e->count);
	else if (e->error == EEXIST)
		snprintf(buf, cap,
			 "%s %s: there is one of this destination, table and metric already that "
			 "is not vrrpd's: remove it, or choose another metric",
			 e->text, what);
	else if (e->error != 0)
		snprintf(buf, cap, "%s %s: %s", e->text, what, strerror(e->error));
	else
		snprintf(buf, cap, "%s %s", e->text, what);
}

static void text_of_filter(const struct history_event *e, char *buf, size_t cap)
{
	switch ((enum filter_event)e->code) {
	case FILTER_RESTORED:
		snprintf(buf, cap,
			 "the packet filter of accept = false was changed or removed by somebody; "
			 "put back");
		return;
	case FILTER_FAILED:
		snprintf(buf, cap, "accept = false is not in force: %s", e->text);
		return;
	case FILTER_RECOVERED:
		snprintf(buf, cap, "accept = false is in force now");
		return;
	}
}

const char *history_text(const struct history_event *e, char *buf, size_t cap)
{
	char address[IP_TEXT_MAX];

	buf[0] = '\0';
	switch (e->kind) {
	case HISTORY_STATE:
		text_of_state(e, buf, cap);
		break;
	case HISTORY_PRIORITY:
		text_of_priority(e, buf, cap);
		break;
	case HISTORY_MASTER:
		if (ip_is_set(e->address))
			snprintf(buf, cap, "%s is master (priority %d)",
				 ip_text(e->address, address), e->to);
		else
			snprintf(buf, cap, "no master is known");
		break;
	case HISTORY_REFUSED:
		text_of_refused(e, buf, cap);
		break;
	case HISTORY_CONFLICT:
		text_of_conflict(e, buf, cap);
		break;
	case HISTORY_ADDRESS:
		text_of_address(e, buf, cap);
		break;
	case HISTORY_LINK:
		text_of_link(e, buf, cap);
		break;
	case HISTORY_ANNOUNCE:
		snprintf(buf, cap, "announcing the addresses again: %s", e->text);
		break;
	case HISTORY_RELOAD:
	case HISTORY_UPGRADE:
		snprintf(buf, cap, "%s", e->text);
		break;
	case HISTORY_TRACK:
		text_of_track(e, buf, cap);
		break;
	case HISTORY_FORCE:
		text_of_force(e, buf, cap);
		break;
	case HISTORY_HOOK:
		snprintf(buf, cap, "%s (%" PRIu32 " ms)", e->text, e->count);
		break;
	case HISTORY_LATE:
		snprintf(buf, cap, "this process was held up for %" PRIu32 " ms", e->count);
		break;
	case HISTORY_SEND:
		snprintf(buf, cap, "advertisements cannot be sent: %s", strerror(e->error));
		break;
	case HISTORY_FILTER:
		text_of_filter(e, buf, cap);
		break;
	case HISTORY_ROUTING:
		text_of_routing(e, buf, cap);
		break;
	case HISTORY_KIND_COUNT_:
		break;
	}
	return buf;
}
