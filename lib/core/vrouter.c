/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protocol on a few pages: one function per state, one case per input, in the order of RFC 9568 section 6.4. Where we do more than
 * the RFC asks it is to lose no packet (the addresses linger until the successor has been heard), to believe nobody dead after
 * having slept, and to let a master survive its own restart.
 */
#include "core/vrouter.h"

#include <stdio.h>
#include <string.h>

/* ---- formulas ---- */

/*
 * Skew_Time = ((256 - Priority) * Active_Adver_Interval) / 256, RFC 9568 section 6.1;
 * version 2: ((256 - Priority) / 256) seconds, RFC 3768 section 6.1.
 */
static struct span skew_time(const struct vrouter *vr, struct span master_advert)
{
	struct span unit = vr->set->version == 2 ? span_s(1) : master_advert;

	return span_us((256 - vr->priority) * unit.us / 256);
}

struct span vrouter_skew_time(const struct vrouter *vr)
{
	return skew_time(vr, vr->master_advert);
}

struct span vrouter_release_interval(const struct vrouter *vr)
{
	struct span interval = vr->set->advert_interval;

	return vr->set->version == 2 ? interval : span_min(interval, span_ms(RELEASE_INTERVAL_MS));
}

/* Active_Down_Interval = (3 * Active_Adver_Interval) + Skew_Time, RFC 9568 section 6.1 */
struct span vrouter_master_down_interval(const struct vrouter *vr)
{
	return span_add(span_times(vr->master_advert, 3), vrouter_skew_time(vr));
}

struct span vrouter_moving_time(const struct vrouter *vr)
{
	return span_add(span_ms(LINGER_BASE_MS),
			span_us((int64_t)vr->address_count * LINGER_PER_ADDRESS_US));
}

/*
 * How long a successor that has been heard is given to take the addresses and announce them. With a virtual MAC there is nothing to wait for:
 * he advertises when he serves, and with that advertisement the switches send everything to him.
 */
static struct span linger_time(const struct vrouter *vr)
{
	return vr->set->virtual_mac ? span_us(0) : vrouter_moving_time(vr);
}

/*
 * How long a successor is waited for after a release. Who is retired has nobody left to hear it: its Skew_Time, which is less than an
 * interval, must do.
 */
static struct span longest_linger(const struct vrouter *vr, enum reason why)
{
	struct span interval = vr->set->advert_interval;

	return why == REASON_RETIRED ? span_add(interval, vrouter_moving_time(vr))
				     : span_times(interval, 3);
}

/*
 * The next advertisement is due one interval after this one, brought forward to a multiple of a small part of the
 * interval: virtual routers of one interval then fall due together and leave in one system call. Never late, and early by 2 %
 * at most.
 */
static struct instant next_advert(const struct vrouter *vr, struct instant now)
{
	struct span interval = vr->set->advert_interval;
	int64_t grid_us = span_min(span_us(interval.us / 50), span_ms(2)).us;
	struct instant due = instant_add(now, interval);

	due.us -= due.us % grid_us;
	return due;
}

/* ---- what is told ---- */

struct history_event vrouter_event(const struct vrouter *vr, enum history_kind kind,
				   struct instant now, int64_t wall_us)
{
	struct history_event e = { .kind = kind, .at = now, .wall_us = wall_us };

	_Static_assert(sizeof(e.instance) == sizeof(vr->name), "both with the NUL");
	memcpy(e.instance, vr->name, sizeof(e.instance));
	return e;
}

const char *vrouter_cause(const struct vrouter *vr)
{
	return vr->reason == REASON_TRACK_DOWN || vr->reason == REASON_GROUP ? vr->imposed_by : "";
}

static void tell_state(struct vrouter *vr, const struct vrouter_step *step, enum vrouter_state from)
{
	struct history_event e = vrouter_event(vr, HISTORY_STATE, step->now, step->wall_us);

	e.from = (int32_t)from;
	e.to = (int32_t)vr->state;
	e.reason = vr->reason;
	e.code = vr->priority;
	e.error = step->error;
	snprintf(e.text, sizeof(e.text), "%s", vrouter_cause(vr));
	if (vr->reason == REASON_HIGHER_PRIORITY || vr->reason == REASON_HIGHER_ADDRESS) {
		e.address = vr->master;
		e.code = vr->master_priority;
	}
	history_append(step->history, &e);
}

