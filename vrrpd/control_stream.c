/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Long replies, piece by piece. The outer frame of the JSON is written by hand, because it must be
 * open while its content does not exist yet; everything inside is dumped whole.
 */
#include "control_stream.h"

#include <stdlib.h>
#include <string.h>

#include "view/object.h"

static bool add_text(struct evbuffer *out, const char *text)
{
	return evbuffer_add(out, text, strlen(text)) == 0;
}

/* Dumps and releases; with JSON_EMBED in flags without the outermost braces. */
static bool add_json(struct evbuffer *out, json_t *json, size_t flags)
{
	char *text = json ? json_dumps(json, VIEW_DUMP_FLAGS | flags) : NULL;
	bool done = text && add_text(out, text);

	free(text);
	json_decref(json);
	return done;
}

/* One more piece of the instance being told goes to `unfinished`. */
static enum view_piece_result tell_instance(struct control_stream *s,
					    const struct control_source *source, uint32_t *budget)
{
	enum view_piece_result result = VIEW_PIECE_NO_MEMORY;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return result;
	result = view_piece(&s->pieces, source->engine, source->now, budget, out);
	if (fclose(out) != 0 || evbuffer_add(s->unfinished, text, len) != 0)
		result = VIEW_PIECE_NO_MEMORY;
	free(text);
	return result;
}

/* Whatever was told of an instance of an engine that is no more is forgotten. */
static bool forget_unfinished(struct control_stream *s)
{
	view_pieces_done(&s->pieces);
	if (s->unfinished)
		evbuffer_free(s->unfinished);
	s->unfinished = evbuffer_new();
	return s->unfinished != NULL;
}

/*
 * The virtual router behind the one that was told last; where that is gone, the one that took its
 * place.
 */
static uint32_t position_in(const struct control_stream *s, const struct engine *engine)
{
	uint32_t found[2], n = engine_find(engine, s->name, found);

	if (n > 0)
		return found[n - 1] + 1;
	return s->position > 0 ? s->position - 1 : 0;
}

static bool begin_list(struct control_stream *s, const struct control_source *source,
		       struct evbuffer *out)
{
	const struct control_identity *identity = source->identity;
	struct object o = object_begin();

	s->begun = true;
	s->generation = source->engine_generation;
	if (s->kind == STREAM_COUNTERS) {
		json_decref(o.json);
		return forget_unfinished(s) &&
		       add_text(out, "{\"ok\": true, \"result\": {\"instances\": [");
	}
	object_text(&o, "name", engine_settings(source->engine)->global.name);
	object_text(&o, "version", identity->version);
	object_integer(&o, "pid", identity->pid);
	return forget_unfinished(s) && add_text(out, "{\"ok\": true, \"result\": {") &&
	       add_json(out, object_end(&o), JSON_EMBED) && add_text(out, ", \"instances\": [");
}

static bool end_list(const struct control_source *source, struct evbuffer *out)
{
	return add_text(out, "], \"counters\": ") &&
	       add_json(out, view_counters_json(engine_counters(source->engine)), 0) &&
	       add_text(out, "}}\n");
}

static json_t *named_counters_json(const struct control_source *source, uint32_t vrouter)
{
	struct object o = object_begin();
	struct snapshot snapshot;

	engine_snapshot(source->engine, vrouter, source->now, &snapshot);
	object_text(&o, "name", snapshot.name);
	object_put(&o, "counters", view_counters_json(&snapshot.counters));
	return object_end(&o);
}

/* More of the instance at s->position, into `unfinished`. */
static enum view_piece_result tell_item(struct control_stream *s,
					const struct control_source *source, uint32_t *budget)
{
	if (s->kind == STREAM_SHOW) {
		s->pieces.vrouter = s->position;
		s->pieces.depth = s->brief ? VIEW_BRIEF : VIEW_SUMMARY;
		return tell_instance(s, source, budget);
	}
	*budget -= *budget < VIEW_HEAD_COST ? *budget : VIEW_HEAD_COST;
	return add_json(s->unfinished, named_counters_json(source, s->position), 0)
		       ? VIEW_PIECE_LAST
		       : VIEW_PIECE_NO_MEMORY;
}

/* The instance is complete and goes out; the next one's turn. */
static bool finish_item(struct control_stream *s, const struct control_source *source,
			struct evbuffer *out)
{
	snprintf(s->name, sizeof(s->name), "%s", engine_name(source->engine, s->position));
	s->position++;
	view_pieces_done(&s->pieces);
	if (s->separate && !add_text(out, ", "))
		return false;
	s->separate = true;
	return evbuffer_add_buffer(out, s->unfinished) == 0;
}

static enum stream_result list_piece(struct control_stream *s, const struct control_source *source,
				     struct evbuffer *out)
{
	uint32_t budget = CONTROL_TURN_BUDGET;

	if (!s->begun && !begin_list(s, source, out))
		return STREAM_FAILED;
	if (s->generation != source->engine_generation) {
		s->generation = source->engine_generation;
		s->position = position_in(s, source->engine);
		if (!forget_unfinished(s))
			return STREAM_FAILED;
	}
	while (s->position < engine_vrouter_count(source->engine)) {
		if (budget == 0)
			return STREAM_MORE;
		switch (tell_item(s, source, &budget)) {
		case VIEW_PIECE_MORE:
			return STREAM_MORE;
		case VIEW_PIECE_NO_MEMORY:
			return STREAM_FAILED;
		case VIEW_PIECE_LAST:
			if (!finish_item(s, source, out))
				return STREAM_FAILED;
			break;
		}
	}
	return end_list(source, out) ? STREAM_LAST : STREAM_FAILED;
}

