/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * accept_local of the interfaces that advertisements come in through. A BACKUP that has taken over from the owner of the addresses holds
 * the very address that the owner's advertisements come from; without accept_local the kernel drops them as impossible, and both stay
 * master. Set over netlink, because /proc/sys is read-only in containers, and put back to what it was.
 */
#ifndef VRRPD_IO_ACCEPT_LOCAL_H
#define VRRPD_IO_ACCEPT_LOCAL_H

#include <stdint.h>

struct io_accept_local;

/* 0, or -errno with the missing facility in *ret_what. */
int io_accept_local_open(struct io_accept_local **ret, const char **ret_what);

/* Puts every interface back. NULL is allowed. */
void io_accept_local_close(struct io_accept_local *a);

/* Sets it on that interface; nothing is written where it is set already. 0 or -errno. */
int io_accept_local_set(struct io_accept_local *a, int32_t ifindex);

/* Puts the interface back to what it was before, if it was changed. */
void io_accept_local_restore(struct io_accept_local *a, int32_t ifindex);

#endif
