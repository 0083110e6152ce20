/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has been read so far, with the place of everything: settings in the making. It knows what
 * the finished settings no longer need to know, so that two things that contradict each other can
 * both be named.
 */
#ifndef CONF_DRAFT_H
#define CONF_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/keys.h"
#include "conf/report.h"
#include "conf/value.h"
#include "core/settings.h"

struct draft_vip {
	struct vip vip;
	struct place at;
	bool extra; /* from extra-addresses */
};

struct draft_instance {
	struct instance_settings settings; /* its ranges are not set yet */
	struct place at;                   /* the heading of its section */
	struct place vrid_at;
	bool identified; /* interface and vrid are known to be right */
	size_t vip_first, vip_count;
	size_t peer_first, peer_count;
};

/* Any section, to find those that are there twice. */
struct draft_section {
	enum section kind;
	char *title;
	struct place at;
	size_t number; /* in the order of reading */
	size_t parent; /* the instance or group it stands in, numbered from 1; 0 for top level */
};

struct draft {
	struct global_settings global;
	struct draft_instance *instances;
	size_t instance_count, instance_cap;
	struct draft_vip *vips; /* in the order of instances */
	size_t vip_count, vip_cap;
	struct ip_addr *peers; /* in the order of instances */
	size_t peer_count, peer_cap;
	struct draft_section *sections;
	size_t section_count, section_cap;
};

/* Defaults, as the table of keys has them; the name is the host's. */
void draft_init(struct draft *d);
void draft_done(struct draft *d);

/* A new instance with defaults at the end, or NULL. It is good until the next one is added. */
struct draft_instance *draft_add_instance(struct draft *d);

/* The one being read: the last. */
struct draft_instance *draft_instance(struct draft *d);

/* These add to the last instance. 0 or -ENOMEM. */
int draft_add_vip(struct draft *d, const struct draft_vip *vip);
int draft_add_peer(struct draft *d, struct ip_addr peer);

/* Takes a copy of the title. 0 or -ENOMEM. */
int draft_add_section(struct draft *d, enum section kind, const char *title, struct place at,
		      size_t parent);

/* Settings of their own, once nothing is wrong with the draft. NULL if there is no memory. */
struct settings *draft_settings(const struct draft *d);

#endif
