# SPDX-License-Identifier: GPL-2.0-or-later
"""Version 3 over IPv6 (RFC 9568), alone and beside IPv4 in one instance."""

import os
import signal

from advertiser import frame
from daemons import instance
from lab import check, equal, run, wait_until
from runner import main, test

VIP = "2001:db8::10"
LINK_LOCAL = "fe80::200:5eff:fe00:233"  # of VRID 51
ADDRESSES = (f"{LINK_LOCAL}/64", f"{VIP}/64")
FAST = "200ms"


def six(**keys):
    return instance(**{"advert_interval": FAST, "addresses": ADDRESSES, **keys})


def wait_hears(daemon, address, name="web"):
    daemon.wait_event(f"{address} is heard", lambda event: event["event"] == "master" and event["to"] == address
                      and event["instance"] == name)


def started_pair(r1, r2, **keys):
    first = r1.vrrpd(six(priority=150, **keys))
    first.wait_state("MASTER")
    second = r2.vrrpd(six(priority=100, **keys))
    wait_hears(second, "fe80::1")
    return first, second


def flags_of(node, address):
    """The kernel's words about an address of eth0."""
    return run("ip", "-n", node.namespace, "-6", "-o", "addr", "show", "dev", "eth0", "to", address).stdout


@test
def backup_takes_over_and_gives_back(lab):
    r1, r2, client = lab.pair_v6()
    capture = lab.segments["lan"].capture()
    _, second = started_pair(r1, r2)
    probe = client.probe(VIP)
    probe.wait_answering()

    r1.power_off()
    second.wait_state("MASTER")
    gap_ms = probe.wait_gap()
    # Master_Down_Interval of 200 ms and priority 100 is 722 ms
    check(300 < gap_ms < 7220, f"the outage took {gap_ms} ms")
    equal(sorted(r2.addresses(family=6)), sorted(["fe80::2/64", "2001:db8::2/64", *ADDRESSES]), "addresses of r2")
    equal(second.show()["master"], {"address": "fe80::2", "priority": 100, "self": True}, "master as shown")

    mark = second.mark()
    r1.boot()
    first = r1.vrrpd(six(priority=150))
    first.wait_state("MASTER")
    second.wait_state("BACKUP", since=mark)
    for address in ADDRESSES:
        r2.wait_address(address, present=False)
        r1.wait_address(address)
    check(probe.result()["answering"], "the address does not answer")
    equal(capture.faults(), [], "what tshark finds wrong")


@test
def advertisements_are_as_the_rfc_wants_them(lab):
    r1, r2, _ = lab.pair_v6()
    capture = lab.segments["lan"].capture()
    first, second = started_pair(r1, r2)
    first.stop()
    second.wait_state("MASTER")
    adverts = capture.adverts(src="fe80::1")
    equal({(a.dst, a.ttl, a.version, a.type, a.vrid, a.mac, tuple(a.addresses)) for a in adverts},
          {("ff02::12", 255, 3, 1, 51, r1.mac(), (LINK_LOCAL, VIP))}, "what all of them have in common")
    equal(adverts[-1].priority, 0, "priority of the last")
    equal({(a.priority, a.interval_ms) for a in adverts if a.priority}, {(150, 200)}, "priority and interval")
    equal(capture.adverts(src="fe80::2")[0].priority, 100, "priority of the successor")
    equal(capture.faults(), [], "what tshark finds wrong")


@test
def a_take_over_is_announced_to_all_nodes(lab):
    r1, r2, client = lab.pair_v6()
    first, second = started_pair(r1, r2)
    client.run("ping", "-6", "-c", "1", VIP)
    capture = lab.segments["lan"].capture()
    mark = second.mark()
    first.kill()
    r1.power_off()
    second.wait_state("MASTER", since=mark)

    def announced():
        return [capture.neighbour_adverts(address) for address in (LINK_LOCAL, VIP)]
    wait_until("five announcements of each", lambda: all(len(one) >= 5 for one in announced()))
    for address, found in zip((LINK_LOCAL, VIP), announced()):
        equal({(a.src, a.dst, a.dst_mac, a.src_mac, a.mac, a.hop_limit, a.checksum) for a in found},
              {(address, "ff02::1", "33:33:00:00:00:01", r2.mac(), r2.mac(), 255, "1")}, f"announcements of {address}")
        equal({(a.router, a.override, a.solicited) for a in found}, {(True, True, False)}, f"flags for {address}")
    words = client.ip("-6", "neigh", "show", VIP).stdout.split()
    equal(words[words.index("lladdr") + 1], r2.mac(), "where the client has the address")


