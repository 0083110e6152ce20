/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this program was built from, for `vrrpd -V` and `vrrpctl version`.
 */
#ifndef VRRPD_BUILD_INFO_H
#define VRRPD_BUILD_INFO_H

/* "2.0.0" */
extern const char vrrpd_version[];

/* "state 2.2.1, upgrade 1": what a successor must have in common with its predecessor, to go on where it stopped and to be handed it. */
const char *build_formats(void);

/* One line: compiler, options, libraries with their versions. */
const char *build_info(void);

#endif
