/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * STATE_DIR: the run-time directory of one daemon. The locked pid file makes sure that there is one daemon to a directory; beside it lie the
 * control socket, the state that survives a crash, and the dump.
 */
#ifndef VRRPD_STATE_DIR_H
#define VRRPD_STATE_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct state_dir {
	const char *path;
	int dir;  /* descriptor of the directory */
	int lock; /* the pid file, locked for as long as it is open */
	/* Of control.sock, which no descriptor of ours is of; 0: not looked at yet. */
	dev_t socket_device;
	ino_t socket_inode;
};

/*
 * Makes the directory if it is missing (not its parents), takes the lock and writes our pid. 0; -EBUSY with *ret_owner when another
 * daemon runs on it (0 if its pid cannot be read); another -errno with what failed in why.
 */
int state_dir_open(struct state_dir *sd, const char *path, pid_t *ret_owner, char *why,
		   size_t why_cap);

/* Is the directory still there under the name that was opened, and no other in its place? And is our lock there, too? */
bool state_dir_exists(const struct state_dir *sd);
bool state_dir_is_whole(const struct state_dir *sd);

/* On a file system that is read-only now, nobody can start there. */
bool state_dir_can_be_written(const struct state_dir *sd);

/* Makes directory and lock again where they are not there any more: as state_dir_open(); then what is open stays as it is. */
int state_dir_renew(struct state_dir *sd, pid_t *ret_owner, char *why, size_t why_cap);

/* Is there something of that name? Is it what the descriptor is of? Where that cannot be looked at, it is. */
bool state_dir_has(const struct state_dir *sd, const char *name);
bool state_dir_holds(const struct state_dir *sd, const char *name, int fd);

/* Is control.sock the one that state_dir_listen() made, or in a process that comes after another, the first that is seen there? */
bool state_dir_has_socket(struct state_dir *sd);

/* A listening control.sock that replaces a stale one: a descriptor, or -errno with why. */
int state_dir_listen(struct state_dir *sd, char *why, size_t why_cap);

/* The state file, created empty if it is missing: a descriptor, or -errno. And a new one in place of whatever is there. */
int state_dir_open_state(const struct state_dir *sd);
int state_dir_renew_state(const struct state_dir *sd);

/* The file of the ledger, likewise; where STATE_DIR is full it is one in memory, which dies with us and those who were handed it. */
int state_dir_open_ledger(const struct state_dir *sd);

/* Replaces dump.json by len bytes of text: 0 or -errno. */
int state_dir_write_dump(const struct state_dir *sd, const char *text, size_t len);

/* A clean end: the socket and the pid file go, the state file stays. */
void state_dir_close(struct state_dir *sd);

#endif
