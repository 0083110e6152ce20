/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interfaces and addresses of this host, read by libnl: another reader than the daemon's own, so that a mistake in ours does not
 * hide itself. libnl does not know IFA_PROTO yet, so of each address the message is looked at. And the checks of what was read: whether
 * the interfaces can serve, and whether virtual addresses lie about that nobody serves.
 */
#include "doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/rtnl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
	ADDRESS_PROTOCOL_ATTRIBUTE = 11, /* IFA_PROTO, Linux 5.18; header files may be older */
	ADDRESS_PROTOCOL_OURS = 112,     /* what vrrpd writes there */
	LINK_GROUP_OURS = 112,           /* what it puts the links of virtual MACs in */
	FRAME_IPV4_HEADER = 20,
	FRAME_IPV6_HEADER = 40,
};

bool doctor_read_file(char *buf, size_t cap, const char *format, ...)
{
	char path[512];
	va_list args;
	FILE *file;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	buf[0] = '\0';
	file = fopen(path, "re");
	if (!file)
		return false;
	buf[fread(buf, 1, cap - 1, file)] = '\0';
	fclose(file);
	return true;
}

long doctor_number_of(const char *format, ...)
{
	char path[512], text[32], *end;
	va_list args;
	long number;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	if (!doctor_read_file(text, sizeof(text), "%s", path))
		return -1;
	number = strtol(text, &end, 10);
	return end != text ? number : -1;
}

const struct doctor_address *doctor_network_find(const struct doctor *d, struct ip_addr addr,
						 int32_t ifindex, size_t from)
{
	for (size_t i = from; i < d->address_count; i++)
		if (ip_equal(d->addresses[i].addr, addr) &&
		    (ifindex == 0 || d->addresses[i].ifindex == ifindex))
			return &d->addresses[i];
	return NULL;
}

/* An address of the kernel's list, as the message has it. */
static int add_address(struct nl_msg *msg, void *ctx)
{
	struct doctor *d = ctx;
	struct nlmsghdr *header = nlmsg_hdr(msg);
	const struct ifaddrmsg *info = nlmsg_data(header);
	struct nlattr *local, *protocol;
	struct doctor_address *grown, a = { 0 };

	local = nlmsg_find_attr(header, sizeof(*info), IFA_LOCAL);
	if (!local) /* IPv6 has one of them only */
		local = nlmsg_find_attr(header, sizeof(*info), IFA_ADDRESS);
	protocol = nlmsg_find_attr(header, sizeof(*info), ADDRESS_PROTOCOL_ATTRIBUTE);
	if (!local)
		return NL_OK;
	if (info->ifa_family == AF_INET && nla_len(local) == 4)
		a.addr = ip_from_v4(nla_data(local));
	else if (info->ifa_family == AF_INET6 && nla_len(local) == 16)
		a.addr = ip_from_v6(nla_data(local));
	else
		return NL_OK;
	a.ifindex = (int32_t)info->ifa_index;
	a.prefix_len = info->ifa_prefixlen;
	a.protocol = protocol ? nla_get_u8(protocol) : 0;
	d->tells_protocols = d->tells_protocols || a.protocol != 0;
	grown = realloc(d->addresses, (d->address_count + 1) * sizeof(*grown));
	if (!grown)
		return NL_STOP;
	d->addresses = grown;
	d->addresses[d->address_count++] = a;
	return NL_OK;
}

/* A VRF leaves its members what arrives there; a bridge, a bond and the like do not. */
static void read_master(struct nl_cache *cache, struct rtnl_link *link, struct doctor_link *ret)
{
	struct rtnl_link *master = rtnl_link_get(cache, rtnl_link_get_master(link));
	const char *kind = master ? rtnl_link_get_type(master) : NULL;

	if (master && !(kind && strcmp(kind, "vrf") == 0))
		snprintf(ret->master, sizeof(ret->master), "%s", rtnl_link_get_name(master));
	if (master)
		rtnl_link_put(master);
}

static void read_link(struct nl_cache *cache, const char *name, struct doctor_link *ret)
{
	struct rtnl_link *link = rtnl_link_get_by_name(cache, name);
	struct nl_addr *mac;

	if (!link)
		return;
	*ret = (struct doctor_link){
		.ifindex = rtnl_link_get_ifindex(link),
		.enabled = (rtnl_link_get_flags(link) & IFF_UP) != 0,
		.up = (rtnl_link_get_flags(link) & IFF_UP) && rtnl_link_get_carrier(link) != 0,
		.mtu = rtnl_link_get_mtu(link),
	};
	read_master(cache, link, ret);
	mac = rtnl_link_get_addr(link);
	if (mac && nl_addr_get_len(mac) == sizeof(ret->mac.bytes))
		memcpy(ret->mac.bytes, nl_addr_get_binary_addr(mac), sizeof(ret->mac.bytes));
	rtnl_link_put(link);
}

