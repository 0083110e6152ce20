/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Import from the first byte to the last: read, name, translate, report.
 */
#include "conf/import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/import_read.h"
#include "conf/import_translate.h"
#include "conf/source.h"

/* `global { script-user = root }`, if scripts have nobody to run them. */
static void write_late_global(struct import *x)
{
	if (x->global_written || !import_needs_user(x))
		return;
	buffer_text(&x->out, "\nglobal {\n  script-user = root\n}\n");
}

static void translate(struct import *x)
{
	import_names(x);
	import_twins(x);
	import_bfd_twins(x);
	import_block(x, &x->root, IN_ROOT);
	write_late_global(x);
	import_comments(x, &x->root.inside);
	while (x->out.len > 1 && strcmp(x->out.data + x->out.len - 2, "\n\n") == 0)
		x->out.data[--x->out.len] = '\0';
	if (x->instances == 0)
		report_error(&x->report, (struct place){ 0, 0 },
			     "there is no vrrp_instance that could be imported: vrrpd needs one");
}

static void read_text(struct import *x, const char *name, const char *directory, char *text,
		      const struct import_options *options)
{
	struct import_reader r = {
		.options = options,
		.report = &x->report,
		.memory = &x->memory,
		.at = { report_file(&x->report, name), 1 },
		.open = &x->root,
		.directory = directory,
		.file_count = 1,
	};

	import_read_lines(&r, text);
	import_read_end(&r);
}

/* The result, or why there is none; everything else ends here. */
static int finish(struct import *x, char **ret)
{
	char *text = NULL;
	int rc = 0;

	report_finish(&x->report);
	if (x->memory.failed || x->report.failed || !(text = buffer_take(&x->out)))
		rc = -ENOMEM;
	else if (x->instances == 0)
		rc = -EINVAL;
	if (rc == 0)
		*ret = text;
	else
		free(text);
	report_done(&x->report);
	import_memory_done(&x->memory);
	buffer_done(&x->out);
	return rc;
}

/* Takes a text that is read already; modifies it. */
static int import_source(const char *name, const char *directory, char *text, size_t len,
			 const struct import_options *options, char **ret,
			 struct conf_problems *ret_problems)
{
	struct import x = { .report = { .problems = ret_problems } };
	const char *why;
	unsigned int line;

	if (source_clean(text, &len, &why, &line) < 0) {
		struct place at = { report_file(&x.report, name), line };

		report_error(&x.report, at, "%s", why);
		return finish(&x, ret);
	}
	read_text(&x, name, directory, text, options);
	translate(&x);
	return finish(&x, ret);
}

/* "dir/" of "dir/file", "" of "file"; to be freed. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? strndup(path, (size_t)(slash - path) + 1) : strdup("");
}

int import_file(const char *path, const struct import_options *options, char **ret,
		struct conf_problems *ret_problems)
{
	struct report report = { .problems = ret_problems };
	struct source source;
	const char *why;
	char *directory;
	int rc;

	*ret_problems = (struct conf_problems){ .items = NULL };
	rc = source_read(path, &source, &why);
	if (rc < 0) {
		report_error(&report, (struct place){ report_file(&report, path), 0 }, "%s", why);
		report_done(&report);
		return rc;
	}
	directory = directory_of(path);
	rc = directory ? import_source(path, directory, source.text, source.len, options, ret,
				       ret_problems)
		       : -ENOMEM;
	free(directory);
	source_done(&source);
	return rc;
}

int import_text(const char *name, const char *text, size_t len,
		const struct import_options *options, char **ret,
		struct conf_problems *ret_problems)
{
	char *copy = malloc(len + 1);
	int rc;

	*ret_problems = (struct conf_problems){ .items = NULL };
	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, len);
	copy[len] = '\0';
	rc = import_source(name, NULL, copy, len, options, ret, ret_problems);
	free(copy);
	return rc;
}

void import_problems_print(const struct conf_problems *problems, FILE *out)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct conf_problem *p = &problems->items[i];

		fputs(p->file, out);
		if (p->line > 0)
			fprintf(out, ":%u", p->line);
		fprintf(out, ": %s%s\n", p->warning ? "note: " : "", p->text);
	}
}
