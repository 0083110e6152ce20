/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A linked list through an array. Two values that are no item numbers mark "last" and "not in the list".
 */
#include "base/worklist.h"

#define OUT (UINT32_MAX - 1)

void worklist_init(struct worklist *w, uint32_t n, uint32_t *next)
{
	*w = (struct worklist){ .next = next, .head = WORKLIST_END, .tail = WORKLIST_END };
	for (uint32_t i = 0; i < n; i++)
		next[i] = OUT;
}

void worklist_share(struct worklist *w, const struct worklist *other)
{
	*w = (struct worklist){ .next = other->next, .head = WORKLIST_END, .tail = WORKLIST_END };
}

void worklist_add(struct worklist *w, uint32_t item)
{
	if (w->next[item] != OUT)
		return;
	w->next[item] = WORKLIST_END;
	if (w->head == WORKLIST_END)
		w->head = item;
	else
		w->next[w->tail] = item;
	w->tail = item;
}

bool worklist_take(struct worklist *w, uint32_t *ret_item)
{
	uint32_t item = w->head;

	if (item == WORKLIST_END)
		return false;
	w->head = w->next[item];
	if (w->head == WORKLIST_END)
		w->tail = WORKLIST_END;
	w->next[item] = OUT;
	*ret_item = item;
	return true;
}
