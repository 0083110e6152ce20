/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line, one system call, never waiting. For stderr that means asking poll() first: a pipe that says it is writable takes at least
 * PIPE_BUF bytes, which is more than a line. The syslog and journal sockets are spoken to directly, because their libraries wait when the
 * reader does.
 */
#include "log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

_Static_assert(LOG_LINE_MAX + 64 < PIPE_BUF, "a line with its time must fit into one atomic write");

static struct {
	enum log_level level;
	enum log_target target;
	int channel;        /* >= 0 in a child */
	int socket;         /* to syslog or journal; -1 when not connected */
	unsigned long lost; /* lines since the last one that got through */
	bool deserted;      /* nobody listens at the target, which has been said */
} log_state = { .level = LOG_LEVEL_INFO, .target = LOG_TARGET_STDERR, .channel = -1, .socket = -1 };

static const char *const level_names[] = { "error", "warning", "notice", "info", "debug" };
static const int level_priorities[] = { LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level)
{
	log_state.level = level;
}

void log_to_channel(int fd)
{
	log_state.channel = fd;
}

void log_to_target(enum log_target target)
{
	if (log_state.socket >= 0)
		close(log_state.socket);
	log_state.socket = -1;
	log_state.deserted = false;
	log_state.target = target;
}

/* ---- where lines go; each returns 0 or -errno ---- */

/* JOURNAL_STREAM names the journal's device and inode; who inherits the variable may have another stderr, systemd.exec(5). */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char ours[64];

	if (!stream || fstat(STDERR_FILENO, &st) != 0)
		return false;
	snprintf(ours, sizeof(ours), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, ours) == 0;
}

static int write_stderr(enum log_level level, const char *text)
{
	struct pollfd ready = { .fd = STDERR_FILENO, .events = POLLOUT };
	struct timespec now;
	struct tm utc;
	char line[LOG_LINE_MAX + 64];
	char stamp[32];
	int len;

	if (stderr_is_journal()) {
		/* A service manager stamps the lines itself; the prefix is its way to learn the level. */
		len = snprintf(line, sizeof(line), "<%d>%s\n", level_priorities[level], text);
	} else {
		clock_gettime(CLOCK_REALTIME, &now);
		gmtime_r(&now.tv_sec, &utc);
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
		len = snprintf(line, sizeof(line), "%s.%03ldZ %s: %s\n", stamp,
			       now.tv_nsec / 1000000, level_names[level], text);
	}
	if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT))
		return -EAGAIN;
	return write(STDERR_FILENO, line, (size_t)len) == len ? 0 : -EIO;
}

static int send_datagram(const char *path, const char *data, size_t len)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (log_state.socket < 0)
		log_state.socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (sendto(log_state.socket, data, len, MSG_NOSIGNAL, (struct sockaddr *)&address,
		   sizeof(address)) < 0)
		return -errno;
	return 0;
}

static int write_syslog(enum log_level level, const char *text)
{
	char line[LOG_LINE_MAX + 64];
	char stamp[32];
	struct tm local;
	time_t now = time(NULL);
	int len;

	localtime_r(&now, &local);
	strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &local);
	len = snprintf(line, sizeof(line), "<%d>%s vrrpd[%d]: %s",
		       LOG_DAEMON | level_priorities[level], stamp, (int)getpid(), text);
	return send_datagram("/dev/log", line, (size_t)len);
}

static int write_journal(enum log_level level, const char *text)
{
	char line[LOG_LINE_MAX + 64];
	int len = snprintf(line, sizeof(line), "PRIORITY=%d\nSYSLOG_IDENTIFIER=vrrpd\nMESSAGE=%s\n",
			   level_priorities[level], text);

	return send_datagram("/run/systemd/journal/socket", line, (size_t)len);
}

static int write_channel(enum log_level level, const char *text)
{
	uint8_t head = (uint8_t)level;
	struct iovec parts[] = {
		{ .iov_base = &head, .iov_len = 1 },
		{ .iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text) },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	return sendmsg(log_state.channel, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int write_target(enum log_level level, const char *text)
{
	int status = -ENOENT;

	if (log_state.target == LOG_TARGET_SYSLOG)
		status = write_syslog(level, text);
	else if (log_state.target == LOG_TARGET_JOURNAL)
		status = write_journal(level, text);
	else
		return write_stderr(level, text);
	/* Nobody listens there at all: better said on stderr than nowhere. Full is something else, and waits for nobody. */
	if (status != -ENOENT && status != -ECONNREFUSED) {
		log_state.deserted = log_state.deserted && status != 0;
		return status;
	}
	if (!log_state.deserted)
		log_state.deserted =
			write_stderr(LOG_LEVEL_WARNING,
				     log_state.target == LOG_TARGET_SYSLOG
					     ? "nobody listens on /dev/log: log lines go to stderr"
					     : "there is no journal: log lines go to stderr") == 0;
	return write_stderr(level, text);
}

static int write_one(enum log_level level, const char *text)
{
	return log_state.channel >= 0 ? write_channel(level, text) : write_target(level, text);
}

static void write_counted(enum log_level level, const char *text)
{
	char lost[96];

	if (log_state.lost != 0) {
		snprintf(lost, sizeof(lost), "%lu log lines were lost: their reader was too slow",
			 log_state.lost);
		if (write_one(LOG_LEVEL_WARNING, lost) == 0)
			log_state.lost = 0;
	}
	if (write_one(level, text) != 0)
		log_state.lost++;
}

bool log_wants(enum log_level level)
{
	return level <= log_state.level;
}

void log_line(enum log_level level, const char *format, ...)
{
	char text[LOG_LINE_MAX];
	va_list args;

	if (!log_wants(level))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* One line is one line, whatever a file name or an error text contains. */
	for (char *c = text; *c != '\0'; c++) {
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	}
	write_counted(level, text);
}

int log_relay(int fd)
{
	char buffer[LOG_LINE_MAX + 2];
	ssize_t len;

	while ((len = recv(fd, buffer, sizeof(buffer) - 1, MSG_DONTWAIT)) > 0) {
		uint8_t level = (uint8_t)buffer[0];

		buffer[len] = '\0';
		write_counted(level <= LOG_LEVEL_DEBUG ? (enum log_level)level : LOG_LEVEL_ERROR,
			      buffer + 1);
	}
	/* Nothing more now; or no memory for it, but the next time. */
	return len < 0 && errno != ECONNRESET ? 0 : -EPIPE;
}
