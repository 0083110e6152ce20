/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A random cluster and what befalls it: spells of lossy wires, of failures of every kind, and of
 * peace, so that what must hold in an undisturbed cluster is asked as well.
 */
#ifndef SIM_TROUBLE_H
#define SIM_TROUBLE_H

#include <stdint.h>

struct cluster;

/*
 * Lets a cluster of so many routers live from beginning to end, or until a rule is broken, but not
 * longer than limit_us. The same seed is the same life. How long it was.
 */
int64_t trouble_live(struct cluster *c, int routers, uint64_t seed, int64_t limit_us);

#endif
