/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lengths of time as users write them: `500ms`, `1s`, `0.5s`, `5m`, `1h`, and a bare number for
 * seconds.
 */
#ifndef CONF_DURATION_H
#define CONF_DURATION_H

#include "base/instant.h"

enum {
	DURATION_TEXT_MAX = 32
};

/*
 * Digits, perhaps with a fraction, and a unit; nothing before, between or after. 0; -EINVAL if it
 * is something else; -EDOM if it is finer than a microsecond, -ERANGE if it is longer than 10,000
 * hours. On failure *ret is untouched.
 */
int duration_parse(const char *text, struct span *ret);

/*
 * The shortest exact form that duration_parse() reads back: "1s", "1500ms", "5m". s is not
 * negative.
 */
const char *duration_text(struct span s, char buf[static DURATION_TEXT_MAX]);

#endif
