/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings on their way from the process that reads the configuration to the one that obeys it: an image in anonymous memory, passed as a
 * descriptor.
 */
#ifndef VRRPD_SETTINGS_FD_H
#define VRRPD_SETTINGS_FD_H

#include "core/settings.h"

/* A descriptor of the image, or -errno. */
int settings_to_fd(const struct settings *s);

/* 0 and *ret (settings_free() it), or -errno. fd stays the caller's. */
int settings_from_fd(int fd, struct settings **ret);

#endif
