/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What reading routes and rules has in common. Every message ends with what would be right.
 */
#include "conf/routing_words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/number.h"
#include "conf/report.h"
#include "conf/suggest.h"

/* What iproute2 takes besides, and people type. */
static const struct synonym {
	const char *theirs, *ours;
} synonyms[] = {
	{ "gw", "via" },
	{ "oif", "dev" },
	{ "gateway", "via" },
	{ "lookup", "table" },
	{ "protocol", "proto" },
	{ "priority", "metric" },
	{ "preference", "metric" },
	{ "dsfield", "tos" },
	{ "pref", "priority" },
	{ "preference", "priority" },
	{ "order", "priority" },
	{ "metric", "priority" },
	{ "dev", "iif" },
	{ "suppress_prefixlen", "suppress_prefixlength" },
	{ "proto", "protocol" },
};

const char *words_next(struct routing_words *w)
{
	return word_next(&w->rest, w->word, sizeof(w->word));
}

int words_refuse(struct routing_words *w, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(w->why, WHY_MAX, format, ap);
	va_end(ap);
	return -EINVAL;
}

const char *words_value(struct routing_words *w)
{
	strcpy(w->keyword, w->word);
	if (words_next(w))
		return w->word;
	snprintf(w->why, WHY_MAX, "\"%s\" needs a value after it", show(w->keyword).text);
	return NULL;
}

static int find(const struct routing_words *w, const char *word)
{
	for (int i = 0; w->known[i]; i++) {
		if (strcmp(w->known[i], word) == 0)
			return i;
	}
	return -1;
}

static void list_known(const struct routing_words *w, char *buf, size_t cap)
{
	size_t len = 0;

	for (int i = 0; w->known[i] && len < cap; i++)
		len += (size_t)snprintf(buf + len, cap - len, "%s%s", i == 0 ? "" : ", ",
					w->known[i]);
}

static void unknown(struct routing_words *w)
{
	const char *near = suggest_word(w->word, w->known);
	char list[256];

	list_known(w, list, sizeof(list));
	if (near)
		snprintf(w->why, WHY_MAX, "unknown word \"%s\", did you mean \"%s\"?",
			 show(w->word).text, near);
	else
		snprintf(w->why, WHY_MAX, "unknown word \"%s\", right are %s", show(w->word).text,
			 list);
}

const char *words_keyword(struct routing_words *w)
{
	int i = find(w, w->word);

	for (size_t s = 0; i < 0 && s < sizeof(synonyms) / sizeof(synonyms[0]); s++) {
		if (strcmp(synonyms[s].theirs, w->word) == 0)
			i = find(w, synonyms[s].ours);
	}
	if (i < 0) {
		unknown(w);
		return NULL;
	}
	if ((w->seen >> i & 1) != 0) {
		snprintf(w->why, WHY_MAX, "\"%s\" is given twice", w->known[i]);
		return NULL;
	}
	w->seen |= UINT32_C(1) << i;
	return w->known[i];
}

int words_name(struct routing_words *w, enum host_names which, uint32_t min, uint32_t max,
	       uint32_t *ret)
{
	const char *value = words_value(w);
	uint32_t number;

	if (!value)
		return -EINVAL;
	if (host_number(which, value, max, &number) == 0 && number >= min) {
		*ret = number;
		return 0;
	}
	snprintf(w->why, WHY_MAX,
		 "%s \"%s\" is not right, right is %u to %u, or a name that iproute2 knows on "
		 "this host",
		 show(w->keyword).text, show(value).text, min, max);
	return -EINVAL;
}

int words_tos(struct routing_words *w, uint8_t *ret)
{
	uint32_t number;

	if (words_name(w, HOST_TOS, 0, 255, &number) < 0)
		return -EINVAL;
	if ((number & 3) != 0)
		return words_refuse(w,
				    "tos 0x%x sets a bit of the two lowest, which are ECN's, "
				    "right is a multiple of 4",
				    (unsigned int)number);
	*ret = (uint8_t)number;
	return 0;
}

