/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vrrpctl, the operator's command. main.c reads the command line by the tables of command.c;
 * commands.c, force.c, watch.c and nagios.c ask the daemon, client.c talks to it, and lib/view lays
 * out what it says; doctor*.c look at the host.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "view/view.h"

/* Exit statuses, INTERFACE section 3. */
enum ctl_exit {
	CTL_DONE = 0,
	CTL_FAILED = 1,      /* refused or failed; one line on stderr says why */
	CTL_USAGE = 2,       /* the command line cannot be understood */
	CTL_UNREACHABLE = 3, /* no daemon */
};

/* A command line, understood. */
struct ctl {
	const char *state_dir;
	bool json;
	bool follow;           /* events -f */
	int64_t last;          /* events -n; < 0: all there are */
	int64_t for_ms;        /* force --for; 0: until released */
	const char *reason;    /* force --reason; NULL: none */
	bool despite_faults;   /* force --despite-faults */
	bool wait;             /* force --wait */
	bool nagios;           /* check --nagios */
	const char *expect;    /* check --expect: "master" or "backup"; NULL: either */
	bool probe;            /* doctor --probe */
	bool dry_run;          /* reload --dry-run */
	bool strict;           /* import --strict */
	const char *config_id; /* import --config-id; NULL: the host's name */
	char **arg;            /* the command's arguments … */
	int arg_count;         /* … and how many there are */
	struct view_style style;
};

/* "vrrpctl: MESSAGE" as one line on stderr. */
__attribute__((format(printf, 1, 2))) void ctl_complain(const char *format, ...);

struct client;

/* Connects and sends the request, which is released. client_done() in any case. */
enum ctl_exit ctl_send(const struct ctl *ctl, struct client *client, json_t *request);

/* The result inside of a reply, to be released; complains and returns why if there is none. */
enum ctl_exit ctl_open_reply(const char *line, size_t len, json_t **ret_result);

/*
 * Asks one question, which is released; the answer is to be released. silence_ms is how long the
 * daemon may say nothing. What goes wrong is complained of.
 */
enum ctl_exit ctl_ask(const struct ctl *ctl, json_t *request, int silence_ms, json_t **ret_result);

/* For people and programs: over several lines. */
void ctl_print_json(const json_t *json);

/*
 * From now on SIGINT and SIGTERM are blocked, and set *ret_interrupted while they are let through:
 * see client_read_line(). Valid until the end of the program.
 */
const volatile sig_atomic_t *ctl_catch_signals(void);

enum ctl_exit ctl_show(const struct ctl *ctl);
enum ctl_exit ctl_events(const struct ctl *ctl);
enum ctl_exit ctl_counters(const struct ctl *ctl);
enum ctl_exit ctl_metrics(const struct ctl *ctl);
enum ctl_exit ctl_watch(const struct ctl *ctl);
enum ctl_exit ctl_force(const struct ctl *ctl);
enum ctl_exit ctl_release(const struct ctl *ctl);
enum ctl_exit ctl_announce(const struct ctl *ctl);
enum ctl_exit ctl_reload(const struct ctl *ctl);
enum ctl_exit ctl_upgrade(const struct ctl *ctl);
enum ctl_exit ctl_version(const struct ctl *ctl);
enum ctl_exit ctl_check(const struct ctl *ctl);
enum ctl_exit ctl_nagios(const struct ctl *ctl);
enum ctl_exit ctl_doctor(const struct ctl *ctl);
enum ctl_exit ctl_import(const struct ctl *ctl);

#endif
