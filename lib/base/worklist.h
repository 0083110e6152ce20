/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * First in, first out, over items numbered 0 to n-1, each in it at most once: work that is to be done "soon, once". The
 * array belongs to the caller, so the list never runs full.
 */
#ifndef BASE_WORKLIST_H
#define BASE_WORKLIST_H

#include <stdbool.h>
#include <stdint.h>

#define WORKLIST_END UINT32_MAX

struct worklist {
	uint32_t *next;      /* [n] by item */
	uint32_t head, tail; /* WORKLIST_END: none */
};

/* next has n elements; its content is set here. */
void worklist_init(struct worklist *w, uint32_t n, uint32_t *next);

/* An empty list over the same items and array as another: an item is in one of them at most. */
void worklist_share(struct worklist *w, const struct worklist *other);

/* Appends the item unless it is in already (or in a list that shares the array). */
void worklist_add(struct worklist *w, uint32_t item);

/* Takes the first item out: true and *ret_item, or false when empty. */
bool worklist_take(struct worklist *w, uint32_t *ret_item);

static inline bool worklist_empty(const struct worklist *w)
{
	return w->head == WORKLIST_END;
}

#endif
