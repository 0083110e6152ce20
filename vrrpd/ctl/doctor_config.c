/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration beyond its syntax: what it names on this host and whether that is safe, words that have no effect beside others, and
 * what the running daemon has to say about scripts and about its own time.
 */
#include "doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "conf/execute_command.h"

/* The path that the words about a command begin with; false: they do not, and it takes a person. */
static bool path_in(const char *why, char *ret, size_t cap)
{
	snprintf(ret, cap, "%.*s", (int)strcspn(why, " "), why);
	return ret[0] == '/' && access(ret, F_OK) == 0;
}

static void mend_command(struct doctor *d, int status, const char *why)
{
	char path[DOCTOR_TEXT_MAX / 4];
	bool known = path_in(why, path, sizeof(path));

	if (status == -EPERM)
		doctor_mend(d, "chown root %s && chmod go-w %s", known ? path : "PATH",
			    known ? path : "PATH");
	else if (status == -EACCES)
		doctor_mend(d, "chmod a+x %s", known ? path : "PATH");
	else
		doctor_mend(d, "install it, or correct it in %s", d->file);
}

/* A command of the file, as the runner would look at it. */
static void judge_command(struct doctor *d, const char *kind, const char *name, const char *line,
			  const char *user)
{
	const struct passwd *who = getpwnam(user);
	char why[DOCTOR_TEXT_MAX / 2] = "";
	struct command command;
	int status;

	if (!who) {
		doctor_find(d, DOCTOR_FAIL, "%s %s: there is no user %s", kind, name, user);
		doctor_mend(d, "useradd --system %s  # or name another one in %s", user, d->file);
		return;
	}
	/* as in a container: then there is no other user than the one that is there */
	if (who->pw_uid != geteuid() && prctl(PR_CAPBSET_READ, CAP_SETUID, 0, 0, 0) == 0) {
		doctor_find(d, DOCTOR_FAIL,
			    "%s %s: cannot run as user %s without CAP_SETUID and CAP_SETGID", kind,
			    name, user);
		doctor_mend(d, "script-user = root in global of %s, or start with these two",
			    d->file);
		return;
	}
	if (command_parse(&command, line, NULL) != 0)
		return;
	status = command_resolve(&command, line, who->pw_uid, why, sizeof(why));
	if (status != 0) {
		doctor_find(d, DOCTOR_FAIL, "%s %s: %s", kind, name, why);
		mend_command(d, status, why);
	}
	command_done(&command);
}

static void judge_hooks(struct doctor *d, const char *name, const struct notify_settings *notify)
{
	for (int hook = 0; hook < HOOK_COUNT; hook++)
		if (notify->command[hook] != 0)
			judge_command(d, "hook of", name,
				      settings_text(d->settings, notify->command[hook]),
				      d->settings->global.script_user);
}

void doctor_scripts(struct doctor *d)
{
	const struct settings *s = d->settings;

	for (uint32_t i = 0; i < s->check_count; i++) {
		const struct check_settings *c = &s->checks[i];

		if (c->kind == CHECK_SCRIPT)
			judge_command(d, "script", c->name, settings_text(s, c->text),
				      c->user[0] != '\0' ? c->user : s->global.script_user);
	}
	for (uint32_t i = 0; i < s->instance_count; i++)
		judge_hooks(d, s->instances[i].name, &s->instances[i].notify);
	for (uint32_t i = 0; i < s->group_count; i++)
		judge_hooks(d, s->groups[i].name, &s->groups[i].notify);
}

/* What the daemon shows of that check; NULL if it shows none. */
static const json_t *shown_track(const struct doctor *d, const struct check_settings *c)
{
	const json_t *shown, *track;
	size_t i, k;

	json_array_foreach (d->instances, i, shown) {
		json_array_foreach (json_object_get(shown, "tracks"), k, track) {
			const char *kind = json_string_value(json_object_get(track, "kind"));
			const char *name = json_string_value(json_object_get(track, "name"));

			if (kind && name && strcmp(kind, check_kind_name(c->kind)) == 0 &&
			    strcmp(name, c->name) == 0)
				return track;
		}
	}
	return NULL;
}

/* The words of its last result; "" if there are none. */
static const char *last_words(const struct doctor *d, const struct check_settings *c)
{
	const char *why = json_string_value(json_object_get(shown_track(d, c), "why"));

	return why ? why : "";
}

static bool has_check(const struct doctor *d, enum check_kind kind)
{
	for (uint32_t i = 0; i < d->settings->check_count; i++)
		if (d->settings->checks[i].kind == kind)
			return true;
	return false;
}

