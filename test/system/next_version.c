/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Another version of the same program, in place of vrrpd/version.c: what test_upgrade.py upgrades to.
 */
#include "build_info.h"

const char vrrpd_version[] = VRRPD_VERSION "-next";
