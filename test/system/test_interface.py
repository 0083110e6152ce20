# SPDX-License-Identifier: GPL-2.0-or-later
"""Interfaces that fall, vanish, come back, are renamed or renumbered, and addresses that somebody removes."""

import os

from daemons import instance
from lab import binary, check, equal, wait_until
from runner import main, test

VIP = "192.0.2.10/24"
FAST = "200ms"


def is_fault(event):
    return event["event"] == "state" and event["to"] == "FAULT"


def master(node, **keys):
    daemon = node.vrrpd(instance(**{"priority": 150, "advert_interval": FAST, **keys}))
    daemon.wait_state("MASTER")
    node.wait_address(VIP)
    return daemon


@test
def an_interface_that_is_taken_down_is_a_fault_until_it_is_up(lab):
    r1, r2, _ = lab.pair()
    first = master(r1)
    second = r2.vrrpd(instance(advert_interval=FAST))
    second.wait_state("BACKUP")
    mark = first.mark()
    r1.ip("link", "set", "eth0", "down")
    event = first.wait_event("the fault", is_fault, since=mark)
    equal(event["reason"], "interface is down", "reason")
    second.wait_state("MASTER")
    r1.wait_address(VIP, present=False)
    check("interface is down" in first.ctl("show", "web").stdout, "show does not tell why")
    r1.ip("link", "set", "eth0", "up")
    first.wait_state("MASTER", since=mark)
    r1.wait_address(VIP)
    equal(first.states(since=mark), ["FAULT", "BACKUP", "MASTER"], "states")


@test
def a_pulled_cable_is_a_fault_until_it_is_plugged_in(lab):
    r1, r2, _ = lab.pair()
    first = master(r1)
    second = r2.vrrpd(instance(advert_interval=FAST))
    second.wait_state("BACKUP")
    mark = first.mark()
    r1.unplug()
    first.wait_event("the fault", is_fault, since=mark)
    second.wait_state("MASTER")
    r1.plug()
    first.wait_state("MASTER", since=mark)
    second.wait_event("gives way", lambda event: event["event"] == "state" and event["from"] == "MASTER")


@test
def a_deleted_interface_is_found_again_when_it_is_made_anew(lab):
    r1, _, _ = lab.pair()
    first = master(r1)
    mark = first.mark()
    r1.ip("link", "del", "eth0")
    first.wait_event("the fault", is_fault, since=mark)
    # the kernel takes it down before it takes it away
    wait_until("the reason", lambda: first.show()["reason"] == "interface does not exist")
    r1.add_interface("eth0", "lan", "192.0.2.1/24")
    first.wait_state("MASTER", since=mark)
    r1.wait_address(VIP)
    capture = lab.segments["lan"].capture()
    wait_until("advertisements from the new interface", lambda: capture.adverts(src="192.0.2.1"), every_s=0.2)


@test
def an_interface_that_is_absent_at_the_start_is_waited_for(lab):
    r1, _, _ = lab.pair()
    daemon = r1.vrrpd(instance(interface="eth7", advert_interval=FAST, addresses=["198.51.100.10/24"]))
    equal(daemon.show()["state"], "FAULT", "state")
    daemon.wait_log("eth7")
    equal(daemon.show()["reason"], "interface does not exist", "reason")
    r1.add_interface("eth7", "lan", "198.51.100.1/24")
    daemon.wait_state("MASTER")
    r1.wait_address("198.51.100.10/24", "eth7")


@test
def the_others_work_while_one_waits_for_its_interface(lab):
    r1, _, _ = lab.pair()
    daemon = r1.vrrpd(instance(advert_interval=FAST) +
                      instance("later", interface="eth7", vrid=52, addresses=["198.51.100.10/24"]))
    daemon.wait_state("MASTER")
    equal(daemon.show("later")["state"], "FAULT", "state of the one that waits")


@test
def a_renamed_interface_is_another_one(lab):
    r1, _, _ = lab.pair()
    first = master(r1)
    mark = first.mark()
    r1.ip("link", "set", "eth0", "down")
    r1.ip("link", "set", "eth0", "name", "lan0")
    r1.ip("link", "set", "lan0", "up")
    first.wait_event("the fault", is_fault, since=mark)
    wait_until("the address leaves the interface of another name", lambda: not r1.has_address(VIP, "lan0"))
    wait_until("the reason", lambda: first.show()["reason"] == "interface does not exist")
    r1.ip("link", "set", "lan0", "down")
    r1.ip("link", "set", "lan0", "name", "eth0")
    r1.ip("link", "set", "eth0", "up")
    first.wait_state("MASTER", since=mark)
    r1.wait_address(VIP)


@test
def an_interface_renamed_while_up_keeps_no_address_of_ours(lab):
    r1, _, _ = lab.pair()
    first = master(r1)
    for _ in range(3):
        mark = first.mark()
        r1.ip("link", "set", "eth0", "name", "lan0")
        first.wait_event("the fault", is_fault, since=mark)
        wait_until("the address leaves the interface of another name", lambda: not r1.has_address(VIP, "lan0"))
        r1.ip("link", "set", "lan0", "name", "eth0")
        first.wait_state("MASTER", since=mark)
        r1.wait_address(VIP)


@test
def an_interface_is_taken_when_it_gets_the_name_waited_for(lab):
    r1, _, _ = lab.pair()
    daemon = r1.vrrpd(instance(interface="uplink", advert_interval=FAST))
    equal(daemon.show()["state"], "FAULT", "state")
    # modern kernels rename an interface that is up
    r1.ip("link", "set", "eth0", "down")
    r1.ip("link", "set", "eth0", "name", "uplink")
    r1.ip("link", "set", "uplink", "up")
    daemon.wait_state("MASTER")
    r1.wait_address(VIP, "uplink")


