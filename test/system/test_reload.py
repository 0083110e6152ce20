# SPDX-License-Identifier: GPL-2.0-or-later
"""A reload changes what the file changed and touches nothing else; a broken file changes nothing at all."""

import functools
import os
import signal

from daemons import instance
from lab import Process, binary, check, equal, wait_until
from runner import main, test

VIP = "192.0.2.10/24"
INTERVAL_S = 0.2
BASE = {"advert_interval": "200ms", "announce_repeat": "0s"}


def conf(**keys):
    return instance(**{**BASE, **keys})


def pair(lab):
    r1, r2, _ = lab.pair()
    first = r1.vrrpd(conf(priority=150))
    first.wait_state("MASTER")
    r1.wait_address(VIP)
    second = r2.vrrpd(conf(priority=100))
    second.wait_event("the master is heard", lambda event: event["event"] == "master")
    return first, second


def wait_reloaded(daemon, mark):
    daemon.wait_event("the reload", lambda event: event["event"] == "reload", since=mark)


def longest_gap_s(adverts):
    return max(later.time - earlier.time for earlier, later in zip(adverts, adverts[1:]))


def wait_more_adverts(capture, src, count):
    """Until `count` more have been sent than now."""
    there = len(capture.adverts(src=src))
    wait_until(f"{count} more advertisements", lambda: len(capture.adverts(src=src)) >= there + count, every_s=0.3)


@test
def an_unchanged_file_changes_nothing_at_all(lab):
    first, second = pair(lab)
    capture = lab.segments["lan"].capture()
    monitors = [daemon.node.monitor() for daemon in (first, second)]
    marks = [daemon.mark() for daemon in (first, second)]
    wait_more_adverts(capture, "192.0.2.1", 3)
    for _ in range(3):
        first.reload()
        second.reload()
        first.send(signal.SIGHUP)
        second.send(signal.SIGHUP)
    wait_more_adverts(capture, "192.0.2.1", 10)
    for monitor in monitors:
        equal(monitor.changes(), [], f"what the kernel told on {monitor.node.name}")
    for daemon, mark in zip((first, second), marks):
        equal(daemon.states(since=mark), [], f"states, {daemon.title}")
    adverts = capture.adverts()
    equal({advert.src for advert in adverts}, {"192.0.2.1"}, "who advertised")
    # one that is left out makes a gap of two intervals
    gap_s = longest_gap_s(adverts)
    check(gap_s < 1.9 * INTERVAL_S, f"advertisements {gap_s:.3f} s apart")
    equal(capture.arps(sender="192.0.2.10"), [], "announcements")


@test
def a_start_joins_the_group_once_and_a_reload_leaves_it_alone(lab):
    """A switch that forwards multicast only to who wants it would be told otherwise."""
    segment = lab.segment("lan")
    r1 = lab.node("r1", lan="192.0.2.1/24")
    capture = segment.capture(only="ip proto 112 or igmp")
    daemon = r1.vrrpd(conf())

    def reports():
        return len(capture.times("igmp"))
    # each change is reported twice
    wait_until("it has joined", lambda: reports() >= 2, every_s=0.3)
    daemon.wait_state("MASTER")
    for _ in range(3):
        daemon.reload()
    daemon.reload(conf(priority=120))
    wait_more_adverts(capture, "192.0.2.1", 10)
    equal(reports(), 2, "reports of membership")


@test
def a_changed_priority_moves_mastership(lab):
    first, second = pair(lab)
    mark = first.mark()
    first.reload(conf(priority=50))
    second.wait_state("MASTER")
    first.wait_state("BACKUP", since=mark)
    lab.nodes[1].wait_address(VIP, present=False)
    equal(first.show()["priority"], 50, "priority shown")
    mark = first.mark()
    first.reload(conf(priority=200))
    first.wait_state("MASTER", since=mark)


@test
def a_changed_priority_that_changes_no_order_changes_no_state(lab):
    first, second = pair(lab)
    capture = lab.segments["lan"].capture()
    marks = [first.mark(), second.mark()]
    monitor = first.node.monitor()
    first.reload(conf(priority=151))
    wait_until("it is advertised", lambda: any(advert.priority == 151 for advert in capture.adverts()), every_s=0.2)
    equal(monitor.changes(), [], "what the kernel told")
    equal(first.states(since=marks[0]) + second.states(since=marks[1]), [], "states")


