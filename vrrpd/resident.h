/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program stays in memory. A kernel that is short of memory, or whose host wants some back, drops the pages of programs first that run seldom:
 * the take-over of a backup that has waited for months, the start of a process in place of one that crashed. To read them from a disk again
 * takes hundreds of milliseconds.
 */
#ifndef VRRPD_RESIDENT_H
#define VRRPD_RESIDENT_H

/*
 * Locks the program, its libraries and what the dynamic linker reads to find them, some 4 MiB, for as long as this process lives and executes nothing
 * else. All that run the same program share them. 0, or -errno with as much locked as may be: -ENOMEM, -EPERM: neither CAP_IPC_LOCK nor
 * enough of RLIMIT_MEMLOCK. See mlock(2).
 */
int resident_keep(void);

#endif
