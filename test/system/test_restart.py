# SPDX-License-Identifier: GPL-2.0-or-later
"""Restarts: the successor goes on where its predecessor stopped, with its counters, its events and its addresses."""

import os
import re
import signal
import struct

from daemons import Vrrpd
from lab import check, equal, run, wait_until
from runner import LONG, main, test
from service import (ADDRESS, INTERVAL_MS, VIP, adverts_of, check_gaps, conf, events_of, gap_limit_ms, has_sanitizers,
                     pair, succeed, times, undisturbed)

RESTARTS = times(2, 50)
STATE_HEADER = 4096


def unhurried_ms():
    """A process with sanitizers takes its time to end and to start, and so does a busy machine."""
    return 100 if LONG and not has_sanitizers() else 500


def hand_over(daemon):
    """SIGUSR2, and the end of that daemon."""
    daemon.send(signal.SIGUSR2)
    daemon.expect_clean_end()


def restart(daemon):
    """As a service manager does it: the new process is started when the old one has ended, which takes what it takes."""
    hand_over(daemon)
    return succeed(daemon, configuration=conf(advert_interval=f"{unhurried_ms()}ms"))


def take_over(daemon):
    after = succeed(daemon, arguments=("-T",), configuration=conf())
    daemon.expect_clean_end()
    return after


def restarts_under_probes(lab, again, interval_ms=INTERVAL_MS):
    """The last daemon, and how the counters stood before the first restart."""
    first, second, client = pair(lab, advert_interval=f"{interval_ms}ms")
    probe = client.probe(ADDRESS)
    probe.wait_answering()
    monitor = first.node.monitor("address")
    capture = adverts_of(lab)
    before = first.counters()
    daemon = first
    for _ in range(RESTARTS):
        daemon = again(daemon)
        daemon.wait_state("MASTER")
    check_gaps(capture, gap_limit_ms(interval_ms=interval_ms), f"{RESTARTS} restarts: longest gap")
    equal([line for line in monitor.changes() if ADDRESS in line], [], "changes of the address")
    equal(second.states(), ["BACKUP"], "states of the backup")
    result = probe.result()
    check(result["lost"] <= 2, f"{result['lost']} of {result['sent']} probes were lost")
    return daemon, before


@test
def handed_over_and_started_again_nobody_notices(lab):
    restarts_under_probes(lab, restart, unhurried_ms())


@test
def taken_over_by_a_successor_nobody_notices(lab):
    restarts_under_probes(lab, take_over)


@test
def a_successor_that_cannot_serve_leaves_the_one_that_does_alone(lab):
    first, second, _ = pair(lab)
    with undisturbed(lab, first, second):
        after = Vrrpd(first.node, "global {\n  realtime = true\n}\n" + conf(), state_dir=first.state_dir, arguments=("-T",),
                      prefix=("setpriv", "--bounding-set", "-sys_nice"), wait=False)
        equal(after.wait(), 2, "exit status")
    after.wait_log("realtime = true needs CAP_SYS_NICE")
    after.wait_log("the one that serves goes on")
    equal(first.json("version")["vrrpd"]["pid"], first.pid, "who serves")


@test
def where_no_successor_could_start_nothing_is_left_to_one(lab):
    first, second, client = pair(lab)
    run("nsenter", "-t", first.pid, "-m", "-r", "mount", "-t", "tmpfs", "-o", "ro", "tmpfs", first.state_dir)
    probe = client.probe(ADDRESS)
    probe.wait_answering()
    first.send(signal.SIGUSR2)
    equal(first.wait(), 0, "exit status")
    first.wait_log("no successor could start")
    second.wait_state("MASTER")
    check(not first.node.has_address(VIP), "the address is still there")
    check(probe.result()["lost"] <= 2, "probes were lost")


@test
def who_stops_hands_nothing_over_any_more(lab):
    lab.segment("lan")
    daemon = lab.node("r1", lan="192.0.2.1/24").vrrpd(conf(priority=255, advert_interval="2s"))
    daemon.wait_state("MASTER")
    daemon.node.wait_address(VIP)
    daemon.send(signal.SIGTERM)
    daemon.wait_log("stopping: ")
    daemon.send(signal.SIGUSR2)
    daemon.wait_log("nothing to hand over any more")
    daemon.expect_clean_end()
    check(not daemon.node.has_address(VIP), "the address is still there")


@test
def counters_go_on(lab):
    daemon, before = restarts_under_probes(lab, restart, unhurried_ms())
    after = daemon.counters()
    equal(after["became_master"], before["became_master"], "how often it became master")
    check(after["adverts_sent"] > before["adverts_sent"], f"adverts_sent: {before}, then {after}")


