# SPDX-License-Identifier: GPL-2.0-or-later
"""Advertisements to named peers instead of the multicast group, in both families."""

import re
import time

from daemons import instance
from lab import check, equal, wait_until
from runner import main, test

FAST = "200ms"
VIPS = {4: ("192.0.2.10/24",), 6: ("fe80::200:5eff:fe00:233/64", "2001:db8::10/64")}
ROUTERS = {4: ("192.0.2.1", "192.0.2.2"), 6: ("2001:db8::1", "2001:db8::2")}


def in_both_families(function):
    """Two tests of one function(lab, family)."""
    for family in (4, 6):
        def one(lab, chosen=family):
            function(lab, chosen)
        one.__name__ = f"{function.__name__}_in_ipv{family}"
        test(one)
    return function


def unicast(family, number, **keys):
    """The configuration of router 1 or 2, whose peer is the other one."""
    ours, theirs = ROUTERS[family] if number == 1 else reversed(ROUTERS[family])
    return instance(**{"advert_interval": FAST, "priority": 200 - 50 * number, "addresses": VIPS[family],
                       "source_address": [ours], "peers": [theirs], **keys})


def wait_hears(daemon, address, since=0):
    daemon.wait_event(f"{address} is heard", lambda event: event["event"] == "master" and event["to"] == address,
                      since=since)


def started_pair(r1, r2, family, **keys):
    first = r1.vrrpd(unicast(family, 1, **keys))
    first.wait_state("MASTER")
    second = r2.vrrpd(unicast(family, 2, **keys))
    wait_hears(second, ROUTERS[family][0])
    return first, second


@in_both_families
def backup_takes_over_and_gives_back(lab, family):
    r1, r2, client = lab.pair_v6()
    capture = lab.segments["lan"].capture()
    _, second = started_pair(r1, r2, family)
    vip = VIPS[family][-1]
    probe = client.probe(vip.split("/")[0])
    probe.wait_answering()
    r1.power_off()
    second.wait_state("MASTER")
    gap_ms = probe.wait_gap()
    check(300 < gap_ms < 7220, f"the outage took {gap_ms} ms")
    mark = second.mark()
    r1.boot()
    first = r1.vrrpd(unicast(family, 1))
    first.wait_state("MASTER")
    second.wait_state("BACKUP", since=mark)
    r2.wait_address(vip, present=False)
    r1.wait_address(vip)
    adverts = capture.adverts()
    ours, theirs = ROUTERS[family]
    equal({(a.src, a.dst, a.ttl) for a in adverts}, {(ours, theirs, 255), (theirs, ours, 255)}, "all advertisements")
    equal(capture.faults(), [], "what tshark finds wrong")


@in_both_families
def no_group_is_joined(lab, family):
    r1, r2, _ = lab.pair_v6()
    started_pair(r1, r2, family)
    for group in ("224.0.0.18", "ff02::12"):
        check(group not in r2.ip("maddr", "show", "dev", "eth0").stdout, f"{group} is joined")


@test
def a_group_is_joined_and_left_as_reloads_want_it(lab):
    r1, r2, _ = lab.pair()
    first, second = started_pair(r1, r2, 4)

    def joined():
        return "224.0.0.18" in r2.ip("-4", "maddr", "show", "dev", "eth0").stdout
    mark = second.mark()
    second.reload(instance(advert_interval=FAST, priority=100))
    check(joined(), "the group is not joined")
    # unicast is not heard any more
    second.wait_state("MASTER", since=mark)
    mark = second.mark()
    second.reload(unicast(4, 2))
    check(not joined(), "the group is still joined")
    second.wait_state("BACKUP", since=mark)
    equal(first.states(), ["BACKUP", "MASTER"], "states of the other router")


@in_both_families
def strangers_are_refused_and_counted(lab, family):
    r1, r2, client = lab.pair_v6()
    _, second = started_pair(r1, r2, family)
    stranger = {4: "192.0.2.100", 6: "2001:db8::100"}[family]
    before = second.counters()["sender_errors"]
    # of a higher priority than anybody, it would make a backup of a master that believed it
    client.vrrpd(unicast(family, 1, source_address=[stranger], peers=[ROUTERS[family][1]], priority=250))
    wait_until("refusals are counted", lambda: second.counters()["sender_errors"] >= before + 5, every_s=0.1)
    equal(second.show()["master"]["address"], ROUTERS[family][0], "the master that it follows")
    event = second.wait_event("it is told of", lambda event: event.get("what") == "peers")
    for word in (stranger, client.mac(), "add it to peers"):
        check(word in event["text"], f"{word} is not in {event['text']}")


