/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vrrpctl show` and `watch`: one row an instance, columns as wide as their widest cell, or as wide
 * as the screen leaves them. Each row is made twice, once to be measured and once to be printed,
 * which needs no memory for the cells of ten thousand instances.
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
	COLUMN_GAP = 2,
	ADDRESSES_SHOWN =
		2, /* all of them if there are no more, else the first and how many more */
};

/* What a state's mark means. */
#define MARK_FORCED    '*'
#define MARK_LINGERING '+'

/* What becomes of a table. */
struct table {
	int widths[COLUMN_COUNT];
	bool any_forced, any_lingering;
	const struct view_style *style;
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

static bool is_forced(const json_t *instance)
{
	return json_is_object(json_object_get(instance, "forced"));
}

static void state_cell(char cell[static CELL_MAX], const json_t *instance)
{
	int len = snprintf(cell, CELL_MAX - 2, "%s", member_text(instance, "state"));

	if (len < 0 || len >= CELL_MAX - 2)
		return;
	if (is_forced(instance))
		cell[len++] = MARK_FORCED;
	if (member_bool(instance, "lingering"))
		cell[len++] = MARK_LINGERING;
	cell[len] = '\0';
}

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
	state_cell(row->cell[COLUMN_STATE], instance);
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

static int total_width(const int widths[static COLUMN_COUNT])
{
	int total = COLUMN_GAP * (COLUMN_COUNT - 1);

	for (int c = 0; c < COLUMN_COUNT; c++)
		total += widths[c];
	return total;
}

/* Narrows the columns that can be spared something, one after the other, until all fit. */
static void fit(int widths[static COLUMN_COUNT], int columns)
{
	static const struct {
		enum column column;
		int least;
	} spare[] = {
		{ COLUMN_ADDRESSES, 9 }, { COLUMN_NAME, 12 },     { COLUMN_MASTER, 15 },
		{ COLUMN_INTERFACE, 5 }, { COLUMN_ADDRESSES, 3 }, { COLUMN_MASTER, 6 },
		{ COLUMN_NAME, 4 },
	};

	for (size_t i = 0; i < sizeof(spare) / sizeof(spare[0]); i++) {
		int over = total_width(widths) - columns;
		int *width = &widths[spare[i].column];

		if (columns > 0 && over > 0 && *width > spare[i].least)
			*width = *width - over > spare[i].least ? *width - over : spare[i].least;
	}
}

/* As much of a cell as its column has room for. The family behind a name stays: it tells two rows apart. */
static void cut(char cell[static CELL_MAX], enum column column, int width)
{
	const char *kept = column == COLUMN_NAME ? strrchr(cell, '/') : NULL;
	int kept_len = kept ? (int)strlen(kept) : 0;

	if ((int)strlen(cell) <= width || width <= 0)
		return;
	if (kept_len >= width)
		kept_len = 0;
	memmove(cell + width - kept_len, cell + strlen(cell) - (size_t)kept_len, (size_t)kept_len);
	cell[width - kept_len - 1] = '~';
	cell[width] = '\0';
}

/* The row is cut on the way; before: what it was, or NULL where nobody asks. */
static void print_row(FILE *out, struct row *row, struct row *before,
		      const enum view_colour colours[static COLUMN_COUNT], const struct table *t)
{
	for (int c = 0; c < COLUMN_COUNT; c++) {
		bool changed =
			before && c != COLUMN_SINCE && strcmp(row->cell[c], before->cell[c]) != 0;
		int padding;

		cut(row->cell[c], (enum column)c, t->widths[c]);
		padding = c == COLUMN_COUNT - 1
				  ? 0
				  : t->widths[c] - (int)strlen(row->cell[c]) + COLUMN_GAP;
		fprintf(out, "%s%s%s%s%*s", colour_on(t->style, colours[c]),
			changed ? "\033[7m" : "", row->cell[c],
			changed ? "\033[0m" : colour_off(t->style, colours[c]), padding, "");
	}
	fputc('\n', out);
}

/* The instance of that name; `hint` is where the last one was found, as the next is mostly behind it. */
static const json_t *find_instance(const json_t *instances, const char *name, size_t *hint)
{
	size_t n = json_array_size(instances);

	for (size_t i = 1; i <= n; i++) {
		size_t place = (*hint + i) % n;
		const json_t *instance = json_array_get(instances, place);

		if (strcmp(member_text(instance, "name"), name) == 0) {
			*hint = place;
			return instance;
		}
	}
	return NULL;
}

static void measure(struct table *t, const json_t *instances)
{
	const json_t *instance;
	struct row row;
	size_t i;

	widen(t->widths, &header);
	json_array_foreach (instances, i, instance) {
		make_row(&row, instance, t->style->wall_us);
		widen(t->widths, &row);
		t->any_forced |= is_forced(instance);
		t->any_lingering |= member_bool(instance, "lingering");
	}
	fit(t->widths, t->style->columns);
}

static void print_header(FILE *out, const struct table *t)
{
	enum view_colour colours[COLUMN_COUNT];
	struct row row = header;

	for (int c = 0; c < COLUMN_COUNT; c++)
		colours[c] = COLOUR_HEADER;
	print_row(out, &row, NULL, colours, t);
}

static void print_instance(FILE *out, const json_t *instance, const json_t *before,
			   const struct table *t)
{
	enum view_colour colours[COLUMN_COUNT] = { COLOUR_NONE };
	struct row row, row_before = { 0 };

	make_row(&row, instance, t->style->wall_us);
	if (before)
		make_row(&row_before, before, t->style->wall_us);
	colours[COLUMN_STATE] = state_colour(member_text(instance, "state"));
	print_row(out, &row, before ? &row_before : NULL, colours, t);
}

static void explain_marks(FILE *out, const struct table *t)
{
	if (t->any_forced)
		fprintf(out, "%c forced: vrrpctl show NAME says by whom and why\n", MARK_FORCED);
	if (t->any_lingering)
		fprintf(out, "%c still serves until its successor is heard\n", MARK_LINGERING);
}

void view_table_changes(FILE *out, const json_t *show, const json_t *before,
			const struct view_style *style)
{
	const json_t *instances = json_object_get(show, "instances");
	const json_t *instances_before = json_object_get(before, "instances");
	size_t n = json_array_size(instances), rows = (size_t)style->rows;
	size_t shown = style->rows > 0 && n > rows ? rows - 1 : n;
	size_t hint = json_array_size(instances_before);
	struct table t = { .style = style };

	if (n == 0) {
		fputs("no instances are configured\n", out);
		return;
	}
	measure(&t, instances);
	print_header(out, &t);
	for (size_t i = 0; i < shown; i++) {
		const json_t *instance = json_array_get(instances, i);

		print_instance(
			out, instance,
			find_instance(instances_before, member_text(instance, "name"), &hint), &t);
	}
	if (shown < n)
		fprintf(out, "and %zu more\n", n - shown);
	explain_marks(out, &t);
}

void view_table(FILE *out, const json_t *show, const struct view_style *style)
{
	view_table_changes(out, show, NULL, style);
}
