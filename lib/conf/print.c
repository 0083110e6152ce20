/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings as a configuration, key by key in the order of the table. Only what differs from its
 * default is written, so that the result is short and says what somebody chose.
 */
#include <string.h>

#include "conf/buffer.h"
#include "conf/conf.h"
#include "conf/keys.h"
#include "conf/value.h"

/* In single quotes, which keep every character, if it is not a plain word: `//` begins a comment. */
static void print_text(struct buffer *b, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "._-:@/";

	if (text[0] && strspn(text, plain) == strlen(text) && strncmp(text, "//", 2) != 0) {
		buffer_text(b, text);
		return;
	}
	buffer_text(b, "'");
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			buffer_text(b, "\\");
		buffer_add(b, text, 1);
	}
	buffer_text(b, "'");
}

static void print_values(struct buffer *b, const struct settings *s, enum section in,
			 const void *base)
{
	char text[VALUE_TEXT_MAX];

	for (size_t i = 0; i < key_count; i++) {
		const struct key *k = &keys[i];

		if (!(k->in & IN(in)) || k->size == 0 || value_is_initial(k, base))
			continue;
		buffer_printf(b, "  %s = ", k->name);
		print_text(b, value_text(k, s, base, text));
		buffer_text(b, "\n");
	}
}

/* A line each. */
static void print_tracks(struct buffer *b, const struct settings *s, struct range range)
{
	for (uint32_t i = range.first; i < range.first + range.count; i++) {
		const struct track_settings *t = &s->tracks[i];
		enum section in = section_of_track(t, s->checks);

		buffer_printf(b, "  %s ", section_name(in));
		print_text(b, t->check ? s->checks[t->check - 1].name : t->interface);
		buffer_text(b, " {\n");
		print_values(b, s, in, t);
		buffer_text(b, "  }\n");
	}
}

/* A line an address; count is that of the list so far. */
static void print_vips(struct buffer *b, const struct settings *s, struct range range,
		       const char *key, uint32_t *count)
{
	char text[VIP_TEXT_MAX];

	for (uint32_t i = range.first; i < range.first + range.count; i++) {
		if ((*count)++ == 0)
			buffer_printf(b, "  %s = {\n    ", key);
		else
			buffer_text(b, ",\n    ");
		print_text(b, vip_text(&s->vips[i], text));
	}
}

static void print_addresses(struct buffer *b, const struct settings *s,
			    const struct instance_settings *inst)
{
	uint32_t count = 0, extra_count = 0;

	for (int f = 0; f < FAMILY_COUNT; f++)
		print_vips(b, s, inst->addresses[f], "addresses", &count);
	if (count > 0)
		buffer_text(b, "\n  }\n");
	print_vips(b, s, inst->extra, "extra-addresses", &extra_count);
	if (extra_count > 0)
		buffer_text(b, "\n  }\n");
}

/* In one line; nothing if none is set. */
static void print_hosts(struct buffer *b, const char *key, const struct ip_addr *addrs,
			uint32_t count)
{
	char text[IP_TEXT_MAX];
	uint32_t printed = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (!ip_is_set(addrs[i]))
			continue;
		if (printed++ == 0)
			buffer_printf(b, "  %s = {", key);
		else
			buffer_text(b, ", ");
		buffer_text(b, ip_text(addrs[i], text));
	}
	if (printed > 0)
		buffer_text(b, "}\n");
}

/* A line each. */
static void print_routings(struct buffer *b, const struct settings *s, struct range range,
			   const char *key)
{
	char text[ROUTING_TEXT_MAX];

	for (uint32_t i = 0; i < range.count; i++) {
		if (i == 0)
			buffer_printf(b, "  %s = {\n    ", key);
		else
			buffer_text(b, ",\n    ");
		print_text(b, routing_text(&s->routings[range.first + i], text));
	}
	if (range.count > 0)
		buffer_text(b, "\n  }\n");
}

static void print_instance(struct buffer *b, const struct settings *s,
			   const struct instance_settings *inst)
{
	buffer_printf(b, "\ninstance %s {\n", inst->name);
	print_values(b, s, SECTION_INSTANCE, inst);
	print_addresses(b, s, inst);
	print_hosts(b, "source-address", inst->source, FAMILY_COUNT);
	print_hosts(b, "peers", s->peers + inst->peers.first, inst->peers.count);
	print_routings(b, s, inst->routes, "routes");
	print_routings(b, s, inst->rules, "rules");
	print_tracks(b, s, inst->tracks);
	buffer_text(b, "}\n");
}

static void print_check(struct buffer *b, const struct settings *s,
			const struct check_settings *check)
{
	enum section in = section_of_check(check->kind);

	buffer_printf(b, "\n%s %s {\n", section_name(in), check->name);
	print_values(b, s, in, check);
	buffer_text(b, "}\n");
}

/* number as instances have it. */
static void print_group(struct buffer *b, const struct settings *s, uint32_t number)
{
	const struct group_settings *group = &s->groups[number - 1];
	uint32_t members = 0;

	buffer_printf(b, "\ngroup %s {\n  instances = {", group->name);
	for (uint32_t i = 0; i < s->instance_count; i++)
		if (s->instances[i].group == number)
			buffer_printf(b, "%s%s", members++ ? ", " : "", s->instances[i].name);
	buffer_text(b, "}\n");
	print_values(b, s, SECTION_GROUP, group);
	print_tracks(b, s, group->tracks);
	buffer_text(b, "}\n");
}

char *conf_print(const struct settings *s)
{
	struct buffer b = { .data = NULL };

	buffer_text(&b, "global {\n");
	print_values(&b, s, SECTION_GLOBAL, &s->global);
	buffer_text(&b, "}\n");
	for (uint32_t i = 0; i < s->check_count; i++)
		print_check(&b, s, &s->checks[i]);
	for (uint32_t i = 0; i < s->instance_count; i++)
		print_instance(&b, s, &s->instances[i]);
	for (uint32_t i = 0; i < s->group_count; i++)
		print_group(&b, s, i + 1);
	return buffer_take(&b);
}
