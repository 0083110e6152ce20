/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Times and durations as text. Points in time are UTC everywhere, because what happened is compared
 * between two routers.
 */
#include "view/view.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

enum {
	US_PER_MS = 1000,
	US_PER_S = 1000000,
};

const char *view_time_text(int64_t wall_us, char buf[static VIEW_TIME_TEXT_MAX])
{
	int64_t in_second = (wall_us % US_PER_S + US_PER_S) % US_PER_S;
	time_t seconds = (time_t)((wall_us - in_second) / US_PER_S);
	struct tm tm;
	size_t len;

	if (!gmtime_r(&seconds, &tm) || tm.tm_year > 9999 - 1900 || tm.tm_year < -1900) {
		snprintf(buf, VIEW_TIME_TEXT_MAX, "-");
		return buf;
	}
	len = strftime(buf, VIEW_TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + len, VIEW_TIME_TEXT_MAX - len, ".%03dZ", (int)(in_second / US_PER_MS));
	return buf;
}

/* So many digits and what stands behind them; *text is then behind that. sscanf() takes five times as long, and a table has thousands. */
static bool take_number(const char **text, int digits, char behind, int *ret)
{
	int number = 0;

	for (int i = 0; i < digits; i++, (*text)++) {
		if (**text < '0' || **text > '9')
			return false;
		number = number * 10 + (**text - '0');
	}
	*ret = number;
	return *(*text)++ == behind;
}

int view_time_parse(const char *text, int64_t *ret_wall_us)
{
	struct tm tm = { 0 };
	int ms;

	if (!take_number(&text, 4, '-', &tm.tm_year) || !take_number(&text, 2, '-', &tm.tm_mon) ||
	    !take_number(&text, 2, 'T', &tm.tm_mday) || !take_number(&text, 2, ':', &tm.tm_hour) ||
	    !take_number(&text, 2, ':', &tm.tm_min) || !take_number(&text, 2, '.', &tm.tm_sec) ||
	    !take_number(&text, 3, 'Z', &ms) || *text != '\0')
		return -EINVAL;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*ret_wall_us = (int64_t)timegm(&tm) * US_PER_S + (int64_t)ms * US_PER_MS;
	return 0;
}

const char *view_age_text(struct span age, char buf[static VIEW_DURATION_TEXT_MAX])
{
	int64_t s = age.us < 0 ? 0 : age.us / US_PER_S; /* clocks of two hosts may differ */

	if (s < 60)
		snprintf(buf, VIEW_DURATION_TEXT_MAX, "%" PRId64 "s", s);
	else if (s < 3600)
		snprintf(buf, VIEW_DURATION_TEXT_MAX, "%" PRId64 "m%02" PRId64 "s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, VIEW_DURATION_TEXT_MAX, "%" PRId64 "h%02" PRId64 "m", s / 3600,
			 s % 3600 / 60);
	else
		snprintf(buf, VIEW_DURATION_TEXT_MAX, "%" PRId64 "d%02" PRId64 "h", s / 86400,
			 s % 86400 / 3600);
	return buf;
}

/* whole.fraction without zeros at the end; fraction has so many digits. */
static void decimal_text(int64_t whole, int64_t fraction, int digits, const char *unit,
			 char buf[static VIEW_DURATION_TEXT_MAX])
{
	int len = snprintf(buf, VIEW_DURATION_TEXT_MAX, "%" PRId64 ".%0*" PRId64, whole, digits,
			   fraction);

	while (buf[len - 1] == '0')
		len--;
	if (buf[len - 1] == '.')
		len--;
	snprintf(buf + len, VIEW_DURATION_TEXT_MAX - (size_t)len, "%s", unit);
}

const char *view_duration_text(struct span length, char buf[static VIEW_DURATION_TEXT_MAX])
{
	int64_t us = length.us < 0 ? 0 : length.us;

	if (us == 0 || us >= US_PER_S)
		decimal_text(us / US_PER_S, us % US_PER_S, 6, "s", buf);
	else
		decimal_text(us / US_PER_MS, us % US_PER_MS, 3, "ms", buf);
	return buf;
}
