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

#include "conf/duration.h"
#include "conf/suggest.h"

/* Options that only some commands take. */
enum option_set {
	OPTIONS_NONE,
	OPTIONS_EVENTS,
	OPTIONS_FORCE,
	OPTIONS_IMPORT,
};

struct command {
	const char *name;
	const char *args;
	const char *help;
	int args_min, args_max;
	enum option_set options;
	enum ctl_exit (*run)(const struct ctl *ctl); /* NULL: not yet */
};

static const struct command commands[] = {
	{ "show", "[NAME]", "all instances, or all there is to know about one", 0, 1, OPTIONS_NONE,
	  ctl_show },
	{ "watch", "", "the same, live; q leaves", 0, 0, OPTIONS_NONE, ctl_watch },
	{ "events", "[-f] [-n N] [NAME]",
	  "what happened and why, newest last; -f follows, -n only the last N", 0, 1,
	  OPTIONS_EVENTS, ctl_events },
	{ "force",
	  "master|backup|off NAME|all [--for DURATION] [--reason TEXT] [--despite-faults] [--wait]",
	  "decide over an instance or group by hand", 2, 2, OPTIONS_FORCE, ctl_force },
	{ "release", "NAME|all", "end any force", 1, 1, OPTIONS_NONE, ctl_release },
	{ "announce", "NAME|all", "send the gratuitous ARPs again", 1, 1, OPTIONS_NONE,
	  ctl_announce },
	{ "reload", "", "read the configuration again and say what changed", 0, 0, OPTIONS_NONE,
	  ctl_reload },
	{ "counters", "[NAME]", "statistics", 0, 1, OPTIONS_NONE, ctl_counters },
	{ "metrics", "", "statistics as OpenMetrics text", 0, 0, OPTIONS_NONE, NULL },
	{ "check", "FILE", "is this configuration correct?", 1, 1, OPTIONS_NONE, ctl_check },
	{ "doctor", "[FILE]", "look at this host for what breaks VRRP", 0, 1, OPTIONS_NONE, NULL },
	{ "import", "[--strict] [--config-id ID] FILE", "translate a keepalived.conf", 1, 1,
	  OPTIONS_IMPORT, ctl_import },
	{ "version", "", "of both sides", 0, 0, OPTIONS_NONE, ctl_version },
};

enum {
	COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]),
	HELP_COLUMN = 32, /* where the explanations stand */
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
		int len = printf("  %s %s", commands[i].name, commands[i].args);

		/* what is long has its explanation on the next line */
		printf("%s%*s%s%s\n", len > HELP_COLUMN - 1 ? "\n" : "",
		       len > HELP_COLUMN - 1 ? HELP_COLUMN : HELP_COLUMN - len, "",
		       commands[i].help, commands[i].run ? "" : " (not supported yet)");
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

static enum ctl_exit read_duration(struct ctl *ctl, const char *text)
{
	struct span length;

	if (duration_parse(text, &length) != 0 || length.us < 1000 || length.us % 1000 != 0) {
		ctl_complain("--for takes a duration such as 500ms, 90s, 5m or 2h, up to 10000h, "
			     "not %s",
			     text);
		return CTL_USAGE;
	}
	ctl->for_ms = length.us / 1000;
	return CTL_DONE;
}

static bool wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && no_color[0] != '\0') &&
	       !(term && strcmp(term, "dumb") == 0);
}

/* Long options, by a number that is no letter's. */
enum {
	OPTION_FOR = 256,
	OPTION_REASON,
	OPTION_DESPITE_FAULTS,
	OPTION_WAIT,
	OPTION_STRICT,
	OPTION_CONFIG_ID,
};

/* What getopt_long() did not know: one letter, maybe of several, or a long option. */
static void complain_option(const char *word)
{
	if (optopt != 0 && optopt < OPTION_FOR)
		ctl_complain("unknown option -%c: see vrrpctl --help", optopt);
	else
		ctl_complain("unknown option %s: see vrrpctl --help", word);
}

static void complain_no_value(const char *word)
{
	if (optopt < OPTION_FOR)
		ctl_complain("-%c needs a value", optopt);
	else
		ctl_complain("%s needs a value", word);
}

/* Those of force. */
static enum ctl_exit read_force_option(struct ctl *ctl, int option, const char *value)
{
	switch (option) {
	case OPTION_FOR:
		return read_duration(ctl, value);
	case OPTION_REASON:
		ctl->reason = value;
		break;
	case OPTION_DESPITE_FAULTS:
		ctl->despite_faults = true;
		break;
	case OPTION_WAIT:
		ctl->wait = true;
		break;
	default:
		break;
	}
	return CTL_DONE;
}

/* *ret_end: everything was said already. */
static enum ctl_exit read_options(struct ctl *ctl, int argc, char **argv, bool *ret_end)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "for", required_argument, NULL, OPTION_FOR },
		{ "reason", required_argument, NULL, OPTION_REASON },
		{ "despite-faults", no_argument, NULL, OPTION_DESPITE_FAULTS },
		{ "wait", no_argument, NULL, OPTION_WAIT },
		{ "strict", no_argument, NULL, OPTION_STRICT },
		{ "config-id", required_argument, NULL, OPTION_CONFIG_ID },
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
		case OPTION_FOR:
		case OPTION_REASON:
		case OPTION_DESPITE_FAULTS:
		case OPTION_WAIT:
			if (read_force_option(ctl, option, optarg) != CTL_DONE)
				return CTL_USAGE;
			break;
		case OPTION_STRICT:
			ctl->strict = true;
			break;
		case OPTION_CONFIG_ID:
			ctl->config_id = optarg;
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
			complain_no_value(argv[optind - 1]);
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
	if ((ctl->follow || ctl->last >= 0) && command->options != OPTIONS_EVENTS) {
		ctl_complain("-f and -n belong to events, not to %s", command->name);
		return CTL_USAGE;
	}
	if ((ctl->for_ms != 0 || ctl->reason || ctl->despite_faults || ctl->wait) &&
	    command->options != OPTIONS_FORCE) {
		ctl_complain(
			"--for, --reason, --despite-faults and --wait belong to force, not to %s",
			command->name);
		return CTL_USAGE;
	}
	if ((ctl->strict || ctl->config_id) && command->options != OPTIONS_IMPORT) {
		ctl_complain("--strict and --config-id belong to import, not to %s", command->name);
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
