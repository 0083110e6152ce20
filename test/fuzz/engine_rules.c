/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold for one engine whatever happens to it, in the words of core/engine.h and core/event.h. The rules know the truth from the
 * world and ask the engine only by its public functions.
 */
#include <string.h>

#include "advert_difference.h"
#include "engine_world.h"
#include "fuzz.h"

enum {
	EVENTS_MAX = 256, /* told in one step */
	TEXT_CAP = 512,
	/* Whatever was going on is over by then: the longest down timer, and once more after having slept. */
	CONVERGE_S = 4000,
	CONVERGE_STEP_S = 100,
};

static struct snapshot snapshot_of(const struct world *w, uint32_t vrouter)
{
	struct snapshot s;

	engine_snapshot(w->e, vrouter, w->now, &s);
	return s;
}

static const struct port *port_of(const struct world *w, const struct snapshot *s)
{
	return &w->ports[world_port_named(s->set->interface)];
}

static int32_t ifindex_of(const struct world *w, const struct snapshot_address *a)
{
	return w->ports[world_port_named(a->dev)].ifindex;
}

static bool holds(const struct snapshot *s)
{
	return s->state == VROUTER_MASTER || s->lingering;
}

/* ---- actions ---- */

/* Advertisements first, then records, then addresses, then announcements. */
static unsigned int rank(enum action_kind kind)
{
	switch (kind) {
	case ACTION_ADVERTISE:
		return 0;
	case ACTION_SAVE:
		return 1;
	case ACTION_ADD_ADDRESS:
	case ACTION_REMOVE_ADDRESS:
	case ACTION_LINK:
		return 2;
	case ACTION_ADD_ROUTING:
	case ACTION_REPLACE_ROUTING:
	case ACTION_REMOVE_ROUTING:
		return 3;
	case ACTION_ANNOUNCE:
		return 4;
	case ACTION_STATE:
	case ACTION_HOOKS:
		return 5;
	case ACTION_IDENTIFY:
		break;
	}
	return 6;
}

void rules_step_begins(struct world *w)
{
	w->last_kind = ACTION_ADVERTISE;
	w->step_announcements = 0;
	memset(w->step_adverts, 0, sizeof(w->step_adverts));
}

/* What is sent can be built, goes to the group, and says what was meant. */
static void check_packet(const struct world *w, const struct action *a)
{
	struct ip_addr src, dst[PEERS_MAX];
	uint8_t bytes[ADVERT_BYTES_MAX];
	struct advert advert, parsed;
	size_t len;

	MUST(engine_advert(w->e, a->vrouter, a->priority, &advert, &src, dst) == 1);
	MUST(ip_equal(dst[0], advert_group((enum ip_family)advert.family)));
	len = advert_build(&advert, src, dst[0], advert.checksum_with_pseudo, bytes, sizeof(bytes));
	MUST(len != 0);
	MUST(advert_parse(bytes, len, src, dst[0], &parsed) == REFUSAL_NONE);
	MUST(parsed.priority == a->priority && parsed.interval.us == advert.interval.us);
	MUST(parsed.count == advert.count && parsed.vrid == advert.vrid);
}

/* In this very step: a master's last word is that it was one. */
static bool has_just_yielded(const struct world *w, const struct snapshot *s)
{
	return s->state == VROUTER_BACKUP && s->since_wall_us == WORLD_WALL_US + w->now.us &&
	       (s->reason == REASON_HIGHER_PRIORITY || s->reason == REASON_HIGHER_ADDRESS);
}

/* Only a master says that it is one, and only who was one says that it is no more. */
static void check_advertise(struct world *w, const struct action *a)
{
	struct snapshot s = snapshot_of(w, a->vrouter);

	MUST(!w->step_adverts[a->vrouter]);
	w->step_adverts[a->vrouter] = true;
	if (s.state == VROUTER_MASTER || has_just_yielded(w, &s))
		MUST(a->priority == s.effective_priority);
	else
		MUST(a->priority == VRRP_PRIORITY_RELEASE);
	MUST(a->ifindex != 0 && a->ifindex == port_of(w, &s)->ifindex && port_of(w, &s)->up);
	check_packet(w, a);
}

