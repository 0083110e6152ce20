/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One virtual router: the state machine of RFC 9568 section 6.4 (RFC 3768 section 6.4 for version 2), with FAULT beside it and with
 * a lingering hold on the addresses after an orderly release. It knows nothing of kernels and packets: what it
 * wants is left in `out` for the engine to take up.
 */
#ifndef CORE_VROUTER_H
#define CORE_VROUTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/ip.h"
#include "core/counters.h"
#include "core/history.h"
#include "core/settings.h"
#include "wire/advert.h"

enum {
	CAUSE_MAX_LEN = NAME_MAX_LEN + 15, /* "interface NAME" */
	/* A lower priority is answered at once, but at most this often (RFC 9568 section 6.4.3). */
	REPLY_PAUSE_MS = 10,
	/* How long a successor gets to take and announce its addresses before we let go of them. */
	LINGER_BASE_MS = 20,
	LINGER_PER_ADDRESS_US = 200, /* a kernel takes 135 us for each of 10,000, then the ARP */
	/* FAULT for addresses that cannot be added: the first spell, doubled each time up to the last. */
	ADDRESS_FAULT_FIRST_S = 10,
	ADDRESS_FAULT_DOUBLINGS = 5,
	/*
	 * The interval that a release carries at most, in version 3: whoever computes Skew_Time from it takes over in less than a tenth of a
	 * second, whatever the interval was.
	 */
	RELEASE_INTERVAL_MS = 80,
};

/* What is known of the interface that advertisements go through. */
struct vrouter_link {
	bool present, up;
	bool deaf;             /* nobody can be heard */
	struct ip_addr source; /* IP_NONE: nothing to send from */
	enum reason lack;      /* what is wrong with the link of its virtual MAC; NONE: nothing */
};

/* What the virtual router wants done; the engine clears what it has taken. */
struct vrouter_out {
	bool advertise;
	uint8_t advertise_priority;
	bool announce;       /* start the announcements of a take-over */
	bool announce_again; /* one more burst: two masters are one again */
	bool notify_again;   /* likewise for the hooks */
	bool two_masters;    /* somebody weaker is master as well */
	bool save;           /* its record has changed */
	bool moved;          /* its state, or the reason for it, is another one */
};

struct vrouter {
	/* given */
	const struct instance_settings *set;
	enum ip_family family;
	uint32_t number;             /* in the engine */
	uint32_t address_count;      /* addresses it moves, extra ones included */
	char name[NAME_MAX_LEN + 6]; /* "web" or "web/ipv4" */
	struct vrouter_link link;
	enum reason
		imposed; /* what keeps it in FAULT besides its link: FORCED_OFF, TRACK_DOWN, GROUP; NONE: nothing */
	/* who or what is behind TRACK_DOWN ("script haproxy") and GROUP ("lan"), now or the last time */
	char imposed_by[CAUSE_MAX_LEN + 1];
	bool gated;  /* it may only become MASTER when it is told to (VROUTER_TAKE) */
	bool stands; /* with each advertisement: yields to nobody, as its group wins elsewhere */
	bool last_resort; /* forced to be backup: it takes over only where nobody else does */

	/* the protocol */
	enum vrouter_state state;
	enum reason reason;
	int error; /* errno, where the kernel's refusal is the reason; else 0 */
	int64_t since_wall_us;
	uint8_t priority;          /* effective, 1-255 */
	struct span master_advert; /* RFC 9568 Active_Adver_Interval */
	struct ip_addr sent_from;  /* what its last advertisement was sent from */
	struct ip_addr master;     /* who was heard last as master; IP_NONE: nobody, or ourselves */
	uint8_t master_priority;
	struct instant master_heard;  /* when it was heard last; while one is known */
	int64_t master_heard_wall_us; /* the same, to be shown */
	struct ip_addr rival;         /* MASTER: who else sends as master, while rival_quiet runs */
	uint8_t rival_priority;
	struct instant since;       /* of this state */
	struct instant last_advert; /* sent; INSTANT_NEVER: none yet */

	/* timers, INSTANT_NEVER when not running */
	struct instant advert_timer;      /* MASTER: RFC 9568 Adver_Timer */
	struct instant master_down_timer; /* BACKUP: RFC 9568 Active_Down_Timer */
	struct instant preempt_after;     /* until then a living master is not preempted */
	struct instant linger_until;      /* not MASTER any more, but the addresses stay */
	struct instant reply_after;       /* MASTER: nobody is answered before */
	struct instant rival_quiet;       /* MASTER: when a second master counts as gone */
	struct instant fault_until;       /* FAULT by addresses: when to try again */
	struct instant resume_until; /* INIT: a predecessor's mastership may be continued before */

