# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of undisturbed service have in common: a master and its backup that know each other, and what the peer, the
client and the kernel noticed of whatever was done to them.
"""

import contextlib
import datetime
import functools
import json
import os
import time

from daemons import Vrrpd, instance
from lab import Failure, binary, check, equal, run, wait_until
from runner import LONG

VIP = "192.0.2.10/24"
ADDRESS = "192.0.2.10"


def times(short, long):
    """How often: before a release, and otherwise."""
    return long if LONG else short


INTERVAL_MS = times(200, 100)


@functools.cache
def has_sanitizers():
    return "sanitizer" in run(binary("vrrpd"), "-V").stdout


def gap_limit_ms(intervals=1.5, interval_ms=INTERVAL_MS):
    """
    How long a master may be silent: so many intervals where a release is tried at length. On a machine that is busy with other
    tests, and with sanitizers, a process may take a while: three then, which is what a peer waits at least.
    """
    return (intervals if LONG and not has_sanitizers() else 3) * interval_ms


def realtime_is_refused_here():
    """Where neither root nor a limit gives SCHED_FIFO and locked memory; says so."""
    refused = run("setpriv", "--bounding-set", "-all,+sys_nice,+ipc_lock", "chrt", "-f", "20", "true", status=None)
    if refused.returncode:
        print(f"     not allowed on this machine, and not tested: {refused.stderr.strip()}")
    return bool(refused.returncode)


def conf(**keys):
    return instance(**{"priority": 150, "advert_interval": f"{INTERVAL_MS}ms", "announce_repeat": "0s", **keys})


def slow_down(first, second, interval="10s"):
    """An interval so long that nothing which happens meanwhile is the timers' doing. conf() brings it back."""
    second.reload(conf(priority=100, advert_interval=interval))
    first.reload(conf(advert_interval=interval))
    wait_until("the long interval is heard", lambda: second.show()["master_advert_interval_ms"] > 1000)


def hurry_again(first, second):
    first.reload(conf())
    second.reload(conf(priority=100))


def heard_master(daemon, since=0):
    """Waits until a backup has heard a master."""
    daemon.wait_event("the master is heard", lambda event: event["event"] == "master", since=since)


def pair(lab, first_options=None, first_head="", **keys):
    """r1 MASTER with 150 and its address, r2 BACKUP with 100 that has heard it, and a client. first_head: a global section."""
    r1, r2, client = lab.pair()
    first = r1.vrrpd(first_head + conf(**keys), **(first_options or {}))
    first.wait_state("MASTER")
    r1.wait_address(VIP)
    second = r2.vrrpd(conf(**{**keys, "priority": 100}))
    heard_master(second)
    return first, second, client


def adverts_of(lab, address="192.0.2.1"):
    """Records one router's advertisements."""
    return lab.segments["lan"].capture(only=f"ip proto 112 and src host {address}")


def longest_gap(capture):
    """Between two advertisements that were recorded, until two more have come than have by now: ms, and when it began."""
    def times_sent():
        return [advert.time for advert in capture.adverts(vrid=51)]
    count = len(times_sent())
    wait_until("advertisements go on", lambda: len(times_sent()) >= count + 2, every_s=0.2)
    sent = times_sent()
    return max(((later - earlier) * 1000, earlier) for earlier, later in zip(sent, sent[1:]))


def check_gaps(capture, limit_ms, why="longest gap"):
    """Who is recorded was never silent for that long."""
    gap, began = longest_gap(capture)
    when = datetime.datetime.fromtimestamp(began, datetime.timezone.utc)
    print(f"     {why} {gap:.0f} ms")
    check(gap < limit_ms, f"no advertisement for {gap:.0f} ms after {when:%H:%M:%S.%f}")


@contextlib.contextmanager
def undisturbed(lab, first, second, gap_ms=None, why="longest gap"):
    """
    Whatever is done meanwhile: neither router changes its state, the kernel's VIP is not touched, and the master is
    never silent for longer than that, or than gap_limit_ms().
    """
    second_mark = second.mark()
    monitor = first.node.monitor("address")
    capture = adverts_of(lab)
    yield capture
    check_gaps(capture, gap_ms or gap_limit_ms(), why)
    changes = [line for line in monitor.changes() if ADDRESS in line]
    equal(changes, [], "changes of the address")
    equal(second.states(since=second_mark), [], "changes of the backup's state")
    equal(first.show()["state"], "MASTER", "state")


def other_protocol(daemon, before):
    """The pid of a protocol process that answers and is not that one, or None."""
    if daemon.ctl("version", status=None).returncode != 0:
        return None
    with contextlib.suppress(Failure, FileNotFoundError, ProcessLookupError):  # between the two of them
        pid = daemon.protocol_pid
        return pid if pid != before else None
    return None


def wait_other_protocol(daemon, before):
    """Until another protocol process answers than the one of that pid; its pid."""
    return wait_until("another protocol process", lambda: other_protocol(daemon, before), every_s=0.01)


def events_of(daemon):
    """All that its process remembers."""
    return [json.loads(line) for line in daemon.ctl("-j", "events", "-n", 100000).stdout.splitlines()]


def succeed(before, arguments=(), configuration=None):
    """Starts a daemon in the place of one that has left its protocol process behind, or that is told to make way."""
    after = Vrrpd(before.node, configuration, state_dir=before.state_dir, arguments=arguments, wait=False)

    def answers():
        check(after.running, f"{after.title} ended at its start with status {after.popen.poll()}")
        done = after.ctl("-j", "show", status=None)
        return done.returncode == 0 and json.loads(done.stdout)["pid"] == after.pid
    wait_until("the successor answers", answers, every_s=0.01)
    after.follow()
    return after


def kill_protocol(daemon, number):
    """Ends the protocol process by a signal, and waits for its successor."""
    before = daemon.protocol_pid
    os.kill(before, number)
    return wait_other_protocol(daemon, before)


def every(seconds):
    """Once each so many seconds, from now: for what must not happen too often. No outcome is waited for with it."""
    due = time.monotonic()
    while True:
        yield
        due += seconds
        time.sleep(max(0, due - time.monotonic()))