@in_both_families
def each_peer_is_shown_with_when_it_was_heard_last(lab, family):
    r1, r2, _ = lab.pair_v6()
    silent = {4: "192.0.2.9", 6: "2001:db8::9"}[family]
    master = ROUTERS[family][0]
    first, second = started_pair(r1, r2, family)
    second.reload(unicast(family, 2, peers=[master, silent]))

    def heard():
        return {one["address"]: one["last"] for one in second.show()["heard"]}
    # a reload forgets nothing
    before = heard()
    check(before[master] and before[silent] is None, f"heard: {before}")
    wait_until("the master is heard again", lambda: heard()[master] > before[master])
    text = second.ctl("show", "web").stdout
    check(f"{master}, heard " in text and f"{silent}, not heard yet" in text, text)
    name = "vrrp_peer_last_heard_timestamp_seconds"
    metrics = {re.search(r'address="([^"]+)"', line).group(1): float(line.split()[-1])
               for line in second.ctl("metrics").stdout.splitlines() if line.startswith(name + "{")}
    check(abs(metrics[master] - time.time()) < 20, f"{name}: {metrics}")
    equal(metrics[silent], 0, f"{name} of the silent one")
    # who is dead is heard no more, and a stranger never
    first.kill()
    second.wait_state("MASTER")
    last = heard()[master]
    wait_until("our own go out", lambda: second.counters()["adverts_sent"] > 5)
    equal(heard(), {master: last, silent: None}, "who was heard")


@in_both_families
def multicast_is_refused_where_peers_are_named(lab, family):
    r1, r2, _ = lab.pair_v6()
    first = r1.vrrpd(instance(advert_interval=FAST, priority=150, addresses=VIPS[family]))
    first.wait_state("MASTER")
    # another virtual router has the group joined on the same interface
    second = r2.vrrpd(unicast(family, 2, source_address=[{4: "192.0.2.2", 6: "fe80::2"}[family]],
                              peers=[{4: "192.0.2.1", 6: "fe80::1"}[family]])
                      + instance(name="other", vrid=52, addresses={4: ["192.0.2.20/24"], 6: ["fe80::20/64"]}[family]))
    wait_until("refusals are counted", lambda: second.counters()["sender_errors"] >= 5, every_s=0.1)
    second.wait_state("MASTER")
    event = second.wait_event("it is told of", lambda event: event.get("what") == "peers")
    check("sends by multicast" in event["text"] and r1.mac() in event["text"], event["text"])


@in_both_families
def peers_beyond_a_router_need_min_ttl(lab, family):
    lab.segment("left")
    lab.segment("right")
    ends = {4: ("198.51.100.1", "203.0.113.1"), 6: ("2001:db8:1::1", "2001:db8:2::1")}[family]
    vias = {4: ("198.51.100.9", "203.0.113.9"), 6: ("2001:db8:1::9", "2001:db8:2::9")}[family]
    length = {4: 24, 6: 64}[family]
    r1, r2 = lab.node("r1", left=[]), lab.node("r2", right=[])
    router = lab.node("router", left=[], right=[])
    if family == 6:
        for node, interface in ((r1, "eth0"), (r2, "eth0"), (router, "eth0"), (router, "eth1")):
            node.use_ipv6(interface=interface)
    router.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    for index, (node, end, via) in enumerate(zip((r1, r2), ends, vias)):
        node.ip("addr", "add", f"{end}/{length}", "dev", "eth0", *(["nodad"] if family == 6 else []))
        router.ip("addr", "add", f"{via}/{length}", "dev", f"eth{index}", *(["nodad"] if family == 6 else []))
        node.ip("route", "add", "default", "via", via)
    common = {"advert_interval": FAST, "addresses": VIPS[family]}
    first = r1.vrrpd(instance(priority=150, source_address=[ends[0]], peers=[ends[1]], **common))
    first.wait_state("MASTER")
    far = {"priority": 100, "source_address": [ends[1]], "peers": [ends[0]], **common}
    second = r2.vrrpd(instance(**far))
    wait_until("the hop limit is refused", lambda: second.counters()["ip_ttl_errors"] >= 3, every_s=0.1)
    event = second.wait_event("it is told of", lambda event: event.get("what") == "ttl")
    check(f"{ends[0]} is heard with a TTL of 254" in event["text"] and "set min-ttl = 254" in event["text"], event["text"])
    second.wait_state("MASTER")
    mark = second.mark()
    second.reload(instance(min_ttl=254, **far))
    second.wait_state("BACKUP", since=mark)


