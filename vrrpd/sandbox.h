/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls that a process of the daemon may make once it has set itself up. Any other one is not made: the process says which
 * it was, in the log, and ends, so that the supervisor starts another. The lists are in sandbox_calls.c.
 */
#ifndef VRRPD_SANDBOX_H
#define VRRPD_SANDBOX_H

#include <stddef.h>

/* A system call, or where `argument` is not ANY one whose argument of that number is `value`, in the bits of `mask`. */
struct sandbox_call {
	int number;
	int argument;
	unsigned long mask, value;
};

enum {
	SANDBOX_ANY = -1,
};

struct sandbox_list {
	const struct sandbox_call *calls;
	size_t count;
};

/* What every process needs, what the sanitizers need of a build that has them (else it is empty), and what a role needs besides. */
extern const struct sandbox_list sandbox_everybody, sandbox_sanitizers, sandbox_protocol,
	sandbox_web;

/*
 * From now on, for good. 0, or -errno: the kernel has no such filters or something else is missing, and nothing is restricted. Has set
 * no_new_privs then, as before.
 */
int sandbox_enter(const struct sandbox_list *role);

#endif
