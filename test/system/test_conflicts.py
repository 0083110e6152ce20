# SPDX-License-Identifier: GPL-2.0-or-later
"""What does not fit together with another router: one event for each, with who it is and what to change."""

import re

from advertiser import frame
from daemons import instance
from lab import check, equal, wait_until
from runner import main, test

FAST = "200ms"
STRANGER = {4: "192.0.2.100", 6: "fe80::100"}

# what it is called: (family, what our instance says besides, what the stranger sends besides, words of the event)
KINDS = {
    "vrid": (4, {}, {"addresses": ["198.51.100.7"]}, ["198.51.100.7", "another vrid"]),
    "address-list": (4, {}, {"more": ["198.51.100.7"]}, ["list the same ones"]),
    "version": (4, {}, {"version": 2, "interval_ms": 1000}, ["speaks version 2, here it is version 3"]),
    "interval": (4, {}, {"interval_ms": 700}, ["every 700 ms, here it is 200 ms"]),
    "checksum": (4, {}, {"pseudo_header": False}, ["without the pseudo-header", "checksum-pseudo-header = false"]),
    "password": (4, {"version": 2, "advert_interval": "1s", "auth_password": "sesame"},
                 {"version": 2, "interval_ms": 1000, "password": "simsim"}, ["auth-password the same"]),
    "owner": (4, {"priority": 255}, {"priority": 255}, ["only one router may"]),
    "two-masters": (4, {"priority": 200}, {"priority": 1}, ["should yield to 200"]),
}
KINDS_V6 = {
    "vrid": (6, {}, {"addresses": ["fe80::7", "2001:db8:7::7"]}, ["another vrid"]),
    "address-list": (6, {}, {"more": ["2001:db8:7::7"]}, ["list the same ones"]),
    "interval": (6, {}, {"interval_ms": 700}, ["every 700 ms, here it is 200 ms"]),
    "two-masters": (6, {"priority": 200}, {"priority": 1}, ["should yield to 200"]),
}


def addresses_of(family, vrid):
    return [f"fe80::{vrid}", f"2001:db8::1:{vrid}"] if family == 6 else [f"192.0.2.{vrid}"]


def configuration(kinds):
    """An instance of its own, named after it, for each."""
    return "".join(
        instance(name=kind, vrid=51 + number, **{"advert_interval": FAST, "priority": 50, **ours,
                                                 "addresses": addresses_of(family, 51 + number)})
        for number, (kind, (family, ours, _, _)) in enumerate(kinds.items()))


class Stranger:
    """Sends what does not fit, as often as it is told to."""

    def __init__(self, node, kinds, source=None):
        self.node = node
        self.frames = {}
        for number, (kind, (family, _, theirs, _)) in enumerate(kinds.items()):
            fields = {"priority": 60, "interval_ms": 200, "addresses": addresses_of(family, 51 + number), **theirs}
            fields["addresses"] = fields["addresses"] + fields.pop("more", [])
            self.frames[kind] = frame(node.mac(), source or STRANGER[family], vrid=51 + number, **fields)

    def send(self, *kinds):
        for kind in kinds or self.frames:
            self.node.send_frame("eth0", self.frames[kind])


def conflicts_of(daemon, name):
    return [event for event in daemon.events if event.get("what") == name and event["instance"] == name]


