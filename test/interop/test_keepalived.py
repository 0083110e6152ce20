# SPDX-License-Identifier: GPL-2.0-or-later
"""On one segment with Debian's keepalived, in both versions: each can follow the other, in every way there is."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))

from daemons import instance, keepalived_instance
from lab import check, equal, wait_until
from runner import in_both_versions, main

VIP = "192.0.2.10/24"
SECONDS = {2: 1, 3: 0.2}  # version 2 knows whole seconds only
ERRORS = ("checksum_errors", "version_errors", "vrid_errors", "ip_ttl_errors", "packet_length_errors",
          "invalid_type_received", "address_list_errors", "advert_interval_errors", "auth_failures", "sender_errors")


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


def expect_no_errors_of_ours(daemon):
    counters = daemon.counters()
    equal({name: counters[name] for name in ERRORS if counters[name]}, {}, "our counters of errors")


@in_both_versions
def we_follow_keepalived_take_over_and_give_back(lab, version):
    r1, r2, client = lab.pair()
    capture = lab.segments["lan"].capture()
    theirs(r1, version, 150).wait_state("MASTER")
    daemon = ours(r2, version, 100)
    wait_hears(daemon, "192.0.2.1")
    probe = client.probe("192.0.2.10")
    probe.wait_answering()
    mark = daemon.mark()
    r1.power_off()
    daemon.wait_state("MASTER", since=mark)
    probe.wait_gap()
    r1.boot()
    mark = daemon.mark()
    theirs(r1, version, 150).wait_state("MASTER")
    event = daemon.wait_state("BACKUP", since=mark)
    equal(event["reason"], "advertisement with a higher priority heard", "reason")
    r2.wait_address(VIP, present=False)
    check(probe.result()["answering"], "the address does not answer")
    expect_no_errors_of_ours(daemon)
    equal(capture.faults(), [], "what tshark finds wrong")


@in_both_versions
def keepalived_follows_us_takes_over_and_gives_back(lab, version):
    r1, r2, client = lab.pair()
    ours(r1, version, 150).wait_state("MASTER")
    keepalived = theirs(r2, version, 100)
    wait_received(keepalived, 3)
    equal(keepalived.states(), ["BACKUP"], "keepalived's states")
    probe = client.probe("192.0.2.10")
    probe.wait_answering()
    r1.power_off()
    keepalived.wait_state("MASTER")
    probe.wait_gap()
    r1.boot()
    daemon = ours(r1, version, 150)
    daemon.wait_state("MASTER")
    keepalived.wait_state("BACKUP", since=2)
    r2.wait_address(VIP, present=False)
    check(probe.result()["answering"], "the address does not answer")
    expect_no_errors(keepalived)


@in_both_versions
def our_priority_0_is_obeyed_by_keepalived(lab, version):
    r1, r2, _ = lab.pair()
    daemon = ours(r1, version, 150)
    daemon.wait_state("MASTER")
    keepalived = theirs(r2, version, 100)
    wait_received(keepalived, 2)
    daemon.stop()
    keepalived.wait_state("MASTER")
    check(keepalived.statistics()["Priority Zero: Received"] >= 1, "keepalived received no priority 0")
    equal(r1.addresses(), ["192.0.2.1/24"], "our addresses after the end")
    expect_no_errors(keepalived)


@in_both_versions
def keepaliveds_priority_0_is_obeyed_by_us(lab, version):
    r1, r2, _ = lab.pair()
    keepalived = theirs(r1, version, 150)
    keepalived.wait_state("MASTER")
    daemon = ours(r2, version, 100)
    wait_hears(daemon, "192.0.2.1")
    keepalived.stop()
    event = daemon.wait_state("MASTER")
    equal(event["reason"], "the master released the addresses", "reason")
    check(daemon.counters()["priority_zero_received"] >= 1, "not counted")


@in_both_versions
def without_preemption_we_leave_keepalived_master(lab, version):
    r1, r2, _ = lab.pair()
    keepalived = theirs(r1, version, 100)
    keepalived.wait_state("MASTER")
    daemon = ours(r2, version, 150, preempt=False)
    wait_hears(daemon, "192.0.2.1")
    # more than twice the time after which it would have taken over
    wait_sends(keepalived, 8)
    equal(daemon.states(), ["BACKUP"], "our states")
    equal(keepalived.states()[-1], "MASTER", "keepalived's state")
    daemon.stop()
    # and with preemption it does
    ours(r2, version, 150).wait_state("MASTER")
    keepalived.wait_state("BACKUP", since=keepalived.mark() - 1)


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
def with_equal_priorities_whoever_is_master_stays(lab, version):
    r1, r2, _ = lab.pair()
    daemon = ours(r1, version, 100)
    daemon.wait_state("MASTER")
    keepalived = theirs(r2, version, 100)
    wait_received(keepalived, 8)
    equal(keepalived.states(), ["BACKUP"], "keepalived's states")
    equal(daemon.states(), ["BACKUP", "MASTER"], "our states")
    daemon.kill()
    keepalived.wait_state("MASTER")
    r1.power_off()
    r1.boot()
    daemon = ours(r1, version, 100)
    wait_hears(daemon, "192.0.2.2")
    wait_sends(keepalived, 8)
    equal(daemon.states(), ["BACKUP"], "our states with keepalived as master")


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
