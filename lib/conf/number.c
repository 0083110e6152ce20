/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A leading zero is refused like a letter: some read it as octal.
 */
#include "conf/number.h"

#include <errno.h>
#include <stdbool.h>

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

int number_parse(const char *text, uint32_t max, uint32_t *ret)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	int base = hex ? 16 : 10;
	uint64_t n = 0;

	text += hex ? 2 : 0;
	if (text[0] == '\0' || (!hex && text[0] == '0' && text[1] != '\0'))
		return -EINVAL;
	for (const char *at = text; *at; at++) {
		if (digit_of(*at) >= base)
			return -EINVAL;
		if (n <= UINT32_MAX)
			n = n * (uint64_t)base + (uint64_t)digit_of(*at);
	}
	if (n > max)
		return -ERANGE;
	*ret = (uint32_t)n;
	return 0;
}
