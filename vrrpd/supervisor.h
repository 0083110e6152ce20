/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The supervisor: starts and restarts the protocol process and the runner, reads the configuration for it, writes the log, and owns STATE_DIR.
 * supervisor_start.c is its beginning, supervisor.c its loop, supervisor_conf.c its configuration, supervisor_child.c starts processes and ends those of a predecessor,
 * supervisor_runner.c is the runner's life, supervisor_web.c that of the web process, supervisor_watchdog.c ends a protocol process that is stuck,
 * supervisor_upgrade.c has another build take its place, which successor.c prepares and supervisor_inherit.c begins, withdraw.c is what is left to do where none can be had, dump.c answers SIGUSR1.
 */
#ifndef VRRPD_SUPERVISOR_H
#define VRRPD_SUPERVISOR_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <event2/event.h>

#include "channel.h"
#include "core/settings.h"
#include "heritage.h"
#include "io_filter.h"
#include "ledger.h"
#include "privileges.h"
#include "role.h"
#include "state_dir.h"

/* A child with its two sockets. It must not be moved in memory while it is watched. */
struct child {
	pid_t pid;                                     /* 0: none runs */
	int channel, log;                              /* -1 when closed */
	struct event *channel_readable, *log_readable; /* NULL: not watched */
};

enum {
	SETUP_TEXT_MAX = FILTER_TABLE_MAX + 64,
	CRASHES_MAX = 5, /* within some seconds, and the protocol process is not started again */
};

/* Signs of life of the protocol process. */
struct watchdog {
	struct event *timer;
	int64_t looked_ms;   /* monotonic */
	uint64_t used_ticks; /* processor time */
	uint32_t asked;      /* number of the last question */
	uint32_t unanswered;
	bool keeps; /* supervisor.kept is of the one that is asked now */
};

/* The web process, and the socket that it serves. */
struct web_keeper {
	struct child child;
	struct event *again;    /* timer */
	struct ip_addr address; /* where, as the settings have it */
	uint16_t port;          /* 0: nowhere */
	int listen_fd;          /* -1: not yet */
	int trouble;            /* errno that was told; 0: none */
};

struct upgrade;

struct supervisor {
	const struct options *options;
	char program
		[PATH_MAX]; /* that was started: what an upgrade looks at if it is told nothing else */
	struct event_base *base;
	struct event *signals[6];
	struct event *start_again, *tell_again, *patience, *pulse; /* timers */
	struct watchdog watchdog;
	int kept[MESSAGE_FDS_MAX]; /* the protocol process's packet sockets; -1: none */
	struct state_dir sd;
	char filter_table[FILTER_TABLE_MAX];
	struct child child; /* the protocol process */
	struct identity protocol_identity;
	struct child runner;
	struct child retired; /* the runner of a predecessor, which finishes its hooks */
	struct web_keeper web;
	struct upgrade *upgrade;                 /* NULL: none is under way */
	struct event *runner_again, *link_again; /* timers */
	int64_t runner_died_ms;                  /* monotonic; 0: not yet */
	bool runner_stopping;               /* all else has ended: its end is that of the daemon */
	struct settings *current, *pending; /* in force; new ones, not confirmed yet */
	struct settings *given_up; /* that a second protocol process has died of; NULL: none */
	uint32_t pending_number;   /* the client's that asked for them and waits; 0: nobody does */
	bool pending_died;         /* a protocol process has, before it had taken them over */
	int listen_fd, state_fd, ledger_fd;
	off_t state_bytes;               /* that the state file had when it was looked at last */
	struct ledger *ledger;           /* what runners run; NULL: it cannot be known */
	int64_t crashes_ms[CRASHES_MAX]; /* monotonic, the oldest is overwritten */
	unsigned int crash_count;
	bool stopping, handing_over, was_ready;
	bool stops_for_good; /* no other protocol process is to go on with stopping */
	bool serves;         /* the protocol process that runs has started: new settings reach it */
	bool untold_files;   /* made again, and the protocol process does not have them yet */
	bool files_told;     /* that some cannot be made again */
	pid_t unnoted;       /* the protocol process whose pid cannot be noted again */
	bool untold;         /* that the protocol process is to end, and that is in the log */
	int exit_status;
};

/* ---- supervisor.c ---- */

/* Another protocol process in place of one that is gone; tries again where that does not work, and gives up where it happens too often. */
void supervisor_start_protocol(struct supervisor *s);

/* ---- supervisor_start.c ---- */

