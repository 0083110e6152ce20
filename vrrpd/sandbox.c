/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A filter of system calls, by libseccomp. A call that is not on the list raises SIGSYS here instead of being made: a death without a
 * word would leave nobody but the kernel's audit to tell why.
 */
#include "sandbox.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <seccomp.h>

#include "log.h"
#include "role.h"

/*
 * What a signal handler may not call is harmless in this one: the signal comes from a system call of our own, and what allocates memory
 * or writes to the log makes none that is refused, or this would not be the first.
 */
static void on_refused(int number, siginfo_t *info, void *context)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, info->si_syscall);

	(void)number;
	(void)context;
	log_line(
		LOG_LEVEL_ERROR,
		"the system call %s (%d) is not on this process's list: ending it. Please report this",
		name ? name : "of number", info->si_syscall);
	_exit(EXIT_INTERNAL);
}

static int allow(scmp_filter_ctx filter, const struct sandbox_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct sandbox_call *call = &list->calls[i];
		struct scmp_arg_cmp argument = {
			.arg = (unsigned int)call->argument,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = call->mask,
			.datum_b = call->value,
		};
		/* One that this architecture does not have is left out by the library. */
		int status =
			seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call->number,
					       call->argument == SANDBOX_ANY ? 0 : 1, &argument);

		if (status != 0)
			return status;
	}
	return 0;
}

/* abort() and the like; nobody else is sent a signal. */
static int allow_own_end(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp ourselves = {
		.arg = 0,
		.op = SCMP_CMP_EQ,
		.datum_a = (scmp_datum_t)getpid(),
	};

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &ourselves);
}

static int load(const struct sandbox_list *role)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	int status;

	if (!filter)
		return -ENOMEM;
	status = allow(filter, &sandbox_everybody);
	if (status == 0)
		status = allow(filter, &sandbox_sanitizers);
	if (status == 0)
		status = allow(filter, role);
	if (status == 0)
		status = allow_own_end(filter);
	if (status == 0)
		status = seccomp_load(filter);
	seccomp_release(filter);
	return status;
}

int sandbox_enter(const struct sandbox_list *role)
{
	struct sigaction action = { .sa_sigaction = on_refused, .sa_flags = SA_SIGINFO };

	/* Files that libraries would read when they are first used: of time zones, and random numbers. */
	tzset();
	json_object_seed(0);
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGSYS, &action, NULL) != 0)
		return -errno;
	return load(role);
}
