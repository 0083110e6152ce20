/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The attributes that matter, one by one. What the kernel leaves out keeps its neutral value; what
 * has the wrong size is not looked at.
 */
#include "netlink_message.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "io_netlink.h"

/* IFA_PROTO came with Linux 5.18; header files may be older than the kernel. */
enum {
	ADDRESS_ATTRIBUTE_PROTOCOL = 11,
	ATTRIBUTE_TYPES = IFLA_GROUP + 1, /* the highest that is looked at, and one */
};

/* ---- reading ---- */

/* The attributes of a message by type; NULL where there is none. */
struct attributes {
	const struct nlattr *by_type[ATTRIBUTE_TYPES];
};

static int index_attribute(const struct nlattr *attribute, void *data)
{
	struct attributes *all = data;
	uint16_t type = mnl_attr_get_type(attribute);

	if (type < ATTRIBUTE_TYPES)
		all->by_type[type] = attribute;
	return MNL_CB_OK;
}

/* Those that follow a header of that length. */
static struct attributes attributes_of(const struct nlmsghdr *message, size_t header_len)
{
	struct attributes all = { 0 };

	mnl_attr_parse(message, (unsigned int)header_len, index_attribute, &all);
	return all;
}

/* Copies a payload of exactly len bytes; out is untouched where there is none. */
static void get_bytes(const struct attributes *all, int type, void *out, size_t len)
{
	const struct nlattr *attribute = all->by_type[type];

	if (attribute && mnl_attr_get_payload_len(attribute) == len)
		memcpy(out, mnl_attr_get_payload(attribute), len);
}

/* A text that ends where its attribute ends, else "". */
static const char *get_text(const struct attributes *all, int type)
{
	const struct nlattr *attribute = all->by_type[type];

	if (!attribute || mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0)
		return "";
	return mnl_attr_get_str(attribute);
}

static struct ip_addr get_ip(const struct attributes *all, int type, uint8_t family)
{
	uint8_t bytes[16] = { 0 };
	size_t len = family == AF_INET ? 4 : sizeof(bytes);
	const struct nlattr *attribute = all->by_type[type];

	if (!attribute || mnl_attr_get_payload_len(attribute) != len)
		return IP_ADDR_NONE;
	get_bytes(all, type, bytes, len);
	return family == AF_INET ? ip_from_v4(bytes) : ip_from_v6(bytes);
}

/*
 * RFC 2863 operational state; drivers that do not keep one say "unknown", then the carrier counts.
 */
static bool is_operational(uint8_t operstate, unsigned int flags)
{
	if (operstate == IF_OPER_UP)
		return true;
	return operstate == IF_OPER_UNKNOWN && (flags & (IFF_RUNNING | IFF_LOWER_UP));
}

/* What a link is, and what one is that it has been put under: "" for nothing. */
struct kinds {
	const char *own, *master;
};

static int find_kind(const struct nlattr *attribute, void *data)
{
	uint16_t type = mnl_attr_get_type(attribute);
	struct kinds *kinds = data;

	if ((type != IFLA_INFO_KIND && type != IFLA_INFO_SLAVE_KIND) ||
	    mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0)
		return MNL_CB_OK;
	*(type == IFLA_INFO_KIND ? &kinds->own : &kinds->master) = mnl_attr_get_str(attribute);
	return MNL_CB_OK;
}

static struct kinds get_kinds(const struct attributes *all)
{
	struct kinds kinds = { "", "" };

	if (all->by_type[IFLA_LINKINFO])
		mnl_attr_parse_nested(all->by_type[IFLA_LINKINFO], find_kind, &kinds);
	return kinds;
}

/* These take all that arrives for themselves; a VRF, which has its members as well, does not. */
static bool takes_all(const char *kind)
{
	static const char *const kinds[] = { "bridge", "bond", "team", "openvswitch", "batadv" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	}
	return false;
}

/* Whose it is: a link of a virtual MAC that a vrrpd has made, not one that an administrator has; and who takes what arrives there. */
static void get_ownership(const struct attributes *all, struct link_facts *facts)
{
	struct kinds kinds = get_kinds(all);
	uint32_t group = 0;

	get_bytes(all, IFLA_GROUP, &group, sizeof(group));
	facts->port = takes_all(kinds.master);
	facts->ours = group == LINK_GROUP && strcmp(kinds.own, "macvlan") == 0;
	if (facts->ours)
		snprintf(facts->alias, sizeof(facts->alias), "%s", get_text(all, IFLA_IFALIAS));
}