/*
 * The configuration, the privileges and STATE_DIR, from which other daemons are gone then; where one was, s->child is a protocol process in
 * standby. EXIT_CLEAN, or the status to end with: what is wrong has been said.
 */
int supervisor_begin(struct supervisor *s);

/* Who the protocol process is to be; warns where that is root for want of a user. */
void supervisor_choose_identity(struct supervisor *s);

/* ---- supervisor_upgrade.c ---- */

/* Begins an upgrade to the program of that path, or to our own one. client, -1 for nobody, is answered at its end, and then closed. */
void supervisor_upgrade(struct supervisor *s, int client, const char *path);

/* Gives up one that is under way. */
void supervisor_upgrade_leave(struct supervisor *s);

/* Is the end of the protocol process awaited? Then it has come. */
bool supervisor_upgrade_waits(const struct supervisor *s);
void supervisor_upgrade_go(struct supervisor *s);

/* A process was collected: was it part of one? */
bool supervisor_upgrade_collected(struct supervisor *s, pid_t pid, int status);

/* A signal: is it to wait until the upgrade is over? */
bool supervisor_upgrade_defers(struct supervisor *s, int number);

/* ---- supervisor_inherit.c ---- */

/* The path that this program was started by. */
const char *supervisor_own_path(char buf[static PATH_MAX]);

/* What became of an upgrade: into the history, and by it into the log. */
void supervisor_note(struct supervisor *s, const char *text, bool failed);

/* Takes what a predecessor has left in this process: 0 or -errno. And what is to be done with it once the loop runs. */
int supervisor_inherit(struct supervisor *s, struct heritage *h);
void supervisor_inherited(struct supervisor *s, struct heritage *h);

/* ---- supervisor_conf.c ---- */

/* Reads the configuration at the start. EXIT_CLEAN, or the status to end with; what is wrong has been said. */
int supervisor_load(struct supervisor *s);

/*
 * Reads it again and hands it to the protocol process, now or once it serves. number: of the client that asked, 0 for a signal.
 */
void supervisor_reload(struct supervisor *s, uint32_t number);

/* Reads it again and has the client of that number told what a reload would do. */
void supervisor_preview(struct supervisor *s, uint32_t number);

/* The protocol process serves: what waited for it is handed over. */
void supervisor_hand_pending(struct supervisor *s);

/* It has ended: what it had not taken over its successor shall, unless that is what it died of, twice. */
void supervisor_keep_pending(struct supervisor *s);

/* The protocol process has taken over what it was handed last; or it will never do so, and why. */
void supervisor_adopted(struct supervisor *s);
void supervisor_forget_pending(struct supervisor *s, const char *why);

/* Tells the service manager that the settings in force are served. */
void supervisor_tell_ready(const struct supervisor *s);

/* ---- supervisor_child.c ---- */

#define OWN_PROGRAM "/proc/self/exe"

/* Executes a program, which is this one or another build of it, under the name of a role. 0 or -errno. */
int child_start(struct child *c, const char *program, const char *role);

/* What the protocol process is told first: who it is to become, and the name of its table of the packet filter. */
void child_setup_text(const struct supervisor *s, char ret[static SETUP_TEXT_MAX]);

/* Ends a child that is of no use, and waits until it has ended. */
void child_kill(const struct child *c);

/*
 * Watches what is open of a child's sockets: what it logs is passed on, and on_channel is called with ctx when it has said something, which
 * child_receive() takes in. 0 or -ENOMEM.
 */
int child_watch(struct child *c, struct event_base *base, event_callback_fn on_channel, void *ctx);

/* Its next message, whose text is good until the next call for any child; the descriptors are the caller's. False: none for now, or no more at all. */
bool child_receive(struct child *c, struct message *ret);

/* Gives it a descriptor, which stays ours as well. 0 or -errno, as channel_send(). */
int child_send_fd(const struct child *c, enum message_kind kind, int fd, uint32_t value);

/* How a child has ended, which it should not have, into the log. name: "the runner"; status: as waitpid() has it. */
void child_log_end(const char *name, pid_t pid, int status);

/* It has ended: what it said last goes into the log, and nothing of it is left. */
void child_forget(struct child *c);

/* Lets go of its sockets, with whatever is in them for somebody else. */
void child_close(struct child *c);

/* Sends settings to a child as an image: to be put into force, or only to be looked at. 0 or -errno. */
int child_configure(const struct child *c, const struct settings *s, uint32_t number,
		    const char *changes);
