/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scenarios: a text file of commands, each followed by what is expected to happen because of it,
 * indented by a tab. Lines beginning with # are comments. scenarios/README names the commands.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include <stdbool.h>

struct cluster;

/*
 * Plays the file. True if everything happened as it says; otherwise what differs is printed. With
 * rewrite the file is changed to say what happened instead, and only mistakes in commands are
 * differences.
 */
bool scenario_play(struct cluster *c, const char *path, bool rewrite);

#endif