/* What a vrrpd has made for a virtual MAC is a macvlan of its group. */
static void look_at_link_of(struct nl_cache *cache, struct doctor_address *a)
{
	struct rtnl_link *link = rtnl_link_get(cache, a->ifindex);
	const char *kind = link ? rtnl_link_get_type(link) : NULL;

	if (!link)
		return;
	a->on_virtual_mac = kind && strcmp(kind, "macvlan") == 0 &&
			    rtnl_link_get_group(link) == LINK_GROUP_OURS;
	a->waits = a->on_virtual_mac && (rtnl_link_get_flags(link) & IFF_UP) == 0;
	rtnl_link_put(link);
}

static void mark_shared(struct doctor_link *links, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t k = 0; k < i && !links[i].again; k++)
			links[i].again = links[k].ifindex == links[i].ifindex;
}

static int read_all(struct doctor *d, struct nl_sock *sock)
{
	struct nl_cache *cache = NULL;
	int status = nl_connect(sock, NETLINK_ROUTE);

	if (status < 0)
		return status;
	status = rtnl_link_alloc_cache(sock, AF_UNSPEC, &cache);
	if (status < 0)
		return status;
	for (uint32_t i = 0; i < d->settings->instance_count; i++)
		read_link(cache, d->settings->instances[i].interface, &d->links[i]);
	mark_shared(d->links, d->settings->instance_count);
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, add_address, d);
	status = nl_rtgen_request(sock, RTM_GETADDR, AF_UNSPEC, NLM_F_DUMP);
	if (status >= 0)
		status = nl_recvmsgs_default(sock);
	for (size_t i = 0; i < d->address_count; i++)
		look_at_link_of(cache, &d->addresses[i]);
	nl_cache_free(cache);
	return status;
}

int doctor_network_read(struct doctor *d)
{
	struct nl_sock *sock = nl_socket_alloc();
	size_t count = d->settings->instance_count;
	int status = -NLE_NOMEM;

	d->links = calloc(count + 1, sizeof(*d->links));
	d->traffic = calloc(count + 1, sizeof(*d->traffic));
	if (sock && d->links && d->traffic)
		status = read_all(d, sock);
	if (status < 0)
		doctor_find(d, DOCTOR_UNKNOWN, "the kernel's interfaces cannot be read: %s",
			    nl_geterror(status));
	nl_socket_free(sock);
	return status < 0 ? -EIO : 0;
}

static bool has_address_of(const struct doctor *d, int32_t ifindex, enum family_index family)
{
	for (size_t i = 0; i < d->address_count; i++) {
		const struct doctor_address *a = &d->addresses[i];

		/* IPv6 sends from a link-local one, RFC 9568 section 5.1.2.1 */
		if (a->ifindex == ifindex &&
		    family_index((enum ip_family)a->addr.family) == (int)family &&
		    a->protocol != ADDRESS_PROTOCOL_OURS &&
		    (family == FAMILY_V4 || ip_is_link_local(a->addr)))
			return true;
	}
	return false;
}

static void look_for_source(struct doctor *d, uint32_t instance, enum family_index family)
{
	const struct instance_settings *set = &d->settings->instances[instance];
	bool is_v6 = family == FAMILY_V6;

	if (!doctor_has_family(set, family) || ip_is_set(set->source[family]) ||
	    has_address_of(d, d->links[instance].ifindex, family))
		return;
	doctor_find(d, DOCTOR_FAIL, "%s: %s has no %saddress to send advertisements from",
		    set->name, set->interface, is_v6 ? "link-local IPv6 " : "IPv4 ");
	if (!is_v6)
		doctor_mend(d, "ip addr add ADDRESS/PREFIX dev %s", set->interface);
	else if (doctor_number_of("/proc/sys/net/ipv6/conf/%s/disable_ipv6", set->interface) == 1)
		doctor_mend_setting(d, IP_V6, set->interface, "disable_ipv6", 0);
	else
		doctor_mend(d, "ip addr add fe80::%x/64 dev %s  # or another that nobody has",
			    (unsigned int)d->links[instance].mac.bytes[5] + 1, set->interface);
}

void doctor_interfaces(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		const struct instance_settings *set = &d->settings->instances[i];

		if (d->links[i].ifindex == 0) {
			doctor_find(d, DOCTOR_FAIL, "%s: there is no interface %s", set->name,
				    set->interface);
			doctor_mend(d, "ip link show  # and name one of these in instance %s of %s",
				    set->name, d->file);
		} else if (!d->links[i].enabled) {
			doctor_find(d, DOCTOR_FAIL, "%s: %s is down", set->name, set->interface);
			doctor_mend(d, "ip link set %s up", set->interface);
		} else if (!d->links[i].up) {
			doctor_find(d, DOCTOR_FAIL, "%s: %s has no carrier", set->name,
				    set->interface);
			doctor_mend(d, "look at the cable of %s, and at the switch's port",
				    set->interface);
		} else if (d->links[i].master[0] != '\0') {
			doctor_find(d, DOCTOR_FAIL,
				    "%s: %s is a port of %s, which takes everything that arrives "
				    "there, so that no other router is heard",
				    set->name, set->interface, d->links[i].master);
			doctor_mend(d, "interface = %s in instance %s of %s, and vrrpctl reload",
				    d->links[i].master, set->name, d->file);
		} else {
			look_for_source(d, i, FAMILY_V4);
			look_for_source(d, i, FAMILY_V6);
		}
	}
}