int child_preview(const struct child *c, const struct settings *s, uint32_t number,
		  const char *changes);

/* Can its pid be read and written where it stands? 0, or -errno and why. */
int orphan_check(const struct state_dir *sd, char *why, size_t why_cap);

/* Is there one that orphan_take_over() would have to wait for? */
bool orphan_serves(const struct state_dir *sd);

/*
 * A protocol process whose supervisor has died still runs here and serves: lets it hand over, and waits until it has. False if it does not
 * end within some seconds.
 */
bool orphan_take_over(const struct state_dir *sd, pid_t *ret_pid);

/* Notes the protocol process's pid, for the above; and is it that which is noted? */
void orphan_note(const struct state_dir *sd, pid_t pid);
bool orphan_is_noted(const struct state_dir *sd, pid_t pid);

/* ---- supervisor_files.c ---- */

/* Makes what has been removed, replaced or cut short of STATE_DIR again, and says so. To be called now and then. */
void supervisor_keep_files(struct supervisor *s);

/* A protocol process has just made the state file as it is to be. */
void supervisor_look_at_state(struct supervisor *s);

/* ---- supervisor_runner.c ---- */

/* Its timers. 0 or -ENOMEM. */
int supervisor_prepare_runner(struct supervisor *s);

/* Starts it, or tries again later. */
void supervisor_start_runner(struct supervisor *s);

/* Connects it with the protocol process, when either is new. */
void supervisor_link_runner(struct supervisor *s);

/* Hands it settings, before the protocol process gets them: 0 or -errno. And tells it that they are in force there. */
int supervisor_configure_runner(struct supervisor *s, const struct settings *settings);
void supervisor_confirm_runner(struct supervisor *s);

/* Opens the ledger, where that has not been inherited, and ends what a runner has left behind that died with its supervisor. */
void supervisor_open_ledger(struct supervisor *s);

/* Ends what runners have left behind that are dead. To be called before they are collected. */
void supervisor_sweep(struct supervisor *s);

/* It has ended, and was collected. */
void supervisor_runner_ended(struct supervisor *s, pid_t pid, int status);

/* Has it finish its hooks and end, and with it the loop; a second time, without waiting. False: there is none. */
bool supervisor_stop_runner(struct supervisor *s);

/* Lets it go its way. */
void supervisor_leave_runner(struct supervisor *s);

/* That of a predecessor finishes its hooks. It was collected. */
void supervisor_retire_runner(struct supervisor *s, pid_t pid, int log);
void supervisor_retired_ended(struct supervisor *s);

/* ---- supervisor_watchdog.c ---- */

/* 0 or -1 without memory. */
int watchdog_prepare(struct supervisor *s);

/* The protocol process runs: from now on it is to answer. It has answered; it has ended. */
void watchdog_start(struct supervisor *s);
void watchdog_answered(struct supervisor *s, struct message *pong);
void watchdog_stop(struct supervisor *s);

/* Frees the timer, and closes what was kept. */
void watchdog_leave(struct supervisor *s);

/* ---- supervisor_web.c ---- */

/* Its timer. 0 or -ENOMEM. */
int supervisor_prepare_web(struct supervisor *s);

/* As the settings in force have it: starts it, ends it, or has it serve elsewhere. What does not work is tried again later. */
void supervisor_configure_web(struct supervisor *s);

/* Connects it with the protocol process, when either is new. */
void supervisor_link_web(struct supervisor *s);

/* It has ended, and was collected. */
void supervisor_web_ended(struct supervisor *s, pid_t pid, int status);

/* Ends it, with the socket kept. And has it serve again. */
void supervisor_pause_web(struct supervisor *s);
void supervisor_resume_web(struct supervisor *s);

/* Ends it. */
void supervisor_leave_web(struct supervisor *s);

/* ---- withdraw.c ---- */

/* Takes all addresses of ours off the interfaces of these settings. Waits for the kernel; logs. 0 or -errno: some may be left. */
int withdraw_addresses(const struct settings *s, const char *filter_table);

/* ---- dump.c ---- */

struct dump;

/* Asks the protocol process for everything and writes dump.json; the outcome is logged. */
void dump_start(struct event_base *base, const struct state_dir *sd);

/* ---- withdraw_routing.c ---- */

/* The same for routes and rules. 0, or -errno and what went wrong. */
int withdraw_routings(const struct settings *s, const char **ret_what);

#endif
