/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a virtual router demands of an advertisement before it believes it, beyond what the bytes alone can tell: the second half of
 * RFC 9568 section 7.1 (RFC 3768 section 7.1 for version 2). Checking changes nothing.
 */
#ifndef CORE_RECEIVE_H
#define CORE_RECEIVE_H

#include "core/counters.h"
#include "core/event.h"
#include "core/vrouter.h"

/* REFUSAL_NONE, or why it is not for us. in->advert is set. */
enum refusal receive_check(const struct vrouter *vr, const struct settings *s,
			   const struct event_advert *in);

/* Is it a source address that a router can have at all? RFC 1122 section 3.2.1.3 */
bool receive_is_somebody(struct ip_addr src);

/* Does it list any of them, link-local ones aside? Of a router that is somebody else's it does not. */
bool receive_shares_addresses(const struct vrouter *vr, const struct settings *s,
			      const struct advert *advert);

/* Does the advertisement list the virtual router's advertised addresses, in any order? */
bool receive_same_addresses(const struct vrouter *vr, const struct settings *s,
			    const struct advert *advert);

/* The counter of a refusal. */
enum counter receive_counter(enum refusal r);

#endif
