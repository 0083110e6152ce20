/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an administrator asked for, checked and complete: defaults are filled in, references are resolved to indexes, text is
 * parsed. Flat tables without pointers inside the elements, so that settings can be compared, copied to another
 * process as bytes, and adopted or refused whole. lib/conf makes them from a file; the core reads them and never
 * changes them.
 */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/ip.h"
#include "base/limits.h"
#include "core/routing.h"

/* Index of a family in arrays of two. */
enum family_index {
	FAMILY_V4 = 0,
	FAMILY_V6 = 1,
	FAMILY_COUNT = 2,
};

static inline int family_index(enum ip_family family)
{
	return family == IP_V6 ? FAMILY_V6 : FAMILY_V4;
}

enum log_target {
	LOG_TARGET_STDERR,
	LOG_TARGET_SYSLOG,
	LOG_TARGET_JOURNAL,
};

/* Verbosity, syslog's order. */
enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

enum {
	PRIORITY_DEFAULT = 100,
	PRIORITY_OWNER = 255,
	ADVERT_INTERVAL_DEFAULT_MS = 1000,
	ADVERT_INTERVAL_V3_MIN_MS = 10,
	ADVERT_INTERVAL_V3_MAX_MS = 40950,
	ADVERT_INTERVAL_V2_MIN_MS = 1000,
	ADVERT_INTERVAL_V2_MAX_MS = 255000,
	ANNOUNCE_COUNT_DEFAULT = 5,
	ANNOUNCE_REPEAT_DEFAULT_MS = 5000,
	SCRIPT_INTERVAL_DEFAULT_MS = 1000,
	NOTIFY_TIMEOUT_DEFAULT_MS = 30000,
	WEIGHT_MAX = 254, /* and -254 */
};

/* process: no maximum */
#define COUNT_UNLIMITED UINT32_MAX

/* One virtual address and how the kernel is to hold it. */
struct vip {
	struct ip_addr addr;
	struct ip_addr broadcast; /* IP_NONE: none */
	uint8_t prefix_len;
	uint8_t scope;   /* RT_SCOPE_*: 0 global, 253 link, 254 host */
	bool nodad;      /* said in the file; we never ask for DAD, so it only documents itself */
	bool deprecated; /* preferred-lifetime 0 */
	char dev[IFNAME_MAX_LEN + 1];  /* interface that holds it; "" is the instance's own */
	char label[LABEL_MAX_LEN + 1]; /* "" for none; IPv4 only */
};

/* A run of elements in one of the tables of struct settings. */
struct range {
	uint32_t first;
	uint32_t count;
};

struct announce_settings {
	uint32_t count;       /* per address at take-over, 1-100 */
	struct span repeat;   /* second burst this long after; 0 for none */
	struct span refresh;  /* repeat while MASTER; 0 for never */
	struct span interval; /* pause between two announcements on one interface; 0 for none */
};

/* Something outside the protocol that is watched, one a section `script`, `process`, `file` or `bfd`; order of the sections' names. */
enum check_kind {
	CHECK_SCRIPT,
	CHECK_PROCESS,
	CHECK_FILE,
	CHECK_BFD,
	CHECK_KIND_COUNT_,
};

/* "script", "process", "file", "bfd" */
static inline const char *check_kind_name(enum check_kind kind)
{
	switch (kind) {
	case CHECK_SCRIPT:
		return "script";
	case CHECK_PROCESS:
		return "process";
	case CHECK_FILE:
		return "file";
	case CHECK_BFD:
		return "bfd";
	case CHECK_KIND_COUNT_:
		break;
	}
	return "?";
}

enum check_state {
	CHECK_UP,
	CHECK_DOWN,
	CHECK_UNKNOWN, /* no result yet */
};

struct check_settings {
	char name[NAME_MAX_LEN + 1]; /* unique in its kind */
	enum check_kind kind;
	uint32_t text; /* a text: the command of a script or process, the path of a file */
	/* script */
	char user[NAME_MAX_LEN + 1]; /* "" for script-user */
	struct span interval, timeout;
	uint32_t rise, fall; /* 1-1000 */
	enum check_state initially;
	/* process: how many of them are well; maximum may be COUNT_UNLIMITED */
	uint32_t minimum, maximum;
	struct span delay;
	/* bfd */
	struct ip_addr peer, source; /* source IP_NONE: the kernel's choice */
	struct span transmit, receive;
	uint8_t multiplier, ttl;
};