static void tell_master(const struct vrouter *vr, const struct vrouter_step *step)
{
	struct history_event e = vrouter_event(vr, HISTORY_MASTER, step->now, step->wall_us);

	e.address = vr->master;
	e.to = vr->master_priority;
	history_append(step->history, &e);
}

/* What was told of them by the engine, which knows more of the other one, has an end. */
static void tell_rival_gone(const struct vrouter *vr, const struct vrouter_step *step)
{
	struct history_event e = vrouter_event(vr, HISTORY_CONFLICT, step->now, step->wall_us);

	e.code = CONFLICT_TWO_MASTERS_OVER;
	e.address = vr->rival;
	e.from = vr->rival_priority;
	e.to = vr->priority;
	history_append(step->history, &e);
}

struct ip_addr vrouter_source(const struct vrouter *vr)
{
	return ip_is_set(vr->link.source) ? vr->link.source : vr->sent_from;
}

/* ---- transitions ---- */

static void send_advert(struct vrouter *vr, const struct vrouter_step *step, uint8_t priority)
{
	vr->out.advertise = true;
	vr->out.advertise_priority = priority;
	vr->out.save = true;
	vr->last_advert = step->now;
	vr->sent_from = vrouter_source(vr);
}

static void change_state(struct vrouter *vr, const struct vrouter_step *step, enum vrouter_state to,
			 enum reason reason)
{
	enum vrouter_state from = vr->state;

	if (from == VROUTER_MASTER)
		vr->counters.value[COUNTER_RELEASED_MASTER]++;
	if (to == VROUTER_MASTER)
		vr->counters.value[COUNTER_BECAME_MASTER]++;
	vr->state = to;
	vr->reason = reason;
	vr->error = step->error;
	vr->since = step->now;
	vr->since_wall_us = step->wall_us;
	vr->advert_timer = INSTANT_NEVER;
	vr->master_down_timer = INSTANT_NEVER;
	vr->reply_after = INSTANT_NEVER;
	vr->rival_quiet = INSTANT_NEVER;
	vr->fault_until = INSTANT_NEVER;
	vr->listened_again = false;
	vr->released = false;
	vr->wants = false;
	vr->out.save = true;
	vr->out.moved = true;
	tell_state(vr, step, from);
}

/* RFC 9568 section 6.4.2, "If the Active_Down_Timer fires": advertise first, then the addresses, then the announcements. */
static void become_master(struct vrouter *vr, const struct vrouter_step *step, enum reason reason)
{
	change_state(vr, step, VROUTER_MASTER, reason);
	vr->master = IP_ADDR_NONE;
	vr->master_priority = 0;
	vr->linger_until = INSTANT_NEVER;
	send_advert(vr, step, vr->priority);
	vr->advert_timer = next_advert(vr, step->now);
	vr->out.announce = true;
}

/* RFC 9568 sections 6.4.1 and 6.4.3: listen for as long as a master may be silent. */
static void become_backup(struct vrouter *vr, const struct vrouter_step *step, enum reason reason)
{
	change_state(vr, step, VROUTER_BACKUP, reason);
	vr->master_down_timer = instant_add(step->now, vrouter_master_down_interval(vr));
}

static void become_fault(struct vrouter *vr, const struct vrouter_step *step, enum reason reason)
{
	change_state(vr, step, VROUTER_FAULT, reason);
	vr->master = IP_ADDR_NONE;
	vr->master_priority = 0;
	vr->linger_until = INSTANT_NEVER;
	/* A successor may wait a little for its link and go on; after these nobody goes on as if nothing had been. */
	if (reason == REASON_FORCED_OFF || reason == REASON_TRACK_DOWN)
		vr->resume_until = INSTANT_NEVER;
}

static bool lingers(const struct vrouter *vr)
{
	return !instant_is_never(vr->linger_until);
}

/* The addresses that linger go now, or by then at the latest. Its record tells a successor of this process. */
static void let_go(struct vrouter *vr)
{
	vr->out.save = vr->out.save || lingers(vr);
	vr->linger_until = INSTANT_NEVER;
}

