/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log lines. The supervisor writes them (stderr, syslog or journal); its children send them to it through a socket. Nothing here ever
 * waits: a line that finds no room is dropped and counted, and the next one that gets through says how many were lost.
 */
#ifndef VRRPD_LOG_H
#define VRRPD_LOG_H

#include <stdbool.h>

#include "core/settings.h"

enum {
	LOG_LINE_MAX = 1024
}; /* bytes of one line, longer ones are cut */

/* The supervisor's side: where lines go. Until then they go to stderr. */
void log_to_target(enum log_target target);

/* A child's side: lines become datagrams on fd (a SOCK_SEQPACKET socket). */
void log_to_channel(int fd);

/* Lines above that level are not written. The default is LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

/* Would a line of that level be written? To be asked before what it takes to say it is found out. */
bool log_wants(enum log_level level);

__attribute__((format(printf, 2, 3))) void log_line(enum log_level level, const char *format, ...);

/* Supervisor: passes on what a child has sent, as much as is there. 0, or -EPIPE when the child has closed its side. */
int log_relay(int fd);

#endif
