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

#include "conf/buffer.h"
#include "conf/keys.h"
#include "conf/report.h"
#include "conf/value.h"
#include "core/settings.h"

struct draft_vip {
	struct vip vip;
	struct place at;
	bool extra; /* from extra-addresses */
};

struct draft_routing {
	struct routing routing;
	struct place at;
};

struct draft_instance {
	struct instance_settings settings; /* its ranges are not set yet */
	struct place at;                   /* the heading of its section */
	struct place vrid_at;
	bool identified;       /* interface and vrid are known to be right */
	struct place group_at; /* where a group names it, if settings.group is not 0 */
	size_t vip_first, vip_count;
	size_t peer_first, peer_count;
	size_t routing_first, routing_count;
	size_t track_first, track_count;
};

/* A section script, process, file or bfd. */
struct draft_check {
	struct check_settings settings;
	struct place at;
	bool tracked; /* by anybody */
};

/* A section track-...; it names the check, whose number is found when all have been read. */
struct draft_track {
	struct track_settings settings;
	enum section kind;
	char name[NAME_MAX_LEN + 1]; /* of the check or interface */
	struct place at;
	bool named;    /* the name is fit to be looked for */
	bool weighted; /* the weight is known to be right */
};

struct draft_group {
	struct group_settings settings; /* its range is not set yet */
	struct place at;
	size_t member_first, member_count;
	size_t track_first, track_count;
};

/* An instance that a group names. */
struct draft_member {
	char name[NAME_MAX_LEN + 1];
	struct place at;
};

/* What is to be run: a hook, or a script. */
struct draft_command {
	const struct key *key;
	uint32_t text; /* its number in the texts */
	size_t check;  /* the script's number, from 1; 0: a hook */
	struct place at;
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
	struct draft_routing *routings; /* likewise */
	size_t routing_count, routing_cap;
	struct ip_addr *peers; /* in the order of instances */
	size_t peer_count, peer_cap;
	struct draft_check *checks;
	size_t check_count, check_cap;
	struct draft_track *tracks; /* in the order of the instances and groups they stand in */
	size_t track_count, track_cap;
	size_t tracks_claimed; /* how many of them belong to an instance or group that has ended */
	struct draft_group *groups;
	size_t group_count, group_cap;
	struct draft_member *members; /* in the order of groups */
	size_t member_count, member_cap;
	struct draft_command *commands;
	size_t command_count, command_cap;
	struct draft_section *sections;
	size_t section_count, section_cap;
	struct buffer texts; /* as settings have them */
};

/* Defaults, as the table of keys has them; the name is the host's. */
void draft_init(struct draft *d);
void draft_done(struct draft *d);

/*
 * A new one with defaults at the end, or NULL. It is good until the next one of its kind is added.
 */
struct draft_instance *draft_add_instance(struct draft *d);
struct draft_check *draft_add_check(struct draft *d, enum section kind);
struct draft_track *draft_add_track(struct draft *d, enum section kind);
struct draft_group *draft_add_group(struct draft *d);

/* The one being read: the last. */
struct draft_instance *draft_instance(struct draft *d);
struct draft_check *draft_check(struct draft *d);
struct draft_track *draft_track(struct draft *d);
struct draft_group *draft_group(struct draft *d);

/* These add to the last instance. 0 or -ENOMEM. */
int draft_add_vip(struct draft *d, const struct draft_vip *vip);
int draft_add_peer(struct draft *d, struct ip_addr peer);
int draft_add_routing(struct draft *d, const struct routing *routing, struct place at);
/* This to the last group. */
int draft_add_member(struct draft *d, const char *name, struct place at);

/*
 * Keeps a copy of a text and numbers it as settings do. 0; -EFBIG if there are too many, -ENOMEM.
 */
int draft_add_text(struct draft *d, const char *text, uint32_t *ret_number);

/* 0 or -ENOMEM. */
int draft_add_command(struct draft *d, const struct draft_command *command);

/* The tracks that were read since the last call: those of the section that has just ended. */
size_t draft_claim_tracks(struct draft *d, size_t *ret_first);

/* Takes a copy of the title. 0 or -ENOMEM. */
int draft_add_section(struct draft *d, enum section kind, const char *title, struct place at,
		      size_t parent);

/* Settings of their own, once nothing is wrong with the draft. NULL if there is no memory. */
struct settings *draft_settings(const struct draft *d);

#endif
