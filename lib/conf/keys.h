/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every word of the configuration in one table: where it may stand, what values it takes, where
 * the value goes. Reading, finding unknown keys, "did you mean",
 * defaults, the canonical print, comparing and checking an image all follow it, so that a new key
 * is a new row.
 */
#ifndef CONF_KEYS_H
#define CONF_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/settings.h"

enum section {
	SECTION_ROOT, /* top level, outside all braces */
	SECTION_GLOBAL,
	SECTION_INSTANCE,
	SECTION_SCRIPT,
	SECTION_PROCESS,
	SECTION_FILE,
	SECTION_BFD,
	SECTION_GROUP,
	SECTION_TRACK_INTERFACE,
	SECTION_TRACK_SCRIPT,
	SECTION_TRACK_PROCESS,
	SECTION_TRACK_FILE,
	SECTION_TRACK_BFD,
	SECTION_COUNT,
};

enum value_kind {
	KIND_SECTION,
	KIND_INCLUDE,
	KIND_BOOLEAN,
	KIND_INTEGER,
	KIND_DURATION,
	KIND_CHOICE,    /* one of `words`, stored as its index */
	KIND_NAME,      /* letters, digits and . _ - : @ + */
	KIND_USER,      /* a name that this host should know as a user */
	KIND_USERS,     /* the same for a group of users */
	KIND_INTERFACE, /* what the kernel takes for the name of an interface */
	KIND_TEXT,      /* a line of at most COMMAND_MAX_LEN, not empty */
	KIND_PASSWORD,  /* AUTH_PASSWORD_LEN bytes, cut if longer */
	KIND_PATH,      /* a text that begins with / */
	KIND_ENDPOINT,  /* ADDR:PORT, [ADDR]:PORT */
	KIND_ADDRESS,   /* unicast, without prefix */
	KIND_VIP,       /* with prefix and options; see vip_text.h */
	KIND_ROUTE,     /* see routing_words.h */
	KIND_RULE,
};

struct key {
	const char *name;
	uint32_t in; /* sections it may stand in, a bit each: IN(SECTION_…) */
	enum value_kind kind;
	bool list;          /* {a, b}, +=, or a single value without braces */
	bool required;      /* in every section it may stand in */
	bool titled;        /* a section with a name */
	enum section opens; /* the section it begins */
	/*
	 * where the value goes in the struct of its section (global_settings, instance_settings,
	 * check_settings, track_settings, group_settings); size 0: nowhere, or not by these
	 */
	size_t offset;
	size_t size;
	size_t port;              /* of an endpoint: where its port goes, a uint16_t */
	int64_t min, max;         /* numbers, durations in microseconds, lengths of lists */
	bool or_zero;             /* 0, for never, is right besides */
	int64_t initial;          /* the default of what is stored as a number, in range or not */
	size_t like;              /* not 0: the default is the number at this offset */
	const char *initial_text; /* the default of a name; NULL is "" */
	const char *none;         /* a word that stands for the default: "off" */
	const char *const *words;
	const char *right; /* what would be right, if it does not follow from the above */
};

/* Sections fit the bits of `in`, keys fit arrays of this. */
enum {
	KEYS_MAX = 96
};

#define IN(section) (1u << (section))

extern const struct key keys[];
extern const size_t key_count;

size_t key_index(const struct key *k);

/* A word of that section, or NULL. */
const struct key *key_find(enum section in, const char *name);

/* The word of that section whose value is stored at that offset, or NULL. */
const struct key *key_find_at(enum section in, size_t offset);

/* A word of any other section, or NULL. */
const struct key *key_elsewhere(enum section in, const char *name);

/* What was probably meant, and how it is written there: `preempt`, or `preempt = false`. */
struct suggestion {
	const struct key *key; /* NULL if nothing is near */
	const char *text;
};

/* Ours for the word of another program (virtual_router_id). */
struct suggestion key_synonym(enum section in, const char *name);
/* The same, or else the nearest word of that section. */
struct suggestion key_suggest(enum section in, const char *name);

/* What is right instead of a word of keepalived's that has no equivalent, or NULL. */
const char *key_without_equivalent(const char *name);

/* "instance"; "" for SECTION_ROOT. */
const char *section_name(enum section s);
/* The other way; SECTION_ROOT for what is none. */
enum section section_of_name(const char *name);

/* The section of the checks of that kind, and that of what tracks them. */
enum section section_of_check(enum check_kind kind);
enum section section_of_track(const struct track_settings *t, const struct check_settings *checks);
/* The kind of check that a section script or track-script is about; CHECK_KIND_COUNT_ for none. */
enum check_kind check_of_section(enum section s);

/* The sections of a key for a message: `"instance" or "group"`. */
struct key_places {
	char text[128];
};
struct key_places key_places(const struct key *k);

/* The words of a section for a message, as far as they go: "interface, vrid, addresses, ...". */
struct key_words {
	char text[128];
};
struct key_words key_words(enum section in);

/* What would be right as a value: "1 to 255". */
struct key_right {
	char text[128];
};
struct key_right key_right(const struct key *k);

/*
 * How is the value stored? As a number (boolean, integer, duration, choice), as an address, as a
 * name in a char array, or as a text of the settings, which the struct has the number of.
 */
bool key_stores_number(const struct key *k);
bool key_stores_address(const struct key *k);
bool key_stores_name(const struct key *k);
bool key_stores_text(const struct key *k);

/*
 * base is the struct that offset counts from. Numbers of any size in it, those of two bytes
 * signed; of a text its number.
 */
int64_t key_number(const struct key *k, const void *base);
void key_set_number(const struct key *k, void *base, int64_t number);

/* An address, and of an endpoint its port, otherwise 0. */
struct ip_addr key_address(const struct key *k, const void *base);
uint16_t key_port(const struct key *k, const void *base);
void key_set_address(const struct key *k, void *base, struct ip_addr addr, uint16_t port);

/* A name, or a text of those settings. */
const char *key_text(const struct key *k, const struct settings *s, const void *base);

/* The default in the field of each key of that section. */
void keys_set_defaults(enum section in, void *base);
/* The same for defaults that follow from other keys, once these are known. */
void keys_follow(enum section in, void *base);

#endif
