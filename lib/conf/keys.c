/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of vrrpd.conf. What is marked `later` is checked as far as its kind goes and then
 * refused unless it says what is the default anyway: better a clear "not supported yet" than a
 * key that is read and ignored. To support one, drop the mark and give it a place in the
 * settings.
 */
#include "conf/keys.h"

#include <assert.h>
#include <string.h>

#include "conf/suggest.h"
#include "core/settings.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define KEY(n, k, places) .name = (n), .kind = KIND_##k, .in = (places)
#define STORED(type, f)   .offset = offsetof(struct type, f), .size = sizeof(((struct type *)0)->f)
#define IN_GLOBAL(f)      STORED(global_settings, f)
#define IN_INSTANCE(f)    STORED(instance_settings, f)
#define RANGE(low, high)  .min = (low), .max = (high)
#define MS(n)             ((n)*INT64_C(1000))
#define SECONDS(n)        ((n)*INT64_C(1000000))
#define HOURS(n)          ((n)*INT64_C(3600000000))

enum {
	ROOT = IN(SECTION_ROOT),
	GLOBAL = IN(SECTION_GLOBAL),
	INSTANCE = IN(SECTION_INSTANCE),
	SCRIPT = IN(SECTION_SCRIPT),
	PROCESS = IN(SECTION_PROCESS),
	FILE_ = IN(SECTION_FILE),
	BFD = IN(SECTION_BFD),
	GROUP = IN(SECTION_GROUP),
	MEMBERS = INSTANCE | GROUP,
	TRACKS = IN(SECTION_TRACK_INTERFACE) | IN(SECTION_TRACK_SCRIPT) |
		 IN(SECTION_TRACK_PROCESS) | IN(SECTION_TRACK_FILE) | IN(SECTION_TRACK_BFD),
};

/* in the order of the enums they name */
static const char *const log_targets[] = { "stderr", "syslog", "journal", NULL };
static const char *const log_levels[] = { "error", "warning", "notice", "info", "debug", NULL };
static const char *const script_states[] = { "up", "down", "unknown", NULL };

