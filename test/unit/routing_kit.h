/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes and rules written short, as people write them in the configuration: what begins with "from" is a rule.
 */
#ifndef TEST_ROUTING_KIT_H
#define TEST_ROUTING_KIT_H

#include <check.h>
#include <string.h>

#include "conf/routing_words.h"

static inline struct routing routing_of(const char *text)
{
	struct routing r;
	char why[WHY_MAX] = "";
	bool rule = strncmp(text, "from", 4) == 0;

	ck_assert_msg((rule ? rule_parse(text, &r, why) : route_parse(text, &r, why)) == 0,
		      "%s: %s", text, why);
	return r;
}

#endif
