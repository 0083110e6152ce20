# SPDX-License-Identifier: GPL-2.0-or-later
"""What an operator forces: at once, whatever the interval; through reloads, crashes and restarts; and no longer than asked for."""

import json
import os
import signal
import subprocess
import time

from daemons import Vrrpd, alive, instance
from lab import Process, binary, check, equal, run, wait_until
from runner import main, test

VIP = "192.0.2.10/24"
FORCED = ("to", "until", "reason", "by")


def conf(**keys):
    return instance(**{"advert_interval": "200ms", "announce_repeat": "0s", **keys})


def pair(lab, **keys):
    """A master with 150 and a backup with 100 that has heard it."""
    r1, r2, _ = lab.pair()
    first = r1.vrrpd(conf(priority=150, **keys))
    first.wait_state("MASTER", deadline_s=60)
    r1.wait_address(VIP)
    second = r2.vrrpd(conf(priority=100, **keys))
    second.wait_event("the master is heard", lambda event: event["event"] == "master", deadline_s=60)
    return first, second


def ctl(daemon, *words, status=0):
    return daemon.ctl(*words, status=status)


def wait_moved(loser, winner):
    """Until the address has gone from one to the other."""
    winner.wait_state("MASTER", deadline_s=60)
    loser.wait_state("BACKUP", deadline_s=60)
    winner.node.wait_address(VIP)
    loser.node.wait_address(VIP, present=False)


def move_at_ten_seconds(lab, act):
    """How long the winner takes to be MASTER after an operator has said so, where advertisements are ten seconds apart."""
    first, second = pair(lab)
    for daemon, priority in ((second, 100), (first, 150)):
        daemon.reload(conf(priority=priority, advert_interval="10s"))
    wait_until("the long interval is heard", lambda: second.show()["master_advert_interval_ms"] == 10000)
    start = time.monotonic()
    act(first, second)
    second.wait_state("MASTER", deadline_s=60)
    took_s = time.monotonic() - start
    wait_moved(first, second)
    equal(second.states(), ["BACKUP", "MASTER"], "states of the winner")
    # whoever ends is not to wait for advertisements that come so seldom
    for daemon in (first, second):
        daemon.reload(conf())
    return took_s


def force_master(_first, second):
    ctl(second, "force", "master", "web")


def force_backup(first, _second):
    ctl(first, "force", "backup", "web")


@test
def forced_to_be_master_a_router_takes_over_long_before_an_interval_is_over(lab):
    took_s = move_at_ten_seconds(lab, force_master)
    check(took_s < 1, f"{took_s:.3f} s")


@test
def a_master_that_is_forced_to_be_backup_is_followed_long_before_an_interval_is_over(lab):
    took_s = move_at_ten_seconds(lab, force_backup)
    check(took_s < 1, f"{took_s:.3f} s")


@test
def both_ways_work_at_the_usual_interval_too(lab):
    first, second = pair(lab, advert_interval="1s")
    for force, loser, winner in ((["force", "master", "web"], first, second), (["release", "web"], second, first)):
        ctl(second, *force)
        wait_moved(loser, winner)
    start = time.monotonic()
    mark = second.mark()
    ctl(first, "force", "backup", "web")
    second.wait_state("MASTER", since=mark)
    check(time.monotonic() - start < 0.9, "a whole interval went by")


@test
def planned_moves_interrupt_nobody(lab):
    first, second = pair(lab)
    probe = lab.nodes[2].probe("192.0.2.10")
    probe.wait_answering()
    ctl(first, "force", "backup", "web", "--wait")
    wait_moved(first, second)
    ctl(first, "release", "web")
    wait_moved(second, first)
    result = probe.result()
    check(result["answering"], "the address does not answer")
    check(result["longest_gap_ms"] < 100, f"two planned moves cost {result['longest_gap_ms']} ms")


