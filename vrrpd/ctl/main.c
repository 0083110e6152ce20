/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of vrrpctl. One table says which commands there are, what they take and what
 * they do; the help is made from it, so that it cannot tell of a command that does not exist.
 */
#include "ctl.h"

#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "conf/suggest.h"

enum {
	ANY_NUMBER = 16, /* of arguments */
};

struct command {
	const char *name;
	const char *args;
	const char *help;
	int args_min, args_max;
	enum ctl_exit (*run)(const struct ctl *ctl); /* NULL: not yet */
};

static const struct command commands[] = {
	{ "show", "[NAME]", "all instances, or all there is to know about one", 0, 1, ctl_show },
	{ "watch", "", "the same, live", 0, 0, NULL },
	{ "events", "[-f] [-n N]",
	  "what happened and why, newest last; -f follows, -n only the last N", 0, 0, ctl_events },
	{ "force", "master|backup|off NAME|all", "decide over an instance by hand", 2, ANY_NUMBER,
	  NULL },
	{ "release", "NAME|all", "end any force", 1, 1, NULL },
	{ "announce", "NAME|all", "send the gratuitous ARPs again", 1, 1, ctl_announce },
	{ "reload", "", "read the configuration again and say what changed", 0, 0, ctl_reload },
	{ "counters", "[NAME]", "statistics", 0, 1, ctl_counters },
	{ "metrics", "", "statistics as OpenMetrics text", 0, 0, NULL },
	{ "check", "FILE", "is this configuration correct?", 1, 1, ctl_check },
	{ "doctor", "[FILE]", "look at this host for what breaks VRRP", 0, 1, NULL },
	{ "import", "FILE", "translate a keepalived.conf", 1, 1, NULL },
	{ "version", "", "of both sides", 0, 0, ctl_version },
};

enum {
	COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]),
};

static void print_help(void)
{
	puts("usage: vrrpctl [-s STATE_DIR] [-j] [COMMAND]\n"
	     "\n"
	     "  -s STATE_DIR  the daemon's run-time directory (default /run/vrrpd)\n"
	     "  -j            print JSON\n"
	     "  -V            print the version of vrrpctl\n"
	     "  -h, --help    print this\n"
	     "\n"
	     "commands (show if none is given):");
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		char usage[64];

		snprintf(usage, sizeof(usage), "%s %s", commands[i].name, commands[i].args);
		printf("  %-33s %s%s\n", usage, commands[i].help,
		       commands[i].run ? "" : " (not supported yet)");
	}
	puts("\n"
	     "exit status: 0 done, 1 refused or failed, 2 usage, 3 the daemon cannot be reached");
}

static const struct command *find_command(const char *name)
{
	const char *names[COMMAND_COUNT + 1] = { NULL }, *near;

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
		names[i] = commands[i].name;
	}
	near = suggest_word(name, names);
	if (near)
		ctl_complain("unknown command %s: did you mean %s?", name, near);
	else
		ctl_complain("unknown command %s: vrrpctl --help lists them", name);
	return NULL;
}

/* A whole number of 0 or more, or -1. */
static int64_t parse_number(const char *text)
{
	int64_t number = 0;

	if (text[0] == '\0' || strlen(text) > 9)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		number = number * 10 + (*text - '0');
	}
	return number;
}

static enum ctl_exit read_number(struct ctl *ctl, const char *text)
{
	ctl->last = parse_number(text);
	if (ctl->last >= 0)
		return CTL_DONE;
	ctl_complain("-n takes a whole number, not %s", text);
	return CTL_USAGE;
}

static bool wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && no_color[0] != '\0') &&
	       !(term && strcmp(term, "dumb") == 0);
}

/* What getopt_long() did not know: one letter, maybe of several, or a long option. */
static void complain_option(const char *word)
{
	if (optopt != 0)
		ctl_complain("unknown option -%c: see vrrpctl --help", optopt);
	else
		ctl_complain("unknown option %s: see vrrpctl --help", word);
}

/* *ret_end: everything was said already. */
static enum ctl_exit read_options(struct ctl *ctl, int argc, char **argv, bool *ret_end)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	*ret_end = false;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":s:jVhfn:", options, NULL)) != -1) {
		switch (option) {
		case 's':
			ctl->state_dir = optarg;
			break;
		case 'j':
			ctl->json = true;
			break;
		case 'f':
			ctl->follow = true;
			break;
		case 'n':
			if (read_number(ctl, optarg) != CTL_DONE)
				return CTL_USAGE;
			break;
		case 'V':
			printf("vrrpctl %s\n", VRRPD_VERSION);
			*ret_end = true;
			return CTL_DONE;
		case 'h':
			print_help();
			*ret_end = true;
			return CTL_DONE;
		case ':':
			ctl_complain("-%c needs a value", optopt);
			return CTL_USAGE;
		default:
			complain_option(argv[optind - 1]);
			return CTL_USAGE;
		}
	}
	return CTL_DONE;
}

static enum ctl_exit run_command(struct ctl *ctl, const struct command *command)
{
	if (!command->run) {
		ctl_complain("%s is not supported yet", command->name);
		return CTL_FAILED;
	}
	if (ctl->arg_count < command->args_min || ctl->arg_count > command->args_max) {
		ctl_complain("usage: vrrpctl %s%s%s", command->name, command->args[0] ? " " : "",
			     command->args);
		return CTL_USAGE;
	}
	if ((ctl->follow || ctl->last >= 0) && command->run != ctl_events) {
		ctl_complain("-f and -n belong to events, not to %s", command->name);
		return CTL_USAGE;
	}
	return command->run(ctl);
}

/* Whoever reads our output has had enough, such as `head`. */
static bool reader_has_gone(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	return poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP)) != 0;
}

/* What could not be written was not done, unless nobody wants it any more. */
static enum ctl_exit close_output(enum ctl_exit status)
{
	if ((fflush(stdout) == 0 && !ferror(stdout)) || reader_has_gone())
		return status;
	ctl_complain("cannot write to standard output");
	return status == CTL_DONE ? CTL_FAILED : status;
}

/* A closed standard descriptor would be reused for the socket, and the table sent to the daemon. */
static void fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static enum ctl_exit run(int argc, char **argv)
{
	struct ctl ctl = { .state_dir = "/run/vrrpd", .last = -1 };
	const struct command *command;
	struct timespec now;
	enum ctl_exit status;
	bool end;

	clock_gettime(CLOCK_REALTIME, &now);
	ctl.style.wall_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	ctl.style.colour = wants_colour();
	status = read_options(&ctl, argc, argv, &end);
	if (status != CTL_DONE || end)
		return status;
	command = find_command(optind < argc ? argv[optind] : "show");
	if (!command)
		return CTL_USAGE;
	if (optind < argc)
		optind++;
	ctl.arg = argv + optind;
	ctl.arg_count = argc - optind;
	return run_command(&ctl, command);
}

int main(int argc, char **argv)
{
	fill_standard_descriptors();
	signal(SIGPIPE, SIG_IGN);
	return (int)close_output(run(argc, argv));
}
