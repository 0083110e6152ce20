/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gratuitous ARPs and unsolicited neighbour advertisements. keepalived has a set of settings in
 * global_defs and lets an instance change them; vrrpd has them in each instance.
 */
#include <stdio.h>
#include <string.h>

#include "conf/duration.h"
#include "conf/import_translate.h"

static const struct announce {
	const char *own, *global; /* keywords; NULL for none */
	const char *key;
	bool count; /* a number, otherwise a time */
	int64_t max;
	const char *initial;   /* as vrrpd has it, which need not be written */
	const char *minimal;   /* with vrrp_min_garp */
	enum ip_family family; /* of the instances it is for; IP_NONE: all */
} announces[] = {
	{ "garp_master_repeat", "vrrp_garp_master_repeat", "announce-count", true, 100, "5", "1",
	  IP_NONE },
	{ "garp_master_delay", "vrrp_garp_master_delay", "announce-repeat", false, 3600, "5s", "0s",
	  IP_NONE },
	{ "garp_master_refresh", "vrrp_garp_master_refresh", "announce-refresh", false, 86400, "0s",
	  "0s", IP_NONE },
	{ NULL, "vrrp_garp_interval", "announce-interval", false, 1, "0s", "0s", IP_V4 },
	{ NULL, "vrrp_gna_interval", "announce-interval", false, 1, "0s", "0s", IP_V6 },
};

enum {
	ANNOUNCE_COUNT = sizeof(announces) / sizeof(announces[0]),
	VALUE_MAX = DURATION_TEXT_MAX,
};

static void value_of(struct import *x, const struct announce *a, const struct import_node *n,
		     char buf[static VALUE_MAX])
{
	if (a->count)
		snprintf(buf, VALUE_MAX, "%ld", import_digits(x, n, 0, 1, a->max, 1, a->max));
	else if (a->own)
		duration_text(span_s(import_digits(x, n, 0, 0, a->max, 0, a->max)), buf);
	else /* a fraction, as the only one */
		duration_text(import_time(x, n, 0, span_s(0), span_s(a->max), span_s(0)), buf);
}

void import_write_announce(struct import *x, const struct import_node *n)
{
	char value[VALUE_MAX];

	for (size_t i = 0; i < ANNOUNCE_COUNT; i++) {
		const struct announce *a = &announces[i];

		if (!a->own || strcmp(import_name(n), a->own) != 0)
			continue;
		value_of(x, a, n, value);
		import_value(x, n, a->key, value);
	}
}

/* In global_defs: where the comments stay, and where it is checked, once. */
void import_write_defaults(struct import *x, const struct import_node *n)
{
	char value[VALUE_MAX];

	for (size_t i = 0; i < ANNOUNCE_COUNT; i++) {
		const struct announce *a = &announces[i];

		if (!a->global || strcmp(import_name(n), a->global) != 0)
			continue;
		value_of(x, a, n, value);
		import_left_out(x, n);
		if (strcmp(value, a->initial) != 0)
			import_extra(x, "# %s = %s: in each%s instance below", a->key, value,
				     a->family == IP_V4   ? " IPv4"
				     : a->family == IP_V6 ? " IPv6"
							  : "");
	}
}

static bool is_minimal(const struct import *x)
{
	const struct import_node *n = import_global(x, "vrrp_min_garp");

	return n && import_boolean(n, true);
}

void import_announce_defaults(struct import *x, const struct import_node *instance)
{
	char value[VALUE_MAX];

	for (size_t i = 0; i < ANNOUNCE_COUNT; i++) {
		const struct announce *a = &announces[i];
		const struct import_node *n = import_global(x, a->global);

		if (a->own && import_child(instance, a->own))
			continue;
		if (a->family != IP_NONE && a->family != x->now.family)
			continue;
		if (is_minimal(x) && !n)
			snprintf(value, sizeof(value), "%s", a->minimal);
		else if (n)
			value_of(x, a, n, value);
		else
			continue;
		if (strcmp(value, a->initial) != 0)
			import_extra(x, "%s = %s", a->key, value);
	}
}
