/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two hash indexes over one table. Interfaces are only ever added when an engine is made; afterwards they come and go by their index alone.
 */
#include "core/interfaces.h"

#include <stdio.h>
#include <string.h>

void interfaces_init(struct interfaces *is, const struct interfaces_arrays *arrays)
{
	*is = (struct interfaces){ .table = arrays->table };
	index_init(&is->by_name, arrays->cap, arrays->name_heads, arrays->name_chain);
	index_init(&is->by_ifindex, arrays->cap, arrays->ifindex_heads, arrays->ifindex_chain);
	worklist_init(&is->announcing, arrays->cap, arrays->announcing);
	worklist_init(&is->no_slots, arrays->slots, arrays->announcements);
}

uint32_t interfaces_by_name(const struct interfaces *is, const char *name)
{
	uint32_t i = index_first(&is->by_name, index_hash_text(name));

	while (i != INDEX_NONE && strcmp(is->table[i].link.name, name) != 0)
		i = index_next(&is->by_name, i);
	return i;
}

uint32_t interfaces_by_ifindex(const struct interfaces *is, int32_t ifindex)
{
	uint32_t i = index_first(&is->by_ifindex, index_hash_number((uint32_t)ifindex));

	while (i != INDEX_NONE && is->table[i].link.ifindex != ifindex)
		i = index_next(&is->by_ifindex, i);
	return i;
}

static uint32_t add(struct interfaces *is, uint32_t virtual_of)
{
	uint32_t number = is->count++;
	struct interface *new = &is->table[number];

	*new = (struct interface){
		.first_vrouter = INDEX_NONE,
		.first_slot = INDEX_NONE,
		.virtual_of = virtual_of,
	};
	memset(new->vrouters, 0xff, sizeof(new->vrouters));
	worklist_share(&new->announce_first, &is->no_slots);
	worklist_share(&new->announce_again, &is->no_slots);
	return number;
}

uint32_t interfaces_add(struct interfaces *is, const char *name)
{
	uint32_t number = interfaces_by_name(is, name);

	if (number != INDEX_NONE)
		return number;
	number = add(is, INDEX_NONE);
	snprintf(is->table[number].link.name, sizeof(is->table[number].link.name), "%s", name);
	index_insert(&is->by_name, index_hash_text(name), number);
	return number;
}

uint32_t interfaces_add_virtual(struct interfaces *is, uint32_t vrouter)
{
	return add(is, vrouter);
}

void interfaces_rename(struct interfaces *is, uint32_t number, const char *name)
{
	struct interface *known = &is->table[number];
	struct event_link nothing = { .ifindex = 0 };

	index_remove(&is->by_name, index_hash_text(known->link.name), number);
	snprintf(nothing.name, sizeof(nothing.name), "%s", name);
	interfaces_update(is, number, &nothing);
	if (name[0] != '\0')
		index_insert(&is->by_name, index_hash_text(name), number);
}

void interfaces_update(struct interfaces *is, uint32_t number, const struct event_link *link)
{
	struct interface *known = &is->table[number];

	if (known->link.ifindex != link->ifindex)
		index_remove(&is->by_ifindex, index_hash_number((uint32_t)known->link.ifindex),
			     number);
	if (known->link.ifindex != link->ifindex && link->ifindex != 0)
		index_insert(&is->by_ifindex, index_hash_number((uint32_t)link->ifindex), number);
	known->link = *link;
	known->told = true;
}
