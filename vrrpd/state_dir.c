/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything is opened relative to the directory's descriptor, so that a directory that is renamed or mounted over does not split the
 * daemon between two places. The control socket is made under another name first: whoever finds it can connect.
 */
#include "state_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ledger.h"

enum {
	CONTROL_BACKLOG = 64
};

static int failed(char *why, size_t cap, const char *what, const char *path)
{
	int error = errno;

	snprintf(why, cap, "%s %s: %s", what, path, strerror(error));
	return -error;
}

static pid_t read_pid(int fd)
{
	char text[32] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	return (pid_t)strtol(text, NULL, 10);
}

static int write_pid(int fd)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)len, 0) != len)
		return -1;
	return 0;
}

/* Was the file that we have locked removed meanwhile, by a daemon that ended? */
static bool is_removed(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink == 0;
}

/* Opens and locks the pid file: 0, -EBUSY with its owner, or another -errno with why. */
static int take_lock(struct state_dir *sd, pid_t *ret_owner, char *why, size_t why_cap)
{
	do {
		if (sd->lock >= 0)
			close(sd->lock);
		sd->lock = openat(sd->dir, "pid", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (sd->lock < 0)
			return failed(why, why_cap, "cannot write to the state directory",
				      sd->path);
		if (flock(sd->lock, LOCK_EX | LOCK_NB) != 0) {
			*ret_owner = read_pid(sd->lock);
			return errno == EWOULDBLOCK
				       ? -EBUSY
				       : failed(why, why_cap, "cannot lock the pid file in",
						sd->path);
		}
	} while (is_removed(sd->lock));
	return 0;
}

int state_dir_open(struct state_dir *sd, const char *path, pid_t *ret_owner, char *why,
		   size_t why_cap)
{
	int status;

	*sd = (struct state_dir){ .path = path, .dir = -1, .lock = -1 };
	*ret_owner = 0;
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		return failed(why, why_cap, "cannot make the state directory", path);
	sd->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sd->dir < 0)
		return failed(why, why_cap, "cannot open the state directory", path);
	status = take_lock(sd, ret_owner, why, why_cap);
	if (status == 0 && write_pid(sd->lock) != 0)
		status = failed(why, why_cap, "cannot write the pid file in", path);
	if (status == 0)
		return 0;
	if (sd->lock >= 0)
		close(sd->lock);
	close(sd->dir);
	return status;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool state_dir_exists(const struct state_dir *sd)
{
	struct stat there, ours;

	if (stat(sd->path, &there) != 0)
		return errno != ENOENT;
	return fstat(sd->dir, &ours) != 0 || is_same(&there, &ours);
}

bool state_dir_holds(const struct state_dir *sd, const char *name, int fd)
{
	struct stat there, ours;

	if (fstatat(sd->dir, name, &there, AT_SYMLINK_NOFOLLOW) != 0)
		return errno != ENOENT;
	return fstat(fd, &ours) != 0 || is_same(&there, &ours);
}

bool state_dir_is_whole(const struct state_dir *sd)
{
	return state_dir_exists(sd) && state_dir_holds(sd, "pid", sd->lock);
}

bool state_dir_can_be_written(const struct state_dir *sd)
{
	return faccessat(sd->dir, ".", W_OK, 0) == 0;
}

int state_dir_renew(struct state_dir *sd, pid_t *ret_owner, char *why, size_t why_cap)
{
	struct state_dir fresh;
	int status = state_dir_open(&fresh, sd->path, ret_owner, why, why_cap);

	if (status != 0)
		return status;
	close(sd->lock);
	close(sd->dir);
	/* What it has of a socket is not ours. */
	fresh.socket_device = sd->socket_device;
	fresh.socket_inode = sd->socket_inode;
	*sd = fresh;
	return 0;
}

bool state_dir_has(const struct state_dir *sd, const char *name)
{
	struct stat st;

	return fstatat(sd->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

bool state_dir_has_socket(struct state_dir *sd)
{
	struct stat there;

	if (fstatat(sd->dir, "control.sock", &there, AT_SYMLINK_NOFOLLOW) != 0)
		return errno != ENOENT;
	if (sd->socket_inode == 0) {
		sd->socket_device = there.st_dev;
		sd->socket_inode = there.st_ino;
	}
	return there.st_dev == sd->socket_device && there.st_ino == sd->socket_inode;
}

int state_dir_listen(struct state_dir *sd, char *why, size_t why_cap)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(sd->path) + sizeof("/control.sock") > sizeof(address.sun_path)) {
		snprintf(why, why_cap,
			 "the state directory's name %s is too long: at most %zu bytes", sd->path,
			 sizeof(address.sun_path) - sizeof("/control.sock"));
		return -ENAMETOOLONG;
	}
	/* The name that bind() gets is by way of the descriptor, and thus as short as it can be. */
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/control.new",
		 sd->dir);
	unlinkat(sd->dir, "control.new", 0);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return failed(why, why_cap, "cannot make the control socket in", sd->path);
	/* Anybody may connect; the credentials of the peer decide what it may do. */
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    fchmodat(sd->dir, "control.new", 0666, 0) != 0 || listen(fd, CONTROL_BACKLOG) != 0 ||
	    renameat(sd->dir, "control.new", sd->dir, "control.sock") != 0) {
		int status = failed(why, why_cap, "cannot make the control socket in", sd->path);

		close(fd);
		unlinkat(sd->dir, "control.new", 0);
		return status;
	}
	sd->socket_inode = 0;
	(void)state_dir_has_socket(sd);
	return fd;
}

int state_dir_open_state(const struct state_dir *sd)
{
	int fd = openat(sd->dir, "state", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	return fd < 0 ? -errno : fd;
}

int state_dir_renew_state(const struct state_dir *sd)
{
	if (unlinkat(sd->dir, "state", 0) != 0 && errno != ENOENT)
		return -errno;
	return state_dir_open_state(sd);
}

int state_dir_open_ledger(const struct state_dir *sd)
{
	int fd = openat(sd->dir, "jobs", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int status = fd < 0 ? -errno : ledger_prepare(fd);

	if (status == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	fd = memfd_create("vrrpd-jobs", MFD_CLOEXEC);
	status = fd < 0 ? -errno : ledger_prepare(fd);
	if (status != 0 && fd >= 0)
		close(fd);
	return status == 0 ? fd : status;
}

int state_dir_write_dump(const struct state_dir *sd, const char *text, size_t len)
{
	int fd = openat(sd->dir, "dump.new",
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	int status = 0;

	if (fd < 0)
		return -errno;
	while (len > 0 && status == 0) {
		ssize_t written = write(fd, text, len);

		if (written < 0) {
			status = -errno;
		} else {
			text += written;
			len -= (size_t)written;
		}
	}
	if (close(fd) != 0 && status == 0)
		status = -errno;
	if (status == 0 && renameat(sd->dir, "dump.new", sd->dir, "dump.json") != 0)
		status = -errno;
	if (status != 0)
		unlinkat(sd->dir, "dump.new", 0);
	return status;
}

void state_dir_close(struct state_dir *sd)
{
	unlinkat(sd->dir, "control.sock", 0);
	unlinkat(sd->dir, "protocol.pid", 0);
	unlinkat(sd->dir, "pid", 0);
	close(sd->lock);
	close(sd->dir);
}
