/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names. keepalived takes any word; vrrpd takes letters, digits and a few signs, since names
 * stand in files, labels and command lines. What is defined gets a name that vrrpd takes before
 * anything is written, so that a reference can stand before its definition.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "conf/import_translate.h"

static const struct {
	const char *keyword;
	enum import_kind kind;
} definitions[] = {
	{ "vrrp_instance", IMPORT_INSTANCE },     { "vrrp_script", IMPORT_SCRIPT },
	{ "vrrp_track_process", IMPORT_PROCESS }, { "track_process", IMPORT_PROCESS },
	{ "vrrp_track_file", IMPORT_FILE },       { "track_file", IMPORT_FILE },
	{ "bfd_instance", IMPORT_BFD },           { "vrrp_sync_group", IMPORT_GROUP },
};

const char *import_fit_name(struct import *x, const char *text, size_t len_max, const char *allowed)
{
	char name[NAME_MAX_LEN + 1];
	size_t len = 0;

	for (; *text && len < len_max && len < NAME_MAX_LEN; text++) {
		bool letter = isalnum((unsigned char)*text) || *text == '_';
		bool fits = letter || strchr(allowed, *text);

		if (len == 0 && !letter)
			continue;
		/* of several that do not fit, one sign is enough */
		if (fits || name[len - 1] != '-')
			name[len++] = fits ? *text : '-';
	}
	while (len > 0 && name[len - 1] == '-')
		len--;
	return import_copy(&x->memory, name, len);
}

static bool is_taken(const struct import *x, enum import_kind kind, const char *ours)
{
	if (strcmp(ours, "all") == 0)
		return true;
	for (const struct import_named *n = x->named[kind]; n; n = n->next)
		if (strcmp(n->ours, ours) == 0)
			return true;
	return false;
}

/* A name that fits and that nothing else has. */
static const char *choose(struct import *x, enum import_kind kind, const char *theirs,
			  const char *keyword)
{
	const char *base = import_fit_name(x, theirs, NAME_MAX_LEN, "._-:@+"), *ours;
	char number[NAME_MAX_LEN + 1];

	if (base[0] == '\0')
		base = strncmp(keyword, "vrrp_", 5) == 0 ? keyword + 5 : keyword;
	ours = base;
	for (unsigned int i = 2; is_taken(x, kind, ours); i++) {
		snprintf(number, sizeof(number), "%.50s-%u", base, i);
		ours = import_copy(&x->memory, number, strlen(number));
		if (x->memory.failed)
			break;
	}
	return ours;
}

static void define(struct import *x, enum import_kind kind, const struct import_node *n)
{
	const char *theirs = import_arg(n, 0);
	const struct import_named *first = import_find(x, kind, theirs);
	struct import_named *named;

	if (first) {
		import_lost(
			x, n,
			"%s %s is defined a second time, first in %s; keepalived ignores this one: rename it or merge the two",
			import_name(n), show(theirs).text,
			report_where(&x->report, first->node->at, n->at).text);
		return;
	}
	named = import_alloc(&x->memory, sizeof(*named));
	if (!named)
		return;
	*named = (struct import_named){ .kind = kind, .theirs = theirs, .node = n };
	named->ours = choose(x, kind, theirs, import_name(n));
	named->next = x->named[kind];
	x->named[kind] = named;
	if (theirs[0] == '\0')
		import_lost(
			x, n,
			"%s has no name, for which keepalived refuses the file: it is \"%s\" now",
			import_name(n), named->ours);
	else if (strcmp(theirs, named->ours) != 0)
		import_lost(x, n, "the name \"%s\" is not possible here%s: it is \"%s\" now",
			    show(theirs).text, import_template_hint(theirs), named->ours);
}

void import_names(struct import *x)
{
	for (const struct import_node *n = x->root.first; n; n = n->next)
		for (size_t i = 0; i < sizeof(definitions) / sizeof(definitions[0]); i++)
			if (n->block && strcmp(import_name(n), definitions[i].keyword) == 0)
				define(x, definitions[i].kind, n);
}

const struct import_named *import_find(const struct import *x, enum import_kind kind,
				       const char *theirs)
{
	for (const struct import_named *n = x->named[kind]; n; n = n->next)
		if (strcmp(n->theirs, theirs) == 0)
			return n;
	return NULL;
}

const struct import_named *import_named_by(const struct import *x, const struct import_node *n)
{
	for (unsigned int kind = 0; kind < IMPORT_KIND_COUNT; kind++)
		for (const struct import_named *named = x->named[kind]; named; named = named->next)
			if (named->node == n)
				return named;
	return NULL;
}
