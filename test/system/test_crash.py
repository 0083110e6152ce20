# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes that are killed while a client asks for the address: the client, the peer and the kernel notice nothing."""

import contextlib
import ctypes
import json
import os
import platform
import re
import signal
import time

from daemons import alive, instance
from lab import Failure, check, equal, wait_until
from runner import main, often, test
from service import (ADDRESS, VIP, adverts_of, check_gaps, conf, events_of, every, gap_limit_ms, hurry_again,
                     kill_protocol, pair, slow_down, succeed, times, undisturbed, wait_other_protocol)

KILLS = times(4, 200)
STARTS = times(3, 50)
PAUSE_S = times(0.3, 2.6)  # five deaths within ten seconds would end the daemon, as they should


def crash_under_probes(lab, number, count):
    first, second, client = pair(lab)
    probe = client.probe(ADDRESS)
    probe.wait_answering()
    with undisturbed(lab, first, second, why=f"{count} times signal {number}: longest gap"):
        pause = every(PAUSE_S)
        for _ in range(count):
            next(pause)
            kill_protocol(first, number)
    result = probe.result()
    check(result["lost"] <= 2, f"{result['lost']} of {result['sent']} probes were lost")
    equal([(event["from"], event["to"], event["reason"]) for event in events_of(first) if event["event"] == "state"][-1:],
          [("MASTER", "MASTER", "resumed after a restart")], "what the last one tells of its start")


@test
def a_protocol_process_that_is_killed_again_and_again_is_missed_by_nobody(lab):
    crash_under_probes(lab, signal.SIGKILL, KILLS)


@often
def a_protocol_process_that_crashes_is_missed_by_nobody(lab):
    # a sanitizer would make a report of it
    first, second, _ = pair(lab, {"prefix": ("env", "ASAN_OPTIONS=handle_segv=0:exitcode=99")})
    for number in (signal.SIGSEGV, signal.SIGABRT):
        with undisturbed(lab, first, second, why=f"signal {number}: longest gap"):
            kill_protocol(first, number)


def mapped_from_files(pid):
    """(inode, first byte, end) of each mapping of a file, and whether it is locked. Paths may begin outside of our root."""
    text = open(f"/proc/{pid}/smaps", encoding="utf-8").read()
    for match in re.finditer(r"^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ ([1-9]\d*) +/.*?$.*?^VmFlags: (.*?)$", text,
                             re.MULTILINE | re.DOTALL):
        begin, end, offset = (int(match[n], 16) for n in (1, 2, 3))
        yield int(match[4]), offset, offset + end - begin, "lo" in match[5].split()


def not_in_memory(daemon):
    """What a protocol process is made of, and the supervisor has not locked."""
    state = os.stat(os.path.join(daemon.state_dir, "state")).st_ino
    locked = [part[:3] for part in mapped_from_files(daemon.pid) if part[3]]
    parts = [part[:3] for part in mapped_from_files(daemon.protocol_pid) if part[0] != state]
    check(len(parts) > 20, f"it has only {parts}")
    if os.path.exists("/etc/ld.so.cache"):
        parts.append((os.stat("/etc/ld.so.cache").st_ino, 0, 1))
    return [(inode, begin) for inode, begin, end in parts
            if not any(inode == there and first <= begin and end <= last for there, first, last in locked)]


@test
def the_program_of_the_next_process_stays_in_memory(lab):
    daemon = lab.node("r1").vrrpd(conf())
    wait_until("all is locked", lambda: not not_in_memory(daemon))
    daemon.ctl("upgrade")
    wait_until("all is locked after an upgrade", lambda: not not_in_memory(daemon))


@test
def who_may_lock_nothing_says_so_and_serves(lab):
    daemon = lab.node("r1").vrrpd(conf(), prefix=("prlimit", "--memlock=65536", "setpriv", "--bounding-set", "-ipc_lock"))
    daemon.wait_log("the program cannot be kept in memory: Cannot allocate memory")
    equal(daemon.show()["state"] in ("BACKUP", "MASTER", "FAULT"), True, "it serves")


