/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A family of metrics is written in one place with all its samples, as the format demands, so that every family is a walk over all
 * instances or all entries of the tally. Which counter belongs to which family is one table over the enum.
 */
#include "view/openmetrics.h"

#include <string.h>

#include "core/counters.h"
#include "view/member.h"
#include "view/openmetrics_writer.h"
#include "view/view.h"

/* A time as the JSON has it, in seconds since 1970; 0 if there is none. */
static double seconds_of(const json_t *object, const char *key)
{
	int64_t wall_us;

	return view_time_parse(member_text(object, key), &wall_us) == 0 ? (double)wall_us / 1e6 : 0;
}

/* The labels that every sample about a virtual router has. */
static void begin_instance(struct metric_writer *w, const json_t *instance)
{
	char vrid[24];

	snprintf(vrid, sizeof(vrid), "%lld", (long long)member_integer(instance, "vrid"));
	metric_begin(w);
	metric_label(w, "name", member_text(instance, "name"));
	metric_label(w, "interface", member_text(instance, "interface"));
	metric_label(w, "vrid", vrid);
	metric_label(w, "family", member_text(instance, "family"));
}

/* ---- counters ---- */

/* Where a counter is told: a family of its own, or one of several that tell the same thing by reason. */
static const struct {
	const char *family, *reason;
} counter_place[COUNTER_COUNT_] = {
	[COUNTER_ADVERTS_SENT] = { "vrrp_advertisements_sent", NULL },
	[COUNTER_ADVERTS_RECEIVED] = { "vrrp_advertisements_received", NULL },
	[COUNTER_BECAME_MASTER] = { "vrrp_became_master", NULL },
	[COUNTER_RELEASED_MASTER] = { "vrrp_released_master", NULL },
	[COUNTER_PRIORITY_ZERO_SENT] = { "vrrp_priority_zero_sent", NULL },
	[COUNTER_PRIORITY_ZERO_RECEIVED] = { "vrrp_priority_zero_received", NULL },
	[COUNTER_CHECKSUM_ERRORS] = { "vrrp_errors", "checksum" },
	[COUNTER_VERSION_ERRORS] = { "vrrp_errors", "version" },
	[COUNTER_VRID_ERRORS] = { "vrrp_errors", "vrid" },
	[COUNTER_IP_TTL_ERRORS] = { "vrrp_errors", "ip_ttl" },
	[COUNTER_PACKET_LENGTH_ERRORS] = { "vrrp_errors", "packet_length" },
	[COUNTER_INVALID_TYPE_RECEIVED] = { "vrrp_errors", "invalid_type" },
	[COUNTER_ADDRESS_LIST_ERRORS] = { "vrrp_errors", "address_list" },
	[COUNTER_ADVERT_INTERVAL_ERRORS] = { "vrrp_errors", "advert_interval" },
	[COUNTER_AUTH_FAILURES] = { "vrrp_errors", "authentication" },
	[COUNTER_SENDER_ERRORS] = { "vrrp_errors", "sender" },
	[COUNTER_OWN_ADDRESS_RECEIVED] = { "vrrp_errors", "own_address" },
	[COUNTER_SEND_ERRORS] = { "vrrp_errors", "send" },
	[COUNTER_ANNOUNCEMENTS_SENT] = { "vrrp_announcements_sent", NULL },
	[COUNTER_ADDRESSES_ADDED] = { "vrrp_addresses_added", NULL },
	[COUNTER_ADDRESSES_REMOVED] = { "vrrp_addresses_removed", NULL },
	[COUNTER_ADDRESSES_RESTORED] = { "vrrp_addresses_restored", NULL },
	[COUNTER_ADDRESS_FAILURES] = { "vrrp_address_failures", NULL },
	[COUNTER_HOOKS_RUN] = { "vrrp_hooks_run", NULL },
	[COUNTER_HOOK_FAILURES] = { "vrrp_hook_failures", NULL },
};

static void counter_samples(struct metric_writer *w, const json_t *instances, enum counter c)
{
	const json_t *instance;
	size_t i;

	json_array_foreach (instances, i, instance) {
		const json_t *counters = json_object_get(instance, "counters");

		begin_instance(w, instance);
		if (counter_place[c].reason)
			metric_label(w, "reason", counter_place[c].reason);
		metric_end(w, member_integer(counters, counter_name(c)));
	}
}

static void write_counters(struct metric_writer *w, const json_t *instances)
{
	const char *family = "";

	for (int c = 0; c < COUNTER_COUNT_; c++) {
		/* Those of one family stand together in the enum. */
		if (strcmp(family, counter_place[c].family) != 0)
			metric_family(w, counter_place[c].family, METRIC_COUNTER,
				      counter_place[c].reason ? "Advertisements that were refused, "
								"or could not be sent, by reason."
							      : counter_text((enum counter)c));
		family = counter_place[c].family;
		counter_samples(w, instances, (enum counter)c);
	}
}

