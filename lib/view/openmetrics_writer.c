/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The syntax of the two text formats, and nothing of what is told in them.
 */
#include "view/openmetrics_writer.h"

#include <inttypes.h>

static const char *type_name(const struct metric_writer *w)
{
	switch (w->type) {
	case METRIC_GAUGE:
		return "gauge";
	case METRIC_COUNTER:
		return "counter";
	case METRIC_INFO:
		return w->format == FORMAT_PLAIN ? "gauge" : "info";
	}
	return "unknown";
}

static const char *suffix(const struct metric_writer *w)
{
	switch (w->type) {
	case METRIC_GAUGE:
		return "";
	case METRIC_COUNTER:
		return "_total";
	case METRIC_INFO:
		return "_info";
	}
	return "";
}

void metric_family(struct metric_writer *w, const char *family, enum metric_type type,
		   const char *help)
{
	const char *end;

	w->family = family;
	w->type = type;
	/* The older format takes what its samples are called for the family's name. */
	end = w->format == FORMAT_PLAIN ? suffix(w) : "";
	fprintf(w->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", family, end, help, family, end,
		type_name(w));
}

void metric_begin(struct metric_writer *w)
{
	fprintf(w->out, "%s%s", w->family, suffix(w));
	w->labelled = false;
}

void metric_label(struct metric_writer *w, const char *label, const char *value)
{
	fprintf(w->out, "%s%s=\"", w->labelled ? "," : "{", label);
	w->labelled = true;
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", w->out);
		else if (*value == '"' || *value == '\\')
			fprintf(w->out, "\\%c", *value);
		else
			fputc(*value, w->out);
	}
	fputc('"', w->out);
}

void metric_end(struct metric_writer *w, int64_t value)
{
	fprintf(w->out, "%s %" PRId64 "\n", w->labelled ? "}" : "", value);
}

void metric_end_real(struct metric_writer *w, double value)
{
	fprintf(w->out, "%s %.6f\n", w->labelled ? "}" : "", value);
}

void metric_finish(struct metric_writer *w)
{
	if (w->format == FORMAT_OPENMETRICS)
		fputs("# EOF\n", w->out);
}
