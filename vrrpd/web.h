/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The web process: metrics and a status page for whoever can connect, from a process that may do nothing. Everything it has was handed
 * to it: a listening socket, and a way to the control server on which it may only look. web.c is its loop and HTTP, web_source.c asks
 * the protocol process.
 */
#ifndef VRRPD_WEB_H
#define VRRPD_WEB_H

#include <stddef.h>

/* web_page.html, as it was when this was built. */
extern const unsigned char web_page[];
extern const size_t web_page_len;

/* Does not return before its end: the exit status. */
int web_main(void);

#endif
