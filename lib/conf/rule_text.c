/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads rules: [inet|inet6] [not] and then selectors and an action in any order, as `ip rule add` has them. The family follows from the
 * addresses; a rule without any is one of IPv4 unless it says inet6.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conf/number.h"
#include "conf/report.h"
#include "conf/routing_words.h"

static const char *const keywords[] = { "from",      "to",
					"iif",       "oif",
					"fwmark",    "table",
					"priority",  "tos",
					"ipproto",   "sport",
					"dport",     "uidrange",
					"protocol",  "suppress_prefixlength",
					"blackhole", "unreachable",
					"prohibit",  NULL };

struct draft_rule {
	struct routing_words words;
	struct routing routing; /* all zero where nothing was said, as comparing needs it */
	enum ip_family family;  /* said, or of an address */
	bool has_action;
};

static int parse_prefix(struct draft_rule *d, struct ip_addr *ret, uint8_t *ret_len)
{
	const char *value = words_value(&d->words);

	if (!value)
		return -EINVAL;
	if (strcmp(value, "all") == 0 || strcmp(value, "any") == 0 || strcmp(value, "default") == 0)
		return 0;
	if (words_prefix(&d->words, ret, ret_len) < 0)
		return -EINVAL;
	if (d->family != IP_NONE && d->family != ret->family)
		return words_refuse(&d->words, "its addresses are of different families");
	d->family = (enum ip_family)ret->family;
	return 0;
}

/* MARK[/MASK] */
static int parse_mark(struct draft_rule *d)
{
	const char *value = words_value(&d->words);
	struct rule *rule = &d->routing.rule;
	char mark[WORD_MAX];
	size_t len;

	if (!value)
		return -EINVAL;
	len = strcspn(value, "/");
	memcpy(mark, value, len);
	mark[len] = '\0';
	rule->has_fwmark = 1;
	rule->fwmask = UINT32_MAX;
	if (number_parse(mark, UINT32_MAX, &rule->fwmark) < 0 ||
	    (value[len] && number_parse(value + len + 1, UINT32_MAX, &rule->fwmask) < 0))
		return words_refuse(
			&d->words,
			"fwmark \"%s\" is not right, right is MARK or MARK/MASK like 0x1/0xff",
			show(value).text);
	return 0;
}

/* FIRST[-LAST] */
static int parse_range(struct draft_rule *d, uint32_t min, uint32_t max, uint32_t *ret_first,
		       uint32_t *ret_last)
{
	const char *value = words_value(&d->words);
	char first[WORD_MAX];
	size_t len;

	if (!value)
		return -EINVAL;
	len = strcspn(value, "-");
	memcpy(first, value, len);
	first[len] = '\0';
	if (number_parse(first, max, ret_first) < 0 ||
	    number_parse(value[len] ? value + len + 1 : first, max, ret_last) < 0 ||
	    *ret_first < min || *ret_first > *ret_last)
		return words_refuse(&d->words,
				    "%s \"%s\" is not right, right is N or FIRST-LAST of %u to %u",
				    show(d->words.keyword).text, show(value).text, min, max);
	return 0;
}

static int parse_ports(struct draft_rule *d, struct port_range *ret)
{
	uint32_t first = 0, last = 0;

	if (parse_range(d, 1, 65535, &first, &last) < 0)
		return -EINVAL;
	*ret = (struct port_range){ (uint16_t)first, (uint16_t)last };
	return 0;
}

static int parse_ip_protocol(struct draft_rule *d)
{
	static const struct {
		const char *name;
		uint8_t number;
	} names[] = {
		{ "icmp", 1 }, { "tcp", 6 }, { "udp", 17 }, { "ipv6-icmp", 58 }, { "sctp", 132 }
	};
	const char *value = words_value(&d->words);
	uint32_t number = 0;

	if (!value)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i].name, value) == 0)
			number = names[i].number;
	}
	if (number == 0 && (number_parse(value, 255, &number) < 0 || number == 0))
		return words_refuse(
			&d->words,
			"ipproto \"%s\" is not right, right is tcp, udp, icmp, ipv6-icmp, sctp or 1 to 255",
			show(value).text);
	d->routing.rule.ip_protocol = (uint8_t)number;
	return 0;
}

