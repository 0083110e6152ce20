/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files and what they include. Each file is read once: that ends circles and chains that grow,
 * and what would be there twice is said clearly. A pattern is taken from the directory of the
 * file that has it; what it matches comes in the order of names.
 */
#include "conf/load.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/grow.h"
#include "conf/loader.h"
#include "conf/prescan.h"
#include "conf/source.h"

/* Reads a text in memory, which is changed on the way. 0 or -ENOMEM. */
static int read_text(struct loader *l, const char *path, char *text, size_t len)
{
	struct reading reading = {
		.outer = l->reading,
		.file = report_file(l->report, path),
		.path = path,
	};
	struct prescan scan;
	const char *why;
	unsigned int line;

	if (source_clean(text, &len, &why, &line) < 0) {
		report_error(l->report, (struct place){ reading.file, line }, "%s", why);
		return 0;
	}
	int rc = prescan(l->report, reading.file, text, len, &scan);

	if (rc == 0) {
		reading.scan = &scan;
		l->reading = &reading;
		rc = bridge_parse(l);
		l->reading = reading.outer;
	}
	prescan_done(&scan);
	return rc;
}

static const struct known_file *known_find(const struct loader *l, const struct source *source)
{
	for (size_t i = 0; i < l->known_count; i++)
		if (l->known[i].device == source->device && l->known[i].inode == source->inode)
			return &l->known[i];
	return NULL;
}

static int known_add(struct loader *l, const struct source *source, struct place included_at)
{
	struct known_file *known = grow(l->known, &l->known_cap, l->known_count, sizeof(*known));

	if (!known)
		return -ENOMEM;
	l->known = known;
	l->known[l->known_count++] = (struct known_file){
		.device = source->device,
		.inode = source->inode,
		.included_at = included_at,
		.being_read = true,
	};
	return 0;
}

/* Includes */

static void report_known(struct loader *l, const char *path, const struct known_file *known,
			 struct place at)
{
	if (known->being_read)
		report_error(l->report, at, "include \"%s\": this file includes itself",
			     show(path).text);
	else
		report_error(l->report, at, "include \"%s\": it is included twice, first in %s",
			     show(path).text, report_where(l->report, known->included_at, at).text);
}

static void include_file(struct loader *l, const char *path, struct place at)
{
	struct source source;
	const char *why;
	int rc = source_read(path, &source, &why);

	if (rc == -ENOMEM) {
		l->report->failed = true;
		return;
	}
	if (rc < 0) {
		report_error(l->report, at, "include \"%s\": %s", show(path).text, why);
		return;
	}
	const struct known_file *known = known_find(l, &source);
	size_t number = l->known_count;

	if (known)
		report_known(l, path, known, at);
	else if (number >= CONF_FILES_MAX)
		report_error(l->report, at, "include \"%s\": more than %d files", show(path).text,
			     CONF_FILES_MAX);
	else if (known_add(l, &source, at) < 0 || read_text(l, path, source.text, source.len) < 0)
		l->report->failed = true;
	else
		l->known[number].being_read = false;
	source_done(&source);
}

static unsigned int depth_of(const struct reading *reading)
{
	unsigned int depth = 0;

	for (; reading; reading = reading->outer)
		depth++;
	return depth;
}

/* The pattern from the directory of the file that includes; the caller frees it. */
static char *pattern_path(const struct reading *reading, const char *pattern)
{
	const char *slash = strrchr(reading->path, '/');
	struct buffer path = { .data = NULL };

	if (pattern[0] != '/' && slash)
		buffer_add(&path, reading->path, (size_t)(slash - reading->path) + 1);
	buffer_text(&path, pattern);
	return buffer_take(&path);
}

/* glob: a directory that is not there matches nothing; one that cannot be read ends it. */
static int on_glob_error(const char *path, int error)
{
	(void)path;
	return error != ENOENT && error != ENOTDIR;
}

static void include_matches(struct loader *l, const char *pattern, struct place at)
{
	glob_t matches;

	switch (glob(pattern, 0, on_glob_error, &matches)) {
	case 0:
		for (size_t i = 0; i < matches.gl_pathc && !report_full(l->report); i++)
			include_file(l, matches.gl_pathv[i], at);
		globfree(&matches);
		break;
	case GLOB_NOMATCH:
		report_warning(l->report, at, "include \"%s\": there is no such file",
			       show(pattern).text);
		break;
	case GLOB_ABORTED:
		report_error(l->report, at, "include \"%s\": a directory in it cannot be read",
			     show(pattern).text);
		break;
	default:
		l->report->failed = true;
		break;
	}
}

void loader_include(struct loader *l, const char *pattern, struct place at)
{
	char *path = pattern_path(l->reading, pattern);

	if (!path)
		l->report->failed = true;
	else if (!l->may_include)
		report_error(l->report, at, "include \"%s\": only a file can include others",
			     show(pattern).text);
	else if (pattern[0] == '\0')
		report_error(l->report, at, "include \"\": the path is empty");
	else if (depth_of(l->reading) > CONF_INCLUDE_DEPTH_MAX)
		report_error(l->report, at, "include \"%s\": more than %d files inside each other",
			     show(path).text, CONF_INCLUDE_DEPTH_MAX);
	else if (strpbrk(path, "*?["))
		include_matches(l, path, at);
	else
		include_file(l, path, at);
	free(path);
}

/* The way in */

static int loader_open(struct loader *l)
{
	int rc = bridge_open(l);

	if (rc < 0)
		bridge_close(l);
	return rc;
}

static void loader_close(struct loader *l)
{
	bridge_close(l);
	free(l->known);
}

int load_file(struct report *report, struct draft *draft, const struct conf_host *host,
	      const char *path)
{
	struct loader l = { .report = report, .draft = draft, .host = host, .may_include = true };
	struct source source;
	const char *why;
	int rc = source_read(path, &source, &why);

	if (rc == -ENOMEM)
		return rc;
	if (rc < 0) {
		struct place at = { report_file(report, path), 0 };

		report_error(report, at, "%s", why);
		return rc;
	}
	rc = loader_open(&l);
	if (rc == 0)
		rc = known_add(&l, &source, (struct place){ 0, 0 });
	if (rc == 0)
		rc = read_text(&l, path, source.text, source.len);
	loader_close(&l);
	source_done(&source);
	return rc;
}

int load_text(struct report *report, struct draft *draft, const char *name, const char *text,
	      size_t len)
{
	struct loader l = { .report = report, .draft = draft };
	char *copy = malloc(len + 1);
	int rc = copy ? loader_open(&l) : -ENOMEM;

	if (rc == 0) {
		memcpy(copy, text, len);
		rc = read_text(&l, name, copy, len);
		loader_close(&l);
	}
	free(copy);
	return rc;
}
