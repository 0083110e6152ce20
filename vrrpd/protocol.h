/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protocol process: the engine, its adapters and one loop. protocol.c is its life from beginning to end,
 * protocol_supervisor.c obeys the supervisor, protocol_control.c answers the control server, protocol_step.c is the path of every event and
 * action, protocol_reload.c replaces the engine, protocol_runner.c speaks with the runner, protocol_filter.c keeps the packet filter, protocol_bfd.c
 * has the BFD sessions.
 */
#ifndef VRRPD_PROTOCOL_H
#define VRRPD_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "bfd_table.h"
#include "channel.h"
#include "clock.h"
#include "control.h"
#include "core/conflicts.h"
#include "core/engine.h"
#include "core/settings.h"
#include "io_announce.h"
#include "io_bfd.h"
#include "io_conflict.h"
#include "io_devconf.h"
#include "io_filter.h"
#include "io_netlink.h"
#include "io_runner.h"
#include "io_resolve.h"
#include "io_routing.h"
#include "io_vrrp.h"
#include "packets.h"
#include "privileges.h"
#include "state_file.h"
#include "tally.h"

enum {
	SEND_FAILURES_MAX = 64, /* noted in one turn of the loop; more are only counted */
	PROTOCOL_SIGNALS = 3,
	RELOADS_MAX = 16, /* clients waiting for the end of a reload */
	PULSE_MS = 100,
	PULSE_MISSED_MS =
		300, /* a spell in which this process did not run, whatever was due in it */
};

/* What is done to hear others on one interface. */
struct listening {
	int32_t ifindex;           /* where; 0: there is no such interface */
	bool wanted[FAMILY_COUNT]; /* some virtual router there is multicast in that family */
	bool joined[FAMILY_COUNT];
	bool failed[FAMILY_COUNT]; /* wanted, and the kernel refuses */
	bool there[FAMILY_COUNT];  /* the interface has an address of that family */
	bool lost[FAMILY_COUNT];   /* it had one, and has none */
	bool is_port;              /* of a bridge, bond…, which hears in its place: told */
	bool has_neighbours;       /* some virtual router there has peers on the same link */
};

/* An engine with what belongs to it and is replaced with it. */
struct running {
	struct engine *engine;
	struct settings *settings;
	struct packets packets;
	struct listening *listening; /* by interface number */
	struct bfd_table sessions;
};

/* The last trouble with the netlink socket that was told. */
struct trouble {
	const char *what; /* NULL: none yet */
	int error;
	struct instant quiet_until; /* the same is not told again before */
	uint32_t count;             /* how often it was not */
};

/* The packet filter of accept = false; all zero: not started. */
struct protocol_filter {
	char table[FILTER_TABLE_MAX];
	struct io_filter *io; /* NULL: not needed yet, or not to be had */
	struct event *readable, *again;
	struct ip_addr *addresses; /* what it was made with, `count` of them */
	uint32_t count;
	bool in_force;
	uint32_t failures;      /* in a row */
	struct instant lost_at; /* when somebody removed it last */
};

/* BFD; all zero: nothing is open. */
struct protocol_bfd {
	struct io_bfd *io; /* NULL: there has been no session yet, or no memory for any */
	struct event *readable[FAMILY_COUNT], *again;
	int error;     /* of opening sockets, as told last */
	uint32_t dice; /* the last throw */
};

/* What the loop has of one netlink socket. */
struct netlink_turns {
	struct event *readable;
	struct event *pause; /* then it is looked at once more, whether anything came or not */
	int failures;        /* of sending, in a row */
	bool synced;         /* the first picture is complete */
};

/* Who asked for a reload and is to be told of its end. */
struct waiting_reload {
	struct control_request client;
	bool waits;
};

/* Messages that the supervisor has not got yet. */
struct owed {
	bool ready, configured, standby;
	uint32_t error; /* of configured; 0: none */
};

