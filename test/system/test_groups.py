# SPDX-License-Identifier: GPL-2.0-or-later
"""Groups: instances on different interfaces that share one fate, on real routers."""

import os

from daemons import instance
from lab import check, equal, wait_until
from runner import main, test

NAMES = ("in", "out")
FAST = {"advert_interval": "100ms", "announce_repeat": "0s"}


def conf(priority_in, priority_out, tail="", sections=""):
    """`in` on eth0 and `out` on eth1, in the group gate; sections stand in front, tail in the group."""
    return (sections + instance("in", vrid=51, addresses=["192.0.2.10/24"], priority=priority_in, **FAST) +
            instance("out", "eth1", vrid=52, addresses=["198.51.100.10/24"], priority=priority_out, **FAST) +
            f"group gate {{\n  instances = {{in, out}}\n{tail}}}\n")


def gateways(lab):
    """Two routers, each on both segments."""
    for segment in ("lan", "wan"):
        lab.segment(segment)
    return [lab.node(f"r{number}", lan=f"192.0.2.{number}/24", wan=f"198.51.100.{number}/24") for number in (1, 2)]


def states(daemon):
    return [one["state"] for one in daemon.json("show")["instances"]]


def wait_states(daemon, state):
    wait_until(f"{daemon.title}: both are {state}", lambda: states(daemon) == [state, state])


def pair(lab, first_priorities, second_priorities, **keys):
    r1, r2 = gateways(lab)
    first = r1.vrrpd(conf(*first_priorities, **keys))
    wait_states(first, "MASTER")
    second = r2.vrrpd(conf(*second_priorities))
    for name in NAMES:
        second.wait_event("the master is heard",
                          lambda event, of=name: event["event"] == "master" and event["instance"] == of)
    return first, second


@test
def if_the_link_of_one_falls_both_move_and_come_back_together(lab):
    first, second = pair(lab, (150, 150), (100, 100))
    first.node.unplug("eth1")
    wait_states(second, "MASTER")
    wait_states(first, "FAULT")
    equal([one["reason"] for one in first.json("show")["instances"]],
          ["another member of the group (out)", "interface is down"], "why")
    wait_until("no address is left behind", lambda: first.node.addresses("eth0") == ["192.0.2.1/24"])
    first.node.plug("eth1")
    wait_states(first, "MASTER")
    wait_states(second, "BACKUP")
    for daemon in (first, second):
        for name in NAMES:
            check(len(daemon.states(name)) <= 5, f"{daemon.title}: {name} did not go straight: {daemon.states(name)}")


@test
def what_the_group_tracks_faults_all_of_it(lab):
    good = lab.file("good", "")
    first, second = pair(lab, (150, 150), (100, 100), tail="  track-script disk { }\n",
                         sections="global {\n  script-user = root\n}\nscript disk {\n"
                                  f'  command = "test -e {good}"\n  interval = 100ms\n}}\n')
    os.unlink(good)
    wait_states(first, "FAULT")
    wait_states(second, "MASTER")
    equal({one["reason"] for one in first.json("show")["instances"]}, {"a tracked thing is down (script disk)"}, "why")
    equal([track["of_group"] for track in first.show("in")["tracks"]], [False, True], "whose tracks they are")
    lab.file("good", "")
    wait_states(first, "MASTER")
    wait_states(second, "BACKUP")


@test
def two_routers_that_each_win_with_one_settle_on_one_side_and_stay(lab):
    r1, r2 = gateways(lab)
    first, second = r1.vrrpd(conf(150, 100)), r2.vrrpd(conf(100, 150))
    wait_until("one has both and the other none", lambda: sorted([states(first), states(second)]) == [
        ["BACKUP", "BACKUP"], ["MASTER", "MASTER"]])
    marks = first.mark(), second.mark()
    capture = lab.segments["lan"].capture(only="ip proto 112")
    # that nothing moves any more is seen after many times the interval
    wait_until("fifty advertisements", lambda: len(capture.adverts()) >= 50, every_s=0.3)
    equal([first.states(name, marks[0]) + second.states(name, marks[1]) for name in NAMES], [[], []], "moves since")
    equal(len({advert.src for advert in capture.adverts()}), 1, "routers that advertise")


if __name__ == "__main__":
    main()
