/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Durations are read in whole microseconds and never go through floating point: 0.1s is exactly
 * 100 ms.
 */
#include "conf/duration.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
	HOURS_MAX = 10000,
	FRACTION_DIGITS_MAX = 9, /* an hour of microseconds times these fits 64 bits */
};

static const struct unit {
	const char *name;
	int64_t us;
} units[] = {
	{ "h", 3600000000 }, { "m", 60000000 }, { "s", 1000000 }, { "ms", 1000 }, { "", 1000000 },
};

#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))

static const int64_t us_max = HOURS_MAX * INT64_C(3600000000);

static const struct unit *unit_find(const char *name)
{
	for (size_t i = 0; i < UNIT_COUNT; i++)
		if (strcmp(units[i].name, name) == 0)
			return &units[i];
	return NULL;
}

static int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * The digits after the point, as microseconds of that unit; -EDOM if they are no whole number of
 * them.
 */
static int fraction_us(const char *digits, size_t len, int64_t unit_us, int64_t *ret)
{
	int64_t numerator = 0, denominator = 1;

	while (len > 0 && digits[len - 1] == '0')
		len--;
	if (len > FRACTION_DIGITS_MAX)
		return -EDOM;
	for (size_t i = 0; i < len; i++) {
		numerator = numerator * 10 + (digits[i] - '0');
		denominator *= 10;
	}
	if (unit_us * numerator % denominator != 0)
		return -EDOM;
	*ret = unit_us * numerator / denominator;
	return 0;
}

int duration_parse(const char *text, struct span *ret)
{
	const char *p = text, *fraction = NULL;
	size_t fraction_len = 0;
	int64_t whole = 0, part = 0;

	if (!is_digit(*p))
		return -EINVAL;
	for (; is_digit(*p); p++)
		if (whole <= us_max)
			whole = whole * 10 + (*p - '0');
	if (*p == '.') {
		fraction = ++p;
		while (is_digit(*p))
			p++;
		fraction_len = (size_t)(p - fraction);
		if (fraction_len == 0)
			return -EINVAL;
	}
	const struct unit *unit = unit_find(p);

	if (!unit)
		return -EINVAL;
	if (whole >= us_max / unit->us)
		return -ERANGE;
	if (fraction && fraction_us(fraction, fraction_len, unit->us, &part) < 0)
		return -EDOM;
	*ret = span_us(whole * unit->us + part);
	return 0;
}

const char *duration_text(struct span s, char buf[static DURATION_TEXT_MAX])
{
	if (s.us == 0)
		return strcpy(buf, "0s");
	for (size_t i = 0; i < UNIT_COUNT; i++) {
		if (s.us % units[i].us == 0) {
			snprintf(buf, DURATION_TEXT_MAX, "%" PRId64 "%s", s.us / units[i].us,
				 units[i].name);
			return buf;
		}
	}
	snprintf(buf, DURATION_TEXT_MAX, "%" PRId64 ".%03" PRId64 "ms", s.us / 1000, s.us % 1000);
	return buf;
}