/* clang-format off */
const struct key keys[] = {
	/* top level */
	{ KEY("global", SECTION, ROOT), .opens = SECTION_GLOBAL },
	{ KEY("instance", SECTION, ROOT), .opens = SECTION_INSTANCE, .titled = true },
	{ KEY("script", SECTION, ROOT), .opens = SECTION_SCRIPT, .titled = true, .later = true },
	{ KEY("process", SECTION, ROOT), .opens = SECTION_PROCESS, .titled = true, .later = true },
	{ KEY("file", SECTION, ROOT), .opens = SECTION_FILE, .titled = true, .later = true },
	{ KEY("bfd", SECTION, ROOT), .opens = SECTION_BFD, .titled = true, .later = true },
	{ KEY("group", SECTION, ROOT), .opens = SECTION_GROUP, .titled = true, .later = true },
	{ KEY("include", INCLUDE, ROOT) },

	/* global */
	{ KEY("name", NAME, GLOBAL), IN_GLOBAL(name) },
	{ KEY("control-group", NAME, GLOBAL), IN_GLOBAL(control_group) },
	{ KEY("metrics", ENDPOINT, GLOBAL), .off = true, .later = true },
	{ KEY("script-user", NAME, GLOBAL), .later = true },
	{ KEY("log", CHOICE, GLOBAL), IN_GLOBAL(log_target), RANGE(0, LOG_TARGET_JOURNAL),
	  .initial = LOG_TARGET_STDERR, .words = log_targets },
	{ KEY("log-level", CHOICE, GLOBAL), IN_GLOBAL(log_level), RANGE(0, LOG_LEVEL_DEBUG),
	  .initial = LOG_LEVEL_INFO, .words = log_levels },
	{ KEY("notify-fifo", PATH, GLOBAL), .later = true },
	{ KEY("realtime", BOOLEAN, GLOBAL), IN_GLOBAL(realtime), RANGE(0, 1) },
	{ KEY("address-lifetime", DURATION, GLOBAL), RANGE(SECONDS(5), HOURS(24)),
	  .off = true, .later = true },

	/* instance */
	{ KEY("interface", INTERFACE, INSTANCE), IN_INSTANCE(interface), .required = true },
	{ KEY("vrid", INTEGER, INSTANCE), IN_INSTANCE(vrid), RANGE(1, 255), .required = true },
	{ KEY("addresses", VIP, INSTANCE), RANGE(1, ADVERT_ADDRESSES_MAX),
	  .list = true, .required = true },
	{ KEY("extra-addresses", VIP, INSTANCE), RANGE(0, EXTRA_ADDRESSES_MAX), .list = true },
	{ KEY("version", INTEGER, INSTANCE), IN_INSTANCE(version), RANGE(2, 3), .initial = 3,
	  .right = "2 or 3" },
	{ KEY("priority", INTEGER, INSTANCE), IN_INSTANCE(priority), RANGE(1, PRIORITY_OWNER),
	  .initial = PRIORITY_DEFAULT, .right = "1 to 254, or 255 for the owner of the addresses" },
	/* which intervals a version can announce is checked when both are known */
	{ KEY("advert-interval", DURATION, INSTANCE), IN_INSTANCE(advert_interval),
	  RANGE(0, HOURS(1)), .initial = MS(ADVERT_INTERVAL_DEFAULT_MS),
	  .right = "10ms to 40.95s, or 1s to 255s in version 2" },
	{ KEY("preempt", BOOLEAN, INSTANCE), IN_INSTANCE(preempt), RANGE(0, 1), .initial = true },
	{ KEY("preempt-delay", DURATION, INSTANCE), IN_INSTANCE(preempt_delay),
	  RANGE(0, HOURS(24)) },
	{ KEY("accept", BOOLEAN, INSTANCE), IN_INSTANCE(accept), RANGE(0, 1), .initial = true,
	  .later = true },
	{ KEY("virtual-mac", BOOLEAN, INSTANCE), IN_INSTANCE(virtual_mac), RANGE(0, 1),
	  .later = true },
	{ KEY("source-address", ADDRESS, INSTANCE), RANGE(0, FAMILY_COUNT), .list = true },
	{ KEY("peers", ADDRESS, INSTANCE), RANGE(0, PEERS_MAX), .list = true, .later = true },
	{ KEY("min-ttl", INTEGER, INSTANCE), IN_INSTANCE(min_ttl), RANGE(1, 255), .initial = 255,
	  .later = true },
	{ KEY("auth-password", PASSWORD, INSTANCE), IN_INSTANCE(auth_password), .later = true },
	{ KEY("checksum-pseudo-header", BOOLEAN, INSTANCE), IN_INSTANCE(checksum_pseudo_header),
	  RANGE(0, 1), .initial = true },
	{ KEY("routes", TEXT, INSTANCE), .list = true, .later = true },
	{ KEY("rules", TEXT, INSTANCE), .list = true, .later = true },
	{ KEY("announce-count", INTEGER, INSTANCE), IN_INSTANCE(announce.count), RANGE(1, 100),
	  .initial = ANNOUNCE_COUNT_DEFAULT },
	{ KEY("announce-repeat", DURATION, INSTANCE), IN_INSTANCE(announce.repeat),
	  RANGE(0, HOURS(1)), .initial = MS(ANNOUNCE_REPEAT_DEFAULT_MS) },
	{ KEY("announce-refresh", DURATION, INSTANCE), IN_INSTANCE(announce.refresh),
	  RANGE(0, HOURS(24)) },
	{ KEY("announce-interval", DURATION, INSTANCE), IN_INSTANCE(announce.interval),
	  RANGE(0, SECONDS(1)) },

	/* instance and group */
	{ KEY("track-interface", SECTION, MEMBERS), .opens = SECTION_TRACK_INTERFACE,
	  .titled = true, .later = true },
	{ KEY("track-script", SECTION, MEMBERS), .opens = SECTION_TRACK_SCRIPT,
	  .titled = true, .later = true },
	{ KEY("track-process", SECTION, MEMBERS), .opens = SECTION_TRACK_PROCESS,
	  .titled = true, .later = true },
	{ KEY("track-file", SECTION, MEMBERS), .opens = SECTION_TRACK_FILE,
	  .titled = true, .later = true },
	{ KEY("track-bfd", SECTION, MEMBERS), .opens = SECTION_TRACK_BFD,
	  .titled = true, .later = true },
	{ KEY("notify", TEXT, MEMBERS), .later = true },
	{ KEY("notify-master", TEXT, MEMBERS), .later = true },
	{ KEY("notify-backup", TEXT, MEMBERS), .later = true },
	{ KEY("notify-fault", TEXT, MEMBERS), .later = true },
	{ KEY("notify-stop", TEXT, MEMBERS), .later = true },
	{ KEY("notify-timeout", DURATION, MEMBERS), RANGE(SECONDS(1), HOURS(1)), .later = true },

	/* track-… in them */
	{ KEY("weight", INTEGER, TRACKS), RANGE(-254, 254) },
	{ KEY("inverse", BOOLEAN, IN(SECTION_TRACK_SCRIPT)), RANGE(0, 1) },

	/* script, process, file, bfd, group */
	{ KEY("command", TEXT, SCRIPT | PROCESS), .required = true },
	{ KEY("interval", DURATION, SCRIPT), RANGE(MS(10), HOURS(24)) },
	{ KEY("timeout", DURATION, SCRIPT), RANGE(MS(10), HOURS(24)) },
	{ KEY("rise", INTEGER, SCRIPT), RANGE(1, 1000) },
	{ KEY("fall", INTEGER, SCRIPT), RANGE(1, 1000) },
	{ KEY("user", NAME, SCRIPT) },
	{ KEY("initially", CHOICE, SCRIPT), RANGE(0, 2), .words = script_states },
	{ KEY("minimum", INTEGER, PROCESS), RANGE(0, 1000000) },
	{ KEY("maximum", INTEGER, PROCESS), RANGE(0, 1000000) },
	{ KEY("delay", DURATION, PROCESS), RANGE(0, HOURS(1)) },
	{ KEY("path", PATH, FILE_), .required = true },
	{ KEY("peer", ADDRESS, BFD), .required = true },
	{ KEY("source", ADDRESS, BFD) },
	{ KEY("transmit", DURATION, BFD), RANGE(MS(1), HOURS(1)) },
	{ KEY("receive", DURATION, BFD), RANGE(MS(1), HOURS(1)) },
	{ KEY("multiplier", INTEGER, BFD), RANGE(1, 255) },
	{ KEY("ttl", INTEGER, BFD), RANGE(1, 255) },
	{ KEY("instances", NAME, GROUP), .list = true, .required = true },
};
/* clang-format on */

