/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fork and exec. Whatever can be found out before the fork is, because there it can be told; what fails afterwards is told through the
 * command's own output.
 */
#include "execute.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "conf/execute_command.h"
#include "conf/execute_path.h"
#include "execute_user.h"

enum {
	BASIC_VARIABLES = 5,
	NOT_EXECUTED = 126, /* as shells have it */
};

static void default_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The daemon may go before others; what it starts does not. */
static void ordinary_scheduling(void)
{
	struct sched_param none = { 0 };

	(void)sched_setscheduler(0, SCHED_OTHER, &none);
	(void)setpriority(PRIO_PROCESS, 0, 0);
}

/* Nothing to read, the pipe for what is printed, and no other descriptor. */
static int standard_streams(int output)
{
	int nothing = open("/dev/null", O_RDONLY);

	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0)
		return -errno;
	/* Ours close by themselves; this is for what a service manager left open, where the kernel can (5.9). */
	(void)syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
	return 0;
}

/* What execve() has against a file that is there, so that strerror() would mislead. */
static const char *why_not_executed(int error)
{
	if (error == ENOENT)
		return "the interpreter that it names is not there; does its first line end in CR LF?";
	if (error == ENOEXEC)
		return "it is a script without a first line such as #!/bin/sh";
	return strerror(error);
}

/* In the child. */
__attribute__((noreturn)) static void become(const struct command *command,
					     const struct execute_user *user,
					     const struct execute_request *request,
					     char *const *environment, int output, pid_t runner)
{
	int status;

	ledger_enter(request->ledger, request->place);
	setsid();
	default_signals();
	ordinary_scheduling();
	umask(022);
	status = chdir("/") == 0 ? standard_streams(output) : -errno;
	if (status == 0)
		status = execute_user_become(user);
	/*
	 * A hook that is called again because the runner was killed must not meet itself. Not earlier: another user takes it away; and the
	 * runner may be gone by now. From root's the kernel takes it when execve gives back the capabilities: the ledger serves those, and
	 * whatever has been started by a hook.
	 */
	if (status == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != runner))
		status = -ECANCELED;
	if (status == 0) {
		execve(command->program, command->words, environment);
		status = -errno;
	}
	dprintf(STDOUT_FILENO, "%s cannot be executed: %s", command->program,
		why_not_executed(-status));
	_exit(NOT_EXECUTED);
}

static char *variable(const char *name, const char *value)
{
	char *text = NULL;

	return asprintf(&text, "%s=%s", name, value) < 0 ? NULL : text;
}

static void free_environment(char **environment)
{
	/* The others are the caller's. */
	for (int i = 0; environment && i < BASIC_VARIABLES; i++)
		free(environment[i]);
	free(environment);
}

/* NULL without memory. */
static char **make_environment(const struct execute_user *user, char *const *more)
{
	size_t count = 0;
	char **all;

	while (more && more[count])
		count++;
	all = calloc(BASIC_VARIABLES + count + 1, sizeof(*all));
	if (!all)
		return NULL;
	all[0] = variable("PATH", EXECUTE_PATH);
	all[1] = variable("HOME", user->home);
	all[2] = variable("USER", user->name);
	all[3] = variable("LOGNAME", user->name);
	all[4] = variable("SHELL", "/bin/sh");
	for (int i = 0; i < BASIC_VARIABLES; i++) {
		if (!all[i]) {
			free_environment(all);
			return NULL;
		}
	}
	for (size_t i = 0; i < count; i++)
		all[BASIC_VARIABLES + i] = more[i];
	return all;
}

static int start(const struct command *command, const struct execute_user *user,
		 const struct execute_request *request, char *const *environment, pid_t *ret_pid,
		 int *ret_output)
{
	int ends[2], status = 0;
	pid_t runner = getpid();
	pid_t pid = -1;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -errno;
	/* Ours only: the other end is an ordinary one, as programs expect. */
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
		pid = fork();
	if (pid < 0)
		status = -errno;
	if (pid == 0)
		become(command, user, request, environment, ends[1], runner);
	close(ends[1]);
	if (status != 0) {
		close(ends[0]);
		return status;
	}
	*ret_pid = pid;
	*ret_output = ends[0];
	return 0;
}

/* In a container, or started by somebody else than root, there is one user only. */
static void advise_own_user(char *why, size_t why_cap)
{
	const struct passwd *own = getpwuid(geteuid());
	size_t len = strlen(why);

	if (own)
		snprintf(why + len, why_cap - len, ", right is these two or script-user = %s",
			 own->pw_name);
}

int execute(const struct execute_request *request, pid_t *ret_pid, int *ret_output, char *why,
	    size_t why_cap)
{
	const struct execute_user *user = execute_user_find(request->user, why, why_cap);
	struct command command;
	char **environment;
	int status;

	if (!user)
		return -ENOENT;
	status = execute_user_allowed(user, why, why_cap);
	if (status != 0) {
		advise_own_user(why, why_cap);
		return status;
	}
	snprintf(why, why_cap, "not enough memory");
	status = command_parse(&command, request->command, request->arguments);
	if (status != 0)
		return status;
	status = command_resolve(&command, request->command, user->uid, why, why_cap);
	if (status == 0) {
		environment = make_environment(user, request->environment);
		status = environment
				 ? start(&command, user, request, environment, ret_pid, ret_output)
				 : -ENOMEM;
		if (status != 0)
			snprintf(why, why_cap, "no process can be started: %s", strerror(-status));
		free_environment(environment);
	}
	command_done(&command);
	return status;
}
