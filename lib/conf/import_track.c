/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an instance or a group watches. The weights of keepalived are those of vrrpd, but they
 * have defaults in what is watched, and `reverse`, which is `inverse` with the weight's sign
 * changed: "+10 while up" reversed is "-10 while up", which is "-10 while the inverse is down".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/import_translate.h"

static const struct track {
	const char *block; /* of keepalived */
	const char *key;   /* of vrrpd */
	enum import_kind kind;
	bool interface; /* no kind at all */
	bool inverse;   /* vrrpd has it */
	bool factor;    /* the weight is a factor, so that reversing is changing its sign */
	int weight;     /* without any */
} tracks[] = {
	{ "track_interface", "track-interface", IMPORT_KIND_COUNT, true, false, false, 0 },
	{ "track_script", "track-script", IMPORT_SCRIPT, false, true, false, 0 },
	{ "track_process", "track-process", IMPORT_PROCESS, false, false, false, 0 },
	{ "track_file", "track-file", IMPORT_FILE, false, false, true, 1 },
	{ "track_bfd", "track-bfd", IMPORT_BFD, false, false, false, 0 },
};

/* A weight as it stands somewhere: `weight N [reverse|no_reverse]`. */
struct weight {
	long number;
	bool reverse;
};

/* Reads from the word `arg` on, which follows "weight". Words behind it are the caller's. */
static size_t read_weight(struct import *x, const struct import_node *n, size_t arg,
			  struct weight *w)
{
	const char *word = import_arg(n, arg + 1);
	bool reverse = strcmp(word, "reverse") == 0;
	bool straight = strcmp(word, "no_reverse") == 0 || strcmp(word, "noreverse") == 0;

	/* of a script's own keepalived takes any; what is beyond has no more effect than 254 */
	if (n->parent->parent->parent)
		w->number = import_digits(x, n, arg, -254, 254, w->number, w->number);
	else
		w->number = import_digits(x, n, arg, -254, 254, -254, 254);
	if (reverse || straight)
		w->reverse = reverse;
	return reverse || straight ? 2 : 1;
}

/* What stands in the definition, or follows the name where it is watched. */
static struct weight weight_of(struct import *x, const struct track *t,
			       const struct import_named *named, const struct import_node *n)
{
	const struct import_node *line = named ? import_child(named->node, "weight") : NULL;
	struct weight w = { t->weight, false };

	if (line)
		read_weight(x, line, 0, &w);
	for (size_t i = 0; i + 1 < n->word_count; i++) {
		if (strcmp(import_arg(n, i), "weight") == 0)
			i += read_weight(x, n, i + 1, &w);
		else if (strcmp(import_arg(n, i), "reverse") == 0)
			w.reverse = true;
		else
			import_lost(
				x, n,
				"\"%s\" behind %s is unknown and keepalived ignores it: give each one a line of its own",
				show(import_arg(n, i)).text, show(import_name(n)).text);
	}
	return w;
}

/* Why it is not watched; NULL if it is. */
static const char *fault_of(struct import *x, const struct track *t, struct weight w)
{
	if (x->now.node && w.number != 0 && !x->now.weighted && !t->interface)
		return "has a weight, and keepalived ignores those of a group's members: let the group track it, or drop it";
	if (w.reverse && !t->inverse && !t->factor)
		return "is reversed, which has no equivalent: let a script ask for the opposite";
	return NULL;
}

static void write_track(struct import *x, const struct track *t, const struct import_node *n,
			const char *name, struct weight w)
{
	if (w.reverse)
		w.number = -w.number;
	import_comments(x, &n->before);
	for (unsigned int i = 0; i < x->indent; i++)
		buffer_text(&x->out, "  ");
	buffer_printf(&x->out, "%s ", t->key);
	import_quote(&x->out, name);
	buffer_text(&x->out, " { ");
	if (w.number != t->weight)
		buffer_printf(&x->out, "weight = %ld ", w.number);
	if (w.reverse && t->inverse)
		buffer_text(&x->out, "inverse = true ");
	buffer_text(&x->out, "}");
	if (n->beside)
		buffer_printf(&x->out, " #%s", n->beside);
	buffer_text(&x->out, "\n");
}

