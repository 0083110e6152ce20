/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An upgrade: what the supervisor and the successor that it tries out say to each other, and what the supervisor leaves to the program that
 * it then executes in its own place. The two are different builds: nothing here is ever renumbered, and whoever changes it raises the
 * format, by which each knows the other before anything is touched.
 */
#ifndef VRRPD_HERITAGE_H
#define VRRPD_HERITAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	UPGRADE_FORMAT = 1,
	HERITAGE_WORDS_MAX = 128,
};

/* Kinds of messages (channel.h) beside those that a build has for itself. */
enum upgrade_message {
	UPGRADE_SETUP =
		1001, /* fds: listening control socket, state file; number: supervisor's pid; value: how many -v; text: the packet
			filter's table, and on a second line the configuration's path */
	UPGRADE_STANDBY =
		1002, /* all is prepared; fds: settings image, of the successor's build; number: its protocol process */
	UPGRADE_GO = 1003,     /* the predecessor's protocol process has ended */
	UPGRADE_SERVES = 1004, /* the successor's goes on in its place; fds: its channel and log */
};

/* Descriptors are -1 where there is none. */
struct heritage {
	int dir, lock; /* of STATE_DIR */
	int listen, state, ledger;
	pid_t protocol; /* it serves already; of the build that inherits */
	int channel, log;
	int settings;
	pid_t runner; /* the predecessor's, which finishes its hooks; 0: none */
	int runner_log;
	int web; /* what the web process listened on */
	char web_address[HERITAGE_WORDS_MAX];
	uint16_t web_port;
	int client;                    /* who asked for the upgrade, and waits for an answer */
	char from[HERITAGE_WORDS_MAX]; /* version */
	char by[HERITAGE_WORDS_MAX];
};

/* For the program that is executed next: 0 or -errno. And if that could not be executed after all. */
int heritage_leave(const struct heritage *h);
void heritage_withdraw(const struct heritage *h);

/* 0; -ENOENT: nobody has left anything; another -errno: what was left makes no sense. */
int heritage_take(struct heritage *ret);

#endif
