/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firewall, judged by what it does: advertisements that reach the network card and not the raw socket were dropped on the way. The
 * ruleset of nftables is read to say where; and to warn of a ruleset that would drop them, where nobody was heard who would prove it.
 */
#include "doctor.h"

#include <stdio.h>
#include <string.h>

#include "wire/bfd.h"

enum {
	RULE_TEXT_MAX = 256,
	RP_FILTER_STRICT = 1,
	RP_FILTER_LOOSE = 2,
};

/* Is there this string, or this number, anywhere in it? Also as a key. */
static bool mentions(const json_t *json, const char *word, int number)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_integer(json))
		return json_integer_value(json) == number;
	if (json_is_string(json))
		return strcmp(json_string_value(json), word) == 0;
	if (json_is_array(json)) {
		json_array_foreach (json, i, value)
			if (mentions(value, word, number))
				return true;
	} else if (json_is_object(json)) {
		json_object_foreach ((json_t *)(uintptr_t)json, key, value)
			if (strcmp(key, word) == 0 || mentions(value, word, number))
				return true;
	}
	return false;
}

/* A rule about protocol 112: what its matches compare with. */
static bool is_of_vrrp(const json_t *rule)
{
	const json_t *statement;
	size_t i;

	json_array_foreach (json_object_get(rule, "expr"), i, statement) {
		const json_t *match = json_object_get(statement, "match");
		const json_t *left = json_object_get(match, "left");

		if (match && mentions(json_object_get(match, "right"), "vrrp", VRRP_PROTOCOL) &&
		    (mentions(left, "protocol", -1) || mentions(left, "nexthdr", -1) ||
		     mentions(left, "l4proto", -1)))
			return true;
	}
	return false;
}

/* A rule about the port of BFD sessions. */
static bool is_of_bfd(const json_t *rule)
{
	const json_t *statement;
	size_t i;

	json_array_foreach (json_object_get(rule, "expr"), i, statement) {
		const json_t *match = json_object_get(statement, "match");

		if (match && mentions(json_object_get(match, "left"), "dport", -1) &&
		    mentions(json_object_get(match, "right"), "bfd-control", BFD_PORT))
			return true;
	}
	return false;
}

static bool does(const json_t *rule, const char *verdict)
{
	const json_t *statement;
	size_t i;

	json_array_foreach (json_object_get(rule, "expr"), i, statement)
		if (json_object_get(statement, verdict))
			return true;
	return false;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "?";
}

/* Is it about other interfaces than those of the file? */
static bool is_elsewhere(const struct doctor *d, const json_t *rule)
{
	const json_t *statement;
	size_t i;

	json_array_foreach (json_object_get(rule, "expr"), i, statement) {
		const json_t *match = json_object_get(statement, "match");
		const json_t *left = json_object_get(match, "left");
		const json_t *right = json_object_get(match, "right");
		bool ours = false;

		if (!match || strcmp(text_of(match, "op"), "==") != 0 ||
		    !(mentions(left, "iifname", -1) || mentions(left, "oifname", -1)))
			continue;
		for (uint32_t k = 0; k < d->settings->instance_count; k++)
			ours = ours || mentions(right, d->settings->instances[k].interface, -1);
		/* eth* may be ours */
		if (!ours && !(json_is_string(right) && strchr(json_string_value(right), '*')))
			return true;
	}
	return false;
}

enum direction {
	COMES_IN,
	GOES_OUT,
};

/* Where the kernel calls that chain; "" where only another chain does. */
static const char *hook_of(const json_t *objects, const json_t *rule)
{
	const json_t *object;
	size_t i;

	json_array_foreach (objects, i, object) {
		const json_t *chain = json_object_get(object, "chain");
		const char *hook = json_string_value(json_object_get(chain, "hook"));

		if (chain && hook &&
		    strcmp(text_of(chain, "family"), text_of(rule, "family")) == 0 &&
		    strcmp(text_of(chain, "table"), text_of(rule, "table")) == 0 &&
		    strcmp(text_of(chain, "name"), text_of(rule, "chain")) == 0)
			return hook;
	}
	return "";
}

