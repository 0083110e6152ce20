/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A JSON object under construction, also for the control server's replies. It remembers that memory
 * ran out instead of failing at each member: put straight down, ask once at the end. Members stay
 * in the order in which they were put.
 */
#ifndef VIEW_OBJECT_H
#define VIEW_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/instant.h"

struct object {
	json_t *json;
	bool failed;
};

struct object object_begin(void);

/* The reference to value passes over; NULL counts as no memory. */
void object_put(struct object *o, const char *key, json_t *value);
void object_integer(struct object *o, const char *key, int64_t value);
void object_bool(struct object *o, const char *key, bool value);
/* Milliseconds: a whole number where it is one. */
void object_ms(struct object *o, const char *key, struct span s);
void object_null(struct object *o, const char *key);

/*
 * JSON holds only UTF-8, but a name of the kernel's or a text that was cut may be something else: then
 * bytes outside ASCII become '?'. So it is with the lines below.
 */
void object_text(struct object *o, const char *key, const char *text);

/* An array of the lines of a text, without their ends; NULL without memory. */
json_t *object_lines(const char *text);

/* The finished object, or NULL if anything could not be put. */
json_t *object_end(struct object *o);

#endif