@test
def waiting_ends_when_it_is_so(lab):
    first, second = pair(lab)
    ctl(second, "force", "master", "web", "--wait")
    equal(second.show()["state"], "MASTER", "state")
    equal(second.show()["effective_priority"], 255, "effective priority")
    ctl(second, "force", "backup", "web", "--wait")
    equal(second.show()["state"], "BACKUP", "state")
    equal(first.show()["state"], "MASTER", "state of the other one")
    equal(second.node.addresses(), ["192.0.2.2/24"], "addresses")
    ctl(first, "force", "off", "web", "--wait")
    check(first.show()["state"] not in ("MASTER", "BACKUP"), "it takes part")
    equal(first.node.addresses(), ["192.0.2.1/24"], "addresses")
    # forced to be backup, and yet the last one left
    second.wait_state("MASTER")


@test
def the_last_router_takes_over_although_it_is_forced_to_be_backup_and_says_so(lab):
    r1, _, _ = lab.pair()
    daemon = r1.vrrpd(conf())
    daemon.wait_state("MASTER")
    done = ctl(daemon, "force", "backup", "web", "--wait", status=1)
    equal(done.stderr, "vrrpctl: web is MASTER: forced to be backup, but no other router is left\n", "what it said")
    shown = daemon.show()
    equal((shown["state"], shown["forced"]["to"]), ("MASTER", "backup"), "state and force")
    equal(shown["effective_priority"], 1, "effective priority")
    r1.wait_address(VIP)


@test
def forced_off_a_router_takes_no_part(lab):
    first, second = pair(lab)
    ctl(first, "force", "off", "web", "--reason", "new kernel", "--wait")
    second.wait_state("MASTER")
    second.kill()
    time.sleep(1)  # longer than a backup would wait
    equal(first.node.addresses(), ["192.0.2.1/24"], "addresses")
    check("new kernel" in ctl(first, "show", "web").stdout, "the reason is not told")
    ctl(first, "release", "web")
    first.wait_state("MASTER")


@test
def against_a_living_owner_nobody_is_forced_to_be_master(lab):
    r1, r2, _ = lab.pair()
    r1.ip("address", "add", VIP, "dev", "eth0")
    owner = r1.vrrpd(conf(priority=255))
    owner.wait_state("MASTER")
    second = r2.vrrpd(conf(priority=100))
    second.wait_event("the master is heard", lambda event: event["event"] == "master")
    done = ctl(second, "force", "master", "web", status=1)
    check("web: " in done.stderr and "owns the addresses" in done.stderr, f"the reason is not told: {done.stderr!r}")
    equal(len(done.stderr.splitlines()), 1, "lines on stderr")
    equal(second.show()["forced"], None, "forced")


@test
def a_force_tells_who_why_and_until_when(lab):
    first, _ = pair(lab)
    ctl(first, "force", "backup", "web", "--for", "1h", "--reason", "Wartung für heute")
    forced = first.show()["forced"]
    equal({key: forced[key] for key in FORCED if key != "until"},
          {"to": "backup", "reason": "Wartung für heute", "by": "root"}, "forced")
    check(forced["until"] and forced["until"].endswith("Z"), f"until {forced['until']}")
    event = first.wait_event("the force", lambda one: one["event"] == "force")
    equal((event["instance"], event["from"], event["to"]), ("web", None, "backup"), "event")
    check("root" in event["reason"] and "Wartung für heute" in event["reason"], f"the event says {event['reason']!r}")
    check("backup by root until " in ctl(first, "show", "web").stdout, "show web says nothing of it")
    check("BACKUP*" in ctl(first, "show").stdout, "the table does not mark it")


@test
def a_force_ends_when_its_time_is_up(lab):
    first, second = pair(lab)
    ctl(first, "force", "backup", "web", "--for", "1s")
    wait_moved(first, second)
    first.wait_state("MASTER")
    equal(first.show()["forced"], None, "forced")
    event = [one for one in first.events if one["event"] == "force"][-1]
    equal(event["to"], None, "the last force event leads to")


@test
def waiting_ends_when_the_force_does(lab):
    r1, _, _ = lab.pair()
    daemon = r1.vrrpd(conf(advert_interval="10s", priority=254))
    waiting = Process(daemon.node, [binary("vrrpctl"), "-s", daemon.state_dir, "force", "backup", "web", "--wait"],
                      stdout=subprocess.PIPE, log=os.path.join(daemon.directory, "waiting.log"))
    daemon.wait_event("the force", lambda one: one["event"] == "force")
    ctl(daemon, "release", "web")
    equal(waiting.wait(), 1, "status")


