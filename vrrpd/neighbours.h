/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other vrrpds in this network namespace. Their addresses carry the same tag as ours, so what looks left behind may be theirs. Each
 * protocol process holds an abstract socket name, which exists for as long as the process and in its network namespace only.
 */
#ifndef VRRPD_NEIGHBOURS_H
#define VRRPD_NEIGHBOURS_H

#include <stdbool.h>
#include <sys/types.h>

/* Takes a name for this process; it is given back when the process ends. 0 or -errno. */
int neighbours_enter(void);

/* Is there another one than that protocol process? Also true when that cannot be found out. */
bool neighbours_exist(pid_t self);

#endif
