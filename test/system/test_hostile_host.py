# SPDX-License-Identifier: GPL-2.0-or-later
"""A host that works against its router: addresses that vanish, interfaces that flap, another host that uses the address."""

import statistics
import time

from lab import Process, check, equal, run, wait_until
from runner import main, often, test
from service import ADDRESS, VIP, events_of, hurry_again, pair, slow_down, times, undisturbed

MORE = [VIP, "192.0.2.11/24", "192.0.2.12/24"]
REMOVALS = times(4, 20)
FLAPS = 100


def back_after_ms(monitor_lines):
    """From each removal that `ip -ts monitor` told to the address being there again."""
    gone, result = None, []
    for line in monitor_lines:
        if ADDRESS + "/" not in line:
            continue
        at = stamp(line)
        if "Deleted" in line:
            gone = at
        elif gone is not None:
            result.append((at - gone) * 1000)
            gone = None
    return result


def stamp(line):
    """[2026-11-21T13:00:00.123456] in seconds of the day."""
    clock = line[line.index("T") + 1:line.index("]")]
    hours, minutes, seconds = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


class StampedMonitor:
    """`ip monitor` with the times at which it heard."""

    def __init__(self, node):
        self.path = node.lab.file("monitor", "")
        self.node = node
        self.process = Process(node, ["ip", "-ts", "-o", "monitor", "address"], log=self.path)
        wait_until("ip monitor at work", self._mark)

    def _mark(self):
        self.node.ip("addr", "add", "203.0.113.9/32", "dev", "lo")
        self.node.ip("addr", "del", "203.0.113.9/32", "dev", "lo")
        with open(self.path, encoding="utf-8") as file:
            return "Deleted" in file.read()

    def lines(self):
        with open(self.path, encoding="utf-8") as file:
            return file.read().splitlines()


@test
def a_removed_address_is_back_at_once_and_no_state_changed(lab):
    first, second, client = pair(lab)
    probe = client.probe(ADDRESS)
    probe.wait_answering()
    monitor = StampedMonitor(first.node)
    for count in range(1, REMOVALS + 1):
        first.node.ip("addr", "del", VIP, "dev", "eth0")
        wait_until("it is back", lambda n=count: len(back_after_ms(monitor.lines())) == n, every_s=0.01)
        # who removes it again within a second each time is somebody to give way to
        time.sleep(1.1)
    took = back_after_ms(monitor.lines())
    print(f"     back after {statistics.median(took):.1f} ms (median), {max(took):.1f} ms at most; "
          f"{probe.result()['longest_gap_ms']:.1f} ms without an answer")
    check(statistics.median(took) < 50, f"back after {took} ms")
    equal(first.states(), ["BACKUP", "MASTER"], "states")
    equal(second.states(), ["BACKUP"], "states of the backup")
    equal(first.counters()["addresses_restored"], REMOVALS, "addresses put back")


@often
def all_addresses_removed_at_once_are_back_at_once(lab):
    first, second, _ = pair(lab, addresses=MORE)
    for address in MORE:
        first.node.wait_address(address)
    # which looks ten times whether anything is there again, and fails if there always is
    first.node.ip("addr", "flush", "dev", "eth0", "scope", "global", "to", "192.0.2.8/29", status=None)
    for address in MORE:
        first.node.wait_address(address)
    equal(first.states(), ["BACKUP", "MASTER"], "states")
    equal(second.states(), ["BACKUP"], "states of the backup")


@often
def an_interface_that_was_flushed_hands_over_and_serves_again_when_it_has_its_address(lab):
    """`ip addr flush` takes the address to send from as well: there is nothing to be master with."""
    first, second, _ = pair(lab)
    first.node.ip("addr", "flush", "dev", "eth0")
    first.wait_state("FAULT")
    second.wait_state("MASTER")
    equal(first.node.addresses(), [], "addresses")
    first.node.ip("addr", "add", "192.0.2.1/24", "dev", "eth0")
    first.wait_state("MASTER")
    first.node.wait_address(VIP)
    second.wait_state("BACKUP")
    second.node.wait_address(VIP, present=False)