/* The address of a virtual router that an action is about. */
static struct snapshot_address address_of(const struct world *w, const struct action *a)
{
	struct snapshot s = snapshot_of(w, a->vrouter);
	struct snapshot_address address = { .vip = NULL };

	for (uint32_t i = 0; i < s.addresses_total && address.vip != a->vip; i++)
		engine_snapshot_address(w->e, a->vrouter, i, &address);
	MUST(address.vip == a->vip); /* its own */
	return address;
}

static bool same_form(const struct vip *a, const struct vip *b)
{
	return a->scope == b->scope && a->deprecated == b->deprecated &&
	       ip_equal(a->broadcast, b->broadcast) && strcmp(a->label, b->label) == 0;
}

static void check_not_asked_twice(const struct world *w, const struct action *a)
{
	for (uint32_t i = 0; i < w->request_count; i++) {
		const struct request *r = &w->requests[i];

		MUST(r->ifindex != a->ifindex || r->vip.prefix_len != a->vip->prefix_len ||
		     !ip_equal(r->vip.addr, a->vip->addr));
	}
}

/* What is wanted and not there. */
static void check_add(const struct world *w, const struct action *a)
{
	struct snapshot_address address = address_of(w, a);

	MUST(address.wanted);
	MUST(a->ifindex == ifindex_of(w, &address));
	MUST(!world_has_address(w, a->ifindex, a->vip->addr));
	check_not_asked_twice(w, a);
}

/* What is ours, and not wanted, or made otherwise than it is wanted since a reload. */
static void check_remove(const struct world *w, const struct action *a)
{
	const struct entry *entry =
		world_find_entry(w, a->ifindex, a->vip->addr, a->vip->prefix_len);

	MUST(!entry || entry->ours);
	check_not_asked_twice(w, a);
	if (a->vrouter != UINT32_MAX && address_of(w, a).wanted)
		MUST(entry && w->reloaded);
}

static void check_announce(struct world *w, const struct action *a)
{
	struct snapshot s = snapshot_of(w, a->vrouter);
	int number = world_port_of(w, a->ifindex);
	struct port *port;

	MUST(s.state == VROUTER_MASTER && address_of(w, a).wanted);
	MUST(number >= 0 && mac_equal(a->mac, mac_virtual(IP_V4, (uint8_t)number)));
	MUST(world_has_address(w, a->ifindex, a->vip->addr));
	MUST(++w->step_announcements <= ENGINE_ANNOUNCE_MAX);
	port = &w->ports[number];
	if (!instant_is_never(port->announced_at))
		MUST(!instant_before(w->now,
				     instant_add(port->announced_at, port->announce_pause)));
	port->announce_pause = s.set->announce.interval;
}

/* Are its addresses where the state wants them? They may not be where the kernel refused, or somebody else meddles. */
static void check_addresses_told(const struct world *w, uint32_t vrouter, enum vrouter_state state)
{
	struct snapshot s = snapshot_of(w, vrouter);

	for (uint32_t i = 0; i < s.addresses_total; i++) {
		struct snapshot_address address;

		engine_snapshot_address(w->e, vrouter, i, &address);
		MUST(address.wanted == (state == VROUTER_MASTER));
		if (state != VROUTER_MASTER)
			MUST(address.presence != SLOT_OURS || w->refused);
	}
}

/* Called one after the other, and not before their time. */
static void check_hooks(const struct world *w, uint32_t notifier)
{
	struct notice notice;

	MUST(notifier < settings_notifiers(&w->choice->settings));
	engine_notice(w->e, notifier, &notice);
	MUST(!w->hooks[notifier] || w->stopping || notice.reason == REASON_RETIRED);
	if (notice.is_group || w->stopping || notice.reason == REASON_RETIRED)
		return;
	for (int i = 0; i < 2; i++)
		if (notice.vrouters[i] != UINT32_MAX)
			check_addresses_told(w, notice.vrouters[i], notice.state);
}

