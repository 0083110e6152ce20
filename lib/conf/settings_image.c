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
#include "conf/value.h"
#include "conf/vip_text.h"

enum {
	IMAGE_MAGIC = 0x56525250, /* "VRRP" */
	IMAGE_VERSION = 1,
};

struct image_header {
	uint32_t magic;
	uint32_t version;
	uint32_t global_size; /* of one element, each: other sizes are another program's */
	uint32_t instance_size;
	uint32_t vip_size;
	uint32_t peer_size;
	uint32_t instance_count;
	uint32_t vip_count;
	uint32_t peer_count;
	uint32_t reserved; /* 0 */
};

static struct image_header header_of(const struct settings *s)
{
	return (struct image_header){
		.magic = IMAGE_MAGIC,
		.version = IMAGE_VERSION,
		.global_size = sizeof(s->global),
		.instance_size = sizeof(*s->instances),
		.vip_size = sizeof(*s->vips),
		.peer_size = sizeof(*s->peers),
		.instance_count = s->instance_count,
		.vip_count = s->vip_count,
		.peer_count = s->peer_count,
	};
}

/* The whole image of that many elements. Counts are at most 32 bits, so that nothing overflows. */
static uint64_t image_len(const struct image_header *h)
{
	return sizeof(*h) + h->global_size + (uint64_t)h->instance_count * h->instance_size +
	       (uint64_t)h->vip_count * h->vip_size + (uint64_t)h->peer_count * h->peer_size;
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
	*ret_image = image;
	*ret_len = len;
	return 0;
}

/* Unpacking */

static bool header_is_valid(const struct image_header *h, size_t len)
{
	struct settings none = { .instance_count = h->instance_count,
				 .vip_count = h->vip_count,
				 .peer_count = h->peer_count };
	struct image_header expected = header_of(&none);

	return memcmp(h, &expected, sizeof(expected)) == 0 && h->instance_count <= INSTANCES_MAX &&
	       h->vip_count <= ADDRESSES_TOTAL_MAX &&
	       h->peer_count <= (uint64_t)INSTANCES_MAX * PEERS_MAX && image_len(h) == len;
}

static void *take_table(const char **at, size_t count, size_t size)
{
	void *table = calloc(count + 1, size);

	if (table)
		memcpy(table, *at, count * size);
	*at += count * size;
	return table;
}

static struct settings *take_settings(const struct image_header *h, const char *at)
{
	struct settings *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	memcpy(&s->global, at, sizeof(s->global));
	at += sizeof(s->global);
	s->instance_count = h->instance_count;
	s->vip_count = h->vip_count;
	s->peer_count = h->peer_count;
	s->instances = take_table(&at, s->instance_count, sizeof(*s->instances));
	s->vips = take_table(&at, s->vip_count, sizeof(*s->vips));
	s->peers = take_table(&at, s->peer_count, sizeof(*s->peers));
	if (!s->instances || !s->vips || !s->peers) {
		settings_free(s);
		return NULL;
	}
	return s;
}

static bool values_are_valid(enum section in, const void *base)
{
	for (size_t i = 0; i < key_count; i++)
		if ((keys[i].in & IN(in)) && keys[i].size > 0 && !value_is_valid(&keys[i], base))
			return false;
	return true;
}

/* How far the instances so far have used up the tables. */
struct used {
	uint32_t vips, peers;
};

/* Each element of a table belongs to one instance: runs follow one another. */
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

static bool instance_is_valid(const struct settings *s, const struct instance_settings *inst,
			      struct used *used)
{
	return name_ok(inst->name) && values_are_valid(SECTION_INSTANCE, inst) &&
	       !interval_fault(inst->version, inst->advert_interval) &&
	       family_is_valid(s, inst, FAMILY_V4, used) &&
	       family_is_valid(s, inst, FAMILY_V6, used) &&
	       inst->addresses[FAMILY_V4].count + inst->addresses[FAMILY_V6].count > 0 &&
	       range_is_valid(inst->extra, &used->vips, s->vip_count, EXTRA_ADDRESSES_MAX) &&
	       range_is_valid(inst->peers, &used->peers, s->peer_count, PEERS_MAX);
}

static bool settings_are_valid(const struct settings *s)
{
	struct used used = { 0 };

	if (!values_are_valid(SECTION_GLOBAL, &s->global) || s->global.name[0] == '\0')
		return false;
	for (uint32_t i = 0; i < s->vip_count; i++)
		if (!vip_is_valid(&s->vips[i]))
			return false;
	for (uint32_t i = 0; i < s->peer_count; i++)
		if (!address_is_valid(s->peers[i]) || !ip_is_set(s->peers[i]))
			return false;
	for (uint32_t i = 0; i < s->instance_count; i++)
		if (!instance_is_valid(s, &s->instances[i], &used))
			return false;
	return used.vips == s->vip_count && used.peers == s->peer_count;
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
