/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of checks, what they share, and how their findings are printed. Checks that need the configuration are not run without
 * one; everything else is examined all the same, since a host that cannot run VRRP is worth knowing while the file is mended.
 */
#include "doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "conf/conf.h"

/* What a check needs to be run. */
enum needs {
	NEEDS_NOTHING,
	NEEDS_SETTINGS,
	NEEDS_WIRE,  /* settings, and to have listened */
	NEEDS_PROBE, /* and to be allowed to ask */
};

struct check {
	const char *name;
	enum needs needs;
	void (*run)(struct doctor *d);
	const char *fine; /* the evidence when it found nothing */
};

static const struct check checks[] = {
	{ "capabilities", NEEDS_NOTHING, doctor_capabilities,
	  "CAP_NET_ADMIN and CAP_NET_RAW can be had" },
	{ "other-daemons", NEEDS_NOTHING, doctor_other_daemons,
	  "no other daemon of VRRP or CARP in this network namespace" },
	{ "cpu-steal", NEEDS_NOTHING, doctor_steal,
	  "the hypervisor took no noticeable time while this looked" },
	{ "interfaces", NEEDS_SETTINGS, doctor_interfaces,
	  "all are there and up, with an address to send from" },
	{ "network-manager", NEEDS_SETTINGS, doctor_managers,
	  "nobody manages an interface in a way that removes virtual addresses" },
	{ "reverse-path", NEEDS_SETTINGS, doctor_reverse_path, "no interface filters strictly" },
	{ "arp", NEEDS_SETTINGS, doctor_arp, "virtual addresses are answered for as they should" },
	{ "secondaries", NEEDS_SETTINGS, doctor_secondaries,
	  "no virtual address goes when the interface's own does" },
	{ "multicast-snooping", NEEDS_SETTINGS, doctor_snooping,
	  "no bridge here snoops without a querier" },
	{ "membership", NEEDS_SETTINGS, doctor_membership,
	  "the groups of VRRP are joined where a daemon listens" },
	{ "mtu", NEEDS_SETTINGS, doctor_mtu, "every advertisement fits one frame" },
	{ "stale-addresses", NEEDS_SETTINGS, doctor_stale,
	  "no virtual address is held that nobody serves" },
	{ "scripts", NEEDS_SETTINGS, doctor_scripts,
	  "all are there, and only root and their user "
	  "may change them" },
	{ "script-time", NEEDS_SETTINGS, doctor_script_time, "none was too slow" },
	{ "bfd", NEEDS_SETTINGS, doctor_bfd, "every session is up, or has just begun" },
	{ "preemption", NEEDS_SETTINGS, doctor_preemption, "does what the file seems to want" },
	{ "loop-lag", NEEDS_SETTINGS, doctor_loop_lag, "the daemon was not held up lately" },
	{ "firewall", NEEDS_WIRE, doctor_firewall, "VRRP that arrives is let through" },
	{ "peer", NEEDS_WIRE, doctor_peer, "every virtual router has a master" },
	{ "vrid", NEEDS_WIRE, doctor_vrid, "nobody uses one for something else" },
	{ "masters", NEEDS_WIRE, doctor_masters, "no virtual router has two" },
	{ "version", NEEDS_WIRE, doctor_version, "nobody was heard with another" },
	{ "interval", NEEDS_WIRE, doctor_interval, "nobody was heard with another" },
	{ "address-list", NEEDS_WIRE, doctor_address_list, "nobody was heard with another" },
	{ "checksum", NEEDS_WIRE, doctor_checksum, "all that were heard are right" },
	{ "packets", NEEDS_WIRE, doctor_packets, "nobody was heard whom vrrpd would refuse" },
	{ "priorities", NEEDS_WIRE, doctor_priorities, "nobody was heard with the same" },
	{ "weights", NEEDS_WIRE, doctor_weights, "nobody was heard whom they cannot cross" },
	{ "duplicate-address", NEEDS_PROBE, doctor_duplicates,
	  "no virtual address is answered for by a stranger" },
};

enum {
	CHECK_COUNT = sizeof(checks) / sizeof(checks[0]),
	NAME_COLUMN = 6, /* where the check's name stands */
	TEXT_COLUMN = 26,
};

static const char *const status_names[] = {
	[DOCTOR_OK] = "ok",
	[DOCTOR_WARN] = "warn",
	[DOCTOR_FAIL] = "fail",
	[DOCTOR_UNKNOWN] = "unknown",
};

