/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guard of the programs that send floods: they work in a network namespace that the tests made and nowhere else, so
 * that a mistyped command cannot reach anybody's network.
 */
#ifndef TOOLS_NAMESPACE_ONLY_H
#define TOOLS_NAMESPACE_ONLY_H

#define NAMESPACE_PREFIX "vrrpd-"

/* Ends the program with status 2 and a line that says why unless this is a test's network namespace. */
void namespace_only(const char *program);

#endif
