/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's part and the kernel's part. The order of things at start, reload and restart is that of vrrpd/protocol_reload.c, because the
 * engine's contract (core/engine.h) promises nothing for any other.
 */
#include "engine_world.h"

#include <errno.h>
#include <string.h>

#include "fuzz.h"

/* ---- looking ---- */

int world_port_of(const struct world *w, int32_t ifindex)
{
	for (int i = 0; i < CHOICE_PORTS; i++)
		if (ifindex != 0 && w->ports[i].ifindex == ifindex)
			return i;
	return -1;
}

int world_port_named(const char *name)
{
	for (unsigned int i = 0; i < CHOICE_PORTS; i++)
		if (strcmp(choice_port_name(i), name) == 0)
			return (int)i;
	return -1;
}

const struct entry *world_find_entry(const struct world *w, int32_t ifindex, struct ip_addr addr,
				     uint8_t prefix_len)
{
	for (uint32_t i = 0; i < w->entry_count; i++) {
		const struct entry *e = &w->entries[i];

		if (e->ifindex == ifindex && e->vip.prefix_len == prefix_len &&
		    ip_equal(e->vip.addr, addr))
			return e;
	}
	return NULL;
}

bool world_has_address(const struct world *w, int32_t ifindex, struct ip_addr addr)
{
	for (uint32_t i = 0; i < w->entry_count; i++)
		if (w->entries[i].ifindex == ifindex && ip_equal(w->entries[i].vip.addr, addr))
			return true;
	return false;
}

/* ---- the kernel ---- */

static void drop_entry(struct world *w, uint32_t i)
{
	w->entries[i] = w->entries[--w->entry_count];
}

static uint32_t number_of(const struct world *w, const struct entry *e)
{
	return (uint32_t)(e - w->entries);
}

static void put_entry(struct world *w, const struct entry *entry)
{
	MUST(w->entry_count < WORLD_ENTRIES_MAX);
	w->entries[w->entry_count++] = *entry;
}

/* 0 or the errno. What is there already, or gone already, is no error (as the adapter tells it). */
static int carry_out(struct world *w, const struct request *r)
{
	const struct entry *there = world_find_entry(w, r->ifindex, r->vip.addr, r->vip.prefix_len);
	const struct entry fresh = { .ifindex = r->ifindex, .vip = r->vip, .ours = true };

	if (world_port_of(w, r->ifindex) < 0)
		return r->add ? ENODEV : 0;
	if (r->add && !there)
		put_entry(w, &fresh);
	if (!r->add && there)
		drop_entry(w, number_of(w, there));
	return 0;
}

/* ---- the daemon ---- */

static void ask_kernel(struct world *w, const struct action *a)
{
	MUST(w->request_count < WORLD_REQUESTS_MAX);
	w->requests[w->request_count++] = (struct request){
		.ifindex = a->ifindex,
		.vip = *a->vip,
		.add = a->kind == ACTION_ADD_ADDRESS,
	};
	w->address_changes++;
}

static void perform(struct world *w, const struct action *a)
{
	struct port *port = &w->ports[0];

	trace_action(w, a);
	rules_action(w, a);
	w->actions++;
	switch (a->kind) {
	case ACTION_ADVERTISE:
		w->seen[a->vrouter].adverts++;
		break;
	case ACTION_SAVE:
		engine_record(w->e, a->vrouter, &w->seen[a->vrouter].record);
		break;
	case ACTION_ADD_ADDRESS:
	case ACTION_REMOVE_ADDRESS:
		ask_kernel(w, a);
		break;
	case ACTION_ANNOUNCE:
		port += world_port_of(w, a->ifindex);
		port->announced_at = w->now;
		w->announcements++;
		break;
	case ACTION_ADD_ROUTING:
	case ACTION_REPLACE_ROUTING:
	case ACTION_REMOVE_ROUTING:
	case ACTION_STATE:
	case ACTION_LINK:
		break;
	case ACTION_HOOKS:
		w->hooks[a->notifier] = true;
		break;
	case ACTION_IDENTIFY:
		break; /* nobody answers */
	}
}

