/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that is given back all at once, and the few questions that are asked of the tree.
 */
#include "conf/import_tree.h"

#include <stdlib.h>
#include <string.h>

enum {
	CHUNK_SIZE = 65536,
};

struct import_chunk {
	struct import_chunk *next;
	size_t used, size;
	_Alignas(max_align_t) char data[];
};

void *import_alloc(struct import_memory *m, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	struct import_chunk *chunk = m->chunks;

	size = (size + align - 1) / align * align;
	if (!chunk || chunk->size - chunk->used < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

		chunk = calloc(1, sizeof(*chunk) + room);
		if (!chunk) {
			m->failed = true;
			return NULL;
		}
		chunk->size = room;
		chunk->next = m->chunks;
		m->chunks = chunk;
	}
	void *memory = chunk->data + chunk->used;

	chunk->used += size;
	return memory;
}

const char *import_copy(struct import_memory *m, const char *text, size_t len)
{
	char *copy = import_alloc(m, len + 1);

	if (!copy)
		return "";
	memcpy(copy, text, len);
	return copy;
}

void import_memory_done(struct import_memory *m)
{
	while (m->chunks) {
		struct import_chunk *next = m->chunks->next;

		free(m->chunks);
		m->chunks = next;
	}
}

void import_comment_add(struct import_memory *m, struct import_comments *list, const char *text)
{
	struct import_comment *comment;

	if (!text && list->last && !list->last->text)
		return;
	comment = import_alloc(m, sizeof(*comment));
	if (!comment)
		return;
	comment->text = text;
	if (list->last)
		list->last->next = comment;
	else
		list->first = comment;
	list->last = comment;
}

void import_comments_move(struct import_comments *to, struct import_comments *from)
{
	if (!from->first)
		return;
	if (to->last)
		to->last->next = from->first;
	else
		to->first = from->first;
	to->last = from->last;
	*from = (struct import_comments){ .first = NULL };
}

const char *import_name(const struct import_node *n)
{
	return n->word_count > 0 ? n->words[0] : "";
}

const char *import_arg(const struct import_node *n, size_t i)
{
	return i + 1 < n->word_count ? n->words[i + 1] : "";
}

const struct import_node *import_again(const struct import_node *n)
{
	const char *name = import_name(n);

	for (n = n->next; n; n = n->next)
		if (strcmp(import_name(n), name) == 0)
			return n;
	return NULL;
}

const struct import_node *import_child(const struct import_node *block, const char *name)
{
	const struct import_node *found = NULL;

	for (const struct import_node *n = block->first; n; n = n->next)
		if (strcmp(import_name(n), name) == 0)
			found = n;
	return found;
}
