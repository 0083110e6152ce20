/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firewall, judged by what it does: advertisements that reach the network card and not the raw socket were dropped on the way. The
 * ruleset of nftables is read to say where; and to warn of a ruleset that would drop them, where nobody was heard who would prove it.
 */
#include "doctor.h"

#include <stdio.h>
#include <string.h>

enum {
	RULE_TEXT_MAX = 256,
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

/* The first rule in the ruleset that drops VRRP, as a command that removes it. */
static bool find_dropping_rule(const json_t *objects, char ret[static RULE_TEXT_MAX])
{
	const json_t *object;
	size_t i;

	json_array_foreach (objects, i, object) {
		const json_t *rule = json_object_get(object, "rule");

		if (!rule || !is_of_vrrp(rule) || !(does(rule, "drop") || does(rule, "reject")))
			continue;
		snprintf(ret, RULE_TEXT_MAX, "nft delete rule %s %s %s handle %lld",
			 text_of(rule, "family"), text_of(rule, "table"), text_of(rule, "chain"),
			 (long long)json_integer_value(json_object_get(rule, "handle")));
		return true;
	}
	return false;
}

static bool any_accepts(const json_t *objects)
{
	const json_t *object;
	size_t i;

	json_array_foreach (objects, i, object) {
		const json_t *rule = json_object_get(object, "rule");

		if (rule && is_of_vrrp(rule) && does(rule, "accept"))
			return true;
	}
	return false;
}

/* A chain of incoming packets that drops what no rule accepts, while none accepts VRRP. */
static bool find_dropping_policy(const json_t *objects, char ret[static RULE_TEXT_MAX])
{
	const json_t *object;
	size_t i;

	if (any_accepts(objects))
		return false;
	json_array_foreach (objects, i, object) {
		const json_t *chain = json_object_get(object, "chain");

		if (!chain || strcmp(text_of(chain, "hook"), "input") != 0 ||
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

/* What was seen to be dropped; true: something was. */
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
			doctor_mend(d, "%s", fix);
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

void doctor_firewall(struct doctor *d)
{
	json_t *objects = read_ruleset();
	char fix[RULE_TEXT_MAX] =
		"iptables -I INPUT -p 112 -j ACCEPT; ip6tables -I INPUT -p 112 -j "
		"ACCEPT; or sysctl -w net.ipv4.conf.all.rp_filter=2";
	bool rule = find_dropping_rule(objects, fix);
	bool policy = !rule && find_dropping_policy(objects, fix);

	if (!judge_traffic(d, fix)) {
		if (rule) {
			doctor_find(d, DOCTOR_WARN,
				    "a rule of nftables drops VRRP, though none was seen to be "
				    "dropped");
			doctor_mend(d, "%s", fix);
		} else if (policy && !was_proved(d)) {
			doctor_find(d, DOCTOR_WARN,
				    "nftables drop what comes in and is not accepted, and no rule "
				    "names VRRP (protocol 112)");
			doctor_mend(d, "%s", fix);
		} else if (!objects && !was_proved(d)) {
			doctor_find(d, DOCTOR_UNKNOWN,
				    "nothing was heard, and nft does not tell its ruleset");
		}
	}
	json_decref(objects);
}
