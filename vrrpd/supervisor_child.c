/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Children are started by fork and exec of this very program, so that they begin with nothing of the supervisor's but two sockets.
 */
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "loop.h"
#include "settings_fd.h"

enum {
	LOG_SOCKET_BYTES = 1 << 20, /* what a child may log while the supervisor is busy */
	ORPHAN_WAIT_MS = 5000,
};

/* In the child: default signals, and away. Returns if that fails. */
static void execute(const char *program, const char *role)
{
	char name[32];
	char *argv[] = { name, NULL };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* A terminal's ctrl-C is for the supervisor, which stops its children in order. */
	setpgid(0, 0);
	snprintf(name, sizeof(name), "%s", role);
	execv(program, argv);
}

/* In the child: the two sockets to their places, first out of the way of each other. */
static void become(const char *program, const char *role, int channel, int log)
{
	int channel_copy = fcntl(channel, F_DUPFD_CLOEXEC, 10);
	int log_copy = fcntl(log, F_DUPFD_CLOEXEC, 10);

	if (channel_copy >= 0 && log_copy >= 0 && dup2(channel_copy, ROLE_CHANNEL_FD) >= 0 &&
	    dup2(log_copy, ROLE_LOG_FD) >= 0)
		execute(program, role);
	log_to_channel(log_copy >= 0 ? log_copy : log);
	log_line(LOG_LEVEL_ERROR, "\"%s\" cannot be executed: %s", role, strerror(errno));
	_exit(EXIT_INTERNAL);
}

int child_start(struct child *c, const char *program, const char *role)
{
	int channel[2] = { -1, -1 }, log[2] = { -1, -1 };
	int size = LOG_SOCKET_BYTES;
	int status = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, log) != 0)
		status = -errno;
	if (status == 0) {
		/* Best effort: the default size works too. */
		setsockopt(log[1], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
		c->pid = fork();
		if (c->pid == 0)
			become(program, role, channel[1], log[1]);
		if (c->pid < 0)
			status = -errno;
	}
	if (channel[1] >= 0)
		close(channel[1]);
	if (log[1] >= 0)
		close(log[1]);
	c->channel = channel[0];
	c->log = log[0];
	if (status != 0) {
		c->pid = 0;
		child_close(c);
	}
	return status;
}

void child_setup_text(const struct supervisor *s, char ret[static SETUP_TEXT_MAX])
{
	snprintf(ret, SETUP_TEXT_MAX, "%u %u %s", s->protocol_identity.uid,
		 s->protocol_identity.gid, s->filter_table);
}

