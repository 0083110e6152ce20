/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compares two advertisements field by field, so that a test can say which one is wrong. The struct
 * cannot be compared as memory: addresses beyond `count` are whatever they were.
 */
#ifndef TEST_ADVERT_DIFFERENCE_H
#define TEST_ADVERT_DIFFERENCE_H

#include <string.h>

#include "wire/advert.h"

/* The name of the first field that differs, or NULL. */
static inline const char *advert_difference(const struct advert *a, const struct advert *b)
{
	if (a->version != b->version)
		return "version";
	if (a->vrid != b->vrid)
		return "vrid";
	if (a->priority != b->priority)
		return "priority";
	if (a->family != b->family)
		return "family";
	if (a->auth_type != b->auth_type)
		return "auth_type";
	if (memcmp(a->auth_data, b->auth_data, sizeof(a->auth_data)) != 0)
		return "auth_data";
	if (a->checksum_with_pseudo != b->checksum_with_pseudo)
		return "checksum_with_pseudo";
	if (a->interval.us != b->interval.us)
		return "interval";
	if (a->count != b->count)
		return "count";
	for (size_t i = 0; i < a->count; i++) {
		if (!ip_equal(a->addresses[i], b->addresses[i]))
			return "addresses";
	}
	return NULL;
}

#endif
