/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every limit of the product in one place. A limit that users can reach is stated in the man page
 * and has a test at it and one past it.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
	NAME_MAX_LEN = 63,   /* name of an instance, group, script…, without the NUL */
	IFNAME_MAX_LEN = 15, /* IFNAMSIZ - 1 */
	LABEL_MAX_LEN = 15,  /* IFNAMSIZ - 1 */
	INSTANCES_MAX = 16384,
	ADVERT_ADDRESSES_MAX = 255,   /* the count field is one byte, RFC 9568 section 5.2.5 */
	EXTRA_ADDRESSES_MAX = 16384,  /* extra-addresses of one instance */
	ADDRESSES_TOTAL_MAX = 262144, /* all addresses of one configuration */
	PEERS_MAX = 32,               /* unicast peers of one instance */
	ROUTINGS_MAX = 4096,          /* routes and rules of one configuration */
	ROUTE_NEXTHOPS_MAX = 8,       /* of one route */
	CHECKS_MAX = 4096,            /* scripts, processes, files and BFD sessions together */
	TRACKS_MAX = 32768,           /* track-… sections together */
	GROUPS_MAX = 4096,
	FILE_NUMBER_MAX = 1000000, /* in a tracked file, and -1000000: others are cut to it */
	COMMAND_MAX_LEN = 4095,    /* of a script or hook, without the NUL */
	AUTH_PASSWORD_LEN = 8,     /* RFC 2338 section 5.3.10 */
	HISTORY_MAX = 2048,        /* events kept */
	TEXT_MAX = 256,            /* a reason or another short free text, with the NUL */
};

#endif