void doctor_script_time(struct doctor *d)
{
	if (d->daemon_pid == 0 && has_check(d, CHECK_SCRIPT)) {
		doctor_find(d, DOCTOR_UNKNOWN, "no daemon answers, which would have run them");
		doctor_mend(d, "see daemon above");
	}
	for (uint32_t i = 0; i < d->settings->check_count; i++) {
		const struct check_settings *c = &d->settings->checks[i];
		const char *why = c->kind == CHECK_SCRIPT ? last_words(d, c) : "";

		if (strncmp(why, "timed out", strlen("timed out")) != 0)
			continue;
		doctor_find(d, DOCTOR_FAIL, "script %s: %s, and is to run every %lld ms", c->name,
			    why, (long long)(c->interval.us / 1000));
		doctor_mend(d,
			    "a longer interval and timeout of script %s in %s, or a quicker "
			    "program",
			    c->name, d->file);
	}
}

static json_int_t counter_of(const json_t *session, const char *key)
{
	return json_integer_value(json_object_get(json_object_get(session, "counters"), key));
}

static bool has_text(const json_t *session, const char *key)
{
	return json_is_string(json_object_get(session, key));
}

static bool is_in(const json_t *session, const char *key, const char *state)
{
	const char *text = json_string_value(json_object_get(session, key));

	return text && strcmp(text, state) == 0;
}

static bool is_heard(const json_t *session)
{
	return json_integer_value(json_object_get(session, "remote_discriminator")) != 0;
}

static void mend_session(struct doctor *d, const struct check_settings *c, const json_t *session,
			 const char *peer)
{
	if (has_text(session, "receive_error"))
		doctor_mend(d,
			    "ss -ulpn sport = 3784 # and end that program, or ask it by a script "
			    "instead of a bfd");
	else if (has_text(session, "send_error"))
		doctor_mend(d,
			    "ip route get %s # a route is needed, and a source that is an address "
			    "of this host",
			    peer);
	else if (json_is_true(json_object_get(session, "dropping")))
		doctor_mend(
			d,
			"tcpdump -nvc 1 udp port 3784 and src %s # and that one's TTL as ttl of "
			"bfd %s in %s",
			peer, c->name, d->file);
	else if (is_in(session, "remote_state", "admin-down"))
		doctor_mend(d, "start the session on %s # its administrator took it down", peer);
	else if (is_heard(session))
		doctor_mend(d, "ping -c 1 %s # and let UDP port 3784 in on that one", peer);
	else
		doctor_mend(
			d,
			"tcpdump -nc 1 udp port 3784 and src %s # a session with this router is "
			"needed there, and UDP port 3784 open here",
			peer);
}

/* Whether it is known why the session is not up. */
static bool is_explained(const json_t *session)
{
	return has_text(session, "receive_error") || has_text(session, "send_error") ||
	       json_is_true(json_object_get(session, "dropping")) ||
	       is_in(session, "remote_state", "admin-down");
}

/* As it is now. Who has just begun can blame nobody for his silence yet. */
static void judge_session(struct doctor *d, const struct check_settings *c, const json_t *session)
{
	bool just_begun = counter_of(session, "sent") + counter_of(session, "send_failures") < 2;
	char peer[IP_TEXT_MAX];

	ip_text(c->peer, peer);
	if (is_in(session, "state", "up") || (just_begun && !is_explained(session)))
		return;
	if (is_explained(session))
		doctor_find(d, DOCTOR_FAIL, "session %s with %s is down: %s", c->name, peer,
			    last_words(d, c));
	else if (is_heard(session))
		doctor_find(d, DOCTOR_FAIL,
			    "session %s: %s is heard, and does not hear this router", c->name,
			    peer);
	else if (!has_text(session, "remote_state"))
		doctor_find(d, DOCTOR_FAIL, "session %s: nothing was ever heard from %s", c->name,
			    peer);
	else
		doctor_find(d, DOCTOR_FAIL, "session %s: nothing is heard from %s any more",
			    c->name, peer);
	mend_session(d, c, session, peer);
}

static bool is_own(const struct doctor *d, struct ip_addr addr)
{
	for (size_t i = 0; i < d->address_count; i++)
		if (ip_equal(d->addresses[i].addr, addr))
			return true;
	return false;
}