static void linger_less(struct vrouter *vr, struct instant until)
{
	if (!lingers(vr) || !instant_before(until, vr->linger_until))
		return;
	vr->linger_until = until;
	vr->out.save = true;
}

/* Becomes MASTER, or says that it would if it might. */
static void take(struct vrouter *vr, const struct vrouter_step *step, enum reason reason)
{
	if (!vr->gated) {
		become_master(vr, step, reason);
		return;
	}
	vr->master_down_timer = INSTANT_NEVER;
	vr->wants = true;
	vr->wants_for = reason;
}

/* Why the link cannot carry advertisements, or REASON_NONE. */
static enum reason link_trouble(const struct vrouter *vr)
{
	if (!vr->link.present)
		return REASON_LINK_ABSENT;
	if (!vr->link.up)
		return REASON_LINK_DOWN;
	if (vr->link.deaf)
		return REASON_LINK_DEAF;
	if (!ip_is_set(vr->link.source))
		return REASON_LINK_NO_ADDRESS;
	return vr->link.lack;
}

bool vrouter_in_trouble(const struct vrouter *vr)
{
	return link_trouble(vr) != REASON_NONE || !instant_is_never(vr->fault_until) ||
	       (vr->imposed != REASON_NONE && vr->imposed != REASON_GROUP);
}

/* Why it can take no part, or REASON_NONE. Who is forced off is told so, whatever else there is. */
static enum reason trouble_of(const struct vrouter *vr)
{
	enum reason trouble = link_trouble(vr);

	return trouble == REASON_NONE || vr->imposed == REASON_FORCED_OFF ? vr->imposed : trouble;
}

/* Likewise, but who is forced off, in good health, serves until then. */
static void become_fault_serving(struct vrouter *vr, const struct vrouter_step *step,
				 enum reason reason, struct instant until)
{
	become_fault(vr, step, reason);
	if (reason == REASON_FORCED_OFF && link_trouble(vr) == REASON_NONE)
		vr->linger_until = until;
}

/* Who has yielded because its group did has a successor; who is forced to takes over again without a gap where there is none. */
static void wait_for_successor(struct vrouter *vr, const struct vrouter_step *step)
{
	vr->linger_until = instant_add(step->now, longest_linger(vr, step->why));
	if (vr->last_resort)
		vr->master_down_timer = vr->linger_until;
}

/*
 * A predecessor was master and no peer can have noticed that it died: go on where it stood. Nothing changes for anybody, so it is no
 * transition either.
 */
static void resume(struct vrouter *vr, const struct vrouter_step *step)
{
	struct history_event e = vrouter_event(vr, HISTORY_STATE, step->now, step->wall_us);

	vr->state = VROUTER_MASTER;
	vr->since = step->now;
	vr->out.moved = true;
	e.from = VROUTER_MASTER;
	e.to = VROUTER_MASTER;
	e.reason = REASON_RESUMED;
	e.code = vr->priority;
	history_append(step->history, &e);
	send_advert(vr, step, vr->priority);
	vr->advert_timer = next_advert(vr, step->now);
}

/* Why priority 255 takes over at once. */
static enum reason owner_reason(const struct vrouter *vr)
{
	return vr->set->priority == PRIORITY_OWNER ? REASON_OWNER : REASON_FORCED_MASTER;
}

/* RFC 9568 section 6.4.1, with the link in order. */
static void begin(struct vrouter *vr, const struct vrouter_step *step, enum reason reason)
{
	bool resumes =
		instant_before(step->now, vr->resume_until) && !instant_is_never(vr->resume_until);

	vr->resume_until = INSTANT_NEVER;
	vr->master_advert = vr->set->advert_interval;
	vr->preempt_after = instant_add(step->now, vr->set->preempt_delay);
	if (resumes)
		resume(vr, step);
	else if (vr->priority == PRIORITY_OWNER && !vr->gated)
		become_master(vr, step, owner_reason(vr));
	else
		become_backup(vr, step, reason);
	if (!resumes && vr->priority == PRIORITY_OWNER && vr->gated)
		take(vr, step, owner_reason(vr));
}

