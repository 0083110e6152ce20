/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the table of keys says in messages: where a key belongs, which there are, what would be
 * right as a value. Every problem with a key ends with one of these.
 */
#include <stdio.h>
#include <string.h>

#include "conf/duration.h"
#include "conf/keys.h"
#include "core/settings.h"

struct key_places key_places(const struct key *k)
{
	struct key_places places = { "" };
	uint32_t in = 0;
	size_t len = 0;

	/* one row a section if it is stored in different structs */
	for (size_t i = 0; i < key_count; i++)
		if (strcmp(keys[i].name, k->name) == 0)
			in |= keys[i].in;
	for (unsigned int s = 0; s < SECTION_COUNT && len < sizeof(places.text); s++) {
		if (!(in & IN(s)))
			continue;
		len += (size_t)snprintf(places.text + len, sizeof(places.text) - len, "%s\"%s\"",
					len ? " or " : "", section_name((enum section)s));
	}
	return places;
}

struct key_words key_words(enum section in)
{
	struct key_words words = { "" };
	size_t len = 0;

	for (size_t i = 0; i < key_count; i++) {
		if (!(keys[i].in & IN(in)))
			continue;
		/* room for ", " and ", ..." */
		if (len + strlen(keys[i].name) + 8 > sizeof(words.text)) {
			strcpy(words.text + len, ", ...");
			break;
		}
		len += (size_t)snprintf(words.text + len, sizeof(words.text) - len, "%s%s",
					len ? ", " : "", keys[i].name);
	}
	return words;
}

static void right_words(const char *const *words, char *buf, size_t cap)
{
	size_t len = 0;

	for (; *words && len < cap; words++)
		len += (size_t)snprintf(buf + len, cap - len, "%s%s",
					len == 0 ? "" : (words[1] ? ", " : " or "), *words);
}

static void right_range(const struct key *k, char *buf, size_t cap)
{
	char low[DURATION_TEXT_MAX], high[DURATION_TEXT_MAX];

	if (k->kind == KIND_INTEGER)
		snprintf(buf, cap, "%lld to %lld", (long long)k->min, (long long)k->max);
	else
		snprintf(buf, cap, "%s to %s", duration_text(span_us(k->min), low),
			 duration_text(span_us(k->max), high));
}

struct key_right key_right(const struct key *k)
{
	struct key_right r = { "" };

	if (k->right) {
		snprintf(r.text, sizeof(r.text), "%s", k->right);
		return r;
	}
	switch (k->kind) {
	case KIND_SECTION:
		snprintf(r.text, sizeof(r.text), "%s%s { ... }", k->name, k->titled ? " NAME" : "");
		break;
	case KIND_INCLUDE:
		snprintf(r.text, sizeof(r.text), "include(\"/path/*.conf\")");
		break;
	case KIND_BOOLEAN:
		snprintf(r.text, sizeof(r.text), "true or false");
		break;
	case KIND_INTEGER:
	case KIND_DURATION:
		right_range(k, r.text, sizeof(r.text));
		break;
	case KIND_CHOICE:
		right_words(k->words, r.text, sizeof(r.text));
		break;
	case KIND_NAME:
	case KIND_USER:
	case KIND_USERS:
		snprintf(
			r.text, sizeof(r.text),
			"1 to %d letters, digits and . _ - : @ +, the first a letter, a digit or _",
			NAME_MAX_LEN);
		break;
	case KIND_INTERFACE:
		snprintf(r.text, sizeof(r.text),
			 "the name of an interface, like eth0: 1 to %d characters without space, / "
			 "and :",
			 IFNAME_MAX_LEN);
		break;
	case KIND_TEXT:
		snprintf(r.text, sizeof(r.text), "one line of 1 to %d characters", COMMAND_MAX_LEN);
		break;
	case KIND_PASSWORD:
		snprintf(r.text, sizeof(r.text), "a text that is not empty");
		break;
	case KIND_PATH:
		snprintf(r.text, sizeof(r.text), "a path that begins with /");
		break;
	case KIND_ENDPOINT:
		snprintf(r.text, sizeof(r.text), "ADDR:PORT, like 127.0.0.1:9650 or [::1]:9650");
		break;
	case KIND_ADDRESS:
		snprintf(r.text, sizeof(r.text), "an address, like 192.0.2.1");
		break;
	case KIND_ROUTE:
		snprintf(r.text, sizeof(r.text),
			 "a route as `ip route add` takes it, like default via 192.0.2.254");
		break;
	case KIND_RULE:
		snprintf(r.text, sizeof(r.text),
			 "a rule as `ip rule add` takes it, like from 192.0.2.0/24 table 100");
		break;
	case KIND_VIP:
		snprintf(r.text, sizeof(r.text), "an address with its prefix, like 192.0.2.10/24");
		break;
	}
	if (k->none) {
		size_t len = strlen(r.text);

		snprintf(r.text + len, sizeof(r.text) - len, ", or %s", k->none);
	}
	return r;
}
