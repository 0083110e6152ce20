/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Room for one more element in an array that doubles. The array and its capacity belong to the
 * caller and stay as they are when memory runs out.
 */
#ifndef CONF_GROW_H
#define CONF_GROW_H

#include <stddef.h>
#include <stdlib.h>

/* Room for element number `count`: the array, perhaps elsewhere, or NULL. */
static inline void *grow(void *array, size_t *cap, size_t count, size_t element)
{
	if (count < *cap)
		return array;
	size_t more = *cap ? 2 * *cap : 16;
	void *larger = reallocarray(array, more, element);

	if (larger)
		*cap = more;
	return larger;
}

#endif