void rules_action(struct world *w, const struct action *a)
{
	bool leftover = a->kind == ACTION_REMOVE_ADDRESS && a->vrouter == UINT32_MAX;

	MUST(w->started || a->kind == ACTION_SAVE);
	MUST(leftover || a->kind == ACTION_STATE || a->kind == ACTION_HOOKS ||
	     a->vrouter < engine_vrouter_count(w->e));
	MUST(rank(w->last_kind) <= rank(a->kind));
	w->last_kind = a->kind;
	switch (a->kind) {
	case ACTION_ADVERTISE:
		check_advertise(w, a);
		break;
	case ACTION_SAVE:
		break;
	case ACTION_ADD_ADDRESS:
		check_add(w, a);
		break;
	case ACTION_REMOVE_ADDRESS:
		check_remove(w, a);
		break;
	case ACTION_LINK:
		MUST(false); /* nobody here has a virtual MAC */
		break;
	case ACTION_ANNOUNCE:
		check_announce(w, a);
		break;
	case ACTION_ADD_ROUTING:
	case ACTION_REPLACE_ROUTING:
	case ACTION_REMOVE_ROUTING:
		MUST(false); /* no configuration here has any */
		break;
	case ACTION_STATE:
		MUST(w->choice->settings.global.notify_fifo != 0);
		break;
	case ACTION_HOOKS:
		check_hooks(w, a->notifier);
		break;
	case ACTION_IDENTIFY:
		MUST(ip_is_set(a->address) && a->ifindex > 0);
		break;
	}
}

/* ---- states ---- */

/* What the link lacks, as far as the world knows. */
static enum reason trouble_of(const struct world *w, const struct snapshot *s)
{
	const struct port *port = port_of(w, s);
	int family = family_index(s->family);

	if (port->ifindex == 0)
		return REASON_LINK_ABSENT;
	if (!port->up)
		return REASON_LINK_DOWN;
	if (!ip_is_set(s->set->source[family]) && !port->has_source[family])
		return REASON_LINK_NO_ADDRESS;
	return REASON_NONE;
}

static bool shares_fate(const struct snapshot *s)
{
	return s->group ||
	       (s->set->addresses[FAMILY_V4].count != 0 && s->set->addresses[FAMILY_V6].count != 0);
}

/* What the tracks of a virtual router come to. */
struct tracks {
	int64_t adds;
	bool unknown, fault;
};

static struct tracks tracks_of(const struct world *w, uint32_t number)
{
	uint32_t count = snapshot_of(w, number).tracks_total;
	struct tracks tracks = { 0 };
	struct snapshot_track t;

	for (uint32_t i = 0; i < count; i++) {
		engine_snapshot_track(w->e, number, i, &t);
		MUST(t.name[0] != '\0');
		tracks.adds += t.adds;
		tracks.unknown = tracks.unknown || t.state == CHECK_UNKNOWN;
		tracks.fault =
			tracks.fault || (t.faults && i != 0); /* the first is its interface */
	}
	return tracks;
}

static bool any_track_faults(const struct world *w, uint32_t number)
{
	return tracks_of(w, number).fault;
}

static int clamp_priority(int64_t priority)
{
	return priority < 1                    ? 1
	       : priority > PRIORITY_OWNER - 1 ? PRIORITY_OWNER - 1
					       : (int)priority;
}

static void check_priority(const struct world *w, uint32_t number, const struct snapshot *s)
{
	struct tracks tracks = tracks_of(w, number);
	int expected = s->set->priority == PRIORITY_OWNER
			       ? PRIORITY_OWNER
			       : clamp_priority(s->set->priority + tracks.adds);

	if (s->force.to == FORCE_MASTER)
		expected = PRIORITY_OWNER;
	else if (s->force.to == FORCE_BACKUP)
		expected = 1;
	/* A predecessor's counts until everything has spoken again. */
	MUST(s->effective_priority == expected || !w->started || (tracks.unknown && w->restarted));
}