struct protocol {
	struct event_base *base;
	struct event *timer, *announce_writable;
	struct event *vrrp_readable[FAMILY_COUNT];  /* NULL: that family is not served */
	struct event *claim_readable[FAMILY_COUNT]; /* likewise */
	struct event *pulse;
	struct instant pulse_due;
	struct span held_up; /* the engine has not been told yet */
	struct event *turn_again, *join_again, *refresh, *channel_readable;
	struct event *signals[PROTOCOL_SIGNALS];
	int timer_fd;
	struct running run;
	struct io_vrrp *vrrp;
	struct io_netlink *netlink;
	struct netlink_turns netlink_turns;
	struct io_announce *announce;
	struct io_devconf *devconf;
	struct io_conflict *conflict; /* NULL: nobody else's use of an address is noticed */
	struct io_resolve *resolve;
	struct protocol_bfd bfd;
	struct protocol_filter filter;
	struct io_routing *routing;
	struct netlink_turns routing_turns;
	struct state_file *state; /* NULL: nothing is saved */
	struct control *control;
	struct tally *tally;
	struct protocol_runner *runner;
	struct waiting_reload reloads[RELOADS_MAX]; /* by number - 1 */
	uint32_t send_failures[SEND_FAILURES_MAX];  /* virtual routers */
	uint32_t send_failure_count;
	struct event_claim asked[CONFLICTS_MAX]; /* whose addresses the engine wants to know */
	uint32_t asked_count;
	int send_error;                                         /* of the last one */
	struct event_link_done link_failures[ENGINE_LINKS_MAX]; /* that could not be sent */
	uint32_t link_failure_count;
	int32_t has_ipv6;     /* the last link that it was switched on for */
	uint64_t next_logged; /* seq of the history's next event for the log */
	pid_t supervisor;
	struct identity identity; /* whom to become */
	uint32_t control_group;   /* gid, UINT32_MAX: none */
	struct trouble trouble;
	bool started, stopping;
	bool standby;  /* everything is prepared, a predecessor serves */
	bool alone;    /* no other vrrpd lives in this network namespace */
	bool orphaned; /* the supervisor is dead */
	struct owed owes;
	int listen_fd, state_fd; /* as handed over at the start; -1: none, or in use */
	char *note;              /* for the history, once that has begun; NULL: none */
	bool note_failed;
	int exit_status;
};

/* ---- protocol.c ---- */

/* The first pictures of the kernel may be complete: then it starts. */
void protocol_ready(struct protocol *p);

/* The predecessor has ended: what one in standby has prepared is put into force. Takes the descriptors of the message that said so. */
void protocol_take_over(struct protocol *p, struct message *go);

/* ---- protocol_supervisor.c ---- */

/*
 * Waits for the first two messages, before there is a loop: who we are, and which settings we begin with, which are the caller's then. 0 or
 * -errno: they make no sense, or nobody is there to send them.
 */
int protocol_receive_setup(struct protocol *p, struct settings **ret);

/* From now on it is obeyed. 0 or -ENOMEM. */
int protocol_watch_supervisor(struct protocol *p);

/* Sends the supervisor the messages that it has not got yet. */
void protocol_report(struct protocol *p);

/* ---- protocol_control.c ---- */

/* From now on clients of the control socket are heard. 0 or -ENOMEM. */
int protocol_serve_control(struct protocol *p);

/* The client that asked for the reload of that number, if one did and still waits; its place is free again. */
bool protocol_take_reload(struct protocol *p, uint32_t number, struct control_request *ret);

/* ---- protocol_step.c ---- */

/* From now on the process is expected to run again within PULSE_MS. */
void protocol_pulse(struct protocol *p);

/* Steps the engine with an event whose time is filled in here, and takes up its actions. */
void protocol_step(struct protocol *p, struct event *ev);

/* Takes up the actions that the engine has left, without an event. */
void protocol_drain(struct protocol *p);

