# SPDX-License-Identifier: GPL-2.0-or-later
"""virtual-mac: who speaks with the MAC of the RFC, when, and what becomes of the link that carries it."""

import contextlib
import json
import os
import signal
import time

from lab import Failure, binary, check, equal, wait_until
from runner import LONG, main, test
from service import (ADDRESS, VIP, conf, heard_master, kill_protocol, succeed)
from virtual_mac import (ADDRESSES_V6, LINK_LOCAL, MAC_V4, MAC_V6, VIP_V6, Port, is_up, link_name, link_of, links,
                         local_addresses, sent_by, virtual, wait_up)

QUIET_S = 60 if LONG else 4


def pair(lab, **keys):
    """r1 MASTER with 150, r2 BACKUP with 100 that has heard it, and a client."""
    r1, r2, client = lab.pair()
    first = r1.vrrpd(virtual(**keys))
    first.wait_state("MASTER")
    wait_up(r1, link_name(r1))
    second = r2.vrrpd(virtual(**{**keys, "priority": 100}))
    heard_master(second)
    return first, second, client


def setting(node, name, interface="eth0"):
    return node.run("sysctl", "-n", f"net.ipv4.conf.{interface}.{name}").stdout.strip()


def neighbour(client, address):
    """The MAC that the client has for the address."""
    words = client.ip("neigh", "show", address).stdout.split()
    return words[words.index("lladdr") + 1] if "lladdr" in words else None


@test
def a_master_speaks_for_its_addresses_with_the_virtual_mac_alone(lab):
    r1, _, client = lab.pair()
    capture = lab.segments["lan"].capture()
    daemon = r1.vrrpd(virtual())
    daemon.wait_state("MASTER")
    client.run("ping", "-c", "1", "-W", "5", ADDRESS)
    equal(neighbour(client, ADDRESS), MAC_V4, "MAC that the client has learnt")
    # what the master itself starts in the name of the address must not teach anybody another MAC
    r1.ip("neigh", "flush", "dev", "eth0")
    r1.run("ping", "-c", "1", "-W", "5", "-I", ADDRESS, "192.0.2.100")
    equal(neighbour(client, ADDRESS), MAC_V4, "MAC that the client has after the master's own traffic")
    wait_until("three advertisements", lambda: len(capture.adverts(vrid=51)) >= 3, every_s=0.2)
    adverts, arps = capture.adverts(), capture.arps(sender=ADDRESS)
    equal({(advert.mac, advert.src, advert.dst) for advert in adverts}, {(MAC_V4, "192.0.2.1", "224.0.0.18")},
          "advertisements come")
    check(any(arp.gratuitous for arp in arps) and any(arp.opcode == 2 and not arp.gratuitous for arp in arps),
          f"neither announced nor answered: {arps}")
    equal({(arp.src_mac, arp.sender_mac) for arp in arps}, {(MAC_V4, MAC_V4)}, "MACs in ARP of the address")
    equal({arp.sender_mac for arp in capture.arps(sender="192.0.2.1")} - {r1.mac()}, set(),
          "other MACs in ARP of the router's own address")
    equal(capture.faults(), [], "what tshark finds wrong")
    shown = daemon.show()
    equal(shown["virtual_mac"], MAC_V4, "virtual MAC as shown")
    equal(shown["virtual_link"], {"name": link_name(r1), "present": True, "up": True}, "link as shown")
    equal(link_of(r1, link_name(r1))["linkinfo"]["info_data"]["mode"], "bridge", "mode of the link")


@test
def a_master_of_ipv6_speaks_for_its_addresses_with_the_virtual_mac_alone(lab):
    r1, _, client = lab.pair_v6()
    capture = lab.segments["lan"].capture()
    daemon = r1.vrrpd(virtual(addresses=ADDRESSES_V6))
    daemon.wait_state("MASTER")
    for address in (VIP_V6, f"{LINK_LOCAL}%eth0"):
        client.run("ping", "-6", "-c", "1", "-W", "5", address)
    equal(neighbour(client, VIP_V6), MAC_V6, "MAC that the client has learnt")
    wait_until("three advertisements", lambda: len(capture.adverts(vrid=51)) >= 3, every_s=0.2)
    equal({(advert.mac, advert.src, advert.dst) for advert in capture.adverts()}, {(MAC_V6, "fe80::1", "ff02::12")},
          "advertisements come")
    for target in (VIP_V6, LINK_LOCAL):
        told = capture.neighbour_adverts(target=target)
        check({advert.solicited for advert in told} == {False, True}, f"neither announced nor answered: {told}")
        equal({(advert.src_mac, advert.mac) for advert in told}, {(MAC_V6, MAC_V6)}, f"MACs told of {target}")
    equal(daemon.show()["virtual_mac"], MAC_V6, "virtual MAC as shown")
    equal(sorted(r1.addresses(link_name(r1, 6), 6)), sorted(ADDRESSES_V6), "addresses on the link")


