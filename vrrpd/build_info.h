/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this program was built from, for `vrrpd -V` and `vrrpctl version`.
 */
#ifndef VRRPD_BUILD_INFO_H
#define VRRPD_BUILD_INFO_H

/* One line: compiler, options, libraries with their versions. */
const char *build_info(void);

#endif
