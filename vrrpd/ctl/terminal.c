/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The picture is drawn over the last one, line by line, each cleared behind its end: nothing flickers.
 */
#include "terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios keys_before;

bool terminal_usable(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(term && strcmp(term, "dumb") == 0);
}

void terminal_begin(struct terminal *t)
{
	struct termios keys;

	t->has_keys = tcgetattr(STDIN_FILENO, &keys_before) == 0;
	if (t->has_keys) {
		keys = keys_before;
		keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		keys.c_cc[VMIN] = 1;
		keys.c_cc[VTIME] = 0;
		/* to be stopped, it would have to give the screen back */
		keys.c_cc[VSUSP] = _POSIX_VDISABLE;
		tcsetattr(STDIN_FILENO, TCSANOW, &keys);
	}
	/* alternate screen, cursor hidden, no wrapping of long lines */
	fputs("\033[?1049h\033[?25l\033[?7l\033[2J", stdout);
	terminal_measure(t);
}

void terminal_end(const struct terminal *t)
{
	fputs("\033[?7h\033[?25h\033[?1049l", stdout);
	fflush(stdout);
	if (t->has_keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &keys_before);
}

void terminal_measure(struct terminal *t)
{
	struct winsize size;

	t->columns = 80;
	t->rows = 24;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
		t->columns = size.ws_col;
		t->rows = size.ws_row;
	}
}

void terminal_draw(const struct terminal *t, const char *text)
{
	fputs("\033[H", stdout);
	for (int row = 0; row < t->rows && *text; row++) {
		size_t len = strcspn(text, "\n");

		fprintf(stdout, "%s%.*s\033[K", row > 0 ? "\r\n" : "", (int)len, text);
		text += len + (text[len] == '\n');
	}
	fputs("\033[J", stdout);
	fflush(stdout);
}

bool terminal_wants_to_leave(void)
{
	char keys[64];
	ssize_t n = read(STDIN_FILENO, keys, sizeof(keys));

	if (n <= 0)
		return true;
	return memchr(keys, 'q', (size_t)n) || memchr(keys, 'Q', (size_t)n);
}
