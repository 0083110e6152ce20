/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An array that grows and an index over it that is made anew when it does. An event costs one look-up; most kinds are not counted at
 * all, because the virtual routers' own counters have them.
 */
#include "tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/index.h"
#include "view/object.h"
#include "view/view.h"

enum {
	ENTRIES_FIRST = 64,
};

struct entry {
	enum history_kind kind;          /* HISTORY_STATE, HISTORY_HOOK or HISTORY_CONFLICT */
	int32_t to;                      /* STATE: enum vrouter_state */
	int32_t code;                    /* STATE: enum reason; CONFLICT: enum conflict */
	char instance[NAME_MAX_LEN + 6]; /* as the event has it */
	char what[2 * NAME_MAX_LEN];     /* HOOK: its key, such as notify-master */
	uint64_t count, failed, ms;      /* HOOK: how many failed, how long they took together */
	int64_t last_ms;                 /* HOOK: the last one */
	int64_t wall_us;                 /* of the last one */
};

struct tally {
	struct entry *entries;
	uint32_t count, cap;
	struct index index;
	uint64_t late_count, late_ms;
	uint64_t reloads, reload_failures;
	uint64_t strangers;
	bool reload_failed; /* the last one */
	int64_t reload_wall_us;
};

static uint32_t hash_of(const struct entry *e)
{
	return index_hash_text(e->instance) ^ index_hash_text(e->what) ^
	       index_hash_number((uint32_t)e->kind << 16 | (uint32_t)e->to << 8 |
				 (uint32_t)e->code);
}

static bool is_same(const struct entry *a, const struct entry *b)
{
	return a->kind == b->kind && a->to == b->to && a->code == b->code &&
	       strcmp(a->instance, b->instance) == 0 && strcmp(a->what, b->what) == 0;
}

/* Twice the room. False without memory, and nothing has changed. */
static bool grow(struct tally *t)
{
	uint32_t cap = t->cap == 0 ? ENTRIES_FIRST : 2 * t->cap;
	struct entry *entries = calloc(cap, sizeof(*entries));
	uint32_t *heads = calloc(index_buckets(cap), sizeof(*heads));
	uint32_t *next = calloc(cap, sizeof(*next));

	if (!entries || !heads || !next) {
		free(entries);
		free(heads);
		free(next);
		return false;
	}
	if (t->count > 0)
		memcpy(entries, t->entries, t->count * sizeof(*entries));
	free(t->entries);
	free(t->index.heads);
	free(t->index.next);
	t->entries = entries;
	t->cap = cap;
	index_init(&t->index, cap, heads, next);
	for (uint32_t i = 0; i < t->count; i++)
		index_insert(&t->index, hash_of(&entries[i]), i);
	return true;
}

/* The entry that is like `key`, made if it is new; NULL if there is no room. */
static struct entry *find(struct tally *t, const struct entry *key)
{
	uint32_t hash = hash_of(key), i = INDEX_NONE;

	if (t->cap > 0)
		i = index_first(&t->index, hash);
	while (i != INDEX_NONE && !is_same(&t->entries[i], key))
		i = index_next(&t->index, i);
	if (i != INDEX_NONE)
		return &t->entries[i];
	if (t->count == TALLY_ENTRIES_MAX || (t->count == t->cap && !grow(t)))
		return NULL;
	i = t->count++;
	t->entries[i] = *key;
	index_insert(&t->index, hash, i);
	return &t->entries[i];
}

/* What kind of hook it was: the first word of the event's text. */
static void copy_hook_name(char *ret, size_t cap, const char *text)
{
	snprintf(ret, cap, "%.*s", (int)strcspn(text, " :\n"), text);
}

void tally_event(struct tally *t, const struct history_event *e)
{
	struct entry key = { .kind = e->kind }, *found;

	snprintf(key.instance, sizeof(key.instance), "%s", e->instance);
	if (e->kind == HISTORY_LATE) {
		t->late_count++;
		t->late_ms += e->count;
		return;
	} else if (e->kind == HISTORY_STATE) {
		key.to = e->to;
		key.code = (int32_t)e->reason;
	} else if (e->kind == HISTORY_CONFLICT) {
		key.code = e->code;
	} else if (e->kind == HISTORY_HOOK) {
		copy_hook_name(key.what, sizeof(key.what), e->text);
	} else {
		return;
	}
	found = find(t, &key);
	if (!found)
		return;
	found->count++;
	found->wall_us = e->wall_us;
	if (e->kind == HISTORY_HOOK) {
		found->failed += e->code != 0;
		found->ms += e->count;
		found->last_ms = e->count;
	}
}

void tally_reload(struct tally *t, bool adopted, int64_t wall_us)
{
	t->reloads++;
	t->reload_failures += !adopted;
	t->reload_failed = !adopted;
	t->reload_wall_us = wall_us;
}

void tally_stranger(struct tally *t)
{
	t->strangers++;
}

static void put_time(struct object *o, const char *key, int64_t wall_us)
{
	char text[VIEW_TIME_TEXT_MAX];

	if (wall_us == 0)
		object_null(o, key);
	else
		object_text(o, key, view_time_text(wall_us, text));
}

static json_t *entry_json(const struct entry *e)
{
	struct object o = object_begin();

	object_text(&o, "instance", e->instance);
	object_text(&o, "event", history_kind_name(e->kind));
	if (e->kind == HISTORY_STATE) {
		object_text(&o, "to", vrouter_state_name((enum vrouter_state)e->to));
		object_text(&o, "reason", reason_text((enum reason)e->code));
	} else if (e->kind == HISTORY_CONFLICT) {
		object_text(&o, "what", view_conflict_name((enum conflict)e->code));
	} else {
		object_text(&o, "hook", e->what);
		object_integer(&o, "failed", (int64_t)e->failed);
		object_integer(&o, "took_ms", (int64_t)e->ms);
		object_integer(&o, "last_ms", e->last_ms);
	}
	object_integer(&o, "count", (int64_t)e->count);
	put_time(&o, "last", e->wall_us);
	return object_end(&o);
}

static json_t *late_json(const struct tally *t)
{
	struct object o = object_begin();

	object_integer(&o, "count", (int64_t)t->late_count);
	object_integer(&o, "ms", (int64_t)t->late_ms);
	return object_end(&o);
}

static json_t *reload_json(const struct tally *t)
{
	struct object o = object_begin();

	object_integer(&o, "count", (int64_t)t->reloads);
	object_integer(&o, "failed", (int64_t)t->reload_failures);
	object_bool(&o, "last_failed", t->reload_failed);
	put_time(&o, "last", t->reload_wall_us);
	return object_end(&o);
}

json_t *tally_json(const struct tally *t, uint32_t from)
{
	struct object o = object_begin();
	json_t *entries = json_array();
	uint32_t i = from;

	for (; i < t->count && i - from < TALLY_PAGE; i++)
		if (json_array_append_new(entries, entry_json(&t->entries[i])) != 0)
			o.failed = true;
	object_put(&o, "late", late_json(t));
	object_put(&o, "reload", reload_json(t));
	object_integer(&o, "bfd_strangers", (int64_t)t->strangers);
	object_put(&o, "entries", entries);
	if (i < t->count)
		object_integer(&o, "next", i);
	else
		object_null(&o, "next");
	return object_end(&o);
}

struct tally *tally_new(void)
{
	return calloc(1, sizeof(struct tally));
}

void tally_free(struct tally *t)
{
	if (!t)
		return;
	free(t->entries);
	free(t->index.heads);
	free(t->index.next);
	free(t);
}