@test
def events_go_on(lab):
    first, _, _ = pair(lab, advert_interval=f"{unhurried_ms()}ms")
    told = events_of(first)
    second = restart(first)
    after = events_of(second)
    equal(after[:len(told)], told, "the events of before")
    equal([event["seq"] for event in after], list(range(1, len(after) + 1)), "their numbers")
    equal(after[len(told)]["reason"], "resumed after a restart", "what comes next")


@test
def events_survive_a_crash(lab):
    first, _, _ = pair(lab)
    told = events_of(first)
    first.kill()
    again = succeed(first, configuration=conf())
    equal(events_of(again)[:len(told)], told, "the events of before")


def damage(path, offset, data):
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(data)


def start_with_damaged_state(lab, spoil):
    """A router whose peer has taken over while it was dead, with a state file that is not to be believed."""
    first, second, _ = pair(lab)
    first.kill()
    second.wait_state("MASTER")
    check(first.node.has_address(VIP), "the address vanished with the processes")
    spoil(os.path.join(first.state_dir, "state"))
    again = succeed(first, configuration=conf(preempt=False))
    first.node.wait_address(VIP, present=False)
    wait_until("it hears the master", lambda: again.show()["master"] is not None)
    equal(again.show()["state"], "BACKUP", "state")
    equal(second.states(), ["BACKUP", "MASTER"], "states of the new master")
    return again


@test
def a_state_file_full_of_rubbish_is_not_believed(lab):
    again = start_with_damaged_state(lab, lambda path: damage(path, 0, os.urandom(STATE_HEADER)))
    again.wait_log("the state file is of another boot or version")


@test
def a_state_file_of_another_layout_is_not_believed(lab):
    again = start_with_damaged_state(lab, lambda path: damage(path, 16, b"\xff\xff\x00\x00"))
    again.wait_log("the state file is of another boot or version")


@test
def a_fifo_in_the_place_of_a_pid_is_refused_at_the_start(lab):
    lab.segment("lan")
    state_dir = os.path.join(lab.directory, "state")
    os.mkdir(state_dir)
    os.mkfifo(os.path.join(state_dir, "protocol.pid"))
    daemon = lab.node("r1", lan="192.0.2.1/24").vrrpd(conf(), state_dir=state_dir, wait=False)
    equal(daemon.wait(), 2, "exit status")
    check("protocol.pid is not a file" in daemon.log_text(), f"what it said: {daemon.log_text()}")


@test
def a_damaged_record_is_not_believed(lab):
    def spoil(path):
        size = os.path.getsize(path)
        damage(path, STATE_HEADER, os.urandom(size - STATE_HEADER))
    again = start_with_damaged_state(lab, spoil)
    again.wait_log("1 of its records of virtual routers cannot be believed (damaged), and none was saved before that can")


def spoil_newest(path):
    """The newer of the two places that the only record has: each is preceded by its generation."""
    with open(path, "rb") as file:
        content = file.read()
    begins = [place.start() for place in re.finditer(rb"vrrp\x00", content[STATE_HEADER:])]
    newest = max(begins, key=lambda at: struct.unpack_from("=Q", content, STATE_HEADER + at - 8))
    damage(path, STATE_HEADER + newest + 100, b"\xff\xff\xff")


@test
def a_damaged_record_is_told_of_and_the_one_before_it_is_used(lab):
    lab.segment("lan")
    r1 = lab.node("r1", lan="192.0.2.1/24")
    first = r1.vrrpd(conf(advert_interval="1s"))
    first.wait_state("MASTER")
    r1.wait_address(VIP)
    wait_until("two records of a master", lambda: first.show()["counters"]["adverts_sent"] > 1)
    first.kill()
    spoil_newest(os.path.join(first.state_dir, "state"))
    again = succeed(first, configuration=conf(advert_interval="1s"))
    again.wait_log("1 of its records of virtual routers cannot be believed (damaged): the one saved before is used instead")
    check("resumed after a restart" in again.log_text(), "it did not go on")


@test
def a_state_file_that_was_cut_short_is_not_believed(lab):
    start_with_damaged_state(lab, lambda path: os.truncate(path, 100))


@test
def with_a_damaged_state_it_starts_as_if_new_although_no_peer_has_taken_over(lab):
    lab.segment("lan")
    r1 = lab.node("r1", lan="192.0.2.1/24")
    first = r1.vrrpd(conf())
    first.wait_state("MASTER")
    r1.wait_address(VIP)
    first.kill()
    damage(os.path.join(first.state_dir, "state"), 0, b"another")
    again = succeed(first, configuration=conf())
    again.wait_state("MASTER")
    equal(again.states(), ["BACKUP", "MASTER"], "states")
    r1.wait_address(VIP)


if __name__ == "__main__":
    main()
