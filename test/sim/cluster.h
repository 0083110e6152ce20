/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A simulated cluster: routers, each with a machine (ports, a kernel that holds addresses) and a
 * process (the real engine), two wires between them, and one clock. Whoever has one of these can
 * do to it whatever happens to clusters; rules.h watches that nothing happens that must not.
 *
 * Everything lies in one struct but the memory of the engines, so that a state can be kept and
 * returned to by copying.
 */
#ifndef SIM_CLUSTER_H
#define SIM_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "config.h"
#include "core/engine.h"
#include "dice.h"
#include "queue.h"
#include "rules.h"

enum {
	SIM_PACKETS_MAX = 2048,
	SIM_PACKET_BYTES = 64, /* version 2 with SIM_VIPS_MAX addresses and a password is 28 */
	SIM_MESSAGES_MAX = 256,
	SIM_INBOX_MAX =
		64, /* advertisements that wait for a process that was stopped; more are lost */
	SIM_LEFTOVERS = 2 * SIM_VRS_MAX * SIM_VIPS_MAX,
	SIM_ROUTING_LEFTOVERS = 2 * SIM_VRS_MAX * SIM_ROUTINGS_MAX,
	SIM_TEXT_MAX = 512,
};

/* ---- wires ---- */

struct packet {
	uint8_t len;
	uint8_t from; /* router */
	uint8_t v;
	uint16_t refs;      /* arrivals to come; 0: free */
	struct event event; /* of every arrival, but for the interface */
	uint8_t bytes[SIM_PACKET_BYTES];
	struct advert advert; /* parsed from the bytes; large */
};

struct wire {
	bool cut[SIM_ROUTERS_MAX][SIM_ROUTERS_MAX]; /* from, to */
	uint32_t loss_ppm, duplicate_ppm, corrupt_ppm;
	int64_t latency_us, jitter_us; /* jitter larger than the spacing reorders */
};

/* ---- machines ---- */

struct port {
	int32_t ifindex; /* 0: does not exist */
	bool up;
};

/* How a virtual address stands in a kernel. */
enum {
	HELD_OURS = 1,    /* with our tag and prefix length */
	HELD_FOREIGN = 2, /* as /32, put there by somebody else */
	HELD_ON_LINK = 4, /* ours, on the link with the virtual MAC */
};

/* The link of a virtual MAC. */
struct virtual_port {
	int32_t ifindex; /* 0: does not exist */
	int32_t parent;
	uint8_t vrid;
	bool raised;
};

/* Is an address that stands so on this host, whoever put it there; and because we did? */
static inline bool is_ours(uint8_t held, const struct virtual_port *link)
{
	return (held & HELD_OURS) || ((held & HELD_ON_LINK) && link->raised);
}

static inline bool is_served(uint8_t held, const struct virtual_port *link)
{
	return (held & HELD_FOREIGN) || is_ours(held, link);
}

enum message_kind {
	MESSAGE_LINK,
	MESSAGE_ADDRESS,
	MESSAGE_ANSWER,
	MESSAGE_ROUTING,
	MESSAGE_ROUTING_ANSWER,
	MESSAGE_ROUTING_AGAIN,
	MESSAGE_VIRTUAL_LINK,
	MESSAGE_VIRTUAL_LINK_ANSWER, /* k is the enum link_op */
};

/* What a kernel tells the process, in order, a little later. */
struct message {
	uint8_t kind;
	uint8_t segment, v, k;
	bool present, ours, on_link;
	int32_t ifindex, parent;
	uint8_t vrid;
	int error;   /* of an answer */
	bool up;     /* LINK; of a virtual one: raised */
	bool narrow; /* ROUTING and its answer: k is which of them */
};

/* A route or rule as it stands in a kernel. */
struct held_routing {
	uint8_t held; /* 0, HELD_OURS or HELD_FOREIGN */
	bool narrow;
};

struct kernel {
	struct port ports[SIM_SEGMENTS];
	int32_t last_ifindex;
	uint8_t addresses[SIM_VRS_MAX][SIM_VIPS_MAX];
	struct virtual_port links[SIM_VRS_MAX];
	struct held_routing routings[SIM_VRS_MAX][SIM_ROUTINGS_MAX];
	uint32_t refuse_ppm;   /* changes refused with EPERM */
	bool forgets;          /* to answer what it was asked about routes and rules */
	int64_t delay_us;      /* how late it is heard at most */
	int64_t last_us;       /* when the latest message arrives */
	uint32_t first, count; /* of the ring */
	uint32_t readable;     /* of those, come while the process was stopped */
	struct message messages[SIM_MESSAGES_MAX];
};