@test
def a_changed_interval_is_advertised_and_learnt(lab):
    first, second = pair(lab)
    capture = lab.segments["lan"].capture()
    marks = [first.mark(), second.mark()]
    first.reload(conf(priority=150, advert_interval="400ms"))
    wait_until("the new interval is advertised",
               lambda: any(advert.interval_ms == 400 for advert in capture.adverts()), every_s=0.2)
    wait_more_adverts(capture, "192.0.2.1", 8)
    equal(first.states(since=marks[0]) + second.states(since=marks[1]), [], "states")
    equal(second.show()["master_advert_interval_ms"], 400, "interval that the backup learnt")


@test
def added_and_removed_addresses_leave_the_others_alone(lab):
    first, second = pair(lab)
    r1 = first.node
    capture = lab.segments["lan"].capture()
    monitor = r1.monitor("address")
    marks = [first.mark(), second.mark()]
    first.reload(conf(priority=150, addresses=[VIP, "192.0.2.11/24"]))
    r1.wait_address("192.0.2.11/24")
    wait_until("the new address is announced",
               lambda: [arp for arp in capture.arps(sender="192.0.2.11") if arp.gratuitous], every_s=0.2)
    wait_until("it is advertised", lambda: any(advert.count == 2 for advert in capture.adverts()), every_s=0.2)
    first.reload(conf(priority=150, addresses=["192.0.2.11/24"]))
    r1.wait_address(VIP, present=False)
    check(r1.has_address("192.0.2.11/24"), "the address that stayed in the file is gone")
    changes = monitor.changes()
    of_one = [line for line in changes if "192.0.2.11/" in line]
    of_other = [line for line in changes if "192.0.2.10/" in line]
    equal((len(of_one), len(of_other), len(changes)), (1, 1, 2), f"changes of each address in {changes}")
    equal(first.states(since=marks[0]) + second.states(since=marks[1]), [], "states")


@test
def added_and_removed_instances_leave_the_others_alone(lab):
    first, second = pair(lab)
    r1 = first.node
    capture = lab.segments["lan"].capture()
    marks = [first.mark(), second.mark()]
    lan = instance("lan", vrid=52, addresses=["192.0.2.20/24"], **BASE)
    first.reload(conf(priority=150) + lan)
    first.wait_state("MASTER", "lan")
    r1.wait_address("192.0.2.20/24")
    first.reload(conf(priority=150))
    r1.wait_address("192.0.2.20/24", present=False)
    equal([one["name"] for one in first.json("show")["instances"]], ["web"], "instances shown")
    wait_until("priority 0 of the instance that is gone",
               lambda: any(advert.priority == 0 for advert in capture.adverts(vrid=52)), every_s=0.2)
    equal(first.states(since=marks[0]) + second.states(since=marks[1]), [], "states of the other instance")
    adverts = capture.adverts(vrid=51)
    check(longest_gap_s(adverts) < 1.9 * INTERVAL_S, f"advertisements {longest_gap_s(adverts):.3f} s apart")
    check(0 not in {advert.priority for advert in adverts}, "the other instance sent priority 0")


@test
def a_changed_interface_moves_the_address(lab):
    lab.segment("lan")
    lab.segment("wan")
    r1 = lab.node("r1", lan="192.0.2.1/24", wan="198.51.100.1/24")
    daemon = r1.vrrpd(conf())
    daemon.wait_state("MASTER")
    r1.wait_address(VIP)
    daemon.reload(conf(interface="eth1"))
    r1.wait_address(VIP, "eth0", present=False)
    r1.wait_address(VIP, "eth1")
    daemon.wait_state("MASTER")


@test
def vrrpctl_reload_says_what_changed_and_sighup_does_the_same(lab):
    first, _ = pair(lab)
    check("web" in first.reload(conf(priority=160)), "vrrpctl does not name the instance")
    equal(first.show()["effective_priority"], 160, "priority after vrrpctl reload")
    first.write(conf(priority=170))
    mark = first.mark()
    first.send(signal.SIGHUP)
    wait_reloaded(first, mark)
    equal(first.show()["effective_priority"], 170, "priority after SIGHUP")


