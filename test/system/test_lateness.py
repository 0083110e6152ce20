# SPDX-License-Identifier: GPL-2.0-or-later
"""A process that did not run for a while: what it does when it wakes up, and what it says of it."""

import os
import signal
import subprocess
import time

from daemons import descendants
from lab import Process, check, equal, wait_until
from runner import main, often, test
from service import (INTERVAL_MS, VIP, adverts_of, check_gaps, events_of, gap_limit_ms, pair,
                     realtime_is_refused_here, times)

SPELLS_S = times((0.5, 2), (0.5, 1, 2, 3, 5, 10) * 4)


class Stopped:
    """A process that does not run between here and there; a fixed length of time is what is tested."""

    def __init__(self, pid):
        self.pid = pid

    def __enter__(self):
        self.since = time.monotonic()
        os.kill(self.pid, signal.SIGSTOP)

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGCONT)
        self.seconds = time.monotonic() - self.since


def late_events(daemon, since=0):
    return [event for event in events_of(daemon) if event["event"] == "late" and event["seq"] > since]


def last_seq(daemon):
    return events_of(daemon)[-1]["seq"]


def check_spell(daemon, since, seconds):
    """One event of about that length."""
    spells = wait_until("the spell is told", lambda: late_events(daemon, since))
    equal(len(spells), 1, f"events of one spell: {spells}; their number")
    told_ms = int(spells[0]["text"].split(" for ")[1].split()[0])
    # less by what was left of the running timer when it began
    check(seconds * 1000 - 300 <= told_ms <= seconds * 1000 + 2000,
          f"{told_ms} ms were told of a spell of {seconds:.1f} s")


@test
def a_backup_that_was_stopped_does_not_take_over_from_a_living_master(lab):
    first, second, _ = pair(lab)
    for seconds in SPELLS_S:
        since = last_seq(second)
        with Stopped(second.protocol_pid) as _:
            time.sleep(seconds)
        # one that was over before anything was due is none
        if seconds * 1000 > 5 * INTERVAL_MS:
            check_spell(second, since, seconds)
    equal(second.states(), ["BACKUP"], "states of the backup")
    equal(first.states(), ["BACKUP", "MASTER"], "states of the master")


@test
def an_old_master_that_wakes_up_beside_a_better_one_yields_without_a_burst(lab):
    first, second, _ = pair(lab)
    capture = adverts_of(lab, "192.0.2.2")
    for seconds in SPELLS_S:
        mark = second.mark()
        # r1 away: r2 takes over, and is stopped before r1 comes back
        first.ctl("force", "off", "web")
        second.wait_state("MASTER", since=mark)
        since = last_seq(second)
        sent = len(capture.adverts())
        with Stopped(second.protocol_pid):
            first.ctl("release", "web")
            wait_until("the better one is master", lambda: first.show()["state"] == "MASTER")
            time.sleep(seconds)
        mark = second.mark()
        second.wait_state("BACKUP", since=mark - 1)
        second.node.wait_address(VIP, present=False)
        check(late_events(second, since), "the spell was not told")
        woke = len(capture.adverts()) - sent
        # while it slept the other sent one each interval: it must not answer them all
        check(woke <= 3, f"{woke} advertisements of one that woke up beside a better master")
        equal(first.show()["state"], "MASTER", "state of the better one")


@often
def a_master_that_was_stopped_for_less_than_the_others_wait_goes_on(lab):
    first, second, _ = pair(lab, advert_interval="1s")
    capture = adverts_of(lab)
    since = last_seq(first)
    with Stopped(first.protocol_pid):
        time.sleep(1.5)
    wait_until("the spell is told", lambda: late_events(first, since))
    check_gaps(capture, 3000)
    equal(second.states(), ["BACKUP"], "states of the backup")
    equal(first.states(), ["BACKUP", "MASTER"], "states of the master")


@often
def starved_by_programs_that_never_rest_it_keeps_its_state(lab):
    """Without realtime, against busy programs of the same priority on every processor."""
    first, second, client = pair(lab, advert_interval="1s")
    busy = [Process(client, ["sh", "-c", "while :; do :; done"]) for _ in range(2 * os.cpu_count())]
    capture = adverts_of(lab)
    wait_until("some advertisements", lambda: len(capture.adverts()) >= times(4, 10), deadline_s=90, every_s=0.5)
    for process in busy:
        process.end(signal.SIGKILL)
    equal(second.states(), ["BACKUP"], "states of the backup")
    equal(first.states(), ["BACKUP", "MASTER"], "states of the master")


@test
def realtime_puts_the_protocol_process_before_all_others(lab):
    if realtime_is_refused_here():
        return
    first, _, _ = pair(lab, first_head="global {\n  realtime = true\n}\n")
    policy = subprocess.run(["chrt", "-p", str(first.protocol_pid)], capture_output=True, text=True, check=True).stdout
    check("SCHED_FIFO" in policy, policy)
    for pid in (first.pid, *(pid for pid in descendants(first.pid) if pid != first.protocol_pid)):
        policy = subprocess.run(["chrt", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
        check("SCHED_OTHER" in policy, f"another process of ours: {policy}")


@often
def with_realtime_busy_programs_delay_no_advertisement(lab):
    """Programs that never rest, of the highest ordinary priority, on every processor."""
    if realtime_is_refused_here():
        return
    first, second, client = pair(lab, first_head="global {\n  realtime = true\n}\n")
    capture = adverts_of(lab)
    busy = [Process(client, ["nice", "-n", "-20", "sh", "-c", "while :; do :; done"]) for _ in range(2 * os.cpu_count())]
    wait_until("some advertisements", lambda: len(capture.adverts()) >= times(10, 30), deadline_s=90, every_s=0.5)
    for process in busy:
        process.end(signal.SIGKILL)
    check_gaps(capture, gap_limit_ms(1.2))
    equal(second.states(), ["BACKUP"], "states of the backup")


if __name__ == "__main__":
    main()
