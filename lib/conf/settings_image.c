/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A header, then the tables one after the other. Unpacking first proves from the header that
 * every table lies inside the image, then copies, then asks of every element whether reading a
 * file could have made it; a bool is looked at as a byte, since any other value than 0 and 1 in
 * it would be undefined behaviour.
 */
#include "conf/settings_image.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf/check.h"
#include "conf/conf.h"
#include "conf/keys.h"
#include "conf/routing_words.h"
#include "conf/value.h"
#include "conf/vip_text.h"

enum {
	IMAGE_MAGIC = 0x56525250, /* "VRRP" */
	IMAGE_VERSION = 3,
};

enum table {
	TABLE_GLOBAL,
	TABLE_INSTANCES,
	TABLE_VIPS,
	TABLE_PEERS,
	TABLE_ROUTINGS,
	TABLE_CHECKS,
	TABLE_TRACKS,
	TABLE_GROUPS,
	TABLE_TEXTS,
	TABLE_COUNT,
};

struct image_header {
	uint32_t magic;
	uint32_t version;
	uint32_t size[TABLE_COUNT]; /* of one element: other sizes are another program's */
	uint32_t count[TABLE_COUNT];
};

static struct image_header header_of(const struct settings *s)
{
	return (struct image_header){
		.magic = IMAGE_MAGIC,
		.version = IMAGE_VERSION,
		.size = {
			[TABLE_GLOBAL] = sizeof(s->global),
			[TABLE_INSTANCES] = sizeof(*s->instances),
			[TABLE_VIPS] = sizeof(*s->vips),
			[TABLE_PEERS] = sizeof(*s->peers),
			[TABLE_ROUTINGS] = sizeof(*s->routings),
			[TABLE_CHECKS] = sizeof(*s->checks),
			[TABLE_TRACKS] = sizeof(*s->tracks),
			[TABLE_GROUPS] = sizeof(*s->groups),
			[TABLE_TEXTS] = sizeof(*s->texts),
		},
		.count = {
			[TABLE_GLOBAL] = 1,
			[TABLE_INSTANCES] = s->instance_count,
			[TABLE_VIPS] = s->vip_count,
			[TABLE_PEERS] = s->peer_count,
			[TABLE_ROUTINGS] = s->routing_count,
			[TABLE_CHECKS] = s->check_count,
			[TABLE_TRACKS] = s->track_count,
			[TABLE_GROUPS] = s->group_count,
			[TABLE_TEXTS] = s->text_bytes,
		},
	};
}

/* The whole image of that many elements. Counts are at most 32 bits, so that nothing overflows. */
static uint64_t image_len(const struct image_header *h)
{
	uint64_t len = sizeof(*h);

	for (int t = 0; t < TABLE_COUNT; t++)
		len += (uint64_t)h->count[t] * h->size[t];
	return len;
}

static void put(char **at, const void *data, size_t len)
{
	if (len > 0)
		memcpy(*at, data, len);
	*at += len;
}

int settings_pack(const struct settings *s, void **ret_image, size_t *ret_len)
{
	struct image_header h = header_of(s);
	size_t len = (size_t)image_len(&h);
	char *image = malloc(len);
	char *at = image;

	if (!image)
		return -ENOMEM;
	put(&at, &h, sizeof(h));
	put(&at, &s->global, sizeof(s->global));
	put(&at, s->instances, s->instance_count * sizeof(*s->instances));
	put(&at, s->vips, s->vip_count * sizeof(*s->vips));
	put(&at, s->peers, s->peer_count * sizeof(*s->peers));
	put(&at, s->routings, s->routing_count * sizeof(*s->routings));
	put(&at, s->checks, s->check_count * sizeof(*s->checks));
	put(&at, s->tracks, s->track_count * sizeof(*s->tracks));
	put(&at, s->groups, s->group_count * sizeof(*s->groups));
	put(&at, s->texts, s->text_bytes);
	*ret_image = image;
	*ret_len = len;
	return 0;
}

/* Unpacking */

static bool header_is_valid(const struct image_header *h, size_t len)
{
	static const uint64_t max[TABLE_COUNT] = {
		[TABLE_GLOBAL] = 1,
		[TABLE_INSTANCES] = INSTANCES_MAX,
		[TABLE_VIPS] = ADDRESSES_TOTAL_MAX,
		[TABLE_PEERS] = (uint64_t)INSTANCES_MAX * PEERS_MAX,
		[TABLE_ROUTINGS] = ROUTINGS_MAX,
		[TABLE_CHECKS] = CHECKS_MAX,
		[TABLE_TRACKS] = TRACKS_MAX,
		[TABLE_GROUPS] = GROUPS_MAX,
		[TABLE_TEXTS] = CONF_TEXTS_MAX,
	};
	struct settings none = { .instance_count = 0 };
	struct image_header expected = header_of(&none);

	if (h->magic != expected.magic || h->version != expected.version ||
	    h->count[TABLE_GLOBAL] != 1)
		return false;
	for (int t = 0; t < TABLE_COUNT; t++)
		if (h->size[t] != expected.size[t] || h->count[t] > max[t])
			return false;
	return image_len(h) == len;
}

