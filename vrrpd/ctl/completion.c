/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completions for bash and zsh, written from the tables of command.c. Names of instances are asked for while somebody types: the daemon
 * knows them, and says nothing if it is not there.
 */
#include "command.h"

#include <string.h>

/* Prints the names of all instances, whatever is between "name": and the end of the string. */
static const char names_command[] = "vrrpctl \"${state_dir[@]}\" -j counters 2>/dev/null | "
				    "sed -n 's/.*\"name\": \"\\([^\"]*\\)\".*/\\1/p'";

/* In single quotes of a shell: there are none in our texts that would end them, which a test sees to. */
static const char *place_bash(enum place place)
{
	switch (place) {
	case PLACE_NAME:
		return "$(_vrrpctl_names)";
	case PLACE_NAME_ALL:
		return "all $(_vrrpctl_names)";
	case PLACE_COMMAND:
		return "$commands";
	case PLACE_FORCE:
	case PLACE_EXPECT:
	case PLACE_SHELL:
		return ctl_place_words(place);
	case PLACE_NONE:
	case PLACE_TEXT:
	case PLACE_FILE:
	case PLACE_CHECK:
	case PLACE_DIRECTORY:
		break;
	}
	return "";
}

static void print_place_bash(enum place place)
{
	if (place == PLACE_FILE)
		puts("COMPREPLY=($(compgen -f -- \"$word\"))");
	else if (place == PLACE_CHECK)
		puts("if [[ \" ${words[*]} \" == *' --nagios '* ]]; then\n"
		     "\t\t\t\tCOMPREPLY=($(compgen -W \"$(_vrrpctl_names)\" -- \"$word\"))\n"
		     "\t\t\telse\n\t\t\t\tCOMPREPLY=($(compgen -f -- \"$word\"))\n\t\t\tfi");
	else if (place == PLACE_DIRECTORY)
		puts("COMPREPLY=($(compgen -d -- \"$word\"))");
	else
		printf("COMPREPLY=($(compgen -W \"%s\" -- \"$word\"))\n", place_bash(place));
}

/* The options of a command and those of all. */
static void print_options_bash(const char *command)
{
	for (int i = 0; i < OPTION_COUNT_; i++) {
		const struct option_info *o = &ctl_options[i];
		char text[OPTION_TEXT_MAX];

		if (!o->command || strcmp(o->command, command) == 0)
			printf(" %s", ctl_option_text((enum option_id)i, text));
	}
}

/* What follows an option that takes a value, and which words are values. */
static void print_values_bash(void)
{
	puts("\tcase $previous in");
	for (int i = 0; i < OPTION_COUNT_; i++) {
		char text[OPTION_TEXT_MAX];

		if (!ctl_options[i].value)
			continue;
		printf("\t%s)\n\t\t", ctl_option_text((enum option_id)i, text));
		print_place_bash(ctl_options[i].place);
		puts("\t\treturn ;;");
	}
	puts("\tesac");
}

/* The others: the state directory is wanted. */
static void print_value_pattern(void)
{
	const char *separator = "";

	for (int i = 0; i < OPTION_COUNT_; i++) {
		char text[OPTION_TEXT_MAX];

		if (!ctl_options[i].value || i == OPTION_STATE_DIR)
			continue;
		printf("%s%s", separator, ctl_option_text((enum option_id)i, text));
		separator = "|";
	}
}

static void print_commands_bash(void)
{
	const struct command *c;

	puts("\tcase $command in");
	for (size_t i = 0; (c = ctl_command(i)); i++) {
		printf("\t%s)\n\t\toptions=\"", c->name);
		print_options_bash(c->name);
		puts("\"\n\t\tcase $arguments in");
		for (int k = 0; k < c->args_max; k++) {
			printf("\t\t%d) ", k);
			print_place_bash(c->places[k]);
			puts("\t\t\t;;");
		}
		puts("\t\tesac ;;");
	}
	puts("\tesac");
}

/*
 * Words as the shell has them: readline ends its own also at signs that a name may have. What is offered has to begin where readline's
 * word does, which is behind a : and at an @.
 */
static void print_words_bash(void)
{
	puts("\tlocal rest=${COMP_LINE:0:COMP_POINT} words=() i\n"
	     "\tfor ((i = 0; i <= COMP_CWORD; i++)); do\n"
	     "\t\tif [[ $i == 0 || $rest == [[:space:]]* ]]; then\n"
	     "\t\t\twords+=(\"${COMP_WORDS[i]}\")\n"
	     "\t\t\trest=${rest#\"${rest%%[![:space:]]*}\"}\n"
	     "\t\telse\n\t\t\twords[${#words[@]}-1]+=${COMP_WORDS[i]}\n\t\tfi\n"
	     "\t\trest=${rest#\"${COMP_WORDS[i]}\"}\n\tdone\n"
	     "\tlocal last=$((${#words[@]} - 1)) piece=${COMP_WORDS[COMP_CWORD]}\n"
	     "\tlocal word=${words[last]} previous=${words[last-1]}\n"
	     "\tlocal before=''\n"
	     "\tif [[ $piece != \"$word\" ]]; then\n"
	     "\t\tbefore=${word%\"${word##*[:@]}\"}\n"
	     "\t\tbefore=${before%@}\n\tfi");
}