/* To be called at the end of each turn of the loop that stepped: sends what was queued, logs, arms the timer. */
void protocol_settle(struct protocol *p);

/* The engine's timer has come. */
void protocol_tick(struct protocol *p);

/*
 * Its requests were flushed, with this status. A kernel that takes none may do so in a moment: they are tried again soon; where it `waits` for
 * answers it is looked at again later. False: it has taken none for so often that they are to be given up.
 */
bool protocol_netlink_flushed(struct netlink_turns *t, int status, bool waits);

/* Trouble of a netlink socket: logged, the same only once a minute. */
void protocol_trouble(struct protocol *p, const char *what, int error);

/* Where the VRRP group could not be joined: another try. */
void protocol_join_again(struct protocol *p);

/* The handlers of the adapters. */
struct io_vrrp_handler protocol_vrrp_handler(struct protocol *p);
struct io_netlink_handler protocol_netlink_handler(struct protocol *p, void (*synced)(void *ctx));
struct io_announce_handler protocol_announce_handler(struct protocol *p);
struct io_conflict_handler protocol_conflict_handler(struct protocol *p);

/* ---- protocol_debug.c: to be called only if log_wants(LOG_LEVEL_DEBUG) ---- */

/* A message, and what the engine was to make of it. */
struct received {
	const struct event_advert *in;
	uint32_t vrouter; /* UINT32_MAX: of none here */
	enum refusal refusal;
};

/* Before it is stepped, and afterwards. */
void debug_receive(struct protocol *p, const struct event_advert *in, struct received *ret);
void debug_received(struct protocol *p, const struct received *r);

void debug_action(const struct protocol *p, const struct action *action);
void debug_address_done(const struct protocol *p, const struct event_address *answer);
void debug_link(const struct event_link *link);
void debug_check(enum check_kind kind, const char *name, int32_t value, const char *why);

/* ---- protocol_runner.c ---- */

/* There is no runner yet: what it is to do waits. 0 or -ENOMEM. */
int protocol_runner_open(struct protocol *p);
/* Waits a moment for the runner to take the last hooks. */
void protocol_runner_close(struct protocol *p);

/* A runner is at the other end of fd, which is ours from now on. */
void protocol_runner_connect(struct protocol *p, int fd);

/* ACTION_STATE and ACTION_HOOKS; all states, to a runner that may not know them; and the end of a turn. */
void protocol_runner_state(struct protocol *p, uint32_t notifier);
void protocol_runner_hooks(struct protocol *p, uint32_t notifier);
void protocol_runner_states(struct protocol *p);
void protocol_runner_flush(struct protocol *p);

/* ---- protocol_listen.c ---- */

/* Which groups the interfaces need, nothing joined; free() it. NULL without memory. */
struct listening *listening_new(const struct engine *e, const struct settings *s);

/* Joins and leaves as that interface needs it now, and notes in link where it cannot be. */
void protocol_listen(struct protocol *p, struct event_link *link);

/* Could a group not be joined on that interface? */
bool protocol_is_deaf(const struct protocol *p, uint32_t i);

/* Leaves the interfaces that `fresh` does not use; what it does use stays joined, without a word to the kernel. */
void protocol_stop_listening(struct protocol *p, const struct engine *fresh);
void listening_keep(const struct running *old, struct running *fresh);

/* ---- protocol_link.c ---- */

/* ACTION_LINK; those that could not even be asked for; and the kernel's answers. */
void protocol_change_link(struct protocol *p, const struct action *action);
void protocol_report_links(struct protocol *p);
/* Before ACTION_ADD_ADDRESS, where that may be. */
void protocol_prepare_link(struct protocol *p, const struct action *action);
void protocol_link_done(struct protocol *p, const struct event_link_done *done, const char *why);

/* A predecessor's links are there: what their parents go back to once they are gone. And the other way round, for a successor. */
void protocol_recall_links(struct protocol *p);
void protocol_leave_links(struct protocol *p);

