/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading JSON that may be another version's, and colouring what is made of it; for this layer's
 * own use. A member that is missing or of another type reads as a value that shows it.
 */
#ifndef VIEW_MEMBER_H
#define VIEW_MEMBER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "base/instant.h"
#include "view/view.h"

/* "-" if it is no string. */
const char *member_text(const json_t *object, const char *key);
/* 0 if it is no number. */
int64_t member_integer(const json_t *object, const char *key);
bool member_bool(const json_t *object, const char *key);
/* A member in milliseconds; us < 0 if it is no number. */
struct span member_ms(const json_t *object, const char *key);

enum view_colour {
	COLOUR_NONE,
	COLOUR_HEADER,
	COLOUR_GOOD,
	COLOUR_BAD,
	COLOUR_NOTICE,
};

/* What begins a colour and what ends one; "" where none is wanted. */
const char *colour_on(const struct view_style *style, enum view_colour colour);
const char *colour_off(const struct view_style *style, enum view_colour colour);

/* MASTER, BACKUP, … */
enum view_colour state_colour(const char *state);

/* Begins a line of `show NAME`. */
void detail_label(FILE *out, const char *text);

/* One line a counter, with what it counts; those that are 0 only where asked. */
void counter_lines(FILE *out, json_t *counters, const char *indent, bool zeros);

#endif
