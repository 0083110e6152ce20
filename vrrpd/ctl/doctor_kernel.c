/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the kernel is set up for each interface: what it filters by the way back, who answers ARP for an address, what becomes of an
 * address when another goes, and whether bridges and groups let multicast through.
 */
#include "doctor.h"

#include <string.h>

enum {
	STRICT = 1,                 /* rp_filter */
	ARP_IGNORE_OTHER_NETS = 2,  /* arp_ignore: answers those in the address's own subnet only */
	ARP_IGNORE_ALL_LOCAL = 8,   /* answers for no local address */
	GROUP_LIST_BYTES = 1 << 20, /* of /proc/net/igmp */
};

static const char ipv4_conf[] = "/proc/sys/net/ipv4/conf";

/* The larger of all's value and the interface's, which is what counts for most of them. */
static long highest(const char *interface, const char *key)
{
	long all = doctor_number_of("%s/all/%s", ipv4_conf, key);
	long own = doctor_number_of("%s/%s/%s", ipv4_conf, interface, key);

	return all > own ? all : own;
}

/* An interface that there is, with IPv4, and that has not been told of yet. */
static bool is_worth_a_look(const struct doctor *d, uint32_t instance)
{
	return doctor_has_family(&d->settings->instances[instance], FAMILY_V4) &&
	       d->links[instance].ifindex != 0 && !d->links[instance].again;
}

void doctor_reverse_path(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		const char *interface = d->settings->instances[i].interface;

		if (!is_worth_a_look(d, i) || highest(interface, "rp_filter") != STRICT)
			continue;
		doctor_find(d, DOCTOR_WARN,
			    "%s: rp_filter is 1 (strict): what comes from a sender to whom another "
			    "interface leads is dropped, as is a peer of another subnet, or a "
			    "client that came in through the other router",
			    interface);
		doctor_mend_setting(d, IP_V4, interface, "rp_filter", 2);
	}
}

static const struct vip *vip_of(const struct doctor *d, uint32_t instance, uint32_t number)
{
	return &d->settings->vips[d->settings->instances[instance].addresses[FAMILY_V4].first +
				  number];
}

/* Would MASTER answer clients who ask for its virtual addresses? */
static void judge_arp_ignore(struct doctor *d, uint32_t instance)
{
	const struct instance_settings *set = &d->settings->instances[instance];
	long ignore = highest(set->interface, "arp_ignore");
	char text[IP_TEXT_MAX];

	if (ignore == ARP_IGNORE_ALL_LOCAL) {
		doctor_find(d, DOCTOR_FAIL, "%s: arp_ignore is 8: no address is answered for",
			    set->interface);
		doctor_mend_setting(d, IP_V4, set->interface, "arp_ignore", 1);
		return;
	}
	if (ignore != ARP_IGNORE_OTHER_NETS)
		return;
	for (uint32_t k = 0; k < set->addresses[FAMILY_V4].count; k++) {
		const struct vip *vip = vip_of(d, instance, k);

		if (vip->prefix_len != ip_max_prefix_len(IP_V4))
			continue;
		doctor_find(d, DOCTOR_FAIL,
			    "%s: arp_ignore is 2: %s has the prefix /32, so that nobody is in its "
			    "subnet and gets an answer: give it its subnet's prefix, or change "
			    "arp_ignore",
			    set->interface, ip_text(vip->addr, text));
		doctor_mend_setting(d, IP_V4, set->interface, "arp_ignore", 1);
		return;
	}
}

/* Is there another interface with an address in that subnet? Then both answer. */
static const struct doctor_address *twin_of(const struct doctor *d, int32_t ifindex)
{
	for (size_t i = 0; i < d->address_count; i++) {
		const struct doctor_address *own = &d->addresses[i];

		if (own->ifindex != ifindex || own->addr.family != IP_V4 || own->prefix_len >= 31)
			continue;
		for (size_t k = 0; k < d->address_count; k++) {
			const struct doctor_address *other = &d->addresses[k];

			if (other->ifindex != ifindex && !other->on_virtual_mac &&
			    ip_same_subnet(own->addr, other->addr, own->prefix_len))
				return other;
		}
	}
	return NULL;
}

static void judge_flux(struct doctor *d, uint32_t instance)
{
	const char *interface = d->settings->instances[instance].interface;
	const struct doctor_address *twin = twin_of(d, d->links[instance].ifindex);
	long ignore = highest(interface, "arp_ignore"),
	     announce = highest(interface, "arp_announce");
	char text[IP_PREFIX_TEXT_MAX];

	if (!twin || (ignore > 0 && announce > 0))
		return;
	doctor_find(d, DOCTOR_WARN,
		    "%s: another interface has %s in the same subnet, and arp_ignore is %ld, "
		    "arp_announce %ld: each answers for the other's addresses",
		    interface, ip_prefix_text(twin->addr, twin->prefix_len, text), ignore,
		    announce);
	doctor_mend(d, "sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2");
}

void doctor_arp(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		if (!doctor_has_family(&d->settings->instances[i], FAMILY_V4) ||
		    d->links[i].ifindex == 0)
			continue;
		judge_arp_ignore(d, i);
		if (!d->links[i].again)
			judge_flux(d, i);
	}
}

