/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is counted for each virtual router: RFC 6527's statistics by snake_case names, and ours. One list makes the
 * enum, the names of the JSON and of the metrics, so that none can be forgotten.
 */
#ifndef CORE_COUNTERS_H
#define CORE_COUNTERS_H

#include <stdint.h>

/*        enum suffix              name in JSON                 what */
#define COUNTERS(X)                                                                              \
	X(ADVERTS_SENT, adverts_sent, "advertisements sent")                                     \
	X(ADVERTS_RECEIVED, adverts_received, "advertisements received and processed")           \
	X(BECAME_MASTER, became_master, "transitions to MASTER")                                 \
	X(RELEASED_MASTER, released_master, "transitions from MASTER")                           \
	X(PRIORITY_ZERO_SENT, priority_zero_sent, "advertisements sent with priority 0")         \
	X(PRIORITY_ZERO_RECEIVED, priority_zero_received,                                        \
	  "advertisements received with priority 0")                                             \
	X(CHECKSUM_ERRORS, checksum_errors, "refused: checksum")                                 \
	X(VERSION_ERRORS, version_errors, "refused: unknown version, or not the configured one") \
	X(VRID_ERRORS, vrid_errors, "refused: VRID of no virtual router here")                   \
	X(IP_TTL_ERRORS, ip_ttl_errors, "refused: TTL or hop limit")                             \
	X(PACKET_LENGTH_ERRORS, packet_length_errors, "refused: length")                         \
	X(INVALID_TYPE_RECEIVED, invalid_type_received, "refused: not an advertisement")         \
	X(ADDRESS_LIST_ERRORS, address_list_errors, "address list differs, or is empty")         \
	X(ADVERT_INTERVAL_ERRORS, advert_interval_errors, "interval 0, or (version 2) not ours") \
	X(AUTH_FAILURES, auth_failures, "refused: authentication")                               \
	X(SENDER_ERRORS, sender_errors,                                                          \
	  "refused: not from a configured peer, or not to the group")                            \
	X(OWN_ADDRESS_RECEIVED, own_address_received, "refused: sent from our own address")      \
	X(SEND_ERRORS, send_errors, "advertisements the kernel did not take")                    \
	X(ANNOUNCEMENTS_SENT, announcements_sent,                                                \
	  "gratuitous ARPs and neighbour advertisements sent")                                   \
	X(ADDRESSES_ADDED, addresses_added, "virtual addresses added to an interface")           \
	X(ADDRESSES_REMOVED, addresses_removed, "virtual addresses removed from an interface")   \
	X(ADDRESSES_RESTORED, addresses_restored,                                                \
	  "virtual addresses put back after somebody removed them")                              \
	X(ADDRESS_FAILURES, address_failures, "address changes the kernel refused")              \
	X(HOOKS_RUN, hooks_run, "notify hooks that have run")                                    \
	X(HOOK_FAILURES, hook_failures, "notify hooks that failed or ran too long")

enum counter {
#define COUNTER_ENUM(upper, lower, text) COUNTER_##upper,
	COUNTERS(COUNTER_ENUM)
#undef COUNTER_ENUM
	COUNTER_COUNT_,
};

struct counters {
	uint64_t value[COUNTER_COUNT_];
};

/* "adverts_sent" */
const char *counter_name(enum counter c);
/* One phrase that says what is counted. */
const char *counter_text(enum counter c);

#endif