static void stop(struct vrouter *vr, const struct vrouter_step *step)
{
	vr->master = IP_ADDR_NONE;
	vr->master_priority = 0;
	change_state(vr, step, VROUTER_INIT, step->why);
}

/* ---- INIT: not started, or stopped ---- */

/* Somebody else serves now: the addresses that linger may go as soon as it has announced them. */
static void successor_heard(struct vrouter *vr, const struct vrouter_step *step)
{
	if (step->advert->priority != VRRP_PRIORITY_RELEASE)
		linger_less(vr, instant_add(step->now, linger_time(vr)));
}

/* Asked to stop a second time: no more waiting for a successor. Taken away by a reload meanwhile: no longer than anybody who is. */
static void shut_down_again(struct vrouter *vr, const struct vrouter_step *step)
{
	if (step->why == REASON_RETIRED)
		linger_less(vr, instant_add(step->now, longest_linger(vr, step->why)));
	else
		let_go(vr);
}

/* A predecessor may have yielded and still served: see engine_restore(). Who is the last resort begins to wait anew. */
static void start(struct vrouter *vr, const struct vrouter_step *step)
{
	enum reason trouble = trouble_of(vr);

	if (trouble != REASON_NONE) {
		become_fault_serving(vr, step, trouble, vr->linger_until);
		return;
	}
	begin(vr, step, REASON_STARTED);
	if (lingers(vr) && vr->last_resort)
		wait_for_successor(vr, step);
}

static void step_init(struct vrouter *vr, const struct vrouter_step *step)
{
	switch (step->input) {
	case VROUTER_STARTUP:
		start(vr, step);
		break;
	case VROUTER_ADVERT:
		successor_heard(vr, step);
		break;
	case VROUTER_LINK_CHANGED:
		/* A fault that comes after the release ends no lingering; only without the link is there nobody to serve. */
		if (link_trouble(vr) != REASON_NONE)
			let_go(vr);
		break;
	case VROUTER_SHUTDOWN:
		shut_down_again(vr, step);
		break;
	case VROUTER_TIMER:
	case VROUTER_ADDRESS_FAILED:
	case VROUTER_TAKE:
	case VROUTER_YIELD:
		/* Nothing runs here but the lingering, which vrouter_step() ends. */
		break;
	}
}

/* ---- BACKUP, RFC 9568 section 6.4.2 ---- */

/*
 * Who counts as the master where several are heard? The one that the others have to yield to, unless it has been silent for as long as any
 * master may be.
 */
static bool is_the_master(const struct vrouter *vr, const struct vrouter_step *step)
{
	uint8_t priority = step->advert->priority;

	if (!ip_is_set(vr->master) || ip_equal(vr->master, step->sender))
		return true;
	if (instant_diff(step->now, vr->master_heard).us >= span_times(vr->master_advert, 3).us)
		return true;
	return priority > vr->master_priority ||
	       (priority == vr->master_priority && ip_compare(step->sender, vr->master) > 0);
}

static void learn_master(struct vrouter *vr, const struct vrouter_step *step)
{
	bool is_new = !ip_equal(vr->master, step->sender);

	if (!is_the_master(vr, step))
		return;
	vr->master = step->sender;
	vr->master_priority = step->advert->priority;
	vr->master_heard = step->now;
	vr->master_heard_wall_us = step->wall_us;
	if (is_new)
		tell_master(vr, step);
}

/* Is a master of lower priority to be left alone? */
static bool tolerates_lower(const struct vrouter *vr, struct instant now)
{
	/* The owner always preempts, RFC 9568 section 6.1 (Preempt_Mode). */
	if (vr->priority == PRIORITY_OWNER)
		return false;
	return !vr->set->preempt || !instant_reached(vr->preempt_after, now);
}

/*
 * RFC 9568 section 6.4.2: a release makes the down timer Skew_Time. Only the master we listen to can release: where another is alive, one
 * of two masters giving up must not make a third. And it never lengthens the wait, or a stream of releases could hold us back.
 */
static void master_releases(struct vrouter *vr, const struct vrouter_step *step)
{
	/* Ours say how fast they wish to be followed: RELEASE_INTERVAL_MS. */
	struct span interval = span_min(vr->master_advert, step->advert->interval);

	if (ip_is_set(vr->master) && !ip_equal(vr->master, step->sender))
		return;
	vr->master_down_timer =
		instant_min(vr->master_down_timer, instant_add(step->now, skew_time(vr, interval)));
	vr->released = true;
	vr->master = IP_ADDR_NONE;
	vr->master_priority = 0;
}