@test
def advertisements_follow_the_interfaces_address(lab):
    r1, r2, _ = lab.pair()
    # otherwise the kernel takes all others of a subnet away with the first
    r1.run("sysctl", "-qw", "net.ipv4.conf.all.promote_secondaries=1")
    first = master(r1)
    second = r2.vrrpd(instance(advert_interval=FAST))
    second.wait_state("BACKUP")
    mark = first.mark()
    capture = lab.segments["lan"].capture()
    r1.ip("addr", "add", "192.0.2.7/24", "dev", "eth0")
    r1.ip("addr", "del", "192.0.2.1/24", "dev", "eth0")
    wait_until("advertisements from the new address", lambda: capture.adverts(src="192.0.2.7"), every_s=0.2)
    r1.wait_address(VIP)
    wait_until("the new address is shown", lambda: first.show()["master"] == {
        "address": "192.0.2.7", "priority": 150, "self": True})
    equal([state for state in first.states(since=mark) if state == "FAULT"], [], "faults")


@test
def an_interface_without_any_address_is_a_fault(lab):
    r1, _, _ = lab.pair()
    first = r1.vrrpd(instance(addresses=["198.51.100.10/32"], advert_interval=FAST))
    first.wait_state("MASTER")
    mark = first.mark()
    r1.ip("addr", "del", "192.0.2.1/24", "dev", "eth0")
    event = first.wait_event("the fault", is_fault, since=mark)
    equal(event["reason"], "interface has no address to send from", "reason")
    r1.wait_address("198.51.100.10/32", present=False)
    r1.ip("addr", "add", "192.0.2.1/24", "dev", "eth0")
    first.wait_state("MASTER", since=mark)


@test
def a_port_of_a_bridge_is_a_fault_that_says_so(lab):
    r1, r2, _ = lab.pair()
    first = master(r1)
    second = r2.vrrpd(instance(advert_interval=FAST))
    second.wait_state("BACKUP")
    r1.ip("link", "add", "br0", "type", "bridge")
    mark = first.mark()
    r1.ip("link", "set", "eth0", "master", "br0")
    event = first.wait_event("the fault", is_fault, since=mark)
    equal(event["reason"], "interface cannot receive advertisements", "reason")
    first.wait_log("eth0 is a port of a bridge")
    r1.wait_address(VIP, present=False)
    second.wait_state("MASTER")
    found = r1.run(binary("vrrpctl"), "-s", first.state_dir, "doctor", first.file, status=1).stdout
    check("eth0 is a port of br0" in found and "interface = br0" in found, f"doctor does not say so: {found}")
    r1.ip("link", "set", "eth0", "nomaster")
    first.wait_state("MASTER", since=mark)


@test
def a_removed_address_is_put_back_at_once_and_told(lab):
    r1, r2, client = lab.pair()
    first = master(r1)
    second = r2.vrrpd(instance(advert_interval=FAST))
    second.wait_state("BACKUP")
    mark = first.mark()
    probe = client.probe("192.0.2.10")
    probe.wait_answering()
    for count in (1, 2, 3):
        r1.ip("addr", "del", VIP, "dev", "eth0")
        r1.wait_address(VIP)
        wait_until(f"restoration number {count} counted",
                   lambda wanted=count: first.counters()["addresses_restored"] >= wanted)
    event = first.wait_event("the event", lambda one: one["event"] == "address", since=mark)
    check("192.0.2.10" in event["text"], f"the event does not name the address: {event}")
    first.wait_log("192.0.2.10")
    result = probe.result()
    check(result["answering"] and result["longest_gap_ms"] < 1000,
          f"the address was away for {result['longest_gap_ms']} ms")
    equal(first.states(since=mark), [], "states of the master meanwhile")
    equal(second.states(), ["BACKUP"], "states of the backup")


@test
def an_address_of_the_administrators_is_left_alone(lab):
    r1, _, _ = lab.pair()
    r1.ip("addr", "add", "192.0.2.77/24", "dev", "eth0")
    first = master(r1)
    first.stop()
    equal(r1.addresses(), ["192.0.2.1/24", "192.0.2.77/24"], "addresses")


@test
def an_address_of_an_interface_that_comes_later_holds_up_no_hook_and_comes_with_it(lab):
    r1, _, _ = lab.pair()
    out = lab.file("out", "")
    hook = lab.file("hook", f"#!/bin/sh\necho $3 >> {out}\n")
    os.chmod(hook, 0o755)
    daemon = r1.vrrpd("global { script-user = root }\n" + instance(
        priority=150, advert_interval=FAST, addresses=[VIP, "198.51.100.10/24 dev eth1"], notify=hook,
        announce_repeat="0s"))
    daemon.wait_state("MASTER")
    wait_until("the hook for MASTER", lambda: open(out, encoding="ascii").read().split()[-1:] == ["MASTER"])
    check("198.51.100.10/24 dev eth1: MISSING" in daemon.ctl("show", "web").stdout, "show does not say what is missing")
    capture = lab.segment("wan").capture(only="arp")
    r1.add_interface("eth1", "wan")
    r1.wait_address("198.51.100.10/24", "eth1")
    wait_until("it is announced there", lambda: [arp for arp in capture.arps(sender="198.51.100.10") if arp.gratuitous],
               every_s=0.3)
    equal(daemon.states(), ["BACKUP", "MASTER"], "states")


if __name__ == "__main__":
    main()
