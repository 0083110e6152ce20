/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names that iproute2 has for numbers of the kernel's routing: those that everybody has, and those that this host's
 * /etc/iproute2 adds. Only a word that is neither a number nor one of the first kind has a file opened.
 */
#ifndef CONF_HOST_NAMES_H
#define CONF_HOST_NAMES_H

#include <stdint.h>

enum host_names {
	HOST_TABLES,    /* rt_tables */
	HOST_PROTOCOLS, /* rt_protos */
	HOST_SCOPES,    /* rt_scopes */
	HOST_TOS,       /* rt_dsfield */
};

/* A name or a number, decimal or hexadecimal, of at most max. 0; -EINVAL if it is neither, -ERANGE. */
int host_number(enum host_names which, const char *word, uint32_t max, uint32_t *ret);

#endif
