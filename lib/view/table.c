/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vrrpctl show`: one row an instance, columns as wide as their widest cell. Each row is made
 * twice, once to be measured and once to be printed, which needs no memory for the cells of ten
 * thousand instances.
 */
#include "view/view.h"

#include <inttypes.h>
#include <string.h>

#include "view/member.h"

enum column {
	COLUMN_NAME,
	COLUMN_STATE,
	COLUMN_PRIO,
	COLUMN_INTERFACE,
	COLUMN_VRID,
	COLUMN_MASTER,
	COLUMN_ADDRESSES,
	COLUMN_SINCE,
	COLUMN_COUNT,
};

enum {
	CELL_MAX = 160,
	ADDRESSES_SHOWN =
		2, /* all of them if there are no more, else the first and how many more */
};

struct row {
	char cell[COLUMN_COUNT][CELL_MAX];
};

static const struct row header = { {
	"NAME",
	"STATE",
	"PRIO",
	"INTERFACE",
	"VRID",
	"MASTER",
	"ADDRESSES",
	"SINCE",
} };

/* What is in effect, and behind it what is configured where that differs. */
static void priority_cell(char cell[static CELL_MAX], const json_t *instance)
{
	int64_t base = member_integer(instance, "priority");
	int64_t effective = member_integer(instance, "effective_priority");

	if (base == effective)
		snprintf(cell, CELL_MAX, "%" PRId64, base);
	else
		snprintf(cell, CELL_MAX, "%" PRId64 "/%" PRId64, effective, base);
}

static const char *nth_address(const json_t *instance, size_t i)
{
	const json_t *advertised = json_object_get(instance, "addresses");
	const json_t *extra = json_object_get(instance, "extra_addresses");
	size_t n = json_array_size(advertised);
	const json_t *address =
		i < n ? json_array_get(advertised, i) : json_array_get(extra, i - n);

	return json_is_string(address) ? json_string_value(address) : "-";
}

static void addresses_cell(char cell[static CELL_MAX], const json_t *instance)
{
	size_t n = json_array_size(json_object_get(instance, "addresses")) +
		   json_array_size(json_object_get(instance, "extra_addresses"));
	int64_t missing = member_integer(instance, "addresses_total") -
			  member_integer(instance, "addresses_present");
	int len;

	if (n == 0)
		len = snprintf(cell, CELL_MAX, "-");
	else if (n == 1)
		len = snprintf(cell, CELL_MAX, "%s", nth_address(instance, 0));
	else if (n == ADDRESSES_SHOWN)
		len = snprintf(cell, CELL_MAX, "%s %s", nth_address(instance, 0),
			       nth_address(instance, 1));
	else
		len = snprintf(cell, CELL_MAX, "%s +%zu", nth_address(instance, 0), n - 1);
	if (len < CELL_MAX && missing > 0 && strcmp(member_text(instance, "state"), "MASTER") == 0)
		snprintf(cell + len, CELL_MAX - (size_t)len, " (%" PRId64 " missing)", missing);
}

static void since_cell(char cell[static CELL_MAX], const json_t *instance, int64_t now_us)
{
	char age[VIEW_DURATION_TEXT_MAX];
	int64_t since_us;

	if (view_time_parse(member_text(instance, "since"), &since_us) == 0)
		snprintf(cell, CELL_MAX, "%s", view_age_text(span_us(now_us - since_us), age));
	else
		snprintf(cell, CELL_MAX, "-");
}

static void make_row(struct row *row, const json_t *instance, int64_t now_us)
{
	const json_t *master = json_object_get(instance, "master");

	snprintf(row->cell[COLUMN_NAME], CELL_MAX, "%s", member_text(instance, "name"));
	snprintf(row->cell[COLUMN_STATE], CELL_MAX, "%s", member_text(instance, "state"));
	priority_cell(row->cell[COLUMN_PRIO], instance);
	snprintf(row->cell[COLUMN_INTERFACE], CELL_MAX, "%s", member_text(instance, "interface"));
	snprintf(row->cell[COLUMN_VRID], CELL_MAX, "%" PRId64, member_integer(instance, "vrid"));
	snprintf(row->cell[COLUMN_MASTER], CELL_MAX, "%s", member_text(master, "address"));
	addresses_cell(row->cell[COLUMN_ADDRESSES], instance);
	since_cell(row->cell[COLUMN_SINCE], instance, now_us);
}

static void widen(int widths[static COLUMN_COUNT], const struct row *row)
{
	for (int c = 0; c < COLUMN_COUNT; c++) {
		int width = (int)strlen(row->cell[c]);

		if (width > widths[c])
			widths[c] = width;
	}
}

static void print_row(FILE *out, const struct row *row, const int widths[static COLUMN_COUNT],
		      const enum view_colour colours[static COLUMN_COUNT],
		      const struct view_style *style)
{
	for (int c = 0; c < COLUMN_COUNT; c++) {
		int padding = c == COLUMN_COUNT - 1 ? 0 : widths[c] - (int)strlen(row->cell[c]) + 2;

		fprintf(out, "%s%s%s%*s", colour_on(style, colours[c]), row->cell[c],
			colour_off(style, colours[c]), padding, "");
	}
	fputc('\n', out);
}

void view_table(FILE *out, const json_t *show, const struct view_style *style)
{
	const json_t *instances = json_object_get(show, "instances");
	enum view_colour colours[COLUMN_COUNT];
	int widths[COLUMN_COUNT] = { 0 };
	const json_t *instance;
	struct row row;
	size_t i;

	if (json_array_size(instances) == 0) {
		fputs("no instances are configured\n", out);
		return;
	}
	widen(widths, &header);
	json_array_foreach (instances, i, instance) {
		make_row(&row, instance, style->wall_us);
		widen(widths, &row);
	}
	for (int c = 0; c < COLUMN_COUNT; c++)
		colours[c] = COLOUR_HEADER;
	print_row(out, &header, widths, colours, style);
	for (int c = 0; c < COLUMN_COUNT; c++)
		colours[c] = COLOUR_NONE;
	json_array_foreach (instances, i, instance) {
		make_row(&row, instance, style->wall_us);
		colours[COLUMN_STATE] = state_colour(row.cell[COLUMN_STATE]);
		print_row(out, &row, widths, colours, style);
	}
}
