/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever was told of a link is remembered, so that only differences are told. Links that may differ from it stand in a list of dirty ones
 * until somebody asks for them to be told.
 */
#include "link_table.h"

#include <assert.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

void link_table_init(struct link_table *t, const struct link_table_observer *observer)
{
	*t = (struct link_table){ .observer = *observer };
	t->dirty_end = &t->dirty;
}

/* ---- mentions ---- */

static void mark(const struct link_table *t, struct mention *m, bool present,
		 enum link_table_origin origin)
{
	*m = (struct mention){
		.generation = t->generation,
		.by_event = origin != FROM_DUMP,
		.present = present,
	};
}

/* Has an event spoken since the dump was asked for, so that the dump has nothing to add? */
static bool is_final(const struct link_table *t, const struct mention *m)
{
	return t->dumping && m->generation == t->generation && m->by_event;
}

/* ---- what is to be told ---- */

static void make_dirty(struct link_table *t, struct link *l)
{
	if (l->is_dirty)
		return;
	l->is_dirty = true;
	l->next_dirty = NULL;
	*t->dirty_end = l;
	t->dirty_end = &l->next_dirty;
}

static void make_clean(struct link_table *t, struct link *l)
{
	struct link **p = &t->dirty;

	if (!l->is_dirty)
		return;
	while (*p != l)
		p = &(*p)->next_dirty;
	*p = l->next_dirty;
	if (t->dirty_end == &l->next_dirty)
		t->dirty_end = p;
	l->is_dirty = false;
}

static void forget_link(struct link_table *t, struct link *l)
{
	make_clean(t, l);
	link_store_remove(&t->store, l);
}

void link_table_done(struct link_table *t)
{
	link_store_done(&t->store);
	t->dirty = NULL;
	t->dirty_end = &t->dirty;
}

/* ---- telling ---- */

/*
 * How good an address is as the source of advertisements, best first. IPv4: RFC 9568 section 1.7
 * leaves the choice among the interface's real addresses. One that is secondary to another (which
 * may be a VIP of ours, promoted when the real one went away and came back) is better than falling
 * silent. A VIP that is not ours is the owner's own address. IPv6: link-local, section 5.1.2.1.
 */
enum source_rank {
	REAL,
	REAL_SECONDARY,
	FOREIGN_VIP,
	UNFIT,
};

static enum source_rank rank_source(const struct link_table *t, const struct link *l,
				    const struct address *a)
{
	const struct address_facts *f = &a->facts;

	if (!a->mention.present || f->ours)
		return UNFIT;
	if (f->addr.family == IP_V4 && f->scope != RT_SCOPE_UNIVERSE)
		return UNFIT;
	if (f->addr.family == IP_V6 &&
	    (!ip_is_link_local(f->addr) || (f->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED))))
		return UNFIT;
	if (t->observer.is_vip(t->observer.ctx, f->ifindex, l->facts.name, f->addr))
		return FOREIGN_VIP;
	return f->addr.family == IP_V4 && (f->flags & IFA_F_SECONDARY) ? REAL_SECONDARY : REAL;
}

static struct ip_addr choose_source(const struct link_table *t, const struct link *l,
				    enum ip_family family)
{
	struct ip_addr best = IP_ADDR_NONE;
	enum source_rank best_rank = UNFIT;

	for (const struct address *a = l->first; a && best_rank != REAL; a = a->next) {
		enum source_rank rank =
			a->facts.addr.family == family ? rank_source(t, l, a) : UNFIT;

		if (rank < best_rank) {
			best = a->facts.addr;
			best_rank = rank;
		}
	}
	return best;
}

static struct event_link describe(const struct link_table *t, const struct link *l)
{
	struct event_link now = {
		.ifindex = l->facts.ifindex,
		.up = l->facts.up,
		.deaf = { l->facts.port, l->facts.port },
		.mac = l->facts.mac,
		.mtu = l->facts.mtu,
		.raised = l->facts.raised,
		.ours = l->facts.ours,
		.parent = l->facts.parent,
		.source[FAMILY_V4] = choose_source(t, l, IP_V4),
		.source[FAMILY_V6] = choose_source(t, l, IP_V6),
	};

	memcpy(now.name, l->facts.name, sizeof(now.name));
	return now;
}

static bool same_link(const struct event_link *a, const struct event_link *b)
{
	return strcmp(a->name, b->name) == 0 && a->ifindex == b->ifindex && a->up == b->up &&
	       memcmp(a->deaf, b->deaf, sizeof(a->deaf)) == 0 && mac_equal(a->mac, b->mac) &&
	       a->mtu == b->mtu && a->ours == b->ours &&
	       (!a->ours || (a->raised == b->raised && a->parent == b->parent)) &&
	       ip_equal(a->source[FAMILY_V4], b->source[FAMILY_V4]) &&
	       ip_equal(a->source[FAMILY_V6], b->source[FAMILY_V6]);
}