/* ---- protocol_lifetime.c ---- */

/* The lifetime of addresses may have changed from what it was. And the time has come to refresh them. */
void protocol_use_lifetime(struct protocol *p, struct span before);
void protocol_refresh(struct protocol *p);

/* ---- protocol_routing.c ---- */

int protocol_open_routing(struct protocol *p, const char **ret_what);
int protocol_watch_routing(struct protocol *p);
void protocol_end_routing(struct protocol *p);

/* The settings may have routes or rules, or none any more. */
void protocol_listen_to_routing(struct protocol *p);

/* At the end of a turn. */
void protocol_flush_routing(struct protocol *p);

/* Routes and rules with our tag that nobody here would have; and they are told to a new engine, with all others. */
uint32_t protocol_count_routing_leftovers(struct protocol *p);
void protocol_add_routing_leftovers(struct protocol *p);

/* How many of ours the kernel still has. */
uint32_t protocol_count_held_routings(struct protocol *p);

/* ---- protocol_filter.c ---- */

/* Makes the packet filter as the settings want it, or tries again later. It must have been started. */
void protocol_start_filter(struct protocol *p);
void protocol_filter(struct protocol *p);

/* It goes with us; false: it stays, and why is in the log. */
bool protocol_remove_filter(struct protocol *p);

/* Lets go of it. */
void protocol_end_filter(struct protocol *p);

/* ---- protocol_bfd.c ---- */

/*
 * The sessions of the settings, a predecessor's or new ones; before its state file is written anew. They begin to work at the next call, with
 * which the engine hears of those that are known.
 */
void protocol_bfd_start(struct protocol *p);
void protocol_bfd_begin(struct protocol *p);

/* The settings are others now: takes over from their table the sessions that go on, and dismisses the others. Then protocol_bfd_begin(). */
void protocol_bfd_adopt(struct protocol *p, struct bfd_table *old);

/* Keeps what there is to be kept of all sessions, as where the state file is another one. */
void protocol_bfd_save_all(struct protocol *p);

/* When protocol_bfd_tick() is due, which may be called at any time. */
struct instant protocol_bfd_deadline(const struct protocol *p);
void protocol_bfd_tick(struct protocol *p);

/* Who stops says so to the peers. */
void protocol_bfd_end(struct protocol *p);

/* ---- protocol_preview.c ---- */

/* Where mastership would move, or might, if these settings were put into force: an array of sentences. */
json_t *protocol_preview(const struct protocol *p, const struct settings *fresh);

/* ---- protocol_reload.c ---- */

/* An engine for these settings, which it owns from now on (also on failure). 0 or -ENOMEM. */
int running_init(struct running *r, struct settings *s, uint32_t leftovers, uint32_t routings);
void running_done(struct running *r);

/* The kernel's picture is complete: restore what a predecessor left, and start. */
void protocol_start(struct protocol *p);

/* Puts new settings into force without touching what did not change. changes: a line each, for the events. 0 or -ENOMEM, the old ones stay. */
int protocol_adopt(struct protocol *p, struct settings *s, const char *changes);

/* Puts into the history what became of an upgrade; before the start it waits for that. */
void protocol_note(struct protocol *p, const char *text, bool failed);

/* Saves the records of all virtual routers anew. */
void protocol_save_all(struct protocol *p);

/* What of the state file cannot be believed, into the log; nothing where all can. */
void protocol_tell_damage(const struct state_damage *d, const char *what);

/* The control socket and the state file are others now; -1: there is none. What is taken over is -1 afterwards. */
void protocol_use_files(struct protocol *p, int fds[static MESSAGE_FDS_MAX]);

/* Why a successor would not go on with what this one knows, and what helps; valid until the next call. NULL: it would. */
const char *protocol_forgets(const struct protocol *p);

/* How many addresses of ours the kernel still has where we would hold any. */
uint32_t protocol_count_held(struct protocol *p);

#endif