static void drain(struct world *w)
{
	struct action action;

	rules_step_begins(w);
	while (engine_next_action(w->e, &action))
		perform(w, &action);
}

void world_step(struct world *w, struct event event)
{
	event.now = w->now;
	event.wall_us = WORLD_WALL_US + w->now.us;
	trace_event(w, &event);
	engine_step(w->e, &event);
	drain(w);
	rules_settled(w);
}

void world_pass(struct world *w, struct span time)
{
	struct instant until = instant_add(w->now, time);

	for (int i = 0; i < WORLD_TICKS_MAX && instant_reached(engine_deadline(w->e), until); i++) {
		if (instant_before(w->now, engine_deadline(w->e)))
			w->now = engine_deadline(w->e);
		world_step(w, (struct event){ .kind = EVENT_TICK });
	}
	w->now = until;
	/* Too much for one stretch: the rest in one late tick. */
	if (instant_reached(engine_deadline(w->e), until))
		world_step(w, (struct event){ .kind = EVENT_TICK });
}

void world_sleep(struct world *w, struct span time)
{
	w->now = instant_add(w->now, time);
	world_step(w, (struct event){ .kind = EVENT_TICK });
}

void world_answer(struct world *w, uint32_t n, int error)
{
	struct request r = w->requests[n];
	struct event event = { .kind = EVENT_ADDRESS_DONE };

	for (uint32_t i = n + 1; i < w->request_count; i++)
		w->requests[i - 1] = w->requests[i];
	w->request_count--;
	if (error == 0)
		error = carry_out(w, &r);
	w->refused = w->refused || error != 0;
	event.address = (struct event_address){
		.ifindex = r.ifindex,
		.addr = r.vip.addr,
		.prefix_len = r.vip.prefix_len,
		.add = r.add,
		.error = error,
	};
	world_step(w, event);
}

void world_hooks_done(struct world *w, uint32_t notifier, bool lost)
{
	struct event event = { .kind = EVENT_HOOKS_DONE,
			       .hook = { .notifier = notifier, .lost = lost } };

	if (!w->hooks[notifier])
		return;
	w->hooks[notifier] = false;
	world_step(w, event);
}

/* ---- what happens to the kernel ---- */

void world_tell_address(struct world *w, int32_t ifindex, struct ip_addr addr, uint8_t prefix_len)
{
	const struct entry *there = world_find_entry(w, ifindex, addr, prefix_len);
	struct event event = { .kind = EVENT_ADDRESS };

	event.address = (struct event_address){
		.ifindex = ifindex,
		.addr = addr,
		.prefix_len = prefix_len,
		.present = there != NULL,
		.ours = there && there->ours,
	};
	world_step(w, event);
}

void world_add_foreign(struct world *w, unsigned int port, struct ip_addr addr, uint8_t prefix_len)
{
	const struct entry fresh = {
		.ifindex = w->ports[port].ifindex,
		.vip = { .addr = addr, .prefix_len = prefix_len },
	};
	const struct entry *there = world_find_entry(w, fresh.ifindex, addr, prefix_len);

	if (fresh.ifindex == 0 || w->entry_count > WORLD_ENTRIES_MAX / 2)
		return;
	if (there)
		w->entries[number_of(w, there)].ours = false;
	else
		put_entry(w, &fresh);
	world_tell_address(w, fresh.ifindex, addr, prefix_len);
}

void world_remove(struct world *w, uint32_t entry)
{
	struct entry e = w->entries[entry];

	drop_entry(w, entry);
	world_tell_address(w, e.ifindex, e.vip.addr, e.vip.prefix_len);
}

static struct event_link link_of(const struct world *w, unsigned int port)
{
	const struct port *p = &w->ports[port];
	struct event_link link = {
		.ifindex = p->ifindex,
		.up = p->up && p->ifindex != 0,
		.mac = mac_virtual(IP_V4, (uint8_t)port),
		.mtu = 1500,
	};