static void tell_address(const struct link_table *t, const struct link *l, const struct address *a,
			 bool present)
{
	if (!l->is_told)
		return;
	t->observer.address(t->observer.ctx, &(struct event_address){
						     .ifindex = a->facts.ifindex,
						     .addr = a->facts.addr,
						     .prefix_len = a->facts.prefix_len,
						     .present = present,
						     .ours = a->facts.ours,
					     });
}

/* IPv6 only: the kernel has asked the segment and somebody answered. It does not use the address then, nor let it go. */
static bool is_duplicate(const struct address *a)
{
	return a->mention.present && (a->facts.flags & IFA_F_DADFAILED);
}

/* Others are told of what is usable: an address that nobody here answers for is as good as not there. */
static bool is_usable(const struct address *a)
{
	return a->mention.present && !(a->facts.flags & IFA_F_DADFAILED);
}

static void tell_duplicate(const struct link_table *t, const struct link *l,
			   const struct address *a)
{
	if (l->is_told &&
	    t->observer.is_vip(t->observer.ctx, l->facts.ifindex, l->facts.name, a->facts.addr))
		t->observer.duplicate(t->observer.ctx, l->facts.name, a->facts.addr);
}

static void tell_addresses(const struct link_table *t, const struct link *l, bool present)
{
	for (const struct address *a = l->first; a; a = a->next) {
		if (is_usable(a))
			tell_address(t, l, a, present);
		else if (present && is_duplicate(a))
			tell_duplicate(t, l, a);
	}
}

/* Is another link told by that name? Where renames were missed, names overlap for a while. */
static bool name_is_taken(const struct link_table *t, const char *name, const struct link *except)
{
	for (uint32_t i = 0; i < t->store.count; i++)
		if (t->store.links[i] != except && t->store.links[i]->is_told &&
		    strcmp(t->store.links[i]->told.name, name) == 0)
			return true;
	return false;
}

/* Takes back everything that was told of the link. */
static void untell(struct link_table *t, struct link *l)
{
	struct event_link gone = { .ifindex = 0 };

	if (!l->is_told)
		return;
	tell_addresses(t, l, false);
	l->is_told = false;
	memcpy(gone.name, l->told.name, sizeof(gone.name));
	if (!name_is_taken(t, gone.name, l))
		t->observer.link(t->observer.ctx, &gone);
}

static void tell_link(struct link_table *t, struct link *l)
{
	bool used = l->mention.present && t->observer.uses(t->observer.ctx, l->facts.name);
	bool first;
	struct event_link now;

	/* a renamed link is one that is gone and one that is new */
	if (l->is_told && (!used || strcmp(l->told.name, l->facts.name) != 0))
		untell(t, l);
	if (!used)
		return;
	now = describe(t, l);
	first = !l->is_told;
	if (!first && same_link(&l->told, &now))
		return;
	l->told = now;
	l->is_told = true;
	t->observer.link(t->observer.ctx, &now);
	if (first)
		tell_addresses(t, l, true);
}

void link_table_settle(struct link_table *t)
{
	while (t->dirty) {
		struct link *l = t->dirty;

		make_clean(t, l);
		tell_link(t, l);
	}
}

void link_table_reconsider(struct link_table *t)
{
	for (uint32_t i = 0; i < t->store.count; i++) {
		t->store.links[i]->is_told = false;
		make_dirty(t, t->store.links[i]);
	}
	link_table_settle(t);
}

void link_table_retell_ours(struct link_table *t)
{
	for (uint32_t i = 0; i < t->store.count; i++) {
		struct link *l = t->store.links[i];

		if (!l->facts.ours || !l->mention.present)
			continue;
		l->is_told = false;
		make_dirty(t, l);
	}
}

void link_table_retell(const struct link_table *t, int32_t ifindex)
{
	const struct link *l = link_store_find(&t->store, ifindex);

	if (l && l->is_told)
		t->observer.link(t->observer.ctx, &l->told);
}

/* ---- feeding ---- */

int link_table_set_link(struct link_table *t, const struct link_facts *facts,
			enum link_table_origin origin)
{
	struct link *l = link_store_obtain(&t->store, facts->ifindex);

	if (!l)
		return -ENOMEM;
	if (origin == FROM_DUMP && is_final(t, &l->mention))
		return 0;
	l->facts = *facts;
	mark(t, &l->mention, true, origin);
	make_dirty(t, l);
	return 0;
}

