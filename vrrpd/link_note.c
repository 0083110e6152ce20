/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words with numbers; a number that is out of any setting's range is not believed.
 */
#include "link_note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SETTING_MAX = 8, /* arp_ignore goes to 8 */
};

struct word {
	enum devconf which;
	const char *text;
};

static const struct word words[] = {
	{ DEVCONF_ARP_IGNORE, " arp_ignore=" },
	{ DEVCONF_ARP_ANNOUNCE, " arp_announce=" },
};

void link_note_write(const struct io_devconf *d, int32_t parent,
		     char ret[static LINK_ALIAS_MAX + 1])
{
	int len = snprintf(ret, LINK_ALIAS_MAX + 1, "vrrpd");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		uint32_t was;

		if (io_devconf_was(d, parent, words[i].which, &was))
			len += snprintf(ret + len, (size_t)(LINK_ALIAS_MAX + 1 - len), "%s%u",
					words[i].text, was);
	}
}

void link_note_recall(struct io_devconf *d, int32_t parent, const char *note)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *there = strstr(note, words[i].text);
		unsigned long was;

		if (!there)
			continue;
		was = strtoul(there + strlen(words[i].text), NULL, 10);
		/* Without memory it stays as it is. */
		if (was <= SETTING_MAX)
			(void)io_devconf_recall(d, parent, words[i].which, (uint32_t)was);
	}
}
