/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules that speak of time, asked of one virtual router of the whole cluster.
 */
#ifndef SIM_JUDGE_H
#define SIM_JUDGE_H

#include <stdint.h>

struct cluster;

/* The longest wait of the address plan after a refusal, and a little. */
#define JUDGE_RETRY_US INT64_C(61000000)
/* What a successor that has been heard needs to take an address. */
#define JUDGE_HANDOVER_US INT64_C(20000)
/* What a stop takes after its lingering: three attempts at a kernel that refuses. */
#define JUDGE_STOP_US INT64_C(2000000)
/* A route or rule that somebody removes again and again is put back so much later. */
#define JUDGE_SLOW_US INT64_C(1000000)
/* What everything may be late besides wires, kernels and timers. */
#define JUDGE_SLACK_US INT64_C(2000)

/* Fails the cluster if a rule is broken. Asks those whose time has come, each of which says when it wants to be asked again if nothing happens before. */
void judge(struct cluster *c, int v);

#endif
