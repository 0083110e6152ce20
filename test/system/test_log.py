# SPDX-License-Identifier: GPL-2.0-or-later
"""What the log tells: enough for an operator at its usual level, and for an engineer line by line at debug."""

import re
import socket

from daemons import instance
from lab import check, equal, wait_until
from runner import main, test

TWO = ["192.0.2.10/24", "192.0.2.11/24"]
FAST = {"advert_interval": "100ms", "announce_repeat": "0s"}


def matching(daemon, pattern):
    """The lines of the log that match, without their time."""
    return [line.partition(" ")[2] for line in daemon.log_text().splitlines() if re.search(pattern, line)]


def wait_lines(daemon, pattern):
    return wait_until(f"{daemon.title}: a line {pattern!r} in its log", lambda: matching(daemon, pattern))


def master_and_backup(lab, level):
    """A pair that logs at that level."""
    r1, r2, _ = lab.pair()
    conf = f"global {{\n  log-level = {level}\n  script-user = root\n}}\n" \
           'script good {\n  command = "exit 0"\n  interval = 200ms\n}\n'
    first = r1.vrrpd(conf + instance(priority=150, addresses=TWO, **FAST)[:-2] + "  track-script good { weight = 1 }\n}\n")
    first.wait_state("MASTER")
    second = r2.vrrpd(conf.partition("script good")[0] + instance(addresses=TWO, **FAST))
    second.wait_event("the master is heard", lambda event: event["event"] == "master")
    return first, second


@test
def a_take_over_is_told_with_its_addresses_and_how_long_they_took(lab):
    first, second = master_and_backup(lab, "info")
    wait_lines(first, "in place")
    first.ctl("force", "backup", "web", "--wait")
    wait_lines(second, "in place")
    for daemon in (first, second):
        lines = matching(daemon, "in place")
        equal(len(lines), 1, f"lines of {daemon.title}")
        check(re.fullmatch(r"info: web: 2 addresses in place after [0-9.]+m?s, announced", lines[0]), lines[0])
        equal(matching(daemon, " debug: "), [], f"lines of debug of {daemon.title}")


@test
def at_debug_each_advertisement_is_told_with_what_became_of_it(lab):
    first, second = master_and_backup(lab, "debug")
    with first.node.inside(), socket.socket(socket.AF_INET, socket.SOCK_RAW, 112) as raw:
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("192.0.2.1"))
        for _ in range(3):  # what is told once a minute as a warning is told each time here
            raw.sendto(bytes([0x31, 51, 100, 1, 0, 100, 0, 0, 192, 0, 2, 10]), ("224.0.0.18", 0))
    wait_until("three refusals", lambda: len(matching(
        second, "debug: web: advertisement from 192.0.2.1 refused: checksum does not match")) == 3)
    equal(len(matching(second, "warning: web: advertisement from 192.0.2.1 refused")), 1, "warnings")
    for daemon, pattern in (
            (first, r"debug: web: advertisement sent: priority 15[01]; MASTER, next advertisement in [0-9.]+ms$"),
            (second, r"debug: web: advertisement from 192.0.2.1 accepted: priority 15[01], every 100ms, 2 addresses; "
                     r"BACKUP, master down timer 3[56][0-9.]+ms$"),
            (first, "debug: web: the kernel is asked to add 192.0.2.10/24 dev eth0$"),
            (first, "debug: the kernel has added 192.0.2.10/24 dev eth0$"),
            (first, "debug: web: 192.0.2.11/24 dev eth0 is announced$"),
            (first, "debug: interface eth0 has index [0-9]+, is up, sends from 192.0.2.1 and no IPv6 address$"),
            (first, "debug: script good: exit status 0 after [0-9]+ ms$")):
        wait_lines(daemon, pattern)


if __name__ == "__main__":
    main()
