/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes of one daemon. They are one program: the supervisor executes itself again with the role as its name, and hands over
 * two descriptors at fixed numbers.
 */
#ifndef VRRPD_ROLE_H
#define VRRPD_ROLE_H

#include <stdbool.h>

enum {
	ROLE_CHANNEL_FD = 3, /* messages to and from the supervisor, see channel.h */
	ROLE_LOG_FD = 4,     /* log lines to the supervisor, see log.h */
};

/* Exit statuses, INTERFACE section 1. */
enum exit_status {
	EXIT_CLEAN = 0,
	EXIT_CONFIGURATION = 1,
	EXIT_FACILITY = 2, /* a privilege or kernel facility is missing */
	EXIT_INTERNAL = 3,
};

#define ROLE_PROTOCOL "vrrpd: protocol"
#define ROLE_RUNNER   "vrrpd: runner"
#define ROLE_WEB      "vrrpd: web"
/* Another build that is tried out by the supervisor of this one, or of another: never another name. */
#define ROLE_SUCCESSOR "vrrpd: successor"

/* Command line of the supervisor. */
struct options {
	const char *config_path;
	const char *state_dir;
	char **argv;    /* all of it */
	int verbosity;  /* how many -v */
	bool take_over; /* -T */
};

int supervisor_main(const struct options *options);
int protocol_main(void);
int successor_main(void);

#endif
