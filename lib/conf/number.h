/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers in iproute2's words: decimal, or hexadecimal after 0x. There is no octal and no sign.
 */
#ifndef CONF_NUMBER_H
#define CONF_NUMBER_H

#include <stdint.h>

/* 0; -EINVAL if it is no number, -ERANGE if it is greater than max. *ret is untouched then. */
int number_parse(const char *text, uint32_t max, uint32_t *ret);

#endif