/* File names may hold anything, JSON and terminals take text. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

void doctor_find(struct doctor *d, enum doctor_status status, const char *format, ...)
{
	char evidence[DOCTOR_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(evidence, sizeof(evidence), format, args);
	va_end(args);
	make_printable(evidence);
	d->reported++;
	json_array_append_new(d->findings,
			      json_pack("{s:s, s:s, s:s, s:n}", "check", d->check, "status",
					status_names[status], "evidence", evidence, "fix"));
}

void doctor_mend(struct doctor *d, const char *format, ...)
{
	char fix[DOCTOR_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(fix, sizeof(fix), format, args);
	va_end(args);
	make_printable(fix);
	json_object_set_new(json_array_get(d->findings, json_array_size(d->findings) - 1), "fix",
			    json_string(fix));
}

void doctor_mend_setting(struct doctor *d, enum ip_family family, const char *interface,
			 const char *key, int value)
{
	const char *protocol = family == IP_V6 ? "ipv6" : "ipv4";
	char all[128] = "";

	if (doctor_number_of("/proc/sys/net/%s/conf/all/%s", protocol, key) > value)
		snprintf(all, sizeof(all), " net/%s/conf/all/%s=%d", protocol, key, value);
	/* slashes, because an interface may have a dot in its name */
	doctor_mend(d, "sysctl -w net/%s/conf/%s/%s=%d%s", protocol, interface, key, value, all);
}

bool doctor_has_family(const struct instance_settings *set, enum family_index family)
{
	return set->addresses[family].count > 0;
}

const json_t *doctor_shown(const struct doctor *d, uint32_t instance, enum family_index family)
{
	const struct instance_settings *set = &d->settings->instances[instance];
	const char *family_name = ip_family_name(family == FAMILY_V6 ? IP_V6 : IP_V4);
	const json_t *shown;
	size_t i;

	json_array_foreach (d->instances, i, shown) {
		const char *name = json_string_value(json_object_get(shown, "name"));
		const char *text = json_string_value(json_object_get(shown, "family"));
		size_t len = strlen(set->name);

		if (name && text && strcmp(text, family_name) == 0 &&
		    strncmp(name, set->name, len) == 0 && (name[len] == '\0' || name[len] == '/'))
			return shown;
	}
	return NULL;
}

static void read_configuration(struct doctor *d)
{
	/* What cannot be run is the finding of `scripts`, which mends it too. */
	const struct conf_host host = { .has_user = conf_this_host.has_user,
					.has_group = conf_this_host.has_group };
	struct conf_problems problems;
	int status;

	d->check = "configuration";
	if (geteuid() != 0 && access(d->file, R_OK) != 0 && errno == EACCES) {
		doctor_find(d, DOCTOR_UNKNOWN, "%s: %s", d->file, strerror(errno));
		doctor_mend(d, "sudo vrrpctl doctor %s", d->file);
		return;
	}
	status = conf_load_on(&host, d->file, &d->settings, &problems);
	for (size_t i = 0; i < problems.count; i++) {
		const struct conf_problem *p = &problems.items[i];

		if (p->line > 0)
			doctor_find(d, p->warning ? DOCTOR_WARN : DOCTOR_FAIL, "%s:%u: %s", p->file,
				    p->line, p->text);
		else
			doctor_find(d, p->warning ? DOCTOR_WARN : DOCTOR_FAIL, "%s: %s", p->file,
				    p->text);
	}
	if (!d->settings)
		doctor_mend(
			d,
			"vrrpd -t -f %s  # until it is mended; or vrrpctl doctor FILE, for another one",
			d->file);
	if (problems.count == 0 && status == 0)
		doctor_find(d, DOCTOR_OK, "%s is correct", d->file);
	conf_problems_done(&problems);
}

/* Asks without complaining: a host without a daemon is examined too. NULL: no answer; client has why. */
static json_t *ask(const struct doctor *d, struct client *client, json_t *request)
{
	json_t *reply = NULL, *result = NULL;
	const char *line;
	size_t len;

	if (client_open(client, d->ctl->state_dir) == 0 && client_send(client, request) == 0 &&
	    client_read_line(client, CLIENT_SILENCE_MS, NULL, &line, &len) == CLIENT_LINE)
		reply = json_loadb(line, len, 0, NULL);
	result = json_incref(json_object_get(reply, "result"));
	if (json_is_string(json_object_get(reply, "error")))
		snprintf(client->error, sizeof(client->error), "%s",
			 json_string_value(json_object_get(reply, "error")));
	json_decref(reply);
	json_decref(request);
	return result;
}

