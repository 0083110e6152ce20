/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names are "vrrpd/PID"; /proc/net/unix lists those of the namespace with an @ in front.
 */
#include "neighbours.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NAME_START "vrrpd/"

int neighbours_enter(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int len = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, NAME_START "%d",
			   (int)getpid());
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);

	/* The descriptor stays open until the process ends. */
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, size) != 0) {
		int status = -errno;

		close(fd);
		return status;
	}
	return 0;
}

bool neighbours_exist(pid_t self)
{
	FILE *list = fopen("/proc/self/net/unix", "re");
	bool found = false;
	char *line = NULL;
	size_t cap = 0;
	const char *name;

	if (!list)
		return true;
	while (!found && getline(&line, &cap, list) > 0) {
		name = strstr(line, " @" NAME_START);
		found = name && atoi(name + strlen(" @" NAME_START)) != (int)self;
	}
	free(line);
	fclose(list);
	return found;
}