def answering_pid(daemon):
    """Of the supervisor of whoever answers; None while nobody does."""
    done = ctl(daemon, "-j", "version", status=None)
    return json.loads(done.stdout)["vrrpd"]["pid"] if done.returncode == 0 else None


@test
def a_force_outlives_reloads_crashes_and_restarts(lab):
    first, second = pair(lab)
    ctl(first, "force", "backup", "web", "--for", "1h", "--reason", "stay")
    wait_moved(first, second)
    forced = first.show()["forced"]
    first.reload(conf(priority=160))
    equal(first.show()["forced"], forced, "forced after a reload")
    equal(first.show()["state"], "BACKUP", "state after a reload")
    before = first.protocol_pid
    os.kill(before, signal.SIGKILL)
    wait_until("the protocol process is gone", lambda: not alive(before))
    wait_until("another one answers", lambda: first.ctl("version", status=None).returncode == 0)
    equal(first.show()["forced"], forced, "forced after the protocol process was killed")
    state_dir = first.state_dir
    first.send(signal.SIGKILL)
    first.wait()
    again = Vrrpd(first.node, conf(priority=160), state_dir=state_dir)
    wait_until("the successor answers in place of the orphan", lambda: answering_pid(again) == again.pid)
    equal(again.show()["forced"], forced, "forced after the supervisor was killed")
    again.kill()
    again = Vrrpd(first.node, conf(priority=160), state_dir=state_dir)
    equal(again.show()["forced"], forced, "forced after all were killed")
    again.stop()
    third = Vrrpd(first.node, conf(priority=160), state_dir=state_dir)
    equal(third.show()["forced"], forced, "forced after a restart")
    # what the one before it did is told as well
    third.wait_event("it has been stopped and started", lambda _: third.states()[-2:] == ["INIT", "BACKUP"])
    ctl(third, "release", "web")
    wait_moved(second, third)


@test
def a_group_is_forced_together(lab):
    r1, r2, _ = lab.pair()
    both = "".join(conf(name=name, vrid=vrid, addresses=[f"192.0.2.{vrid}/24"], priority=150)
                   for name, vrid in (("web", 51), ("lan", 52))) + 'group edge { instances = {web, lan} }\n'
    first = r1.vrrpd(both)
    for name in ("web", "lan"):
        first.wait_state("MASTER", name)
    second = r2.vrrpd(both.replace("priority = 150", "priority = 100"))
    for name in ("web", "lan"):
        second.wait_event("the master is heard",
                          lambda event, of=name: event["event"] == "master" and event["instance"] == of)
    for name, to in (("edge", "master"), ("lan", "backup"), ("edge", "master"), ("web", "backup")):
        done = ctl(second, "force", to, name, "--wait")
        check(done.stdout.startswith("web, lan: forced"), f"force {to} {name} says {done.stdout!r}")
        equal([(one["state"], one["forced"]["to"], one["group"]) for one in second.json("show")["instances"]],
              [(to.upper(), to, "edge")] * 2, f"after force {to} {name}")
    ctl(second, "release", "edge")
    equal([one["forced"] for one in second.json("show")["instances"]], [None, None], "forced after release")
    equal(second.show()["group_members"], ["lan"], "the other members")


@test
def both_families_are_forced_as_a_whole_and_all_means_all(lab):
    r1, r2, _ = lab.pair_v6()
    names = ("web/ipv4", "web/ipv6", "lan")
    both = conf(addresses=["192.0.2.10/24", "fe80::10/64"]) + conf(name="lan", vrid=52, addresses=["192.0.2.52/24"])
    first, second = r1.vrrpd(both.replace("vrid", "priority = 150\n  vrid")), r2.vrrpd(both)
    for name in names:
        first.wait_state("MASTER", name)
        second.wait_event("the master is heard",
                          lambda event, of=name: event["event"] == "master" and event["instance"] == of)

    def shown():
        return [(one["name"], one["state"], (one["forced"] or {"to": None})["to"])
                for one in second.json("show")["instances"]]
    # whichever of the two is named
    for name in ("web", "web/ipv4", "web/ipv6"):
        equal(ctl(second, "force", "master", name, "--wait").stdout, "web: forced to be master\n", "what it said")
        equal(shown(), [("web/ipv4", "MASTER", "master"), ("web/ipv6", "MASTER", "master"), ("lan", "BACKUP", None)],
              f"after force master {name}")
        equal(ctl(second, "release", name).stdout, "web: no longer forced\n", "what it said")
        wait_until("both are BACKUP again", lambda: [state for _, state, _ in shown()] == ["BACKUP"] * 3)
    check(ctl(second, "force", "master", "all", "--for", "2s", "--wait").stdout.startswith("web, lan: forced to be"),
          "it does not name all")
    equal(shown(), [(name, "MASTER", "master") for name in names], "after force master all")
    wait_until("the time is up", lambda: shown() == [(name, "BACKUP", None) for name in names])


