/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An io_netlink and somebody who believes it: a picture of the addresses made only of what the
 * handler was told, to be compared with what libnl reads from the kernel, and a protocol of the
 * rest as text.
 */
#ifndef TEST_ADAPTERS_NETLINK_WORLD_H
#define TEST_ADAPTERS_NETLINK_WORLD_H

#include <netlink/netlink.h>
#include <netlink/route/addr.h>

#include "io_netlink.h"
#include "unit.h"
#include "world.h"

enum {
	PICTURE_PLACES = 1 << 17, /* power of two, far more than addresses in any test */
	TOLD_MAX = 1 << 16,
	ANSWERS_MAX = 1024, /* remembered */
};

struct pictured {
	int32_t ifindex;
	struct ip_addr addr;
	uint8_t prefix_len;
	bool present, ours;
};

static struct io_netlink *nl;
static struct pictured picture[PICTURE_PLACES];
static int pictured_count;  /* present ones */
static char told[TOLD_MAX]; /* links, and addresses if told_addresses */
static bool tell_addresses;
static struct event_address answers[ANSWERS_MAX];
static char last_why[256];
static int failed_answers;
static int answer_count, synced_count, settled_count, trouble_count;
static const char *command_during_telling; /* run once, when some addresses have been told */
static struct ip_addr only_vip;            /* what is_vip() says yes to */

static inline struct pictured *place_in_picture(int32_t ifindex, struct ip_addr addr,
						uint8_t prefix_len)
{
	uint32_t i = (ip_hash(addr) * 31 + (uint32_t)ifindex) % PICTURE_PLACES;

	while (picture[i].ifindex != 0 &&
	       (picture[i].ifindex != ifindex || picture[i].prefix_len != prefix_len ||
		!ip_equal(picture[i].addr, addr)))
		i = (i + 1) % PICTURE_PLACES;
	picture[i].ifindex = ifindex;
	picture[i].addr = addr;
	picture[i].prefix_len = prefix_len;
	return &picture[i];
}

static inline void paint(const struct event_address *address)
{
	struct pictured *p = place_in_picture(address->ifindex, address->addr, address->prefix_len);

	pictured_count += (int)address->present - (int)p->present;
	p->present = address->present;
	p->ours = address->ours;
}

__attribute__((format(printf, 1, 2))) static inline void say(const char *format, ...)
{
	size_t len = strlen(told);
	va_list args;

	va_start(args, format);
	vsnprintf(told + len, sizeof(told) - len, format, args);
	va_end(args);
}

/* used: a0, a1, lan, new */
static bool on_uses(void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "a0") == 0 || strcmp(name, "a1") == 0 || strcmp(name, "lan") == 0;
}

static bool on_is_vip(void *ctx, int32_t ifindex, const char *name, struct ip_addr addr)
{
	(void)ctx;
	(void)ifindex;
	(void)name;
	return ip_equal(addr, only_vip);
}

static void on_link(void *ctx, const struct event_link *link)
{
	char source[IP_TEXT_MAX];

	(void)ctx;
	if (link->ifindex == 0)
		say("%s gone; ", link->name);
	else
		say("%s %s %s; ", link->name, link->up ? "up" : "down",
		    ip_text(link->source[FAMILY_V4], source));
}

static void on_address(void *ctx, const struct event_address *address)
{
	char text[IP_PREFIX_TEXT_MAX];

	(void)ctx;
	paint(address);
	if (command_during_telling && pictured_count == 1000) {
		sh("%s", command_during_telling);
		command_during_telling = NULL;
	}
	if (tell_addresses)
		say("%c%s%s; ", address->present ? '+' : '-',
		    ip_prefix_text(address->addr, address->prefix_len, text),
		    address->ours ? " ours" : "");
}

static void on_duplicate(void *ctx, const char *name, struct ip_addr addr)
{
	char text[IP_TEXT_MAX];

	(void)ctx;
	say("%s of %s is a duplicate; ", ip_text(addr, text), name);
}

static void on_address_done(void *ctx, const struct event_address *answer, const char *why)
{
	char text[IP_PREFIX_TEXT_MAX];

	(void)ctx;
	answers[answer_count++ % ANSWERS_MAX] = *answer;
	failed_answers += answer->error != 0;
	if (answer->error == 0)
		paint(answer);
	else
		snprintf(last_why, sizeof(last_why), "%s", why);
	if (tell_addresses)
		say("%s %s: %d; ", answer->add ? "add" : "remove",
		    ip_prefix_text(answer->addr, answer->prefix_len, text), answer->error);
}

static void on_link_done(void *ctx, const struct event_link_done *answer, const char *why)
{
	static const char *const names[] = { "leave", "make", "raise", "lower", "unmake" };

	(void)ctx;
	(void)why;
	say("%s %s: %d; ", names[answer->op], answer->name, answer->error);
}

static void on_synced(void *ctx)
{
	(void)ctx;
	synced_count++;
}

static void on_settled(void *ctx)
{
	(void)ctx;
	settled_count++;
}

static void on_trouble(void *ctx, const char *what, int error)
{
	(void)ctx;
	ck_assert_str_ne(what, "");
	ck_assert_int_gt(error, 0);
	trouble_count++;
}

static const struct io_netlink_handler test_handler = {
	.uses = on_uses,
	.is_vip = on_is_vip,
	.link = on_link,
	.address = on_address,
	.duplicate = on_duplicate,
	.address_done = on_address_done,
	.link_done = on_link_done,
	.synced = on_synced,
	.settled = on_settled,
	.trouble = on_trouble,
};