@test
def a_crash_while_a_reload_is_taken_over_loses_no_mastership(lab):
    lab.segment("lan")

    def settings(number, priority):
        return instance(vrid=number, priority=priority, advert_interval="1s", addresses=[f"192.0.2.{number}/24"])
    daemons = {number: lab.node(f"n{number}", lan=f"192.0.2.{100 + number}/24").vrrpd(settings(number, 150))
               for number in range(11, 19)}
    for daemon in daemons.values():
        daemon.wait_state("MASTER")
    for number, daemon in daemons.items():
        victim = daemon.protocol_pid
        daemon.write(settings(number, 140))
        daemon.send(signal.SIGHUP)
        # each at another moment of it, which takes a few milliseconds
        time.sleep((number - 10) * 0.0004)
        os.kill(victim, signal.SIGKILL)
        wait_other_protocol(daemon, victim)
    for daemon in daemons.values():
        wait_until("it has gone on", lambda one=daemon: "resumed after a restart" in one.log_text()
                   or one.log_text().count("INIT -> ") > 1)
        equal(daemon.log_text().count("INIT -> "), 1, "beginnings")


@test
def who_has_yielded_serves_through_a_crash_until_it_hears_its_successor(lab):
    first, second, client = pair(lab, advert_interval="1s")
    probe = client.probe(ADDRESS)
    probe.wait_answering()
    # the one that is to follow does not hear of it for a while
    os.kill(second.protocol_pid, signal.SIGSTOP)
    first.ctl("force", "backup", "web")
    kill_protocol(first, signal.SIGKILL)
    shown = first.show()
    equal((shown["state"], shown["lingering"]), ("BACKUP", True), "state, and whether it still serves")
    os.kill(second.protocol_pid, signal.SIGCONT)
    second.wait_state("MASTER")
    second.node.wait_address(VIP)
    first.node.wait_address(VIP, present=False)
    result = probe.result()
    check(result["lost"] <= 2, f"{result['lost']} of {result['sent']} probes were lost")


@test
def who_stops_serves_through_a_crash_until_it_hears_its_successor(lab):
    first, second, client = pair(lab, advert_interval="1s")
    probe = client.probe(ADDRESS)
    probe.wait_answering()
    os.kill(second.protocol_pid, signal.SIGSTOP)
    first.send(signal.SIGTERM)
    first.wait_state("INIT")
    kill_protocol(first, signal.SIGKILL)
    check(first.node.has_address(VIP), "it has gone with the process")
    os.kill(second.protocol_pid, signal.SIGCONT)
    second.wait_state("MASTER")
    first.expect_clean_end()
    equal(first.node.addresses(), ["192.0.2.1/24"], "addresses")
    result = probe.result()
    check(result["lost"] <= 2, f"{result['lost']} of {result['sent']} probes were lost")


@test
def who_stops_and_crashes_twice_lets_go_at_once(lab):
    first, second, _ = pair(lab, advert_interval="1s")
    os.kill(second.protocol_pid, signal.SIGSTOP)
    first.send(signal.SIGTERM)
    first.wait_state("INIT")
    kill_protocol(first, signal.SIGKILL)
    os.kill(first.protocol_pid, signal.SIGKILL)
    equal(first.wait(), 3, "exit status")
    equal(first.node.addresses(), ["192.0.2.1/24"], "addresses")
    os.kill(second.protocol_pid, signal.SIGCONT)


@often
def who_is_told_to_stop_as_it_crashes_leaves_nothing_behind(lab):
    first, second, _ = pair(lab)
    os.kill(first.protocol_pid, signal.SIGKILL)
    first.stop()
    equal(first.node.addresses(), ["192.0.2.1/24"], "addresses")
    second.wait_state("MASTER")


@test
def what_a_reload_took_away_serves_through_a_crash_until_a_successor_can(lab):
    lab.segment("lan")
    timing = {"advert_interval": "2s", "priority": 255}  # an owner, so that it serves at once
    node = lab.node("a", lan="192.0.2.1/24")
    daemon = node.vrrpd(instance(**timing))
    daemon.wait_state("MASTER")
    node.wait_address(VIP)
    daemon.reload(instance("other", vrid=52, addresses=["192.0.2.20/24"], **timing))
    kill_protocol(daemon, signal.SIGKILL)
    daemon.wait_state("MASTER", "other")
    check(node.has_address(VIP), "it has gone with the process")
    node.wait_address(VIP, present=False)


