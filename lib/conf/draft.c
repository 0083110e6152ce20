/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growing tables while the files are read, and one pass at the end that lays the addresses of
 * each instance out family by family, in the order of the file.
 */
#include "conf/draft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "conf/grow.h"

/* A host name may have characters or a length that the names of ours cannot have. */
static void host_name(char name[static NAME_MAX_LEN + 1])
{
	const struct key *key = key_find(SECTION_GLOBAL, "name");
	char why[WHY_MAX], host[NAME_MAX_LEN + 1] = "";
	struct value v;

	if (gethostname(host, sizeof(host) - 1) < 0 || value_parse(key, host, &v, why) < 0)
		strcpy(host, "localhost");
	memcpy(name, host, sizeof(host));
}

void draft_init(struct draft *d)
{
	memset(d, 0, sizeof(*d));
	keys_set_defaults(SECTION_GLOBAL, &d->global);
	host_name(d->global.name);
	buffer_add(&d->texts, "", 1); /* text 0 */
}

void draft_done(struct draft *d)
{
	for (size_t i = 0; i < d->section_count; i++)
		free(d->sections[i].title);
	free(d->sections);
	free(d->instances);
	free(d->vips);
	free(d->peers);
	free(d->routings);
	free(d->checks);
	free(d->tracks);
	free(d->groups);
	free(d->members);
	free(d->commands);
	buffer_done(&d->texts);
	*d = (struct draft){ .instances = NULL };
}

/*
 * One more at the end of a table, all zero: padding too, since settings travel as bytes. table is
 * the address of its pointer, of whatever type. NULL if memory ran out.
 */
static void *add(void *table, size_t *cap, size_t *count, size_t element)
{
	void *grown;

	memcpy(&grown, table, sizeof(grown));
	grown = grow(grown, cap, *count, element);
	if (!grown)
		return NULL;
	memcpy(table, &grown, sizeof(grown));
	return memset((char *)grown + (*count)++ * element, 0, element);
}

struct draft_instance *draft_add_instance(struct draft *d)
{
	struct draft_instance *fresh =
		add(&d->instances, &d->instance_cap, &d->instance_count, sizeof(*fresh));

	if (!fresh)
		return NULL;
	keys_set_defaults(SECTION_INSTANCE, &fresh->settings);
	fresh->vip_first = d->vip_count;
	fresh->peer_first = d->peer_count;
	fresh->routing_first = d->routing_count;
	return fresh;
}

struct draft_check *draft_add_check(struct draft *d, enum section kind)
{
	struct draft_check *fresh = add(&d->checks, &d->check_cap, &d->check_count, sizeof(*fresh));

	if (!fresh)
		return NULL;
	keys_set_defaults(kind, &fresh->settings);
	fresh->settings.kind = check_of_section(kind);
	return fresh;
}

struct draft_track *draft_add_track(struct draft *d, enum section kind)
{
	struct draft_track *fresh = add(&d->tracks, &d->track_cap, &d->track_count, sizeof(*fresh));

	if (!fresh)
		return NULL;
	keys_set_defaults(kind, &fresh->settings);
	fresh->kind = kind;
	return fresh;
}

struct draft_group *draft_add_group(struct draft *d)
{
	struct draft_group *fresh = add(&d->groups, &d->group_cap, &d->group_count, sizeof(*fresh));

	if (!fresh)
		return NULL;
	keys_set_defaults(SECTION_GROUP, &fresh->settings);
	fresh->member_first = d->member_count;
	return fresh;
}

struct draft_instance *draft_instance(struct draft *d)
{
	return &d->instances[d->instance_count - 1];
}

struct draft_check *draft_check(struct draft *d)
{
	return &d->checks[d->check_count - 1];
}

struct draft_track *draft_track(struct draft *d)
{
	return &d->tracks[d->track_count - 1];
}

struct draft_group *draft_group(struct draft *d)
{
	return &d->groups[d->group_count - 1];
}

int draft_add_vip(struct draft *d, const struct draft_vip *vip)
{
	struct draft_vip *fresh = add(&d->vips, &d->vip_cap, &d->vip_count, sizeof(*fresh));

	if (!fresh)
		return -ENOMEM;
	*fresh = *vip;
	draft_instance(d)->vip_count++;
	return 0;
}

int draft_add_peer(struct draft *d, struct ip_addr peer)
{
	struct ip_addr *fresh = add(&d->peers, &d->peer_cap, &d->peer_count, sizeof(*fresh));

	if (!fresh)
		return -ENOMEM;
	*fresh = peer;
	draft_instance(d)->peer_count++;
	return 0;
}

int draft_add_routing(struct draft *d, const struct routing *routing, struct place at)
{
	struct draft_routing *fresh =
		add(&d->routings, &d->routing_cap, &d->routing_count, sizeof(*fresh));

	if (!fresh)
		return -ENOMEM;
	fresh->routing = *routing;
	fresh->at = at;
	draft_instance(d)->routing_count++;
	return 0;
}

int draft_add_member(struct draft *d, const char *name, struct place at)
{
	struct draft_member *fresh =
		add(&d->members, &d->member_cap, &d->member_count, sizeof(*fresh));

	if (!fresh)
		return -ENOMEM;
	memcpy(fresh->name, name, strnlen(name, NAME_MAX_LEN));
	fresh->at = at;
	draft_group(d)->member_count++;
	return 0;
}

