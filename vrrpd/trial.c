/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What it prints stays in the pipe until it has ended, which bounds what it can make us hold: one that prints more than a pipe takes
 * waits there until its time is up.
 */
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child. */
__attribute__((noreturn)) static void execute(int output, char *const argv[])
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
	    dup2(output, STDERR_FILENO) >= 0)
		execv(argv[0], argv);
	dprintf(output, "%s", strerror(errno));
	_exit(TRIAL_NOT_EXECUTED);
}

int trial_start(struct trial *t, char *const argv[])
{
	int ends[2], status = 0;

	*t = (struct trial){ .fd = -1 };
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -errno;
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
		status = -errno;
	if (status == 0)
		t->pid = fork();
	if (t->pid == 0 && status == 0)
		execute(ends[1], argv);
	if (t->pid < 0)
		status = -errno;
	close(ends[1]);
	if (status != 0) {
		close(ends[0]);
		t->pid = 0;
		return status;
	}
	t->fd = ends[0];
	return 0;
}

void trial_collected(struct trial *t)
{
	ssize_t len = 1;

	while (len > 0 && t->len < TRIAL_OUTPUT_MAX) {
		len = read(t->fd, t->output + t->len, TRIAL_OUTPUT_MAX - t->len);
		if (len > 0)
			t->len += (size_t)len;
	}
	t->output[t->len] = '\0';
	close(t->fd);
	t->fd = -1;
	t->pid = 0;
}

void trial_kill(struct trial *t)
{
	if (t->pid == 0)
		return;
	kill(-t->pid, SIGKILL);
	kill(t->pid, SIGKILL);
	while (waitpid(t->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	trial_collected(t);
}
