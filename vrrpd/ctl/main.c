/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the command line of vrrpctl by the tables of command.c, and runs what it says.
 */

#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "conf/duration.h"

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

enum {
	LONG_ONLY = 256, /* getopt_long()'s numbers of options without a letter begin here */
};

/* What getopt_long() did not know: one letter, maybe of several, or a long option. */
static void complain_option(const char *word)
{
	const char *near = strncmp(word, "--", 2) == 0 ? ctl_nearest_option(word + 2) : NULL;

	if (optopt != 0 && optopt < LONG_ONLY)
		ctl_complain("unknown option -%c: see vrrpctl --help", optopt);
	else if (near)
		ctl_complain("unknown option %s: did you mean --%s?", word, near);
	else
		ctl_complain("unknown option %s: see vrrpctl --help", word);
}

static void complain_no_value(const char *word)
{
	if (optopt < LONG_ONLY)
		ctl_complain("-%c needs a value", optopt);
	else
		ctl_complain("%s needs a value", word);
}

static enum ctl_exit read_expected(struct ctl *ctl, const char *text)
{
	if (strcmp(text, "master") != 0 && strcmp(text, "backup") != 0) {
		ctl_complain("--expect takes master or backup, not %s", text);
		return CTL_USAGE;
	}
	ctl->expect = text;
	return CTL_DONE;
}

/* *ret_end: everything was said already. */
static enum ctl_exit read_option(struct ctl *ctl, enum option_id option, const char *value,
				 bool *ret_end)
{
	switch (option) {
	case OPTION_STATE_DIR:
		ctl->state_dir = value;
		break;
	case OPTION_JSON:
		ctl->json = true;
		break;
	case OPTION_VERSION:
		printf("vrrpctl %s\n", VRRPD_VERSION);
		*ret_end = true;
		break;
	case OPTION_HELP:
		ctl_print_usage();
		*ret_end = true;
		break;
	case OPTION_FOLLOW:
		ctl->follow = true;
		break;
	case OPTION_LAST:
		return read_number(ctl, value);
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
	case OPTION_NAGIOS:
		ctl->nagios = true;
		break;
	case OPTION_EXPECT:
		return read_expected(ctl, value);
	case OPTION_PROBE:
		ctl->probe = true;
		break;
	case OPTION_DRY_RUN:
		ctl->dry_run = true;
		break;
	case OPTION_STRICT:
		ctl->strict = true;
		break;
	case OPTION_CONFIG_ID:
		ctl->config_id = value;
		break;
	case OPTION_COUNT_:
		break;
	}
	return CTL_DONE;
}

/* The table as getopt_long() wants it. */
static void make_options(char letters[static 2 * OPTION_COUNT_ + 2],
			 struct option names[static OPTION_COUNT_ + 1])
{
	*letters++ = ':';
	for (int i = 0; i < OPTION_COUNT_; i++) {
		const struct option_info *o = &ctl_options[i];

		if (o->letter != '\0') {
			*letters++ = o->letter;
			if (o->value)
				*letters++ = ':';
		}
		if (o->name)
			*names++ = (struct option){
				.name = o->name,
				.has_arg = o->value ? required_argument : no_argument,
				.val = o->letter != '\0' ? o->letter : LONG_ONLY + i,
			};
	}
	*letters = '\0';
	*names = (struct option){ 0 };
}

static enum option_id option_of(int value)
{
	int i = 0;

	if (value >= LONG_ONLY)
		return (enum option_id)(value - LONG_ONLY);
	/* getopt() returns no other letters than ours */
	while (i < OPTION_COUNT_ - 1 && ctl_options[i].letter != value)
		i++;
	return (enum option_id)i;
}

/* ret_given: which options there were. */
static enum ctl_exit read_options(struct ctl *ctl, int argc, char **argv,
				  bool ret_given[static OPTION_COUNT_], bool *ret_end)
{
	char letters[2 * OPTION_COUNT_ + 2];
	struct option names[OPTION_COUNT_ + 1];
	int value;

	*ret_end = false;
	opterr = 0;
	make_options(letters, names);
	while (!*ret_end && (value = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		enum option_id option;

		if (value == ':') {
			complain_no_value(argv[optind - 1]);
			return CTL_USAGE;
		}
		if (value == '?') {
			complain_option(argv[optind - 1]);
			return CTL_USAGE;
		}
		option = option_of(value);
		ret_given[option] = true;
		if (read_option(ctl, option, optarg, ret_end) != CTL_DONE)
			return CTL_USAGE;
	}
	return CTL_DONE;
}

/* An option in the wrong place was meant to do something. */
static bool are_options_its_own(const struct command *command, const bool given[])
{
	char text[OPTION_TEXT_MAX];

	for (int i = 0; i < OPTION_COUNT_; i++) {
		const char *owner = ctl_options[i].command;

		if (!given[i] || !owner || strcmp(owner, command->name) == 0)
			continue;
		ctl_complain("%s belongs to %s, not to %s",
			     ctl_option_text((enum option_id)i, text), owner, command->name);
		return false;
	}
	return true;
}

/* A plugin that was called wrongly knows nothing: 2 would be CRITICAL. */
static enum ctl_exit usage_of(const struct ctl *ctl)
{
	if (!ctl->nagios)
		return CTL_USAGE;
	puts("VRRP UNKNOWN - called wrongly, see vrrpctl help check");
	return CTL_UNREACHABLE;
}

static enum ctl_exit run_command(struct ctl *ctl, const struct command *command, const bool given[])
{
	if (!command->run) {
		ctl_complain("%s is not supported yet", command->name);
		return CTL_FAILED;
	}
	if (ctl->arg_count < command->args_min || ctl->arg_count > command->args_max) {
		ctl_complain("usage: vrrpctl %s%s%s", command->name, command->args[0] ? " " : "",
			     command->args);
		return usage_of(ctl);
	}
	if (!are_options_its_own(command, given))
		return usage_of(ctl);
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
	bool given[OPTION_COUNT_] = { false }, end;
	enum ctl_exit status;

	clock_gettime(CLOCK_REALTIME, &now);
	ctl.style.wall_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	ctl.style.colour = wants_colour();
	status = read_options(&ctl, argc, argv, given, &end);
	if (status != CTL_DONE)
		return usage_of(&ctl);
	if (end)
		return CTL_DONE;
	command = ctl_find_command(optind < argc ? argv[optind] : "show");
	if (!command)
		return usage_of(&ctl);
	if (optind < argc)
		optind++;
	ctl.arg = argv + optind;
	ctl.arg_count = argc - optind;
	return run_command(&ctl, command, given);
}

int main(int argc, char **argv)
{
	fill_standard_descriptors();
	signal(SIGPIPE, SIG_IGN);
	return (int)close_output(run(argc, argv));
}
