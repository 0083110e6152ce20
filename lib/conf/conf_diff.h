/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a reload changed, in lines for people: `web: priority 150 -> 100`, `web: address
 * 192.0.2.11/24 added`, `lan: new (eth1, vrid 52)`, `dmz: removed (eth2, vrid 7)`, `web:
 * track-script haproxy: weight 0 -> -60`, `script haproxy: interval 1s -> 2s`, `global: log-level
 * info -> debug`. Instances are the same if interface, VRID and (first) family are;
 * another name for it is a change. Nothing for settings that are equal.
 */
#ifndef CONF_CONF_DIFF_H
#define CONF_CONF_DIFF_H

#include <stddef.h>

#include "core/settings.h"

enum {
	CONF_DIFF_MAX = 1000
}; /* lines; one more says how many are left out */

struct conf_diff {
	/*
	 * global, scripts and the like, instances, groups; each in the order of the new settings,
	 * then what was removed
	 */
	char **lines;
	size_t count;
	size_t dropped;
	size_t cap;
};

/* 0, or -ENOMEM with *ret untouched. *ret is freed with conf_diff_done(). */
int conf_diff(const struct settings *old, const struct settings *fresh, struct conf_diff *ret);
void conf_diff_done(struct conf_diff *diff);

#endif
