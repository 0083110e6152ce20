/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One datagram each, spoken without a library, because that is all there is to it. One that is not delivered is not repeated: a manager
 * that cannot hear says so in its own log, and the addresses do not depend on it.
 */
#include "clock.h"
#include "service_manager.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The socket's address from the environment; an @ stands for an abstract one. 0: there is none. */
static socklen_t find_socket(struct sockaddr_un *ret)
{
	const char *name = getenv("NOTIFY_SOCKET");
	size_t len = name ? strlen(name) : 0;

	if (len == 0 || len >= sizeof(ret->sun_path) || (name[0] != '/' && name[0] != '@'))
		return 0;
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret->sun_path, name, len);
	if (name[0] == '@')
		ret->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static void tell(const char *text)
{
	struct sockaddr_un address;
	socklen_t len = find_socket(&address);
	int fd;

	if (len == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address, len);
	close(fd);
}

void service_manager_ready(const char *what)
{
	char text[256];

	/* After a take-over we are another process than the manager started. */
	snprintf(text, sizeof(text), "READY=1\nMAINPID=%d\nSTATUS=%s", (int)getpid(), what);
	tell(text);
}

void service_manager_reloading(void)
{
	char text[128];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=reloading",
		 (long long)clock_now().us);
	tell(text);
}

void service_manager_stopping(const char *what)
{
	char text[256];

	snprintf(text, sizeof(text), "STOPPING=1\nSTATUS=%s", what);
	tell(text);
}

void service_manager_alive(void)
{
	tell("WATCHDOG=1");
}

struct timeval service_manager_pulse(void)
{
	const char *expected = getenv("WATCHDOG_USEC"), *whose = getenv("WATCHDOG_PID");
	long long us = expected ? strtoll(expected, NULL, 10) : 0;

	if (us < 2 || (whose && atoll(whose) != (long long)getpid()))
		us = 0;
	return (struct timeval){ .tv_sec = us / 2 / 1000000, .tv_usec = us / 2 % 1000000 };
}
