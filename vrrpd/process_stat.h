/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel tells of any process, see proc_pid_stat(5). A number alone says little: it may come to be another process's, which its
 * start tells apart.
 */
#ifndef VRRPD_PROCESS_STAT_H
#define VRRPD_PROCESS_STAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process_stat {
	char name[64]; /* as the kernel has it, cut */
	char state; /* R runs or wants to, T stopped, t held by a debugger, Z ended and not collected, X dead, … */
	uint64_t used_ticks;    /* processor time, its own and the kernel's for it */
	uint64_t started_ticks; /* since the machine was started; never 0 */
};

/* 0, or -errno and *ret untouched: -ESRCH where there is no such process. */
int process_stat_read(pid_t pid, struct process_stat *ret);

/* Is it there, and more than the remains of one? */
bool process_lives(const struct process_stat *stat);

#endif