static void *take_table(const struct image_header *h, enum table table, const char **at)
{
	size_t count = h->count[table], size = h->size[table];
	void *copy = calloc(count + 1, size);

	if (copy)
		memcpy(copy, *at, count * size);
	*at += count * size;
	return copy;
}

static struct settings *take_settings(const struct image_header *h, const char *at)
{
	struct settings *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	memcpy(&s->global, at, sizeof(s->global));
	at += sizeof(s->global);
	s->instance_count = h->count[TABLE_INSTANCES];
	s->vip_count = h->count[TABLE_VIPS];
	s->peer_count = h->count[TABLE_PEERS];
	s->routing_count = h->count[TABLE_ROUTINGS];
	s->check_count = h->count[TABLE_CHECKS];
	s->track_count = h->count[TABLE_TRACKS];
	s->group_count = h->count[TABLE_GROUPS];
	s->text_bytes = h->count[TABLE_TEXTS];
	s->instances = take_table(h, TABLE_INSTANCES, &at);
	s->vips = take_table(h, TABLE_VIPS, &at);
	s->peers = take_table(h, TABLE_PEERS, &at);
	s->routings = take_table(h, TABLE_ROUTINGS, &at);
	s->checks = take_table(h, TABLE_CHECKS, &at);
	s->tracks = take_table(h, TABLE_TRACKS, &at);
	s->groups = take_table(h, TABLE_GROUPS, &at);
	s->texts = take_table(h, TABLE_TEXTS, &at);
	if (!s->instances || !s->vips || !s->peers || !s->routings || !s->checks || !s->tracks ||
	    !s->groups || !s->texts) {
		settings_free(s);
		return NULL;
	}
	return s;
}

static bool values_are_valid(enum section in, const struct settings *s, const void *base)
{
	for (size_t i = 0; i < key_count; i++)
		if ((keys[i].in & IN(in)) && keys[i].size > 0 && !value_is_valid(&keys[i], s, base))
			return false;
	return true;
}

/*
 * Of a struct that sections of several kinds share: nothing is set that only others of them have.
 */
static bool others_are_unset(enum section in, uint32_t sharing, const void *base)
{
	static const char unset[NAME_MAX_LEN + 1];

	for (size_t i = 0; i < key_count; i++) {
		const struct key *k = &keys[i];
		bool other = (k->in & sharing) && !(k->in & IN(in)) && k->size > 0;

		/* the same field may belong to another key of this section */
		if (other && !key_find_at(in, k->offset) &&
		    memcmp((const char *)base + k->offset, unset, k->size) != 0)
			return false;
	}
	return true;
}

/* How far the instances and groups so far have used up the tables. */
struct used {
	uint32_t vips, peers, tracks, routings;
};

/* Each element of a table belongs to one instance or group: runs follow one another. */
static bool range_is_valid(struct range range, uint32_t *used, uint32_t table, uint32_t max)
{
	if (range.count == 0)
		return true;
	if (range.first != *used || range.count > table - *used || range.count > max)
		return false;
	*used += range.count;
	return true;
}

/* The advertised addresses of one family and the source for them. */
static bool family_is_valid(const struct settings *s, const struct instance_settings *inst,
			    enum family_index f, struct used *used)
{
	const enum ip_family family = f == FAMILY_V4 ? IP_V4 : IP_V6;
	struct range range = inst->addresses[f];
	struct ip_addr source = inst->source[f];

	if (!range_is_valid(range, &used->vips, s->vip_count, ADVERT_ADDRESSES_MAX))
		return false;
	for (uint32_t i = range.first; i < range.first + range.count; i++)
		if (s->vips[i].addr.family != family)
			return false;
	return address_is_valid(source) && (!ip_is_set(source) || source.family == family);
}

static bool routings_are_valid(const struct settings *s, struct range range, enum routing_kind kind,
			       struct used *used)
{
	if (!range_is_valid(range, &used->routings, s->routing_count, ROUTINGS_MAX))
		return false;
	for (uint32_t i = range.first; i < range.first + range.count; i++)
		if (s->routings[i].kind != kind || !routing_is_valid(&s->routings[i]))
			return false;
	return true;
}

static bool instance_is_valid(const struct settings *s, const struct instance_settings *inst,
			      struct used *used)
{
	return name_ok(inst->name) && values_are_valid(SECTION_INSTANCE, s, inst) &&
	       !interval_fault(inst->version, inst->advert_interval) &&
	       family_is_valid(s, inst, FAMILY_V4, used) &&
	       family_is_valid(s, inst, FAMILY_V6, used) &&
	       inst->addresses[FAMILY_V4].count + inst->addresses[FAMILY_V6].count > 0 &&
	       range_is_valid(inst->extra, &used->vips, s->vip_count, EXTRA_ADDRESSES_MAX) &&
	       range_is_valid(inst->peers, &used->peers, s->peer_count, PEERS_MAX) &&
	       routings_are_valid(s, inst->routes, ROUTING_ROUTE, used) &&
	       routings_are_valid(s, inst->rules, ROUTING_RULE, used) &&
	       range_is_valid(inst->tracks, &used->tracks, s->track_count, TRACKS_MAX) &&
	       inst->group <= s->group_count;
}

