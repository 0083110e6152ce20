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

bool values_equal(enum section in, const void *a, const void *b)
{
	for (size_t i = 0; i < key_count; i++)
		if ((keys[i].in & IN(in)) && keys[i].size > 0 && !value_equal(&keys[i], a, b))
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

bool instances_equal(const struct settings *a, const struct instance_settings *ia,
		     const struct settings *b, const struct instance_settings *ib)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		if (!vips_equal(a, ia->addresses[f], b, ib->addresses[f]) ||
		    !ip_equal(ia->source[f], ib->source[f]))
			return false;
	return values_equal(SECTION_INSTANCE, ia, ib) && vips_equal(a, ia->extra, b, ib->extra) &&
	       peers_equal(a, ia->peers, b, ib->peers);
}

bool settings_equal(const struct settings *a, const struct settings *b)
{
	if (a->instance_count != b->instance_count ||
	    !values_equal(SECTION_GLOBAL, &a->global, &b->global))
		return false;
	for (uint32_t i = 0; i < a->instance_count; i++) {
		const struct instance_settings *ia = &a->instances[i], *ib = &b->instances[i];

		if (strcmp(ia->name, ib->name) != 0 || !instances_equal(a, ia, b, ib))
			return false;
	}
	return true;
}
