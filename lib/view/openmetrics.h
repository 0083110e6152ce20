/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What monitoring gets to read, from the same JSON as everybody else: the results of the control protocol's `show` and `metrics`.
 * Label `name` is the instance, because `instance` is what Prometheus calls the host that it asked. State is a gauge of 1 and 0 for
 * each possible state, so that no time series ends or begins with a transition.
 */
#ifndef VIEW_OPENMETRICS_H
#define VIEW_OPENMETRICS_H

#include <stdio.h>

#include <jansson.h>

/* How it is written: OpenMetrics 1.0, or the older text format that knows neither units nor an end. */
enum openmetrics_format {
	FORMAT_OPENMETRICS,
	FORMAT_PLAIN,
};

/*
 * Our own names, vrrp_*. show and tally (that of all pages, see view_tally_merge()) may be NULL where the daemon cannot be asked: then vrrp_up
 * is 0, and that is all.
 */
void view_openmetrics(FILE *out, const json_t *show, const json_t *tally,
		      enum openmetrics_format format);

/* The names that dashboards made for keepalived's best known exporter expect. */
void view_openmetrics_keepalived(FILE *out, const json_t *show, enum openmetrics_format format);

/*
 * Puts a page of the result of `metrics` behind those before it; *tally is NULL at first, and the reference to page passes over.
 * The number from which to ask for the next page, or -1 when it was the last one.
 */
json_int_t view_tally_merge(json_t **tally, json_t *page);

#endif
