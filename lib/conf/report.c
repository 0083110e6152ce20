/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collects problems, bounded, and puts them in the order in which a reader of the files meets
 * them. Text of the user's goes into a message only through show(), so that a message is always
 * short, printable and fit for JSON.
 */
#include "conf/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/buffer.h"
#include "conf/grow.h"

unsigned int report_file(struct report *r, const char *name)
{
	char **files = grow(r->files, &r->file_cap, r->file_count, sizeof(*files));

	if (files)
		r->files = files;
	char *copy = files ? strdup(name) : NULL;

	if (!copy) {
		r->failed = true;
		return 0;
	}
	r->files[r->file_count] = copy;
	return (unsigned int)r->file_count++;
}

static void problem_free(struct conf_problem *p)
{
	free(p->file);
	free(p->text);
}

/* Takes the text, which may be NULL for lack of memory. */
static void problem_append(struct report *r, struct place at, bool warning, char *text)
{
	struct conf_problems *list = r->problems;
	struct conf_problem *items = grow(list->items, &list->cap, list->count, sizeof(*items));

	if (items)
		list->items = items;
	struct conf_problem p = {
		.file = at.file < r->file_count ? strdup(r->files[at.file]) : NULL,
		.line = at.line,
		.warning = warning,
		.text = text,
		.file_order = at.file,
	};

	if (!items || !p.file || !p.text) {
		problem_free(&p);
		r->failed = true;
		return;
	}
	list->items[list->count++] = p;
}

__attribute__((format(printf, 4, 0))) static void problem_add(struct report *r, struct place at,
							      bool warning, const char *format,
							      va_list ap)
{
	struct conf_problems *list = r->problems;
	char *text;

	if (!warning)
		list->errors++;
	/* warnings leave room for errors */
	if (list->count >= (warning ? CONF_PROBLEMS_MAX / 2 : CONF_PROBLEMS_MAX)) {
		list->dropped++;
		return;
	}
	if (vasprintf(&text, format, ap) < 0)
		text = NULL;
	problem_append(r, at, warning, text);
}

void report_error(struct report *r, struct place at, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	problem_add(r, at, false, format, ap);
	va_end(ap);
}

void report_warning(struct report *r, struct place at, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	problem_add(r, at, true, format, ap);
	va_end(ap);
}

bool report_full(const struct report *r)
{
	const struct conf_problems *list = r->problems;

	return r->failed || (list->count >= CONF_PROBLEMS_MAX && list->dropped > 0);
}

static char printable(char c)
{
	return c >= ' ' && c <= '~' ? c : '?';
}

struct shown show_slice(const char *text, size_t len)
{
	struct shown s;
	size_t room = sizeof(s.text) - 1;
	size_t n = len < room ? len : room;

	for (size_t i = 0; i < n; i++)
		s.text[i] = printable(text[i]);
	s.text[n] = '\0';
	if (len > room)
		memcpy(s.text + room - 3, "...", 3);
	return s;
}

struct shown show(const char *text)
{
	return show_slice(text, strlen(text));
}

void make_printable(char *text)
{
	for (; *text; text++)
		*text = printable(*text);
}

struct where report_where(const struct report *r, struct place there, struct place here)
{
	struct where w;

	if (there.file == here.file || there.file >= r->file_count)
		snprintf(w.text, sizeof(w.text), "line %u", there.line);
	else
		snprintf(w.text, sizeof(w.text), "%s:%u", r->files[there.file], there.line);
	make_printable(w.text);
	return w;
}

/* By file and line; what was found first in a line stays first. */
static int problem_compare(const struct conf_problem *a, const struct conf_problem *b)
{
	if (a->file_order != b->file_order)
		return a->file_order < b->file_order ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return 0;
}

/* At most CONF_PROBLEMS_MAX and nearly in order: an insertion sort is stable and enough. */
static void problems_sort(struct conf_problems *list)
{
	for (size_t i = 1; i < list->count; i++) {
		struct conf_problem p = list->items[i];
		size_t k = i;

		for (; k > 0 && problem_compare(&list->items[k - 1], &p) > 0; k--)
			list->items[k] = list->items[k - 1];
		list->items[k] = p;
	}
}

static bool problem_known(const struct conf_problems *list, const struct conf_problem *p)
{
	for (size_t i = list->count; i > 0; i--) {
		if (problem_compare(&list->items[i - 1], p) != 0)
			return false;
		if (strcmp(list->items[i - 1].text, p->text) == 0)
			return true;
	}
	return false;
}

static void problems_drop_twins(struct conf_problems *list)
{
	size_t count = list->count;

	list->count = 0;
	for (size_t i = 0; i < count; i++) {
		struct conf_problem *p = &list->items[i];

		if (!problem_known(list, p)) {
			list->items[list->count++] = *p;
			continue;
		}
		if (!p->warning)
			list->errors--;
		problem_free(p);
	}
}

void report_finish(struct report *r)
{
	struct conf_problems *list = r->problems;

	problems_sort(list);
	problems_drop_twins(list);
	if (list->dropped > 0) {
		bool warning = list->errors == 0;

		problem_append(r, (struct place){ .line = 0 }, warning,
			       strdup("and more problems: mend these first"));
	}
}

void report_done(struct report *r)
{
	for (size_t i = 0; i < r->file_count; i++)
		free(r->files[i]);
	free(r->files);
	*r = (struct report){ .problems = NULL };
}

void conf_problems_done(struct conf_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		problem_free(&problems->items[i]);
	free(problems->items);
	*problems = (struct conf_problems){ .items = NULL };
}

void conf_problems_print(const struct conf_problems *problems, FILE *out)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct conf_problem *p = &problems->items[i];

		fprintf(out, "%s:", p->file);
		if (p->line)
			fprintf(out, "%u:", p->line);
		fprintf(out, " %s%s\n", p->warning ? "warning: " : "", p->text);
	}
}
