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

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define KEY(n, k, places) .name = (n), .kind = KIND_##k, .in = (places)
#define STORED(type, f)   .offset = offsetof(struct type, f), .size = sizeof(((struct type *)0)->f)
#define IN_GLOBAL(f)      STORED(global_settings, f)
#define IN_INSTANCE(f)    STORED(instance_settings, f)
#define IN_CHECK(f)       STORED(check_settings, f)
#define IN_TRACK(f)       STORED(track_settings, f)
#define IN_GROUP(f)       STORED(group_settings, f)
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
	TRACK_SCRIPT = IN(SECTION_TRACK_SCRIPT),
	TRACK_FILE = IN(SECTION_TRACK_FILE),
	TRACKS = IN(SECTION_TRACK_INTERFACE) | TRACK_SCRIPT | IN(SECTION_TRACK_PROCESS) |
		 IN(SECTION_TRACK_BFD),
};

/* in the order of the enums they name */
static const char *const log_targets[] = { "stderr", "syslog", "journal", NULL };
static const char *const log_levels[] = { "error", "warning", "notice", "info", "debug", NULL };
static const char *const check_states[] = { "up", "down", "unknown", NULL };

/* clang-format off */
const struct key keys[] = {
	/* top level */
	{ KEY("global", SECTION, ROOT), .opens = SECTION_GLOBAL },
	{ KEY("instance", SECTION, ROOT), .opens = SECTION_INSTANCE, .titled = true },
	{ KEY("script", SECTION, ROOT), .opens = SECTION_SCRIPT, .titled = true },
	{ KEY("process", SECTION, ROOT), .opens = SECTION_PROCESS, .titled = true },
	{ KEY("file", SECTION, ROOT), .opens = SECTION_FILE, .titled = true },
	{ KEY("bfd", SECTION, ROOT), .opens = SECTION_BFD, .titled = true },
	{ KEY("group", SECTION, ROOT), .opens = SECTION_GROUP, .titled = true },
	{ KEY("include", INCLUDE, ROOT) },

	/* global */
	{ KEY("name", NAME, GLOBAL), IN_GLOBAL(name) },
	{ KEY("control-group", USERS, GLOBAL), IN_GLOBAL(control_group) },
	{ KEY("metrics", ENDPOINT, GLOBAL), IN_GLOBAL(metrics_address),
	  .port = offsetof(struct global_settings, metrics_port), .none = "off" },
	{ KEY("script-user", USER, GLOBAL), IN_GLOBAL(script_user), .initial_text = "nobody" },
	{ KEY("log", CHOICE, GLOBAL), IN_GLOBAL(log_target), RANGE(0, LOG_TARGET_JOURNAL),
	  .initial = LOG_TARGET_STDERR, .words = log_targets },
	{ KEY("log-level", CHOICE, GLOBAL), IN_GLOBAL(log_level), RANGE(0, LOG_LEVEL_DEBUG),
	  .initial = LOG_LEVEL_INFO, .words = log_levels },
	{ KEY("notify-fifo", PATH, GLOBAL), IN_GLOBAL(notify_fifo) },
	{ KEY("realtime", BOOLEAN, GLOBAL), IN_GLOBAL(realtime), RANGE(0, 1) },
	{ KEY("address-lifetime", DURATION, GLOBAL), IN_GLOBAL(address_lifetime),
	  RANGE(SECONDS(5), HOURS(24)), .none = "off" },

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
	{ KEY("accept", BOOLEAN, INSTANCE), IN_INSTANCE(accept), RANGE(0, 1), .initial = true },
	{ KEY("virtual-mac", BOOLEAN, INSTANCE), IN_INSTANCE(virtual_mac), RANGE(0, 1) },
	{ KEY("source-address", ADDRESS, INSTANCE), RANGE(0, FAMILY_COUNT), .list = true },
	{ KEY("peers", ADDRESS, INSTANCE), RANGE(0, PEERS_MAX), .list = true },
	{ KEY("min-ttl", INTEGER, INSTANCE), IN_INSTANCE(min_ttl), RANGE(1, 255), .initial = 255 },
	{ KEY("auth-password", PASSWORD, INSTANCE), IN_INSTANCE(auth_password) },
	{ KEY("checksum-pseudo-header", BOOLEAN, INSTANCE), IN_INSTANCE(checksum_pseudo_header),
	  RANGE(0, 1), .initial = true },
	{ KEY("routes", ROUTE, INSTANCE), .list = true },
	{ KEY("rules", RULE, INSTANCE), .list = true },
	{ KEY("announce-count", INTEGER, INSTANCE), IN_INSTANCE(announce.count), RANGE(1, 100),
	  .initial = ANNOUNCE_COUNT_DEFAULT },
	{ KEY("announce-repeat", DURATION, INSTANCE), IN_INSTANCE(announce.repeat),
	  RANGE(0, HOURS(1)), .initial = MS(ANNOUNCE_REPEAT_DEFAULT_MS) },
	{ KEY("announce-refresh", DURATION, INSTANCE), IN_INSTANCE(announce.refresh),
	  RANGE(MS(100), HOURS(24)), .or_zero = true,
	  .right = "0s for never, or 100ms to 24h" },
	{ KEY("announce-interval", DURATION, INSTANCE), IN_INSTANCE(announce.interval),
	  RANGE(0, SECONDS(1)) },

	/* instance and group */
	{ KEY("track-interface", SECTION, MEMBERS), .opens = SECTION_TRACK_INTERFACE,
	  .titled = true },
	{ KEY("track-script", SECTION, MEMBERS), .opens = SECTION_TRACK_SCRIPT, .titled = true },
	{ KEY("track-process", SECTION, MEMBERS), .opens = SECTION_TRACK_PROCESS, .titled = true },
	{ KEY("track-file", SECTION, MEMBERS), .opens = SECTION_TRACK_FILE, .titled = true },
	{ KEY("track-bfd", SECTION, MEMBERS), .opens = SECTION_TRACK_BFD,
	  .titled = true },
	{ KEY("notify", TEXT, INSTANCE), IN_INSTANCE(notify.command[HOOK_ANY]) },
	{ KEY("notify-master", TEXT, INSTANCE), IN_INSTANCE(notify.command[HOOK_MASTER]) },
	{ KEY("notify-backup", TEXT, INSTANCE), IN_INSTANCE(notify.command[HOOK_BACKUP]) },
	{ KEY("notify-fault", TEXT, INSTANCE), IN_INSTANCE(notify.command[HOOK_FAULT]) },
	{ KEY("notify-stop", TEXT, INSTANCE), IN_INSTANCE(notify.command[HOOK_STOP]) },
	{ KEY("notify-timeout", DURATION, INSTANCE), IN_INSTANCE(notify.timeout),
	  RANGE(SECONDS(1), HOURS(1)), .initial = MS(NOTIFY_TIMEOUT_DEFAULT_MS) },
	{ KEY("notify", TEXT, GROUP), IN_GROUP(notify.command[HOOK_ANY]) },
	{ KEY("notify-master", TEXT, GROUP), IN_GROUP(notify.command[HOOK_MASTER]) },
	{ KEY("notify-backup", TEXT, GROUP), IN_GROUP(notify.command[HOOK_BACKUP]) },
	{ KEY("notify-fault", TEXT, GROUP), IN_GROUP(notify.command[HOOK_FAULT]) },
	{ KEY("notify-stop", TEXT, GROUP), IN_GROUP(notify.command[HOOK_STOP]) },
	{ KEY("notify-timeout", DURATION, GROUP), IN_GROUP(notify.timeout),
	  RANGE(SECONDS(1), HOURS(1)), .initial = MS(NOTIFY_TIMEOUT_DEFAULT_MS) },

	/* track-... in them */
	{ KEY("weight", INTEGER, TRACKS), IN_TRACK(weight), RANGE(-WEIGHT_MAX, WEIGHT_MAX) },
	{ KEY("weight", INTEGER, TRACK_FILE), IN_TRACK(weight), RANGE(-WEIGHT_MAX, WEIGHT_MAX),
	  .initial = 1 },
	{ KEY("inverse", BOOLEAN, TRACK_SCRIPT), IN_TRACK(inverse), RANGE(0, 1) },

	/* script, process, file, bfd, group */
	{ KEY("command", TEXT, SCRIPT | PROCESS), IN_CHECK(text), .required = true },
	{ KEY("interval", DURATION, SCRIPT), IN_CHECK(interval), RANGE(MS(10), HOURS(24)),
	  .initial = MS(SCRIPT_INTERVAL_DEFAULT_MS) },
	{ KEY("timeout", DURATION, SCRIPT), IN_CHECK(timeout), RANGE(MS(10), HOURS(24)),
	  .like = offsetof(struct check_settings, interval) },
	{ KEY("rise", INTEGER, SCRIPT), IN_CHECK(rise), RANGE(1, 1000), .initial = 1 },
	{ KEY("fall", INTEGER, SCRIPT), IN_CHECK(fall), RANGE(1, 1000), .initial = 1 },
	{ KEY("user", USER, SCRIPT), IN_CHECK(user) },
	{ KEY("initially", CHOICE, SCRIPT), IN_CHECK(initially), RANGE(0, CHECK_UNKNOWN),
	  .initial = CHECK_UNKNOWN, .words = check_states },
	{ KEY("minimum", INTEGER, PROCESS), IN_CHECK(minimum), RANGE(0, 1000000), .initial = 1 },
	{ KEY("maximum", INTEGER, PROCESS), IN_CHECK(maximum), RANGE(0, 1000000),
	  .initial = COUNT_UNLIMITED, .none = "none" },
	{ KEY("delay", DURATION, PROCESS), IN_CHECK(delay), RANGE(0, HOURS(1)) },
	{ KEY("path", PATH, FILE_), IN_CHECK(text), .required = true },
	{ KEY("peer", ADDRESS, BFD), IN_CHECK(peer), .required = true },
	{ KEY("source", ADDRESS, BFD), IN_CHECK(source) },
	{ KEY("transmit", DURATION, BFD), IN_CHECK(transmit), RANGE(MS(10), SECONDS(60)),
	  .initial = MS(50) },
	{ KEY("receive", DURATION, BFD), IN_CHECK(receive), RANGE(MS(10), SECONDS(60)),
	  .initial = MS(50) },
	{ KEY("multiplier", INTEGER, BFD), IN_CHECK(multiplier), RANGE(1, 255), .initial = 3 },
	{ KEY("ttl", INTEGER, BFD), IN_CHECK(ttl), RANGE(1, 255), .initial = 255 },
	{ KEY("instances", NAME, GROUP), RANGE(1, INSTANCES_MAX), .list = true, .required = true,
	  .right = "{A, B}, the names of instances" },
};
/* clang-format on */

