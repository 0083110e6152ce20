/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A build that is no good as a successor, for test_upgrade.py. What its protocol process does first when its turn has come is replaced by what
 * the environment says, or its program is gone by then.
 */
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build_info.h"
#include "io_vrrp.h"
#include "role.h"

const char vrrpd_version[] = VRRPD_VERSION "-broken";

/* The linker has the originals' names mean these. */
void __wrap_io_vrrp_discard(struct io_vrrp *v);
int __wrap_successor_main(void);
int __real_successor_main(void);

static bool told_that_it(const char *does)
{
	const char *told = getenv("BROKEN");

	return told && strcmp(told, does) == 0;
}

void __wrap_io_vrrp_discard(struct io_vrrp *v)
{
	(void)v;
	if (told_that_it("hangs"))
		pause();
	if (told_that_it("dies"))
		kill(getpid(), SIGKILL);
}

/* It serves, and nobody will ever execute it again. */
int __wrap_successor_main(void)
{
	char path[PATH_MAX] = "";

	if (told_that_it("vanishes") &&
	    (readlink("/proc/self/exe", path, sizeof(path) - 1) < 0 || unlink(path) < 0))
		return EXIT_INTERNAL;
	return __real_successor_main();
}
