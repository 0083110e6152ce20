/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which peers an instance has in which family, and where an engine sends its advertisements.
 */
#include "core/peers.h"

#include "core/engine.h"
#include "core_kit.h"
#include "unit.h"

struct bench {
	struct kit kit;
	struct instance_settings *set;
	struct ip_addr peers[4];
};

/* An instance of both families whose peers are those of the table from its second element. */
static void bench_init(struct bench *b)
{
	kit_init(&b->kit);
	b->set = kit_add(&b->kit, kit_instance("web", 51, 100));
	kit_add_vip(&b->kit, &b->set->addresses[FAMILY_V4], kit_vip("192.0.2.10/24"));
	kit_add_vip(&b->kit, &b->set->addresses[FAMILY_V6], kit_vip("fe80::200:5eff:fe00:233/64"));
	b->peers[0] = ip("203.0.113.9"); /* another instance's */
	b->peers[1] = ip("192.0.2.1");
	b->peers[2] = ip("192.0.2.2");
	b->peers[3] = ip("192.0.2.3");
	b->kit.s.peers = b->peers;
	b->kit.s.peer_count = 4;
	b->set->peers = (struct range){ .first = 1, .count = 3 };
}

static bool is_peer(const struct settings *s, const struct instance_settings *set,
		    struct ip_addr addr)
{
	uint32_t peer = peers_find(s, set, addr);

	return peer != UINT32_MAX && ip_equal(s->peers[peer], addr);
}

START_TEST(a_family_is_unicast_if_it_has_a_peer)
{
	struct bench b;

	bench_init(&b);
	ck_assert(peers_exist(&b.kit.s, b.set, IP_V4));
	ck_assert(!peers_exist(&b.kit.s, b.set, IP_V6));
	b.peers[3] = ip("2001:db8::3");
	ck_assert(peers_exist(&b.kit.s, b.set, IP_V6));
	b.set->peers.count = 0;
	ck_assert(!peers_exist(&b.kit.s, b.set, IP_V4));
}
END_TEST

START_TEST(peers_of_another_instance_are_none_of_ours)
{
	struct bench b;

	bench_init(&b);
	ck_assert(is_peer(&b.kit.s, b.set, ip("192.0.2.1")));
	ck_assert(is_peer(&b.kit.s, b.set, ip("192.0.2.3")));
	ck_assert(!is_peer(&b.kit.s, b.set, ip("203.0.113.9")));
	b.set->peers.count = 2;
	ck_assert(!is_peer(&b.kit.s, b.set, ip("192.0.2.3")));
}
END_TEST

/* Of an engine whose interface has both families: how many destinations the advertisement has. */
static uint32_t advert_of(const struct bench *b, uint32_t vrouter, struct ip_addr dst[PEERS_MAX])
{
	static struct advert advert;
	struct event ev = { .kind = EVENT_LINK,
			    .link = { .name = "eth0",
				      .ifindex = 2,
				      .up = true,
				      .source = { ip("192.0.2.2"), ip("fe80::2") } } };
	void *memory = malloc(engine_size(&b->kit.s, 0, 0));
	struct engine *e = engine_init(memory, &b->kit.s, 0, 0);
	struct ip_addr src;
	uint32_t count;

	engine_step(e, &ev);
	count = engine_advert(e, vrouter, 100, &advert, &src, dst);
	free(memory);
	return count;
}

START_TEST(an_advertisement_goes_to_each_peer_but_ourselves)
{
	struct ip_addr dst[PEERS_MAX];
	struct bench b;

	bench_init(&b);
	ck_assert_uint_eq(advert_of(&b, 0, dst), 2);
	ck_assert(ip_equal(dst[0], ip("192.0.2.1")));
	ck_assert(ip_equal(dst[1], ip("192.0.2.3")));
}
END_TEST

START_TEST(only_peers_of_its_own_are_listed_and_only_of_that_family)
{
	struct ip_addr listed[PEERS_MAX];
	struct bench b;

	bench_init(&b);
	b.peers[1] = ip("2001:db8::1");
	b.set->peers.count = 2;
	ck_assert_uint_eq(peers_list(&b.kit.s, b.set, IP_V4, ip("192.0.2.9"), listed), 1);
	ck_assert(ip_equal(listed[0], ip("192.0.2.2")));
}
END_TEST

START_TEST(a_family_without_peers_goes_to_its_group)
{
	struct ip_addr dst[PEERS_MAX];
	struct bench b;

	bench_init(&b);
	ck_assert_uint_eq(advert_of(&b, 1, dst), 1);
	ck_assert(ip_equal(dst[0], ip("ff02::12")));
	b.set->peers.count = 0;
	ck_assert_uint_eq(advert_of(&b, 0, dst), 1);
	ck_assert(ip_equal(dst[0], ip("224.0.0.18")));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("peers");

	tcase_add_test(tc, a_family_is_unicast_if_it_has_a_peer);
	tcase_add_test(tc, peers_of_another_instance_are_none_of_ours);
	tcase_add_test(tc, an_advertisement_goes_to_each_peer_but_ourselves);
	tcase_add_test(tc, only_peers_of_its_own_are_listed_and_only_of_that_family);
	tcase_add_test(tc, a_family_without_peers_goes_to_its_group);
	return run_test_case(tc, "peers");
}