/* ---- state ---- */

static void write_state(struct metric_writer *w, const json_t *instances)
{
	static const enum vrouter_state states[] = { VROUTER_INIT, VROUTER_BACKUP, VROUTER_MASTER,
						     VROUTER_FAULT };
	const json_t *instance;
	size_t i;

	metric_family(w, "vrrp_state", METRIC_GAUGE,
		      "1 for the state that it is in, 0 for others.");
	json_array_foreach (instances, i, instance) {
		for (size_t s = 0; s < sizeof(states) / sizeof(states[0]); s++) {
			const char *name = vrouter_state_name(states[s]);

			begin_instance(w, instance);
			metric_label(w, "state", name);
			metric_end(w, strcmp(name, member_text(instance, "state")) == 0);
		}
	}
}

/* A gauge that is one member of each instance, 1 and 0 for true and false. */
static void write_member(struct metric_writer *w, const json_t *instances, const char *family,
			 const char *key, const char *help)
{
	const json_t *instance;
	size_t i;

	metric_family(w, family, METRIC_GAUGE, help);
	json_array_foreach (instances, i, instance) {
		begin_instance(w, instance);
		metric_end(w, member_bool(instance, key) ? 1 : member_integer(instance, key));
	}
}

static void write_since(struct metric_writer *w, const json_t *instances)
{
	const json_t *instance;
	size_t i;

	metric_family(w, "vrrp_last_transition_timestamp_seconds", METRIC_GAUGE,
		      "When it came into its state.");
	json_array_foreach (instances, i, instance) {
		begin_instance(w, instance);
		metric_end_real(w, seconds_of(instance, "since"));
	}
}

static void write_interval(struct metric_writer *w, const json_t *instances)
{
	const json_t *instance;
	size_t i;

	metric_family(w, "vrrp_advertisement_interval_seconds", METRIC_GAUGE,
		      "Its own advertisement interval.");
	json_array_foreach (instances, i, instance) {
		begin_instance(w, instance);
		metric_end_real(w, (double)member_ms(instance, "advert_interval_ms").us / 1e6);
	}
}

/* What somebody has forced: the sample is there only as long as that lasts. */
static void write_forced(struct metric_writer *w, const json_t *instances)
{
	const json_t *instance;
	size_t i;

	metric_family(w, "vrrp_forced", METRIC_GAUGE, "An operator decides, and not the protocol.");
	json_array_foreach (instances, i, instance) {
		const json_t *forced = json_object_get(instance, "forced");

		if (!json_is_object(forced))
			continue;
		begin_instance(w, instance);
		metric_label(w, "to", member_text(forced, "to"));
		metric_end(w, 1);
	}
}

static void write_masters(struct metric_writer *w, const json_t *instances)
{
	const json_t *instance;
	size_t i;

	metric_family(w, "vrrp_master_priority", METRIC_GAUGE,
		      "Priority of the master as far as it is known; label address says which.");
	json_array_foreach (instances, i, instance) {
		const json_t *master = json_object_get(instance, "master");

		if (!json_is_object(master))
			continue;
		begin_instance(w, instance);
		metric_label(w, "address", member_text(master, "address"));
		metric_end(w, member_integer(master, "priority"));
	}
}

static void write_heard(struct metric_writer *w, const json_t *instances)
{
	const json_t *instance, *peer;
	size_t i, j;

	metric_family(w, "vrrp_peer_last_heard_timestamp_seconds", METRIC_GAUGE,
		      "When another router's last advertisement was taken; 0: none yet. By unicast "
		      "each peer, by multicast the master.");
	json_array_foreach (instances, i, instance) {
		json_array_foreach (json_object_get(instance, "heard"), j, peer) {
			begin_instance(w, instance);
			metric_label(w, "address", member_text(peer, "address"));
			metric_end_real(w, seconds_of(peer, "last"));
		}
	}
}

/* A gauge, because a counter that begins with its first conflict has not increased yet. */
static void write_conflicts(struct metric_writer *w, const json_t *instances)
{
	const json_t *instance, *conflict;
	size_t i, j;

	metric_family(w, "vrrp_conflict", METRIC_GAUGE,
		      "1 for what does not fit together with another router or host, as long as "
		      "it goes on and for a minute after.");
	json_array_foreach (instances, i, instance) {
		json_array_foreach (json_object_get(instance, "conflicts"), j, conflict) {
			begin_instance(w, instance);
			metric_label(w, "what", member_text(conflict, "what"));
			metric_label(w, "address", member_text(conflict, "address"));
			metric_label(w, "mac", member_text(conflict, "mac"));
			metric_end(w, 1);
		}
	}
}