def supervisor_rests(daemon):
    with open(f"/proc/{daemon.pid}/stat", encoding="ascii") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "S"


def killed_while_it_takes_over(daemon, configuration):
    """SIGHUP, and the protocol process dies with the new settings before it has looked at them; its pid."""
    protocol = daemon.protocol_pid
    os.kill(protocol, signal.SIGSTOP)
    daemon.write(configuration)
    daemon.send(signal.SIGHUP)
    wait_until("the supervisor has nothing to do", lambda: supervisor_rests(daemon))
    os.kill(protocol, signal.SIGKILL)
    return protocol


def noted_pid(daemon, other_than):
    with open(os.path.join(daemon.state_dir, "protocol.pid"), encoding="ascii") as file:
        pid = int(file.read() or 0)
    return pid if pid not in (0, other_than) else None


@test
def a_protocol_process_that_dies_of_new_settings_has_a_successor_that_gets_them(lab):
    first, second = pair(lab)
    mark = second.mark()
    killed_while_it_takes_over(first, conf(priority=160))
    first.wait_log("the next one is handed them")
    wait_until("the new settings are in force", lambda: first.show()["priority"] == 160)
    equal((first.show()["state"], second.states(since=mark)), ("MASTER", []), "states")


@test
def new_settings_that_a_second_protocol_process_dies_of_are_given_up(lab):
    first, _ = pair(lab)
    # the second one is killed as soon as it is there; should it have been faster, once more
    for priority in (160, 170, 180):
        before = first.show()["priority"]
        protocol = killed_while_it_takes_over(first, conf(priority=priority))
        os.kill(wait_until("another one", functools.partial(noted_pid, first, protocol), every_s=0.001), signal.SIGKILL)
        wait_until("one serves", lambda: first.ctl("version", status=None).returncode == 0)
        if "the old ones stay: it ended" in first.log_text():
            break
    first.wait_log("the old ones stay: it ended")
    equal(first.show()["priority"], before, "priority")
    check("priority" in first.reload(), "a reload no longer reads the file")


@test
def vrrpctl_reload_asks_again_when_the_protocol_process_ends_before_its_answer(lab):
    first, _ = pair(lab)
    protocol = first.protocol_pid
    first.write(conf(priority=160))
    first.send(signal.SIGSTOP)
    before = len(os.listdir(f"/proc/{protocol}/fd"))
    asking = Process(first.node, [binary("vrrpctl"), "-s", first.state_dir, "reload"],
                     log=os.path.join(lab.directory, "asking.log"))
    wait_until("it is being served", lambda: len(os.listdir(f"/proc/{protocol}/fd")) > before)
    os.kill(protocol, signal.SIGKILL)
    first.send(signal.SIGCONT)
    equal(asking.wait(), 0, "exit status")
    check("the next one is asked" in asking.log_text(), "it does not say so")
    equal(first.show()["priority"], 160, "priority")


def inside(configuration, line):
    """One instance's section, with a line more in it."""
    return configuration.rstrip().rstrip("}") + f"  {line}\n}}\n"


def dry_runs(daemon, cases):
    """Each file, and what is said of mastership."""
    for file, said in cases:
        daemon.write(file)
        equal(daemon.json("reload", "--dry-run")["mastership"], said, f"what is told of mastership for\n{file}")


SCRIPTS = ("global {\n  script-user = root\n}\n"
           'script s {\n  command = "/bin/true"\n}\n'
           'script bad {\n  command = "/bin/false"\n}\n')
GROUP = "group g {\n  instances = { web, other }\n}\n"


def tracking(script, weight=0):
    return f"track-script {script} {{ weight = {weight} }}"