void child_kill(const struct child *c)
{
	if (kill(c->pid, SIGKILL) != 0)
		return;
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

static void on_log(evutil_socket_t fd, short what, void *ctx)
{
	struct child *c = ctx;

	(void)what;
	if (log_relay(fd) != 0)
		event_del(c->log_readable);
}

int child_watch(struct child *c, struct event_base *base, event_callback_fn on_channel, void *ctx)
{
	if (c->channel >= 0) {
		c->channel_readable = loop_watch(base, c->channel, on_channel, ctx);
		if (!c->channel_readable)
			return -ENOMEM;
	}
	if (c->log >= 0) {
		c->log_readable = loop_watch(base, c->log, on_log, c);
		if (!c->log_readable)
			return -ENOMEM;
	}
	return 0;
}

bool child_receive(struct child *c, struct message *ret)
{
	static char buffer[MESSAGE_TEXT_MAX + 1];
	int status = channel_receive(c->channel, ret, buffer);

	if (status == -EPIPE)
		event_del(c->channel_readable); /* SIGCHLD tells the rest */
	return status == 0;
}

int child_send_fd(const struct child *c, enum message_kind kind, int fd, uint32_t value)
{
	struct message m = message_of(kind, 0);

	m.fds[0] = fd;
	m.value = value;
	return channel_send(c->channel, &m);
}

void child_log_end(const char *name, pid_t pid, int status)
{
	if (WIFSIGNALED(status))
		log_line(LOG_LEVEL_ERROR, "%s %d was ended by signal %d (%s)", name, (int)pid,
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		log_line(LOG_LEVEL_ERROR, "%s %d ended with status %d", name, (int)pid,
			 WEXITSTATUS(status));
}

void child_forget(struct child *c)
{
	if (c->log >= 0)
		(void)log_relay(c->log); /* whether there will be more is known */
	child_close(c);
}

void child_close(struct child *c)
{
	loop_forget(&c->channel_readable);
	loop_forget(&c->log_readable);
	if (c->channel >= 0)
		close(c->channel);
	if (c->log >= 0)
		close(c->log);
	*c = (struct child){ .channel = -1, .log = -1 };
}

/* The group that may look; a name that nobody knows is worth a warning, not a refusal. */
static uint32_t group_id(const char *name)
{
	const struct group *group;

	if (name[0] == '\0')
		return UINT32_MAX;
	group = getgrnam(name);
	if (!group)
		log_line(LOG_LEVEL_WARNING,
			 "control-group \"%s\" does not exist: only root may use vrrpctl", name);
	return group ? group->gr_gid : UINT32_MAX;
}

static int send_settings(const struct child *c, struct message m, const struct settings *s,
			 const char *changes)
{
	int status;

	m.text = (char *)(uintptr_t)changes;
	m.fds[0] = settings_to_fd(s);
	if (m.fds[0] < 0)
		return m.fds[0];
	status = channel_send(c->channel, &m);
	message_close_fds(&m);
	return status;
}

int child_configure(const struct child *c, const struct settings *s, uint32_t number,
		    const char *changes)
{
	struct message m = message_of(MESSAGE_CONFIGURE, number);

	m.value = group_id(s->global.control_group);
	return send_settings(c, m, s, changes);
}

int child_preview(const struct child *c, const struct settings *s, uint32_t number,
		  const char *changes)
{
	return send_settings(c, message_of(MESSAGE_PREVIEW, number), s, changes);
}

/* ---- a predecessor's protocol process ---- */

#define NOTE_NAME "protocol.pid"

int orphan_check(const struct state_dir *sd, char *why, size_t why_cap)
{
	struct stat st;

	if (fstatat(sd->dir, NOTE_NAME, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISREG(st.st_mode))
		return 0;
	snprintf(why, why_cap,
		 "%s/" NOTE_NAME " is not a file, and nobody but vrrpd writes there: "
		 "remove it",
		 sd->path);
	return -EINVAL;
}

/* Over what is there: to empty a file first frees its block, and some file systems wait for the disk to know. */
static bool write_note(int fd, pid_t pid)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%d\n", (int)pid);
	struct stat st;

	return write(fd, text, (size_t)len) == len && fstat(fd, &st) == 0 &&
	       (st.st_size == len || ftruncate(fd, len) == 0);
}

void orphan_note(const struct state_dir *sd, pid_t pid)
{
	int fd = openat(sd->dir, NOTE_NAME,
			O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);

	if (fd < 0 || !write_note(fd, pid))
		log_line(LOG_LEVEL_WARNING, "cannot note the protocol process's pid in %s: %s",
			 sd->path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* The pid that is noted, or 0. */
static pid_t noted(const struct state_dir *sd)
{
	int fd = openat(sd->dir, NOTE_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char text[64] = "";
	pid_t pid = 0;

	if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0)
		pid = (pid_t)strtol(text, NULL, 10);
	if (fd >= 0)
		close(fd);
	return pid;
}

bool orphan_is_noted(const struct state_dir *sd, pid_t pid)
{
	return noted(sd) == pid;
}

/* Its pid if it is what it should be, with a descriptor that cannot come to mean another process. */
static int orphan_open(const struct state_dir *sd, pid_t *ret_pid)
{
	char path[64], name[32] = "";
	pid_t pid = noted(sd);
	int file, process = -1;

	if (pid > 1)
		process = (int)syscall(SYS_pidfd_open, pid, 0);
	if (process < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file >= 0 && read(file, name, sizeof(name) - 1) > 0 &&
	    strcmp(name, ROLE_PROTOCOL "\n") == 0)
		*ret_pid = pid;
	else
		pid = 0;
	if (file >= 0)
		close(file);
	if (pid == 0) {
		close(process);
		return -1;
	}
	return process;
}

bool orphan_serves(const struct state_dir *sd)
{
	pid_t pid;
	int process = orphan_open(sd, &pid);

	if (process >= 0)
		close(process);
	return process >= 0;
}

bool orphan_take_over(const struct state_dir *sd, pid_t *ret_pid)
{
	struct pollfd ended = { .fd = orphan_open(sd, ret_pid), .events = POLLIN };
	bool gone;

	if (ended.fd < 0)
		return true;
	syscall(SYS_pidfd_send_signal, ended.fd, SIGUSR2, NULL, 0);
	gone = poll(&ended, 1, ORPHAN_WAIT_MS) == 1;
	close(ended.fd);
	return gone;
}
