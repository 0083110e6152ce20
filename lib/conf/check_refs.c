/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names that stand for other sections: what tracks name, whom groups name. A table of all names in
 * order finds them, so that thousands of references stay fast, and near misses are looked for only
 * while somebody may still read them. What is found is written into the draft as the numbers that
 * settings have.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/check.h"
#include "conf/suggest.h"

enum {
	SUGGESTIONS_MAX = 50, /* with more errors than that, none are sought */
};

/* What can be referred to: a section script, process, file, bfd, instance or group. */
struct named {
	enum section kind;
	const char *name;
	struct place at;
	size_t number; /* in its table of the draft */
};

struct names {
	struct named *items; /* in order of kind, name and number */
	size_t count;
};

static int compare_sizes(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int compare_names(const void *left, const void *right)
{
	const struct named *a = left, *b = right;
	int order = (int)a->kind - (int)b->kind;

	return order ? order : strcmp(a->name, b->name);
}

static int compare_names_and_numbers(const void *left, const void *right)
{
	const struct named *a = left, *b = right;
	int order = compare_names(a, b);

	return order ? order : compare_sizes(a->number, b->number);
}

/* false for lack of memory */
static bool names_init(struct names *names, const struct draft *d)
{
	size_t n = 0;

	names->items = calloc(d->check_count + d->instance_count + d->group_count + 1,
			      sizeof(*names->items));
	if (!names->items)
		return false;
	for (size_t i = 0; i < d->check_count; i++) {
		const struct draft_check *c = &d->checks[i];
		enum section kind = section_of_check(c->settings.kind);

		names->items[n++] = (struct named){ kind, c->settings.name, c->at, i };
	}
	for (size_t i = 0; i < d->instance_count; i++)
		names->items[n++] = (struct named){ SECTION_INSTANCE, d->instances[i].settings.name,
						    d->instances[i].at, i };
	for (size_t i = 0; i < d->group_count; i++)
		names->items[n++] = (struct named){ SECTION_GROUP, d->groups[i].settings.name,
						    d->groups[i].at, i };
	names->count = n;
	qsort(names->items, n, sizeof(*names->items), compare_names_and_numbers);
	return true;
}

/* NULL if there is none. */
static const struct named *find(const struct names *names, enum section kind, const char *name)
{
	struct named wanted = { .kind = kind, .name = name };

	return bsearch(&wanted, names->items, names->count, sizeof(wanted), compare_names);
}

/* The nearest of that kind, if it is near; NULL otherwise. */
static const struct named *nearest(const struct names *names, enum section kind, const char *name)
{
	unsigned int best_distance = SUGGEST_LEN_MAX;
	const struct named *best = NULL;

	for (size_t i = 0; i < names->count; i++) {
		const struct named *n = &names->items[i];
		unsigned int distance = SUGGEST_LEN_MAX;

		if (n->kind == kind)
			distance = suggest_distance(name, n->name);
		if (distance < best_distance) {
			best = n;
			best_distance = distance;
		}
	}
	return best && suggest_is_near(name, best_distance) ? best : NULL;
}

/* What is right instead of a name that there is not. */
struct advice {
	char text[256];
};

static struct advice advice_for(const struct report *r, const struct names *names,
				enum section kind, const char *name)
{
	const struct named *near = NULL;
	struct advice advice;

	if (r->problems->errors < SUGGESTIONS_MAX)
		near = nearest(names, kind, name);
	if (near)
		snprintf(advice.text, sizeof(advice.text), "did you mean \"%s\"?",
			 show(near->name).text);
	else
		snprintf(advice.text, sizeof(advice.text), "right is a section \"%s %s\" for it",
			 section_name(kind), show(name).text);
	return advice;
}

/* Tracks */

/* A check of that name and another kind, or NULL. */
static const struct named *find_other_kind(const struct names *names, const char *name)
{
	const struct named *found = NULL;

	for (int kind = CHECK_SCRIPT; kind < CHECK_KIND_COUNT_ && !found; kind++)
		found = find(names, section_of_check((enum check_kind)kind), name);
	return found;
}

static void report_track(struct report *r, const struct names *names,
			 const struct draft_track *track)
{
	enum section kind = section_of_check(check_of_section(track->kind));
	const struct named *other = find_other_kind(names, track->name);

	if (other)
		report_error(r, track->at,
			     "%s \"%s\": there is no %s of that name but a %s in %s, right is "
			     "track-%s",
			     section_name(track->kind), track->name, section_name(kind),
			     section_name(other->kind), report_where(r, other->at, track->at).text,
			     section_name(other->kind));
	else
		report_error(r, track->at, "%s \"%s\": there is no %s of that name, %s",
			     section_name(track->kind), track->name, section_name(kind),
			     advice_for(r, names, kind, track->name).text);
}

static void check_track_names(struct report *r, struct draft *d, const struct names *names)
{
	for (size_t i = 0; i < d->track_count; i++) {
		struct draft_track *track = &d->tracks[i];
		const struct named *found;

		if (track->kind == SECTION_TRACK_INTERFACE || !track->named)
			continue;
		found = find(names, section_of_check(check_of_section(track->kind)), track->name);
		if (!found) {
			report_track(r, names, track);
			continue;
		}
		track->settings.check = (uint32_t)found->number + 1;
		d->checks[found->number].tracked = true;
	}
}

/* With an error, what uses it may not have been understood. */
static void check_use(struct report *r, const struct draft *d)
{
	if (r->problems->errors > 0)
		return;
	for (size_t i = 0; i < d->check_count; i++) {
		const struct draft_check *check = &d->checks[i];
		const char *kind = section_name(section_of_check(check->settings.kind));

		if (!check->tracked && name_ok(check->settings.name))
			report_warning(r, check->at,
				       "%s \"%s\" has no effect: no instance and no group has a "
				       "track-%s for it",
				       kind, check->settings.name, kind);
	}
}

/* Groups */

static void report_second_group(struct report *r, const struct draft *d,
				const struct draft_instance *inst, size_t group,
				const struct draft_member *member)
{
	const char *first = d->groups[inst->settings.group - 1].settings.name;
	struct where where = report_where(r, inst->group_at, member->at);

	if (inst->settings.group == group + 1)
		report_error(r, member->at,
			     "key \"instances\": instance \"%s\" is in this group twice, first in "
			     "%s",
			     member->name, where.text);
	else if (strcmp(first, d->groups[group].settings.name) !=
		 0) /* else the group is there twice */
		report_error(r, member->at,
			     "key \"instances\": instance \"%s\" is in group \"%s\" in %s already, "
			     "right is one group at most",
			     member->name, show(first).text, where.text);
}

static void check_members(struct report *r, struct draft *d, const struct names *names,
			  size_t group)
{
	const struct draft_group *g = &d->groups[group];

	for (size_t i = g->member_first; i < g->member_first + g->member_count; i++) {
		const struct draft_member *member = &d->members[i];
		const struct named *found = find(names, SECTION_INSTANCE, member->name);

		if (!found) {
			report_error(r, member->at,
				     "key \"instances\": there is no instance \"%s\", %s",
				     member->name,
				     advice_for(r, names, SECTION_INSTANCE, member->name).text);
			continue;
		}

		struct draft_instance *inst = &d->instances[found->number];

		if (inst->settings.group != 0) {
			report_second_group(r, d, inst, group, member);
			continue;
		}
		inst->settings.group = (uint32_t)group + 1;
		inst->group_at = member->at;
	}
}

/* Commands, hooks and JSON name both alike. */
static void check_group_name(struct report *r, const struct names *names,
			     const struct draft_group *group)
{
	const struct named *inst = find(names, SECTION_INSTANCE, group->settings.name);

	if (inst && name_ok(group->settings.name))
		report_error(r, group->at,
			     "name of the group: \"%s\" is that of the instance in %s, right is "
			     "another name",
			     group->settings.name, report_where(r, inst->at, group->at).text);
}

void check_references(struct report *r, struct draft *d)
{
	struct names names;

	if (!names_init(&names, d)) {
		r->failed = true;
		return;
	}
	check_track_names(r, d, &names);
	for (size_t i = 0; i < d->group_count && !report_full(r); i++) {
		check_group_name(r, &names, &d->groups[i]);
		check_members(r, d, &names, i);
	}
	check_use(r, d);
	free(names.items);
}
