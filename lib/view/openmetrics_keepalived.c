/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metrics by the names under which people already chart keepalived, so that a dashboard survives the change of daemon. What we do not
 * tell apart (kinds of authentication failures) is told under one name and 0 under the others.
 */
#include "view/openmetrics.h"

#include <string.h>

#include "core/counters.h"
#include "view/member.h"
#include "view/openmetrics_writer.h"

static const struct {
	const char *name;
	int counter; /* enum counter, or -1: always 0 here */
	const char *help;
} families[] = {
	{ "advertisements_received", COUNTER_ADVERTS_RECEIVED, "Advertisements received." },
	{ "advertisements_sent", COUNTER_ADVERTS_SENT, "Advertisements sent." },
	{ "become_master", COUNTER_BECAME_MASTER, "Transitions to MASTER." },
	{ "release_master", COUNTER_RELEASED_MASTER, "Transitions from MASTER." },
	{ "packet_length_errors", COUNTER_PACKET_LENGTH_ERRORS, "Refused: length." },
	{ "advertisements_interval_errors", COUNTER_ADVERT_INTERVAL_ERRORS, "Another interval." },
	{ "ip_ttl_errors", COUNTER_IP_TTL_ERRORS, "Refused: TTL." },
	{ "invalid_type_received", COUNTER_INVALID_TYPE_RECEIVED, "Refused: type." },
	{ "address_list_errors", COUNTER_ADDRESS_LIST_ERRORS, "Another address list." },
	{ "authentication_invalid", -1, "Always 0: see authentication_failure." },
	{ "authentication_mismatch", -1, "Always 0: see authentication_failure." },
	{ "authentication_failure", COUNTER_AUTH_FAILURES, "Refused: authentication." },
	{ "priority_zero_received", COUNTER_PRIORITY_ZERO_RECEIVED, "Priority 0 received." },
	{ "priority_zero_sent", COUNTER_PRIORITY_ZERO_SENT, "Priority 0 sent." },
	{ "gratuitous_arp_delay", -1, "Always 0: nothing is delayed." },
};

static void begin(struct metric_writer *w, const json_t *instance)
{
	char vrid[24];

	snprintf(vrid, sizeof(vrid), "%lld", (long long)member_integer(instance, "vrid"));
	metric_begin(w);
	metric_label(w, "iname", member_text(instance, "name"));
	metric_label(w, "intf", member_text(instance, "interface"));
	metric_label(w, "vrid", vrid);
}

static int state_number(const char *state)
{
	static const char *const names[] = { "INIT", "BACKUP", "MASTER", "FAULT" };

	for (int i = 0; i < 4; i++)
		if (strcmp(state, names[i]) == 0)
			return i;
	return 0;
}

/* One sample an address, without its prefix length. */
static void write_states(struct metric_writer *w, const json_t *instance, const json_t *addresses)
{
	const json_t *address;
	size_t i;

	json_array_foreach (addresses, i, address) {
		const char *text = json_is_string(address) ? json_string_value(address) : "-";
		char ip[64];

		snprintf(ip, sizeof(ip), "%.*s", (int)strcspn(text, "/"), text);
		begin(w, instance);
		metric_label(w, "ip_address", ip);
		metric_end(w, state_number(member_text(instance, "state")));
	}
}

static bool is_script(const json_t *track)
{
	return strcmp(member_text(track, "kind"), "script") == 0;
}

/* A script is told once, whoever tracks it: by the first. */
static void write_scripts(struct metric_writer *w, const json_t *instances)
{
	json_t *told = json_object();
	const json_t *instance, *track;
	size_t i, j;

	metric_family(w, "keepalived_script_status", METRIC_GAUGE, "Whether a script is up.");
	json_array_foreach (instances, i, instance) {
		json_array_foreach (json_object_get(instance, "tracks"), j, track) {
			const char *name = member_text(track, "name");

			if (!is_script(track) || json_object_get(told, name))
				continue;
			metric_begin(w);
			metric_label(w, "name", name);
			metric_end(w, member_bool(track, "up"));
			json_object_set_new(told, name, json_true());
		}
	}
	json_decref(told);
}

void view_openmetrics_keepalived(FILE *out, const json_t *show, enum openmetrics_format format)
{
	struct metric_writer w = { .out = out, .format = format };
	const json_t *instances = json_object_get(show, "instances"), *instance;
	char family[64];
	size_t i;

	metric_family(&w, "keepalived_up", METRIC_GAUGE, "Whether the daemon answers.");
	metric_begin(&w);
	metric_end(&w, show != NULL);
	metric_family(&w, "keepalived_vrrp_state", METRIC_GAUGE,
		      "0 INIT, 1 BACKUP, 2 MASTER, 3 FAULT.");
	json_array_foreach (instances, i, instance) {
		write_states(&w, instance, json_object_get(instance, "addresses"));
		write_states(&w, instance, json_object_get(instance, "extra_addresses"));
	}
	for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
		snprintf(family, sizeof(family), "keepalived_%s", families[f].name);
		metric_family(&w, family, METRIC_COUNTER, families[f].help);
		json_array_foreach (instances, i, instance) {
			const json_t *counters = json_object_get(instance, "counters");
			int c = families[f].counter;

			begin(&w, instance);
			metric_end(&w,
				   c < 0 ? 0
					 : member_integer(counters, counter_name((enum counter)c)));
		}
	}
	write_scripts(&w, instances);
	metric_finish(&w);
}
