/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A screen that can be drawn on again and again: the terminal's alternate screen, so that what stood
 * there before is back afterwards. Plain escape sequences that every terminal of the last thirty
 * years knows; no library.
 */
#ifndef CTL_TERMINAL_H
#define CTL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

struct terminal {
	int columns, rows; /* as of terminal_measure() */
	bool has_keys;     /* standard input is a terminal too */
};

/* Can standard output be drawn on? */
bool terminal_usable(void);

/* Takes the screen, and the keys if there are any: none is echoed. terminal_end() gives them back. */
void terminal_begin(struct terminal *t);
void terminal_end(const struct terminal *t);

void terminal_measure(struct terminal *t);

/* Replaces the whole picture by these lines, as many as there is room for. */
void terminal_draw(const struct terminal *t, const char *text);

/* Reads the keys that were pressed: is one of them to leave, or is nobody there any more? */
bool terminal_wants_to_leave(void);

#endif