bool netlink_parse_link(const struct nlmsghdr *message, struct link_facts *ret)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	struct link_facts facts = { .ifindex = 0 };
	uint8_t operstate = IF_OPER_UNKNOWN;
	struct attributes all;
	const char *name;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*info) || info->ifi_family != AF_UNSPEC ||
	    info->ifi_index <= 0)
		return false;
	all = attributes_of(message, sizeof(*info));
	name = get_text(&all, IFLA_IFNAME);
	if (name[0] == '\0' || strlen(name) > IFNAME_MAX_LEN)
		return false;
	strcpy(facts.name, name);
	get_bytes(&all, IFLA_ADDRESS, facts.mac.bytes, sizeof(facts.mac.bytes));
	get_bytes(&all, IFLA_MTU, &facts.mtu, sizeof(facts.mtu));
	get_bytes(&all, IFLA_OPERSTATE, &operstate, sizeof(operstate));
	facts.ifindex = info->ifi_index;
	get_bytes(&all, IFLA_LINK, &facts.parent, sizeof(facts.parent));
	get_ownership(&all, &facts);
	facts.raised = (info->ifi_flags & IFF_UP) != 0;
	facts.up = (info->ifi_flags & IFF_UP) && is_operational(operstate, info->ifi_flags);
	*ret = facts;
	return true;
}

bool netlink_parse_address(const struct nlmsghdr *message, struct address_facts *ret)
{
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(message);
	struct address_facts facts = { .ifindex = 0 };
	uint8_t protocol = 0;
	struct attributes all;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*info))
		return false;
	if (info->ifa_family != AF_INET && info->ifa_family != AF_INET6)
		return false;
	all = attributes_of(message, sizeof(*info));
	/* IPv6 has IFA_LOCAL only where there is a peer, IPv4 has both always */
	facts.peer = get_ip(&all, IFA_ADDRESS, info->ifa_family);
	facts.addr = get_ip(&all, IFA_LOCAL, info->ifa_family);
	if (!ip_is_set(facts.addr))
		facts.addr = facts.peer;
	facts.ifindex = (int32_t)info->ifa_index;
	if (!ip_is_set(facts.addr) || facts.ifindex <= 0)
		return false;
	facts.prefix_len = info->ifa_prefixlen;
	facts.scope = info->ifa_scope;
	facts.flags = info->ifa_flags; /* the first eight of them, IFA_FLAGS has all */
	get_bytes(&all, IFA_FLAGS, &facts.flags, sizeof(facts.flags));
	get_bytes(&all, ADDRESS_ATTRIBUTE_PROTOCOL, &protocol, sizeof(protocol));
	facts.ours = protocol == ADDRESS_PROTOCOL;
	*ret = facts;
	return true;
}

int netlink_parse_error(const struct nlmsghdr *message, const char **ret_why)
{
	const struct nlmsgerr *answer = mnl_nlmsg_get_payload(message);
	struct attributes all;

	*ret_why = "";
	if (mnl_nlmsg_get_payload_len(message) < sizeof(*answer))
		return EBADMSG;
	/*
	 * NETLINK_CAP_ACK: the request is not repeated behind the header, attributes follow at once
	 */
	if ((message->nlmsg_flags & NLM_F_ACK_TLVS) && (message->nlmsg_flags & NLM_F_CAPPED)) {
		all = attributes_of(message, sizeof(*answer));
		*ret_why = get_text(&all, NLMSGERR_ATTR_MSG);
	}
	return -answer->error;
}

/* ---- writing ---- */

static struct nlmsghdr *begin(void *buf, uint16_t type, uint16_t flags, uint32_t seq)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buf);

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	message->nlmsg_seq = seq;
	return message;
}

/* What adding and removing have in common: where, and which address of which prefix. */
static struct nlmsghdr *begin_address(void *buf, uint16_t type, uint16_t flags, uint32_t seq,
				      int32_t ifindex, const struct vip *vip)
{
	struct nlmsghdr *message = begin(buf, type, flags, seq);
	struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));

	info->ifa_family = vip->addr.family == IP_V6 ? AF_INET6 : AF_INET;
	info->ifa_prefixlen = vip->prefix_len;
	info->ifa_scope = vip->scope;
	info->ifa_index = (uint32_t)ifindex;
	mnl_attr_put(message, IFA_LOCAL, ip_len(vip->addr), vip->addr.bytes);
	mnl_attr_put(message, IFA_ADDRESS, ip_len(vip->addr), vip->addr.bytes);
	return message;
}

