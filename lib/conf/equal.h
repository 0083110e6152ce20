/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts of two settings compared by meaning. See settings_equal() for the whole.
 */
#ifndef CONF_EQUAL_H
#define CONF_EQUAL_H

#include <stdbool.h>

#include "conf/keys.h"
#include "core/settings.h"

/*
 * All that the table of keys stores for that section, in two structs of that section; each belongs
 * to the settings before it.
 */
bool values_equal(enum section in, const struct settings *sa, const void *a,
		  const struct settings *sb, const void *b);

bool vips_equal(const struct settings *a, struct range ra, const struct settings *b,
		struct range rb);
bool peers_equal(const struct settings *a, struct range ra, const struct settings *b,
		 struct range rb);

bool routings_equal(const struct settings *a, struct range ra, const struct settings *b,
		    struct range rb);

/* Do both track the same thing, whatever its weight? Do they take it into account alike? */
bool tracks_match(const struct settings *a, const struct track_settings *ta,
		  const struct settings *b, const struct track_settings *tb);
bool tracks_equal(const struct settings *a, struct range ra, const struct settings *b,
		  struct range rb);

/* Everything but the name. */
bool checks_equal(const struct settings *a, const struct check_settings *ca,
		  const struct settings *b, const struct check_settings *cb);
/* Without its instances, which know their group. */
bool groups_equal(const struct settings *a, const struct group_settings *ga,
		  const struct settings *b, const struct group_settings *gb);
bool instances_equal(const struct settings *a, const struct instance_settings *ia,
		     const struct settings *b, const struct instance_settings *ib);

#endif
