/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of iproute2: a number and a name a line, # begins a comment. Newer releases have them below /usr/share, and in directories
 * beside for what packages add; what stands in /etc comes first.
 */
#include "conf/host_names.h"

#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/number.h"

struct builtin {
	enum host_names which;
	const char *name;
	uint32_t number;
};

static const struct builtin builtins[] = {
	{ HOST_TABLES, "default", 253 }, { HOST_TABLES, "main", 254 },
	{ HOST_TABLES, "local", 255 },   { HOST_PROTOCOLS, "redirect", 1 },
	{ HOST_PROTOCOLS, "kernel", 2 }, { HOST_PROTOCOLS, "boot", 3 },
	{ HOST_PROTOCOLS, "static", 4 }, { HOST_PROTOCOLS, "ra", 9 },
	{ HOST_PROTOCOLS, "zebra", 11 }, { HOST_PROTOCOLS, "bird", 12 },
	{ HOST_PROTOCOLS, "dhcp", 16 },  { HOST_PROTOCOLS, "keepalived", 18 },
	{ HOST_PROTOCOLS, "babel", 42 }, { HOST_PROTOCOLS, "bgp", 186 },
	{ HOST_PROTOCOLS, "isis", 187 }, { HOST_PROTOCOLS, "ospf", 188 },
	{ HOST_PROTOCOLS, "rip", 189 },  { HOST_SCOPES, "global", 0 },
	{ HOST_SCOPES, "universe", 0 },  { HOST_SCOPES, "site", 200 },
	{ HOST_SCOPES, "link", 253 },    { HOST_SCOPES, "host", 254 },
};

static const char *const files[] = {
	[HOST_TABLES] = "rt_tables",
	[HOST_PROTOCOLS] = "rt_protos",
	[HOST_SCOPES] = "rt_scopes",
	[HOST_TOS] = "rt_dsfield",
};

/* "5 uplink", "0x64 fast"; false for any other line and for other names. */
static bool line_has(char *line, const char *name, uint32_t max, uint32_t *ret)
{
	const char *number, *found;
	char *rest = NULL;

	line[strcspn(line, "#\n")] = '\0';
	number = strtok_r(line, " \t", &rest);
	found = strtok_r(NULL, " \t", &rest);
	return number && found && strcmp(found, name) == 0 && number_parse(number, max, ret) == 0;
}

static bool file_has(const char *path, const char *name, uint32_t max, uint32_t *ret)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	bool found = false;

	if (!in)
		return false;
	while (!found && getline(&line, &cap, in) > 0)
		found = line_has(line, name, max, ret);
	free(line);
	fclose(in);
	return found;
}

static bool files_have(const char *pattern, const char *name, uint32_t max, uint32_t *ret)
{
	glob_t matches;
	bool found = false;

	if (glob(pattern, 0, NULL, &matches) != 0)
		return false;
	for (size_t i = 0; i < matches.gl_pathc && !found; i++)
		found = file_has(matches.gl_pathv[i], name, max, ret);
	globfree(&matches);
	return found;
}

static bool host_has(enum host_names which, const char *name, uint32_t max, uint32_t *ret)
{
	static const char *const places[] = { "/etc/iproute2/%s", "/etc/iproute2/%s.d/*.conf",
					      "/usr/share/iproute2/%s",
					      "/usr/share/iproute2/%s.d/*.conf",
					      "/usr/lib/iproute2/%s" };
	char pattern[128];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *place = places[i], *hole = strstr(place, "%s");

		snprintf(pattern, sizeof(pattern), "%.*s%s%s", (int)(hole - place), place,
			 files[which], hole + strlen("%s"));
		if (files_have(pattern, name, max, ret))
			return true;
	}
	return false;
}

int host_number(enum host_names which, const char *word, uint32_t max, uint32_t *ret)
{
	int rc = number_parse(word, max, ret);

	if (rc != -EINVAL)
		return rc;
	for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++) {
		if (builtins[i].which == which && strcmp(builtins[i].name, word) == 0) {
			*ret = builtins[i].number;
			return 0;
		}
	}
	return host_has(which, word, max, ret) ? 0 : -EINVAL;
}