/* The kernel takes all other addresses of a subnet away with the first, unless it promotes one. */
void doctor_secondaries(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		const struct instance_settings *set = &d->settings->instances[i];
		bool found = false;

		/* With a virtual MAC they are on a link of their own. */
		if (set->virtual_mac || !is_worth_a_look(d, i) ||
		    highest(set->interface, "promote_secondaries") > 0)
			continue;
		for (uint32_t k = 0; k < set->addresses[FAMILY_V4].count && !found; k++) {
			const struct vip *vip = vip_of(d, i, k);

			for (size_t n = 0; n < d->address_count && !found; n++)
				found = d->addresses[n].ifindex == d->links[i].ifindex &&
					d->addresses[n].prefix_len == vip->prefix_len &&
					d->addresses[n].protocol == 0 &&
					ip_same_subnet(d->addresses[n].addr, vip->addr,
						       vip->prefix_len);
		}
		if (!found)
			continue;
		doctor_find(d, DOCTOR_WARN,
			    "%s: promote_secondaries is 0: virtual addresses of its own subnet go "
			    "when its own address is changed or removed",
			    set->interface);
		doctor_mend_setting(d, IP_V4, set->interface, "promote_secondaries", 1);
	}
}

static void judge_bridge(struct doctor *d, const char *bridge, const char *interface)
{
	long snooping = doctor_number_of("/sys/class/net/%s/bridge/multicast_snooping", bridge);
	long querier = doctor_number_of("/sys/class/net/%s/bridge/multicast_querier", bridge);

	if (snooping != 1 || querier != 0)
		return;
	doctor_find(d, DOCTOR_WARN,
		    "%s: the bridge %s snoops multicast (multicast_snooping 1) and asks nobody who "
		    "wants it (multicast_querier 0): once memberships are forgotten, "
		    "advertisements may not come through",
		    interface, bridge);
	doctor_mend(d, "ip link set %s type bridge mcast_querier 1  # or mcast_snooping 0", bridge);
}

/* An interface may be a bridge, or the port of one. */
void doctor_snooping(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		const char *interface = d->settings->instances[i].interface;
		char port_of[512] = "", *name;

		if (d->links[i].ifindex == 0 || d->links[i].again ||
		    d->settings->instances[i].peers.count > 0)
			continue;
		judge_bridge(d, interface, interface);
		if (!doctor_read_file(port_of, sizeof(port_of),
				      "/sys/class/net/%s/brport/bridge/uevent", interface))
			continue;
		name = strstr(port_of, "INTERFACE=");
		if (!name)
			continue;
		name += strlen("INTERFACE=");
		name[strcspn(name, "\n")] = '\0';
		judge_bridge(d, name, interface);
	}
}

/* /proc/net/igmp: a line an interface, "2\teth0 : …", then its groups, "\t\t\t\t120000E0 …". */
static bool is_joined_v4(const char *list, const char *interface)
{
	struct ip_addr group = advert_group(IP_V4);
	char hex[9];
	bool ours = false;

	snprintf(hex, sizeof(hex), "%02X%02X%02X%02X", group.bytes[3], group.bytes[2],
		 group.bytes[1], group.bytes[0]);
	for (const char *line = list; line; line = strchr(line, '\n')) {
		char name[32];

		line += *line == '\n';
		if (line[0] != '\t' && sscanf(line, "%*d %31s", name) == 1)
			ours = strcmp(name, interface) == 0;
		else if (ours && strncmp(line + strspn(line, "\t "), hex, 8) == 0)
			return true;
	}
	return false;
}

/* /proc/net/igmp6: "2 eth0 ff020000000000000000000000000012 1 …" */
static bool is_joined_v6(const char *list, const char *interface)
{
	struct ip_addr group = advert_group(IP_V6);
	char hex[33], wanted[64];
	const char *found;

	for (size_t i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", group.bytes[i]);
	snprintf(wanted, sizeof(wanted), " %s", interface);
	for (found = strstr(list, hex); found; found = strstr(found + 1, hex)) {
		const char *name = found;

		/* the name stands before it, padded with blanks */
		while (name > list && name[-1] == ' ')
			name--;
		if ((size_t)(name - list) >= strlen(wanted) &&
		    strncmp(name - strlen(wanted), wanted, strlen(wanted)) == 0)
			return true;
	}
	return false;
}

static void judge_membership(struct doctor *d, uint32_t instance, enum family_index family)
{
	static char list[GROUP_LIST_BYTES];
	const struct instance_settings *set = &d->settings->instances[instance];
	bool is_v6 = family == FAMILY_V6, joined;
	char group[IP_TEXT_MAX];

	if (!doctor_shown(d, instance, family) || !d->links[instance].up || set->peers.count > 0)
		return;
	if (!doctor_read_file(list, sizeof(list), is_v6 ? "/proc/net/igmp6" : "/proc/net/igmp"))
		return;
	joined = is_v6 ? is_joined_v6(list, set->interface) : is_joined_v4(list, set->interface);
	if (joined)
		return;
	doctor_find(d, DOCTOR_FAIL, "%s: the group %s is not joined on %s: nobody can be heard",
		    set->name, ip_text(advert_group(is_v6 ? IP_V6 : IP_V4), group), set->interface);
	if (is_v6)
		doctor_mend(d, "sysctl -w net.core.optmem_max=131072");
	else
		doctor_mend(d, "sysctl -w net.ipv4.igmp_max_memberships=20");
}

void doctor_membership(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		if (d->links[i].ifindex == 0)
			continue;
		judge_membership(d, i, FAMILY_V4);
		judge_membership(d, i, FAMILY_V6);
	}
}
