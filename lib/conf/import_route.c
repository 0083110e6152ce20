/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virtual_routes and virtual_rules. keepalived's words are those of `ip route` and `ip rule` but
 * for their order, a few of its own, and some that say what keepalived itself shall do.
 */
#include <string.h>

#include "conf/import_translate.h"
#include "conf/routing_words.h"

/* Those that keepalived alone knows. */
static const struct own_word {
	const char *word;
	size_t values; /* that follow it */
	const char *instead;
} own_words[] = {
	{ "no_track", 0, "vrrpd puts a route or rule back when somebody removes it" },
	{ "track_group", 1, "vrrpd has no track groups" },
	{ "inet6", 0, "the family follows from the addresses" },
	{ "or", 1, "write `nexthop via ADDR` for each gateway" },
	{ "add", 0, "vrrpd decides itself how it is added" },
	{ "append", 0, "vrrpd decides itself how it is added" },
	{ "prepend", 0, "vrrpd decides itself how it is added" },
	{ "lock", 0, "vrrpd sets the value without it" },
};

static const char *const types[] = { "unicast",     "local",    "broadcast", "multicast", "throw",
				     "unreachable", "prohibit", "blackhole", "nat",       NULL };

/* keywords that take a value, so that what follows them is no destination */
static const char *const valued[] = { "via",        "dev",    "oif",     "table",   "metric",
				      "scope",      "src",    "from",    "proto",   "protocol",
				      "mtu",        "advmss", "tos",     "dsfield", "priority",
				      "preference", "realms", "nexthop", NULL };

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

static const struct own_word *own_word(const char *word)
{
	for (size_t i = 0; i < sizeof(own_words) / sizeof(own_words[0]); i++)
		if (strcmp(own_words[i].word, word) == 0)
			return &own_words[i];
	return NULL;
}

static void add_word(struct buffer *b, const char *word)
{
	if (b->len > 0)
		buffer_text(b, " ");
	buffer_text(b, word);
}

static const char *ip_word(const char *word)
{
	if (strcmp(word, "gw") == 0)
		return "via";
	return strcmp(word, "oif") == 0 ? "dev" : word;
}

/* The words of a route: type and destination first, as `ip route` wants them. */
static void route_words(struct import *x, const struct import_node *n, struct buffer *head,
			struct buffer *rest)
{
	bool destination = false;

	for (size_t i = 0; i < n->word_count; i++) {
		const char *word = n->words[i];
		const struct own_word *own = own_word(word);

		if (own) {
			import_lost(x, n, "\"%s\" in a route has no equivalent: %s", word,
				    own->instead);
			i += own->values;
		} else if (!destination && is_one_of(word, types)) {
			add_word(head, word);
		} else if (strcmp(word, "to") == 0 && !destination) {
			continue;
		} else if (!destination && is_one_of(ip_word(word), valued)) {
			add_word(rest, ip_word(word));
			if (i + 1 < n->word_count)
				add_word(rest, n->words[++i]);
		} else if (!destination) {
			add_word(head, word);
			destination = true;
		} else {
			add_word(rest, ip_word(word));
		}
	}
}

/* keepalived gives the first rule without a priority 16384, and each further one the next smaller. */
static void add_priority(struct import *x, const struct import_node *n, struct buffer *head)
{
	unsigned int priority = 16384 - x->rules_without_priority++ % 16384;

	import_note(x, n, "a rule without a priority gets %u, as in keepalived", priority);
	buffer_printf(head, " priority %u", priority);
}

/*
 * A route that leads to an interface and not to a gateway: iproute2 takes the scope "link" for it if none is said, and so does
 * vrrpd; keepalived leaves it "global".
 */
static void add_scope(struct import *x, const struct import_node *n, const struct route *route,
		      struct buffer *text)
{
	static const char *const decided[] = { "via", "nexthop", "scope", NULL };

	if (route->type != ROUTE_UNICAST || route->dst.family != IP_V4)
		return;
	for (size_t i = 0; i < n->word_count; i++)
		if (is_one_of(ip_word(n->words[i]), decided))
			return;
	import_note(x, n, "a route without a gateway has the scope global in keepalived, and here");
	buffer_text(text, " scope global");
}

/* Is it in the file already? The kernel has it once, and one instance must not take what another one holds. */
static bool is_again(struct import *x, const struct import_node *n, const struct routing *routing)
{
	struct import_routing *r;

	for (r = x->routings; r; r = r->next) {
		if (!routing_same_key(&r->routing, routing))
			continue;
		import_lost(x, n, "this %s is in %s already: it is left out here",
			    routing_kind_name((enum routing_kind)routing->kind),
			    report_where(&x->report, r->at, n->at).text);
		return true;
	}
	r = import_alloc(&x->memory, sizeof(*r));
	if (r) {
		*r = (struct import_routing){ n->at, *routing, x->routings };
		x->routings = r;
	}
	return false;
}

/* Writes it if vrrpd takes it. */
static void add_item(struct import *x, struct import_list *list, const struct import_node *n,
		     struct buffer *text, bool route)
{
	static const char *const foreign[] = { "pref", "metric", NULL }; /* `ip rule` has them */
	struct routing routing;
	char why[WHY_MAX];

	for (size_t i = 0; !route && i < n->word_count; i++)
		if (is_one_of(n->words[i], foreign)) {
			import_lost(
				x, n,
				"rule \"%s\" is left out: keepalived does not know \"%s\", and drops it: say priority",
				show(text->data).text, n->words[i]);
			return;
		}
	if ((route ? route_parse : rule_parse)(text->data, &routing, why) < 0) {
		import_lost(x, n, "%s \"%s\" is left out: %s", route ? "route" : "rule",
			    show(text->data).text, why);
		return;
	}
	if (route)
		add_scope(x, n, &routing.route, text);
	else if (!routing.rule.has_priority)
		add_priority(x, n, text);
	/* read again with what was added */
	if (text->failed || (route ? route_parse : rule_parse)(text->data, &routing, why) < 0)
		x->memory.failed = true;
	else if (!is_again(x, n, &routing))
		import_list_add(x, list, n, text->data, NULL);
}

static void rule_words(struct import *x, const struct import_node *n, struct buffer *head)
{
	for (size_t i = 0; i < n->word_count; i++) {
		const struct own_word *own = own_word(n->words[i]);

		if (!own) {
			add_word(head, n->words[i]);
			continue;
		}
		import_lost(x, n, "\"%s\" in a rule has no equivalent: %s", n->words[i],
			    own->instead);
		i += own->values;
	}
}

void import_write_routes(struct import *x, const struct import_node *n)
{
	bool routes = strcmp(import_name(n), "virtual_routes") == 0;
	struct import_list list = { .count = 0 };

	for (const struct import_node *block = n; block; block = import_again(block))
		for (const struct import_node *c = block->first; c; c = c->next) {
			struct buffer head = { .data = NULL }, rest = { .data = NULL };

			if (routes)
				route_words(x, c, &head, &rest);
			else
				rule_words(x, c, &head);
			if (rest.len > 0)
				add_word(&head, rest.data);
			if (head.failed || rest.failed)
				x->memory.failed = true;
			else if (head.len > 0)
				add_item(x, &list, c, &head, routes);
			buffer_done(&head);
			buffer_done(&rest);
		}
	import_list_end(x, &list, n, routes ? "routes" : "rules");
}
