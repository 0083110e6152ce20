/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The raw sockets that io_vrrp reads and writes, with every option that they need: which ones differ between the families, and what
 * each is for, is known here and nowhere else.
 */
#ifndef VRRPD_VRRP_SOCKETS_H
#define VRRPD_VRRP_SOCKETS_H

#include "core/settings.h"

/*
 * A socket that receives the VRRP of all interfaces and tells interface, destination and (IPv6) hop limit of each message, or one
 * that sends and receives nothing. 0 and the descriptor, or -errno and what is missing; -EAFNOSUPPORT: this kernel does not have
 * that family.
 */
int vrrp_receiver_open(enum family_index family, int *ret_fd, const char **ret_what);
int vrrp_sender_open(enum family_index family, int *ret_fd, const char **ret_what);

#endif