@test
def what_is_not_right_is_refused_and_counted(lab):
    r1, _, client = lab.pair_v6()
    daemon = r1.vrrpd(six(priority=200))
    daemon.wait_state("MASTER")
    right = {"vrid": 51, "priority": 254, "interval_ms": 200, "addresses": [LINK_LOCAL, VIP]}
    wrong = {
        "ip_ttl_errors": {"hop_limit": 254},
        "checksum_errors": {"pseudo_header": False},
        "version_errors": {"version": 2, "interval_ms": 1000},
        "vrid_errors": {"vrid": 52},
        "address_list_errors": {"addresses": []},
        "advert_interval_errors": {"interval_ms": 0},
        "sender_errors": {"destination": "fe80::1", "destination_mac": r1.mac()},
    }
    mark = daemon.mark()
    for fields in wrong.values():
        client.send_frame("eth0", frame(client.mac(), "fe80::100", **{**right, **fields}))
    for counter in wrong:
        wait_until(f"one of {counter}", lambda counter=counter: daemon.counters()[counter] == 1, every_s=0.1)
    equal(daemon.counters()["adverts_received"], 0, "advertisements taken")
    equal(daemon.states(since=mark), [], "changes of state")
    # it would have been believed
    client.send_frame("eth0", frame(client.mac(), "fe80::100", **right))
    daemon.wait_state("BACKUP", since=mark)


@test
def the_group_is_joined_by_mld_and_left_at_the_end(lab):
    lab.segment("lan")
    r1 = lab.node("r1", lan="192.0.2.1/24")
    r1.use_ipv6("fe80::1/64")
    capture = lab.segments["lan"].capture()
    reports = 'icmpv6.type == 143 and icmpv6.mldr.mar.multicast_address == ff02::12 and ipv6.src == fe80::1'
    daemon = r1.vrrpd(six())
    # even a backup that nobody would hear of otherwise
    wait_until("a report of the group", lambda: capture.times(reports))
    check("ff02::12" in r1.ip("-6", "maddr", "show", "dev", "eth0").stdout, "the kernel does not know of the group")
    check("224.0.0.18" not in r1.ip("-4", "maddr", "show", "dev", "eth0").stdout, "the group of IPv4 is joined too")
    daemon.stop()
    check("ff02::12" not in r1.ip("-6", "maddr", "show", "dev", "eth0").stdout, "the group is still joined")


@test
def a_source_that_is_not_ready_is_waited_for(lab):
    r1, _, _ = lab.pair_v6()
    r1.ip("addr", "del", "fe80::1/64", "dev", "eth0")
    daemon = r1.vrrpd(six())
    equal(daemon.show()["state"], "FAULT", "state without a link-local address")
    # duplicate address detection of this one takes longer than the daemon takes to hear of it
    r1.run("sysctl", "-qw", "net.ipv6.conf.eth0.dad_transmits=3")
    capture = lab.segments["lan"].capture()
    r1.ip("addr", "add", "fe80::1/64", "dev", "eth0")
    check("tentative" in flags_of(r1, "fe80::1"), "detection is over before the test could see it")
    daemon.wait_state("BACKUP")
    check("tentative" not in flags_of(r1, "fe80::1"), "an address was taken before its detection was over")
    daemon.wait_state("MASTER")
    equal({advert.src for advert in capture.adverts()}, {"fe80::1"}, "sources")


@test
def a_source_that_somebody_else_has_is_none(lab):
    r1, r2, _ = lab.pair_v6()
    r1.ip("addr", "del", "fe80::1/64", "dev", "eth0")
    r1.ip("addr", "add", "fe80::2/64", "dev", "eth0")
    wait_until("the kernel finds out", lambda: "dadfailed" in flags_of(r1, "fe80::2"))
    daemon = r1.vrrpd(six())
    equal(daemon.show()["state"], "FAULT", "state")
    r1.ip("addr", "add", "fe80::1/64", "dev", "eth0", "nodad")
    daemon.wait_state("MASTER")
    check(r2.has_address("fe80::2/64"), "r2 lost its address")


@test
def vips_are_not_detected_and_deprecated_only_by_choice(lab):
    r1, _, _ = lab.pair_v6()
    daemon = r1.vrrpd(six(addresses=(*ADDRESSES, "2001:db8::11", "2001:db8::12/64 preferred-lifetime 0")))
    daemon.wait_state("MASTER")
    for address in (f"{LINK_LOCAL}/64", f"{VIP}/64", "2001:db8::11/128", "2001:db8::12/64"):
        r1.wait_address(address)
        words = flags_of(r1, address.split("/")[0])
        check("nodad" in words and "tentative" not in words, f"{address}: {words}")
        equal("deprecated" in words, address == "2001:db8::12/64", f"{address} is deprecated")
    daemon.stop()
    equal(r1.addresses(family=6), ["2001:db8::1/64", "fe80::1/64"], "addresses after the end")