/* RFC 9568 section 6.4.2, "If an ADVERTISEMENT is received" */
static void backup_hears(struct vrouter *vr, const struct vrouter_step *step)
{
	const struct advert *advert = step->advert;

	successor_heard(vr, step);
	if (advert->priority == VRRP_PRIORITY_RELEASE) {
		master_releases(vr, step);
		return;
	}
	if (advert->priority < vr->priority && !tolerates_lower(vr, step->now)) {
		learn_master(vr, step);
		return;
	}
	/* Version 2 has one interval for all (checked on receipt), version 3 learns the master's. */
	vr->master_advert = advert->interval;
	vr->listened_again = false;
	vr->released = false;
	vr->wants = false;
	learn_master(vr, step);
	vr->master_down_timer = instant_add(step->now, vrouter_master_down_interval(vr));
}

/*
 * A timer that is late by more than an interval says that this process slept, not that the master did: whatever it sent is lost
 * or still queued. Listen for one more of its intervals, but only once in a row.
 */
static bool slept(struct vrouter *vr, const struct vrouter_step *step)
{
	struct span late = instant_diff(step->now, vr->master_down_timer);

	if (late.us <= vr->master_advert.us || vr->listened_again)
		return false;
	vr->listened_again = true;
	vr->master_down_timer =
		instant_add(step->now, span_add(vr->master_advert, vrouter_skew_time(vr)));
	return true;
}

static void backup_timer(struct vrouter *vr, const struct vrouter_step *step)
{
	if (!instant_reached(vr->master_down_timer, step->now) || slept(vr, step))
		return;
	take(vr, step,
	     vr->last_resort ? REASON_LAST_ROUTER
	     : vr->released  ? REASON_MASTER_RELEASED
			     : REASON_MASTER_DOWN);
}

static void step_backup(struct vrouter *vr, const struct vrouter_step *step)
{
	enum reason trouble = trouble_of(vr);

	switch (step->input) {
	case VROUTER_ADVERT:
		backup_hears(vr, step);
		break;
	case VROUTER_TIMER:
		backup_timer(vr, step);
		break;
	case VROUTER_LINK_CHANGED:
		if (trouble != REASON_NONE)
			become_fault(vr, step, trouble);
		break;
	case VROUTER_TAKE:
		become_master(vr, step, step->why != REASON_NONE ? step->why : vr->wants_for);
		break;
	case VROUTER_SHUTDOWN:
		stop(vr, step);
		break;
	case VROUTER_STARTUP:
	case VROUTER_ADDRESS_FAILED:
	case VROUTER_YIELD:
		/* Already running and not master; addresses are nobody's concern here. */
		break;
	}
}

/* ---- MASTER, RFC 9568 section 6.4.3 ---- */

enum reason vrouter_stronger(const struct vrouter *vr, const struct advert *advert,
			     struct ip_addr sender)
{
	if (advert->priority > vr->priority)
		return REASON_HIGHER_PRIORITY;
	if (advert->priority == vr->priority && ip_compare(sender, vr->link.source) > 0)
		return REASON_HIGHER_ADDRESS;
	return REASON_NONE;
}

/* RFC 9568 section 6.4.3: assert ourselves at once, but do not let it be abused for a storm. Was it done? */
static bool answer(struct vrouter *vr, const struct vrouter_step *step)
{
	if (!instant_is_never(vr->reply_after) && !instant_reached(vr->reply_after, step->now))
		return false;
	vr->reply_after = instant_add(step->now, span_ms(REPLY_PAUSE_MS));
	send_advert(vr, step, vr->priority);
	if (instant_reached(vr->advert_timer, step->now))
		vr->advert_timer = next_advert(vr, step->now); /* this was the one that is due */
	return true;
}

/*
 * Somebody weaker sends as master, and switches and neighbours may believe him. He yields to our answer, as a rule: so we announce with it,
 * and again when he has not been heard for a while. Not where we have only just taken over: that was the last word of the master
 * before us, and our announcements are under way.
 */