static int parse_selector(struct draft_rule *d, const char *keyword)
{
	struct rule *rule = &d->routing.rule;

	if (strcmp(keyword, "from") == 0)
		return parse_prefix(d, &rule->from, &rule->from_len);
	if (strcmp(keyword, "to") == 0)
		return parse_prefix(d, &rule->to, &rule->to_len);
	if (strcmp(keyword, "iif") == 0)
		return words_interface(&d->words, rule->iif);
	if (strcmp(keyword, "oif") == 0)
		return words_interface(&d->words, rule->oif);
	if (strcmp(keyword, "fwmark") == 0)
		return parse_mark(d);
	if (strcmp(keyword, "ipproto") == 0)
		return parse_ip_protocol(d);
	if (strcmp(keyword, "sport") == 0)
		return parse_ports(d, &rule->sport);
	if (strcmp(keyword, "dport") == 0)
		return parse_ports(d, &rule->dport);
	rule->has_uids = 1;
	return parse_range(d, 0, UINT32_MAX - 1, &rule->uid_first, &rule->uid_last);
}

static int parse_action(struct draft_rule *d, enum route_type type)
{
	if (d->has_action)
		return words_refuse(
			&d->words,
			"it has two actions, right is one of table, blackhole, unreachable "
			"and prohibit");
	d->has_action = true;
	d->routing.rule.type = (uint8_t)type;
	if (type != ROUTE_UNICAST)
		return 0;
	return words_name(&d->words, HOST_TABLES, 1, UINT32_MAX, &d->routing.rule.table);
}

static int parse_number(struct draft_rule *d, const char *keyword)
{
	struct rule *rule = &d->routing.rule;
	uint32_t number = 0;
	int rc;

	if (strcmp(keyword, "priority") == 0) {
		rule->has_priority = 1;
		return words_number(&d->words, 1, UINT32_MAX, &rule->priority);
	}
	if (strcmp(keyword, "suppress_prefixlength") == 0) {
		rc = words_number(&d->words, 0, 128, &number);
		rule->suppress_prefix_len = (int32_t)number;
	} else if (strcmp(keyword, "protocol") == 0) {
		rc = words_name(&d->words, HOST_PROTOCOLS, 3, 255, &number);
		rule->protocol = (uint8_t)number;
	} else {
		rc = words_tos(&d->words, &rule->tos);
	}
	return rc;
}

static int parse_option(struct draft_rule *d, const char *keyword)
{
	static const char *const selectors[] = { "from",    "to",    "iif",   "oif",     "fwmark",
						 "ipproto", "sport", "dport", "uidrange" };

	for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++) {
		if (strcmp(selectors[i], keyword) == 0)
			return parse_selector(d, keyword);
	}
	if (strcmp(keyword, "table") == 0)
		return parse_action(d, ROUTE_UNICAST);
	if (strcmp(keyword, "blackhole") == 0)
		return parse_action(d, ROUTE_BLACKHOLE);
	if (strcmp(keyword, "unreachable") == 0)
		return parse_action(d, ROUTE_UNREACHABLE);
	if (strcmp(keyword, "prohibit") == 0)
		return parse_action(d, ROUTE_PROHIBIT);
	return parse_number(d, keyword);
}

/* What stands before the selectors; false when the word read last is none of it. */
static bool is_prefix_word(struct draft_rule *d)
{
	const char *word = d->words.word;

	if (strcmp(word, "inet6") == 0)
		d->family = IP_V6;
	else if (strcmp(word, "inet") == 0)
		d->family = IP_V4;
	else if (strcmp(word, "not") == 0)
		d->routing.rule.inverse = 1;
	else
		return false;
	return true;
}

int rule_parse(const char *text, struct routing *ret, char why[static WHY_MAX])
{
	struct draft_rule d = { .words = { .rest = text, .why = why, .known = keywords } };
	struct rule *rule = &d.routing.rule;

	memset(&d.routing, 0, sizeof(d.routing));
	d.routing.kind = ROUTING_RULE;
	rule->suppress_prefix_len = -1;
	while (words_next(&d.words)) {
		const char *keyword;

		if (d.words.seen == 0 && is_prefix_word(&d))
			continue;
		keyword = words_keyword(&d.words);
		if (!keyword || parse_option(&d, keyword) < 0)
			return -EINVAL;
	}
	if (!d.has_action)
		return words_refuse(
			&d.words, "it has no action, right is table TABLE, blackhole, unreachable "
				  "or prohibit");
	rule->from.family = rule->to.family = (uint8_t)(d.family != IP_NONE ? d.family : IP_V4);
	if (rule->protocol == 0)
		rule->protocol = ROUTING_PROTOCOL;
	*ret = d.routing;
	return 0;
}
