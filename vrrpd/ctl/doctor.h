/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vrrpctl doctor`: what on this host breaks VRRP. The examination is one table of checks; each looks at what was collected beforehand
 * (the configuration, the daemon's answers, links and addresses as libnl sees them, advertisements heard) or at the host itself, and
 * writes down what it finds with the evidence and the command that mends it. A check that finds nothing is fine, and says in which way.
 */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/index.h"
#include "core/settings.h"
#include "ctl.h"
#include "wire/advert.h"

enum {
	DOCTOR_TEXT_MAX = 1024,                 /* of an evidence or a command, with the NUL */
	DOCTOR_SENDERS_MAX = 2 * INSTANCES_MAX, /* routers heard; more are left out */
	DOCTOR_INTERVALS = 3,                   /* how long is listened */
	DOCTOR_LISTEN_MIN_MS = 1000,            /* and at the least */
};

enum doctor_status {
	DOCTOR_OK,
	DOCTOR_WARN,
	DOCTOR_FAIL,
	DOCTOR_UNKNOWN, /* it could not be found out; the evidence says why */
};

struct doctor_link {
	int32_t ifindex; /* 0: there is none of that name */
	bool again;      /* an instance before is on the same interface, and has told of it */
	bool enabled;    /* administratively */
	bool up;         /* and with a carrier */
	uint32_t mtu;
	struct mac_addr mac;
	char master[IFNAME_MAX_LEN +
		    1]; /* the bridge, bond… that takes what arrives; "" for none */
};

struct doctor_address {
	int32_t ifindex;
	struct ip_addr addr;
	uint8_t prefix_len;
	uint8_t protocol;    /* IFA_PROTO; 0 where the kernel does not tell */
	bool on_virtual_mac; /* on a link of ours that carries a virtual MAC */
	bool waits;          /* and that is down, so that nobody is answered */
};

/* A router that was heard, on one interface and for one VRID. */
struct doctor_sender {
	int32_t ifindex;
	struct ip_addr src;
	struct mac_addr mac;
	uint8_t vrid;
	uint8_t ttl;
	uint32_t refused[REFUSAL_COUNT_]; /* packets; those in order as REFUSAL_NONE */
	int64_t last_us;                  /* of one in order, since listening began */
	struct advert advert;             /* the last in order */
};

/* What came in on one interface, of one family. */
struct doctor_traffic {
	uint32_t frames;  /* that a packet socket saw */
	uint32_t packets; /* that the firewall let through to a raw socket */
	bool joined;      /* our own membership, without which nothing is to be expected */
};

struct doctor {
	const struct ctl *ctl;
	const char *file;
	struct settings
		*settings; /* NULL: the file cannot be used; then no check of the table sees it */
	/* from the daemon: instances as `show NAME` tells them, and its events; empty without one */
	json_t *instances, *events;
	int64_t daemon_pid; /* 0: no daemon answers */
	/* from the kernel */
	bool tells_protocols;      /* it knows IFA_PROTO, Linux 5.18 */
	struct doctor_link *links; /* [settings->instance_count], an instance's own */
	struct doctor_address *addresses;
	size_t address_count;
	/* from the wire; traffic is per instance, shared by those of one interface */
	struct doctor_traffic (*traffic)[FAMILY_COUNT]; /* [settings->instance_count] */
	struct doctor_sender
		*senders; /* [DOCTOR_SENDERS_MAX], of which untouched ones cost nothing */
	uint32_t sender_count;
	struct index by_vrid; /* of senders, by interface and VRID */
	int64_t listened_us;  /* 0: not at all */
	double steal_percent;
	/* the result */
	const char *check; /* the one at work */
	json_t *findings;
	unsigned int reported; /* by the one at work */
};

/* A finding of the check at work, at first without a command that mends it. */
__attribute__((format(printf, 3, 4))) void doctor_find(struct doctor *d, enum doctor_status status,
						       const char *format, ...);

/*
 * The command that mends the finding just told, for a shell; what a person should know besides stands behind '#'. Where no command does,
 * words for a person.
 */
__attribute__((format(printf, 2, 3))) void doctor_mend(struct doctor *d, const char *format, ...);

/* By a setting of the interface, which counts for as much as the one of all interfaces where that is not larger. */
void doctor_mend_setting(struct doctor *d, enum ip_family family, const char *interface,
			 const char *key, int value);

/* doctor_network.c: links and addresses by libnl. 0, or -errno with a finding. */
int doctor_network_read(struct doctor *d);
const struct doctor_address *doctor_network_find(const struct doctor *d, struct ip_addr addr,
						 int32_t ifindex, size_t from);
/* A number in a file of /proc or /sys, or -1. */
__attribute__((format(printf, 1, 2))) long doctor_number_of(const char *format, ...);
/* The first cap - 1 bytes of such a file, or "". */
__attribute__((format(printf, 3, 4))) bool doctor_read_file(char *buf, size_t cap,
							    const char *format, ...);

/* doctor_listen.c: fills traffic, senders and steal_percent. */
void doctor_listen(struct doctor *d);
void doctor_listen_done(struct doctor *d);

/*
 * The routers that were heard with an instance's VRID on its interface, in a family that it has: the one after that (NULL: the first),
 * and NULL at the end. Maybe nothing that they sent was in order.
 */
const struct doctor_sender *doctor_next_sender(const struct doctor *d, uint32_t instance,
					       const struct doctor_sender *previous);

/* What the daemon says of an instance in that family; NULL if nothing. */
const json_t *doctor_shown(const struct doctor *d, uint32_t instance, enum family_index family);
bool doctor_has_family(const struct instance_settings *set, enum family_index family);

/* doctor_host.c: a vrrpd of this network namespace other than the one that answered; 0 if there is none. */
int64_t doctor_other_vrrpd(struct doctor *d);

/* The table's functions, by file. */
void doctor_capabilities(struct doctor *d);
void doctor_other_daemons(struct doctor *d);
void doctor_managers(struct doctor *d);
void doctor_steal(struct doctor *d);

void doctor_interfaces(struct doctor *d);
void doctor_reverse_path(struct doctor *d);
void doctor_arp(struct doctor *d);
void doctor_secondaries(struct doctor *d);
void doctor_snooping(struct doctor *d);
void doctor_membership(struct doctor *d);
void doctor_mtu(struct doctor *d);
void doctor_stale(struct doctor *d);

void doctor_firewall(struct doctor *d);

void doctor_peer(struct doctor *d);
void doctor_vrid(struct doctor *d);
void doctor_masters(struct doctor *d);
void doctor_version(struct doctor *d);
void doctor_interval(struct doctor *d);
void doctor_address_list(struct doctor *d);
void doctor_checksum(struct doctor *d);
void doctor_packets(struct doctor *d);

void doctor_duplicates(struct doctor *d);

void doctor_priorities(struct doctor *d);
void doctor_weights(struct doctor *d);
void doctor_preemption(struct doctor *d);
void doctor_scripts(struct doctor *d);
void doctor_script_time(struct doctor *d);
void doctor_bfd(struct doctor *d);
void doctor_loop_lag(struct doctor *d);

#endif