static bool group_is_valid(const struct settings *s, const struct group_settings *group,
			   struct used *used)
{
	return name_ok(group->name) && values_are_valid(SECTION_GROUP, s, group) &&
	       range_is_valid(group->tracks, &used->tracks, s->track_count, TRACKS_MAX);
}

/* A file cannot have a group of nobody. The instances' groups are known to be in the table. */
static bool groups_have_members(const struct settings *s)
{
	bool has_member[GROUPS_MAX + 1] = { true }; /* by number; 0 is no group */

	for (uint32_t i = 0; i < s->instance_count; i++)
		has_member[s->instances[i].group] = true;
	for (uint32_t number = 1; number <= s->group_count; number++)
		if (!has_member[number])
			return false;
	return true;
}

/* The same as check_bfd.c asks of a file. */
static bool bfd_is_possible(const struct check_settings *check)
{
	return bfd_peer_fault(check->peer) == NULL &&
	       (!ip_is_set(check->source) || bfd_source_fault(check->peer, check->source) == NULL);
}

static bool check_is_valid(const struct settings *s, const struct check_settings *check)
{
	static const uint32_t sharing =
		IN(SECTION_SCRIPT) | IN(SECTION_PROCESS) | IN(SECTION_FILE) | IN(SECTION_BFD);
	uint32_t kind;

	memcpy(&kind, &check->kind, sizeof(kind));
	if (kind >= CHECK_KIND_COUNT_)
		return false;

	enum section in = section_of_check(check->kind);

	return name_ok(check->name) && values_are_valid(in, s, check) &&
	       others_are_unset(in, sharing, check) && check->minimum <= check->maximum &&
	       (check->kind != CHECK_BFD || bfd_is_possible(check));
}

static bool track_is_valid(const struct settings *s, const struct track_settings *track)
{
	static const uint32_t sharing = IN(SECTION_TRACK_INTERFACE) | IN(SECTION_TRACK_SCRIPT) |
					IN(SECTION_TRACK_PROCESS) | IN(SECTION_TRACK_FILE) |
					IN(SECTION_TRACK_BFD);

	if (track->check > s->check_count ||
	    (track->check == 0 ? !interface_name_ok(track->interface) : track->interface[0] != 0))
		return false;

	enum section in = section_of_track(track, s->checks);

	return values_are_valid(in, s, track) && others_are_unset(in, sharing, track);
}

/* None, or "" and then others, the last of which has its end. */
static bool texts_are_valid(const struct settings *s)
{
	return s->text_bytes == 0 || (s->texts[0] == '\0' && s->texts[s->text_bytes - 1] == '\0');
}

/* What others name comes before those who name it. */
static bool settings_are_valid(const struct settings *s)
{
	struct used used = { 0 };

	if (!texts_are_valid(s) || !values_are_valid(SECTION_GLOBAL, s, &s->global) ||
	    s->global.name[0] == '\0')
		return false;
	for (uint32_t i = 0; i < s->vip_count; i++)
		if (!vip_is_valid(&s->vips[i]))
			return false;
	for (uint32_t i = 0; i < s->peer_count; i++)
		if (!address_is_valid(s->peers[i]) || !ip_is_set(s->peers[i]))
			return false;
	for (uint32_t i = 0; i < s->check_count; i++)
		if (!check_is_valid(s, &s->checks[i]))
			return false;
	for (uint32_t i = 0; i < s->track_count; i++)
		if (!track_is_valid(s, &s->tracks[i]))
			return false;
	for (uint32_t i = 0; i < s->instance_count; i++)
		if (!instance_is_valid(s, &s->instances[i], &used))
			return false;
	for (uint32_t i = 0; i < s->group_count; i++)
		if (!group_is_valid(s, &s->groups[i], &used))
			return false;
	return used.vips == s->vip_count && used.peers == s->peer_count &&
	       used.routings == s->routing_count && used.tracks == s->track_count &&
	       groups_have_members(s);
}

int settings_unpack(const void *image, size_t len, struct settings **ret)
{
	struct image_header h;

	if (len < sizeof(h))
		return -EINVAL;
	memcpy(&h, image, sizeof(h));
	if (!header_is_valid(&h, len))
		return -EINVAL;

	struct settings *s = take_settings(&h, (const char *)image + sizeof(h));

	if (!s)
		return -ENOMEM;
	if (!settings_are_valid(s)) {
		settings_free(s);
		return -EINVAL;
	}
	*ret = s;
	return 0;
}
