/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was heard, held against the configuration: other routers of the same VRID should be peers, with the same version, interval and
 * addresses. One that shares no address with us is no peer but a stranger who uses our number, and only that is said of it.
 */
#include "doctor.h"

#include <inttypes.h>
#include <string.h>

enum {
	STEADY = 2, /* advertisements that make a master of a router; one may be a last word */
};

/* The next one of which something was in order. */
static const struct doctor_sender *next_of(const struct doctor *d, uint32_t instance,
					   const struct doctor_sender *previous)
{
	const struct doctor_sender *s = previous;

	do
		s = doctor_next_sender(d, instance, s);
	while (s && s->refused[REFUSAL_NONE] == 0);
	return s;
}

static bool advertises(const struct advert *a, struct ip_addr addr)
{
	for (uint8_t i = 0; i < a->count; i++)
		if (ip_equal(a->addresses[i], addr))
			return true;
	return false;
}

/*
 * How many of the instance's addresses of that family a router advertises, and how many there are. The link-local one of IPv6 follows
 * from the VRID, so that strangers share it: it counts only where it is all there is.
 */
static uint32_t count_common(const struct doctor *d, const struct doctor_sender *s,
			     uint32_t instance, uint32_t *ret_total)
{
	enum family_index family = (enum family_index)family_index(s->src.family);
	struct range range = d->settings->instances[instance].addresses[family];
	uint32_t common = 0, total = 0;

	for (uint32_t i = 0; i < range.count; i++) {
		struct ip_addr addr = d->settings->vips[range.first + i].addr;

		if (ip_is_link_local(addr) && range.count > 1)
			continue;
		total++;
		common += advertises(&s->advert, addr);
	}
	*ret_total = total;
	return common;
}

static bool is_stranger(const struct doctor *d, const struct doctor_sender *s, uint32_t instance)
{
	uint32_t total;

	return count_common(d, s, instance, &total) == 0;
}

/* The next router of an instance that is a peer. */
static const struct doctor_sender *next_peer(const struct doctor *d, uint32_t instance,
					     const struct doctor_sender *previous)
{
	const struct doctor_sender *s = previous;

	do
		s = next_of(d, instance, s);
	while (s && is_stranger(d, s, instance));
	return s;
}

enum {
	SENDER_TEXT_MAX = IP_TEXT_MAX + MAC_TEXT_MAX + 2,
};

/* "192.0.2.2 (52:54:00:12:34:56)": the packet socket has seen what it came from. */
static const char *sender_text(const struct doctor_sender *s, char buf[static SENDER_TEXT_MAX])
{
	char address[IP_TEXT_MAX], mac[MAC_TEXT_MAX];

	snprintf(buf, SENDER_TEXT_MAX, "%s (%s)", ip_text(s->src, address), mac_text(s->mac, mac));
	return buf;
}

static const char *interval_text(struct span interval, char buf[static 32])
{
	snprintf(buf, 32, "%" PRId64 "ms", interval.us / 1000);
	return buf;
}

void doctor_vrid(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		const struct instance_settings *set = &d->settings->instances[i];
		const struct doctor_sender *s = NULL;

		while ((s = next_of(d, i, s))) {
			char src[SENDER_TEXT_MAX], first[IP_TEXT_MAX];

			if (!is_stranger(d, s, i))
				continue;
			doctor_find(d, DOCTOR_FAIL,
				    "%s: VRID %u is used on %s by %s for other addresses (%s%s)",
				    set->name, set->vrid, set->interface, sender_text(s, src),
				    ip_text(s->advert.addresses[0], first),
				    s->advert.count > 1 ? ", ..." : "");
			doctor_mend(d, "choose another vrid for %s, on all its routers", set->name);
		}
	}
}

static const char *state_of(const struct doctor *d, uint32_t instance, enum family_index family)
{
	const char *state =
		json_string_value(json_object_get(doctor_shown(d, instance, family), "state"));

	return state ? state : "";
}