/* What the process has read of all that. */
struct view {
	struct port ports[SIM_SEGMENTS];
	uint8_t addresses[SIM_VRS_MAX][SIM_VIPS_MAX];
	struct virtual_port links[SIM_VRS_MAX];
	uint8_t asked
		[SIM_VRS_MAX]; /* what was asked last of a link, and not answered yet: enum link_op */
	struct held_routing routings[SIM_VRS_MAX][SIM_ROUTINGS_MAX];
};

/* ---- processes ---- */

/* What the results of something tracked come to. */
struct verdict {
	enum check_state state;
	int64_t number;   /* of the last result */
	uint32_t against; /* results in a row that say otherwise */
	int64_t decide_us; /* when the number counts, or it is too late for a first result; INT64_MAX: never */
};

/* And all that a virtual router and its group track. */
struct burden {
	int adds;
	bool unknown; /* something has not spoken yet */
	bool awaited; /* and it would fault if it said that it is down */
	bool faults;
};

/* What an operator has ordered for a virtual router. */
struct order {
	enum force_to to;
	bool despite_faults;
	int64_t until_us; /* INT64_MAX: until released */
};

/* What each step asks for stands together, before what is large. */
struct router {
	uint8_t number;
	struct view view;
	struct config config;
	bool running, paused, stopping;
	bool script_fails;                   /* on that machine */
	int64_t processes, file_number;      /* likewise */
	struct verdict verdicts[SIM_CHECKS]; /* what the process has heard of them comes to */
	struct burden burdens[SIM_VRS_MAX];  /* and that for each virtual router: checks_weigh() */
	struct order orders[SIM_VRS_MAX];
	uint8_t inherited
		[SIM_VRS_MAX]; /* the priority of a dead master, until the script has spoken; 0: none */
	uint8_t hook_runs[SIM_NOTIFIERS];
	uint16_t boots; /* messages for an earlier process are for nobody */
	int64_t clock_offset_us;
	int64_t wake_deadline_us;
	struct instant due;     /* the engine's deadline after its last step */
	uint32_t ticks_at_once; /* without time going on in between */
	struct engine *e;
	uint8_t v_of[SIM_VRS_MAX];            /* the engine's number -> v */
	uint8_t number_of[SIM_VRS_MAX];       /* and back; 0xff: not configured */
	uint8_t instance_at[SIM_VRS_MAX];     /* likewise of instances */
	uint8_t instance_number[SIM_VRS_MAX]; /* by instance_of() */
	uint64_t told;                        /* the next event of the history to be traced */
	uint32_t announced[SIM_VRS_MAX][SIM_VIPS_MAX]; /* in this step, for the trace */
	/* the packet each virtual router sent last, to be sent again while it is the right one */
	struct sent {
		bool valid;
		uint8_t priority;
		uint16_t packet;
	} sent[SIM_VRS_MAX];
	struct kernel kernel;
	unsigned generation; /* of the two sets below, the one in use */
	struct config_settings settings[2];
	void *memory[2];
	size_t memory_size;
	size_t engine_bytes; /* of the engine in use, without its history, which decides nothing */
	uint32_t inbox_count;
	uint16_t inbox[SIM_INBOX_MAX];
	bool has_record[SIM_VRS_MAX];
	struct instant retired_until; /* likewise kept in the file */
	struct record records[SIM_VRS_MAX];
};

struct cluster {
	int64_t now_us;
	int router_count;
	int64_t wake_us
		[SIM_ROUTERS_MAX]; /* when a router's timer goes off; INT64_MAX: never. All at once, since each step asks */
	struct router routers[SIM_ROUTERS_MAX];
	struct wire wires[SIM_SEGMENTS];
	struct dice dice;
	int64_t late_us; /* a timer is served so late at most */
	/* Hooks, and a script's first result, take so long at most; 0: until somebody says that they are there. */
	int64_t hooks_us, script_us;
	struct rules rules;

	uint64_t steps, transitions, packets_sent;
	uint64_t digest;  /* of everything that happened */
	FILE *trace;      /* NULL: none */
	bool trace_quiet; /* only transitions and addresses, not every advertisement */
	bool failed;      /* a rule was broken; what_failed says which */
	char what_failed[SIM_TEXT_MAX];

	/* The large ones, of which only a part is in use. */
	struct queue queue;
	uint32_t free_packet_count;
	uint32_t packets_used; /* no packet of a higher number was ever in use */
	uint16_t free_packets[SIM_PACKETS_MAX];
	struct packet packets[SIM_PACKETS_MAX];
};