static void face_rival(struct vrouter *vr, const struct vrouter_step *step)
{
	struct span interval = span_max(step->advert->interval, vr->set->advert_interval);

	answer(vr, step);
	if (instant_diff(step->now, vr->since).us < vr->set->advert_interval.us)
		return;
	if (instant_is_never(vr->rival_quiet))
		vr->out.announce_again = true;
	vr->rival = step->sender;
	vr->rival_priority = step->advert->priority;
	vr->out.two_masters = true;
	vr->rival_quiet = instant_add(step->now, span_times(interval, 2));
}

/*
 * RFC 9568 section 6.4.3, somebody stronger is master. We advertise a last time before we yield, which the RFC does not ask for: had the two
 * of us not heard each other before, the one who stays learns of it only so, and must announce the addresses again.
 */
static void yield_to(struct vrouter *vr, const struct vrouter_step *step, enum reason why)
{
	send_advert(vr, step, vr->priority);
	vr->master = step->sender;
	vr->master_priority = step->advert->priority;
	vr->master_heard = step->now;
	vr->master_heard_wall_us = step->wall_us;
	vr->master_advert = step->advert->interval;
	vr->linger_until = instant_add(step->now, linger_time(vr));
	become_backup(vr, step, why);
}

static void master_hears(struct vrouter *vr, const struct vrouter_step *step)
{
	enum reason why;

	if (step->advert->priority == VRRP_PRIORITY_RELEASE) {
		if (answer(vr, step))
			vr->advert_timer = next_advert(vr, step->now);
		return;
	}
	why = vrouter_stronger(vr, step->advert, step->sender);
	if (why == REASON_NONE || vr->stands)
		face_rival(vr, step);
	else
		yield_to(vr, step, why);
}

static void rival_has_gone(struct vrouter *vr, const struct vrouter_step *step)
{
	vr->rival_quiet = INSTANT_NEVER;
	vr->out.announce_again = true;
	vr->out.notify_again = true;
	tell_rival_gone(vr, step);
}

static void master_timer(struct vrouter *vr, const struct vrouter_step *step)
{
	if (instant_reached(vr->rival_quiet, step->now))
		rival_has_gone(vr, step);
	if (instant_reached(vr->advert_timer, step->now)) {
		struct span late = instant_diff(step->now, vr->advert_timer);
		bool missed = late.us >= vr->set->advert_interval.us;

		/* A little late once must not make all that follow later; whole ones that were missed are not made up for. */
		send_advert(vr, step, vr->priority);
		vr->advert_timer = next_advert(vr, missed ? step->now : vr->advert_timer);
	}
}

void vrouter_hand_over(struct vrouter *vr, const struct vrouter_step *step)
{
	if (vr->state != VROUTER_MASTER)
		return;
	send_advert(vr, step, vr->priority);
	vr->advert_timer = next_advert(vr, step->now);
}

/* An address that is gone is still good enough for the last word of all. */
static bool can_release(const struct vrouter *vr)
{
	enum reason trouble = link_trouble(vr);

	return trouble == REASON_NONE || trouble == vr->link.lack ||
	       (trouble == REASON_LINK_NO_ADDRESS && ip_is_set(vr->sent_from));
}

/*
 * It must not be master any more. Where the link still carries it, the others are told to take over at once; only who is forced off, in
 * good health, serves until they have.
 */
static void fail(struct vrouter *vr, const struct vrouter_step *step, enum reason trouble)
{
	vr->out.advertise = false; /* it may not be able to leave any more */
	if (can_release(vr))
		send_advert(vr, step, VRRP_PRIORITY_RELEASE);
	become_fault_serving(vr, step, trouble,
			     instant_add(step->now, longest_linger(vr, trouble)));
}

/* Gives up in order, in good health. */
static void yield(struct vrouter *vr, const struct vrouter_step *step)
{
	send_advert(vr, step, VRRP_PRIORITY_RELEASE);
	vr->master_advert = vr->set->advert_interval;
	become_backup(vr, step, step->why);
	wait_for_successor(vr, step);
}