/* A BACKUP has a master; where no daemon runs, nobody to be heard may only mean to be the first. */
static void judge_peer(struct doctor *d, uint32_t instance, enum family_index family)
{
	const struct instance_settings *set = &d->settings->instances[instance];
	const char *state = state_of(d, instance, family);
	const struct doctor_sender *s = NULL;

	if (!doctor_has_family(set, family) || strcmp(state, "MASTER") == 0 ||
	    d->links[instance].ifindex == 0)
		return;
	while ((s = next_peer(d, instance, s)))
		if (family_index(s->src.family) == (int)family)
			return;
	doctor_find(d, strcmp(state, "BACKUP") == 0 ? DOCTOR_FAIL : DOCTOR_WARN,
		    "%s: nobody advertises VRID %u on %s%s: no other router runs, or it is not "
		    "heard",
		    set->name, set->vrid, set->interface, family == FAMILY_V6 ? " over IPv6" : "");
	doctor_mend(d, "tcpdump -ni %s proto 112  # on both routers", set->interface);
}

void doctor_peer(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		judge_peer(d, i, FAMILY_V4);
		judge_peer(d, i, FAMILY_V6);
	}
}

/* Advertises steadily, and until the end. */
static bool is_master(const struct doctor *d, const struct doctor_sender *s)
{
	return s->refused[REFUSAL_NONE] >= STEADY && s->advert.priority != VRRP_PRIORITY_RELEASE &&
	       d->listened_us - s->last_us < span_times(s->advert.interval, 2).us + 500000;
}

static void judge_masters(struct doctor *d, uint32_t instance, enum family_index family)
{
	const struct instance_settings *set = &d->settings->instances[instance];
	bool self = strcmp(state_of(d, instance, family), "MASTER") == 0;
	const struct doctor_sender *s = NULL, *first = NULL;
	char one[SENDER_TEXT_MAX], other[SENDER_TEXT_MAX];

	while ((s = next_peer(d, instance, s))) {
		if (family_index(s->src.family) != (int)family || !is_master(d, s))
			continue;
		if (!first && !self) {
			first = s;
			continue;
		}
		doctor_find(d, DOCTOR_FAIL, "%s: two masters on %s: %s and %s", set->name,
			    set->interface, self ? "this router" : sender_text(first, one),
			    sender_text(s, other));
		doctor_mend(d, "see firewall, version, interval, checksum and packets above and "
			       "below, on both routers");
	}
}

void doctor_masters(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		judge_masters(d, i, FAMILY_V4);
		judge_masters(d, i, FAMILY_V6);
	}
}

void doctor_version(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		const struct instance_settings *set = &d->settings->instances[i];
		const struct doctor_sender *s = NULL;
		char src[SENDER_TEXT_MAX], theirs[32];

		while ((s = next_peer(d, i, s))) {
			if (s->advert.version == set->version)
				continue;
			doctor_find(d, DOCTOR_FAIL,
				    "%s: %s speaks version %u, here it is %u: each refuses the "
				    "other",
				    set->name, sender_text(s, src), s->advert.version,
				    set->version);
			doctor_mend(d,
				    "version = %u, advert-interval = %s in instance %s of %s, and "
				    "vrrpctl reload",
				    s->advert.version, interval_text(s->advert.interval, theirs),
				    set->name, d->file);
		}
	}
}

void doctor_interval(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		const struct instance_settings *set = &d->settings->instances[i];
		const struct doctor_sender *s = NULL;
		char src[SENDER_TEXT_MAX], theirs[32], ours[32];

		while ((s = next_peer(d, i, s))) {
			if (s->advert.version != set->version ||
			    s->advert.interval.us == set->advert_interval.us)
				continue;
			/* version 2 refuses it, RFC 3768 section 7.1; version 3 learns it */
			doctor_find(d, set->version == 2 ? DOCTOR_FAIL : DOCTOR_WARN,
				    "%s: %s advertises every %s, here it is %s", set->name,
				    sender_text(s, src), interval_text(s->advert.interval, theirs),
				    interval_text(set->advert_interval, ours));
			doctor_mend(d,
				    "advert-interval = %s in instance %s of %s, and vrrpctl reload",
				    theirs, set->name, d->file);
		}
	}
}