/* A cluster of so many routers, none running, ports up; the engines' memory is made once, here. */
void cluster_init(struct cluster *c, int router_count, uint64_t seed);
void cluster_done(struct cluster *c);

/* ---- time ---- */

/* Lets the next thing happen if that is not after until_us, and goes there; false if there was none. */
bool cluster_step(struct cluster *c, int64_t until_us);
/* Until that time, or until a rule is broken. */
void cluster_run(struct cluster *c, int64_t until_us);

/* ---- what can be done to a router ---- */

void cluster_boot(struct cluster *c, int r, bool with_records);
/* The process dies; the machine and what it holds stay. */
void cluster_crash(struct cluster *c, int r);
/* The machine dies: no address, no record is left. */
void cluster_power_off(struct cluster *c, int r);
/* SIGTERM. It is gone when it has finished. */
void cluster_stop(struct cluster *c, int r);
void cluster_pause(struct cluster *c, int r);
void cluster_resume(struct cluster *c, int r);
/* SIGHUP with that configuration. How many actions followed at once, those that say nothing to others (save) included. */
unsigned cluster_reload(struct cluster *c, int r, const struct config *config);
void cluster_announce(struct cluster *c, int r, int v);
/* The script that may be tracked succeeds or fails from now on, and the process hears of it. */
void cluster_set_script(struct cluster *c, int r, bool fails);
/* So many processes run, or such a number is in the file, and the process hears of it. */
void cluster_set_number(struct cluster *c, int r, enum sim_check check, int64_t number);
/* NULL, or why that is refused. An order without an end: until_us INT64_MAX. */
const char *cluster_force(struct cluster *c, int r, int v, const struct order *order);
/* The hooks of v, or of a group, that were called have run; or nobody knows. */
void cluster_hooks_done(struct cluster *c, int r, int notifier, bool lost);
void cluster_set_port(struct cluster *c, int r, int segment, bool present, bool up);
/* Somebody removes our address or puts his own there. */
void cluster_remove_address(struct cluster *c, int r, int v, int k);
void cluster_set_foreign(struct cluster *c, int r, int v, int k, bool present);
/* Likewise a route or rule: 0 a route, 1 a rule. */
void cluster_remove_routing(struct cluster *c, int r, int v, int i);
void cluster_set_foreign_routing(struct cluster *c, int r, int v, int i, bool present);
/* And the link of a virtual MAC. */
void cluster_remove_link(struct cluster *c, int r, int v);
void cluster_lower_link(struct cluster *c, int r, int v);
/* One-way; to be called for both directions where both are meant. */
void cluster_cut(struct cluster *c, int segment, int from, int to, bool cut);
/* An advertisement by nobody in the cluster arrives at the router. */
void cluster_inject(struct cluster *c, int r, int v, const struct advert *advert,
		    struct ip_addr src, uint8_t ttl);

/* ---- looking ---- */

/* INIT where nothing runs or v is not configured. */
enum vrouter_state cluster_state(const struct cluster *c, int r, int v);
static inline struct burden checks_burden(const struct router *r, int v)
{
	return r->burdens[v];
}

/* What the router should advertise. */
static inline uint8_t priority_of(const struct router *r, int v)
{
	const struct vr_config *vr = &r->config.vrs[v];

	if (r->orders[v].to == FORCE_MASTER)
		return PRIORITY_OWNER;
	if (r->orders[v].to == FORCE_BACKUP)
		return 1;
	if (!vr->tracks_any || vr->priority == PRIORITY_OWNER)
		return vr->priority;
	if (r->inherited[v] != 0)
		return r->inherited[v];
	return config_clamp(vr->priority + checks_burden(r, v).adds);
}

static inline bool port_works(const struct router *r, int v)
{
	const struct port *p = &r->kernel.ports[segment_of(v)];

	return p->ifindex != 0 && p->up;
}

/* Has it, as far as the process knows, a reason of its own to be in FAULT, addresses aside? */
static inline bool is_kept_out(const struct router *r, int v)
{
	const struct vr_config *vr = &r->config.vrs[v];
	const struct order *order = &r->orders[v];
	const struct port *seen = &r->view.ports[segment_of(v)];

	if (seen->ifindex == 0 || !seen->up || order->to == FORCE_OFF)
		return true;
	return vr->tracks_any && checks_burden(r, v).faults &&
	       !(order->to == FORCE_MASTER && order->despite_faults);
}