/* An instance that a reload took away while it was being told: nothing of it has gone out yet. */
static enum stream_result instance_gone(const struct control_stream *s, struct evbuffer *out)
{
	struct object o = object_begin();
	char error[TEXT_MAX];

	snprintf(error, sizeof(error), "instance %s is no longer configured", s->name);
	object_bool(&o, "ok", false);
	object_text(&o, "error", error);
	return add_json(out, object_end(&o), 0) && add_text(out, "\n") ? STREAM_LAST
								       : STREAM_FAILED;
}

/*
 * Looks the instance up, which may have none or another number of virtual routers in another
 * engine.
 */
static bool begin_instance(struct control_stream *s, const struct control_source *source)
{
	if (!forget_unfinished(s))
		return false;
	s->begun = true;
	s->generation = source->engine_generation;
	s->vrouter_count = engine_find(source->engine, s->name, s->vrouters);
	s->position = 0;
	s->pieces = (struct view_pieces){ .vrouter = s->vrouters[0], .depth = VIEW_FULL };
	return add_text(s->unfinished, s->vrouter_count == 2 ? "{\"ok\": true, \"result\": ["
							     : "{\"ok\": true, \"result\": ");
}

static bool end_instance(struct control_stream *s, struct evbuffer *out)
{
	return add_text(s->unfinished, s->vrouter_count == 2 ? "]}\n" : "}\n") &&
	       evbuffer_add_buffer(out, s->unfinished) == 0;
}

static enum stream_result instance_piece(struct control_stream *s,
					 const struct control_source *source, struct evbuffer *out)
{
	uint32_t budget = CONTROL_TURN_BUDGET;

	if ((!s->begun || s->generation != source->engine_generation) && !begin_instance(s, source))
		return STREAM_FAILED;
	if (s->vrouter_count == 0)
		return instance_gone(s, out);
	for (;;) {
		enum view_piece_result result = tell_instance(s, source, &budget);

		if (result != VIEW_PIECE_LAST)
			return result == VIEW_PIECE_MORE ? STREAM_MORE : STREAM_FAILED;
		view_pieces_done(&s->pieces);
		if (++s->position == s->vrouter_count)
			return end_instance(s, out) ? STREAM_LAST : STREAM_FAILED;
		s->pieces.vrouter = s->vrouters[s->position];
		if (!add_text(s->unfinished, ", "))
			return STREAM_FAILED;
	}
}

bool control_stream_tells(const char *name, const struct history_event *event)
{
	size_t len = strlen(name);

	return len == 0 || (strncmp(event->instance, name, len) == 0 &&
			    (event->instance[len] == '\0' || event->instance[len] == '/'));
}

/*
 * The next event as JSON, or the number of those that were lost before it; *ret NULL without
 * memory. False: there is none. *ret_told false: it is not one of those that were asked for.
 */
static bool next_event(struct control_stream *s, const struct control_source *source,
		       bool *ret_told, json_t **ret)
{
	uint64_t seq = s->seq, lost;
	const struct history_event *event;

	if (seq > source->history->next_seq) /* another history, that of an engine made anew */
		seq = s->seq = source->history->next_seq;
	event = history_read(source->history, &seq, &lost);
	if (!event)
		return false;
	*ret_told = lost > 0 || control_stream_tells(s->name, event);
	if (lost > 0) {
		s->seq += lost;
		*ret = view_lost_json(lost, source->wall_us);
		return true;
	}
	s->seq = seq;
	*ret = *ret_told ? view_event_json(event) : NULL;
	return true;
}

static bool end_events(struct control_stream *s, struct evbuffer *out)
{
	if (s->follow)
		s->kind = STREAM_FOLLOW;
	return add_text(out, "]}\n");
}

static enum stream_result events_piece(struct control_stream *s,
				       const struct control_source *source, struct evbuffer *out)
{
	json_t *event;
	bool told;

	if (!s->begun && !add_text(out, "{\"ok\": true, \"result\": ["))
		return STREAM_FAILED;
	s->begun = true;
	for (int i = 0; i < CONTROL_TURN_EVENTS; i++) {
		if (s->seq >= s->seq_end || !next_event(s, source, &told, &event))
			return end_events(s, out) ? STREAM_LAST : STREAM_FAILED;
		if (!told)
			continue;
		if (s->separate && !add_text(out, ", "))
			return STREAM_FAILED;
		s->separate = true;
		if (!add_json(out, event, 0))
			return STREAM_FAILED;
	}
	return STREAM_MORE;
}

static enum stream_result follow_piece(struct control_stream *s,
				       const struct control_source *source, struct evbuffer *out)
{
	json_t *event;
	bool told;

	for (int i = 0; i < CONTROL_TURN_EVENTS; i++) {
		if (!next_event(s, source, &told, &event))
			return STREAM_LAST;
		if (!told)
			continue;
		if (!add_text(out, "{\"ok\": true, \"result\": ") || !add_json(out, event, 0) ||
		    !add_text(out, "}\n"))
			return STREAM_FAILED;
	}
	return STREAM_MORE;
}

enum stream_result control_stream_piece(struct control_stream *s,
					const struct control_source *source, struct evbuffer *out)
{
	switch (s->kind) {
	case STREAM_SHOW:
	case STREAM_COUNTERS:
		return list_piece(s, source, out);
	case STREAM_INSTANCE:
		return instance_piece(s, source, out);
	case STREAM_EVENTS:
		return events_piece(s, source, out);
	case STREAM_FOLLOW:
		return follow_piece(s, source, out);
	case STREAM_NONE:
		break; /* nothing was asked for */
	}
	return STREAM_LAST;
}

void control_stream_done(struct control_stream *s)
{
	view_pieces_done(&s->pieces);
	if (s->unfinished)
		evbuffer_free(s->unfinished);
	*s = (struct control_stream){ .kind = STREAM_NONE };
}