/* The name of a tracked thing as it is written, which for what is no name of an interface is a stand-in. */
static const char *written(struct import *x, const struct track *t, const char *name)
{
	const char *fit;

	if (!t->interface || import_is_interface(name))
		return name;
	fit = import_fit_name(x, name, IFNAME_MAX_LEN, "._-");
	return fit[0] ? fit : "FILL-IN";
}

/* keepalived knows only what was defined before it is watched. Says so if that comes after it. */
static bool comes_later(struct import *x, const struct import_node *definition,
			const struct import_node *track)
{
	const struct import_node *watcher = track;

	while (watcher->parent->parent)
		watcher = watcher->parent;
	while (watcher && watcher != definition)
		watcher = watcher->next;
	if (watcher)
		import_lost(
			x, track,
			"\"%s\" is defined below, in %s, so that keepalived does not find it and ignores this line: move the definition up if it is meant",
			show(import_name(track)).text,
			report_where(&x->report, definition->at, track->at).text);
	return watcher != NULL;
}

/* Why was said where it is defined. */
static bool is_left_out(struct import *x, const struct import_named *named,
			const struct import_node *track)
{
	if (named->left_out)
		import_lost(x, track, "\"%s\" is left out, and so is this line",
			    show(import_name(track)).text);
	return named->left_out;
}

/* What keepalived calls it is what vrrpd calls it, or nothing is watched, and it was said. */
static const char *name_of(struct import *x, const struct track *t, const struct import_node *n,
			   const struct import_named **ret_named)
{
	const char *name = import_name(n), *fit;

	*ret_named = NULL;
	if (!t->interface) {
		*ret_named = import_find(x, t->kind, name);
		if (!*ret_named)
			import_lost(
				x, n,
				"%s \"%s\" is defined nowhere, and keepalived ignores it: define it, or drop the line",
				t->block, show(name).text);
		else if (comes_later(x, (*ret_named)->node, n) || is_left_out(x, *ret_named, n))
			*ret_named = NULL;
		return *ret_named ? (*ret_named)->ours : NULL;
	}
	if (import_is_interface(name))
		return name;
	fit = written(x, t, name);
	import_lost(x, n, "\"%s\" is no name of an interface%s: fill it in, %s stands for it",
		    show(name).text, import_template_hint(name), fit);
	return fit;
}

static bool is_again(struct import *x, const struct track *t, const struct import_node *first,
		     const struct import_node *track)
{
	const char *name = written(x, t, import_name(track));

	for (const struct import_node *n = first; n; n = import_again(n))
		for (const struct import_node *c = n->first; c; c = c->next) {
			if (c == track)
				return false;
			if (strcmp(written(x, t, import_name(c)), name) == 0)
				return true;
		}
	return false;
}

static void write_one(struct import *x, const struct track *t, const struct import_node *first,
		      const struct import_node *n)
{
	const struct import_named *named;
	const char *name, *fault;
	struct weight w;

	if (is_again(x, t, first, n)) {
		import_lost(x, n, "%s %s is said again, and the first counts: remove one", t->block,
			    show(import_name(n)).text);
		import_left_out(x, n);
		return;
	}
	name = name_of(x, t, n, &named);
	if (!name) {
		import_left_out(x, n);
		return;
	}
	w = weight_of(x, t, named, n);
	fault = fault_of(x, t, w);
	if (fault)
		import_lost(x, n, "%s %s %s", t->block, show(import_name(n)).text, fault);
	/* its own interface is always watched */
	if (fault ||
	    (t->interface && x->now.node && w.number == 0 && strcmp(name, x->now.device) == 0))
		import_left_out(x, n);
	else
		write_track(x, t, n, name, w);
}

void import_write_tracks(struct import *x, const struct import_node *n)
{
	for (size_t i = 0; i < sizeof(tracks) / sizeof(tracks[0]); i++) {
		if (strcmp(import_name(n), tracks[i].block) != 0)
			continue;
		import_comments(x, &n->before);
		for (const struct import_node *block = n; block; block = import_again(block)) {
			for (const struct import_node *c = block->first; c; c = c->next)
				write_one(x, &tracks[i], n, c);
			import_comments(x, &block->inside);
		}
	}
}
