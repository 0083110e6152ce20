# SPDX-License-Identifier: GPL-2.0-or-later
"""On one segment with FRR's vrrpd, in both versions and both families."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))

from daemons import Frr, instance
from lab import equal, wait_until
from runner import in_both_versions, main, test

INTERVAL_MS = {2: 1000, 3: 200}  # version 2 knows whole seconds only


def ours(node, version, priority):
    return node.vrrpd(instance(version=version, priority=priority, advert_interval=f"{INTERVAL_MS[version]}ms"))


def theirs(node, version, priority):
    return Frr(node, version=version, priority=priority, advert_interval_ms=INTERVAL_MS[version])


@in_both_versions
def we_follow_frr_take_over_and_give_back(lab, version):
    r1, r2, _ = lab.pair()
    frr = theirs(r1, version, 150)
    frr.wait_state("Master")
    daemon = ours(r2, version, 100)
    daemon.wait_event("the master is heard", lambda event: event["event"] == "master" and event["to"] == "192.0.2.1")
    frr.stop()
    frr.zebra.end()
    daemon.wait_state("MASTER")
    r2.wait_address("192.0.2.10/24")
    r1.power_off()
    r1.boot()
    mark = daemon.mark()
    theirs(r1, version, 150).wait_state("Master")
    daemon.wait_state("BACKUP", since=mark)
    r2.wait_address("192.0.2.10/24", present=False)


@in_both_versions
def frr_follows_us_takes_over_and_gives_back(lab, version):
    r1, r2, _ = lab.pair()
    capture = lab.segments["lan"].capture()
    daemon = ours(r1, version, 150)
    daemon.wait_state("MASTER")
    frr = theirs(r2, version, 100)
    wait_until("FRR counts our advertisements", lambda: frr.show()["v4"]["stats"]["adverRx"] >= 5, every_s=0.3)
    equal(frr.state(), "Backup", "FRR's state")
    daemon.stop()
    frr.wait_state("Master")
    daemon = ours(r1, version, 150)
    daemon.wait_state("MASTER")
    frr.wait_state("Backup")
    equal([advert for advert in capture.adverts(src="192.0.2.1") if advert.notes], [], "what tshark finds wrong")


V6 = ("fe80::200:5eff:fe00:233", "2001:db8::10")


def ours_v6(node, priority):
    return node.vrrpd(instance(addresses=[f"{address}/64" for address in V6], priority=priority,
                               advert_interval="200ms"))


def theirs_v6(node, priority):
    return Frr(node, priority=priority, advert_interval_ms=200, addresses=V6)


@test
def we_follow_frr_over_ipv6_take_over_and_give_back(lab):
    r1, r2, _ = lab.pair_v6()
    frr = theirs_v6(r1, 150)
    frr.wait_state("Master")
    daemon = ours_v6(r2, 100)
    daemon.wait_event("a master is heard", lambda event: event["event"] == "master" and event["to"])
    frr.stop()
    frr.zebra.end()
    daemon.wait_state("MASTER")
    r2.wait_address("2001:db8::10/64")
    r1.power_off()
    r1.boot()
    mark = daemon.mark()
    theirs_v6(r1, 150).wait_state("Master")
    daemon.wait_state("BACKUP", since=mark)
    r2.wait_address("2001:db8::10/64", present=False)


@test
def frr_follows_us_over_ipv6_takes_over_and_gives_back(lab):
    r1, r2, _ = lab.pair_v6()
    daemon = ours_v6(r1, 150)
    daemon.wait_state("MASTER")
    frr = theirs_v6(r2, 100)
    wait_until("FRR counts our advertisements", lambda: frr.show()["v6"]["stats"]["adverRx"] >= 5, every_s=0.3)
    equal(frr.state(), "Backup", "FRR's state")
    daemon.stop()
    frr.wait_state("Master")
    daemon = ours_v6(r1, 150)
    daemon.wait_state("MASTER")
    frr.wait_state("Backup")


if __name__ == "__main__":
    main()