@test
def tracked_faults_win_unless_they_are_to_be_ignored(lab):
    first, second = pair(lab)
    second.write(conf(priority=100).replace("\n}", "\n  track-interface other { }\n}"))
    second.ctl("reload")
    second.wait_state("FAULT")
    done = ctl(second, "force", "master", "web", "--wait", status=1)
    check(done.stderr.startswith("vrrpctl: web is FAULT: "), f"it says {done.stderr!r}")
    ctl(second, "force", "master", "web", "--despite-faults", "--wait")
    wait_moved(first, second)
    tracks = second.show()["tracks"]
    equal([(one["kind"], one["name"], one["up"]) for one in tracks],
          [("interface", "eth0", True), ("interface", "other", False)], "tracks")


def as_nobody(daemon, *words):
    return run("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", binary("vrrpctl"), "-s",
               daemon.state_dir, *words, status=None)


@test
def only_root_forces(lab):
    r1, _, _ = lab.pair()
    daemon = r1.vrrpd("global {\n  control-group = nogroup\n}\n" + conf())
    daemon.wait_state("MASTER")
    for words in (["force", "off", "web"], ["release", "web"]):
        done = as_nobody(daemon, *words)
        equal((done.returncode, done.stdout), (1, ""), f"nobody's vrrpctl {words}")
        equal(done.stderr, f"vrrpctl: permission denied: only root may {words[0]}\n", "what it says")
    equal(as_nobody(daemon, "show", "web").returncode, 0, "nobody may look")
    equal(daemon.show()["forced"], None, "forced")


@test
def every_exit_status_is_the_one_that_interface_promises(lab):
    first, _ = pair(lab)
    for words, status in ((["force", "backup", "web"], 0), (["force", "off", "all", "--for", "1h"], 0),
                          (["force", "master", "web", "--reason", "because", "--wait"], 0), (["release", "web"], 0),
                          (["release", "all"], 0), (["release", "all"], 0),
                          (["force", "off", "nobody"], 1), (["release", "nobody"], 1),
                          (["force", "off", "web", "--reason", "x" * 256], 1),
                          (["force", "off", "web", "--reason", "two\nlines"], 1),
                          (["force"], 2), (["force", "off"], 2), (["force", "slave", "web"], 2), (["release"], 2),
                          (["force", "off", "web", "--for"], 2), (["force", "off", "web", "--for", "soon"], 2),
                          (["force", "off", "web", "--despite-faults"], 2), (["force", "off", "web", "lan"], 2)):
        done = run(binary("vrrpctl"), "-s", first.state_dir, *words, status=None)
        equal(done.returncode, status, f"status of vrrpctl {' '.join(words)}\n{done.stdout}{done.stderr}")
        equal(len(done.stderr.splitlines()), 0 if status == 0 else 1, f"lines of vrrpctl {' '.join(words)} on stderr")
    forced = json.loads(ctl(first, "-j", "force", "backup", "web").stdout)
    equal(forced, {"to": "backup", "until": None, "instances": ["web"]}, "JSON of force")
    equal(json.loads(ctl(first, "-j", "release", "web").stdout), {"instances": ["web"]}, "JSON of release")
    run(binary("vrrpctl"), "-s", os.path.join(lab.directory, "nowhere"), "force", "off", "web", status=3)


if __name__ == "__main__":
    main()
