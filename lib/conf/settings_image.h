/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings as one block of bytes, to hand them from the process that reads files to the one that
 * speaks the protocol. Both are the same program, so the tables travel as they are in memory;
 * what arrives is checked all the same, so that a damaged image is refused and never believed.
 */
#ifndef CONF_SETTINGS_IMAGE_H
#define CONF_SETTINGS_IMAGE_H

#include <stddef.h>

#include "core/settings.h"

/* 0 with *ret_image (the caller frees it) and its length, or -ENOMEM with both untouched. */
int settings_pack(const struct settings *s, void **ret_image, size_t *ret_len);

/*
 * 0 with *ret, freed with settings_free(); -EINVAL if the image is of another version of the
 * program, not complete, or has any value that settings cannot have; -ENOMEM. On failure *ret is
 * untouched. The image may lie at any address.
 */
int settings_unpack(const void *image, size_t len, struct settings **ret);

#endif
