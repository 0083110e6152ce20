/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who asks for an upgrade: a client of the control socket whose connection the protocol process has handed to the supervisor, because it is
 * to be answered when that process has ended.
 */
#ifndef VRRPD_UPGRADE_CLIENT_H
#define VRRPD_UPGRADE_CLIENT_H

#include <stddef.h>

#include <jansson.h>

/* "root", or "root (alice)" if alice logged in and became root. */
void upgrade_client_name(int client, char *ret, size_t cap);

/* One line, which fits into a socket that nothing else was written to. The reference passes over, and the client is closed; -1: nobody. */
void upgrade_client_answer(int client, json_t *reply);

#endif
