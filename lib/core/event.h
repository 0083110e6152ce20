/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes into the engine and what comes out of it, as plain values. The daemon's adapters speak these structs and nothing
 * else of the core: bytes become events, actions become system calls.
 */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/ip.h"
#include "core/settings.h"
#include "wire/advert.h"

enum event_kind {
	EVENT_START, /* once, after the first EVENT_LINK and EVENT_ADDRESS have described the kernel */
	EVENT_TICK,          /* the deadline has come */
	EVENT_ADVERT,        /* a well-formed advertisement */
	EVENT_REFUSED,       /* a message that wire refused */
	EVENT_LINK,          /* what an interface is now */
	EVENT_ADDRESS,       /* an address appeared on or vanished from an interface */
	EVENT_ADDRESS_DONE,  /* the kernel's answer to an address action */
	EVENT_LINK_DONE,     /* the kernel's answer to a link action */
	EVENT_ROUTING,       /* a route or rule appeared, changed or vanished */
	EVENT_ROUTING_AGAIN, /* routes and rules that the kernel refused may be possible now */
	EVENT_ROUTING_DONE,  /* the kernel's answer to an action about one */
	EVENT_SEND_FAILED,   /* the kernel did not take an advertisement */
	EVENT_ANNOUNCE,      /* an operator wants the announcements again */
	EVENT_CHECK,         /* a result of a script, process, file or BFD session */
	EVENT_FORCE,         /* an operator forces an instance, or ends that */
	EVENT_HOOK_RESULT,   /* one hook of a notifier has run */
	EVENT_HOOKS_DONE, /* all hooks that ACTION_HOOKS asked for have run, or nobody is left who could */
	EVENT_CLAIM, /* somebody says on a segment that an address is his */
	EVENT_STOP, /* release mastership everywhere without losing traffic; see engine_stopped() */
	EVENT_HANDOVER, /* the process is about to end and leaves everything to a successor */
	EVENT_KIND_COUNT_,
};

/* An interface, whole: each EVENT_LINK replaces what was known. */
struct event_link {
	char name[IFNAME_MAX_LEN + 1];
	int32_t ifindex;         /* > 0; 0: no interface of that name exists */
	bool up;                 /* administratively up and with carrier (IFF_UP and operational) */
	bool deaf[FAMILY_COUNT]; /* what others send there in that family cannot be received */
	bool raised;             /* administratively up (IFF_UP), whatever its carrier */
	bool ours;               /* a vrrpd made it, to carry a virtual MAC */
	int32_t parent;          /* the link that it stands on; 0: none */
	struct mac_addr mac;
	uint32_t mtu;
	struct ip_addr source
		[FAMILY_COUNT]; /* what advertisements would be sent from; IP_NONE: no usable address */
};

struct event_advert {
	int32_t ifindex;
	struct ip_addr src, dst;
	uint8_t ttl;
	const struct advert *advert; /* EVENT_ADVERT; valid during the step only */
	enum refusal refusal;        /* EVENT_REFUSED */
	uint8_t vrid;                /* EVENT_REFUSED: as far as readable, else 0 */
	uint8_t family;              /* EVENT_REFUSED: enum ip_family */
};

struct event_address {
	int32_t ifindex;
	struct ip_addr addr;
	uint8_t prefix_len;
	bool present;
	bool ours; /* carries our protocol number (IFA_PROTO) */
	/* EVENT_ADDRESS_DONE */
	bool add;  /* which action is answered */
	int error; /* 0, or the positive errno; "already there" and "already gone" count as 0 */
};

struct event_routing {
	const struct routing *routing; /* valid during the step only */
	bool present;                  /* ROUTING */
	bool removal;                  /* ROUTING_DONE: which action is answered */
	int error; /* ROUTING_DONE: 0 or the positive errno; "already gone" counts as 0 */
};

/* What can be done with a link that carries a virtual MAC. */
enum link_op {
	LINK_LEAVE, /* as it is */
	LINK_MAKE,
	LINK_RAISE,
	LINK_LOWER,
	LINK_REMOVE,
};

struct event_link_done {
	char name[IFNAME_MAX_LEN + 1];
	enum link_op op; /* which action is answered */
	int error;       /* 0, or the positive errno; a removal of what is gone counts as 0 */
};

/* An advertisement that the kernel did not take. */
struct event_send {
	uint32_t vrouter;
	int error; /* positive errno */
};

/* ARP or a neighbour advertisement, or what the kernel knows of it: whose this address is. */
struct event_claim {
	int32_t ifindex; /* where it was heard */
	struct ip_addr addr;
	struct mac_addr mac; /* all 0: nobody can say */
};