void doctor_address_list(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		const struct instance_settings *set = &d->settings->instances[i];
		const struct doctor_sender *s = NULL;
		char src[SENDER_TEXT_MAX];

		while ((s = next_peer(d, i, s))) {
			uint32_t total, common = count_common(d, s, i, &total);
			uint32_t theirs = s->advert.count;

			if (s->src.family == IP_V6 && ip_is_link_local(s->advert.addresses[0]) &&
			    theirs > 1)
				theirs--;
			if (common == total && theirs == total)
				continue;
			doctor_find(d, DOCTOR_FAIL,
				    "%s: %s advertises %u addresses, here there are %u, and %u "
				    "are the same: the others move to nobody",
				    set->name, sender_text(s, src), theirs, total, common);
			doctor_mend(d, "the same addresses in instance %s of both routers",
				    set->name);
		}
	}
}

static void judge_checksum(struct doctor *d, const struct doctor_sender *s,
			   const struct instance_settings *set)
{
	const char *form = s->advert.checksum_with_pseudo ? "true" : "false";
	char src[IP_TEXT_MAX];

	ip_text(s->src, src);
	if (s->refused[REFUSAL_CHECKSUM] > 0) {
		doctor_find(d, DOCTOR_FAIL,
			    "%s: %u of the advertisements from %s have a wrong checksum", set->name,
			    s->refused[REFUSAL_CHECKSUM], src);
		doctor_mend(d, "look at the router %s, and at what lies between", src);
	}
	/* RFC 9568 section 5.2.8 leaves the pseudo-header out, others do not */
	if (s->refused[REFUSAL_NONE] > 0 && s->src.family == IP_V4 && s->advert.version == 3 &&
	    set->version == 3 && s->advert.checksum_with_pseudo != set->checksum_pseudo_header) {
		doctor_find(d, DOCTOR_WARN,
			    "%s: %s makes its checksum %s the pseudo-header, and may refuse ours",
			    set->name, src, s->advert.checksum_with_pseudo ? "with" : "without");
		doctor_mend(d,
			    "checksum-pseudo-header = %s in instance %s of %s, and vrrpctl reload",
			    form, set->name, d->file);
	}
}

void doctor_checksum(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		const struct doctor_sender *s = NULL;

		while ((s = doctor_next_sender(d, i, s)))
			judge_checksum(d, s, &d->settings->instances[i]);
	}
}

static bool is_configured_peer(const struct doctor *d, const struct instance_settings *set,
			       struct ip_addr src)
{
	for (uint32_t i = 0; i < set->peers.count; i++)
		if (ip_equal(d->settings->peers[set->peers.first + i], src))
			return true;
	return false;
}

/* Version 2's simple text, RFC 2338 section 5.3.6. */
static bool has_our_password(const struct instance_settings *set, const struct advert *a)
{
	uint8_t wanted[AUTH_PASSWORD_LEN] = { 0 };

	if (set->auth_password[0] == '\0')
		return a->auth_type == ADVERT_AUTH_NONE;
	memcpy(wanted, set->auth_password, strnlen(set->auth_password, sizeof(wanted)));
	return a->auth_type == ADVERT_AUTH_SIMPLE &&
	       memcmp(a->auth_data, wanted, sizeof(wanted)) == 0;
}

static void judge_packets(struct doctor *d, const struct doctor_sender *s,
			  const struct instance_settings *set)
{
	uint8_t least = set->peers.count > 0 ? set->min_ttl : VRRP_TTL;
	char src[IP_TEXT_MAX];

	ip_text(s->src, src);
	for (int r = REFUSAL_NONE + 1; r < REFUSAL_COUNT_; r++) {
		if (s->refused[r] == 0 || r == REFUSAL_CHECKSUM)
			continue;
		doctor_find(d, DOCTOR_FAIL, "%s: %u advertisements from %s are refused: %s",
			    set->name, s->refused[r], src, refusal_text((enum refusal)r));
		doctor_mend(d, "look at the router %s", src);
	}
	if (s->ttl < least) {
		doctor_find(d, DOCTOR_FAIL,
			    "%s: %s sends with a TTL of %u, and at least %u is required: forged, "
			    "or routed",
			    set->name, src, s->ttl, least);
		doctor_mend(d, "see that no router or tunnel lies between; min-ttl for unicast");
	}
	if (set->peers.count > 0 && !is_configured_peer(d, set, s->src)) {
		doctor_find(d, DOCTOR_FAIL, "%s: %s advertises and is not among the peers",
			    set->name, src);
		doctor_mend(d, "peers = {..., %s} in instance %s of %s", src, set->name, d->file);
	}
	if (s->refused[REFUSAL_NONE] > 0 && s->advert.version == 2 && set->version == 2 &&
	    !has_our_password(set, &s->advert)) {
		doctor_find(d, DOCTOR_FAIL, "%s: %s has another password, or none", set->name, src);
		doctor_mend(d, "the same auth-password in instance %s of both routers", set->name);
	}
}