/* 0: for ever */
static void put_lifetime(struct nlmsghdr *message, const struct vip *vip, uint32_t lifetime_s)
{
	uint32_t valid = lifetime_s != 0 ? lifetime_s : UINT32_MAX;
	struct ifa_cacheinfo lifetime = {
		.ifa_prefered = vip->deprecated ? 0 : valid,
		.ifa_valid = valid,
	};

	mnl_attr_put(message, IFA_CACHEINFO, sizeof(lifetime), &lifetime);
}

static void put_form(struct nlmsghdr *message, const struct vip *vip)
{
	if (ip_is_set(vip->broadcast))
		mnl_attr_put(message, IFA_BROADCAST, ip_len(vip->broadcast), vip->broadcast.bytes);
	if (vip->label[0])
		mnl_attr_put_strz(message, IFA_LABEL, vip->label);
	mnl_attr_put_u8(message, ADDRESS_ATTRIBUTE_PROTOCOL, ADDRESS_PROTOCOL);
	/* the old master may still hold it: detection would call a handover a duplicate */
	if (vip->addr.family == IP_V6)
		mnl_attr_put_u32(message, IFA_FLAGS, IFA_F_NODAD);
}

/*
 * NLM_F_EXCL, not NLM_F_REPLACE: replacing would put our tag on an address that somebody else
 * configured, and we would take it from him when we stop being master. "Already there" is as good
 * as added. The connected route of the prefix is the kernel's to make (no IFA_F_NOPREFIXROUTE), as
 * operators expect of an address with a prefix length.
 */
size_t netlink_build_add(void *buf, uint32_t seq, int32_t ifindex, const struct vip *vip,
			 uint32_t lifetime_s)
{
	struct nlmsghdr *message =
		begin_address(buf, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, seq, ifindex, vip);

	put_form(message, vip);
	if (vip->deprecated || lifetime_s != 0)
		put_lifetime(message, vip, lifetime_s);
	return message->nlmsg_len;
}

size_t netlink_build_refresh(void *buf, uint32_t seq, int32_t ifindex, const struct vip *vip,
			     uint32_t lifetime_s)
{
	struct nlmsghdr *message =
		begin_address(buf, RTM_NEWADDR, NLM_F_REPLACE, seq, ifindex, vip);

	put_form(message, vip);
	put_lifetime(message, vip, lifetime_s);
	return message->nlmsg_len;
}

size_t netlink_build_remove(void *buf, uint32_t seq, int32_t ifindex, const struct vip *vip)
{
	return begin_address(buf, RTM_DELADDR, 0, seq, ifindex, vip)->nlmsg_len;
}

static struct nlmsghdr *begin_link(void *buf, uint16_t type, uint16_t flags, uint32_t seq,
				   const struct ifinfomsg *info)
{
	struct nlmsghdr *message = begin(buf, type, flags, seq);

	memcpy(mnl_nlmsg_put_extra_header(message, sizeof(*info)), info, sizeof(*info));
	return message;
}

/*
 * Mode bridge, not private: there the kernel gives multicast that comes from the MAC of one of its own macvlans to that one alone, and two
 * masters of one virtual MAC would not hear each other on the parent.
 */
size_t netlink_build_make_link(void *buf, uint32_t seq, const char *name, int32_t parent,
			       struct mac_addr mac)
{
	static const struct ifinfomsg nothing = { .ifi_family = AF_UNSPEC };
	struct nlmsghdr *message =
		begin_link(buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, seq, &nothing);
	struct nlattr *info, *data;

	mnl_attr_put_strz(message, IFLA_IFNAME, name);
	mnl_attr_put_u32(message, IFLA_LINK, (uint32_t)parent);
	mnl_attr_put(message, IFLA_ADDRESS, sizeof(mac.bytes), mac.bytes);
	mnl_attr_put_u32(message, IFLA_GROUP, LINK_GROUP);
	info = mnl_attr_nest_start(message, IFLA_LINKINFO);
	mnl_attr_put_strz(message, IFLA_INFO_KIND, "macvlan");
	data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
	mnl_attr_put_u32(message, IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, info);
	return message->nlmsg_len;
}

/* The settings of one family of one link stand in a nest of nests. */
static size_t build_settings(void *buf, uint32_t seq, int32_t ifindex, const char *alias,
			     uint16_t family, void (*put)(struct nlmsghdr *message))
{
	struct ifinfomsg link = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex };
	struct nlmsghdr *message = begin_link(buf, RTM_SETLINK, 0, seq, &link);
	struct nlattr *spec, *of_family;

	if (alias)
		mnl_attr_put_strz(message, IFLA_IFALIAS, alias);
	spec = mnl_attr_nest_start(message, IFLA_AF_SPEC);
	of_family = mnl_attr_nest_start(message, family);
	put(message);
	mnl_attr_nest_end(message, of_family);
	mnl_attr_nest_end(message, spec);
	return message->nlmsg_len;
}