@test
def an_address_that_went_to_another_vrid_serves_through_a_crash_until_a_successor_can(lab):
    lab.segment("lan")
    node = lab.node("a", lan="192.0.2.1/24")
    daemon = node.vrrpd(instance(advert_interval="2s", priority=255))  # an owner, so that it serves at once
    daemon.wait_state("MASTER")
    node.wait_address(VIP)
    daemon.reload(instance(vrid=52, advert_interval="2s", priority=100))
    kill_protocol(daemon, signal.SIGKILL)
    equal(daemon.show()["state"], "BACKUP", "state")
    check(node.has_address(VIP), "it has gone with the process")
    node.wait_address(VIP, present=False)


def packet_sockets(node):
    """The inodes of all of them."""
    return {line.split()[-1] for line in node.run("cat", "/proc/net/packet").stdout.splitlines()[1:]}


def sockets_of(pid):
    found = set()
    for descriptor in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            found.add(os.readlink(f"/proc/{pid}/fd/{descriptor}").removeprefix("socket:[").rstrip("]"))
    return found


def wait_kept(daemon):
    """Until the supervisor has those of the protocol process that serves, and no others are there: their inodes."""
    def kept():
        there = packet_sockets(daemon.node)
        return there and there <= sockets_of(daemon.pid) and there <= sockets_of(daemon.protocol_pid) and there
    return wait_until("all packet sockets are with both processes", kept)


@test
def the_end_of_a_protocol_process_waits_for_no_packet_socket(lab):
    """Whoever closes the last descriptor of one waits for the kernel, tens of milliseconds, and so did the news of its end."""
    first, _, _ = pair(lab)
    before = wait_kept(first)
    kill_protocol(first, signal.SIGKILL)
    check(not wait_kept(first) & before, "the dead one's packet sockets are still open")
    first.ctl("upgrade")
    wait_kept(first)


@test
def a_supervisor_that_is_killed_leaves_the_service_as_it_is_and_the_next_start_adopts_it(lab):
    first, second, client = pair(lab)
    probe = client.probe(ADDRESS)
    probe.wait_answering()
    monitor = first.node.monitor("address")
    capture = adverts_of(lab)
    current = first
    for _ in range(STARTS):
        orphan = current.protocol_pid
        os.kill(current.pid, signal.SIGKILL)
        current.wait()
        check(alive(orphan), "the protocol process ended with its supervisor")
        current = succeed(current, configuration=conf())
        current.wait_state("MASTER")
        check(not alive(orphan), "the orphan is still there")
    check_gaps(capture, gap_limit_ms())
    equal([line for line in monitor.changes() if ADDRESS in line], [], "changes of the address")
    equal(second.states(), ["BACKUP"], "states of the backup")
    check(probe.result()["lost"] <= 2, "probes were lost")


@test
def all_processes_killed_the_next_start_goes_on_where_they_were(lab):
    first, second, client = pair(lab, advert_interval="1s")
    probe = client.probe(ADDRESS)
    probe.wait_answering()
    monitor = first.node.monitor("address")
    current = first
    for _ in range(STARTS):
        current.kill()
        current = succeed(current, configuration=conf(advert_interval="1s"))
        current.wait_state("MASTER")
    equal([line for line in monitor.changes() if ADDRESS in line], [], "changes of the address")
    equal(second.states(), ["BACKUP"], "states of the backup")
    check(probe.result()["lost"] <= 2, "probes were lost")


@often
def a_crash_of_the_backup_changes_nothing(lab):
    first, second, _ = pair(lab)
    kill_protocol(second, signal.SIGKILL)
    wait_until("it hears the master", lambda: second.show()["master"] is not None)
    equal(second.show()["state"], "BACKUP", "state of the backup")
    equal(first.states(), ["BACKUP", "MASTER"], "states of the master")
    check(not second.node.has_address(VIP), "the backup has the address")


@often
def a_loop_of_crashes_ends_with_the_addresses_gone_and_status_3(lab):
    first, second, _ = pair(lab)
    for _ in range(4):
        kill_protocol(first, signal.SIGKILL)
    os.kill(first.protocol_pid, signal.SIGKILL)
    equal(first.wait(), 3, "exit status")
    equal(first.node.addresses(), ["192.0.2.1/24"], "addresses")
    second.wait_state("MASTER")
    first.wait_log("virtual addresses withdrawn")