static void check_state(const struct world *w, uint32_t number, const struct snapshot *s)
{
	enum reason trouble = trouble_of(w, s);

	if (!w->started || w->stopping)
		MUST(s->state == VROUTER_INIT);
	else if (s->force.to == FORCE_OFF)
		MUST(s->state == VROUTER_FAULT && s->reason == REASON_FORCED_OFF);
	else if (trouble != REASON_NONE)
		MUST(s->state == VROUTER_FAULT && s->reason == trouble);
	else if (s->state == VROUTER_FAULT)
		MUST(s->reason == REASON_ADDRESS_FAILED || s->reason == REASON_ADDRESS_LOST ||
		     (s->reason == REASON_GROUP && shares_fate(s)) ||
		     (s->reason == REASON_TRACK_DOWN && any_track_faults(w, number)));
	else
		MUST(s->state == VROUTER_MASTER || s->state == VROUTER_BACKUP);
	MUST(s->reason < REASON_COUNT_);
	MUST(!s->lingering || s->state == VROUTER_BACKUP || s->state == VROUTER_INIT ||
	     s->reason == REASON_FORCED_OFF);
}

/* The timers of RFC 9568 run in their states and in no other. */
static void check_timers(const struct world *w, uint32_t number, const struct snapshot *s)
{
	bool is_master = s->state == VROUTER_MASTER, is_backup = s->state == VROUTER_BACKUP;

	MUST((s->advert_left.us >= 0) == is_master);
	MUST((s->master_down_left.us >= 0) == is_backup ||
	     (is_backup && (shares_fate(s) || tracks_of(w, number).unknown)));
	MUST(s->advert_left.us <= s->set->advert_interval.us);
	MUST(s->skew_time.us > 0 && s->skew_time.us < span_s(256).us);
	MUST(s->master_down_interval.us > 3 * s->master_interval.us || is_master);
	MUST(s->master_self == is_master);
	MUST(!is_master || ip_equal(s->master, s->source));
	check_priority(w, number, s);
}

static enum slot_presence presence_in(const struct world *w, const struct snapshot_address *a)
{
	int32_t ifindex = ifindex_of(w, a);
	const struct entry *same = world_find_entry(w, ifindex, a->vip->addr, a->vip->prefix_len);

	if (same && same->ours)
		return SLOT_OURS;
	return world_has_address(w, ifindex, a->vip->addr) ? SLOT_FOREIGN : SLOT_ABSENT;
}

static void check_addresses(const struct world *w, uint32_t vrouter, const struct snapshot *s)
{
	uint32_t present = 0;

	for (uint32_t i = 0; i < s->addresses_total; i++) {
		struct snapshot_address a;

		engine_snapshot_address(w->e, vrouter, i, &a);
		MUST(a.wanted == holds(s));
		MUST(a.presence == presence_in(w, &a));
		MUST(a.advertised == (i < s->set->addresses[family_index(s->family)].count));
		present += a.presence != SLOT_ABSENT;
	}
	MUST(present == s->addresses_present);
}

/* Counters only grow; but an advertisement that failed was not sent. */
static void check_counters(struct seen *seen, const struct counters *now)
{
	for (int i = 0; i < COUNTER_COUNT_; i++) {
		uint64_t before = seen->counters.value[i];

		MUST(now->value[i] + (i == COUNTER_ADVERTS_SENT) >= before);
	}
	seen->counters = *now;
}

static void check_requests(const struct world *w)
{
	uint32_t live = 0;

	for (uint32_t i = 0; i < w->request_count; i++)
		live += world_port_of(w, w->requests[i].ifindex) >= 0;
	MUST(live <= ENGINE_IN_FLIGHT_MAX);
}

/* Each event has its words. */
static void check_history(struct world *w)
{
	const struct history *h = engine_history(w->e);
	const struct history_event *e;
	char text[TEXT_CAP];
	unsigned int events = 0;
	uint64_t lost;

	while ((e = history_read(h, &w->history_seq, &lost))) {
		trace_history(e);
		MUST(lost == 0 && ++events <= EVENTS_MAX);
		MUST(e->seq + 1 == w->history_seq && e->kind < HISTORY_KIND_COUNT_);
		MUST(strcmp(history_kind_name(e->kind), "?") != 0);
		MUST(strlen(history_text(e, text, sizeof(text))) > 0);
		MUST(strstr(text, "?") == NULL);
		MUST(history_level(e) <= HISTORY_LEVEL_INFO);
	}
}