const size_t key_count = ARRAY_SIZE(keys);

static_assert(ARRAY_SIZE(keys) <= KEYS_MAX, "a bit or an element a key");
static_assert(SECTION_COUNT <= 32, "a bit a section");

/* What keepalived calls it, for those who type from habit. */
static const struct synonym {
	const char *theirs;
	const char *ours;
	const char *text; /* more than our word; NULL for no more */
} synonyms[] = {
	{ "global_defs", "global", NULL },
	{ "router_id", "name", NULL },
	{ "vrrp_instance", "instance", NULL },
	{ "vrrp_script", "script", NULL },
	{ "vrrp_track_process", "process", NULL },
	{ "vrrp_track_file", "file", NULL },
	{ "vrrp_sync_group", "group", NULL },
	{ "virtual_router_id", "vrid", NULL },
	{ "virtual_ipaddress", "addresses", NULL },
	{ "virtual_ipaddress_excluded", "extra-addresses", NULL },
	{ "advert_int", "advert-interval", NULL },
	{ "nopreempt", "preempt", "preempt = false" },
	{ "vrrp_version", "version", NULL },
	{ "unicast_src_ip", "source-address", NULL },
	{ "mcast_src_ip", "source-address", NULL },
	{ "unicast_peer", "peers", NULL },
	{ "auth_pass", "auth-password", NULL },
	{ "use_vmac", "virtual-mac", NULL },
	{ "virtual_routes", "routes", NULL },
	{ "virtual_rules", "rules", NULL },
	{ "garp_master_repeat", "announce-count", NULL },
	{ "garp_master_delay", "announce-repeat", NULL },
	{ "garp_master_refresh", "announce-refresh", NULL },
	{ "garp_interval", "announce-interval", NULL },
	/* in sections of their own */
	{ "script", "command", NULL },
	{ "process", "command", NULL },
	{ "file", "path", NULL },
	{ "group", "instances", NULL },
	{ "init_fail", "initially", "initially = down" },
	{ "quorum", "minimum", NULL },
	{ "quorum_max", "maximum", NULL },
	{ "terminate_delay", "delay", NULL },
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

const struct key *key_find_at(enum section in, size_t offset)
{
	for (size_t i = 0; i < key_count; i++)
		if ((keys[i].in & IN(in)) && keys[i].size > 0 && keys[i].offset == offset)
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

struct suggestion key_synonym(enum section in, const char *name)
{
	struct suggestion found = { NULL, NULL };

	for (size_t i = 0; i < ARRAY_SIZE(synonyms) && !found.key; i++) {
		if (strcmp(synonyms[i].theirs, name) != 0)
			continue;
		found.key = key_find(in, synonyms[i].ours);
		found.text = synonyms[i].text ? synonyms[i].text : synonyms[i].ours;
	}
	return found;
}

const char *key_without_equivalent(const char *name)
{
	static const struct {
		const char *theirs, *advice;
	} words[] = {
		{ "state", "nothing: the router with the highest priority becomes MASTER" },
		{ "authentication", "auth-password, which goes with version = 2 only" },
		{ "auth_type", "auth-password, which goes with version = 2 only" },
		{ "smtp_alert", "a hook, notify" },
		{ "notification_email", "a hook, notify" },
		{ "virtual_server", "nothing: vrrpd does no load balancing" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i].theirs, name) == 0)
			return words[i].advice;
	return NULL;
}

struct suggestion key_suggest(enum section in, const char *name)
{
	struct suggestion best = key_synonym(in, name);
	unsigned int best_distance = SUGGEST_LEN_MAX;

	if (best.key)
		return best;
	for (size_t i = 0; i < key_count; i++) {
		unsigned int distance = SUGGEST_LEN_MAX;

		if (keys[i].in & IN(in))
			distance = suggest_distance(name, keys[i].name);
		if (distance < best_distance) {
			best = (struct suggestion){ &keys[i], keys[i].name };
			best_distance = distance;
		}
	}
	return suggest_is_near(name, best_distance) ? best : (struct suggestion){ NULL, NULL };
}

/* The sections of checks, and those of what tracks them, stand in the order of enum check_kind. */
enum section section_of_check(enum check_kind kind)
{
	return (enum section)(SECTION_SCRIPT + (int)kind);
}

enum section section_of_track(const struct track_settings *t, const struct check_settings *checks)
{
	if (t->check == 0)
		return SECTION_TRACK_INTERFACE;
	return (enum section)(SECTION_TRACK_SCRIPT + (int)checks[t->check - 1].kind);
}

enum check_kind check_of_section(enum section s)
{
	if (s >= SECTION_SCRIPT && s <= SECTION_BFD)
		return (enum check_kind)(s - SECTION_SCRIPT);
	if (s >= SECTION_TRACK_SCRIPT && s <= SECTION_TRACK_BFD)
		return (enum check_kind)(s - SECTION_TRACK_SCRIPT);
	return CHECK_KIND_COUNT_;
}

bool key_stores_number(const struct key *k)
{
	return k->size > 0 && (k->kind == KIND_BOOLEAN || k->kind == KIND_INTEGER ||
			       k->kind == KIND_DURATION || k->kind == KIND_CHOICE);
}

bool key_stores_address(const struct key *k)
{
	return k->size > 0 && (k->kind == KIND_ADDRESS || k->kind == KIND_ENDPOINT);
}

bool key_stores_text(const struct key *k)
{
	return k->size > 0 && (k->kind == KIND_TEXT || k->kind == KIND_PATH);
}

bool key_stores_name(const struct key *k)
{
	return k->size > 0 && !key_stores_number(k) && !key_stores_address(k) &&
	       !key_stores_text(k);
}

int64_t key_number(const struct key *k, const void *base)
{
	const char *field = (const char *)base + k->offset;
	uint8_t byte;
	int16_t weight;
	uint32_t word;
	int64_t number;

	switch (k->size) {
	case sizeof(byte):
		memcpy(&byte, field, sizeof(byte));
		return byte;
	case sizeof(weight):
		memcpy(&weight, field, sizeof(weight));
		return weight;
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
	int16_t weight = (int16_t)number;
	uint32_t word = (uint32_t)number;

	switch (k->size) {
	case sizeof(byte):
		memcpy(field, &byte, sizeof(byte));
		break;
	case sizeof(weight):
		memcpy(field, &weight, sizeof(weight));
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

struct ip_addr key_address(const struct key *k, const void *base)
{
	struct ip_addr addr;

	memcpy(&addr, (const char *)base + k->offset, sizeof(addr));
	return addr;
}

uint16_t key_port(const struct key *k, const void *base)
{
	uint16_t port = 0;

	if (k->kind == KIND_ENDPOINT)
		memcpy(&port, (const char *)base + k->port, sizeof(port));
	return port;
}

void key_set_address(const struct key *k, void *base, struct ip_addr addr, uint16_t port)
{
	memcpy((char *)base + k->offset, &addr, sizeof(addr));
	if (k->kind == KIND_ENDPOINT)
		memcpy((char *)base + k->port, &port, sizeof(port));
}

const char *key_text(const struct key *k, const struct settings *s, const void *base)
{
	if (key_stores_text(k))
		return settings_text(s, (uint32_t)key_number(k, base));
	return (const char *)base + k->offset;
}

void keys_set_defaults(enum section in, void *base)
{
	for (size_t i = 0; i < key_count; i++) {
		const struct key *k = &keys[i];

		if (!(k->in & IN(in)))
			continue;
		if (key_stores_number(k))
			key_set_number(k, base, k->initial);
		else if (key_stores_name(k) && k->initial_text)
			strcpy((char *)base + k->offset, k->initial_text);
	}
}

void keys_follow(enum section in, void *base)
{
	for (size_t i = 0; i < key_count; i++) {
		const struct key *k = &keys[i];
		struct key leader = { .offset = k->like, .size = k->size };

		if ((k->in & IN(in)) && k->like && key_number(k, base) == k->initial)
			key_set_number(k, base, key_number(&leader, base));
	}
}
