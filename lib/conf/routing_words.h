/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes and rules as users write them, in the words of `ip route add` and `ip rule add`, and what reading both has in common.
 */
#ifndef CONF_ROUTING_WORDS_H
#define CONF_ROUTING_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/host_names.h"
#include "conf/vip_text.h"
#include "core/routing.h"

/* 0 and *ret, or -EINVAL with *ret untouched and what is wrong, and what would be right, in why. */
int route_parse(const char *text, struct routing *ret, char why[static WHY_MAX]);
int rule_parse(const char *text, struct routing *ret, char why[static WHY_MAX]);

/* Could one of them have made it? Safe on any bytes. */
bool routing_is_valid(const struct routing *r);

/* ---- for the two ---- */

enum {
	WORD_MAX = 128
};

/* The words of one item, read from left to right; functions below fail with the reason in why. */
struct routing_words {
	const char *rest;
	char *why;
	char word[WORD_MAX];    /* the one read last */
	char keyword[WORD_MAX]; /* what it is the value of */
	const char *const *known;
	uint32_t seen; /* keywords, a bit each in the order of `known` */
};

/* The next word, or NULL at the end; as word_next(). */
const char *words_next(struct routing_words *w);

/* The value of the keyword that was read last, or NULL: there is none. */
const char *words_value(struct routing_words *w);

/* The keyword that this word is, each once; NULL if it is none. */
const char *words_keyword(struct routing_words *w);

/* Puts into why what is wrong, and what would be right: -EINVAL, for the caller to return. */
__attribute__((format(printf, 2, 3))) int words_refuse(struct routing_words *w, const char *format,
						       ...);

/* The value as a number, or one of the host's names for it. 0 or -EINVAL. */
int words_number(struct routing_words *w, uint32_t min, uint32_t max, uint32_t *ret);
int words_name(struct routing_words *w, enum host_names which, uint32_t min, uint32_t max,
	       uint32_t *ret);
/* The same for tos: the kernel refuses its two low bits, which are ECN's. */
int words_tos(struct routing_words *w, uint8_t *ret);
int words_interface(struct routing_words *w, char ret[static IFNAME_MAX_LEN + 1]);

/* ADDR[/PREFIX] without bits behind the prefix, from the word read last. 0 or -EINVAL. */
int words_prefix(struct routing_words *w, struct ip_addr *ret, uint8_t *ret_len);

/* Is anything behind the prefix? */
bool prefix_has_host_bits(struct ip_addr addr, uint8_t prefix_len);

#endif
