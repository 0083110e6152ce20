/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A build whose protocol process comes up and does not serve: what it does first when its turn has come is replaced by what the environment
 * says. For test_upgrade.py.
 */
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "build_info.h"
#include "io_vrrp.h"

const char vrrpd_version[] = VRRPD_VERSION "-broken";

static const struct timespec pause_1_ms = { .tv_nsec = 1000000 };

static bool is_removed(void)
{
	char path[PATH_MAX] = "";

	return readlink("/proc/self/exe", path, sizeof(path) - 1) > 0 && strstr(path, " (deleted)");
}

/* The linker has the original's name mean this one. */
void __wrap_io_vrrp_discard(struct io_vrrp *v);
void __wrap_io_vrrp_discard(struct io_vrrp *v)
{
	const char *how = getenv("BROKEN");

	(void)v;
	if (how && strcmp(how, "hangs") == 0)
		pause();
	if (how && strcmp(how, "dies") == 0)
		kill(getpid(), SIGKILL);
	/* It serves, and nobody will ever execute it again: the test removes it now. */
	for (int i = 0; how && strcmp(how, "vanishes") == 0 && i < 1500 && !is_removed(); i++)
		nanosleep(&pause_1_ms, NULL);
}
