/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that is tried out: executed as a child with words to which it should answer by what it prints and how it ends. It may be
 * anything, or nothing that can be executed at all; whoever uses this sets it a time limit.
 */
#ifndef VRRPD_TRIAL_H
#define VRRPD_TRIAL_H

#include <stddef.h>
#include <sys/types.h>

enum {
	TRIAL_OUTPUT_MAX = 8192,  /* of what it prints; the rest is thrown away */
	TRIAL_NOT_EXECUTED = 126, /* exit status: the output says why */
};

struct trial {
	pid_t pid; /* 0: none runs */
	int fd;    /* what it prints */
	size_t len;
	char output[TRIAL_OUTPUT_MAX + 1];
};

/* 0 or -errno. argv[0] is what is executed. */
int trial_start(struct trial *t, char *const argv[]);

/* It was collected: its output is complete. */
void trial_collected(struct trial *t);

/* Ends it with its process group, and collects it. */
void trial_kill(struct trial *t);

#endif
