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
 * All that the table of keys stores for that section: in two global_settings or two
 * instance_settings.
 */
bool values_equal(enum section in, const void *a, const void *b);

bool vips_equal(const struct settings *a, struct range ra, const struct settings *b,
		struct range rb);
bool peers_equal(const struct settings *a, struct range ra, const struct settings *b,
		 struct range rb);

/* Everything but the name. */
bool instances_equal(const struct settings *a, const struct instance_settings *ia,
		     const struct settings *b, const struct instance_settings *ib);

#endif
