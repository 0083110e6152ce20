#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the daemon tells a service manager that listens, in the words of sd_notify(3)."""

import os
import signal
import time

from daemons import instance
from lab import check, equal
from manager import NotifySocket
from runner import main, test

BROKEN = "instance web { interfase = eth0 }\n"


def start(lab, path=None, **environment):
    """A daemon on a machine of its own, and what hears it."""
    r1, _, _ = lab.pair()
    with r1.inside():  # which owns the name of an abstract socket
        ear = NotifySocket(path or os.path.join(lab.directory, "notify"))
    words = [f"{name}={value}" for name, value in {"NOTIFY_SOCKET": ear.name, **environment}.items()]
    return r1.vrrpd(instance(), prefix=["env", *words]), ear


@test
def ready_is_told_when_it_serves_with_the_pid_and_a_status(lab):
    daemon, ear = start(lab)
    ready = ear.wait("READY")
    equal(ready["READY"], "1", "READY")
    equal(ready["MAINPID"], str(daemon.pid), "MAINPID")
    equal(ready["STATUS"], "1 instance", "STATUS")
    os.kill(daemon.protocol_pid, signal.SIGKILL)
    daemon.wait_log("ended by signal 9")
    equal(set(ear.words()), {"READY"}, "what is told of a process that is started again")


@test
def an_abstract_socket_is_as_good(lab):
    _, ear = start(lab, path=f"\0vrrpd-test-{os.getpid()}")
    ear.wait("READY")


@test
def a_reload_is_told_from_its_beginning_to_its_end(lab):
    daemon, ear = start(lab)
    ear.wait("READY")
    mark = ear.mark()
    daemon.reload(instance(priority=120) + instance("lan", vrid=52, addresses=("192.0.2.20/24",)))
    reloading = ear.wait("RELOADING", since=mark)
    check(int(reloading["MONOTONIC_USEC"]) > 0, "a reload without its time")
    equal(ear.wait("READY", since=mark)["STATUS"], "2 instances", "STATUS")
    equal(ear.words(mark), ["RELOADING", "READY"], "what was told")


@test
def a_refused_reload_has_an_end_too(lab):
    daemon, ear = start(lab)
    ear.wait("READY")
    mark = ear.mark()
    daemon.write(BROKEN)
    daemon.ctl("reload", status=1)
    ear.wait("READY", since=mark)
    daemon.send(signal.SIGHUP)
    ear.wait("READY", since=mark, count=2)
    equal(ear.words(mark), ["RELOADING", "READY"] * 2, "what was told")


@test
def stopping_and_handing_over_are_told(lab):
    daemon, ear = start(lab)
    ear.wait("READY")
    mark = ear.mark()
    daemon.stop()
    check("giving up" in ear.wait("STOPPING", since=mark)["STATUS"], "the status of a stop")
    daemon = daemon.node.vrrpd(instance(), prefix=["env", f"NOTIFY_SOCKET={ear.name}"])
    mark = ear.mark()
    daemon.send(signal.SIGUSR2)
    check("successor" in ear.wait("STOPPING", since=mark)["STATUS"], "the status of a hand-over")
    daemon.expect_clean_end()


@test
def signs_of_life_come_twice_as_often_as_they_are_expected(lab):
    begin = time.monotonic()
    _, ear = start(lab, WATCHDOG_USEC="400000")
    ear.wait("WATCHDOG", count=10)
    took = time.monotonic() - begin
    check(1.8 < took < 20, f"ten signs of life took {took:.1f} s")


@test
def another_processs_watchdog_is_not_ours(lab):
    daemon, ear = start(lab, WATCHDOG_USEC="100000", WATCHDOG_PID="1")
    ear.wait("READY")
    daemon.reload()
    equal(ear.words(), ["READY", "RELOADING", "READY"], "what was told")
    check(not any("WATCHDOG" in message for message in ear.messages), "signs of life for somebody else")


main()
