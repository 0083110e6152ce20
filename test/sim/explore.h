/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every order in which a few things can happen to two or three routers: an advertisement arrives or is
 * lost, a timer goes off, a router starts or stops. At each step the rules must hold, and from each
 * state that is reached the cluster must find its order again if it is left in peace.
 */
#ifndef SIM_EXPLORE_H
#define SIM_EXPLORE_H

#include <stdbool.h>
#include <stdint.h>

struct cluster;

struct explored {
	uint64_t paths;  /* steps taken */
	uint64_t states; /* different ones */
};

/* Explores to that depth; false if a rule was broken, and the way there has been printed. */
bool explore(struct cluster *c, int routers, int depth, struct explored *ret);

#endif
