/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two tables, and the help that is written from them.
 */
#include "command.h"

#include <string.h>

#include "conf/suggest.h"

enum {
	HELP_COLUMN = 32, /* where the explanations stand */
};

/* In the order of help. scripts/check-manual reads the names. */
static const struct command commands[] = {
	{
		.name = "show",
		.args = "[NAME]",
		.help = "all instances, or all there is to know about one",
		.more = "With a NAME: its timers, tracks, addresses, counters, and why it is in its state.",
		.args_max = 1,
		.places = { PLACE_NAME },
		.run = ctl_show,
	},
	{
		.name = "watch",
		.args = "",
		.help = "the same, live; q leaves",
		.run = ctl_watch,
	},
	{
		.name = "events",
		.args = "[-f] [-n N] [NAME]",
		.help = "what happened and why, newest last",
		.args_max = 1,
		.places = { PLACE_NAME },
		.run = ctl_events,
	},
	{
		.name = "force",
		.args = "master|backup|off NAME|all [--for DURATION] [--reason TEXT] "
			"[--despite-faults] [--wait]",
		.help = "decide over an instance or group by hand",
		.more = "master takes over whatever priorities say, backup yields without losing traffic,\n"
			"off takes no part at all. It lasts until it is released, or as long as --for says.",
		.args_min = 2,
		.args_max = 2,
		.places = { PLACE_FORCE, PLACE_NAME_ALL },
		.run = ctl_force,
	},
	{
		.name = "release",
		.args = "NAME|all",
		.help = "end any force",
		.args_min = 1,
		.args_max = 1,
		.places = { PLACE_NAME_ALL },
		.run = ctl_release,
	},
	{
		.name = "announce",
		.args = "NAME|all",
		.help = "send the gratuitous ARPs again",
		.more = "For switches and hosts that have missed them; in IPv6 unsolicited neighbour\n"
			"advertisements. It does nothing where this router is not MASTER.",
		.args_min = 1,
		.args_max = 1,
		.places = { PLACE_NAME_ALL },
		.run = ctl_announce,
	},
	{
		.name = "reload",
		.args = "[--dry-run]",
		.help = "read the configuration again and say what changed",
		.more = "What did not change is not touched. A file with errors is refused whole: the old\n"
			"configuration stays in force, the errors are shown, and the exit status is 1.",
		.run = ctl_reload,
	},
	{
		.name = "upgrade",
		.args = "[PATH]",
		.help = "have another build of vrrpd take over, without loss",
		.more = "PATH is the program; without it, the one that the daemon was started from, which a\n"
			"package may have replaced meanwhile. It is tried out first: if it does not come up,\n"
			"the one that runs goes on.",
		.args_max = 1,
		.places = { PLACE_FILE },
		.run = ctl_upgrade,
	},
	{
		.name = "counters",
		.args = "[NAME]",
		.help = "statistics",
		.more = "Those of RFC 6527 and more, of all instances or of one, since the daemon began.",
		.args_max = 1,
		.places = { PLACE_NAME },
		.run = ctl_counters,
	},
	{
		.name = "metrics",
		.args = "",
		.help = "statistics as OpenMetrics text",
		.run = ctl_metrics,
	},
	{
		.name = "check",
		.args = "FILE | --nagios [--expect master|backup] [NAME]",
		.help = "is this configuration correct? is all well?",
		.more = "With a FILE: what vrrpd -t says of it. With --nagios: a monitoring plugin, one line\n"
			"with performance data, exit status 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.",
		.args_max = 1,
		.places = { PLACE_CHECK },
		.run = ctl_check,
	},
	{
		.name = "doctor",
		.args = "[--probe] [FILE]",
		.help = "look at this host for what breaks VRRP",
		.more = "Listens for three advertisement intervals. Each finding comes with its evidence\n"
			"and the command that mends it. The exit status is 1 if one fails. FILE is the\n"
			"configuration, /etc/vrrpd/vrrpd.conf if none is given.",
		.args_max = 1,
		.places = { PLACE_FILE },
		.run = ctl_doctor,
	},
	{
		.name = "import",
		.args = "[--strict] [--config-id ID] FILE",
		.help = "translate a keepalived.conf",
		.more = "The translation goes to standard output; on standard error stands each line that has\n"
			"no equivalent or means something else here, and what to do about it.",
		.args_min = 1,
		.args_max = 1,
		.places = { PLACE_FILE },
		.run = ctl_import,
	},
	{
		.name = "version",
		.args = "",
		.help = "of both sides",
		.run = ctl_version,
	},
	{
		.name = "completion",
		.args = "bash|zsh",
		.help = "print the completions of a shell",
		.more = "Packages install them. Without one, in ~/.bashrc or ~/.zshrc (after compinit):\n"
			"source <(vrrpctl completion bash), or zsh",
		.args_min = 1,
		.args_max = 1,
		.places = { PLACE_SHELL },
		.run = ctl_completion,
	},
	{
		.name = "help",
		.args = "[COMMAND]",
		.help = "explain a command, or list them",
		.args_max = 1,
		.places = { PLACE_COMMAND },
		.run = ctl_help,
	},
};

