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

static void set_defaults(enum section in, void *base)
{
	for (size_t i = 0; i < key_count; i++)
		if ((keys[i].in & IN(in)) && key_stores_number(&keys[i]))
			key_set_number(&keys[i], base, keys[i].initial);
}

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
	memset(d, 0, sizeof(*d)); /* padding too: settings travel as bytes */
	set_defaults(SECTION_GLOBAL, &d->global);
	host_name(d->global.name);
}

void draft_done(struct draft *d)
{
	for (size_t i = 0; i < d->section_count; i++)
		free(d->sections[i].title);
	free(d->sections);
	free(d->instances);
	free(d->vips);
	free(d->peers);
	*d = (struct draft){ .instances = NULL };
}

struct draft_instance *draft_add_instance(struct draft *d)
{
	struct draft_instance *instances =
		grow(d->instances, &d->instance_cap, d->instance_count, sizeof(*instances));

	if (!instances)
		return NULL;
	d->instances = instances;

	struct draft_instance *fresh = &instances[d->instance_count++];

	memset(fresh, 0, sizeof(*fresh));
	set_defaults(SECTION_INSTANCE, &fresh->settings);
	fresh->vip_first = d->vip_count;
	fresh->peer_first = d->peer_count;
	return fresh;
}

struct draft_instance *draft_instance(struct draft *d)
{
	return &d->instances[d->instance_count - 1];
}

int draft_add_vip(struct draft *d, const struct draft_vip *vip)
{
	struct draft_vip *vips = grow(d->vips, &d->vip_cap, d->vip_count, sizeof(*vips));

	if (!vips)
		return -ENOMEM;
	d->vips = vips;
	d->vips[d->vip_count++] = *vip;
	draft_instance(d)->vip_count++;
	return 0;
}

int draft_add_peer(struct draft *d, struct ip_addr peer)
{
	struct ip_addr *peers = grow(d->peers, &d->peer_cap, d->peer_count, sizeof(*peers));

	if (!peers)
		return -ENOMEM;
	d->peers = peers;
	d->peers[d->peer_count++] = peer;
	draft_instance(d)->peer_count++;
	return 0;
}

int draft_add_section(struct draft *d, enum section kind, const char *title, struct place at,
		      size_t parent)
{
	struct draft_section *sections =
		grow(d->sections, &d->section_cap, d->section_count, sizeof(*sections));

	if (sections)
		d->sections = sections;
	char *copy = sections ? strdup(title) : NULL;

	if (!copy)
		return -ENOMEM;
	d->sections[d->section_count] = (struct draft_section){
		.number = d->section_count,
		.kind = kind,
		.title = copy,
		.at = at,
		.parent = parent,
	};
	d->section_count++;
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
	if (!s->instances || !s->vips || !s->peers) {
		settings_free(s);
		return NULL;
	}
	s->global = d->global;
	for (size_t i = 0; i < d->instance_count; i++)
		copy_instance(d, &d->instances[i], s);
	return s;
}