static void begin_track(struct metric_writer *w, const json_t *instance, const json_t *track)
{
	begin_instance(w, instance);
	metric_label(w, "kind", member_text(track, "kind"));
	metric_label(w, "track", member_text(track, "name"));
}

static void write_tracks(struct metric_writer *w, const json_t *instances)
{
	const json_t *instance, *track;
	size_t i, j;

	metric_family(w, "vrrp_track_up", METRIC_GAUGE,
		      "Whether a tracked thing is up; -1 before its first result.");
	json_array_foreach (instances, i, instance) {
		json_array_foreach (json_object_get(instance, "tracks"), j, track) {
			const json_t *up = json_object_get(track, "up");

			begin_track(w, instance, track);
			metric_end(w, json_is_boolean(up) ? json_is_true(up) : -1);
		}
	}
	metric_family(w, "vrrp_track_weight", METRIC_GAUGE,
		      "What it weighs; 0: its end is the instance's fault.");
	json_array_foreach (instances, i, instance) {
		json_array_foreach (json_object_get(instance, "tracks"), j, track) {
			begin_track(w, instance, track);
			metric_end(w, member_integer(track, "weight"));
		}
	}
}

static bool is_new_session(const json_t *track, json_t *told)
{
	const char *name = member_text(track, "name");

	if (!json_is_object(json_object_get(track, "session")) || json_object_get(told, name))
		return false;
	json_object_set_new(told, name, json_true());
	return true;
}

/* A session is told once, whoever tracks it. */
static void write_session_counter(struct metric_writer *w, const json_t *instances,
				  const char *family, const char *key, const char *help)
{
	json_t *told = json_object();
	const json_t *instance, *track;
	size_t i, j;

	metric_family(w, family, METRIC_COUNTER, help);
	json_array_foreach (instances, i, instance) {
		json_array_foreach (json_object_get(instance, "tracks"), j, track) {
			const json_t *session = json_object_get(track, "session");

			if (!is_new_session(track, told))
				continue;
			metric_begin(w);
			metric_label(w, "session", member_text(track, "name"));
			metric_label(w, "peer", member_text(session, "peer"));
			metric_end(w, member_integer(json_object_get(session, "counters"), key));
		}
	}
	json_decref(told);
}

static void write_sessions(struct metric_writer *w, const json_t *instances)
{
	write_session_counter(w, instances, "vrrp_bfd_packets_sent", "sent",
			      "BFD control packets of a tracked session.");
	write_session_counter(w, instances, "vrrp_bfd_send_failures", "send_failures",
			      "BFD control packets that could not be sent.");
	write_session_counter(w, instances, "vrrp_bfd_packets_received", "received",
			      "BFD control packets from its peer.");
	write_session_counter(w, instances, "vrrp_bfd_packets_dropped", "dropped",
			      "From its peer's address, and malformed or with too small a TTL.");
	write_session_counter(w, instances, "vrrp_bfd_went_down", "went_down",
			      "How often the session went down.");
}

static void write_instances(struct metric_writer *w, const json_t *instances)
{
	write_state(w, instances);
	write_member(w, instances, "vrrp_priority", "priority", "Configured priority.");
	write_member(w, instances, "vrrp_effective_priority", "effective_priority",
		     "Priority with all that is tracked or forced.");
	write_since(w, instances);
	write_interval(w, instances);
	write_member(w, instances, "vrrp_addresses", "addresses_total",
		     "How many virtual addresses it has.");
	write_member(w, instances, "vrrp_addresses_present", "addresses_present",
		     "How many of them the kernel has now.");
	write_member(w, instances, "vrrp_lingering", "lingering",
		     "1 while it serves on until its successor is heard.");
	write_masters(w, instances);
	write_heard(w, instances);
	write_conflicts(w, instances);
	write_forced(w, instances);
	write_tracks(w, instances);
	write_sessions(w, instances);
	write_counters(w, instances);
}

/* ---- what was counted by cause ---- */

static bool is_event(const json_t *entry, const char *event)
{
	return strcmp(member_text(entry, "event"), event) == 0;
}

/* A counter over the entries of one kind; the labels are their members. */
static void write_entries(struct metric_writer *w, const json_t *tally, const char *event,
			  const char *const labels[2], const char *family, const char *key,
			  const char *help)
{
	const json_t *entry;
	size_t i;

	metric_family(w, family, METRIC_COUNTER, help);
	json_array_foreach (json_object_get(tally, "entries"), i, entry) {
		if (!is_event(entry, event))
			continue;
		metric_begin(w);
		metric_label(w, "name", member_text(entry, "instance"));
		for (int l = 0; l < 2 && labels[l]; l++)
			metric_label(w, labels[l], member_text(entry, labels[l]));
		if (strcmp(key, "took_ms") == 0)
			metric_end_real(w, (double)member_ms(entry, key).us / 1e6);
		else
			metric_end(w, member_integer(entry, key));
	}
}