	bool listened_again; /* BACKUP: the timer was late and has been given one more interval */
	bool released;       /* BACKUP: the master has released the addresses */
	bool wants;          /* BACKUP, gated: nothing else keeps it from being MASTER */
	enum reason wants_for;
	uint8_t address_faults; /* how often in a row */

	struct counters counters;
	struct vrouter_out out;
};

/* What happens to a virtual router. */
enum vrouter_input {
	VROUTER_STARTUP,      /* RFC 9568 "Startup event": begin, if the link allows */
	VROUTER_SHUTDOWN,     /* RFC 9568 "Shutdown event": release in order */
	VROUTER_ADVERT,       /* a valid advertisement for it */
	VROUTER_TIMER,        /* some timer may have expired */
	VROUTER_LINK_CHANGED, /* vr->link or vr->imposed is new */
	VROUTER_TAKE,         /* become MASTER now */
	VROUTER_YIELD,        /* MASTER: give up in order, and stay BACKUP */
	VROUTER_ADDRESS_FAILED, /* its addresses cannot be had: the kernel refuses or somebody fights */
};

/* One step: when, and what came with it. */
struct vrouter_step {
	enum vrouter_input input;
	struct instant now;
	int64_t wall_us;
	struct history *history;
	const struct advert *advert; /* ADVERT */
	struct ip_addr sender;       /* ADVERT */
	/* ADDRESS_FAILED: that, ADDRESS_LOST or VIRTUAL_MAC_FAILED; SHUTDOWN: STOPPED or RETIRED; TAKE: NONE for what it wants for; YIELD; LINK_CHANGED: a force, CONFIGURATION, or not */
	enum reason why;
	int error; /* ADDRESS_FAILED: errno, or 0 where somebody keeps removing them; only to be told */
};

/* INIT, not started, nothing known of the link. The settings must outlive it. */
void vrouter_init(struct vrouter *vr, const struct instance_settings *set, enum ip_family family,
		  uint32_t number);

void vrouter_step(struct vrouter *vr, const struct vrouter_step *step);

/* Another process is about to take this one's place: as MASTER it advertises now, so that the other has a whole interval for it. */
void vrouter_hand_over(struct vrouter *vr, const struct vrouter_step *step);

/* Another effective priority, and what made it so: told, and advertised at once by a master. by: "" where the reason says all. */
void vrouter_set_priority(struct vrouter *vr, uint8_t priority, const struct vrouter_step *step,
			  enum reason why, const char *by);

/* Who or what is behind its reason; "" where that says all. */
const char *vrouter_cause(const struct vrouter *vr);

/* Is anything of its own, not of its group, in the way of taking part? */
bool vrouter_in_trouble(const struct vrouter *vr);

/* Would it yield to this advertisement, being MASTER? REASON_NONE: no. RFC 9568 section 6.4.3 */
enum reason vrouter_stronger(const struct vrouter *vr, const struct advert *advert,
			     struct ip_addr sender);

/* What its release tells of its interval: see RELEASE_INTERVAL_MS. */
struct span vrouter_release_interval(const struct vrouter *vr);

/* What it sends from: where its link has lost its address, the one of its last advertisement. IP_NONE: nothing. */
struct ip_addr vrouter_source(const struct vrouter *vr);

/* How long its addresses are given to be taken and announced elsewhere. */
struct span vrouter_moving_time(const struct vrouter *vr);

/* Are its addresses to be on this host now? */
bool vrouter_holds(const struct vrouter *vr);

/* The earliest of its timers. */
struct instant vrouter_deadline(const struct vrouter *vr);

/* The settings were replaced by new ones, of the same interface, family and VRID: carry on, and act on what differs. */
void vrouter_adopt(struct vrouter *vr, const struct vrouter *old, bool addresses_changed,
		   const struct vrouter_step *step);

/* RFC 9568 section 6.1 (version 3) and RFC 3768 section 6.1 (version 2). */
struct span vrouter_skew_time(const struct vrouter *vr);
struct span vrouter_master_down_interval(const struct vrouter *vr);

/* An event of this virtual router, stamped and named, to be completed and appended. */
struct history_event vrouter_event(const struct vrouter *vr, enum history_kind kind,
				   struct instant now, int64_t wall_us);

#endif