/* What was found out about a tracked thing. */
struct event_check {
	uint32_t check; /* in the settings' `checks` */
	int64_t value; /* script: 1 succeeded, 0 failed; process: how many; file: the number in it; bfd: 1 up, 0 down */
	const char *why; /* a few words, or NULL; valid during the step only */
};

/* What an operator wants of an instance. */
enum force_to {
	FORCE_NONE,
	FORCE_MASTER,
	FORCE_BACKUP,
	FORCE_OFF, /* takes no part */
	FORCE_TO_COUNT_,
};

struct event_force {
	uint32_t instance;       /* in the settings; its whole group follows */
	enum force_to to;        /* FORCE_NONE: release */
	struct instant until;    /* INSTANT_NEVER: until released */
	int64_t until_wall_us;   /* the same, to be shown; 0: none */
	bool despite_faults;     /* MASTER: tracked faults do not count */
	const char *reason, *by; /* valid during the step only; "" for none */
};

struct event_hook {
	uint32_t notifier; /* an instance, or instance_count + a group */
	bool failed;       /* HOOK_RESULT */
	struct span took;  /* HOOK_RESULT */
	const char *
		text; /* HOOK_RESULT: which hook, and what went wrong; valid during the step only */
	bool lost;    /* HOOKS_DONE: nobody knows whether they ran: they are to be run again */
};

struct event {
	enum event_kind kind;
	struct instant now; /* monotonic, never before the previous event's */
	int64_t wall_us;    /* wall clock, only to be shown */
	struct span
		held_up; /* how long this process has just not run, at least, where that is known; else 0 */
	union {
		struct event_advert advert; /* ADVERT, REFUSED */
		struct event_link link;
		struct event_address address;     /* ADDRESS, ADDRESS_DONE */
		struct event_link_done link_done; /* LINK_DONE */
		struct event_routing routing;     /* ROUTING, ROUTING_DONE */
		struct event_send send;           /* SEND_FAILED */
		uint32_t vrouter;                 /* ANNOUNCE */
		struct event_check check;         /* CHECK */
		struct event_force force;         /* FORCE */
		struct event_claim claim;         /* CLAIM */
		struct event_hook hook;           /* HOOK_RESULT, HOOKS_DONE */
	};
};

enum action_kind {
	ACTION_ADVERTISE,   /* send an advertisement of `vrouter` with `priority` */
	ACTION_SAVE,        /* the record of `vrouter` has changed: engine_record() */
	ACTION_ADD_ADDRESS, /* vip onto ifindex, tagged as ours; answer with EVENT_ADDRESS_DONE */
	ACTION_REMOVE_ADDRESS, /* likewise */
	ACTION_LINK,           /* see struct link_action; answer with EVENT_LINK_DONE */
	ACTION_ADD_ROUTING, /* a route or rule, which must not be there; answer with EVENT_ROUTING_DONE */
	ACTION_REPLACE_ROUTING, /* the one of ours that has its key, in one step; likewise */
	ACTION_REMOVE_ROUTING,  /* likewise */
	ACTION_ANNOUNCE,        /* gratuitous ARP or unsolicited NA for vip on ifindex */
	ACTION_STATE,           /* a notifier is in another state: engine_notice(); for the FIFO */
	ACTION_HOOKS, /* call the hooks of a notifier: engine_notice(); answer with EVENT_HOOKS_DONE */
	ACTION_IDENTIFY, /* find out whose `address` is on ifindex; answer with EVENT_CLAIM, mac all 0 for nobody, or not at all */
};

/*
 * The link of a virtual MAC. To be carried out at once, after all that was handed out before, because what follows counts on its being
 * done. LOWER also makes the addresses that stay on the link unknown to the host.
 */
struct link_action {
	enum link_op op;
	const char *name;      /* valid until the next step */
	int32_t parent;        /* MAKE: the link that it is to stand on */
	enum ip_family family; /* MAKE: of its virtual router */
};

struct action {
	enum action_kind kind;
	uint32_t vrouter; /* UINT32_MAX for the removal of a leftover, STATE, HOOKS and …_ROUTING */
	uint8_t priority; /* ADVERTISE */
	int32_t ifindex; /* where: all kinds but SAVE; LINK: itself, 0 for MAKE and where only its name is known */
	struct mac_addr mac; /* ANNOUNCE: the address to announce; MAKE: the one of the link */
	bool staged;         /* ADD: onto a link that is down, where nobody is to know of it yet */
	struct link_action link; /* LINK */
	const struct vip *vip;   /* ADD, REMOVE, ANNOUNCE; valid until the engine is replaced */
	const struct routing *routing; /* …_ROUTING; likewise */
	struct ip_addr address;        /* IDENTIFY */
	uint32_t notifier;             /* STATE, HOOKS */
};

#endif