@test
def a_link_has_no_addresses_but_those_of_the_file(lab):
    r1, _, _ = lab.pair_v6()
    capture = lab.segments["lan"].capture()
    addresses = ["fe80::10/64", f"{VIP_V6}/64"]
    daemon = r1.vrrpd(virtual(addresses=addresses))
    daemon.wait_state("MASTER")
    wait_until("three advertisements", lambda: len(capture.adverts(vrid=51)) >= 3, every_s=0.2)
    equal(sorted(r1.addresses(link_name(r1, 6), 6)), sorted(addresses), "addresses on the link")
    # nobody is asked whether he has one that belongs to the MAC
    equal(capture.times(f"icmpv6.type == 135 and eth.src == {MAC_V6}"), [], "neighbour solicitations of the link")


@test
def the_kernel_makes_no_routes_of_its_own_for_ipv6_addresses_of_128_bits_when_their_link_is_raised(lab):
    r1, _, client = lab.pair_v6()
    daemon = r1.vrrpd(virtual(addresses=[f"{LINK_LOCAL}/64", f"{VIP_V6}/128", "2001:db8:1::10/64"]))
    daemon.wait_state("MASTER")
    client.run("ping", "-6", "-c", "1", "-W", "5", VIP_V6)
    routes = json.loads(r1.ip("-6", "-j", "route", "show", "dev", link_name(r1, 6)).stdout)
    equal(sorted(route["dst"] for route in routes), ["2001:db8:1::/64", "fe80::/64"], "connected routes through the link")


@test
def extra_addresses_are_served_on_the_link_of_the_other_family_too(lab):
    r1, _, client = lab.pair_v6()
    # new links are without IPv6 on these machines
    daemon = r1.vrrpd(virtual(extra_addresses=["2001:db8::77/128"]))
    daemon.wait_state("MASTER")
    client.run("ping", "-6", "-c", "1", "-W", "5", "2001:db8::77")
    daemon.reload(virtual())
    wait_until("it is gone", lambda: "2001:db8::77" not in local_addresses(r1))
    daemon.reload(virtual(extra_addresses=["2001:db8::78/64"]))
    client.run("ping", "-6", "-c", "1", "-W", "5", "2001:db8::78")
    equal(neighbour(client, "2001:db8::78"), MAC_V4, "MAC that the client has")
    daemon.stop()
    six = r1.vrrpd(virtual(addresses=ADDRESSES_V6, extra_addresses=["192.0.2.77/32"]))
    six.wait_state("MASTER")
    client.run("ping", "-4", "-c", "1", "-W", "5", "192.0.2.77")
    equal([event["reason"] for one in (daemon, six) for event in one.events if event["event"] == "address"], [], "complaints")


@test
def not_one_frame_of_a_backup_comes_from_the_virtual_mac(lab):
    r1, r2, client = lab.pair_v6()
    switch = lab.switch
    switch.ip("link", "set", "lan", "type", "bridge", "mcast_snooping", "1", "mcast_querier", "1",
              "mcast_query_interval", "100", "mcast_startup_query_interval", "100")
    both = virtual(addresses=(VIP, *ADDRESSES_V6))
    first = r1.vrrpd(both)
    port = Port(r2, (MAC_V4, MAC_V6))
    for name in ("web/ipv4", "web/ipv6"):
        first.wait_state("MASTER", name)
    second = r2.vrrpd(virtual(addresses=(VIP, *ADDRESSES_V6), priority=100))
    wait_until("both families are followed",
               lambda: all(one["master"] is not None for one in second.json("show", "web")))
    end = time.monotonic() + QUIET_S
    while time.monotonic() < end:
        # whatever could tempt it: questions for its addresses, and a new start of its interface's neighbours
        client.ip("neigh", "flush", "dev", "eth0")
        for address in (ADDRESS, VIP_V6):
            client.run("ping", "-c", "2", "-i", "0.2", "-W", "5", address)
    equal(port.frames(), [], "frames from the virtual MACs out of the backup")
    for family in (4, 6):
        equal(sent_by(r2, link_name(r2, family)), 0, f"frames sent by the link of IPv{family}")
    wait_until("the backup takes none of the addresses for its own",
               lambda: not {ADDRESS, VIP_V6, LINK_LOCAL} & local_addresses(r2))
    learnt = switch.run("bridge", "fdb", "show", "br", "lan").stdout
    for mac in (MAC_V4, MAC_V6):
        check(f"{mac} dev {r1.port('eth0')}" in learnt, f"the switch has {mac} elsewhere: {learnt}")
    equal([one["state"] for one in second.json("show", "web")], ["BACKUP", "BACKUP"], "states")


