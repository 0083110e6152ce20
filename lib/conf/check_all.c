/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules between sections: nothing twice. Tables are sorted so that twins are neighbours,
 * which keeps thousands of instances fast; what comes second in the files is the one that is
 * refused, and it names the first.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/check.h"

static int compare_numbers(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

/* Sections of one name */

/* Sections are sorted in place; their numbers keep the order of reading. */
static int compare_sections(const void *left, const void *right)
{
	const struct draft_section *a = left, *b = right;
	int order = compare_numbers(a->parent, b->parent);

	if (order == 0)
		order = compare_numbers(a->kind, b->kind);
	if (order == 0)
		order = strcmp(a->title, b->title);
	return order;
}

static int compare_sections_and_numbers(const void *left, const void *right)
{
	const struct draft_section *a = left, *b = right;
	int order = compare_sections(a, b);

	return order ? order : compare_numbers(a->number, b->number);
}

static void check_sections(struct report *r, struct draft *d)
{
	struct draft_section *s = d->sections;
	size_t first = 0;

	if (d->section_count > 0)
		qsort(s, d->section_count, sizeof(*s), compare_sections_and_numbers);
	for (size_t i = 1; i < d->section_count; i++) {
		if (compare_sections(&s[first], &s[i]) != 0) {
			first = i;
			continue;
		}
		report_error(r, s[i].at, "section \"%s%s%s\" is given twice, first in %s",
			     section_name(s[i].kind), s[i].title[0] ? " " : "",
			     show(s[i].title).text, report_where(r, s[first].at, s[i].at).text);
	}
}

/* Virtual routers: one of an interface, VRID and family */

struct vrouter_ref {
	const struct draft_instance *inst;
	enum ip_family family;
};

static int compare_vrouters(const void *left, const void *right)
{
	const struct vrouter_ref *a = left, *b = right;
	int order = strcmp(a->inst->settings.interface, b->inst->settings.interface);

	if (order == 0)
		order = compare_numbers(a->inst->settings.vrid, b->inst->settings.vrid);
	return order ? order : compare_numbers(a->family, b->family);
}

/* Instances lie in the order of the files. */
static int compare_vrouters_and_places(const void *left, const void *right)
{
	const struct vrouter_ref *a = left, *b = right;
	int order = compare_vrouters(a, b);

	return order ? order : compare_numbers((uintptr_t)a->inst, (uintptr_t)b->inst);
}

static bool has_family(const struct draft *d, const struct draft_instance *inst,
		       enum ip_family family)
{
	for (size_t i = inst->vip_first; i < inst->vip_first + inst->vip_count; i++)
		if (!d->vips[i].extra && d->vips[i].vip.addr.family == family)
			return true;
	return false;
}

static size_t list_vrouters(const struct draft *d, struct vrouter_ref *refs)
{
	size_t n = 0;

	for (size_t i = 0; i < d->instance_count; i++) {
		const struct draft_instance *inst = &d->instances[i];
		bool v6 = has_family(d, inst, IP_V6);

		if (!inst->identified)
			continue;
		if (v6)
			refs[n++] = (struct vrouter_ref){ inst, IP_V6 };
		/* one whose addresses are all wrong counts as the more likely family */
		if (!v6 || has_family(d, inst, IP_V4))
			refs[n++] = (struct vrouter_ref){ inst, IP_V4 };
	}
	return n;
}

static void check_vrouters(struct report *r, const struct draft *d)
{
	struct vrouter_ref *refs = calloc(2 * d->instance_count + 1, sizeof(*refs));

	if (!refs) {
		r->failed = true;
		return;
	}
	size_t n = list_vrouters(d, refs), first = 0;

	qsort(refs, n, sizeof(*refs), compare_vrouters_and_places);
	for (size_t i = 1; i < n; i++) {
		const struct draft_instance *a = refs[first].inst, *b = refs[i].inst;

		if (compare_vrouters(&refs[first], &refs[i]) != 0) {
			first = i;
			continue;
		}
		report_error(
			r, b->vrid_at,
			"key \"vrid\": %u on %s is that of instance \"%s\" in %s already, right "
			"is another vrid or interface",
			b->settings.vrid, b->settings.interface, show(a->settings.name).text,
			report_where(r, a->vrid_at, b->vrid_at).text);
	}
	free(refs);
}

/* Addresses: one holder on one interface */

struct address_ref {
	const struct draft_vip *vip;
	const struct draft_instance *inst;
};

static const char *device_of(const struct address_ref *ref)
{
	return ref->vip->vip.dev[0] ? ref->vip->vip.dev : ref->inst->settings.interface;
}

/* Of one instance: whatever the device, since an advertisement names an address once. */
static int compare_within(const void *left, const void *right)
{
	const struct address_ref *a = left, *b = right;
	int order = compare_numbers((uintptr_t)a->inst, (uintptr_t)b->inst);

	return order ? order : ip_compare(a->vip->vip.addr, b->vip->vip.addr);
}

static int compare_device(const void *left, const void *right)
{
	const struct address_ref *a = left, *b = right;
	int order = strcmp(device_of(a), device_of(b));

	return order ? order : ip_compare(a->vip->vip.addr, b->vip->vip.addr);
}

/* Addresses lie in the order of the files. */
static int compare_place(const struct address_ref *a, const struct address_ref *b)
{
	return compare_numbers((uintptr_t)a->vip, (uintptr_t)b->vip);
}

static int compare_within_and_place(const void *left, const void *right)
{
	int order = compare_within(left, right);

	return order ? order : compare_place(left, right);
}

static int compare_device_and_place(const void *left, const void *right)
{
	int order = compare_device(left, right);

	return order ? order : compare_place(left, right);
}

static void report_address(struct report *r, const struct address_ref *first,
			   const struct address_ref *second)
{
	char addr[IP_TEXT_MAX];
	struct where where = report_where(r, first->vip->at, second->vip->at);

	ip_text(second->vip->vip.addr, addr);
	if (first->inst == second->inst)
		report_error(r, second->vip->at,
			     "address %s is in this instance twice, first in %s: drop one of them",
			     addr, where.text);
	else
		report_error(r, second->vip->at,
			     "address %s on %s is in instance \"%s\" in %s already: one of the two "
			     "must let it go",
			     addr, device_of(second), show(first->inst->settings.name).text,
			     where.text);
}

static void check_twins(struct report *r, struct address_ref *refs, size_t n, bool within)
{
	size_t first = 0;

	qsort(refs, n, sizeof(*refs), within ? compare_within_and_place : compare_device_and_place);
	for (size_t i = 1; i < n; i++) {
		int order = within ? compare_within(&refs[first], &refs[i])
				   : compare_device(&refs[first], &refs[i]);

		if (order != 0)
			first = i;
		else if (within || refs[first].inst != refs[i].inst)
			report_address(r, &refs[first], &refs[i]);
	}
}

static void check_addresses(struct report *r, const struct draft *d)
{
	struct address_ref *refs = calloc(d->vip_count + 1, sizeof(*refs));
	size_t n = 0;

	if (!refs) {
		r->failed = true;
		return;
	}
	for (size_t i = 0; i < d->instance_count; i++) {
		const struct draft_instance *inst = &d->instances[i];

		for (size_t k = 0; k < inst->vip_count; k++)
			refs[n++] = (struct address_ref){ &d->vips[inst->vip_first + k], inst };
	}
	check_twins(r, refs, n, true);
	/* across instances only where the interfaces are known */
	size_t known = 0;

	for (size_t i = 0; i < n; i++)
		if (device_of(&refs[i])[0])
			refs[known++] = refs[i];
	check_twins(r, refs, known, false);
	free(refs);
}

/* Routes and rules: one holder each, since there is one kernel */

struct routing_ref {
	const struct draft_routing *routing;
	const struct draft_instance *inst;
};

static void report_routing(struct report *r, const struct routing_ref *first,
			   const struct routing_ref *second)
{
	const struct routing *routing = &second->routing->routing;
	struct where where = report_where(r, first->routing->at, second->routing->at);
	const char *kind = routing_kind_name((enum routing_kind)routing->kind);
	char text[ROUTING_TEXT_MAX];

	routing_text(routing, text);
	if (first->inst == second->inst)
		report_error(r, second->routing->at,
			     "%s %s is in this instance twice, first in %s: drop one of them, or "
			     "give it another metric or table",
			     kind, show(text).text, where.text);
	else
		report_error(r, second->routing->at,
			     "%s %s is in instance \"%s\" in %s already: one of the two must let "
			     "it go, or have another metric or table",
			     kind, show(text).text, show(first->inst->settings.name).text,
			     where.text);
}

static void check_routings(struct report *r, const struct draft *d)
{
	struct routing_ref *refs = calloc(d->routing_count + 1, sizeof(*refs));
	size_t n = 0;

	if (!refs) {
		r->failed = true;
		return;
	}
	for (size_t i = 0; i < d->instance_count; i++) {
		const struct draft_instance *inst = &d->instances[i];

		for (size_t k = 0; k < inst->routing_count; k++)
			refs[n++] =
				(struct routing_ref){ &d->routings[inst->routing_first + k], inst };
	}
	/* There are at most some thousands of them. */
	for (size_t i = 1; i < n && i < ROUTINGS_MAX; i++) {
		size_t k = 0;

		while (k < i &&
		       !routing_same_key(&refs[k].routing->routing, &refs[i].routing->routing))
			k++;
		if (k < i)
			report_routing(r, &refs[k], &refs[i]);
	}
	free(refs);
}

static void check_totals(struct report *r, const struct draft *d)
{
	const struct place top = { .line = 1 };

	if (d->instance_count == 0 && r->problems->errors == 0)
		report_error(r, top,
			     "there is no instance, right is at least one section instance "
			     "NAME { ... }");
	if (d->instance_count > INSTANCES_MAX)
		report_error(r, d->instances[INSTANCES_MAX].at, "more than %d instances",
			     INSTANCES_MAX);
	if (d->vip_count > ADDRESSES_TOTAL_MAX)
		report_error(r, d->vips[ADDRESSES_TOTAL_MAX].at, "more than %d addresses in all",
			     ADDRESSES_TOTAL_MAX);
	if (d->routing_count > ROUTINGS_MAX)
		report_error(r, d->routings[ROUTINGS_MAX].at,
			     "more than %d routes and rules in all", ROUTINGS_MAX);
	if (d->check_count > CHECKS_MAX)
		report_error(r, d->checks[CHECKS_MAX].at,
			     "more than %d sections script, process, file and bfd", CHECKS_MAX);
	if (d->track_count > TRACKS_MAX)
		report_error(r, d->tracks[TRACKS_MAX].at, "more than %d sections track-...",
			     TRACKS_MAX);
	if (d->group_count > GROUPS_MAX)
		report_error(r, d->groups[GROUPS_MAX].at, "more than %d groups", GROUPS_MAX);
}

void check_all(struct report *r, struct draft *d)
{
	check_sections(r, d);
	check_vrouters(r, d);
	check_addresses(r, d);
	check_routings(r, d);
	check_bfd_peers(r, d);
	check_bfd_addresses(r, d);
	check_references(r, d);
	check_totals(r, d);
}
