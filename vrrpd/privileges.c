/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Capabilities, by libcap-ng. The bounding set can only be emptied by who has CAP_SETPCAP; without it, it hardly matters. In a container
 * with nothing but the two capabilities of the network, and where a service manager has chosen the user, nobody becomes anybody else.
 */
#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

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
	/* What is allocated later must find room too: by this limit, or by the capability that is kept instead. */
	(void)setrlimit(RLIMIT_MEMLOCK, &unlimited);
	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &fifo) != 0)
		return -errno;
	return mlockall(MCL_CURRENT | MCL_FUTURE) == 0 ? 0 : -errno;
}

/* Who may change users and not end what is another's could not do its work as a supervisor. */
static bool may_change_users(void)
{
	capng_get_caps_process();
	return geteuid() == 0 && capng_have_capability(CAPNG_EFFECTIVE, CAP_SETUID) &&
	       capng_have_capability(CAPNG_EFFECTIVE, CAP_SETGID) &&
	       capng_have_capability(CAPNG_EFFECTIVE, CAP_KILL);
}

struct identity privileges_identity(bool *ret_no_user)
{
	const struct passwd *entry = may_change_users() ? getpwnam(PRIVILEGES_USER) : NULL;

	*ret_no_user = !entry && may_change_users();
	if (!entry)
		return (struct identity){ .uid = geteuid(), .gid = getegid() };
	return (struct identity){ .uid = entry->pw_uid, .gid = entry->pw_gid };
}

/* Only CAP_SYS_RESOURCE raises the limit of what may be locked, which containers seldom have; CAP_IPC_LOCK does without the limit. */
static bool needs_lock_capability(bool realtime)
{
	struct rlimit locked;

	return realtime &&
	       (getrlimit(RLIMIT_MEMLOCK, &locked) != 0 || locked.rlim_cur != RLIM_INFINITY);
}

/* Its capabilities outlast the change of the user, and are gone from its effective set. */
static int become(struct identity who)
{
	if (who.uid == geteuid())
		return 0;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0 ||
	    setresgid(who.gid, who.gid, who.gid) != 0 || setresuid(who.uid, who.uid, who.uid) != 0)
		return -errno;
	return 0;
}

int privileges_keep_network(struct identity who, bool realtime)
{
	bool may_bound;
	int status;

	capng_get_caps_process();
	may_bound = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) != 0;
	capng_clear(CAPNG_SELECT_ALL);
	capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_ADMIN, CAP_NET_RAW, -1);
	if (needs_lock_capability(realtime))
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_IPC_LOCK);
	if (may_bound && capng_apply(CAPNG_SELECT_BOUNDS) != 0)
		return -EPERM;
	status = become(who);
	if (status != 0)
		return status;
	if (capng_apply(CAPNG_SELECT_CAPS) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -EPERM;
	/* Another user's process leaves no core otherwise. Nobody may trace it who has not as many capabilities. */
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return 0;
}

int privileges_keep_runner(void)
{
	static const unsigned int kept[] = {
		CAP_SETUID,       /* commands run as their users … */
		CAP_SETGID,       /* … with those's groups … */
		CAP_KILL,         /* … and are killed when their time is up */
		CAP_DAC_OVERRIDE, /* commands, tracked files and FIFOs in directories of others */
		CAP_CHOWN,        /* a FIFO is its reader's */
		CAP_NET_ADMIN,    /* the kernel's process events */
		CAP_SYS_PTRACE,   /* tracked processes where /proc hides those of others */
	};
	bool has[sizeof(kept) / sizeof(kept[0])];

	capng_get_caps_process();
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		has[i] = capng_have_capability(CAPNG_PERMITTED, kept[i]) != 0;
	capng_clear(CAPNG_SELECT_CAPS);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (has[i])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, kept[i]);
	}
	/* The bounding set stays: it is what exec gives to a command that root runs, or that is sudo. */
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return capng_apply(CAPNG_SELECT_CAPS) == 0 ? 0 : -EPERM;
}