/* Does an instance of the file want that address, and what does the daemon do with it? */
static bool is_served(const struct doctor *d, const struct doctor_address *a)
{
	char text[IP_PREFIX_TEXT_MAX];
	const json_t *shown, *detail;
	size_t i, k;

	ip_prefix_text(a->addr, a->prefix_len, text);
	json_array_foreach (d->instances, i, shown) {
		json_array_foreach (json_object_get(shown, "address_details"), k, detail) {
			const char *address = json_string_value(json_object_get(detail, "address"));

			if (address && strcmp(address, text) == 0 &&
			    json_is_true(json_object_get(detail, "wanted")))
				return true;
		}
		if (json_is_true(json_object_get(shown, "lingering")))
			return true;
	}
	return false;
}

/* Ours by its mark, but of nobody who would take it away again. */
static void find_left_behind(struct doctor *d)
{
	int64_t other = doctor_other_vrrpd(d);

	for (size_t i = 0; i < d->address_count; i++) {
		const struct doctor_address *a = &d->addresses[i];
		char text[IP_PREFIX_TEXT_MAX], name[IFNAMSIZ] = "?";

		if (a->protocol != ADDRESS_PROTOCOL_OURS || a->waits || is_served(d, a))
			continue;
		ip_prefix_text(a->addr, a->prefix_len, text);
		(void)if_indextoname((unsigned int)a->ifindex, name);
		if (other != 0) {
			doctor_find(d, DOCTOR_UNKNOWN,
				    "%s on %s was added by vrrpd; pid %" PRId64
				    " may serve it, and has not told",
				    text, name, other);
			doctor_mend(d,
				    "sudo vrrpctl doctor  # with -s STATE_DIR, if it has "
				    "another one than %s",
				    d->ctl->state_dir);
			continue;
		}
		doctor_find(d, DOCTOR_FAIL,
			    "%s on %s was added by vrrpd, and %s: two routers may answer for it",
			    text, name,
			    d->daemon_pid == 0 ? "no daemon runs" : "the daemon does not serve it");
		doctor_mend(d, "ip addr del %s dev %s", text, name);
	}
}

/* An address of the file that is there without our mark, though it is to be there on a master only. */
static void judge_foreign(struct doctor *d, const struct instance_settings *set,
			  const struct doctor_address *a)
{
	char text[IP_PREFIX_TEXT_MAX], name[IFNAMSIZ] = "?";

	/* Where the kernel keeps no marks, the daemon's word counts. */
	if (a->protocol == ADDRESS_PROTOCOL_OURS || (!d->tells_protocols && is_served(d, a)))
		return;
	ip_prefix_text(a->addr, a->prefix_len, text);
	(void)if_indextoname((unsigned int)a->ifindex, name);
	doctor_find(d, DOCTOR_FAIL,
		    "%s: %s is on %s by somebody else's doing, and stays when this router is "
		    "BACKUP",
		    set->name, text, name);
	doctor_mend(d, "ip addr del %s dev %s  # and take it out of what configures the interface",
		    text, name);
}

void doctor_stale(struct doctor *d)
{
	const struct settings *s = d->settings;

	find_left_behind(d);
	for (uint32_t i = 0; i < s->instance_count; i++) {
		const struct instance_settings *set = &s->instances[i];

		if (set->priority == PRIORITY_OWNER)
			continue;
		for (int family = 0; family < FAMILY_COUNT; family++) {
			for (uint32_t k = 0; k < set->addresses[family].count; k++) {
				const struct vip *vip = &s->vips[set->addresses[family].first + k];
				const struct doctor_address *a =
					doctor_network_find(d, vip->addr, 0, 0);

				if (a)
					judge_foreign(d, set, a);
			}
		}
	}
}

void doctor_mtu(struct doctor *d)
{
	for (uint32_t i = 0; i < d->settings->instance_count; i++) {
		const struct instance_settings *set = &d->settings->instances[i];

		for (int f = 0; f < FAMILY_COUNT; f++) {
			bool is_v6 = f == FAMILY_V6;
			size_t len = advert_len(set->version, is_v6 ? IP_V6 : IP_V4,
						(uint8_t)set->addresses[f].count) +
				     (is_v6 ? FRAME_IPV6_HEADER : FRAME_IPV4_HEADER);

			if (set->addresses[f].count == 0 || d->links[i].ifindex == 0 ||
			    len <= d->links[i].mtu)
				continue;
			doctor_find(d, DOCTOR_WARN,
				    "%s: %u addresses make an advertisement of %zu bytes, and %s "
				    "takes %u: it goes in fragments, which firewalls like to drop",
				    set->name, set->addresses[f].count, len, set->interface,
				    d->links[i].mtu);
			doctor_mend(d,
				    "ip link set %s mtu %zu  # or leave most of the addresses to "
				    "extra-addresses",
				    set->interface, len);
		}
	}
}