static void write_hooks(struct metric_writer *w, const json_t *tally)
{
	static const char *const by_hook[2] = { "hook", NULL };
	const json_t *entry;
	size_t i;

	write_entries(w, tally, "hook", by_hook, "vrrp_hook_runs", "count",
		      "Notify hooks that came to their end.");
	write_entries(w, tally, "hook", by_hook, "vrrp_hook_run_failures", "failed",
		      "Of which so many failed.");
	write_entries(w, tally, "hook", by_hook, "vrrp_hook_duration_seconds", "took_ms",
		      "How long they ran, all together.");
	metric_family(w, "vrrp_hook_last_duration_seconds", METRIC_GAUGE,
		      "How long the last one ran.");
	json_array_foreach (json_object_get(tally, "entries"), i, entry) {
		if (!is_event(entry, "hook"))
			continue;
		metric_begin(w);
		metric_label(w, "name", member_text(entry, "instance"));
		metric_label(w, "hook", member_text(entry, "hook"));
		metric_end_real(w, (double)member_ms(entry, "last_ms").us / 1e6);
	}
}

static void write_number(struct metric_writer *w, const char *family, enum metric_type type,
			 const char *help, double value)
{
	metric_family(w, family, type, help);
	metric_begin(w);
	if (value == (double)(int64_t)value)
		metric_end(w, (int64_t)value);
	else
		metric_end_real(w, value);
}

static void write_tally(struct metric_writer *w, const json_t *tally)
{
	static const char *const by_reason[2] = { "to", "reason" }, *const by_what[2] = { "what" };
	const json_t *late = json_object_get(tally, "late");
	const json_t *reload = json_object_get(tally, "reload");

	write_entries(w, tally, "state", by_reason, "vrrp_transitions", "count",
		      "Changes of state, by the state it came to and why.");
	write_entries(w, tally, "conflict", by_what, "vrrp_conflicts", "count",
		      "What does not fit together with another router, or host.");
	write_hooks(w, tally);
	write_number(w, "vrrp_loop_held_up", METRIC_COUNTER,
		     "How often the protocol process was kept from running.",
		     (double)member_integer(late, "count"));
	write_number(w, "vrrp_loop_held_up_seconds", METRIC_COUNTER, "For how long, all together.",
		     (double)member_integer(late, "ms") / 1000);
	write_number(w, "vrrp_bfd_strangers", METRIC_COUNTER,
		     "BFD control packets that belong to no session.",
		     (double)member_integer(tally, "bfd_strangers"));
	write_number(w, "vrrp_reloads", METRIC_COUNTER,
		     "How often the configuration was read again.",
		     (double)member_integer(reload, "count"));
	write_number(w, "vrrp_reload_failures", METRIC_COUNTER, "Of which it was refused.",
		     (double)member_integer(reload, "failed"));
	write_number(w, "vrrp_last_reload_successful", METRIC_GAUGE,
		     "0: the configuration file has errors, and the old one is in force.",
		     !member_bool(reload, "last_failed"));
	write_number(w, "vrrp_last_reload_timestamp_seconds", METRIC_GAUGE,
		     "When that was; 0: not yet.", seconds_of(reload, "last"));
}

static void write_up(struct metric_writer *w, const json_t *show)
{
	write_number(w, "vrrp_up", METRIC_GAUGE, "Whether the protocol process answers.",
		     show != NULL);
	if (!show)
		return;
	metric_family(w, "vrrp_build", METRIC_INFO, "Who answers.");
	metric_begin(w);
	metric_label(w, "router", member_text(show, "name"));
	metric_label(w, "version", member_text(show, "version"));
	metric_end(w, 1);
}

void view_openmetrics(FILE *out, const json_t *show, const json_t *tally,
		      enum openmetrics_format format)
{
	struct metric_writer w = { .out = out, .format = format };

	write_up(&w, show);
	if (show)
		write_instances(&w, json_object_get(show, "instances"));
	if (show && tally)
		write_tally(&w, tally);
	metric_finish(&w);
}

json_int_t view_tally_merge(json_t **tally, json_t *page)
{
	const json_t *next = json_object_get(page, "next");
	json_int_t from = json_is_integer(next) ? json_integer_value(next) : -1;

	if (!*tally) {
		*tally = page;
	} else {
		json_array_extend(json_object_get(*tally, "entries"),
				  json_object_get(page, "entries"));
		json_decref(page);
	}
	json_object_del(*tally, "next");
	return from;
}
