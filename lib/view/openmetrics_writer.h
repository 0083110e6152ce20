/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text formats of monitoring: families of samples with labels. A family is named without the suffix of its samples, as OpenMetrics
 * has it; the older format's differences are made here.
 */
#ifndef VIEW_OPENMETRICS_WRITER_H
#define VIEW_OPENMETRICS_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "view/openmetrics.h"

enum metric_type {
	METRIC_GAUGE,
	METRIC_COUNTER, /* its samples get _total */
	METRIC_INFO,    /* its samples get _info, and are 1 */
};

struct metric_writer {
	FILE *out;
	enum openmetrics_format format;
	const char *family; /* of the samples that follow */
	enum metric_type type;
	bool labelled; /* the sample has a label already */
};

void metric_family(struct metric_writer *w, const char *family, enum metric_type type,
		   const char *help);

/* A sample: its name, then labels, then its value. */
void metric_begin(struct metric_writer *w);
void metric_label(struct metric_writer *w, const char *label, const char *value);
void metric_end(struct metric_writer *w, int64_t value);
void metric_end_real(struct metric_writer *w, double value);

/* After the last family. */
void metric_finish(struct metric_writer *w);

#endif