/* ---- for the parts of the simulator ---- */

/* A line of the trace: time, router, text. r -1: of nobody. */
__attribute__((format(printf, 3, 4))) void cluster_trace(const struct cluster *c, int r,
							 const char *format, ...);
/* A rule is broken; the first time counts. */
__attribute__((cold, format(printf, 2, 3))) void cluster_fail(struct cluster *c, const char *format,
							      ...);
/* Mixes into the digest. */
static inline void cluster_note(struct cluster *c, uint64_t what)
{
	c->digest = (c->digest ^ what ^ (uint64_t)c->now_us) * UINT64_C(0x9e3779b97f4a7c15);
	c->digest ^= c->digest >> 29;
}

/* wire.c */
/* ifindex: through which link it is to leave. */
void wire_send(struct cluster *c, struct router *from, uint32_t number, uint8_t priority,
	       int32_t ifindex);
void wire_arrive(struct cluster *c, struct router *to, uint16_t packet);
void wire_forget(struct cluster *c, uint16_t packet);
/* Other settings, other packets. */
void wire_forget_sent(struct cluster *c, struct router *r);

/* kernel.c */
/* The process hears of it a little later, if there is one. */
void kernel_tell(struct cluster *c, struct router *r, struct message m);
void kernel_change(struct cluster *c, struct router *r, const struct action *a);
/* The message that can be read now becomes an event; false if there is none. */
bool kernel_read(struct cluster *c, struct router *r, struct event *ret);
/* A new process sees everything as it is. */
void kernel_first_look(struct router *r);
/* Tells a new engine what the process has seen. */
void kernel_describe(struct cluster *c, struct router *r, struct engine *e);
void kernel_describe_leftovers(struct cluster *c, struct router *r, struct engine *e);

/* A link goes, and the addresses on it. */
void kernel_empty_link(struct cluster *c, struct router *r, int v);

/* links.c: the same for the links of virtual MACs */
void links_change(struct cluster *c, struct router *r, const struct action *a);
void links_read(struct cluster *c, struct router *r, const struct message *m, struct event *ret);
/* The port that they stand on is another one, is up or down. */
void links_port_moved(struct cluster *c, struct router *r, int segment);
void links_describe(struct cluster *c, struct router *r, struct engine *e);
void links_describe_leftovers(struct cluster *c, struct router *r, struct engine *e);
/* Is it the one that v is to have on that port? */
bool links_stands(const struct virtual_port *link, const struct port *parent,
		  const struct config *config, int v);

/* routings.c: the same for routes and rules */
void routings_change(struct cluster *c, struct router *r, const struct action *a);
void routings_read(struct router *r, const struct message *m, struct event *ret);
/* The port of that segment is another one, is up or down: routes through it go, and others may be possible now. */
void routings_port_moved(struct cluster *c, struct router *r, int segment);
void routings_describe(struct cluster *c, struct router *r, struct engine *e);
void routings_describe_leftovers(struct cluster *c, struct router *r, struct engine *e);

/* checks.c: what is tracked. To be called when the process has seen something else of that, or has other settings. */
void checks_weigh(struct router *r);
/* A process begins, or reads its configuration again. */
void checks_boot(struct cluster *c, struct router *r);
void checks_reloading(struct cluster *c, struct router *r);
/* Who has said nothing for too long, or something else for long enough: before a tick. */
void checks_tick(struct cluster *c, struct router *r);
/* The process hears of a result; and of all that it has not heard yet, if it can. */
void checks_tell(struct cluster *c, struct router *r, enum sim_check check);
void checks_tell_news(struct cluster *c, struct router *r, bool of_script);

/* agents.c: what else comes from beside the protocol */
/* A process begins: before its engine is started, and after. */
void agents_boot(struct cluster *c, struct router *r, bool with_records);
void agents_begin(struct cluster *c, struct router *r);
/* It has read its new configuration. */
void agents_reloading(struct cluster *c, struct router *r);
/* Orders whose time is up: before a tick. */
void agents_tick(struct cluster *c, struct router *r);
void agents_first_result(struct cluster *c, struct router *r, uint16_t what);
void agents_call_hooks(struct cluster *c, struct router *r, uint32_t number);
void agents_hooks_ran(struct cluster *c, struct router *r, uint16_t what);

/* router.c */
void router_step(struct cluster *c, struct router *r, struct event *ev);
/* The process can read: what has come in the meantime is read first, then the timer. */
void router_read_kernel(struct cluster *c, struct router *r);
void router_wake(struct cluster *c, struct router *r);

#endif