static void step_master(struct vrouter *vr, const struct vrouter_step *step)
{
	enum reason trouble = trouble_of(vr);

	switch (step->input) {
	case VROUTER_ADVERT:
		master_hears(vr, step);
		break;
	case VROUTER_TIMER:
		master_timer(vr, step);
		break;
	case VROUTER_LINK_CHANGED:
		if (trouble != REASON_NONE)
			fail(vr, step, trouble);
		break;
	case VROUTER_YIELD:
		yield(vr, step);
		break;
	case VROUTER_SHUTDOWN:
		send_advert(vr, step, VRRP_PRIORITY_RELEASE);
		vr->linger_until = instant_add(step->now, longest_linger(vr, step->why));
		stop(vr, step);
		break;
	case VROUTER_ADDRESS_FAILED:
		send_advert(vr, step, VRRP_PRIORITY_RELEASE);
		become_fault(vr, step, step->why);
		vr->fault_until = instant_add(
			step->now, span_s((int64_t)ADDRESS_FAULT_FIRST_S << vr->address_faults));
		if (vr->address_faults < ADDRESS_FAULT_DOUBLINGS)
			vr->address_faults++;
		break;
	case VROUTER_STARTUP:
	case VROUTER_TAKE:
		/* Already running, and master. */
		break;
	}
}

/* ---- FAULT: something that must be in order is not ---- */

/* What ends a FAULT of this reason: an operator's word, another configuration, or that what was wrong is so no more. */
static enum reason recovery(enum reason fault, enum reason why)
{
	if (why == REASON_FORCED_MASTER || why == REASON_FORCED_BACKUP)
		return why;
	/* What is known of a tracked thing is the same after a reload: it only does not fault any more. */
	if (fault == REASON_TRACK_DOWN)
		return why == REASON_CONFIGURATION ? why : REASON_TRACK_UP;
	if (fault == REASON_FORCED_OFF)
		return REASON_FORCE_RELEASED;
	return fault == REASON_GROUP ? REASON_GROUP : REASON_LINK_UP;
}

static void step_fault(struct vrouter *vr, const struct vrouter_step *step)
{
	enum reason trouble = trouble_of(vr);

	switch (step->input) {
	case VROUTER_LINK_CHANGED:
		/* Who was forced off may still serve, but not through a link that does not. */
		if (link_trouble(vr) != REASON_NONE)
			let_go(vr);
		if (trouble == REASON_NONE && instant_is_never(vr->fault_until))
			begin(vr, step, recovery(vr->reason, step->why));
		else if (trouble != REASON_NONE && trouble != vr->reason)
			become_fault(vr, step, trouble);
		break;
	case VROUTER_TIMER:
		if (!instant_reached(vr->fault_until, step->now))
			break;
		vr->fault_until = INSTANT_NEVER;
		if (trouble == REASON_NONE)
			begin(vr, step, REASON_ADDRESS_RETRY);
		break;
	case VROUTER_SHUTDOWN:
		stop(vr, step);
		break;
	case VROUTER_ADVERT:
		successor_heard(vr, step);
		break;
	case VROUTER_STARTUP:
	case VROUTER_ADDRESS_FAILED:
	case VROUTER_TAKE:
	case VROUTER_YIELD:
		/* Takes no part. */
		break;
	}
}

void vrouter_step(struct vrouter *vr, const struct vrouter_step *step)
{
	if (instant_reached(vr->linger_until, step->now))
		vr->linger_until = INSTANT_NEVER;
	switch (vr->state) {
	case VROUTER_INIT:
		step_init(vr, step);
		break;
	case VROUTER_BACKUP:
		step_backup(vr, step);
		break;
	case VROUTER_MASTER:
		step_master(vr, step);
		break;
	case VROUTER_FAULT:
		step_fault(vr, step);
		break;
	}
}

