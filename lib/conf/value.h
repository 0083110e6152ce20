/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The value of one key: from text, strictly, and back.
 */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/keys.h"
#include "conf/routing_words.h"
#include "conf/vip_text.h"

struct value {
	int64_t number;         /* boolean, integer, duration in microseconds, choice */
	const char *text;       /* name, interface, text, path: what was parsed, not a copy */
	uint32_t text_number;   /* of a text that is stored: given by whoever has kept a copy */
	struct ip_addr address; /* address, endpoint */
	uint16_t port;          /* endpoint */
	struct vip vip;
	struct routing routing;
	bool none; /* the key's word for its default */
	bool cut;  /* a password that is too long: only its beginning counts */
};

/* 0, or -EINVAL with *ret untouched and what is wrong, and what would be right, in why. */
int value_parse(const struct key *k, const char *text, struct value *ret, char why[static WHY_MAX]);

/*
 * Puts a parsed value where the key says; nothing for keys without a place. base as for
 * key_number().
 */
void value_store(const struct key *k, void *base, const struct value *v);

/*
 * The value in canonical form, in buf or, if it is a text already, where that is. base is a struct
 * of those settings.
 */
enum {
	VALUE_TEXT_MAX = 64
};
const char *value_text(const struct key *k, const struct settings *s, const void *base,
		       char buf[static VALUE_TEXT_MAX]);

/* Is it the default? (Of texts: none.) */
bool value_is_initial(const struct key *k, const void *base);

/* Are both the same? Each base is a struct of the settings before it. */
bool value_equal(const struct key *k, const struct settings *sa, const void *a,
		 const struct settings *sb, const void *b);

/*
 * 1 to NAME_MAX_LEN letters, digits and . _ - : @ +, the first a letter, a digit or _: fit for
 * commands, JSON, metrics and hooks.
 */
bool name_ok(const char *name);

/*
 * Could the bytes in that place have come from value_store()? Safe on any bytes, if the texts of
 * the settings end with a NUL.
 */
bool value_is_valid(const struct key *k, const struct settings *s, const void *base);

#endif