int draft_add_text(struct draft *d, const char *text, uint32_t *ret_number)
{
	size_t number = d->texts.len, bytes = strlen(text) + 1;

	if (bytes > CONF_TEXTS_MAX - number)
		return -EFBIG;
	buffer_add(&d->texts, text, bytes);
	if (d->texts.failed)
		return -ENOMEM;
	*ret_number = (uint32_t)number;
	return 0;
}

int draft_add_command(struct draft *d, const struct draft_command *command)
{
	struct draft_command *fresh =
		add(&d->commands, &d->command_cap, &d->command_count, sizeof(*fresh));

	if (!fresh)
		return -ENOMEM;
	*fresh = *command;
	return 0;
}

size_t draft_claim_tracks(struct draft *d, size_t *ret_first)
{
	size_t count = d->track_count - d->tracks_claimed;

	*ret_first = d->tracks_claimed;
	d->tracks_claimed = d->track_count;
	return count;
}

int draft_add_section(struct draft *d, enum section kind, const char *title, struct place at,
		      size_t parent)
{
	char *copy = strdup(title);
	struct draft_section *fresh = NULL;

	if (copy)
		fresh = add(&d->sections, &d->section_cap, &d->section_count, sizeof(*fresh));
	if (!fresh) {
		free(copy);
		return -ENOMEM;
	}
	*fresh = (struct draft_section){
		.number = d->section_count,
		.kind = kind,
		.title = copy,
		.at = at,
		.parent = parent,
	};
	return 0;
}

/*
 * Copies the addresses of one kind behind those that are there. IP_NONE: the extra ones of any
 * family.
 */
static struct range copy_vips(const struct draft *d, const struct draft_instance *from,
			      enum ip_family family, struct settings *to)
{
	struct range range = { .first = to->vip_count };

	for (size_t i = from->vip_first; i < from->vip_first + from->vip_count; i++) {
		const struct draft_vip *v = &d->vips[i];

		if (v->extra ? family == IP_NONE : family == v->vip.addr.family)
			to->vips[to->vip_count++] = v->vip;
	}
	range.count = to->vip_count - range.first;
	return range;
}

static struct range copy_tracks(const struct draft *d, size_t first, size_t count,
				struct settings *to)
{
	struct range range = { to->track_count, (uint32_t)count };

	for (size_t i = 0; i < count; i++)
		to->tracks[to->track_count++] = d->tracks[first + i].settings;
	return range;
}

static struct range copy_routings(const struct draft *d, const struct draft_instance *from,
				  enum routing_kind kind, struct settings *to)
{
	struct range range = { .first = to->routing_count };

	for (size_t i = from->routing_first; i < from->routing_first + from->routing_count; i++) {
		if (d->routings[i].routing.kind == kind)
			to->routings[to->routing_count++] = d->routings[i].routing;
	}
	range.count = to->routing_count - range.first;
	return range;
}

static void copy_instance(const struct draft *d, const struct draft_instance *from,
			  struct settings *to)
{
	struct instance_settings *inst = &to->instances[to->instance_count++];

	*inst = from->settings;
	inst->addresses[FAMILY_V4] = copy_vips(d, from, IP_V4, to);
	inst->addresses[FAMILY_V6] = copy_vips(d, from, IP_V6, to);
	inst->extra = copy_vips(d, from, IP_NONE, to);
	inst->peers = (struct range){ to->peer_count, (uint32_t)from->peer_count };
	for (size_t i = 0; i < from->peer_count; i++)
		to->peers[to->peer_count++] = d->peers[from->peer_first + i];
	inst->routes = copy_routings(d, from, ROUTING_ROUTE, to);
	inst->rules = copy_routings(d, from, ROUTING_RULE, to);
	inst->tracks = copy_tracks(d, from->track_first, from->track_count, to);
}

static void copy_group(const struct draft *d, const struct draft_group *from, struct settings *to)
{
	struct group_settings *group = &to->groups[to->group_count++];

	*group = from->settings;
	group->tracks = copy_tracks(d, from->track_first, from->track_count, to);
}

struct settings *draft_settings(const struct draft *d)
{
	struct settings *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	/* one more than needed, so that an empty table is not NULL */
	s->instances = calloc(d->instance_count + 1, sizeof(*s->instances));
	s->vips = calloc(d->vip_count + 1, sizeof(*s->vips));
	s->peers = calloc(d->peer_count + 1, sizeof(*s->peers));
	s->routings = calloc(d->routing_count + 1, sizeof(*s->routings));
	s->checks = calloc(d->check_count + 1, sizeof(*s->checks));
	s->tracks = calloc(d->track_count + 1, sizeof(*s->tracks));
	s->groups = calloc(d->group_count + 1, sizeof(*s->groups));
	s->texts = malloc(d->texts.len);
	if (!s->instances || !s->vips || !s->peers || !s->routings || !s->checks || !s->tracks ||
	    !s->groups || !s->texts) {
		settings_free(s);
		return NULL;
	}
	s->global = d->global;
	for (size_t i = 0; i < d->check_count; i++)
		s->checks[s->check_count++] = d->checks[i].settings;
	for (size_t i = 0; i < d->instance_count; i++)
		copy_instance(d, &d->instances[i], s);
	for (size_t i = 0; i < d->group_count; i++)
		copy_group(d, &d->groups[i], s);
	memcpy(s->texts, d->texts.data, d->texts.len);
	s->text_bytes = (uint32_t)d->texts.len;
	return s;
}