def each_is_told(lab, kinds):
    r1, _, client = lab.pair_v6()
    daemon = r1.vrrpd(configuration(kinds))
    for name in kinds:
        if name in ("owner", "two-masters"):
            daemon.wait_state("MASTER", name=name)
    # a second master is one after the first interval
    wait_until("some advertisements", lambda: all(daemon.counters(name)["adverts_sent"] > 3 for name in kinds
                                                  if name == "two-masters"))
    stranger = Stranger(client, kinds)
    for _ in range(10):
        stranger.send()
    for name, (family, _, _, words) in kinds.items():
        event = daemon.wait_event(f"{name} is told",
                                  lambda event, name=name: event["event"] == "conflict" and event["instance"] == name)
        equal((event["what"], event["address"], event["mac"]), (name, STRANGER[family], client.mac()), f"{name}: who")
        for word in [*words, STRANGER[family], client.mac()]:
            check(word in event["text"], f"{name}: {word!r} is not in {event['text']!r}")
        stranger.send(name)  # two masters are shown for as long as there are two
        shown = wait_until(f"{name} is shown", lambda name=name: daemon.show(name)["conflicts"])
        equal([(one["what"], one["address"], one["mac"]) for one in shown], [(name, STRANGER[family], client.mac())],
              f"{name}: what show tells")
        check(shown[0]["count"] >= 10 and shown[0]["text"] == event["text"], f"{name}: {shown}")
        check(re.search(rf"^  conflict +.*{re.escape(STRANGER[family])}", daemon.ctl("show", name).stdout, re.M),
              f"{name}: {daemon.ctl('show', name).stdout}")
        equal(len(conflicts_of(daemon, name)), 1, f"{name}: how often it is told in a minute")
        log = [line for line in daemon.log_text().splitlines() if f"{name}: conflict: " in line]
        equal(len(log), 1, f"{name}: lines of the log")
    metrics = daemon.ctl("metrics").stdout
    for name, (family, _, _, _) in kinds.items():
        check(f'vrrp_conflicts_total{{name="{name}",what="{name}"}} 1\n' in metrics, f"{name}: {metrics}")
        if name != "two-masters":  # which may have ended by now
            check(f'what="{name}",address="{STRANGER[family]}",mac="{client.mac()}"}} 1\n' in metrics, f"{name}: {metrics}")
    return daemon


@test
def each_conflict_is_told_once_with_who_it_is_and_what_to_change(lab):
    daemon = each_is_told(lab, KINDS)
    for name in ("version", "password"):
        equal(daemon.show(name)["counters"]["adverts_received"], 0, f"{name}: advertisements taken")
    for name in ("vrid", "address-list", "interval", "checksum"):
        check(daemon.show(name)["counters"]["adverts_received"] >= 10, f"{name}: none was taken")


@test
def each_conflict_of_ipv6_is_told_once_with_who_it_is_and_what_to_change(lab):
    each_is_told(lab, KINDS_V6)


@test
def who_does_not_answer_is_told_without_a_hardware_address(lab):
    r1, _, client = lab.pair()
    kinds = {"interval": KINDS["interval"]}
    daemon = r1.vrrpd(configuration(kinds))
    Stranger(client, kinds, source="192.0.2.77").send()
    event = daemon.wait_event("it is told", lambda event: event["event"] == "conflict")
    check("mac" not in event and "192.0.2.77 advertises" in event["text"], f"what is told: {event}")


@test
def no_conflict_is_told_where_there_is_none(lab):
    r1, r2, client = lab.pair_v6()
    both = {"advert_interval": FAST, "addresses": ["192.0.2.10/24", "fe80::10/64", "2001:db8::10/64"]}
    first = r1.vrrpd(instance(priority=150, **both))
    first.wait_state("MASTER", name="web/ipv6")
    second = r2.vrrpd(instance(priority=100, **both))
    for family in ("ipv4", "ipv6"):
        second.wait_event("the master is heard", lambda event, name=f"web/{family}": event["event"] == "master"
                          and event["instance"] == name)
    # another virtual router on the same link is nobody's business
    client.send_frame("eth0", frame(client.mac(), STRANGER[4], vrid=99, addresses=["198.51.100.7"]))
    first.stop()
    for family in ("ipv4", "ipv6"):
        second.wait_state("MASTER", name=f"web/{family}")
    for daemon in (first, second):
        equal([event for event in daemon.events if event["event"] == "conflict"], [], "conflicts")
    for one in second.show("web"):
        equal(one["conflicts"], [], "conflicts shown")


if __name__ == "__main__":
    main()