@test
def the_backup_takes_over_and_gives_back(lab):
    first, second, client = pair(lab)
    r1, r2 = first.node, second.node
    probe = client.probe(ADDRESS)
    probe.wait_answering()
    r1.power_off()
    second.wait_state("MASTER")
    gap_ms = probe.wait_gap()
    check(300 < gap_ms < 7220, f"the outage took {gap_ms} ms")
    equal(neighbour(client, ADDRESS), MAC_V4, "MAC that the client has")
    mark = second.mark()
    r1.boot()
    first = r1.vrrpd(virtual())
    first.wait_state("MASTER")
    second.wait_state("BACKUP", since=mark)
    wait_up(r2, link_name(r2), up=False)
    wait_until("the address is nobody's on r2", lambda: ADDRESS not in local_addresses(r2))
    equal(r2.addresses(link_name(r2)), [VIP], "addresses that wait")
    lost = probe.result()["lost"]
    check(probe.result()["sent"] > 0 and lost < 10 * gap_ms, f"{lost} lost")


@test
def a_link_that_somebody_removes_sets_down_or_renames_is_put_back(lab):
    first, second, client = pair(lab)
    r1 = first.node
    name = link_name(r1)
    probe = client.probe(ADDRESS)
    probe.wait_answering()
    for command in (("del", name), ("set", name, "down"), ("set", name, "name", "elsewhere")):
        mark, other = first.mark(), second.mark()
        if "elsewhere" in command:
            r1.ip("link", "set", name, "down")
        before = link_of(r1, name)["ifindex"]
        # the daemon may be faster than the second of two commands
        r1.ip("link", *command, status=None)
        if "down" not in command:
            wait_until("another link", lambda old=before: (link_of(r1, name) or {"ifindex": old})["ifindex"] != old)
        wait_up(r1, name)
        wait_until("the address is back", lambda: r1.addresses(name) == [VIP])
        wait_until("no stray link", lambda: links(r1) == [name] and link_of(r1, "elsewhere") is None)
        client.run("ping", "-c", "1", "-W", "5", ADDRESS)
        equal((first.states(since=mark), second.states(since=other)), ([], []), f"states after {command}")
        # so soon after the last one it would count against the one who does it
        time.sleep(1.1)
    first.wait_event("that it is told", lambda event: event["event"] == "link" and event["what"] == "restored")
    check(probe.result()["lost"] < 3000, "the address was away for long")


@test
def a_parent_that_falls_vanishes_or_is_renamed_takes_its_link_along(lab):
    r1, r2, _ = lab.pair()
    daemon = r1.vrrpd(virtual())
    daemon.wait_state("MASTER")
    name = link_name(r1)

    mark = daemon.mark()
    r1.ip("link", "set", "eth0", "down")
    daemon.wait_state("FAULT", since=mark)
    wait_up(r1, name, up=False)
    r1.ip("link", "set", "eth0", "up")
    daemon.wait_state("MASTER", since=mark)
    wait_up(r1, name)

    mark = daemon.mark()
    r1.ip("link", "del", "eth0")
    daemon.wait_state("FAULT", since=mark)
    r1.add_interface("eth0", "lan", "192.0.2.1/24")
    daemon.wait_state("MASTER", since=mark)
    check(link_name(r1) != name, "the new interface has the number of the old one")
    name = link_name(r1)
    wait_up(r1, name)
    wait_until("the address on the new link", lambda: r1.addresses(name) == [VIP])

    mark = daemon.mark()
    r1.ip("link", "set", "eth0", "down")
    r1.ip("link", "set", "eth0", "name", "lan0")
    daemon.wait_state("FAULT", since=mark)
    wait_until("the link under another name's parent is gone", lambda: not links(r1))
    r1.ip("link", "set", "lan0", "name", "eth0")
    r1.ip("link", "set", "eth0", "up")
    r1.ip("addr", "replace", "192.0.2.1/24", "dev", "eth0")
    daemon.wait_state("MASTER", since=mark)
    wait_up(r1, name)
    complaints = [event["reason"] for event in daemon.events if event.get("what") in ("make-failed", "restored")]
    equal(complaints, [], "complaints of links")