int link_table_remove_link(struct link_table *t, int32_t ifindex)
{
	/* during a dump also one that was never heard of: the dump may be about to mention it */
	struct link *l = t->dumping ? link_store_obtain(&t->store, ifindex)
				    : link_store_find(&t->store, ifindex);

	if (!l)
		return t->dumping ? -ENOMEM : 0;
	untell(t, l);
	if (!t->dumping) {
		forget_link(t, l);
		return 0;
	}
	mark(t, &l->mention, false, FROM_EVENT);
	for (struct address *a = l->first; a; a = a->next)
		mark(t, &a->mention, false, FROM_EVENT);
	make_clean(t, l);
	return 0;
}

int link_table_set_address(struct link_table *t, const struct address_facts *facts,
			   enum link_table_origin origin)
{
	struct link *l = link_store_obtain(&t->store, facts->ifindex);
	struct address *a = l ? link_store_obtain_address(&t->store, l, facts) : NULL;
	bool was_present, was_usable, was_duplicate, was_ours;

	if (!a)
		return -ENOMEM;
	if (origin == FROM_DUMP && is_final(t, &a->mention))
		return 0;
	was_present = a->mention.present;
	was_usable = is_usable(a);
	was_duplicate = is_duplicate(a);
	was_ours = was_present && a->facts.ours;
	if (origin == FROM_ECHO && !facts->ours)
		t->tags_unknown = true; /* we did tag it */
	a->facts = *facts;
	if (origin == FROM_ECHO || (t->tags_unknown && was_ours))
		a->facts.ours = true;
	mark(t, &a->mention, true, origin);
	if (a->facts.ours && a->facts.addr.family == IP_V6 && l->facts.ours && !l->facts.raised) {
		a->is_routed = l->has_routed = true;
		l->routed_later = ROUTED_PATIENCE;
	}
	if (is_usable(a) && origin != FROM_ECHO && (!was_usable || a->facts.ours != was_ours))
		tell_address(t, l, a, true);
	else if (!is_usable(a) && was_usable)
		tell_address(t, l, a, false);
	if (is_duplicate(a) && !was_duplicate)
		tell_duplicate(t, l, a);
	/* ours are never a source: a take-over with thousands of them need not look for one */
	if (!a->facts.ours || (was_present && !was_ours))
		make_dirty(t, l);
	return 0;
}

int link_table_remove_address(struct link_table *t, const struct address_facts *facts,
			      enum link_table_origin origin)
{
	struct link *l = t->dumping ? link_store_obtain(&t->store, facts->ifindex)
				    : link_store_find(&t->store, facts->ifindex);
	struct address *a = NULL;

	if (l)
		a = t->dumping ? link_store_obtain_address(&t->store, l, facts)
			       : link_store_find_address(&t->store, facts);
	if (!a)
		return t->dumping ? -ENOMEM : 0;
	if (is_usable(a) && origin != FROM_ECHO)
		tell_address(t, l, a, false);
	if (a->mention.present && !a->facts.ours)
		make_dirty(t, l);
	mark(t, &a->mention, false, origin);
	if (!t->dumping)
		link_store_remove_address(&t->store, l, a);
	return 0;
}

/* ---- dumps ---- */

void link_table_begin_dump(struct link_table *t)
{
	t->generation++;
	t->dumping = true;
}

/* Is it a tombstone, or something that a complete dump did not find? */
static bool has_vanished(const struct link_table *t, const struct mention *m, bool complete)
{
	return !m->present || (complete && m->generation != t->generation);
}

static void sweep_addresses(struct link_table *t, struct link *l, bool complete)
{
	struct address *next;

	for (struct address *a = l->first; a; a = next) {
		next = a->next;
		if (!has_vanished(t, &a->mention, complete))
			continue;
		if (is_usable(a))
			tell_address(t, l, a, false);
		if (a->mention.present)
			make_dirty(t, l);
		link_store_remove_address(&t->store, l, a);
	}
}

void link_table_end_dump(struct link_table *t, bool complete)
{
	assert(t->dumping);
	/* backwards, because a link that is freed moves those behind it */
	for (uint32_t i = t->store.count; i > 0; i--) {
		struct link *l = t->store.links[i - 1];

		sweep_addresses(t, l, complete);
		if (!has_vanished(t, &l->mention, complete))
			continue;
		untell(t, l);
		forget_link(t, l);
	}
	t->dumping = false;
	link_table_settle(t);
}

/* ---- looking ---- */