@in_both_families
def a_peer_is_not_judged_dead_after_its_cable_was_out(lab, family):
    r1, r2, _ = lab.pair_v6()
    first, second = started_pair(r1, r2, family)
    mark = second.mark()
    first_mark = first.mark()
    r2.unplug()
    second.wait_state("FAULT", since=mark)
    for node in (r1, r2):
        node.ip("neigh", "flush", "all")
    capture = lab.segments["lan"].capture()
    r2.plug()
    second.wait_state("BACKUP", since=mark)
    # who asks is found by whoever is asked: the master's own question may have been lost
    master = ROUTERS[family][0]
    asked = {4: f"arp.opcode == 1 and arp.dst.proto_ipv4 == {master}",
             6: f"icmpv6.type == 135 and icmpv6.nd.ns.target_address == {master}"}[family]
    wait_until("the backup asks for the master", lambda: capture.times(f"{asked} and eth.src == {r2.mac()}"))
    # and tells where it is itself: who asks in IPv6 does so from its link-local address, which the master does not look for
    own = ROUTERS[family][1]
    wait_until("the backup announces what it sends from", lambda: capture.neighbour_adverts(own) if family == 6
               else [arp for arp in capture.arps(sender=own) if arp.gratuitous])
    wait_hears(second, master, since=mark)
    # longer than the time after which it would have taken over
    received = second.counters()["adverts_received"]
    wait_until("ten advertisements more", lambda: second.counters()["adverts_received"] >= received + 10, every_s=0.1)
    equal(second.states(since=mark), ["FAULT", "BACKUP"], "states after the cable was out")
    equal(first.states(since=first_mark), [], "states of the master")


@test
def a_family_without_peers_keeps_to_multicast(lab):
    r1, r2, _ = lab.pair_v6()
    capture = lab.segments["lan"].capture()
    common = {"advert_interval": FAST, "addresses": [*VIPS[4], *VIPS[6]]}
    first = r1.vrrpd(instance(priority=150, peers=[ROUTERS[4][1]], **common))
    for name in ("web/ipv4", "web/ipv6"):
        first.wait_state("MASTER", name=name)
    second = r2.vrrpd(instance(priority=100, peers=[ROUTERS[4][0]], **common))
    for name, master in (("web/ipv4", ROUTERS[4][0]), ("web/ipv6", "fe80::1")):
        second.wait_event(f"{name} hears {master}", lambda event, name=name, master=master:
                          event["event"] == "master" and event["instance"] == name and event["to"] == master)
    equal({(advert.src, advert.dst) for advert in capture.adverts()},
          {ROUTERS[4], ("fe80::1", "ff02::12")}, "who sends what where")
    equal([[peer["address"] for peer in one["heard"]] for one in second.show("web")],
          [[ROUTERS[4][0]], ["fe80::1"]], "who is shown as heard")


@test
def the_routers_may_share_one_list_of_all_of_them(lab):
    r1, r2, _ = lab.pair()
    capture = lab.segments["lan"].capture()
    common = instance(advert_interval=FAST, peers=["192.0.2.1", "192.0.2.2"])
    first = r1.vrrpd(common)
    first.wait_state("MASTER")
    second = r2.vrrpd(common)
    wait_hears(second, "192.0.2.1")
    equal({advert.dst for advert in capture.adverts()}, {"192.0.2.2"}, "where advertisements went")


if __name__ == "__main__":
    main()
