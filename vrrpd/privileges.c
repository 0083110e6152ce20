/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Capabilities, by libcap-ng. The bounding set can only be emptied by who has CAP_SETPCAP; without it, it hardly matters.
 */
#include "privileges.h"

#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cap-ng.h>

const char *privileges_missing(void)
{
	capng_get_caps_process();
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN))
		return "CAP_NET_ADMIN";
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW))
		return "CAP_NET_RAW";
	return NULL;
}

enum {
	NICE_ORDINARY = -10,
	FIFO_PRIORITY = 20, /* above ordinary work, below the kernel's own threads (50) */
};

int privileges_go_first(bool realtime)
{
	struct rlimit unlimited = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };
	struct sched_param fifo = { .sched_priority = FIFO_PRIORITY };

	if (!realtime) {
		/* Best effort: without CAP_SYS_NICE it is an ordinary process. */
		(void)setpriority(PRIO_PROCESS, 0, NICE_ORDINARY);
		return 0;
	}
	/* What is allocated later, without the privilege, must find room too. */
	if (setrlimit(RLIMIT_MEMLOCK, &unlimited) != 0 ||
	    sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &fifo) != 0)
		return -errno;
	return mlockall(MCL_CURRENT | MCL_FUTURE) == 0 ? 0 : -errno;
}

int privileges_keep_network(void)
{
	capng_select_t what = CAPNG_SELECT_CAPS;

	capng_get_caps_process();
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		what = CAPNG_SELECT_ALL;
	capng_clear(CAPNG_SELECT_ALL);
	capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_ADMIN, CAP_NET_RAW, -1);
	if (capng_apply(what) != 0)
		return -EPERM;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return 0;
}