/* A thing that an instance or group takes into account. */
struct track_settings {
	uint32_t check;                     /* number in `checks` from 1; 0: the interface */
	char interface[IFNAME_MAX_LEN + 1]; /* "" for a check */
	int16_t weight; /* of a file: factor of its number; otherwise 0: FAULT while down, < 0: added while down, > 0: while up */
	bool inverse;   /* script: down counts as up */
};

/* Which script is called for which new state; HOOK_ANY for each. */
enum hook {
	HOOK_ANY,
	HOOK_MASTER,
	HOOK_BACKUP,
	HOOK_FAULT,
	HOOK_STOP,
	HOOK_COUNT,
};

struct notify_settings {
	uint32_t command[HOOK_COUNT]; /* texts; 0: none */
	struct span timeout;
};

struct group_settings {
	char name[NAME_MAX_LEN + 1];
	struct range tracks; /* in `tracks` */
	struct notify_settings notify;
};

struct instance_settings {
	char name[NAME_MAX_LEN + 1];
	char interface[IFNAME_MAX_LEN + 1];
	uint8_t vrid;     /* 1-255 */
	uint8_t version;  /* 2 or 3 */
	uint8_t priority; /* 1-255; 255 is the owner of the addresses */
	uint8_t min_ttl;  /* unicast only */
	bool preempt;
	bool accept;
	bool virtual_mac;
	bool checksum_pseudo_header; /* version 3 over IPv4, sending */
	struct span
		advert_interval; /* v3: 10 ms-40.95 s in steps of 10 ms; v2: 1-255 s in steps of 1 s */
	struct span preempt_delay;
	struct announce_settings announce;
	struct range addresses
		[FAMILY_COUNT];     /* in `vips`: advertised, in this order; at most 255 each */
	struct range extra;         /* in `vips`: moved but not advertised, any family */
	struct range routes, rules; /* in `routings`, any family */
	struct ip_addr source[FAMILY_COUNT];       /* IP_NONE: the interface's */
	struct range peers;                        /* in `peers`, any family; empty: multicast */
	char auth_password[AUTH_PASSWORD_LEN + 1]; /* version 2; "" for none */
	uint32_t group;                            /* number in `groups`, from 1; 0: none */
	struct range tracks; /* in `tracks`; its own interface is not among them */
	struct notify_settings notify;
};

struct global_settings {
	char name[NAME_MAX_LEN + 1]; /* this router's; the host name if the file has none */
	char control_group[NAME_MAX_LEN + 1]; /* "" for none */
	enum log_target log_target;
	enum log_level log_level;
	bool realtime;
	char script_user[NAME_MAX_LEN + 1]; /* who runs scripts and hooks */
	uint32_t notify_fifo;               /* path, a text; 0: none */
	struct span address_lifetime;   /* that the kernel gives virtual addresses; 0: for ever */
	struct ip_addr metrics_address; /* of the HTTP listener; IP_NONE: none */
	uint16_t metrics_port;
};

/* The tables belong to whoever made the settings (conf.h says how to free them). */
struct settings {
	struct global_settings global;
	struct instance_settings *instances;
	uint32_t instance_count; /* 0-INSTANCES_MAX */
	struct vip *vips;
	uint32_t vip_count;
	struct routing *routings;
	uint32_t routing_count; /* 0-ROUTINGS_MAX */
	struct ip_addr *peers;
	uint32_t peer_count;
	struct check_settings *checks;
	uint32_t check_count; /* 0-CHECKS_MAX */
	struct track_settings *tracks;
	uint32_t track_count;
	struct group_settings *groups;
	uint32_t group_count;
	char *texts; /* one after the other, each with its NUL; a text is named by the offset of its first byte. The first is "" */
	uint32_t text_bytes;
};

/* A text by its number; 0 is "". */
static inline const char *settings_text(const struct settings *s, uint32_t number)
{
	return number != 0 ? s->texts + number : "";
}

/*
 * Hooks are called for instances and groups, which are numbered together: instances first. The number of either.
 */
static inline uint32_t settings_notifiers(const struct settings *s)
{
	return s->instance_count + s->group_count;
}

#endif
