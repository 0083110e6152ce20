/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small table searched from end to end: it is asked only about packets that are wrong, and it is bounded, so a flood of them
 * costs the same each.
 */
#include "core/limiter.h"

static bool period_over(const struct limiter_entry *entry, struct instant now)
{
	return instant_diff(now, entry->last).us >= span_s(LIMITER_PERIOD_S).us;
}

static struct limiter_entry *find(struct limiter *l, uint32_t vrouter, uint32_t subject,
				  struct ip_addr sender)
{
	for (int i = 0; i < LIMITER_ENTRIES && l->entries[i].used; i++) {
		struct limiter_entry *entry = &l->entries[i];

		if (entry->vrouter == vrouter && entry->subject == subject &&
		    ip_equal(entry->sender, sender))
			return entry;
	}
	return NULL;
}

/* An entry that is free, or whose sender has not been let through for a period: what it still had to tell goes to the others. */
static struct limiter_entry *find_free(struct limiter *l, struct instant now)
{
	for (int i = 0; i < LIMITER_ENTRIES; i++) {
		struct limiter_entry *entry = &l->entries[i];

		if (entry->used && !period_over(entry, now))
			continue;
		l->others.suppressed += entry->suppressed;
		return entry;
	}
	return NULL;
}

static bool speak(struct limiter_entry *entry, struct instant now, uint32_t *ret_count)
{
	if (entry->used && !period_over(entry, now)) {
		entry->suppressed++;
		return false;
	}
	*ret_count = entry->suppressed + 1;
	entry->used = true;
	entry->suppressed = 0;
	entry->last = now;
	return true;
}

enum limiter_verdict limiter_ask(struct limiter *l, struct instant now, uint32_t vrouter,
				 uint32_t subject, struct ip_addr sender, uint32_t *ret_count)
{
	struct limiter_entry *entry = find(l, vrouter, subject, sender);

	if (!entry) {
		entry = find_free(l, now);
		if (!entry)
			return speak(&l->others, now, ret_count) ? LIMITER_SPEAK_OTHERS
								 : LIMITER_SILENT;
		*entry = (struct limiter_entry){ .vrouter = vrouter,
						 .subject = subject,
						 .sender = sender };
	}
	return speak(entry, now, ret_count) ? LIMITER_SPEAK : LIMITER_SILENT;
}