/* Who shares a fate is master together and faults together. */
static void check_fate(const struct world *w, uint32_t number, const struct snapshot *s)
{
	if (!w->started || w->stopping)
		return;
	for (uint32_t i = 0; i < number; i++) {
		struct snapshot other = snapshot_of(w, i);

		if (other.set != s->set && (!s->group || other.group != s->group))
			continue;
		/* Who is new in a group of masters listens first, as long as nobody is heard. */
		MUST((other.state == VROUTER_MASTER) == (s->state == VROUTER_MASTER) ||
		     (w->reloaded && !ip_is_set(other.master_self ? s->master : other.master)));
		MUST((other.state == VROUTER_FAULT) == (s->state == VROUTER_FAULT));
	}
}

void rules_settled(struct world *w)
{
	struct instant due = engine_deadline(w->e);

	MUST(!instant_before(due, w->now));
	for (uint32_t i = 0; i < engine_vrouter_count(w->e); i++) {
		struct snapshot s = snapshot_of(w, i);

		check_state(w, i, &s);
		check_timers(w, i, &s);
		check_fate(w, i, &s);
		check_addresses(w, i, &s);
		check_counters(&w->seen[i], &s.counters);
	}
	check_requests(w);
	check_history(w);
}

void rules_new_engine(struct world *w)
{
	memset(w->seen, 0, sizeof(w->seen));
	MUST(engine_vrouter_count(w->e) <= CHOICE_VROUTERS_MAX);
	MUST(engine_settings(w->e) == &w->choice->settings);
	for (uint32_t i = 0; i < engine_vrouter_count(w->e); i++) {
		struct snapshot s = snapshot_of(w, i);
		uint32_t found[2];

		MUST(engine_find(w->e, s.name, found) == 1 && found[0] == i);
		w->seen[i].counters = s.counters;
	}
}

/* ---- the same settings ---- */

static void check_same(const struct snapshot *a, const struct snapshot *b)
{
	MUST(strcmp(a->name, b->name) == 0 && a->family == b->family);
	MUST(a->state == b->state && a->reason == b->reason);
	MUST(a->since_wall_us == b->since_wall_us);
	MUST(a->effective_priority == b->effective_priority);
	MUST(a->lingering == b->lingering && a->ifindex == b->ifindex);
	MUST(ip_equal(a->source, b->source) || a->ifindex == 0);
	MUST(ip_equal(a->master, b->master));
	MUST(a->master_priority == b->master_priority);
	MUST(a->master_interval.us == b->master_interval.us);
	MUST(a->advert_left.us == b->advert_left.us);
	MUST(a->master_down_left.us == b->master_down_left.us);
	MUST(a->preempt_delay_left.us == b->preempt_delay_left.us);
	MUST(a->announce_left.us == b->announce_left.us);
	MUST(a->addresses_present == b->addresses_present);
	MUST(memcmp(&a->counters, &b->counters, sizeof(a->counters)) == 0);
}

static void end_hooks(struct world *w)
{
	for (uint32_t i = 0; i < settings_notifiers(&w->choice->settings); i++)
		world_hooks_done(w, i, false);
}

void rules_reload_same(struct world *w)
{
	struct snapshot before[CHOICE_VROUTERS_MAX];
	uint32_t count = engine_vrouter_count(w->e), actions;
	uint64_t seq;

	/* What is due by now is no consequence of the reload, and hooks are numbered anew. */
	for (int again = 0; again < 4; again++)
		end_hooks(w);
	for (int i = 0; i < WORLD_TICKS_MAX && instant_reached(engine_deadline(w->e), w->now); i++)
		world_step(w, (struct event){ .kind = EVENT_TICK });
	actions = w->actions;
	seq = w->history_seq;
	for (uint32_t i = 0; i < count; i++)
		before[i] = snapshot_of(w, i);
	world_reload(w, choice_copy(w->choice));
	MUST(w->actions == actions && w->history_seq == seq);
	MUST(engine_vrouter_count(w->e) == count);
	for (uint32_t i = 0; i < count; i++) {
		struct snapshot after = snapshot_of(w, i);

		check_same(&before[i], &after);
	}
}

