/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of STATE_DIR that somebody removes, moves away or replaces while the daemon runs: it goes on by its descriptors, but no client finds it
 * any more, its state does not outlive it, and a second daemon could start beside it. So they are looked for now and then, made again, and
 * handed to the protocol process. The lock comes first: who does not have it leaves the rest alone.
 */
#include "supervisor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

static void tell(const struct supervisor *s, const char *name)
{
	log_line(LOG_LEVEL_WARNING, "%s/%s has been removed or replaced: made again", s->sd.path,
		 name);
}

/* Once, until all is well again. */
static void tell_failure(struct supervisor *s, const char *what, const char *why)
{
	if (!s->files_told)
		log_line(LOG_LEVEL_ERROR,
			 "%s/%s is not what it was, and cannot be made again: %s: trying on",
			 s->sd.path, what, why);
	s->files_told = true;
}

/* Is the lock ours, and where others look for it? */
static bool keep_lock(struct supervisor *s)
{
	char why[512] = "";
	pid_t owner = 0;
	bool whole;
	int status;

	if (state_dir_is_whole(&s->sd))
		return true;
	whole = state_dir_exists(&s->sd);
	status = state_dir_renew(&s->sd, &owner, why, sizeof(why));
	if (status == 0)
		tell(s, whole ? "pid" : "");
	else if (status == -EBUSY && !s->files_told)
		log_line(
			LOG_LEVEL_ERROR,
			"%s/pid has been removed or replaced, and another vrrpd, pid %d, has taken the directory: "
			"two run now: stop one of them",
			s->sd.path, (int)owner);
	else if (status != -EBUSY)
		tell_failure(s, "pid", why);
	s->files_told = s->files_told || status != 0;
	return status == 0;
}

static bool keep_socket(struct supervisor *s)
{
	char why[512] = "";
	int fd;

	if (state_dir_has_socket(&s->sd))
		return true;
	fd = state_dir_listen(&s->sd, why, sizeof(why));
	if (fd < 0) {
		tell_failure(s, "control.sock", why);
		return false;
	}
	tell(s, "control.sock");
	close(s->listen_fd);
	s->listen_fd = fd;
	s->untold_files = true;
	return true;
}

void supervisor_look_at_state(struct supervisor *s)
{
	struct stat st;

	s->state_bytes = fstat(s->state_fd, &st) == 0 ? st.st_size : 0;
}

/* It never becomes shorter while a protocol process has it. */
static bool is_cut_short(struct supervisor *s)
{
	struct stat st;

	if (fstat(s->state_fd, &st) != 0)
		return false;
	if (st.st_size < s->state_bytes)
		return true;
	s->state_bytes = st.st_size;
	return false;
}

static bool keep_state(struct supervisor *s)
{
	bool cut;
	int fd;

	/* None was to be had at the start, and that was said. */
	if (s->state_fd < 0)
		return true;
	cut = is_cut_short(s);
	if (!cut && state_dir_holds(&s->sd, "state", s->state_fd))
		return true;
	fd = state_dir_renew_state(&s->sd);
	if (fd < 0) {
		tell_failure(s, "state", strerror(-fd));
		return false;
	}
	if (cut)
		log_line(LOG_LEVEL_WARNING, "%s/state has been cut short: written again",
			 s->sd.path);
	else
		tell(s, "state");
	close(s->state_fd);
	s->state_fd = fd;
	s->state_bytes = 0;
	s->untold_files = true;
	return true;
}

/* Where that does not work, it is said there, and not tried again before the next protocol process. */
static void keep_note(struct supervisor *s)
{
	if (s->unnoted == s->child.pid || orphan_is_noted(&s->sd, s->child.pid))
		return;
	tell(s, "protocol.pid");
	orphan_note(&s->sd, s->child.pid);
	if (!orphan_is_noted(&s->sd, s->child.pid))
		s->unnoted = s->child.pid;
}

/* Where it cannot be told now, it is the next time. */
static void hand_files(struct supervisor *s)
{
	struct message m = message_of(MESSAGE_FILES, 0);

	m.fds[0] = s->listen_fd;
	m.fds[1] = s->state_fd;
	if (channel_send(s->child.channel, &m) == 0)
		s->untold_files = false;
}

void supervisor_keep_files(struct supervisor *s)
{
	bool socket;

	/* Whoever takes over makes its own. */
	if (s->stopping || s->handing_over || s->upgrade || !s->serves)
		return;
	if (!keep_lock(s))
		return;
	socket = keep_socket(s);
	if (keep_state(s) && socket)
		s->files_told = false;
	keep_note(s);
	if (s->untold_files)
		hand_files(s);
}