/* The instances one by one, since only then everything is told. */
static void ask_daemon(struct doctor *d)
{
	struct client client;
	json_t *show = ask(d, &client, json_pack("{s:s}", "command", "show")), *instance, *whole;
	size_t i;

	d->check = "daemon";
	d->daemon_pid = json_integer_value(json_object_get(show, "pid"));
	if (d->daemon_pid == 0) {
		doctor_find(d, DOCTOR_UNKNOWN, "%s",
			    client.error[0] != '\0' ? client.error : "no answer");
		/* it may have refused to tell somebody */
		if (doctor_other_vrrpd(d) != 0)
			doctor_mend(d,
				    "sudo vrrpctl doctor  # with -s STATE_DIR, if it has "
				    "another one than %s",
				    d->ctl->state_dir);
		else
			doctor_mend(d, "systemctl start vrrpd");
	} else {
		doctor_find(d, DOCTOR_OK, "vrrpd answers, pid %" PRId64, d->daemon_pid);
	}
	client_done(&client);
	json_array_foreach (json_object_get(show, "instances"), i, instance) {
		whole = ask(d, &client,
			    json_pack("{s:s, s:O}", "command", "show", "name",
				      json_object_get(instance, "name")));
		client_done(&client);
		if (whole)
			json_array_append_new(d->instances, whole);
	}
	json_decref(show);
	if (d->daemon_pid == 0)
		return;
	d->events = ask(d, &client, json_pack("{s:s}", "command", "events"));
	client_done(&client);
}

static bool may_run(const struct doctor *d, enum needs needs)
{
	switch (needs) {
	case NEEDS_NOTHING:
		return true;
	case NEEDS_SETTINGS:
		return d->settings && d->settings->instance_count > 0;
	case NEEDS_WIRE:
		return d->listened_us > 0;
	case NEEDS_PROBE:
		return d->ctl->probe && d->listened_us > 0;
	}
	return false;
}

static void examine(struct doctor *d)
{
	if (isatty(STDERR_FILENO))
		fputs("listening for VRRP ...\n", stderr);
	d->check = "listen";
	doctor_listen(d);
	for (size_t i = 0; i < CHECK_COUNT; i++) {
		if (!may_run(d, checks[i].needs))
			continue;
		d->check = checks[i].name;
		d->reported = 0;
		checks[i].run(d);
		if (d->reported == 0)
			doctor_find(d, DOCTOR_OK, "%s", checks[i].fine);
	}
}

static const char *colour_of(const struct doctor *d, const char *status)
{
	if (!d->ctl->style.colour)
		return "";
	if (strcmp(status, "ok") == 0)
		return "\033[32m";
	return strcmp(status, "fail") == 0 ? "\033[1;31m" : "\033[33m";
}

/* What needs attention is to stand out: commands on a line of their own, to be copied. */
static void print_findings(const struct doctor *d)
{
	unsigned int failed = 0, warned = 0;
	const json_t *finding;
	size_t i;

	json_array_foreach (d->findings, i, finding) {
		const char *status = json_string_value(json_object_get(finding, "status"));
		const char *fix = json_string_value(json_object_get(finding, "fix"));
		int width = (int)strlen(status) < NAME_COLUMN - 1 ? NAME_COLUMN : 8;

		failed += strcmp(status, "fail") == 0;
		warned += strcmp(status, "warn") == 0;
		printf("%s%-*s%s%-*s%s\n", colour_of(d, status), width, status,
		       d->ctl->style.colour ? "\033[0m" : "", TEXT_COLUMN - width,
		       json_string_value(json_object_get(finding, "check")),
		       json_string_value(json_object_get(finding, "evidence")));
		if (fix)
			printf("%*s-> %s\n", TEXT_COLUMN, "", fix);
	}
	printf("%u failed, %u warning%s, %zu findings in all\n", failed, warned,
	       warned == 1 ? "" : "s", json_array_size(d->findings));
}

static bool has_failed(const struct doctor *d)
{
	const json_t *finding;
	size_t i;

	json_array_foreach (d->findings, i, finding)
		if (strcmp(json_string_value(json_object_get(finding, "status")), "fail") == 0)
			return true;
	return false;
}

enum ctl_exit ctl_doctor(const struct ctl *ctl)
{
	struct doctor d = {
		.ctl = ctl,
		.file = ctl->arg_count > 0 ? ctl->arg[0] : "/etc/vrrpd/vrrpd.conf",
		.instances = json_array(),
		.findings = json_array(),
	};
	json_t *result;
	bool failed;

	read_configuration(&d);
	ask_daemon(&d);
	d.check = "interfaces";
	if (!d.settings || doctor_network_read(&d) == 0)
		examine(&d);
	failed = has_failed(&d);
	if (ctl->json) {
		result = json_pack("{s:O}", "findings", d.findings);
		ctl_print_json(result);
		json_decref(result);
	} else {
		print_findings(&d);
	}
	json_decref(d.findings);
	json_decref(d.instances);
	json_decref(d.events);
	settings_free(d.settings);
	free(d.links);
	free(d.addresses);
	free(d.traffic);
	doctor_listen_done(&d);
	return failed ? CTL_FAILED : CTL_DONE;
}
