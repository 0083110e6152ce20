/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names and texts of the counters, made from the one list in the header.
 */
#include "core/counters.h"

const char *counter_name(enum counter c)
{
	static const char *const names[COUNTER_COUNT_] = {
#define COUNTER_NAME(upper, lower, text) [COUNTER_##upper] = #lower,
		COUNTERS(COUNTER_NAME)
#undef COUNTER_NAME
	};

	return names[c];
}

const char *counter_text(enum counter c)
{
	static const char *const texts[COUNTER_COUNT_] = {
#define COUNTER_TEXT(upper, lower, text) [COUNTER_##upper] = text,
		COUNTERS(COUNTER_TEXT)
#undef COUNTER_TEXT
	};

	return texts[c];
}
