/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Do two settings say the same? Compared by meaning, through the table of keys, and not as bytes:
 * structs have padding, and where a range begins in its table means nothing.
 */
#include "conf/equal.h"

#include <string.h>

#include "conf/conf.h"
#include "conf/keys.h"
#include "conf/value.h"

bool values_equal(enum section in, const struct settings *sa, const void *a,
		  const struct settings *sb, const void *b)
{
	for (size_t i = 0; i < key_count; i++)
		if ((keys[i].in & IN(in)) && keys[i].size > 0 &&
		    !value_equal(&keys[i], sa, a, sb, b))
			return false;
	return true;
}

bool vips_equal(const struct settings *a, struct range ra, const struct settings *b,
		struct range rb)
{
	if (ra.count != rb.count)
		return false;
	for (uint32_t i = 0; i < ra.count; i++)
		if (!vip_equal(&a->vips[ra.first + i], &b->vips[rb.first + i]))
			return false;
	return true;
}

bool peers_equal(const struct settings *a, struct range ra, const struct settings *b,
		 struct range rb)
{
	if (ra.count != rb.count)
		return false;
	for (uint32_t i = 0; i < ra.count; i++)
		if (!ip_equal(a->peers[ra.first + i], b->peers[rb.first + i]))
			return false;
	return true;
}

bool routings_equal(const struct settings *a, struct range ra, const struct settings *b,
		    struct range rb)
{
	if (ra.count != rb.count)
		return false;
	for (uint32_t i = 0; i < ra.count; i++)
		if (!routing_equal(&a->routings[ra.first + i], &b->routings[rb.first + i]))
			return false;
	return true;
}

bool tracks_match(const struct settings *a, const struct track_settings *ta,
		  const struct settings *b, const struct track_settings *tb)
{
	if (ta->check == 0 || tb->check == 0)
		return ta->check == tb->check && strcmp(ta->interface, tb->interface) == 0;

	const struct check_settings *ca = &a->checks[ta->check - 1],
				    *cb = &b->checks[tb->check - 1];

	return ca->kind == cb->kind && strcmp(ca->name, cb->name) == 0;
}

bool tracks_equal(const struct settings *a, struct range ra, const struct settings *b,
		  struct range rb)
{
	if (ra.count != rb.count)
		return false;
	for (uint32_t i = 0; i < ra.count; i++) {
		const struct track_settings *ta = &a->tracks[ra.first + i];
		const struct track_settings *tb = &b->tracks[rb.first + i];

		if (!tracks_match(a, ta, b, tb) ||
		    !values_equal(section_of_track(ta, a->checks), a, ta, b, tb))
			return false;
	}
	return true;
}

bool checks_equal(const struct settings *a, const struct check_settings *ca,
		  const struct settings *b, const struct check_settings *cb)
{
	return ca->kind == cb->kind && values_equal(section_of_check(ca->kind), a, ca, b, cb);
}

bool groups_equal(const struct settings *a, const struct group_settings *ga,
		  const struct settings *b, const struct group_settings *gb)
{
	return values_equal(SECTION_GROUP, a, ga, b, gb) &&
	       tracks_equal(a, ga->tracks, b, gb->tracks);
}

/* "" for no group. */
static const char *group_name(const struct settings *s, const struct instance_settings *inst)
{
	return inst->group ? s->groups[inst->group - 1].name : "";
}

bool instances_equal(const struct settings *a, const struct instance_settings *ia,
		     const struct settings *b, const struct instance_settings *ib)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		if (!vips_equal(a, ia->addresses[f], b, ib->addresses[f]) ||
		    !ip_equal(ia->source[f], ib->source[f]))
			return false;
	return values_equal(SECTION_INSTANCE, a, ia, b, ib) &&
	       vips_equal(a, ia->extra, b, ib->extra) && peers_equal(a, ia->peers, b, ib->peers) &&
	       routings_equal(a, ia->routes, b, ib->routes) &&
	       routings_equal(a, ia->rules, b, ib->rules) &&
	       tracks_equal(a, ia->tracks, b, ib->tracks) &&
	       strcmp(group_name(a, ia), group_name(b, ib)) == 0;
}

bool settings_equal(const struct settings *a, const struct settings *b)
{
	if (a->instance_count != b->instance_count || a->check_count != b->check_count ||
	    a->group_count != b->group_count ||
	    !values_equal(SECTION_GLOBAL, a, &a->global, b, &b->global))
		return false;
	for (uint32_t i = 0; i < a->instance_count; i++) {
		const struct instance_settings *ia = &a->instances[i], *ib = &b->instances[i];

		if (strcmp(ia->name, ib->name) != 0 || !instances_equal(a, ia, b, ib))
			return false;
	}
	for (uint32_t i = 0; i < a->check_count; i++) {
		const struct check_settings *ca = &a->checks[i], *cb = &b->checks[i];

		if (strcmp(ca->name, cb->name) != 0 || !checks_equal(a, ca, b, cb))
			return false;
	}
	for (uint32_t i = 0; i < a->group_count; i++) {
		const struct group_settings *ga = &a->groups[i], *gb = &b->groups[i];

		if (strcmp(ga->name, gb->name) != 0 || !groups_equal(a, ga, b, gb))
			return false;
	}
	return true;
}
