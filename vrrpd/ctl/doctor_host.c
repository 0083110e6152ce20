/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host apart from its network: may a daemon have what it needs, who else meddles with virtual addresses, and does the machine get
 * the time it thinks it has. All of it from /proc and /run, where it is the same whatever tools are installed.
 */
#include "doctor.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	STATUS_BYTES = 8192, /* of /proc/PID/status and the like */
	STEAL_PERCENT = 5,   /* from here on timers of some 100 ms are in danger */
};

/* A set of capabilities as in /proc/self/status, by the name of its line. */
static uint64_t capability_set(const char *name)
{
	char status[STATUS_BYTES];
	const char *line;

	if (!doctor_read_file(status, sizeof(status), "/proc/self/status"))
		return 0;
	line = strstr(status, name);
	return line ? strtoull(line + strlen(name), NULL, 16) : 0;
}

static void look_for_capability(struct doctor *d, uint64_t bounding, uint64_t effective, int number,
				const char *name)
{
	uint64_t bit = UINT64_C(1) << number;

	if (!(bounding & bit)) {
		doctor_find(d, DOCTOR_FAIL, "%s cannot be had here: not in the bounding set", name);
		doctor_mend(d,
			    "start the container with --cap-add %s, or give the service "
			    "AmbientCapabilities and CapabilityBoundingSet",
			    name + strlen("CAP_"));
	} else if (!(effective & bit)) {
		doctor_find(d, DOCTOR_UNKNOWN, "vrrpctl itself has no %s: not all can be looked at",
			    name);
		doctor_mend(d, "sudo vrrpctl doctor");
	}
}

void doctor_capabilities(struct doctor *d)
{
	uint64_t bounding = capability_set("CapBnd:"), effective = capability_set("CapEff:");

	look_for_capability(d, bounding, effective, CAP_NET_ADMIN, "CAP_NET_ADMIN");
	look_for_capability(d, bounding, effective, CAP_NET_RAW, "CAP_NET_RAW");
}

/* Does it live in the network that we look at? */
enum where {
	WHERE_ELSEWHERE,
	WHERE_HERE,
	WHERE_UNKNOWN, /* only root may look */
};

static enum where where_is(int64_t pid, const char *our_network)
{
	char path[64], network[64];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%" PRId64 "/ns/net", pid);
	len = readlink(path, network, sizeof(network) - 1);
	if (len < 0)
		return errno == EACCES || errno == EPERM ? WHERE_UNKNOWN : WHERE_ELSEWHERE;
	network[len] = '\0';
	return strcmp(network, our_network) == 0 ? WHERE_HERE : WHERE_ELSEWHERE;
}

/* /proc/PID/comm without its newline; "" where there is no such process. */
static void name_of_process(int64_t pid, char *ret, size_t cap)
{
	doctor_read_file(ret, cap, "/proc/%" PRId64 "/comm", pid);
	ret[strcspn(ret, "\n")] = '\0';
}

/* 0: it has ended, or is the first. */
static int64_t parent_of(int64_t pid)
{
	char stat[STATUS_BYTES];
	const char *rest;

	if (!doctor_read_file(stat, sizeof(stat), "/proc/%" PRId64 "/stat", pid))
		return 0;
	rest = strrchr(stat, ')'); /* then state and parent */
	return rest && strlen(rest) > 4 ? strtoll(rest + 4, NULL, 10) : 0;
}

/* Of a daemon that has several processes only the first is told of, and of ours none. */
static bool is_first_of_its_kind(const struct doctor *d, int64_t pid, const char *name)
{
	int64_t parent = parent_of(pid);
	char parent_name[64];

	if (d->daemon_pid != 0 && (pid == d->daemon_pid || parent == d->daemon_pid))
		return false;
	name_of_process(parent, parent_name, sizeof(parent_name));
	return strcmp(parent_name, name) != 0;
}

