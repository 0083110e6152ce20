/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands: notify hooks and scripts, and who runs them. keepalived gives the words of a command
 * to a program as they are; vrrpd gives a line with a shell's signs to a shell, which is what most
 * authors meant, but not what they had.
 */
#include <string.h>

#include "conf/import_translate.h"
#include "conf/value.h"

/* keepalived's signs for what vrrpd has by the same name, with a dash. */
static const struct {
	const char *theirs, *ours;
} hooks[] = {
	{ "notify", "notify" },
	{ "notify_master", "notify-master" },
	{ "notify_backup", "notify-backup" },
	{ "notify_fault", "notify-fault" },
	{ "notify_stop", "notify-stop" },
};

/* Is there something outside of quotes that a shell takes for more than a letter? */
static bool means_something_to_a_shell(const char *command)
{
	char quote = '\0';

	if (command[0] == '<')
		return false; /* the one thing for which keepalived asks a shell too */
	for (; *command; command++) {
		if (*command == quote)
			quote = '\0';
		else if (!quote && (*command == '\'' || *command == '"'))
			quote = *command;
		else if (quote != '\'' && strchr("$`", *command))
			return true;
		else if (!quote && strchr("|&;<>()*?~", *command))
			return true;
	}
	return false;
}

static void check_command(struct import *x, const struct import_node *n, const char *command)
{
	if (means_something_to_a_shell(command))
		import_lost(
			x, n,
			"%s: keepalived runs this without a shell, so that signs like | and > are words; vrrpd uses a shell: check that this is meant: %s",
			import_name(n), show(command).text);
}

/* Who runs scripts that name nobody; NULL if the file does not say. */
static const char *script_user(const struct import *x)
{
	const struct import_node *n = import_global(x, "script_user");

	return n && import_arg(n, 0)[0] ? import_arg(n, 0) : NULL;
}

static bool is_hook(const char *keyword)
{
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		if (strcmp(keyword, hooks[i].theirs) == 0)
			return true;
	return false;
}

bool import_needs_user(const struct import *x)
{
	if (script_user(x))
		return false;
	for (const struct import_node *n = x->root.first; n; n = n->next) {
		if (strcmp(import_name(n), "vrrp_script") == 0 && !import_child(n, "user"))
			return true;
		for (const struct import_node *c = n->first; c; c = c->next)
			if (is_hook(import_name(c)))
				return true;
	}
	return false;
}

/* What a file leaves open about who runs scripts, and which: said at the first of them. */
static void say_who_runs(struct import *x, const struct import_node *n)
{
	if (!x->user_said && import_needs_user(x)) {
		x->user_said = true;
		import_note(
			x, n,
			"without script_user, keepalived runs scripts as keepalived_script if there is such a user, else as root: script-user = root was written, choose one with less power");
	}
	if (!x->safety_said && !import_global(x, "enable_script_security")) {
		x->safety_said = true;
		import_note(
			x, n,
			"vrrpd refuses scripts that others than root and their user can write, keepalived only with enable_script_security: check who can write them, and their directories");
	}
}

/* What keepalived does with a check that it cannot run: said at the first one. */
static void say_missing(struct import *x, const struct import_node *n)
{
	if (x->missing_said)
		return;
	x->missing_said = true;
	import_note(
		x, n,
		"a script that is not there or cannot be run is as good as not tracked in keepalived, and has failed in vrrpd: `vrrpd -t` on the router names those");
}

void import_write_hook(struct import *x, const struct import_node *n)
{
	const char *command = import_arg(n, 0), *user = import_arg(n, 1);

	if (command[0] == '\0') {
		import_lost(x, n, "%s without a command: drop the line", import_name(n));
		import_left_out(x, n);
		return;
	}
	check_command(x, n, command);
	say_who_runs(x, n);
	if (user[0] && (!script_user(x) || strcmp(user, script_user(x)) != 0))
		import_lost(
			x, n,
			"%s as user %s: hooks run as script-user: change to that user in the hook, or make it script-user; if that word is an argument, put quotes around the whole command",
			import_name(n), show(user).text);
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		if (strcmp(import_name(n), hooks[i].theirs) == 0)
			import_value(x, n, hooks[i].ours, command);
}

/* The last of a script's `script`, a process' `process` and a file's `file`. */
void import_write_text(struct import *x, const struct import_node *n)
{
	bool script = strcmp(import_name(n), "script") == 0;
	bool process = strcmp(import_name(n), "process") == 0;
	struct buffer command = { .data = NULL };

	buffer_text(&command, import_arg(n, 0));
	for (size_t i = 1; process && i + 1 < n->word_count; i++)
		buffer_printf(&command, " %s", import_arg(n, i));
	if (command.failed)
		x->memory.failed = true;
	if (!process && n->word_count > 2)
		import_lost(
			x, n,
			"%s: keepalived ignores the words behind the first: put quotes around all of it if they are meant",
			import_name(n));
	if (script) {
		check_command(x, n, import_arg(n, 0));
		say_who_runs(x, n);
		say_missing(x, n);
	}
	const char *value = command.failed ? "" : command.data;

	if (value[0] == '\0' || (!script && !process && value[0] != '/')) {
		import_lost(x, n, "%s \"%s\" is no %s: fill it in, a stand-in is there",
			    import_name(n), show(value).text,
			    script || process ? "command" : "path that begins with /");
		value = script || process ? "/bin/true" : "/dev/null";
	}
	import_value(x, n, script || process ? "command" : "path", value);
	buffer_done(&command);
}

/* `user NAME [GROUP]` of a script, and script_user. */
void import_write_user(struct import *x, const struct import_node *n)
{
	const char *user = import_arg(n, 0), *group = import_arg(n, 1);
	bool global = strcmp(import_name(n), "script_user") == 0;

	if (!name_ok(user)) {
		import_lost(x, n, "%s \"%s\" is no name of a user%s: fill it in", import_name(n),
			    show(user).text, import_template_hint(user));
		import_left_out(x, n);
		return;
	}
	if (group[0] && strcmp(group, user) != 0)
		import_lost(
			x, n,
			"group %s has no equivalent: scripts run with all groups of their user; make user %s a member",
			show(group).text, user);
	import_value(x, n, global ? "script-user" : "user", user);
}