@test
def a_dry_run_says_whether_a_master_would_stay_one(lab):
    lab.segment("lan")
    other = inside(instance("other", vrid=52, addresses=["192.0.2.20/24"]), tracking("bad", -30))
    now = SCRIPTS + inside(conf(priority=150), tracking("s", -10)) + other
    new = 'script new {\n  command = "/bin/true"\n}\n'
    beside = "each router that does not change likewise becomes MASTER beside it"
    daemon = lab.node("r1", lan="192.0.2.1/24").vrrpd(now)
    daemon.wait_state("MASTER")
    wait_until("both scripts have spoken", lambda: daemon.show("other")["effective_priority"] == 70
               and daemon.show("other")["state"] == "MASTER")
    dry_runs(daemon, [
        (now, []),
        # what is up weighs nothing, or more
        (now.replace("-10", "-20"), []),
        (now.replace("-10", "0"), []),
        (now.replace("-10", "10"), []),
        (SCRIPTS + conf(priority=150) + other, []),
        (now.replace("weight = -10", "weight = -10\n inverse = true"),
         ["web: priority 150 -> 140: mastership may move to a router of more than 140"]),
        (SCRIPTS + inside(conf(priority=150), tracking("bad", -20)) + other,
         ["web: priority 150 -> 130: mastership may move to a router of more than 130"]),
        # more than what is down takes from it
        (SCRIPTS + inside(conf(priority=200), tracking("bad", -20)) + other, []),
        (SCRIPTS + inside(conf(priority=150), tracking("bad")) + other,
         ["web: would be FAULT (a tracked thing is down: script bad): mastership would move"]),
        (now.replace("weight = -30", "weight = 0") + GROUP,
         ["web: would be FAULT (another member of the group: other): mastership would move",
          "other: would be FAULT (a tracked thing is down: script bad): mastership would move"]),
        (now + GROUP, []),
        (inside(now.removesuffix(other), "track-interface eth7 {}") + other,
         ["web: would be FAULT (a tracked thing is down: interface eth7): mastership would move"]),
        (inside(now.removesuffix(other), "track-interface lo {}") + other, []),
        # what has not been asked yet
        (now.replace("/bin/true", "/bin/echo"),
         ["web: what script s will say is not known: priority 150 -> 140 at the least, and mastership may move to a "
          "router of more than that"]),
        (SCRIPTS + new + inside(conf(priority=150), tracking("new")) + other,
         ["web: what script new will say is not known: mastership may move, if it is down"]),
        (SCRIPTS + new + inside(conf(priority=150), tracking("new", 20)) + other, []),
        # whom others would not hear
        (now.replace("vrid = 51", "vrid = 51\n  peers = {192.0.2.2}"),
         [f"web: its peers change: {beside}"]),
        (SCRIPTS + inside(conf(priority=150, version=2, advert_interval="1s"), tracking("s", -10)) + other,
         [f"web: its version changes: {beside}"]),
        (now + instance("lan", vrid=53, priority=90, addresses=["192.0.2.30/24"]),
         ["lan: new: mastership may come here from a router of less than 90"]),
        (SCRIPTS + other, ["web: is MASTER here, and would release its addresses"])])
    daemon.write(now.replace("-10", "-20"))
    equal(daemon.ctl("reload", "--dry-run").stdout,
          "web: track-script s: weight -10 -> -20\nmastership stays\n", "what is printed")


@test
def a_dry_run_says_whether_a_backup_would_take_over(lab):
    first, second = pair(lab)
    other = instance("other", vrid=52, priority=200, preempt=False, addresses=["192.0.2.20/24"])
    first.reload(conf(priority=150) + other.replace("preempt = false", "preempt = true"))
    wait_until("other is MASTER", lambda: first.show("other")["state"] == "MASTER")
    base = SCRIPTS + inside(conf(priority=100), tracking("bad", 90)) + other
    second.reload(base)
    wait_until("both masters are known, and what the script says",
               lambda: all(second.show(name)["master"] for name in ("web", "other"))
               and "down" in second.ctl("show", "web").stdout)
    here = "mastership would come here from 192.0.2.1 (priority 150)"
    dry_runs(second, [
        (base, []),
        (base.replace("weight = 90", "weight = 20"), []),
        (base.replace("priority = 100", "priority = 150"), []),
        (base.replace("priority = 100", "priority = 151"), [f"web: priority 100 -> 151: {here}"]),
        (base.replace("priority = 100", "priority = 151\n  preempt = false"), []),
        (base.replace("weight = 90", "weight = 90\n inverse = true"), [f"web: priority 100 -> 190: {here}"]),
        (base.replace("/bin/false", "/bin/true"),
         ["web: what script bad will say is not known: mastership may come here from 192.0.2.1 (priority 150)"]),
        # all of a group, or none
        (base.replace("priority = 100", "priority = 151") + GROUP, []),
        (base.replace("priority = 100", "priority = 151").replace("priority = 200\n", "priority = 201\n")
         .replace("preempt = false", "preempt = true") + GROUP,
         [f"web: priority 100 -> 151: {here}",
          "other: priority 200 -> 201: mastership would come here from 192.0.2.1 (priority 200)"]),
        (base.replace("vrid = 51", "vrid = 51\n  peers = {192.0.2.7}"),
         ["web: its peers change: unless its master changes likewise, this one becomes MASTER too"])])