const size_t key_count = ARRAY_SIZE(keys);

static_assert(ARRAY_SIZE(keys) <= KEYS_MAX, "a bit or an element a key");
static_assert(SECTION_COUNT <= 32, "a bit a section");

/* What keepalived calls it, for those who type from habit. */
static const struct synonym {
	const char *theirs;
	const char *ours;
} synonyms[] = {
	{ "global_defs", "global" },
	{ "router_id", "name" },
	{ "vrrp_instance", "instance" },
	{ "vrrp_script", "script" },
	{ "vrrp_track_process", "process" },
	{ "vrrp_track_file", "file" },
	{ "vrrp_sync_group", "group" },
	{ "virtual_router_id", "vrid" },
	{ "virtual_ipaddress", "addresses" },
	{ "virtual_ipaddress_excluded", "extra-addresses" },
	{ "advert_int", "advert-interval" },
	{ "nopreempt", "preempt" },
	{ "vrrp_version", "version" },
	{ "unicast_src_ip", "source-address" },
	{ "mcast_src_ip", "source-address" },
	{ "unicast_peer", "peers" },
	{ "auth_pass", "auth-password" },
	{ "use_vmac", "virtual-mac" },
	{ "virtual_routes", "routes" },
	{ "virtual_rules", "rules" },
	{ "garp_master_repeat", "announce-count" },
	{ "garp_master_delay", "announce-repeat" },
	{ "garp_master_refresh", "announce-refresh" },
	{ "garp_interval", "announce-interval" },
};

