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
};

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
		[FAMILY_COUNT]; /* in `vips`: advertised, in this order; at most 255 each */
	struct range extra;     /* in `vips`: moved but not advertised, any family */
	struct ip_addr source[FAMILY_COUNT];       /* IP_NONE: the interface's */
	struct range peers;                        /* in `peers`, any family; empty: multicast */
	char auth_password[AUTH_PASSWORD_LEN + 1]; /* version 2; "" for none */
};

struct global_settings {
	char name[NAME_MAX_LEN + 1]; /* this router's; the host name if the file has none */
	char control_group[NAME_MAX_LEN + 1]; /* "" for none */
	enum log_target log_target;
	enum log_level log_level;
	bool realtime;
};

/* The tables belong to whoever made the settings (conf.h says how to free them). */
struct settings {
	struct global_settings global;
	struct instance_settings *instances;
	uint32_t instance_count; /* 0-INSTANCES_MAX */
	struct vip *vips;
	uint32_t vip_count;
	struct ip_addr *peers;
	uint32_t peer_count;
};

#endif
