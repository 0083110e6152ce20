# SPDX-License-Identifier: GPL-2.0-or-later
"""On one segment with Debian's keepalived, in both versions: what the matrix (test_matrix.py) does not have."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))

from daemons import instance, keepalived_instance
from lab import check, equal, wait_until
from runner import in_both_versions, main

VIP = "192.0.2.10/24"
SECONDS = {2: 1, 3: 0.2}  # version 2 knows whole seconds only


def ours(node, version, priority, **keys):
    return node.vrrpd(instance(**{"version": version, "priority": priority,
                                  "advert_interval": f"{int(SECONDS[version] * 1000)}ms", **keys}))


def theirs(node, version, priority, **keys):
    return node.keepalived(keepalived_instance(**{"version": version, "priority": priority,
                                                  "advert_interval_s": SECONDS[version], **keys}))


def wait_hears(daemon, address):
    daemon.wait_event("the master is heard", lambda event: event["event"] == "master" and event["to"] == address)


def wait_received(keepalived, count):
    """Until it has counted that many advertisements in all; its statistics."""
    def enough():
        statistics = keepalived.statistics()
        return statistics if statistics["Advertisements: Received"] >= count else None
    return wait_until(f"keepalived received {count} advertisements", enough, every_s=0.3)


def wait_sends(keepalived, count):
    """Until it has sent that many advertisements more."""
    sent = keepalived.statistics()["Advertisements: Sent"]
    wait_until(f"keepalived sends {count} advertisements",
               lambda: keepalived.statistics()["Advertisements: Sent"] >= sent + count, every_s=0.3)


def expect_no_errors(keepalived):
    statistics = keepalived.statistics()
    errors = {name: count for name, count in statistics.items() if "Errors: " in name and count}
    equal(errors, {}, "keepalived's counters of errors")
    equal(keepalived.complaints(), [], "keepalived's complaints")


@in_both_versions
def without_preemption_keepalived_leaves_us_master(lab, version):
    r1, r2, _ = lab.pair()
    daemon = ours(r1, version, 100)
    daemon.wait_state("MASTER")
    keepalived = theirs(r2, version, 150, extra="  nopreempt")
    wait_received(keepalived, 8)
    equal(keepalived.states(), ["BACKUP"], "keepalived's states")
    equal(daemon.states(), ["BACKUP", "MASTER"], "our states")
    keepalived.stop()
    mark = daemon.mark()
    theirs(r2, version, 150).wait_state("MASTER")
    daemon.wait_state("BACKUP", since=mark)


@in_both_versions
def of_two_masters_the_higher_address_stays_if_it_is_ours(lab, version):
    r1, r2, _ = lab.pair()
    r1.deafen()
    keepalived = theirs(r1, version, 100)
    keepalived.wait_state("MASTER")
    r2.deafen()
    daemon = ours(r2, version, 100)
    daemon.wait_state("MASTER")
    # heard by us and not yet by keepalived, the rival changes nothing
    r2.deafen(False)
    daemon.wait_event("the conflict is told", lambda event: event["event"] == "conflict")
    wait_sends(keepalived, 3)
    r1.deafen(False)
    keepalived.wait_state("BACKUP", since=2)
    equal(daemon.states(), ["BACKUP", "MASTER"], "our states")
    r1.wait_address(VIP, present=False)


@in_both_versions
def of_two_masters_the_higher_address_stays_if_it_is_keepaliveds(lab, version):
    r1, r2, _ = lab.pair()
    r2.deafen()
    keepalived = theirs(r2, version, 100)
    keepalived.wait_state("MASTER")
    r1.deafen()
    daemon = ours(r1, version, 100)
    daemon.wait_state("MASTER")
    # heard by keepalived and not yet by us, the rival changes nothing
    r2.deafen(False)
    wait_received(keepalived, 3)
    mark = daemon.mark()
    r1.deafen(False)
    daemon.wait_state("BACKUP", since=mark)
    equal(keepalived.states(), ["BACKUP", "MASTER"], "keepalived's states")
    r1.wait_address(VIP, present=False)


@in_both_versions
def keepalived_accepts_every_packet_of_ours(lab, version):
    r1, r2, _ = lab.pair()
    addresses = [f"10.8.0.{n}/32" for n in range(1, 101)]
    capture = lab.segments["lan"].capture()
    keepalived = theirs(r2, version, 50, addresses=addresses)
    keepalived.wait_state("MASTER")
    daemon = ours(r1, version, 100, addresses=addresses)
    daemon.wait_state("MASTER")
    keepalived.wait_state("BACKUP", since=2)
    wait_received(keepalived, 5)
    daemon.reload(instance(version=version, priority=254, advert_interval=f"{int(SECONDS[version] * 1000)}ms",
                           addresses=addresses))
    wait_received(keepalived, 10)
    daemon.stop()
    keepalived.wait_state("MASTER", since=keepalived.mark() - 1 if keepalived.states()[-1] == "MASTER" else 3)
    sent = len(capture.adverts(src="192.0.2.1"))
    # what arrived while it was master itself it counts as well
    received = keepalived.statistics()["Advertisements: Received"]
    check(abs(received - sent) <= 1, f"we sent {sent}, keepalived took {received}")
    expect_no_errors(keepalived)
    equal(capture.faults(), [], "what tshark finds wrong")


@in_both_versions
def another_address_list_is_no_reason_to_drop_an_advertisement(lab, version):
    r1, r2, _ = lab.pair()
    theirs(r1, version, 150, addresses=[VIP, "192.0.2.11/24"]).wait_state("MASTER")
    daemon = ours(r2, version, 100)
    wait_hears(daemon, "192.0.2.1")
    daemon.wait_event("the conflict is told", lambda event: event["event"] == "conflict")
    counted = daemon.counters()["address_list_errors"]
    wait_until("and counted", lambda: daemon.counters()["address_list_errors"] > counted + 4, every_s=0.3)
    equal(daemon.states(), ["BACKUP"], "our states")


if __name__ == "__main__":
    main()