void vrouter_init(struct vrouter *vr, const struct instance_settings *set, enum ip_family family,
		  uint32_t number)
{
	bool both = set->addresses[FAMILY_V4].count != 0 && set->addresses[FAMILY_V6].count != 0;

	*vr = (struct vrouter){
		.set = set,
		.family = family,
		.number = number,
		.address_count = set->addresses[family_index(family)].count + set->extra.count,
		.state = VROUTER_INIT,
		.priority = set->priority,
		.master_advert = set->advert_interval,
		.last_advert = INSTANT_NEVER,
		.advert_timer = INSTANT_NEVER,
		.master_down_timer = INSTANT_NEVER,
		.since = INSTANT_NEVER,
		.preempt_after = INSTANT_NEVER,
		.linger_until = INSTANT_NEVER,
		.reply_after = INSTANT_NEVER,
		.rival_quiet = INSTANT_NEVER,
		.fault_until = INSTANT_NEVER,
		.resume_until = INSTANT_NEVER,
	};
	snprintf(vr->name, sizeof(vr->name), "%s%s%s", set->name, both ? "/" : "",
		 both ? ip_family_name(family) : "");
}

bool vrouter_holds(const struct vrouter *vr)
{
	return vr->state == VROUTER_MASTER || lingers(vr);
}

struct instant vrouter_deadline(const struct vrouter *vr)
{
	struct instant next = instant_min(vr->advert_timer, vr->master_down_timer);

	next = instant_min(next, vr->linger_until);
	next = instant_min(next, vr->rival_quiet);
	return instant_min(next, vr->fault_until);
}

static void tell_priority(const struct vrouter *vr, const struct vrouter_step *step, uint8_t from,
			  enum reason why, const char *by)
{
	struct history_event e = vrouter_event(vr, HISTORY_PRIORITY, step->now, step->wall_us);

	e.from = from;
	e.to = vr->priority;
	e.reason = why;
	snprintf(e.text, sizeof(e.text), "%s", by);
	history_append(step->history, &e);
}

void vrouter_set_priority(struct vrouter *vr, uint8_t priority, const struct vrouter_step *step,
			  enum reason why, const char *by)
{
	uint8_t from = vr->priority;

	if (priority == from)
		return;
	vr->priority = priority;
	vr->out.save = true;
	tell_priority(vr, step, from, why, by);
	/* The others are to know at once: they may have to take over. */
	if (vr->state == VROUTER_MASTER) {
		send_advert(vr, step, vr->priority);
		vr->advert_timer = next_advert(vr, step->now);
	}
}

/* Would an advertisement look different now, addresses and priority aside? */
static bool speech_changed(const struct instance_settings *now, const struct instance_settings *was)
{
	return now->version != was->version || now->advert_interval.us != was->advert_interval.us ||
	       strcmp(now->auth_password, was->auth_password) != 0;
}

/* A new interval of our own counts for a backup that has learnt none: version 3 goes on with its master's. */
static void adopt_interval(struct vrouter *vr, const struct instance_settings *was)
{
	bool other_version = vr->set->version != was->version;
	bool other_interval = vr->set->advert_interval.us != was->advert_interval.us;

	if (other_version || (other_interval && (vr->set->version == 2 || !ip_is_set(vr->master))))
		vr->master_advert = vr->set->advert_interval;
}

void vrouter_adopt(struct vrouter *vr, const struct vrouter *old, bool addresses_changed,
		   const struct vrouter_step *step)
{
	struct vrouter fresh = *vr;

	*vr = *old;
	vr->set = fresh.set;
	vr->number = fresh.number;
	vr->address_count = fresh.address_count;
	vr->priority = fresh.priority;
	vr->gated = fresh.gated;
	vr->imposed = fresh.imposed;
	/* Else whom it has to thank for its state is who it was. */
	if (fresh.imposed == REASON_TRACK_DOWN)
		memcpy(vr->imposed_by, fresh.imposed_by, sizeof(vr->imposed_by));
	vr->last_resort = fresh.last_resort;
	memcpy(vr->name, fresh.name, sizeof(vr->name));
	if (vr->priority != old->priority)
		tell_priority(vr, step, old->priority, REASON_CONFIGURATION, "");
	if (vr->state != VROUTER_MASTER) {
		/* The running down timer stays: a reload is no sign of life from a master. */
		adopt_interval(vr, old->set);
		return;
	}
	/* The others count on the old interval until they hear of the new one: keep to the shorter. */
	vr->advert_timer = instant_min(vr->advert_timer, next_advert(vr, step->now));
	if (vr->priority != old->priority || addresses_changed || speech_changed(vr->set, old->set))
		send_advert(vr, step, vr->priority);
}
