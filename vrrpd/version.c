/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The version, in a file of its own: the test of upgrades links the same program with another one in its place.
 */
#include "build_info.h"

const char vrrpd_version[] = VRRPD_VERSION;
