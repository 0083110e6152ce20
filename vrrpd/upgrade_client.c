/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel has kept the peer's number and user from when it connected; the user who logged in is asked of proc(5), as long as the peer
 * is there.
 */
#include "upgrade_client.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	NAME_ROOM = 64,
};

void upgrade_client_name(int client, char *ret, size_t cap)
{
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);
	const struct passwd *user;
	char path[64], login[16] = "", root[NAME_ROOM];
	ssize_t got = -1;
	int fd;

	if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		cred.uid = 0;
	user = getpwuid(cred.uid);
	snprintf(root, sizeof(root), "%s", user ? user->pw_name : "root");
	snprintf(path, sizeof(path), "/proc/%d/loginuid", (int)cred.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		got = read(fd, login, sizeof(login) - 1);
	if (fd >= 0)
		close(fd);
	user = got > 0 && strcmp(login, "4294967295") != 0
		       ? getpwuid((uid_t)strtoul(login, NULL, 10))
		       : NULL;
	if (user && user->pw_uid != cred.uid)
		snprintf(ret, cap, "%s (%.32s)", root, user->pw_name);
	else
		snprintf(ret, cap, "%s", root);
}

void upgrade_client_answer(int client, json_t *reply)
{
	char *text = reply ? json_dumps(reply, 0) : NULL;

	if (client >= 0 && text) {
		(void)!send(client, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
		(void)!send(client, "\n", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	if (client >= 0)
		close(client);
	free(text);
	json_decref(reply);
}