void doctor_packets(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		const struct doctor_sender *s = NULL;

		while ((s = doctor_next_sender(d, i, s)))
			judge_packets(d, s, &d->settings->instances[i]);
	}
}

void doctor_priorities(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		const struct instance_settings *set = &d->settings->instances[i];
		const struct doctor_sender *s = NULL;
		char src[IP_TEXT_MAX];

		while ((s = next_peer(d, i, s))) {
			/* without preemption nobody is to be the first, so that equals are what is wanted */
			if (s->advert.priority != set->priority || !set->preempt)
				continue;
			doctor_find(d, DOCTOR_WARN,
				    "%s: %s has the same priority, %u: whichever has the greater "
				    "address stays MASTER when both are",
				    set->name, ip_text(s->src, src), set->priority);
			doctor_mend(d, "priority = %d in instance %s of %s, and vrrpctl reload",
				    set->priority > 1 ? set->priority - 1 : set->priority + 1,
				    set->name, d->file);
		}
	}
}

/* The lowest and the highest priority that weights can make, and whether there are any. */
struct reach {
	int worst, best;
	bool weighs, unlimited;
};

static void add_weights(const struct doctor *d, struct range tracks, struct reach *r)
{
	for (uint32_t i = 0; i < tracks.count; i++) {
		const struct track_settings *t = &d->settings->tracks[tracks.first + i];

		r->weighs = r->weighs || t->weight != 0;
		/* a file's number may be anything */
		if (t->check > 0 && d->settings->checks[t->check - 1].kind == CHECK_FILE)
			r->unlimited = true;
		else if (t->weight > 0)
			r->best += t->weight;
		else
			r->worst += t->weight;
	}
}

static int clamp_priority(int priority)
{
	return priority < 1 ? 1 : priority > PRIORITY_OWNER - 1 ? PRIORITY_OWNER - 1 : priority;
}

static struct reach reach_of(const struct doctor *d, const struct instance_settings *set)
{
	struct reach r = { .worst = set->priority, .best = set->priority };

	add_weights(d, set->tracks, &r);
	if (set->group != 0)
		add_weights(d, d->settings->groups[set->group - 1].tracks, &r);
	r.worst = clamp_priority(r.worst);
	r.best = clamp_priority(r.best);
	return r;
}

/*
 * Can the two change places? What a peer tracks is not known, and as a rule it is the same: so what it advertises may fall and rise by as
 * much as ours can.
 */
static bool can_cross(const struct reach *ours, uint8_t theirs)
{
	int swing = ours->best - ours->worst;

	return ours->worst <= theirs + swing && theirs - swing <= ours->best;
}

void doctor_weights(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		const struct instance_settings *set = &d->settings->instances[i];
		struct reach ours = reach_of(d, set);
		const struct doctor_sender *s = NULL;
		char src[IP_TEXT_MAX];
		int distance;

		if (!ours.weighs || ours.unlimited)
			continue;
		if (set->priority == PRIORITY_OWNER) {
			doctor_find(d, DOCTOR_WARN,
				    "%s: weights never change the priority 255 of an owner",
				    set->name);
			doctor_mend(d, "a weight of 0, or a priority below 255, in %s", d->file);
			continue;
		}
		while ((s = next_peer(d, i, s))) {
			if (can_cross(&ours, s->advert.priority))
				continue;
			distance = s->advert.priority - set->priority;
			doctor_find(d, DOCTOR_WARN,
				    "%s: whatever is tracked, the priority stays between %d and "
				    "%d; with the same weights there, it never crosses that of %s, "
				    "%u",
				    set->name, ours.worst, ours.best, ip_text(s->src, src),
				    s->advert.priority);
			doctor_mend(d,
				    "weights of more than %d in instance %s of %s, on both routers",
				    distance < 0 ? -distance : distance, set->name, d->file);
		}
	}
}
