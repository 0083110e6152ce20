/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel is asked first. Where its answer is a virtual address, as on a master whose routes prefer that one, it is an own address of
 * the peer's network, or of the interface that has the virtual one.
 */
#include "bfd_source.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "io_bfd.h"

bool bfd_source_is_virtual(const struct settings *s, struct ip_addr addr)
{
	for (uint32_t i = 0; i < s->vip_count; i++)
		if (ip_equal(s->vips[i].addr, addr))
			return true;
	return false;
}

/* IP_NONE where it is none. */
static struct ip_addr address_of(const struct sockaddr *sa)
{
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	if (sa && sa->sa_family == AF_INET) {
		memcpy(&v4, sa, sizeof(v4));
		return ip_from_v4((const uint8_t *)&v4.sin_addr);
	}
	if (sa && sa->sa_family == AF_INET6) {
		memcpy(&v6, sa, sizeof(v6));
		return ip_from_v6(v6.sin6_addr.s6_addr);
	}
	return IP_ADDR_NONE;
}

static bool is_in_network(struct ip_addr addr, struct ip_addr network, struct ip_addr mask)
{
	for (size_t i = 0; i < ip_len(addr); i++)
		if ((addr.bytes[i] ^ network.bytes[i]) & mask.bytes[i])
			return false;
	return true;
}

/* The interface that has it; "" for none. */
static const char *interface_of(const struct ifaddrs *all, struct ip_addr addr)
{
	for (; all; all = all->ifa_next)
		if (ip_equal(address_of(all->ifa_addr), addr))
			return all->ifa_name;
	return "";
}

/* How well it suits; 0: not at all. */
static int suits(const struct settings *s, const struct ifaddrs *a, struct ip_addr peer,
		 const char *interface)
{
	struct ip_addr addr = address_of(a->ifa_addr);

	if (addr.family != peer.family || !(a->ifa_flags & IFF_UP) || ip_is_link_local(addr) ||
	    bfd_source_is_virtual(s, addr))
		return 0;
	if (is_in_network(addr, peer, address_of(a->ifa_netmask)))
		return 2;
	return strcmp(a->ifa_name, interface) == 0;
}

static int choose_own(const struct settings *s, struct ip_addr peer, struct ip_addr instead_of,
		      struct ip_addr *ret)
{
	struct ifaddrs *all;
	const char *interface;
	int best = 0;

	if (getifaddrs(&all) < 0)
		return -errno;
	interface = interface_of(all, instead_of);
	for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
		int how_well = suits(s, a, peer, interface);

		if (how_well <= best)
			continue;
		best = how_well;
		*ret = address_of(a->ifa_addr);
	}
	freeifaddrs(all);
	return best > 0 ? 0 : -EADDRNOTAVAIL;
}

int bfd_source_choose(const struct settings *s, struct ip_addr peer, struct ip_addr *ret)
{
	struct ip_addr addr;
	int status = io_bfd_ask_source(peer, &addr);

	if (status != 0)
		return status;
	if (bfd_source_is_virtual(s, addr))
		return choose_own(s, peer, addr, ret);
	/* Then the others are not ready yet. */
	if (ip_is_link_local(addr))
		return -EADDRNOTAVAIL;
	*ret = addr;
	return 0;
}