@test
def a_vip_that_somebody_removes_is_put_back(lab):
    r1, _, _ = lab.pair_v6()
    daemon = r1.vrrpd(six())
    daemon.wait_state("MASTER")
    r1.wait_address(f"{VIP}/64")
    r1.ip("addr", "del", f"{VIP}/64", "dev", "eth0")
    daemon.wait_event("it is restored", lambda event: event["event"] == "address" and VIP in str(event))
    r1.wait_address(f"{VIP}/64")
    equal(daemon.states(), ["BACKUP", "MASTER"], "states")


@test
def a_vip_that_another_host_has_is_told_of(lab):
    r1, _, client = lab.pair_v6()
    client.ip("addr", "add", f"{VIP}/64", "dev", "eth0", "nodad")
    daemon = r1.vrrpd(six(preempt=False, priority=1))
    r1.ip("addr", "add", f"{VIP}/64", "dev", "eth0")
    wait_until("the log tells of it", lambda: f"{VIP} has failed duplicate address detection" in daemon.log_text())


@test
def a_restarted_process_goes_on_as_master(lab):
    r1, r2, client = lab.pair_v6()
    first, second = started_pair(r1, r2)
    probe = client.probe(VIP)
    probe.wait_answering()
    monitor = r1.monitor("address")
    os.kill(first.protocol_pid, signal.SIGKILL)
    wait_until("a new one answers", lambda: first.ctl("version", status=None).returncode == 0
               and first.show()["state"] == "MASTER")
    equal([line for line in monitor.changes() if VIP in line], [], "changes of the address")
    equal(second.states(), ["BACKUP"], "states of the other router")
    equal(probe.result()["lost"], 0, "unanswered requests")


@test
def without_ipv6_on_the_interface_ipv4_goes_on(lab):
    lab.segment("lan")
    r1 = lab.node("r1", lan="192.0.2.1/24")
    daemon = r1.vrrpd(instance(advert_interval=FAST) + six(name="six", vrid=52, addresses=["2001:db8::20/64"]))
    daemon.wait_state("MASTER")
    equal(daemon.show("six")["state"], "FAULT", "state of the one of IPv6")


@test
def an_interface_whose_mtu_was_too_small_for_ipv6_hears_again(lab):
    r1, r2, _ = lab.pair_v6()
    _, second = started_pair(r1, r2)
    # as it is on any host: the interface gets its IPv6 back with its MTU
    r2.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=0", "net.ipv6.conf.default.addr_gen_mode=1")
    mark = second.mark()
    r2.ip("link", "set", "eth0", "mtu", "1000")
    second.wait_state("FAULT", since=mark)
    r2.ip("link", "set", "eth0", "mtu", "1500")
    r2.ip("addr", "add", "fe80::2/64", "dev", "eth0", "nodad")
    second.wait_event("the master is heard", lambda event: event["event"] == "master", since=mark)
    check("MASTER" not in second.states(since=mark), f"two masters: {second.states(since=mark)}")


@test
def the_link_local_address_of_the_virtual_router_is_added_where_it_is_left_out(lab):
    r1, _, _ = lab.pair_v6()
    capture = lab.segments["lan"].capture()
    daemon = r1.vrrpd(six(vrid=171, addresses=[f"{VIP}/64"]))
    daemon.wait_state("MASTER")
    equal(daemon.show()["addresses"], ["fe80::200:5eff:fe00:2ab/64", f"{VIP}/64"], "addresses as shown")
    r1.wait_address("fe80::200:5eff:fe00:2ab/64")
    equal(capture.adverts()[0].addresses, ["fe80::200:5eff:fe00:2ab", VIP], "addresses as advertised")


@test
def one_instance_has_both_families(lab):
    r1, r2, client = lab.pair_v6()
    both = ("192.0.2.10/24", *ADDRESSES)
    capture = lab.segments["lan"].capture()
    first = r1.vrrpd(six(priority=150, addresses=both))
    for name in ("web/ipv4", "web/ipv6"):
        first.wait_state("MASTER", name=name)
    second = r2.vrrpd(six(priority=100, addresses=both))
    wait_hears(second, "192.0.2.1", "web/ipv4")
    wait_hears(second, "fe80::1", "web/ipv6")
    probes = [client.probe("192.0.2.10"), client.probe(VIP)]
    for probe in probes:
        probe.wait_answering()
    equal([(one["name"], one["family"]) for one in first.show("web")],
          [("web/ipv4", "ipv4"), ("web/ipv6", "ipv6")], "what is shown")
    r1.power_off()
    for name in ("web/ipv4", "web/ipv6"):
        second.wait_state("MASTER", name=name)
    for probe in probes:
        probe.wait_gap()
    equal({(advert.dst, tuple(advert.addresses)) for advert in capture.adverts()},
          {("224.0.0.18", ("192.0.2.10",)), ("ff02::12", (LINK_LOCAL, VIP))}, "advertisements")
    equal(capture.faults(), [], "what tshark finds wrong")


if __name__ == "__main__":
    main()