# of <sys/ptrace.h>, and x86-64's registers
PTRACE_POKETEXT, PTRACE_GETREGS, PTRACE_ATTACH, PTRACE_DETACH = 4, 12, 16, 17
REGISTERS, INSTRUCTION_POINTER = 27, 16
JUMP_TO_ITSELF = 0xFEEB


def make_stuck(pid):
    """From now on it runs one instruction for ever: alive, and of no use."""
    ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    ptrace.restype = ctypes.c_long
    registers = (ctypes.c_ulong * REGISTERS)()
    check(ptrace(PTRACE_ATTACH, pid, None, None) == 0, "cannot attach")
    os.waitpid(pid, 0x40000000)  # __WALL
    check(ptrace(PTRACE_GETREGS, pid, None, registers) == 0, "cannot read the registers")
    check(ptrace(PTRACE_POKETEXT, pid, registers[INSTRUCTION_POINTER], JUMP_TO_ITSELF) == 0, "cannot write")
    check(ptrace(PTRACE_DETACH, pid, None, None) == 0, "cannot detach")


@often
def a_protocol_process_that_is_stuck_is_replaced_and_goes_on(lab):
    if platform.machine() != "x86_64":
        print("     known for x86-64 only: nothing was tested")
        return
    first, second, client = pair(lab)
    # the watchdog takes its time; an interval of 2 s leaves it some
    slow_down(first, second, "2s")
    probe = client.probe(ADDRESS)
    probe.wait_answering()
    monitor = first.node.monitor("address")
    before = first.protocol_pid
    make_stuck(before)
    wait_other_protocol(first, before)
    first.wait_log("has given no sign of life")
    wait_until("MASTER again", lambda: first.show()["state"] == "MASTER")
    equal([line for line in monitor.changes() if ADDRESS in line], [], "changes of the address")
    equal(second.states(), ["BACKUP"], "states of the backup")
    check(probe.result()["lost"] <= 2, "probes were lost")
    hurry_again(first, second)


@test
def a_protocol_process_that_was_stopped_on_purpose_is_left_alone(lab):
    """The time in which a stuck one would be killed, and half of it more."""
    first, _, _ = pair(lab)
    before = first.protocol_pid
    os.kill(before, signal.SIGSTOP)
    time.sleep(4)
    os.kill(before, signal.SIGCONT)
    first.ctl("show")
    equal(first.protocol_pid, before, "the protocol process")
    check("no sign of life" not in first.log_text(), "it was taken for stuck")


LIFETIME = "global {\n  address-lifetime = 5s\n}\n"


def lifetime_s(node):
    """What is left of the address's, or None for ever."""
    for link in json.loads(node.ip("-4", "-j", "addr", "show", "dev", "eth0").stdout):
        for info in link["addr_info"]:
            if info["local"] == ADDRESS:
                return info["valid_life_time"] if info["valid_life_time"] < 2 ** 32 - 1 else None
    raise Failure("the address is not there")


@often
def addresses_with_a_lifetime_vanish_when_nobody_refreshes_them_and_not_before(lab):
    first, second, _ = pair(lab, first_head=LIFETIME)
    monitor = first.node.monitor("address")
    # three in a lifetime: the fourth comes when it would have ended
    monitor.lines.wait("four refreshes", lambda lines: len([line for line in lines if ADDRESS in line]) >= 4)
    check(lifetime_s(first.node) is not None, "the address has no lifetime")
    check(not any("Deleted" in line for line in monitor.changes()), "an address was removed")
    equal(first.states(), ["BACKUP", "MASTER"], "states")
    # both hang: nobody is left who could restart or withdraw anything
    stopped = [first.pid, first.protocol_pid]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    first.node.wait_address(VIP, present=False)
    second.wait_state("MASTER")
    for pid in reversed(stopped):
        os.kill(pid, signal.SIGCONT)
    first.wait_state("MASTER")
    first.node.wait_address(VIP)


@test
def a_lifetime_is_given_and_taken_by_a_reload(lab):
    first, second, _ = pair(lab)
    equal(lifetime_s(first.node), None, "lifetime")
    first.reload(LIFETIME + conf())
    wait_until("a lifetime", lambda: lifetime_s(first.node) is not None)
    first.reload(conf())
    wait_until("no lifetime", lambda: lifetime_s(first.node) is None)
    equal((first.states(), second.states()), (["BACKUP", "MASTER"], ["BACKUP"]), "states")


if __name__ == "__main__":
    main()
