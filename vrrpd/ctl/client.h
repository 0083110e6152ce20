/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client's end of the control socket: blocking, one request, then lines. A daemon that is
 * stopped, hung or gone must not take its operator along, so that every wait has an end, and every
 * failure says what to look at.
 */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/un.h>

#include <jansson.h>

enum {
	CLIENT_SILENCE_MS = 5000,        /* how long a daemon may say nothing */
	CLIENT_RELOAD_MS = 60000,        /* and while it reads a configuration */
	CLIENT_UPGRADE_MS = 60000,       /* and while it tries another build out */
	CLIENT_FOREVER_MS = -1,          /* and while there are no events */
	CLIENT_LINE_MAX = 256 * 1048576, /* bytes of a reply */
};

enum client_result {
	CLIENT_LINE,        /* here it is */
	CLIENT_FAILED,      /* `error` says why */
	CLIENT_ENDED,       /* the daemon closed the connection */
	CLIENT_INTERRUPTED, /* see below */
};

struct client {
	int fd;
	struct sockaddr_un address;
	char error[512]; /* one line for people, after a failure */
	/* private: what was read, of which the bytes before `start` were handed out already */
	char *data;
	size_t start, len, cap;
};

/*
 * Connects to STATE_DIR/control.sock. 0, or -errno with c->error set; client_done() in either case.
 */
int client_open(struct client *c, const char *state_dir);

/* Sends one line. A daemon that has closed already is no failure: it has said why. */
int client_send(struct client *c, const json_t *request);

/*
 * The next line without its newline, valid until the next call. silence_ms is how long nothing may
 * come. With `interrupted` it is somebody's patience that ends the waiting: a signal that the
 * caller blocks and whose handler sets *interrupted, or that standard output has lost its reader.
 */
enum client_result client_read_line(struct client *c, int silence_ms,
				    const volatile sig_atomic_t *interrupted, const char **ret_line,
				    size_t *ret_len);

void client_done(struct client *c);

#endif