int words_number(struct routing_words *w, uint32_t min, uint32_t max, uint32_t *ret)
{
	const char *value = words_value(w);
	uint32_t number;

	if (!value)
		return -EINVAL;
	if (number_parse(value, max, &number) == 0 && number >= min) {
		*ret = number;
		return 0;
	}
	snprintf(w->why, WHY_MAX, "%s \"%s\" is not right, right is %u to %u",
		 show(w->keyword).text, show(value).text, min, max);
	return -EINVAL;
}

int words_interface(struct routing_words *w, char ret[static IFNAME_MAX_LEN + 1])
{
	const char *value = words_value(w);

	if (!value)
		return -EINVAL;
	if (interface_name_ok(value)) {
		memcpy(ret, value, strlen(value) + 1); /* its length is checked */
		return 0;
	}
	snprintf(w->why, WHY_MAX,
		 "%s \"%s\" is no name of an interface, right is 1 to %d characters without / "
		 "and :",
		 show(w->keyword).text, show(value).text, IFNAME_MAX_LEN);
	return -EINVAL;
}

static bool has_end(const char name[static IFNAME_MAX_LEN + 1])
{
	return memchr(name, '\0', IFNAME_MAX_LEN + 1) != NULL;
}

static bool addresses_are_valid(const struct routing *r)
{
	if (r->kind == ROUTING_RULE)
		return address_is_valid(r->rule.from) && address_is_valid(r->rule.to) &&
		       has_end(r->rule.iif) && has_end(r->rule.oif);
	if (!address_is_valid(r->route.dst) || !address_is_valid(r->route.src) ||
	    r->route.nexthop_count > ROUTE_NEXTHOPS_MAX)
		return false;
	for (uint32_t i = 0; i < r->route.nexthop_count; i++) {
		if (!address_is_valid(r->route.nexthops[i].via) ||
		    !has_end(r->route.nexthops[i].dev))
			return false;
	}
	return true;
}

/* What can be printed and read again as the same. */
bool routing_is_valid(const struct routing *r)
{
	char text[ROUTING_TEXT_MAX], why[WHY_MAX];
	struct routing again;
	int rc;

	if (r->kind > ROUTING_RULE || !addresses_are_valid(r))
		return false;
	routing_text(r, text);
	rc = r->kind == ROUTING_ROUTE ? route_parse(text, &again, why)
				      : rule_parse(text, &again, why);
	return rc == 0 && routing_equal(r, &again);
}

/* The address with zeros behind the prefix. */
static struct ip_addr network_of(struct ip_addr addr, uint8_t prefix_len)
{
	for (size_t bit = prefix_len; bit < 8 * ip_len(addr); bit++)
		addr.bytes[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
	return addr;
}

bool prefix_has_host_bits(struct ip_addr addr, uint8_t prefix_len)
{
	return !ip_equal(addr, network_of(addr, prefix_len));
}

int words_prefix(struct routing_words *w, struct ip_addr *ret, uint8_t *ret_len)
{
	struct ip_addr addr;
	char text[IP_PREFIX_TEXT_MAX];
	uint8_t len;

	if (ip_parse_prefix(w->word, &addr, &len) < 0) {
		snprintf(w->why, WHY_MAX,
			 "\"%s\" is no destination, right is default or ADDR/PREFIX like "
			 "198.51.100.0/24",
			 show(w->word).text);
		return -EINVAL;
	}
	if (prefix_has_host_bits(addr, len)) {
		snprintf(w->why, WHY_MAX, "\"%s\" has bits behind its prefix, right is %s",
			 show(w->word).text, ip_prefix_text(network_of(addr, len), len, text));
		return -EINVAL;
	}
	*ret = addr;
	*ret_len = len;
	return 0;
}