/* What it was executed from, "" where only root may know. */
static void program_of(int64_t pid, char *ret, size_t cap)
{
	char path[64];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%" PRId64 "/exe", pid);
	len = readlink(path, ret, cap - 1);
	ret[len > 0 ? len : 0] = '\0';
}

static void mend_other_daemon(struct doctor *d, int64_t pid, const char *name, const char *program)
{
	if (strcmp(name, "vrrpd") != 0)
		doctor_mend(d, "systemctl disable --now %s  # if it serves the same addresses",
			    name);
	else if (strstr(program, "/frr/"))
		doctor_mend(d,
			    "sed -i s/^vrrpd=yes/vrrpd=no/ /etc/frr/daemons && systemctl restart "
			    "frr  # if it serves the same addresses");
	else
		doctor_mend(d, "kill %" PRId64 "  # if it serves the same addresses", pid);
}

static void judge_process(struct doctor *d, int64_t pid, const char *our_network)
{
	static const char *const names[] = { "keepalived", "vrrpd", "ucarp", "uvrrpd" };
	char name[64], program[256];
	enum where where;

	name_of_process(pid, name, sizeof(name));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) != 0 || !is_first_of_its_kind(d, pid, name))
			continue;
		where = where_is(pid, our_network);
		program_of(pid, program, sizeof(program));
		if (where == WHERE_HERE) {
			doctor_find(d, DOCTOR_WARN,
				    "%s runs on this host as well, pid %" PRId64 "%s%s", name, pid,
				    program[0] != '\0' ? ", " : "", program);
			mend_other_daemon(d, pid, name, program);
		} else if (where == WHERE_UNKNOWN) {
			doctor_find(d, DOCTOR_UNKNOWN,
				    "%s runs, pid %" PRId64 ", maybe for the same interfaces: only "
				    "root can see",
				    name, pid);
			doctor_mend(d, "sudo vrrpctl doctor");
		}
	}
}

/* Calls look for each process until it returns true; that one's pid, 0 for none and -1 if /proc cannot be read. */
static int64_t find_process(struct doctor *d,
			    bool (*look)(struct doctor *d, int64_t pid, const char *our_network))
{
	DIR *processes = opendir("/proc");
	char our_network[64];
	ssize_t len = readlink("/proc/self/ns/net", our_network, sizeof(our_network) - 1);
	struct dirent *entry;
	int64_t found = processes && len > 0 ? 0 : -1;

	our_network[len > 0 ? len : 0] = '\0';
	while (found == 0 && (entry = readdir(processes))) {
		int64_t pid = strtoll(entry->d_name, NULL, 10);

		if (pid > 0 && look(d, pid, our_network))
			found = pid;
	}
	if (processes)
		closedir(processes);
	return found;
}

static bool look_at_process(struct doctor *d, int64_t pid, const char *our_network)
{
	judge_process(d, pid, our_network);
	return false;
}

void doctor_other_daemons(struct doctor *d)
{
	if (find_process(d, look_at_process) < 0)
		doctor_find(d, DOCTOR_UNKNOWN, "/proc cannot be read");
}

/* A process that holds addresses, whoever started it. */
static bool is_other_protocol(struct doctor *d, int64_t pid, const char *our_network)
{
	char name[64];

	name_of_process(pid, name, sizeof(name));
	return strcmp(name, "vrrpd: protocol") == 0 && pid != d->daemon_pid &&
	       (d->daemon_pid == 0 || parent_of(pid) != d->daemon_pid) &&
	       where_is(pid, our_network) != WHERE_ELSEWHERE;
}

int64_t doctor_other_vrrpd(struct doctor *d)
{
	int64_t pid = find_process(d, is_other_protocol);

	return pid > 0 ? pid : 0;
}

/* The value of the last "KEY=" of an ini file, cut off at the end of its line; false: none. */
static bool ini_value(const char *text, const char *key, char *ret, size_t cap)
{
	size_t len = strlen(key);
	bool found = false;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0 && line[len] == '=') {
			snprintf(ret, cap, "%.*s", (int)strcspn(line + len + 1, "\r\n"),
				 line + len + 1);
			found = true;
		}
	}
	return found;
}