	snprintf(link.name, sizeof(link.name), "%s", choice_port_name(port));
	if (p->ifindex != 0 && p->has_source[FAMILY_V4])
		link.source[FAMILY_V4] = choice_source(IP_V4, port);
	if (p->ifindex != 0 && p->has_source[FAMILY_V6])
		link.source[FAMILY_V6] = choice_source(IP_V6, port);
	return link;
}

void world_tell_port(struct world *w, unsigned int port)
{
	struct event event = { .kind = EVENT_LINK };

	event.link = link_of(w, port);
	world_step(w, event);
}

void world_recreate_port(struct world *w, unsigned int port, bool exists)
{
	struct port *p = &w->ports[port];

	for (uint32_t i = w->entry_count; i-- > 0;)
		if (w->entries[i].ifindex == p->ifindex)
			drop_entry(w, i);
	p->ifindex = exists ? ++w->last_ifindex : 0;
	world_tell_port(w, port);
}

/* ---- engines ---- */

static struct engine *engine_of(const struct choice *c, uint32_t leftovers)
{
	void *memory = malloc(engine_size(&c->settings, leftovers, 0));

	MUST(memory != NULL);
	return engine_init(memory, &c->settings, leftovers, 0);
}

/* Everything the kernel has, to an engine that knows nothing yet and therefore does nothing. */
static void describe(struct world *w, struct engine *e)
{
	struct event event = { .now = w->now, .wall_us = WORLD_WALL_US + w->now.us };
	struct action action;

	event.kind = EVENT_LINK;
	for (unsigned int i = 0; i < CHOICE_PORTS; i++) {
		event.link = link_of(w, i);
		if (w->ports[i].ifindex != 0)
			engine_step(e, &event);
	}
	event.kind = EVENT_ADDRESS;
	for (uint32_t i = 0; i < w->entry_count; i++) {
		event.address = (struct event_address){
			.ifindex = w->entries[i].ifindex,
			.addr = w->entries[i].vip.addr,
			.prefix_len = w->entries[i].vip.prefix_len,
			.present = true,
			.ours = w->entries[i].ours,
		};
		engine_step(e, &event);
	}
	MUST(!engine_next_action(e, &action));
}

static void save_all(struct world *w)
{
	for (uint32_t i = 0; i < engine_vrouter_count(w->e); i++)
		engine_record(w->e, i, &w->seen[i].record);
}

void world_init(struct world *w, struct choice *choice)
{
	*w = (struct world){ .now = { .us = 1000000000 }, .choice = choice, .history_seq = 1 };
	for (int i = 0; i < CHOICE_PORTS; i++)
		w->ports[i] = (struct port){
			.ifindex = ++w->last_ifindex,
			.up = true,
			.has_source = { true, true },
			.announced_at = INSTANT_NEVER,
		};
	w->e = engine_of(choice, 0);
	describe(w, w->e);
	rules_new_engine(w);
	save_all(w);
}

void world_done(struct world *w)
{
	free(w->e);
	free(w->choice);
}

/* The instance that has the same virtual router of that family, or NULL. */
static const struct instance_settings *same_vrouter(const struct settings *s,
						    const struct instance_settings *as, int family)
{
	for (uint32_t i = 0; i < s->instance_count; i++) {
		const struct instance_settings *set = &s->instances[i];

		if (set->vrid == as->vrid && strcmp(set->interface, as->interface) == 0 &&
		    set->addresses[family].count != 0)
			return set;
	}
	return NULL;
}

/* Hooks that were called before a reload end after it, for whoever has the same virtual router. */
static void renumber_hooks(struct world *w, const struct settings *old,
			   const struct settings *fresh)
{
	bool hooks[CHOICE_NOTIFIERS_MAX] = { false };

	for (uint32_t i = 0; i < fresh->instance_count; i++) {
		const struct instance_settings *set = &fresh->instances[i], *was;

		for (int f = 0; f < FAMILY_COUNT; f++) {
			was = set->addresses[f].count != 0 ? same_vrouter(old, set, f) : NULL;
			if (!was)
				continue;
			hooks[i] = w->hooks[was - old->instances];
			/* the groups' names are their numbers */
			if (set->group != 0 && set->group == was->group)
				hooks[fresh->instance_count + set->group - 1] =
					w->hooks[old->instance_count + was->group - 1];
		}
	}
	memcpy(w->hooks, hooks, sizeof(hooks));
}