static void print_bash(void)
{
	const struct command *c;

	printf("# Written by `vrrpctl completion bash`.\n"
	       "_vrrpctl_names()\n{\n\t%s\n}\n\n"
	       "_vrrpctl()\n{\n",
	       names_command);
	print_words_bash();
	printf("\tlocal command='' options='' arguments=0 state_dir=() commands=\"");
	for (size_t i = 0; (c = ctl_command(i)); i++)
		printf("%s%s", i == 0 ? "" : " ", c->name);
	puts("\"\n\tCOMPREPLY=()\n\tfor ((i = 1; i < last; i++)); do\n"
	     "\t\tcase ${words[i]} in\n"
	     "\t\t-s) state_dir=(-s \"${words[i+1]}\"); i=$((i + 1)) ;;");
	printf("\t\t");
	print_value_pattern();
	puts(") i=$((i + 1)) ;;\n"
	     "\t\t-*) ;;\n"
	     "\t\t*) if [[ -z $command ]]; then command=${words[i]};"
	     " else arguments=$((arguments + 1)); fi ;;\n"
	     "\t\tesac\n\tdone");
	print_values_bash();
	print_commands_bash();
	printf("\tif [[ -z $command ]]; then\n\t\toptions=\"");
	print_options_bash("");
	puts("\"\n\t\tCOMPREPLY=($(compgen -W \"$commands\" -- \"$word\"))\n\tfi\n"
	     "\tif [[ $word == -* ]]; then\n"
	     "\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n\tfi\n"
	     "\tCOMPREPLY=(\"${COMPREPLY[@]#\"$before\"}\")\n}\n"
	     "complete -F _vrrpctl vrrpctl");
}

/* ":MESSAGE:ACTION" of zsh's _arguments. */
static void print_place_zsh(const char *message, enum place place)
{
	printf(":%s:", message);
	switch (place) {
	case PLACE_NAME:
		printf("_vrrpctl_names");
		break;
	case PLACE_NAME_ALL:
		printf("_vrrpctl_names_all");
		break;
	case PLACE_FILE:
		printf("_files");
		break;
	case PLACE_CHECK:
		printf("_vrrpctl_check");
		break;
	case PLACE_DIRECTORY:
		printf("_files -/");
		break;
	case PLACE_COMMAND:
		printf("_vrrpctl_commands");
		break;
	case PLACE_FORCE:
	case PLACE_EXPECT:
	case PLACE_SHELL:
		printf("(%s)", ctl_place_words(place));
		break;
	case PLACE_NONE:
	case PLACE_TEXT:
		printf(" ");
		break;
	}
}

/* A quote in single quotes, and what _arguments would take for its own. */
static void print_quoted(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (strchr("[]:\\", *text))
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

/* Those of a command; NULL: those of all. */
static void print_options_zsh(const char *command)
{
	for (int i = 0; i < OPTION_COUNT_; i++) {
		const struct option_info *o = &ctl_options[i];
		char text[OPTION_TEXT_MAX];

		if (command ? !o->command || strcmp(o->command, command) != 0 : o->command != NULL)
			continue;
		printf(" \\\n\t\t'%s[", ctl_option_text((enum option_id)i, text));
		print_quoted(o->help);
		putchar(']');
		if (o->value)
			print_place_zsh(o->value, o->place);
		putchar('\'');
	}
}

static void print_zsh(void)
{
	const struct command *c;

	printf("#compdef vrrpctl\n# Written by `vrrpctl completion zsh`.\n"
	       "_vrrpctl_list()\n{\n\t%s\n}\n"
	       "_vrrpctl_names() { compadd \"$@\" -- ${(f)\"$(_vrrpctl_list)\"} }\n"
	       "_vrrpctl_names_all() { compadd \"$@\" -- all ${(f)\"$(_vrrpctl_list)\"} }\n"
	       "_vrrpctl_check()\n{\n"
	       "\tif (( ${words[(I)--nagios]} )); then _vrrpctl_names \"$@\"; else _files \"$@\"; fi\n}\n\n"
	       "_vrrpctl_commands()\n{\n\tlocal commands=(",
	       names_command);
	for (size_t i = 0; (c = ctl_command(i)); i++) {
		printf("\n\t\t'%s:", c->name);
		print_quoted(c->help);
		putchar('\'');
	}
	printf("\n\t)\n\t_describe command commands\n}\n\n"
	       "_vrrpctl()\n{\n\tlocal context state line\n\tlocal -A opt_args\n\t_arguments -C");
	print_options_zsh(NULL);
	/* the command's own _arguments forget what stood before it */
	puts(" \\\n\t\t'1: :_vrrpctl_commands' '*:: :->arguments'\n"
	     "\t[[ $state == arguments ]] || return\n\tlocal state_dir=()\n"
	     "\t[[ -z ${opt_args[-s]} ]] || state_dir=(-s \"${opt_args[-s]}\")\n\tcase $words[1] in");
	for (size_t i = 0; (c = ctl_command(i)); i++) {
		printf("\t%s)\n\t\t_arguments", c->name);
		print_options_zsh(c->name);
		for (int k = 0; k < c->args_max; k++) {
			printf(" \\\n\t\t'%d", k + 1);
			print_place_zsh(" ", c->places[k]);
			putchar('\'');
		}
		puts(" ;;");
	}
	/* found in $fpath it is called at once, read by `source` it is made known */
	puts("\tesac\n}\n\nif [[ $funcstack[1] == _vrrpctl ]]; then\n\t_vrrpctl \"$@\"\n"
	     "else\n\tcompdef _vrrpctl vrrpctl\nfi");
}

enum ctl_exit ctl_completion(const struct ctl *ctl)
{
	if (strcmp(ctl->arg[0], "bash") == 0) {
		print_bash();
	} else if (strcmp(ctl->arg[0], "zsh") == 0) {
		print_zsh();
	} else {
		ctl_complain("completion knows bash and zsh, not %s", ctl->arg[0]);
		return CTL_USAGE;
	}
	return CTL_DONE;
}
