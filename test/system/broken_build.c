/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A build whose protocol process comes up and does not serve: what it does first when its turn has come is replaced by what the environment
 * says. For test_upgrade.py.
 */
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build_info.h"
#include "io_vrrp.h"

const char vrrpd_version[] = VRRPD_VERSION "-broken";

/* The linker has the original's name mean this one. */
void __wrap_io_vrrp_discard(struct io_vrrp *v);
void __wrap_io_vrrp_discard(struct io_vrrp *v)
{
	const char *how = getenv("BROKEN");
	char path[PATH_MAX] = "";

	(void)v;
	if (how && strcmp(how, "hangs") == 0)
		pause();
	if (how && strcmp(how, "dies") == 0)
		kill(getpid(), SIGKILL);
	/* It serves, and nobody will ever execute it again. */
	if (how && strcmp(how, "vanishes") == 0 &&
	    readlink("/proc/self/exe", path, sizeof(path) - 1) > 0)
		unlink(path);
}