/*
 * It answers for its own addresses only and names only them when it asks; what comes in through it may be answered through its parent, whose
 * route to the same network came first; and the first address of a network may go without the others.
 */
static void put_v4_settings(struct nlmsghdr *message)
{
	struct nlattr *conf = mnl_attr_nest_start(message, IFLA_INET_CONF);

	mnl_attr_put_u32(message, IPV4_DEVCONF_ARP_IGNORE, 1);
	mnl_attr_put_u32(message, IPV4_DEVCONF_ARP_ANNOUNCE, 2);
	mnl_attr_put_u32(message, IPV4_DEVCONF_RP_FILTER, 2);
	mnl_attr_put_u32(message, IPV4_DEVCONF_PROMOTE_SECONDARIES, 1);
	mnl_attr_nest_end(message, conf);
}

/* No address of its own, so that nothing is asked of the segment in its name. */
static void put_v6_settings(struct nlmsghdr *message)
{
	mnl_attr_put_u8(message, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
}

size_t netlink_build_link_v4(void *buf, uint32_t seq, int32_t ifindex, const char *alias)
{
	return build_settings(buf, seq, ifindex, alias, AF_INET, put_v4_settings);
}

size_t netlink_build_link_v6(void *buf, uint32_t seq, int32_t ifindex)
{
	return build_settings(buf, seq, ifindex, NULL, AF_INET6, put_v6_settings);
}

size_t netlink_build_raise_link(void *buf, uint32_t seq, int32_t ifindex, bool up)
{
	struct ifinfomsg link = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = ifindex,
		.ifi_flags = up ? IFF_UP : 0,
		.ifi_change = IFF_UP,
	};

	return begin_link(buf, RTM_SETLINK, NLM_F_ACK, seq, &link)->nlmsg_len;
}

size_t netlink_build_remove_link(void *buf, uint32_t seq, int32_t ifindex)
{
	struct ifinfomsg link = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex };

	return begin_link(buf, RTM_DELLINK, NLM_F_ACK, seq, &link)->nlmsg_len;
}

/* The route that makes an address one of this host: the kernel's own, or one like it. */
static size_t build_local_route(void *buf, uint16_t type, uint16_t flags, uint32_t seq,
				int32_t ifindex, struct ip_addr addr)
{
	bool v6 = addr.family == IP_V6;
	struct nlmsghdr *message = begin(buf, type, flags, seq);
	struct rtmsg *route = mnl_nlmsg_put_extra_header(message, sizeof(*route));

	route->rtm_family = v6 ? AF_INET6 : AF_INET;
	route->rtm_dst_len = v6 ? 128 : 32;
	route->rtm_table = RT_TABLE_LOCAL;
	route->rtm_scope = v6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_HOST;
	route->rtm_type = RTN_LOCAL;
	if (type == RTM_NEWROUTE)
		route->rtm_protocol = RTPROT_KERNEL;
	mnl_attr_put(message, RTA_DST, ip_len(addr), addr.bytes);
	mnl_attr_put_u32(message, RTA_OIF, (uint32_t)ifindex);
	return message->nlmsg_len;
}

size_t netlink_build_unroute(void *buf, uint32_t seq, int32_t ifindex, struct ip_addr addr)
{
	return build_local_route(buf, RTM_DELROUTE, 0, seq, ifindex, addr);
}

size_t netlink_build_route(void *buf, uint32_t seq, int32_t ifindex, struct ip_addr addr)
{
	return build_local_route(buf, RTM_NEWROUTE, NLM_F_CREATE, seq, ifindex, addr);
}

size_t netlink_build_dump_links(void *buf, uint32_t seq)
{
	struct nlmsghdr *message = begin(buf, RTM_GETLINK, NLM_F_DUMP, seq);

	mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
	mnl_attr_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return message->nlmsg_len;
}

size_t netlink_build_dump_addresses(void *buf, uint32_t seq)
{
	struct nlmsghdr *message = begin(buf, RTM_GETADDR, NLM_F_DUMP, seq);

	mnl_nlmsg_put_extra_header(message, sizeof(struct ifaddrmsg));
	return message->nlmsg_len;
}