static const char *const section_names[SECTION_COUNT] = {
	[SECTION_ROOT] = "",
	[SECTION_GLOBAL] = "global",
	[SECTION_INSTANCE] = "instance",
	[SECTION_SCRIPT] = "script",
	[SECTION_PROCESS] = "process",
	[SECTION_FILE] = "file",
	[SECTION_BFD] = "bfd",
	[SECTION_GROUP] = "group",
	[SECTION_TRACK_INTERFACE] = "track-interface",
	[SECTION_TRACK_SCRIPT] = "track-script",
	[SECTION_TRACK_PROCESS] = "track-process",
	[SECTION_TRACK_FILE] = "track-file",
	[SECTION_TRACK_BFD] = "track-bfd",
};

const char *section_name(enum section s)
{
	return section_names[s];
}

enum section section_of_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(section_names); i++)
		if (strcmp(section_names[i], name) == 0)
			return (enum section)i;
	return SECTION_ROOT;
}

size_t key_index(const struct key *k)
{
	return (size_t)(k - keys);
}

const struct key *key_find(enum section in, const char *name)
{
	for (size_t i = 0; i < key_count; i++)
		if ((keys[i].in & IN(in)) && strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

const struct key *key_elsewhere(enum section in, const char *name)
{
	for (size_t i = 0; i < key_count; i++)
		if (!(keys[i].in & IN(in)) && strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

const struct key *key_suggest(enum section in, const char *name)
{
	const struct key *best = NULL;
	unsigned int best_distance = SUGGEST_LEN_MAX;

	for (size_t i = 0; i < ARRAY_SIZE(synonyms); i++)
		if (strcmp(synonyms[i].theirs, name) == 0)
			return key_find(in, synonyms[i].ours);
	for (size_t i = 0; i < key_count; i++) {
		unsigned int distance = SUGGEST_LEN_MAX;

		if (keys[i].in & IN(in))
			distance = suggest_distance(name, keys[i].name);
		if (distance < best_distance) {
			best = &keys[i];
			best_distance = distance;
		}
	}
	return best && suggest_is_near(name, best_distance) ? best : NULL;
}

bool key_stores_number(const struct key *k)
{
	return k->size > 0 && (k->kind == KIND_BOOLEAN || k->kind == KIND_INTEGER ||
			       k->kind == KIND_DURATION || k->kind == KIND_CHOICE);
}

bool key_stores_text(const struct key *k)
{
	return k->size > 0 && !key_stores_number(k);
}

int64_t key_number(const struct key *k, const void *base)
{
	const char *field = (const char *)base + k->offset;
	uint8_t byte;
	uint32_t word;
	int64_t number;

	switch (k->size) {
	case sizeof(byte):
		memcpy(&byte, field, sizeof(byte));
		return byte;
	case sizeof(word):
		memcpy(&word, field, sizeof(word));
		return word;
	default:
		assert(k->size == sizeof(number));
		memcpy(&number, field, sizeof(number));
		return number;
	}
}

void key_set_number(const struct key *k, void *base, int64_t number)
{
	char *field = (char *)base + k->offset;
	uint8_t byte = (uint8_t)number;
	uint32_t word = (uint32_t)number;

	switch (k->size) {
	case sizeof(byte):
		memcpy(field, &byte, sizeof(byte));
		break;
	case sizeof(word):
		memcpy(field, &word, sizeof(word));
		break;
	default:
		assert(k->size == sizeof(number));
		memcpy(field, &number, sizeof(number));
		break;
	}
}

const char *key_text(const struct key *k, const void *base)
{
	return (const char *)base + k->offset;
}