const struct link_facts *link_table_find(const struct link_table *t, int32_t ifindex)
{
	const struct link *l = link_store_find(&t->store, ifindex);

	return l && l->mention.present ? &l->facts : NULL;
}

const struct link_facts *link_table_find_name(const struct link_table *t, const char *name)
{
	for (uint32_t i = 0; i < t->store.count; i++) {
		const struct link *l = t->store.links[i];

		if (l->mention.present && strcmp(l->facts.name, name) == 0)
			return &l->facts;
	}
	return NULL;
}

bool link_table_describe(const struct link_table *t, const char *name, struct event_link *ret)
{
	for (uint32_t i = 0; i < t->store.count; i++) {
		const struct link *l = t->store.links[i];

		if (l->mention.present && strcmp(l->facts.name, name) == 0) {
			*ret = describe(t, l);
			return true;
		}
	}
	return false;
}

void link_table_for_each_ours(const struct link_table *t,
			      void (*tell)(void *ctx, const struct link_facts *facts), void *ctx)
{
	for (uint32_t i = 0; i < t->store.count; i++) {
		const struct link *l = t->store.links[i];

		if (l->mention.present && l->facts.ours)
			tell(ctx, &l->facts);
	}
}

void link_table_note_lowered(struct link_table *t, int32_t ifindex)
{
	struct link *l = link_store_find(&t->store, ifindex);

	for (struct address *a = l ? l->first : NULL; a; a = a->next) {
		a->is_routed = a->facts.ours;
		l->has_routed = l->has_routed || a->is_routed;
	}
}

void link_table_note_raised(struct link_table *t, int32_t ifindex)
{
	struct link *l = link_store_find(&t->store, ifindex);

	if (l)
		l->has_routed = false;
}

static uint32_t take_routed(struct link *l, struct ip_addr *ret, uint32_t max)
{
	uint32_t count = 0;

	for (struct address *a = l->first; a; a = a->next) {
		if (!a->is_routed || !a->mention.present)
			continue;
		if (count == max)
			return count;
		a->is_routed = false;
		ret[count++] = a->facts.addr;
	}
	l->has_routed = false;
	return count;
}

uint32_t link_table_take_routed(struct link_table *t, int32_t *ret_ifindex, struct ip_addr *ret,
				uint32_t max)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < t->store.count && count == 0; i++) {
		struct link *l = t->store.links[i];

		if (!l->has_routed)
			continue;
		if (l->routed_later > 0) {
			l->routed_later--;
			continue;
		}
		*ret_ifindex = l->facts.ifindex;
		count = take_routed(l, ret, max);
	}
	return count;
}

bool link_table_has_routed(const struct link_table *t)
{
	for (uint32_t i = 0; i < t->store.count; i++)
		if (t->store.links[i]->has_routed)
			return true;
	return false;
}

void link_table_for_each_v6(const struct link_table *t, int32_t ifindex,
			    void (*tell)(void *ctx, struct ip_addr addr), void *ctx)
{
	const struct link *l = link_store_find(&t->store, ifindex);

	for (const struct address *a = l ? l->first : NULL; a; a = a->next) {
		if (a->mention.present && a->facts.ours && a->facts.addr.family == IP_V6)
			tell(ctx, a->facts.addr);
	}
}

bool link_table_has_address(const struct link_table *t, int32_t ifindex, struct ip_addr addr,
			    uint8_t prefix_len)
{
	const struct address *a = link_store_find_any_peer(
		&t->store, &(struct address_facts){
				   .ifindex = ifindex, .addr = addr, .prefix_len = prefix_len });

	return a && is_usable(a);
}

bool link_table_has_duplicate(const struct link_table *t, int32_t ifindex, struct ip_addr addr,
			      uint8_t prefix_len)
{
	const struct address *a = link_store_find_any_peer(
		&t->store, &(struct address_facts){
				   .ifindex = ifindex, .addr = addr, .prefix_len = prefix_len });

	return a && is_duplicate(a);
}

void link_table_for_each_tagged(const struct link_table *t,
				void (*tell)(void *ctx, int32_t ifindex, const char *name,
					     const struct vip *vip),
				void *ctx)
{
	for (uint32_t i = 0; i < t->store.count; i++) {
		const struct link *l = t->store.links[i];

		for (const struct address *a = l->first; a; a = a->next) {
			struct vip vip = {
				.addr = a->facts.addr,
				.prefix_len = a->facts.prefix_len,
				.scope = a->facts.scope,
			};

			if (a->mention.present && a->facts.ours)
				tell(ctx, l->facts.ifindex, l->facts.name, &vip);
		}
	}
}