const struct option_info ctl_options[OPTION_COUNT_] = {
	[OPTION_STATE_DIR] = { 's', NULL, "STATE_DIR", PLACE_DIRECTORY, NULL,
			       "the daemon's run-time directory (default /run/vrrpd)" },
	[OPTION_JSON] = { 'j', NULL, NULL, PLACE_NONE, NULL, "print JSON" },
	[OPTION_VERSION] = { 'V', NULL, NULL, PLACE_NONE, NULL, "print the version of vrrpctl" },
	[OPTION_HELP] = { 'h', "help", NULL, PLACE_NONE, NULL, "print this" },
	[OPTION_FOLLOW] = { 'f', NULL, NULL, PLACE_NONE, "events", "go on as more happens" },
	[OPTION_LAST] = { 'n', NULL, "N", PLACE_TEXT, "events", "only the last N" },
	[OPTION_FOR] = { '\0', "for", "DURATION", PLACE_TEXT, "force",
			 "how long, such as 90s, 5m or 2h" },
	[OPTION_REASON] = { '\0', "reason", "TEXT", PLACE_TEXT, "force",
			    "shown and logged with it" },
	[OPTION_DESPITE_FAULTS] = { '\0', "despite-faults", NULL, PLACE_NONE, "force",
				    "what is tracked does not count" },
	[OPTION_WAIT] = { '\0', "wait", NULL, PLACE_NONE, "force",
			  "return when the state is reached" },
	[OPTION_NAGIOS] = { '\0', "nagios", NULL, PLACE_NONE, "check",
			    "as a plugin of Nagios or Icinga" },
	[OPTION_EXPECT] = { '\0', "expect", "STATE", PLACE_EXPECT, "check",
			    "CRITICAL in any other state than master, or backup" },
	[OPTION_PROBE] = { '\0', "probe", NULL, PLACE_NONE, "doctor",
			   "also ask whether somebody answers for the addresses" },
	[OPTION_DRY_RUN] = { '\0', "dry-run", NULL, PLACE_NONE, "reload",
			     "only say what it would do" },
	[OPTION_STRICT] = { '\0', "strict", NULL, PLACE_NONE, "import",
			    "fail if anything has no equivalent" },
	[OPTION_CONFIG_ID] = { '\0', "config-id", "ID", PLACE_TEXT, "import",
			       "whose @-lines count; the host's name if not given" },
};

enum {
	COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]),
};

const struct command *ctl_command(size_t number)
{
	return number < COMMAND_COUNT ? &commands[number] : NULL;
}

/* What others call it. */
static const char *command_of_others(const char *name)
{
	static const struct {
		const char *theirs, *ours;
	} words[] = {
		{ "status", "show" },         { "list", "show" },      { "log", "events" },
		{ "logs", "events" },         { "stats", "counters" }, { "test", "check FILE" },
		{ "validate", "check FILE" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].theirs, name) == 0)
			return words[i].ours;
	return NULL;
}

static bool is_for_service_manager(const char *name)
{
	return strcmp(name, "start") == 0 || strcmp(name, "stop") == 0 ||
	       strcmp(name, "restart") == 0;
}

