# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys of an instance that no other test is about, each seen in what the kernel has, the segment carries and hooks are told."""

import json
import os

from daemons import instance
from lab import check, equal, run, wait_until
from runner import main, test

FAST = {"advert_interval": "200ms", "announce_repeat": "0s"}


def address_info(node, address, interface="eth0"):
    """What the kernel tells of an address; None where it is not."""
    for link in json.loads(node.ip("-j", "addr", "show", "dev", interface).stdout):
        for info in link.get("addr_info", []):
            if info.get("local") == address:
                return info
    return None


@test
def an_address_is_put_where_and_as_its_options_say(lab):
    lab.segment("lan")
    lab.segment("back")
    r1 = lab.node("r1", lan="192.0.2.1/24", back="10.0.0.1/24")
    r1.use_ipv6("fe80::1/64")
    capture = lab.segments["lan"].capture()
    daemon = r1.vrrpd(instance(priority=200, addresses=[
        "192.0.2.10/24 label eth0:vip broadcast 192.0.2.255", "192.0.2.11/24 broadcast -",
        # in a subnet that is there the kernel takes no other scope
        "10.0.0.10/32 dev eth1 scope link"], **FAST,
        extra_addresses=["192.0.2.77/32", "10.0.0.77/24 dev eth1", "2001:db8::77/64 nodad"]))
    daemon.wait_state("MASTER")
    for address, interface in (("192.0.2.10", "eth0"), ("192.0.2.11", "eth0"), ("10.0.0.10", "eth1"), ("192.0.2.77", "eth0"),
                               ("10.0.0.77", "eth1"), ("2001:db8::77", "eth0")):
        wait_until(f"{address} on {interface}", lambda a=address, i=interface: address_info(r1, a, i))
    one, two, three = (address_info(r1, "192.0.2.10"), address_info(r1, "192.0.2.11"),
                       address_info(r1, "10.0.0.10", "eth1"))
    equal((one["label"], one["scope"], one["broadcast"]), ("eth0:vip", "global", "192.0.2.255"), "of the first")
    equal((two["label"], two["scope"], two.get("broadcast")), ("eth0", "global", None), "of the second")
    equal(three["scope"], "link", "of the third")
    equal(capture.adverts()[0].addresses, ["192.0.2.10", "192.0.2.11", "10.0.0.10"], "what is advertised")
    shown = daemon.show()
    equal(shown["extra_addresses"], ["192.0.2.77/32", "10.0.0.77/24", "2001:db8::77/64"], "extra addresses as shown")
    wait_until("extra addresses are announced too",
               lambda: capture.arps(sender="192.0.2.77") and capture.neighbour_adverts("2001:db8::77"))
    daemon.stop()
    equal((r1.addresses(), r1.addresses("eth1"), r1.addresses(family=6)),
          (["192.0.2.1/24"], ["10.0.0.1/24"], ["fe80::1/64"]), "addresses after the end")


@test
def announcements_keep_the_interval_that_they_are_told(lab):
    lab.segment("lan")
    r1 = lab.node("r1", lan="192.0.2.1/24")
    capture = lab.segments["lan"].capture()
    addresses = [f"192.0.2.{number}/24" for number in range(10, 15)]
    daemon = r1.vrrpd(instance(priority=200, announce_count=2, announce_interval="60ms", addresses=addresses, **FAST))
    daemon.wait_state("MASTER")
    arps = wait_until("two of each", lambda: len(capture.arps()) >= 10 and capture.arps())
    gaps_ms = [(later.time - earlier.time) * 1000 for earlier, later in zip(arps, arps[1:])]
    # never much closer than told, whatever the machine does; and not all at once at some time
    check(min(gaps_ms) > 20, f"gaps in ms: {gaps_ms}")
    equal([arp.sender for arp in arps[:5]], [address.split("/")[0] for address in addresses], "each one first")


@test
def advertisements_leave_from_the_address_that_is_named(lab):
    lab.segment("lan")
    r1 = lab.node("r1", lan=["192.0.2.1/24", "198.51.100.1/24"])
    r1.use_ipv6("fe80::1/64", "fe80::aa/64")
    capture = lab.segments["lan"].capture()
    for sources in (["198.51.100.1", "fe80::aa"], ["192.0.2.1", "fe80::1"]):
        daemon = r1.vrrpd(instance(priority=200, addresses=["192.0.2.10/24", "2001:db8::10/64"],
                                   source_address=sources, **FAST))
        for name in ("web/ipv4", "web/ipv6"):
            daemon.wait_state("MASTER", name=name)
        equal([one["source_address"] for one in daemon.show("web")], sources, "as shown")
        daemon.stop()
        found = {advert.src for advert in capture.adverts()}
        check(set(sources) <= found, f"sources: {found}")
    equal(capture.faults(), [], "what tshark finds wrong")
    equal(len({advert.src for advert in capture.adverts()}), 4, "sources in all")


@test
def each_hook_is_called_for_its_own_state(lab):
    lab.segment("lan")
    r1 = lab.node("r1", lan="192.0.2.1/24")
    out = lab.file("out", "")
    os.chmod(out, 0o666)
    hooks = {}
    for state in ("master", "backup", "fault", "stop"):
        path = lab.file(f"on-{state}", f'#!/bin/sh\necho "{state} $1 $2 $3 $4" >> {out}\n')
        run("chmod", "755", path)
        hooks[f"notify_{state}"] = path

    def called():
        with open(out, encoding="ascii") as file:
            return file.read().splitlines()
    daemon = r1.vrrpd(instance(priority=200, **FAST, **hooks))
    wait_until("master's", lambda: called() == ["backup INSTANCE web BACKUP 200", "master INSTANCE web MASTER 200"])
    r1.unplug()
    wait_until("fault's", lambda: called()[2:] == ["fault INSTANCE web FAULT 200"])
    r1.plug()
    wait_until("and again", lambda: len(called()) == 5)
    daemon.stop()
    wait_until("stop's", lambda: called()[5:] == ["stop INSTANCE web STOP 200"])


if __name__ == "__main__":
    main()