@test
def a_dry_run_says_what_may_become_of_a_fault(lab):
    lab.segment("lan")
    now = SCRIPTS + inside(conf(priority=150), tracking("bad"))
    daemon = lab.node("r1", lan="192.0.2.1/24").vrrpd(now)
    daemon.wait_state("FAULT")
    dry_runs(daemon, [
        (now, []),
        (now.replace("priority = 150", "priority = 160"), []),
        (now.replace("/bin/false", "/bin/true"),
         ["web: what script bad will say is not known: it may not be FAULT any more, and mastership may come here from "
          "a router of less than 150"]),
        (SCRIPTS + conf(priority=150),
         ["web: would not be FAULT any more: mastership may come here from a router of less than 150"])])


@test
def a_dry_run_says_that_unicast_peers_would_not_know_a_new_source(lab):
    lab.segment("lan")
    node = lab.node("r1", lan="192.0.2.1/24")
    node.ip("address", "add", "192.0.2.9/32", "dev", "eth0")
    daemon = node.vrrpd(conf(peers=["192.0.2.2"]))
    daemon.wait_state("MASTER")
    dry_runs(daemon, [
        (conf(peers=["192.0.2.2"], source_address=["192.0.2.1"]), []),
        (conf(peers=["192.0.2.2"], source_address=["192.0.2.9"]),
         ["web: its source address changes: each router that does not change likewise becomes MASTER beside it"])])


@test
def a_dry_run_says_that_a_backup_may_hear_less_with_a_higher_ttl(lab):
    lab.segment("lan")
    first = lab.node("r1", lan="192.0.2.1/24").vrrpd(conf(priority=150, peers=["192.0.2.2"]))
    first.wait_state("MASTER")
    second = lab.node("r2", lan="192.0.2.2/24").vrrpd(conf(priority=100, peers=["192.0.2.1"], min_ttl=254))
    wait_until("its master is known", lambda: second.show()["master"])
    dry_runs(second, [
        (conf(priority=100, peers=["192.0.2.1"], min_ttl=1), []),
        (conf(priority=100, peers=["192.0.2.1"]),
         ["web: min-ttl 254 -> 255: if its master's packets come with less, this one becomes MASTER too"])])


@test
def a_broken_file_is_refused_whole_and_the_old_one_stays(lab):
    first, second = pair(lab)
    marks = [first.mark(), second.mark()]
    monitor = first.node.monitor("address", "link")
    # the first line alone would be a change
    broken = conf(priority=50) + instance("lan", vrid=0, addresses=["192.0.2.300"])
    first.write(broken)
    refused = first.ctl("reload", status=1)
    check(f"{first.file}:" in refused.stderr, f"vrrpctl does not name file and line: {refused.stderr}")
    check("vrid" in refused.stderr, f"vrrpctl does not say what is wrong: {refused.stderr}")
    first.send(signal.SIGHUP)
    first.wait_log(f"{first.file}:")
    wait_until("both refusals are in the log", lambda: first.log_text().count(f"{first.file}:") >= 2)
    equal(first.show()["priority"], 150, "priority")
    equal([one["name"] for one in first.json("show")["instances"]], ["web"], "instances")
    equal(monitor.changes(), [], "what the kernel told")
    equal(first.states(since=marks[0]) + second.states(since=marks[1]), [], "states")
    # and a mended one is adopted
    first.reload(conf(priority=155))
    equal(first.show()["priority"], 155, "priority of the mended file")


@test
def a_vanished_file_is_refused_as_well(lab):
    first, _ = pair(lab)
    os.unlink(first.file)
    check(first.file in first.ctl("reload", status=1).stderr, "vrrpctl does not name the file")
    equal(first.show()["state"], "MASTER", "state")


if __name__ == "__main__":
    main()
