/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts one command of the configuration as its user, in a session of its own and with nothing of the daemon's: no descriptors, signal
 * settings, capabilities, scheduling or environment.
 */
#ifndef VRRPD_EXECUTE_H
#define VRRPD_EXECUTE_H

#include <stddef.h>

#include "ledger.h"
#include <sys/types.h>

struct execute_request {
	const char *command; /* as the configuration has it */
	const char *user;
	char *const *arguments; /* COMMAND_ARGUMENTS of them; NULL: none */
	char *const
		*environment;  /* NAME=VALUE besides the basic ones, NULL-terminated; NULL: none */
	struct ledger *ledger; /* where it is written down; NULL: nowhere */
	int place;
};

/*
 * 0 with the process, which leads a group of its own number and, if not root's, does not outlive us, and a descriptor (non-blocking) of what it prints; or -errno with one
 * sentence in why: it may not, or cannot, be started.
 */
int execute(const struct execute_request *request, pid_t *ret_pid, int *ret_output, char *why,
	    size_t why_cap);

#endif