/* What is forwarded is never VRRP's. */
static bool is_on_the_way(const char *hook, enum direction direction)
{
	switch (direction) {
	case COMES_IN:
		return hook[0] == '\0' || strcmp(hook, "input") == 0 ||
		       strcmp(hook, "prerouting") == 0 || strcmp(hook, "ingress") == 0;
	case GOES_OUT:
		return strcmp(hook, "output") == 0 || strcmp(hook, "postrouting") == 0 ||
		       strcmp(hook, "egress") == 0;
	}
	return false;
}

/* The first rule in the ruleset about that which drops it, as a command that removes the rule. */
static bool find_dropping_rule(const struct doctor *d, const json_t *objects,
			       bool (*is_of)(const json_t *rule), enum direction direction,
			       char ret[static RULE_TEXT_MAX])
{
	const json_t *object;
	size_t i;

	json_array_foreach (objects, i, object) {
		const json_t *rule = json_object_get(object, "rule");

		if (!rule || !is_of(rule) || !(does(rule, "drop") || does(rule, "reject")) ||
		    !is_on_the_way(hook_of(objects, rule), direction) || is_elsewhere(d, rule))
			continue;
		snprintf(ret, RULE_TEXT_MAX, "nft delete rule %s %s %s handle %lld",
			 text_of(rule, "family"), text_of(rule, "table"), text_of(rule, "chain"),
			 (long long)json_integer_value(json_object_get(rule, "handle")));
		return true;
	}
	return false;
}

/* In a chain that only another one calls, either direction may be meant. */
static bool any_accepts(const json_t *objects, enum direction direction)
{
	const json_t *object;
	size_t i;

	json_array_foreach (objects, i, object) {
		const json_t *rule = json_object_get(object, "rule");
		const char *hook = rule ? hook_of(objects, rule) : "";

		if (rule && is_of_vrrp(rule) && does(rule, "accept") &&
		    (hook[0] == '\0' || is_on_the_way(hook, direction)))
			return true;
	}
	return false;
}

/* A chain that drops what no rule accepts, while none accepts VRRP. */
static bool find_dropping_policy(const json_t *objects, enum direction direction,
				 char ret[static RULE_TEXT_MAX])
{
	const json_t *object;
	size_t i;

	if (any_accepts(objects, direction))
		return false;
	json_array_foreach (objects, i, object) {
		const json_t *chain = json_object_get(object, "chain");

		if (!chain ||
		    strcmp(text_of(chain, "hook"), direction == COMES_IN ? "input" : "output") !=
			    0 ||
		    strcmp(text_of(chain, "policy"), "drop") != 0)
			continue;
		snprintf(ret, RULE_TEXT_MAX, "nft insert rule %s %s %s meta l4proto 112 accept",
			 text_of(chain, "family"), text_of(chain, "table"), text_of(chain, "name"));
		return true;
	}
	return false;
}

/* NULL: there is no nft, or we may not ask it. */
static json_t *read_ruleset(void)
{
	FILE *nft = popen("PATH=$PATH:/usr/sbin:/sbin nft -j list ruleset 2>/dev/null", "re");
	json_t *ruleset, *objects;

	if (!nft)
		return NULL;
	ruleset = json_loadf(nft, JSON_DISABLE_EOF_CHECK, NULL);
	pclose(nft);
	objects = json_incref(json_object_get(ruleset, "nftables"));
	json_decref(ruleset);
	return objects;
}

static void mend_traffic(struct doctor *d, const char *interface, int family, const char *fix)
{
	long own = doctor_number_of("/proc/sys/net/ipv4/conf/%s/rp_filter", interface);
	long all = doctor_number_of("/proc/sys/net/ipv4/conf/all/rp_filter");

	if (fix[0] != '\0')
		doctor_mend(d, "%s", fix);
	else if (family == FAMILY_V4 && (own > all ? own : all) == RP_FILTER_STRICT)
		doctor_mend_setting(d, IP_V4, interface, "rp_filter", RP_FILTER_LOOSE);
	else
		doctor_mend(d, "%s -I INPUT -p 112 -j ACCEPT",
			    family == FAMILY_V6 ? "ip6tables" : "iptables");
}