static void judge_peer(struct doctor *d, const struct check_settings *c)
{
	char peer[IP_TEXT_MAX];

	if (!is_own(d, c->peer))
		return;
	doctor_find(d, DOCTOR_FAIL, "session %s: its peer %s is an address of this host", c->name,
		    ip_text(c->peer, peer));
	doctor_mend(d, "peer = the neighbour's address in bfd %s of %s", c->name, d->file);
}

void doctor_bfd(struct doctor *d)
{
	if (d->daemon_pid == 0 && has_check(d, CHECK_BFD)) {
		doctor_find(d, DOCTOR_UNKNOWN, "no daemon answers, which would have sessions");
		doctor_mend(d, "see daemon above");
	}
	for (uint32_t i = 0; i < d->settings->check_count; i++) {
		const struct check_settings *c = &d->settings->checks[i];
		const json_t *session = NULL;

		if (c->kind != CHECK_BFD)
			continue;
		judge_peer(d, c);
		session = json_object_get(shown_track(d, c), "session");
		if (session)
			judge_session(d, c, session);
	}
}

static bool has_negative_weight(const struct doctor *d, const struct instance_settings *set)
{
	for (uint32_t i = 0; i < set->tracks.count; i++)
		if (d->settings->tracks[set->tracks.first + i].weight < 0)
			return true;
	return false;
}

/* Members share one fate, so that one which may preempt takes the others along. */
static bool is_mixed_group(const struct doctor *d, const struct instance_settings *set)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		const struct instance_settings *other = &d->settings->instances[i];

		if (set->group != 0 && other->group == set->group && other->preempt)
			return true;
	}
	return false;
}

void doctor_preemption(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		const struct instance_settings *set = &d->settings->instances[i];

		if (set->preempt)
			continue;
		if (set->priority == PRIORITY_OWNER) {
			doctor_find(d, DOCTOR_WARN,
				    "%s: preempt = false has no effect at priority 255: an owner "
				    "always takes over",
				    set->name);
			doctor_mend(d, "a priority below 255, or no preempt, in %s", d->file);
		}
		if (set->preempt_delay.us > 0) {
			doctor_find(d, DOCTOR_WARN,
				    "%s: preempt-delay has no effect beside preempt = false",
				    set->name);
			doctor_mend(d, "one of the two only, in %s", d->file);
		}
		if (has_negative_weight(d, set)) {
			doctor_find(d, DOCTOR_WARN,
				    "%s: with preempt = false a router does not take over from one "
				    "whose priority fell by a weight: what is tracked moves "
				    "nothing",
				    set->name);
			doctor_mend(d, "a weight of 0, which is a FAULT, or preempt = true on all "
				       "routers");
		}
		if (is_mixed_group(d, set)) {
			doctor_find(d, DOCTOR_WARN,
				    "%s: another member of its group has preempt = true, and takes "
				    "it along",
				    set->name);
			doctor_mend(d, "the same preempt in all members of the group");
		}
	}
}

/* The shortest interval of all: what is late by more than that, peers notice. */
static int64_t shortest_ms(const struct settings *s)
{
	int64_t shortest = ADVERT_INTERVAL_V2_MAX_MS;

	for (uint32_t i = 0; i < s->instance_count; i++)
		if (s->instances[i].advert_interval.us / 1000 < shortest)
			shortest = s->instances[i].advert_interval.us / 1000;
	return shortest;
}

/* Events tell when what was due came late, since the process did not run. */
void doctor_loop_lag(struct doctor *d)
{
	int64_t worst_ms = 0, limit_ms = shortest_ms(d->settings);
	const json_t *event;
	const char *time = "?";
	size_t i, count = 0;

	if (d->daemon_pid == 0) {
		doctor_find(d, DOCTOR_UNKNOWN, "no daemon answers");
		doctor_mend(d, "see daemon above");
	}
	json_array_foreach (d->events, i, event) {
		int64_t late_ms = json_integer_value(json_object_get(event, "late_ms"));

		if (late_ms < limit_ms)
			continue;
		count++;
		worst_ms = late_ms > worst_ms ? late_ms : worst_ms;
		time = json_string_value(json_object_get(event, "time"));
	}
	if (count == 0)
		return;
	doctor_find(d, DOCTOR_WARN,
		    "the daemon was held up %zu times for longer than the interval of %" PRId64
		    " ms, for %" PRId64 " ms at the worst, last at %s",
		    count, limit_ms, worst_ms, time ? time : "?");
	doctor_mend(d,
		    "realtime = true in global of %s, and a restart; or give the machine more CPU "
		    "time",
		    d->file);
}