/* Does that file of networkd's keep addresses that networkd has not made? The last word is true. */
static void read_keep(const char *path, bool *keeps)
{
	char text[STATUS_BYTES], value[64];

	if (doctor_read_file(text, sizeof(text), "%s", path) &&
	    ini_value(text, "KeepConfiguration", value, sizeof(value)))
		*keeps = strcmp(value, "yes") == 0 || strcmp(value, "true") == 0 ||
			 strcmp(value, "static") == 0 || strcmp(value, "1") == 0 ||
			 strcmp(value, "on") == 0;
}

/* What systemd-networkd says of the interface, if it runs and knows it. */
static void judge_networkd(struct doctor *d, const char *interface, int32_t ifindex)
{
	char text[STATUS_BYTES], state[64] = "", file[512] = "", more[2048] = "", *rest, *word;
	const char *base;
	bool keeps = false;

	if (!doctor_read_file(text, sizeof(text), "/run/systemd/netif/links/%d", ifindex))
		return;
	if (!ini_value(text, "ADMIN_STATE", state, sizeof(state)) ||
	    strcmp(state, "unmanaged") == 0 || !ini_value(text, "NETWORK_FILE", file, sizeof(file)))
		return;
	read_keep(file, &keeps);
	ini_value(text, "NETWORK_FILE_DROPINS", more, sizeof(more));
	for (word = strtok_r(more, " ;:\"", &rest); word; word = strtok_r(NULL, " ;:\"", &rest))
		read_keep(word, &keeps);
	if (keeps)
		return;
	doctor_find(d, DOCTOR_WARN,
		    "systemd-networkd manages %s by %s without KeepConfiguration=yes: it removes "
		    "virtual addresses when it restarts",
		    interface, file);
	base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
	if (strstr(base, "netplan"))
		doctor_mend(d, "netplan set ethernets.%s.critical=true && netplan apply",
			    interface);
	else
		doctor_mend(d,
			    "mkdir -p /etc/systemd/network/%s.d && printf "
			    "'[Network]\\nKeepConfiguration=yes\\n' "
			    ">/etc/systemd/network/%s.d/vrrp.conf && networkctl reload",
			    base, base);
}

static void judge_network_manager(struct doctor *d, const char *interface, int32_t ifindex)
{
	char text[STATUS_BYTES], value[64] = "";

	if (!doctor_read_file(text, sizeof(text), "/run/NetworkManager/devices/%d", ifindex) ||
	    !ini_value(text, "managed", value, sizeof(value)) || strcmp(value, "true") != 0)
		return;
	doctor_find(d, DOCTOR_WARN,
		    "NetworkManager manages %s: it removes virtual addresses when a connection "
		    "is activated again",
		    interface);
	doctor_mend(d,
		    "printf '[keyfile]\\nunmanaged-devices=interface-name:%s\\n' "
		    ">/etc/NetworkManager/conf.d/vrrp.conf && nmcli general reload  # with the "
		    "interface configured elsewhere",
		    interface);
}

void doctor_managers(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		const char *interface = d->settings->instances[i].interface;

		if (d->links[i].ifindex == 0 || d->links[i].again)
			continue;
		judge_networkd(d, interface, d->links[i].ifindex);
		judge_network_manager(d, interface, d->links[i].ifindex);
	}
}

void doctor_steal(struct doctor *d)
{
	if (d->steal_percent < 0)
		doctor_find(d, DOCTOR_UNKNOWN, "/proc/stat does not tell");
	else if (d->steal_percent >= STEAL_PERCENT) {
		doctor_find(d, DOCTOR_WARN,
			    "the hypervisor gave %.0f %% of this machine's time to others: timers "
			    "run late, and masters seem dead",
			    d->steal_percent);
		doctor_mend(d, "give the virtual machine reserved CPU time, or set "
			       "advert-interval to 1s or more");
	}
}