/* What was seen to be dropped; true: something was. fix: "" where the ruleset does not tell. */
static bool judge_traffic(struct doctor *d, const char *fix)
{
	bool found = false;

	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		const char *interface = d->settings->instances[i].interface;

		for (int f = 0; f < FAMILY_COUNT; f++) {
			const struct doctor_traffic *t = &d->traffic[i][f];

			/* without a membership of ours IP drops them by right */
			if (!t->joined || t->packets >= t->frames)
				continue;
			found = true;
			doctor_find(d, DOCTOR_FAIL,
				    "%s: %u of %u advertisements over %s that arrived were dropped "
				    "on this host, by its firewall or by rp_filter (%ld)",
				    interface, t->frames - t->packets, t->frames,
				    f == FAMILY_V6 ? "IPv6" : "IPv4",
				    doctor_number_of("/proc/sys/net/ipv4/conf/%s/rp_filter",
						     interface));
			mend_traffic(d, interface, f, fix);
		}
	}
	return found;
}

static bool was_proved(const struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++)
		for (int f = 0; f < FAMILY_COUNT; f++)
			if (d->traffic[i][f].packets > 0)
				return true;
	return false;
}

static void judge_incoming(struct doctor *d, const json_t *objects)
{
	char fix[RULE_TEXT_MAX] = "";
	bool rule = find_dropping_rule(d, objects, is_of_vrrp, COMES_IN, fix);
	bool policy = !rule && find_dropping_policy(objects, COMES_IN, fix);

	if (judge_traffic(d, fix))
		return;
	if (rule) {
		doctor_find(d, DOCTOR_WARN,
			    "a rule of nftables drops VRRP, though none was seen to be dropped");
		doctor_mend(d, "%s", fix);
	} else if (policy && !was_proved(d)) {
		doctor_find(d, DOCTOR_WARN,
			    "nftables drop what comes in and is not accepted, and no rule names "
			    "VRRP (protocol 112)");
		doctor_mend(d, "%s", fix);
	} else if (!objects && !was_proved(d)) {
		doctor_find(d, DOCTOR_UNKNOWN,
			    "nothing was heard, and nft does not tell its ruleset");
		doctor_mend(
			d,
			"iptables -S; ip6tables -S  # and look for protocol 112, or a policy that drops it");
	}
}

/* Has the daemon sent something, all of which got out? */
static bool sends(const struct doctor *d)
{
	const json_t *shown;
	size_t i;

	json_array_foreach (d->instances, i, shown) {
		const json_t *counters = json_object_get(shown, "counters");

		if (json_integer_value(json_object_get(counters, "adverts_sent")) > 0 &&
		    json_integer_value(json_object_get(counters, "send_errors")) == 0)
			return true;
	}
	return false;
}

static void judge_outgoing(struct doctor *d, const json_t *objects)
{
	char fix[RULE_TEXT_MAX] = "";

	if (find_dropping_rule(d, objects, is_of_vrrp, GOES_OUT, fix)) {
		doctor_find(d, DOCTOR_WARN,
			    "a rule of nftables drops VRRP that goes out: as MASTER nobody would "
			    "hear this router");
		doctor_mend(d, "%s", fix);
	} else if (!sends(d) && find_dropping_policy(objects, GOES_OUT, fix)) {
		doctor_find(d, DOCTOR_WARN,
			    "nftables drop what goes out and is not accepted, and no rule names "
			    "VRRP (protocol 112)");
		doctor_mend(d, "%s", fix);
	}
}

static void judge_bfd(struct doctor *d, const json_t *objects)
{
	char fix[RULE_TEXT_MAX] = "";
	bool wanted = false;

	for (uint32_t i = 0; i < d->settings->check_count; i++)
		wanted = wanted || d->settings->checks[i].kind == CHECK_BFD;
	for (int way = COMES_IN; wanted && way <= GOES_OUT; way++) {
		if (!find_dropping_rule(d, objects, is_of_bfd, (enum direction)way, fix))
			continue;
		doctor_find(
			d, DOCTOR_WARN,
			"a rule of nftables drops BFD that %s, UDP port %d: no session comes up",
			way == COMES_IN ? "comes in" : "goes out", BFD_PORT);
		doctor_mend(d, "%s", fix);
	}
}

void doctor_firewall(struct doctor *d)
{
	json_t *objects = read_ruleset();

	judge_incoming(d, objects);
	judge_outgoing(d, objects);
	judge_bfd(d, objects);
	json_decref(objects);
}
