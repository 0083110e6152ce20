/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What no single value can tell: keys of one instance that contradict each other, and instances
 * that are in each other's way. Values that were already refused are not looked at again.
 */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "conf/draft.h"
#include "conf/keys.h"
#include "conf/report.h"

/* A section that has just been read to its end. */
struct read_section {
	enum section kind;
	const char *title; /* "" if it has none */
	bool title_bad;    /* refused already */
	bool unfinished;   /* without an end: nothing can be said to be missing */
	struct place at;
	const unsigned int *key_line;   /* by key_index(); 0 for keys that are not there */
	const bool *key_bad;            /* refused already */
	const unsigned int *key_values; /* how many good values each key got */
};

/* Has the key a good value? Is its value known, be it the default? Where it stands, or its section if it is not there. */
bool section_gives(const struct read_section *s, const char *key);
bool section_knows(const struct read_section *s, const char *key);
struct place section_place(const struct read_section *s, const char *key);

/* Required keys, the name. For sections of every kind. */
void check_section(struct report *r, const struct read_section *s);

/* The keys of an instance against each other; also sets what draft_instance says is known. */
void check_instance(struct report *r, struct draft *d, const struct read_section *s);

/* A part of it: addresses, sources and peers of one family; puts the link-local address first. */
void check_families(struct report *r, struct draft *d, const struct read_section *s);

/* The same for the others; check_track() also sets what draft_track says is known. */
void check_group(struct report *r, const struct draft_group *group, const struct read_section *s);
void check_check(struct report *r, const struct check_settings *check,
		 const struct read_section *s);
/* A part of check_check(). */
void check_bfd(struct report *r, const struct check_settings *check, const struct read_section *s);
void check_track(struct report *r, struct draft_track *track, const struct read_section *s);

/* All sections and instances against each other; sorts some tables of the draft. */
void check_all(struct report *r, struct draft *d);

/* A part of it: no two BFD sessions with one peer. */
void check_bfd_peers(struct report *r, const struct draft *d);
/* Likewise: neither end of one is a virtual address. */
void check_bfd_addresses(struct report *r, const struct draft *d);

/* A part of it: what names what. Numbers the checks of tracks and the groups of instances. */
void check_references(struct report *r, struct draft *d);

/* What is to be run against what the host allows. */
void check_commands(struct report *r, const struct draft *d, const struct conf_host *host);

/* Can there be a BFD session with that peer, and from that source? What is wrong and right, or NULL. */
const char *bfd_peer_fault(struct ip_addr peer);
const char *bfd_source_fault(struct ip_addr peer, struct ip_addr source);

/* Can that version announce that interval? What is wrong and right, or NULL. */
const char *interval_fault(uint8_t version, struct span interval);

#endif