@test
def a_crash_of_the_protocol_process_or_of_all_leaves_the_link_alone(lab):
    first, second, client = pair(lab)
    r1 = first.node
    name = link_name(r1)
    # an interval so long that nothing is the timers' doing, however slow this machine is
    second.reload(virtual(priority=100, advert_interval="10s"))
    first.reload(virtual(advert_interval="10s"))
    wait_until("the long interval is heard", lambda: second.show()["master_advert_interval_ms"] > 1000)
    mark = second.mark()
    monitor = r1.monitor("address", "link")
    probe = client.probe(ADDRESS)
    probe.wait_answering()
    kill_protocol(first, signal.SIGKILL)
    equal(first.show()["state"], "MASTER", "state after the crash of one process")
    first.kill()
    after = succeed(first, configuration=virtual(advert_interval="10s"))
    wait_until("MASTER again", lambda: after.show()["state"] == "MASTER", every_s=0.01)
    client.run("ping", "-c", "1", "-W", "5", ADDRESS)
    equal([line for line in monitor.changes() if name in line or ADDRESS in line], [], "changes of the link")
    equal(second.states(since=mark), [], "states of the other router")
    equal(probe.result()["lost"], 0, "lost probes")
    after.end()
    equal(links(r1), [], "links after the end")
    equal((setting(r1, "arp_ignore"), setting(r1, "arp_announce")), ("0", "0"), "the parent's settings after the end")
    # or its end would wait so long for a successor
    second.reload(virtual(priority=100))


@test
def what_a_dead_daemon_left_is_not_served_by_a_backup(lab):
    first, second, _ = pair(lab)
    r1 = first.node
    first.kill()
    second.wait_state("MASTER")
    after = succeed(first, configuration=virtual(priority=50))
    after.wait_state("BACKUP")
    wait_up(r1, link_name(r1), up=False)
    wait_until("the address is nobody's", lambda: ADDRESS not in local_addresses(r1))


@test
def a_reload_moves_the_address_onto_the_link_and_off_it_again(lab):
    r1, _, client = lab.pair()
    daemon = r1.vrrpd(conf())
    daemon.wait_state("MASTER")
    r1.wait_address(VIP)
    mark = daemon.mark()
    probe = client.probe(ADDRESS)
    probe.wait_answering()
    daemon.reload(virtual())
    name = link_name(r1)
    wait_up(r1, name)
    r1.wait_address(VIP, present=False)
    equal(r1.addresses(name), [VIP], "addresses on the link")
    wait_until("the client knows", lambda: neighbour(client, ADDRESS) == MAC_V4)
    daemon.reload(conf())
    r1.wait_address(VIP)
    wait_until("the link is gone", lambda: not links(r1))
    wait_until("the client knows", lambda: neighbour(client, ADDRESS) == r1.mac())
    wait_until("the parent speaks for itself", lambda: setting(r1, "arp_ignore") == "0")
    daemon.reload(virtual())
    wait_up(r1, name)
    equal(daemon.states(since=mark), [], "states before the instance is dropped")
    daemon.reload(conf(name="other", vrid=9, addresses=("192.0.2.99/24",)))
    wait_until("nothing is left", lambda: not links(r1) and not r1.has_address(VIP))
    check(probe.result()["sent"] > 0, "nothing was probed")


@test
def the_end_removes_what_was_made_and_restores_what_was_set(lab):
    first, second, client = pair(lab)
    r1, r2 = first.node, second.node
    equal((setting(r1, "arp_ignore"), setting(r1, "arp_announce")), ("1", "2"), "the parent's settings meanwhile")
    probe = client.probe(ADDRESS)
    probe.wait_answering()
    first.end()
    equal(links(r1), [], "links of r1")
    equal((setting(r1, "arp_ignore"), setting(r1, "arp_announce")), ("0", "0"), "the parent's settings afterwards")
    second.wait_state("MASTER")
    wait_up(r2, link_name(r2))
    lost = probe.result()["lost"]
    check(lost <= 2, f"{lost} probes lost by a clean stop")
    second.end()
    equal(links(r2), [], "links of r2")


