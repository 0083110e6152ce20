/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vrrpd: the command line. The program is executed under another name for each of its processes;
 * called by a user it checks the configuration, tells its version, or becomes the supervisor.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build_info.h"
#include "conf/conf.h"
#include "role.h"
#include "runner.h"
#include "web.h"

static const char usage[] = "usage: vrrpd [-f FILE] [-t] [-s STATE_DIR] [-T] [-v ...] [-V]\n"
			    "  -f FILE       configuration, default /etc/vrrpd/vrrpd.conf\n"
			    "  -t            check the configuration and exit\n"
			    "  -s STATE_DIR  run-time directory, default /run/vrrpd\n"
			    "  -T            take over from the daemon that runs on STATE_DIR\n"
			    "  -v            log more; may be repeated\n"
			    "  -V            version, build options and library versions\n";

static int check(const char *path)
{
	struct conf_problems problems;
	struct settings *s = NULL;
	char summary[512];
	int status = conf_load_on(&conf_this_host, path, &s, &problems);

	conf_problems_print(&problems, stderr);
	if (status == -ENOMEM) {
		fprintf(stderr, "vrrpd: %s cannot be read: %s\n", path, strerror(-status));
		return EXIT_INTERNAL;
	}
	if (status == 0) {
		conf_summary(path, s, &problems, summary, sizeof(summary));
		puts(summary);
	}
	conf_problems_done(&problems);
	settings_free(s);
	return status == 0 ? EXIT_CLEAN : EXIT_CONFIGURATION;
}

static int show_version(void)
{
	printf("vrrpd %s\n%s\n%s\n", vrrpd_version, build_info(), build_formats());
	return EXIT_CLEAN;
}

/* What could not be written was not done. */
static int close_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "vrrpd: cannot write to standard output: %s\n", strerror(errno));
	return status == EXIT_CLEAN ? EXIT_INTERNAL : status;
}

/*
 * A standard stream that is closed would become the next file that is opened, and get what is meant
 * for a terminal.
 */
static void fill_standard_streams(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	struct options options = {
		.config_path = "/etc/vrrpd/vrrpd.conf",
		.state_dir = "/run/vrrpd",
		.argv = argv,
	};
	bool check_only = false;
	int option;

	if (argc == 1 && strcmp(argv[0], ROLE_PROTOCOL) == 0)
		return protocol_main();
	if (argc == 1 && strcmp(argv[0], ROLE_RUNNER) == 0)
		return runner_main();
	if (argc == 1 && strcmp(argv[0], ROLE_WEB) == 0)
		return web_main();
	if (argc == 1 && strcmp(argv[0], ROLE_SUCCESSOR) == 0)
		return successor_main();
	fill_standard_streams();
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
		return close_output(EXIT_CLEAN);
	}
	while ((option = getopt(argc, argv, "f:ts:TvVh")) != -1) {
		switch (option) {
		case 'f':
			options.config_path = optarg;
			break;
		case 't':
			check_only = true;
			break;
		case 's':
			options.state_dir = optarg;
			break;
		case 'T':
			options.take_over = true;
			break;
		case 'v':
			options.verbosity++;
			break;
		case 'V':
			return close_output(show_version());
		case 'h':
			fputs(usage, stdout);
			return close_output(EXIT_CLEAN);
		default:
			fputs(usage, stderr);
			return EXIT_CONFIGURATION;
		}
	}
	if (optind != argc) {
		fprintf(stderr, "vrrpd: unexpected argument \"%s\"\n%s", argv[optind], usage);
		return EXIT_CONFIGURATION;
	}
	return check_only ? close_output(check(options.config_path)) : supervisor_main(&options);
}