void world_reload(struct world *w, struct choice *choice)
{
	struct engine *old = w->e, *fresh = engine_of(choice, engine_address_count(old));
	int64_t wall_us = WORLD_WALL_US + w->now.us;

	trace_note(w, "reload");
	engine_retire(old, fresh, w->now, wall_us);
	drain(w);
	renumber_hooks(w, &w->choice->settings, &choice->settings);
	describe(w, fresh);
	engine_adopt(fresh, old, w->now, wall_us);
	w->e = fresh;
	free(old);
	free(w->choice);
	w->choice = choice;
	w->reloaded = true;
	for (unsigned int i = 0; i < CHOICE_PORTS; i++)
		if (!engine_uses_interface(fresh, choice_port_name(i)))
			w->ports[i].announced_at = INSTANT_NEVER;
	rules_new_engine(w);
	save_all(w);
	drain(w);
	rules_settled(w);
}

/* An address with our tag that the settings do not have just so, on a port that they use. */
static bool is_leftover(const struct world *w, const struct engine *e, const struct entry *entry)
{
	int port = world_port_of(w, entry->ifindex);
	const char *name = choice_port_name((unsigned int)port);

	return entry->ours && engine_uses_interface(e, name) &&
	       !engine_has_slot(e, name, entry->vip.addr, entry->vip.prefix_len);
}

/* What a dead process left on ports that nobody uses any more is not looked for, and no rule asks for it. */
static void forget_abandoned(struct world *w)
{
	for (uint32_t i = w->entry_count; i-- > 0;) {
		unsigned int port = (unsigned int)world_port_of(w, w->entries[i].ifindex);

		if (w->entries[i].ours && !engine_uses_interface(w->e, choice_port_name(port)))
			drop_entry(w, i);
	}
}

static void give_leftovers(struct world *w)
{
	for (uint32_t i = 0; i < w->entry_count; i++) {
		const struct entry *entry = &w->entries[i];
		struct vip vip = entry->vip;
		int port = world_port_of(w, entry->ifindex);

		if (!is_leftover(w, w->e, entry))
			continue;
		snprintf(vip.dev, sizeof(vip.dev), "%s", choice_port_name((unsigned int)port));
		MUST(engine_leftover(w->e, entry->ifindex, &vip) == 0);
	}
}

/* As from the state file. */
static void restore(struct world *w, const struct record *r)
{
	uint8_t packed[RECORD_BYTES];
	struct record record;

	record_pack(r, packed);
	MUST(record_unpack(packed, &record) == 0);
	MUST(engine_restore(w->e, &record, w->now));
}

void world_restart(struct world *w, uint32_t carried_out)
{
	uint32_t count = engine_vrouter_count(w->e);
	struct seen seen[CHOICE_VROUTERS_MAX];

	trace_note(w, "restart");
	w->restarted = true;
	memset(w->hooks, 0, sizeof(w->hooks));
	for (uint32_t i = 0; i < w->request_count; i++)
		if (carried_out & 1u << i % 32)
			(void)carry_out(w, &w->requests[i]);
	w->request_count = 0;
	for (uint32_t i = 0; i < w->entry_count; i++)
		w->entries[i].of_another_process = true;
	for (int i = 0; i < CHOICE_PORTS; i++)
		w->ports[i].announced_at = INSTANT_NEVER;
	memcpy(seen, w->seen, sizeof(seen));
	free(w->e);
	/* Room for everything: which of it is a leftover is asked of the engine itself. */
	w->e = engine_of(w->choice, w->entry_count);
	forget_abandoned(w);
	describe(w, w->e);
	give_leftovers(w);
	for (uint32_t i = 0; i < count; i++)
		restore(w, &seen[i].record);
	w->started = true;
	w->stopping = false;
	w->history_seq = 1;
	rules_new_engine(w);
	save_all(w);
	world_step(w, (struct event){ .kind = EVENT_START });
}