@test
def a_link_of_that_name_that_is_not_ours_is_a_fault_and_left_alone(lab):
    r1, _, _ = lab.pair()
    name = link_name(r1)
    r1.ip("link", "add", name, "type", "bridge")
    before = r1.ip("-o", "-d", "link", "show", "dev", name).stdout
    daemon = r1.vrrpd(virtual())
    daemon.wait_state("FAULT")
    check("name that is taken" in daemon.show()["reason"], f"reason: {daemon.show()['reason']}")
    equal(r1.ip("-o", "-d", "link", "show", "dev", name).stdout, before, "the other's link")
    r1.ip("link", "del", name)
    daemon.wait_state("MASTER")
    wait_up(r1, name)
    equal(link_of(r1, name)["address"], MAC_V4, "MAC of the link")


@test
def a_parent_that_can_have_no_such_link_is_a_fault_that_says_so(lab):
    r1, _, _ = lab.pair()
    # one that takes every MAC address, beside which the kernel makes no other
    r1.ip("link", "add", "link", "eth0", "name", "every0", "type", "macvlan", "mode", "passthru")
    daemon = r1.vrrpd(virtual())
    daemon.wait_state("FAULT")
    check("virtual MAC cannot be made" in daemon.show()["reason"], f"reason: {daemon.show()['reason']}")
    daemon.wait_event("why", lambda event: event["event"] == "link" and event["what"] == "make-failed"
                      and "Invalid argument" in event["reason"])
    r1.ip("link", "del", "every0")
    daemon.wait_state("MASTER")


def every_vrid(priority):
    return "".join(virtual(name=f"i{vrid}", vrid=vrid, priority=priority, advert_interval="1s", announce_count=1,
                           addresses=[f"198.51.100.{vrid}/32", f"2001:db8:1::{vrid:x}/128"]) for vrid in range(1, 256))


def served(daemon):
    return sum(one["state"] == "MASTER" for one in daemon.json("show")["instances"])


def every_vrid_of_both_families_has_its_link(lab):
    r1, r2, client = lab.pair_v6()
    first = r1.vrrpd(every_vrid(150))
    wait_until("all are masters", lambda: served(first) == 510, every_s=1)
    second = r2.vrrpd(every_vrid(100))
    wait_until("all are followed", lambda: all(one["master"] is not None for one in second.json("show")["instances"]), every_s=1)
    client.ip("route", "add", "198.51.100.0/24", "dev", "eth0")
    r1.power_off()
    wait_until("all are taken over", lambda: served(second) == 510, every_s=1)
    for vrid in (1, 128, 255):
        client.run("ping", "-c", "1", "-W", "5", f"198.51.100.{vrid}")
    # so many are raised a few at a time: nobody takes the process for one that hangs
    for daemon in (first, second):
        check("no sign of life" not in daemon.log_text(), "the protocol process was taken for one that hangs")
    second.stop()
    equal(links(r2), [], "links after the end")


if LONG:
    test(every_vrid_of_both_families_has_its_link)


@test
def doctor_finds_nothing_wrong_with_our_links(lab):
    first, second, _ = pair(lab)
    for daemon in (first, second):
        told = daemon.node.run(binary("vrrpctl"), "-s", daemon.state_dir, "-j", "doctor", daemon.file, status=None)
        wrong = [finding["evidence"] for finding in json.loads(told.stdout)["findings"]
                 if finding["status"] in ("warn", "fail")]
        equal(wrong, [], f"findings on {daemon.node.name}")


@test
def who_keeps_dying_leaves_no_link_behind(lab):
    r1, _, _ = lab.pair()
    daemon = r1.vrrpd(virtual())
    daemon.wait_state("MASTER")

    def is_given_up():
        with contextlib.suppress(Failure, ProcessLookupError):
            os.kill(daemon.protocol_pid, signal.SIGKILL)
        return not daemon.running
    wait_until("the daemon gives up", is_given_up)
    equal(links(r1), [], "links")
    equal((setting(r1, "arp_ignore"), setting(r1, "arp_announce")), ("0", "0"), "the parent's settings")


if __name__ == "__main__":
    main()
