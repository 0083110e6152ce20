/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A linked list through an array. Two values that are no item numbers mark "last" and "not in the list".
 */
#include "base/worklist.h"

#define LAST UINT32_MAX
#define OUT  (UINT32_MAX - 1)

void worklist_init(struct worklist *w, uint32_t n, uint32_t *next)
{
	*w = (struct worklist){ .next = next, .head = LAST, .tail = LAST };
	for (uint32_t i = 0; i < n; i++)
		next[i] = OUT;
}

void worklist_share(struct worklist *w, const struct worklist *other)
{
	*w = (struct worklist){ .next = other->next, .head = LAST, .tail = LAST };
}

void worklist_add(struct worklist *w, uint32_t item)
{
	if (w->next[item] != OUT)
		return;
	w->next[item] = LAST;
	if (w->head == LAST)
		w->head = item;
	else
		w->next[w->tail] = item;
	w->tail = item;
}

bool worklist_take(struct worklist *w, uint32_t *ret_item)
{
	uint32_t item = w->head;

	if (item == LAST)
		return false;
	w->head = w->next[item];
	if (w->head == LAST)
		w->tail = LAST;
	w->next[item] = OUT;
	*ret_item = item;
	return true;
}

bool worklist_empty(const struct worklist *w)
{
	return w->head == LAST;
}
