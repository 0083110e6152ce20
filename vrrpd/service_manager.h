/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a service manager that understands systemd's notifications is told, as sd_notify(3) has it: that the daemon serves, reloads,
 * stops, and still lives. Without NOTIFY_SOCKET in the environment nobody wants to hear it, and nothing happens. Never waits.
 */
#ifndef VRRPD_SERVICE_MANAGER_H
#define VRRPD_SERVICE_MANAGER_H

#include <sys/time.h>

/* The daemon serves; to be told again when a reload has come to its end, whichever. what: for people, as in `systemctl status`. */
void service_manager_ready(const char *what);

void service_manager_reloading(void);
void service_manager_stopping(const char *what);

/* A sign of life. */
void service_manager_alive(void);

/* How often that is to be given: twice as often as it is expected. Zero: not at all. */
struct timeval service_manager_pulse(void);

#endif
