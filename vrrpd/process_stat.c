/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of words, of which the second is the name in parentheses, and may hold any byte: what follows begins behind the last parenthesis.
 */
#include "process_stat.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	STAT_TEXT_MAX = 1024, /* fifty numbers and a name */
};

static int read_text(pid_t pid, char ret[static STAT_TEXT_MAX])
{
	char path[64];
	ssize_t len;
	int fd, status;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	len = read(fd, ret, STAT_TEXT_MAX - 1);
	status = len < 0 ? -errno : 0;
	close(fd);
	ret[len > 0 ? len : 0] = '\0';
	return status;
}

int process_stat_read(pid_t pid, struct process_stat *ret)
{
	char text[STAT_TEXT_MAX];
	const char *start, *end;
	struct process_stat stat;
	uint64_t user, kernel;
	int status = read_text(pid, text);

	if (status != 0)
		return status;
	start = strchr(text, '(');
	end = strrchr(text, ')');
	if (!start || !end || end < start)
		return -EBADMSG;
	if (sscanf(end + 1,
		   " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
		   " %*d %*d %*d %*d %*d %*d %" SCNu64,
		   &stat.state, &user, &kernel, &stat.started_ticks) != 4)
		return -EBADMSG;
	stat.used_ticks = user + kernel;
	snprintf(stat.name, sizeof(stat.name), "%.*s", (int)(end - start - 1), start + 1);
	*ret = stat;
	return 0;
}

bool process_lives(const struct process_stat *stat)
{
	return stat->state != 'Z' && stat->state != 'X';
}