/* Takes in all that the kernel has queued by now. What a finished command changed is queued. */
static inline void take_in(void)
{
	while (wait_readable(io_netlink_fd(nl), 0))
		io_netlink_readable(nl);
}

/* Waits for more and takes it in. */
static inline void take_in_more(void)
{
	if (io_netlink_stale(nl) && !wait_readable(io_netlink_fd(nl), 100))
		io_netlink_readable(nl);
	else
		ck_assert_msg(wait_readable(io_netlink_fd(nl), WORLD_WAIT_MS),
			      "nothing came; told: %s", told);
	take_in();
}

static inline void open_nl(void)
{
	const char *what = "";

	memset(picture, 0, sizeof(picture));
	pictured_count = answer_count = synced_count = settled_count = trouble_count = 0;
	told[0] = '\0';
	ck_assert_msg(io_netlink_open(&nl, &test_handler, &what) == 0, "%s", what);
	while (synced_count == 0)
		take_in_more();
}

/* Two cables, of which a0 and a1 are used; everything told until then is forgotten. */
static inline void netlink_world_begin(void)
{
	world_begin();
	make_cables(2);
	open_nl();
	told[0] = '\0';
}

static inline void netlink_world_end(void)
{
	io_netlink_close(nl);
}

/* Compares what was told since the last time, and forgets it. */
static inline void expect_told(const char *expected)
{
	take_in();
	ck_assert_str_eq(told, expected);
	told[0] = '\0';
}

/* Waits until exactly that was told: for changes that the kernel makes in its own time. */
static inline void wait_told(const char *expected)
{
	while (strcmp(told, expected) != 0)
		take_in_more();
	told[0] = '\0';
}

static inline struct vip vip_of(const char *text)
{
	struct vip vip = { 0 };

	ck_assert_int_eq(ip_parse_prefix(text, &vip.addr, &vip.prefix_len), 0);
	return vip;
}

static inline void queue_add(const char *interface, const char *text)
{
	struct vip vip = vip_of(text);

	io_netlink_add(nl, ifindex_of("%s", interface), &vip);
}

static inline void queue_remove(const char *interface, const char *text)
{
	struct vip vip = vip_of(text);

	io_netlink_remove(nl, ifindex_of("%s", interface), &vip);
}

/* Sends what is queued and waits until so many answers have come in all. */
static inline void flush_and_wait(int count)
{
	ck_assert_int_eq(io_netlink_flush(nl), 0);
	while (answer_count < count) {
		take_in_more();
		ck_assert_int_eq(io_netlink_flush(nl),
				 0); /* of a slow kernel not all is asked at once */
	}
	ck_assert_int_eq(answer_count, count);
}

/* ---- the witness ---- */

static inline struct nl_cache *read_addresses(void)
{
	struct nl_sock *socket = nl_socket_alloc();
	struct nl_cache *cache = NULL;

	ck_assert_int_eq(nl_connect(socket, NETLINK_ROUTE), 0);
	ck_assert_int_eq(rtnl_addr_alloc_cache(socket, &cache), 0);
	nl_socket_free(socket);
	return cache;
}

static inline struct ip_addr address_of(struct rtnl_addr *a)
{
	struct nl_addr *local = rtnl_addr_get_local(a);

	return rtnl_addr_get_family(a) == AF_INET ? ip_from_v4(nl_addr_get_binary_addr(local))
						  : ip_from_v6(nl_addr_get_binary_addr(local));
}

/* Is the picture what the kernel has on the used interfaces, a0 and a1? */
static inline bool picture_is_true(void)
{
	struct nl_cache *cache = read_addresses();
	int32_t a0 = ifindex_of("a0"), a1 = ifindex_of("a1");
	int count = 0;
	bool found = true;

	for (struct nl_object *o = nl_cache_get_first(cache); o; o = nl_cache_get_next(o)) {
		struct rtnl_addr *a = (struct rtnl_addr *)o;
		int32_t ifindex = rtnl_addr_get_ifindex(a);

		if (ifindex != a0 && ifindex != a1)
			continue;
		count++;
		found &= place_in_picture(ifindex, address_of(a),
					  (uint8_t)rtnl_addr_get_prefixlen(a))
				 ->present;
	}
	nl_cache_free(cache);
	return found && count == pictured_count;
}

/* The kernel's record of one address; NULL if it has none. Give it back with rtnl_addr_put(). */
static inline struct rtnl_addr *kernel_address(const char *interface, const char *text)
{
	struct nl_cache *cache = read_addresses();
	struct vip vip = vip_of(text);
	struct rtnl_addr *found = NULL;

	for (struct nl_object *o = nl_cache_get_first(cache); o; o = nl_cache_get_next(o)) {
		struct rtnl_addr *a = (struct rtnl_addr *)o;

		if (rtnl_addr_get_ifindex(a) == ifindex_of("%s", interface) &&
		    rtnl_addr_get_prefixlen(a) == vip.prefix_len &&
		    ip_equal(address_of(a), vip.addr)) {
			nl_object_get(o);
			found = a;
		}
	}
	nl_cache_free(cache);
	return found;
}

static inline bool kernel_has(const char *interface, const char *text)
{
	struct rtnl_addr *a = kernel_address(interface, text);

	if (a)
		rtnl_addr_put(a);
	return a != NULL;
}

#endif