const struct command *ctl_find_command(const char *name)
{
	const char *names[COMMAND_COUNT + 1] = { NULL }, *near;

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
		names[i] = commands[i].name;
	}
	near = command_of_others(name);
	if (!near)
		near = suggest_word(name, names);
	if (is_for_service_manager(name))
		ctl_complain(
			"unknown command %s: that is the service manager's: systemctl %s vrrpd",
			name, name);
	else if (near)
		ctl_complain("unknown command %s: did you mean %s?", name, near);
	else
		ctl_complain("unknown command %s: vrrpctl --help lists them", name);
	return NULL;
}

const char *ctl_nearest_option(const char *name)
{
	const char *names[OPTION_COUNT_ + 1] = { NULL };
	size_t count = 0;

	for (int i = 0; i < OPTION_COUNT_; i++)
		if (ctl_options[i].name)
			names[count++] = ctl_options[i].name;
	return suggest_word(name, names);
}

const char *ctl_option_text(enum option_id option, char buf[static OPTION_TEXT_MAX])
{
	const struct option_info *o = &ctl_options[option];

	if (o->name)
		snprintf(buf, OPTION_TEXT_MAX, "--%s", o->name);
	else
		snprintf(buf, OPTION_TEXT_MAX, "-%c", o->letter);
	return buf;
}

const char *ctl_place_words(enum place place)
{
	switch (place) {
	case PLACE_FORCE:
		return "master backup off";
	case PLACE_EXPECT:
		return "master backup";
	case PLACE_SHELL:
		return "bash zsh";
	case PLACE_NONE:
	case PLACE_TEXT:
	case PLACE_NAME:
	case PLACE_NAME_ALL:
	case PLACE_FILE:
	case PLACE_CHECK:
	case PLACE_DIRECTORY:
	case PLACE_COMMAND:
		break;
	}
	return NULL;
}

/* The options of a command, or with NULL of all of them. */
static void print_options(const char *command)
{
	for (int i = 0; i < OPTION_COUNT_; i++) {
		const struct option_info *o = &ctl_options[i];
		char text[OPTION_TEXT_MAX], left[2 * OPTION_TEXT_MAX];

		if (command ? !o->command || strcmp(o->command, command) != 0 : o->command != NULL)
			continue;
		snprintf(left, sizeof(left), "%s%s%s",
			 o->letter != '\0' && o->name ? "-h, --help"
						      : ctl_option_text((enum option_id)i, text),
			 o->value ? " " : "", o->value ? o->value : "");
		printf("  %-20s  %s\n", left, o->help);
	}
}

void ctl_print_usage(void)
{
	puts("usage: vrrpctl [-s STATE_DIR] [-j] [COMMAND]\n");
	print_options(NULL);
	puts("\ncommands (show if none is given):");
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		int len = printf("  %s %s", commands[i].name, commands[i].args);

		/* what is long has its explanation on the next line */
		printf("%s%*s%s%s\n", len > HELP_COLUMN - 1 ? "\n" : "",
		       len > HELP_COLUMN - 1 ? HELP_COLUMN : HELP_COLUMN - len, "",
		       commands[i].help, commands[i].run ? "" : " (not supported yet)");
	}
	puts("\nvrrpctl help COMMAND explains one.\n\n"
	     "exit status: 0 done, 1 refused or failed, 2 usage, 3 the daemon cannot be reached");
}

static bool has_options(const char *command)
{
	for (int i = 0; i < OPTION_COUNT_; i++)
		if (ctl_options[i].command && strcmp(ctl_options[i].command, command) == 0)
			return true;
	return false;
}

/* help [COMMAND] */
enum ctl_exit ctl_help(const struct ctl *ctl)
{
	const struct command *c;

	if (ctl->arg_count == 0) {
		ctl_print_usage();
		return CTL_DONE;
	}
	c = ctl_find_command(ctl->arg[0]);
	if (!c)
		return CTL_USAGE;
	printf("usage: vrrpctl [-s STATE_DIR] [-j] %s%s%s\n\n%s\n", c->name,
	       c->args[0] != '\0' ? " " : "", c->args, c->help);
	if (c->more)
		printf("\n%s\n", c->more);
	if (has_options(c->name)) {
		putchar('\n');
		print_options(c->name);
	}
	return CTL_DONE;
}
