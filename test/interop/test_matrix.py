# SPDX-License-Identifier: GPL-2.0-or-later
"""Every way of speaking VRRP that we and Debian's keepalived both have, each router following the other in turn."""

import collections
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))

from daemons import instance, keepalived_instance
from lab import equal, wait_until
from runner import main, test

V4 = ("192.0.2.10/24",)
V6 = ("fe80::200:5eff:fe00:233/64", "2001:db8::10/64")
INTERVAL_S = {2: 1, 3: 0.2}  # version 2 knows whole seconds only

# ours, theirs: what router `number` (1 or 2) says besides, in our words and in keepalived's
Way = collections.namedtuple("Way", "version addresses ours theirs masters")


def plain(version, addresses):
    return Way(version, addresses, lambda number: {}, lambda number: "",
               ("192.0.2.1", "192.0.2.2") if addresses == V4 else ("fe80::1", "fe80::2"))


def unicast(version, addresses, network):
    def ends(number):
        return f"{network}{number}", f"{network}{3 - number}"
    return Way(version, addresses,
               lambda number: {"source_address": [ends(number)[0]], "peers": [ends(number)[1]]},
               lambda number: f"  unicast_src_ip {ends(number)[0]}\n  unicast_ttl 255\n"
                              f"  unicast_peer {{\n    {ends(number)[1]}\n  }}",
               (ends(1)[0], ends(2)[0]))


def with_password(way, password="sesame"):
    return way._replace(ours=lambda number: {**way.ours(number), "auth_password": password},
                        theirs=lambda number: way.theirs(number) + "\n  authentication {\n    auth_type PASS\n"
                                                                   f"    auth_pass {password}\n  }}")


WAYS = {
    "version_2": plain(2, V4),
    "version_2_with_a_password": with_password(plain(2, V4)),
    "version_2_with_a_long_password": with_password(plain(2, V4), "opensesame"),
    "version_2_by_unicast": unicast(2, V4, "192.0.2."),
    "version_3": plain(3, V4),
    "version_3_by_unicast": unicast(3, V4, "192.0.2."),
    "version_3_over_ipv6": plain(3, V6),
    "version_3_over_ipv6_by_unicast": unicast(3, V6, "2001:db8::"),
}


def in_every_way(function):
    """A test of function(lab, way) for each of them."""
    for name, way in WAYS.items():
        def one(lab, chosen=way):
            function(lab, chosen)
        one.__name__ = f"{function.__name__}_in_{name}"
        test(one)
    return function


def ours(node, way, number, priority):
    return node.vrrpd(instance(version=way.version, addresses=way.addresses, priority=priority,
                               advert_interval=f"{int(INTERVAL_S[way.version] * 1000)}ms", **way.ours(number)))


def theirs(node, way, number, priority):
    return node.keepalived(keepalived_instance(version=way.version, addresses=way.addresses, priority=priority,
                                               advert_interval_s=INTERVAL_S[way.version], extra=way.theirs(number)))


def no_errors(daemon):
    counters = daemon.counters()
    equal({name: count for name, count in counters.items() if ("errors" in name or "failures" in name) and count}, {},
          "our counters of errors")


@in_every_way
def we_follow_keepalived_take_over_and_yield(lab, way):
    r1, r2, _ = lab.pair_v6()
    capture = lab.segments["lan"].capture()
    keepalived = theirs(r1, way, 1, 150)
    keepalived.wait_state("MASTER")
    daemon = ours(r2, way, 2, 100)
    daemon.wait_event("the master is heard", lambda event: event["event"] == "master" and event["to"] == way.masters[0])
    no_errors(daemon)
    # with its last word, of priority 0
    keepalived.stop()
    daemon.wait_state("MASTER")
    r2.wait_address(way.addresses[-1])
    mark = daemon.mark()
    theirs(r1, way, 1, 150).wait_state("MASTER")
    daemon.wait_state("BACKUP", since=mark)
    r2.wait_address(way.addresses[-1], present=False)
    equal(capture.faults(), [], "what tshark finds wrong")


@in_every_way
def keepalived_follows_us_takes_over_and_yields(lab, way):
    r1, r2, _ = lab.pair_v6()
    daemon = ours(r1, way, 1, 150)
    daemon.wait_state("MASTER")
    keepalived = theirs(r2, way, 2, 100)
    wait_until("keepalived hears us", lambda: keepalived.statistics()["Advertisements: Received"] >= 3, every_s=0.3)
    equal(keepalived.states(), ["BACKUP"], "keepalived's states")
    equal(keepalived.complaints(), [], "keepalived's complaints")
    daemon.kill()
    r1.power_off()
    keepalived.wait_state("MASTER")
    r1.boot()
    daemon = ours(r1, way, 1, 150)
    daemon.wait_state("MASTER")
    keepalived.wait_state("BACKUP", since=2)
    r2.wait_address(way.addresses[-1], present=False)


if __name__ == "__main__":
    main()