@often
def who_loses_its_address_to_send_from_tells_the_others_with_the_last_one(lab):
    first, second, _ = pair(lab)
    slow_down(first, second)
    start = time.monotonic()
    mark = second.mark()
    first.node.ip("addr", "flush", "dev", "eth0")
    second.wait_state("MASTER", since=mark)
    took_s = time.monotonic() - start
    check(took_s < 5, f"the backup learnt of it after {took_s:.1f} s")
    equal(events_of(second)[-1].get("reason"), "the master released the addresses", "why it is master")
    first.node.ip("addr", "add", "192.0.2.1/24", "dev", "eth0")
    first.wait_state("BACKUP")
    hurry_again(first, second)


@often
def an_interface_that_flaps_leaves_one_master_with_the_address(lab):
    first, second, _ = pair(lab)
    batch = lab.file("flaps", "link set eth0 down\nlink set eth0 up\n")
    start = time.monotonic()
    for number in range(FLAPS):
        run("ip", "-n", first.node.namespace, "-batch", batch)
        time.sleep(max(0, start + (number + 1) * 0.1 - time.monotonic()))
    first.wait_state("MASTER", since=first.mark() - 1)
    first.node.wait_address(VIP)
    wait_until("one of them serves", lambda: second.show()["state"] == "BACKUP" and first.show()["state"] == "MASTER")
    second.node.wait_address(VIP, present=False)
    equal(sorted(first.node.addresses()), ["192.0.2.1/24", VIP], "addresses")
    spoken = len(first.log_text().splitlines())
    check(spoken < 20 * FLAPS, f"{spoken} lines in the log of {FLAPS} flaps")


@often
def a_link_that_is_deleted_and_made_again_serves_again(lab):
    first, second, _ = pair(lab)
    lab.switch.ip("link", "del", first.node.port("eth0"))
    first.wait_state("FAULT")
    second.wait_state("MASTER")
    first.node.add_interface("eth0", "lan", "192.0.2.1/24")
    first.wait_state("MASTER")
    first.node.wait_address(VIP)
    second.node.wait_address(VIP, present=False)


@often
def another_host_with_the_address_is_told_of_with_its_hardware_address(lab):
    first, _, client = pair(lab)
    client.ip("addr", "add", "192.0.2.10/32", "dev", "eth0")
    # what a host does that gets the address
    frame = (bytes.fromhex("ffffffffffff") + bytes.fromhex(client.mac().replace(":", "")) + b"\x08\x06" +
             bytes.fromhex("0001080006040001") + bytes.fromhex(client.mac().replace(":", "")) + bytes([192, 0, 2, 10]) +
             bytes(6) + bytes([192, 0, 2, 10]))

    def told():
        for _ in range(50):
            client.send_frame("eth0", frame.ljust(60, b"\0"))
        return [event for event in first.events if event["event"] == "conflict"]
    with undisturbed(lab, first, lab.daemons[1]):
        # what comes within three intervals of a take-over may belong to the move, and is not told
        event = wait_until("the conflict", told, every_s=0.1)[0]
    check(client.mac() in event["text"] and ADDRESS in event["text"], f"what is told: {event}")
    equal(event["what"], "address-in-use", "what it is called")
    conflicts = [event for event in events_of(first) if event["event"] == "conflict"]
    equal(len(conflicts), 1, "how often it is told")


@often
def two_masters_that_have_been_healed_announce_again_and_run_their_hook_again(lab):
    out = lab.file("out", "")
    hook = lab.file("hook", f'#!/bin/sh\necho "$3" >> {out}\n')
    run("chmod", "755", hook)
    run("chmod", "666", out)
    first, second, client = pair(lab, notify=hook)
    first.node.deafen()
    second.node.deafen()
    second.wait_state("MASTER")
    capture = lab.segments["lan"].capture(only=f"arp and ether src {first.node.mac()}")
    mark = first.mark()
    before = len(open(out, encoding="ascii").read().split())
    first.node.deafen(False)
    second.node.deafen(False)
    second.wait_state("BACKUP")
    first.wait_event("it is told", lambda event: event["event"] == "conflict", since=mark)
    wait_until("announcements of the one that stays",
               lambda: any(arp.sender == ADDRESS and arp.gratuitous for arp in capture.arps()), every_s=0.2)
    wait_until("its hook again", lambda: open(out, encoding="ascii").read().split()[before:].count("MASTER") >= 1)
    equal(first.states(), ["BACKUP", "MASTER"], "states of the one that stays")


if __name__ == "__main__":
    main()