/* ---- where it ends ---- */

static void heal(struct world *w)
{
	for (unsigned int i = 0; i < CHOICE_PORTS; i++) {
		struct port *port = &w->ports[i];

		port->up = port->has_source[FAMILY_V4] = port->has_source[FAMILY_V6] = true;
		if (port->ifindex == 0)
			world_recreate_port(w, i, true);
		else
			world_tell_port(w, i);
	}
}

/* All that is tracked is well, nobody forces anything, and hooks end. */
static void calm(struct world *w)
{
	static const int64_t well[CHOICE_CHECKS] = { 1, 1, 0 };

	for (uint32_t i = 0; i < w->choice->settings.instance_count; i++)
		world_step(w, (struct event){ .kind = EVENT_FORCE,
					      .force = { .instance = i, .by = "" } });
	for (int again = 0; again < 3; again++)
		for (uint32_t i = 0; i < CHOICE_CHECKS; i++)
			world_step(w, (struct event){ .kind = EVENT_CHECK,
						      .check = { .check = i, .value = well[i] } });
}

static void let_pass(struct world *w, int seconds)
{
	for (int i = 0; i < seconds / CONVERGE_STEP_S; i++) {
		while (w->request_count > 0)
			world_answer(w, 0, 0);
		end_hooks(w);
		world_sleep(w, span_s(CONVERGE_STEP_S));
	}
	while (w->request_count > 0)
		world_answer(w, 0, 0);
}

static void check_form(const struct world *w, const struct snapshot_address *a)
{
	const struct entry *entry =
		world_find_entry(w, ifindex_of(w, a), a->vip->addr, a->vip->prefix_len);

	if (entry && entry->ours && !entry->of_another_process)
		MUST(same_form(&entry->vip, a->vip));
}

/* Nobody else was heard for long: everyone is master and has its addresses as they are wanted. */
static void check_all_masters(const struct world *w)
{
	for (uint32_t i = 0; i < engine_vrouter_count(w->e); i++) {
		struct snapshot s = snapshot_of(w, i);

		MUST(s.state == VROUTER_MASTER);
		MUST(s.addresses_present == s.addresses_total);
		for (uint32_t k = 0; k < s.addresses_total; k++) {
			struct snapshot_address a;

			engine_snapshot_address(w->e, i, k, &a);
			check_form(w, &a);
		}
	}
}

/* What carries our tag is somebody's, and where its virtual router would have it. */
static void check_nothing_left_behind(const struct world *w)
{
	for (uint32_t i = 0; i < w->entry_count; i++) {
		const struct entry *e = &w->entries[i];
		int port = world_port_of(w, e->ifindex);
		const char *name = choice_port_name((unsigned int)port);

		if (!e->ours || !engine_uses_interface(w->e, name))
			continue;
		trace_entry(w, e);
		MUST(!w->stopping);
		MUST(engine_has_slot(w->e, name, e->vip.addr, e->vip.prefix_len));
	}
}

/* Once all is said and done there are advertisements and nothing else. */
static void check_quiet(struct world *w)
{
	uint32_t address_changes = w->address_changes, announcements = w->announcements;
	bool silent = true;

	for (uint32_t i = 0; i < w->choice->settings.instance_count; i++) {
		const struct announce_settings *set = &w->choice->instances[i].announce;

		silent = silent && set->refresh.us == 0 && set->interval.us == 0;
	}
	let_pass(w, CONVERGE_S);
	if (silent)
		announcements = w->announcements;
	let_pass(w, CONVERGE_S);
	MUST(w->address_changes == address_changes);
	MUST(!silent || w->announcements == announcements);
}

void rules_converge(struct world *w)
{
	if (!w->started)
		return;
	heal(w);
	calm(w);
	let_pass(w, CONVERGE_S);
	if (w->stopping)
		MUST(engine_stopped(w->e));
	else
		check_all_masters(w);
	check_nothing_left_behind(w);
	check_quiet(w);
}
