# SPDX-License-Identifier: GPL-2.0-or-later
"""An instance with addresses of both families is two virtual routers with one fate; but one family that cannot be had harms no instance
of the other alone."""

from daemons import instance
from lab import check, equal, wait_until
from runner import main, test

FAST = "200ms"
V4, V6 = "192.0.2.10/24", "2001:db8::10/64"
LINK_LOCAL = "fe80::200:5eff:fe00:233/64"  # of VRID 51
HALVES = ("web/ipv4", "web/ipv6")


def both(**keys):
    return instance(**{"advert_interval": FAST, "addresses": [V4, V6], **keys})


def wait_all(daemon, state, names=HALVES, since=0):
    return [daemon.wait_state(state, name=name, since=since) for name in names]


def wait_served(node, others=()):
    """Both addresses are here, and nowhere else."""
    for address in (V4, LINK_LOCAL, V6):
        node.wait_address(address)
        for other in others:
            other.wait_address(address, present=False)


def pair(lab, first_file=None, second_file=None):
    r1, r2, client = lab.pair_v6()
    first = r1.vrrpd(first_file or both(priority=150))
    wait_all(first, "MASTER")
    second = r2.vrrpd(second_file or both(priority=100))
    for name in HALVES:
        second.wait_event(f"{name} hears the master", lambda event, name=name: event["event"] == "master"
                          and event["instance"] == name)
    return first, second, client


@test
def forces_move_both_halves_at_once_and_back(lab):
    first, second, client = pair(lab)
    probes = [client.probe(address.split("/")[0]) for address in (V4, V6)]
    for probe in probes:
        probe.wait_answering()
    mark = first.mark()
    for command, winner in (("force backup", second), ("release", first), ("force off", second), ("release", first)):
        since = {daemon: daemon.mark() for daemon in (first, second)}
        first.ctl(*command.split(), "web")
        loser = first if winner is second else second
        wait_all(winner, "MASTER", since=since[winner])
        wait_served(winner.node, [loser.node])
        for name in HALVES:
            expected = {"force backup": "backup", "force off": "off"}.get(command)
            forced = first.show(name)["forced"]
            equal(forced and forced["to"], expected, f"{name} is forced after {command}")
    second.ctl("force", "master", "web")
    wait_all(second, "MASTER", since=second.mark() - 6)
    wait_served(second.node, [first.node])
    for probe in probes:
        # five moves, each of which would take half a second if it were no handing over; a busy machine may lose a frame
        check(probe.result()["lost"] < 100, "too many unanswered requests")
    for name in HALVES:
        equal(first.states(name, since=mark), ["BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER", "BACKUP"],
              f"states of {name}")


@test
def what_is_wrong_with_one_half_faults_both(lab):
    first, second, _ = pair(lab)
    for lost, name in (("fe80::1/64", "web/ipv6"), ("192.0.2.1/24", "web/ipv4")):
        since = {daemon: daemon.mark() for daemon in (first, second)}
        first.node.ip("addr", "del", lost, "dev", "eth0")
        reasons = {event["instance"]: event["reason"] for event in wait_all(first, "FAULT", since=since[first])}
        other = HALVES[name == HALVES[0]]
        equal(reasons, {name: "interface has no address to send from", other: f"another member of the group ({name})"},
              "why they are in FAULT")
        wait_all(second, "MASTER", since=since[second])
        wait_served(second.node, [first.node])
        first.node.ip("addr", "add", lost, "dev", "eth0", *(["nodad"] if ":" in lost else []))
        wait_all(first, "MASTER", since=since[first])
        wait_served(first.node, [second.node])


@test
def in_a_group_it_follows_and_leads(lab):
    def file(priority):
        return (both(priority=priority) + instance(name="dns", vrid=52, advert_interval=FAST, priority=priority,
                                                   addresses=["192.0.2.20/24"], interface="eth1")
                + "group edge { instances = {web, dns} }\n")
    lab.segment("back")
    lab.segment("lan")
    nodes = [lab.node(f"r{number}", lan=f"192.0.2.{number}/24", back=f"10.0.0.{number}/24") for number in (1, 2)]
    for number, node in enumerate(nodes, 1):
        node.use_ipv6(f"fe80::{number}/64", f"2001:db8::{number}/64")
    names = (*HALVES, "dns")
    first = nodes[0].vrrpd(file(150))
    wait_all(first, "MASTER", names)
    second = nodes[1].vrrpd(file(100))
    for name in names:
        second.wait_event(f"{name} hears the master", lambda event, name=name: event["event"] == "master"
                          and event["instance"] == name)
    for interface in ("eth1", "eth0"):
        since = {daemon: daemon.mark() for daemon in (first, second)}
        nodes[0].unplug(interface)
        wait_all(first, "FAULT", names, since=since[first])
        wait_all(second, "MASTER", names, since=since[second])
        nodes[0].plug(interface)
        wait_all(first, "MASTER", names, since=since[first])
        wait_all(second, "BACKUP", names, since=since[second])
    mark = second.mark()
    first.ctl("force", "backup", "dns")
    wait_all(second, "MASTER", names, since=mark)


@test
def a_family_that_cannot_be_heard_harms_the_other_nothing(lab):
    r1, _, _ = lab.pair_v6()
    # no membership of IPv4 can be had any more
    r1.run("sysctl", "-qw", "net.ipv4.igmp_max_memberships=0")
    daemon = r1.vrrpd(instance(name="four", vrid=53, advert_interval=FAST, addresses=["192.0.2.30/24"])
                      + instance(name="six", vrid=53, advert_interval=FAST, addresses=["2001:db8::30/64"]))
    daemon.wait_state("MASTER", name="six")
    equal(daemon.show("four")["state"], "FAULT", "state of the one of IPv4")
    equal(daemon.show("four")["reason"], "interface cannot receive advertisements", "why")
    check("cannot join the VRRP multicast group (ipv4)" in daemon.log_text(), daemon.log_text())
    r1.run("sysctl", "-qw", "net.ipv4.igmp_max_memberships=20")
    daemon.wait_state("MASTER", name="four")
    equal(daemon.states("six"), ["BACKUP", "MASTER"], "states of the one of IPv6")


@test
def a_reload_adds_and_takes_away_a_family_and_the_other_serves_on(lab):
    first, second, client = pair(lab, both(priority=150, addresses=[V4, V6]), both(priority=100))
    probe = client.probe(V4.split("/")[0])
    probe.wait_answering()
    monitor = first.node.monitor("address")
    mark = first.mark()
    for daemon, priority in ((first, 150), (second, 100)):
        daemon.reload(instance(advert_interval=FAST, addresses=[V4], priority=priority))
    first.node.wait_address(V6, present=False)
    first.wait_event("the one that is left has its name alone", lambda event: event["event"] == "reload", since=mark)
    equal(first.show("web")["state"], "MASTER", "state with one family")
    for daemon, priority in ((second, 100), (first, 150)):
        daemon.reload(both(priority=priority))
    wait_until("both serve again", lambda: all(one["state"] == "MASTER" for one in first.show("web")))
    first.node.wait_address(V6)
    equal([line for line in monitor.changes() if V4 in line], [], "changes of the address that stays")
    equal(probe.result()["lost"], 0, "unanswered requests")


if __name__ == "__main__":
    main()
