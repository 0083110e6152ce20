/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which scripts and hooks run, in memory that the supervisor shares with its runner and with that of a predecessor or successor: a file of
 * STATE_DIR. So those of a runner that was killed can be ended, although nobody is left who knows them, and a hook never runs beside one of
 * another runner for the same instance. A process is known by its number and its start, as long as it has not been forgotten by the kernel.
 */
#ifndef VRRPD_LEDGER_H
#define VRRPD_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LEDGER_PLACES = 2048, /* more that run at once are not known */
	LEDGER_NONE = -1,
};

struct ledger;

/* Makes room in a file for one; what another build has left there in another form is forgotten. 0 or -errno. */
int ledger_prepare(int fd);

/* Maps it; fd stays the caller's. NULL if it cannot be had. */
struct ledger *ledger_open(int fd);
/* NULL is allowed, here and in all that follow: nothing is known then. */
void ledger_close(struct ledger *l);

/* A place for what this process is about to start. subject: whom it is for, no two of which run at once; 0: any number. */
int ledger_begin(struct ledger *l, uint64_t subject);
/* To be called in the child that was started, before anything else: it is the one. */
void ledger_enter(struct ledger *l, int place);
/* It has ended. */
void ledger_end(struct ledger *l, int place);

/* Does another runner run something for that subject? */
bool ledger_is_busy(const struct ledger *l, uint64_t subject);

/* Kills what runners have started that are dead, with its process groups. How many there were. */
unsigned int ledger_sweep(struct ledger *l);

#endif
