# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes that die: what the kernel holds, and what the peers notice."""

import os
import shutil
import signal

from daemons import Vrrpd, instance
from lab import binary, check, equal, wait_until
from runner import main, test

VIP = "192.0.2.10/24"


def conf(**keys):
    return instance(**{"priority": 150, "advert_interval": "1s", **keys})


def pair(lab):
    """r1 MASTER and r2 BACKUP at an interval that leaves time to come back."""
    r1, r2, _ = lab.pair()
    first = r1.vrrpd(conf())
    first.wait_state("MASTER")
    r1.wait_address(VIP)
    second = r2.vrrpd(conf(priority=100))
    second.wait_event("the master is heard", lambda event: event["event"] == "master")
    return first, second


@test
def killed_and_started_again_before_a_peer_notices_it_is_master_again(lab):
    first, second = pair(lab)
    monitor = first.node.monitor("address")
    first.kill()
    check(first.node.has_address(VIP), "the address vanished with the processes")
    again = Vrrpd(first.node, conf(), state_dir=first.state_dir)
    event = again.wait_state("MASTER")
    equal((event["from"], event["reason"]), ("MASTER", "resumed after a restart"), "how it became master")
    equal(monitor.changes(), [], "changes of addresses")
    equal(second.states(), ["BACKUP"], "states of the backup")
    equal(again.states(), ["BACKUP", "MASTER", "MASTER"], "states before and after the restart")


@test
def killed_and_started_again_after_a_peer_took_over_it_is_backup_without_addresses(lab):
    first, second = pair(lab)
    first.kill()
    second.wait_state("MASTER")
    check(first.node.has_address(VIP), "the address vanished with the processes")
    again = Vrrpd(first.node, conf(preempt=False), state_dir=first.state_dir)
    first.node.wait_address(VIP, present=False)
    again.wait_event("the master is heard", lambda event: event["event"] == "master")
    equal(again.show()["state"], "BACKUP", "state")
    equal(second.states(), ["BACKUP", "MASTER"], "states of the new master")


@test
def addresses_that_a_dead_daemon_left_and_nobody_wants_are_removed(lab):
    lab.segment("lan")
    r1 = lab.node("r1", lan="192.0.2.1/24")
    first = r1.vrrpd(conf(advert_interval="200ms"))
    first.wait_state("MASTER")
    r1.wait_address(VIP)
    r1.ip("addr", "add", "192.0.2.77/24", "dev", "eth0")
    first.kill()
    Vrrpd(r1, conf(addresses=["192.0.2.11/24"], advert_interval="200ms"), state_dir=first.state_dir)
    r1.wait_address(VIP, present=False)
    r1.wait_address("192.0.2.11/24")
    check(r1.has_address("192.0.2.77/24"), "an address of the administrator's was removed")


@test
def without_any_state_left_the_addresses_are_found_as_well(lab):
    lab.segment("lan")
    r1 = lab.node("r1", lan="192.0.2.1/24")
    first = r1.vrrpd(conf(advert_interval="200ms"))
    first.wait_state("MASTER")
    r1.wait_address(VIP)
    first.kill()
    again = Vrrpd(r1, conf(addresses=["192.0.2.11/24"], advert_interval="200ms"))
    r1.wait_address(VIP, present=False)
    again.wait_state("MASTER")


@test
def a_protocol_process_that_dies_is_replaced_and_nobody_notices(lab):
    first, second = pair(lab)
    supervisor, protocol = first.pid, first.protocol_pid
    monitor = first.node.monitor("address")
    os.kill(protocol, signal.SIGKILL)
    wait_until("a new protocol process",
               lambda: first.ctl("show", status=None).returncode == 0 and first.protocol_pid != protocol)
    wait_until("MASTER again", lambda: first.show()["state"] == "MASTER")
    equal(first.pid, supervisor, "supervisor")
    check(first.running, "the supervisor ended")
    equal(monitor.changes(), [], "changes of addresses")
    capture = lab.segments["lan"].capture()
    wait_until("advertisements go on", lambda: len(capture.adverts(src="192.0.2.1")) >= 2, every_s=0.3)
    equal(second.states(), ["BACKUP"], "states of the backup")


@test
def a_protocol_process_that_keeps_dying_ends_the_daemon_and_frees_the_addresses(lab):
    first, second = pair(lab)
    killed = set()

    def kill_next():
        if not first.running:
            return True
        try:
            protocol = first.protocol_pid
            if protocol not in killed:
                killed.add(protocol)
                os.kill(protocol, signal.SIGKILL)
        except Exception:  # between two of them
            pass
        return False
    wait_until("the daemon gives up", kill_next, every_s=0.02)
    equal(first.wait(), 3, "exit status")
    equal(first.node.addresses(), ["192.0.2.1/24"], "addresses")
    check(len(killed) >= 5, f"it gave up after {len(killed)} times")
    second.wait_state("MASTER")


@test
def a_supervisor_that_dies_leaves_the_protocol_at_work(lab):
    first, second = pair(lab)
    protocol = first.protocol_pid
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    capture = lab.segments["lan"].capture()
    wait_until("advertisements go on", lambda: len(capture.adverts(src="192.0.2.1")) >= 3, every_s=0.3)
    check(os.path.exists(f"/proc/{protocol}"), "the protocol process is gone")
    check(first.node.has_address(VIP), "the address is gone")
    equal(second.states(), ["BACKUP"], "states of the backup")


@test
def signals_meant_for_the_supervisor_do_not_end_the_protocol_process(lab):
    first, second = pair(lab)
    protocol = first.protocol_pid
    for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGALRM, signal.SIGTERM):
        os.kill(protocol, number)
    first.ctl("show")
    equal(first.protocol_pid, protocol, "protocol process")
    equal((first.show()["state"], second.states()), ("MASTER", ["BACKUP"]), "states")


@test
def a_hung_protocol_process_is_ended_by_the_second_request_to_stop(lab):
    first, _ = pair(lab)
    os.kill(first.protocol_pid, signal.SIGSTOP)
    first.send(signal.SIGTERM)
    first.wait_log("stopping: ")
    first.send(signal.SIGTERM)
    equal(first.wait(), 3, "exit status")
    check(not first.node.has_address(VIP), "the address stayed")


@test
def addresses_left_on_an_interface_that_is_no_longer_configured_are_removed(lab):
    first, second = pair(lab)
    first.kill()
    second.wait_state("MASTER")
    again = Vrrpd(first.node, instance(interface="lo", vrid=9, addresses=["198.51.100.9"]), state_dir=first.state_dir)
    first.node.wait_address(VIP, present=False)
    again.wait_event("it is told", lambda event: event["event"] == "address" and "left behind" in event["text"])


def mend(daemon, remove, names):
    """Removes what is told, and waits until the daemon has made those again, and has said so of each."""
    mark = len(daemon.log_text())
    remove()
    wait_until("vrrpctl is answered", lambda: daemon.ctl("version", status=None).returncode == 0)
    for name in names:
        wait_until(f"{name} is there again, and told of",
                   lambda one=name: os.path.exists(os.path.join(daemon.state_dir, one))
                   and f"{daemon.state_dir}/{one} has been removed or replaced: made again" in daemon.log_text()[mark:])


def goes_on_after_a_kill(master, backup, mark):
    """With what is in its STATE_DIR, and the backup has noticed nothing since the mark."""
    master.kill()
    after = Vrrpd(master.node, conf(priority=150), state_dir=master.state_dir)
    after.wait_state("MASTER")
    check("resumed after a restart" in after.log_text(), "it did not go on")
    equal(backup.states(since=mark), [], "states of the backup")


@test
def files_of_the_state_directory_that_are_removed_are_made_again_and_told_of(lab):
    first, second = pair(lab)
    mark = second.mark()
    names = ("pid", "control.sock", "state", "protocol.pid")

    def remove_files():
        for name in names:
            os.unlink(os.path.join(first.state_dir, name))

    for remove, told in ((remove_files, names),
                         (lambda: shutil.rmtree(first.state_dir), ("", *names[1:])),
                         (lambda: os.unlink(os.path.join(first.state_dir, "control.sock")), ("control.sock",))):
        mend(first, remove, told)
        for name, pid in (("pid", first.pid), ("protocol.pid", first.protocol_pid)):
            with open(os.path.join(first.state_dir, name), encoding="ascii") as file:
                equal(int(file.read()), pid, name)
    refused = first.node.run(binary("vrrpd"), "-f", first.file, "-s", first.state_dir, status=1)
    check("already runs" in refused.stderr, f"a second one says: {refused.stderr}")
    events = first.ctl("events").stdout.splitlines()[:-1]
    # all of it dies, and what comes next finds the state in the new file
    first.kill()
    after = Vrrpd(first.node, conf(priority=150), state_dir=first.state_dir)
    after.wait_state("MASTER")
    check("resumed after a restart" in after.log_text(), "it did not go on")
    equal(after.ctl("events").stdout.splitlines()[:len(events)], events, "events that it remembers")
    equal(second.states(since=mark), [], "states of the backup")


@test
def files_of_the_state_directory_that_are_moved_away_or_replaced_are_made_again_and_told_of(lab):
    first, second = pair(lab)
    mark = second.mark()
    names = ("pid", "control.sock", "state", "protocol.pid")

    def move_away():
        for name in names:
            path = os.path.join(first.state_dir, name)
            os.rename(path, path + ".old")

    def replace():
        for name in names:
            path = os.path.join(first.state_dir, name)
            with open(path + ".new", "wb"):
                pass
            os.rename(path + ".new", path)

    def move_directory():
        shutil.copytree(first.state_dir, first.state_dir + ".new", ignore=shutil.ignore_patterns("control.sock*"))
        os.rename(first.state_dir, first.state_dir + ".old")
        os.rename(first.state_dir + ".new", first.state_dir)

    for change, told in ((move_away, names), (replace, names), (move_directory, ("", "control.sock", "state"))):
        mend(first, change, told)
    refused = first.node.run(binary("vrrpd"), "-f", first.file, "-s", first.state_dir, status=1)
    check("already runs" in refused.stderr, f"a second one says: {refused.stderr}")
    goes_on_after_a_kill(first, second, mark)


@test
def a_state_file_that_is_cut_short_costs_nothing_and_is_told_of(lab):
    first, second = pair(lab)
    mark = second.mark()
    # the one that writes to it ten times a second, and the one that hardly ever does
    for daemon, size in ((first, 0), (second, 5000)):
        protocol = daemon.protocol_pid
        os.truncate(os.path.join(daemon.state_dir, "state"), size)
        daemon.wait_log("state has been cut short: written again")
        daemon.ctl("show")
        equal(daemon.protocol_pid, protocol, "protocol process")
    goes_on_after_a_kill(first, second, mark)


@test
def a_state_file_that_was_emptied_is_told_of_at_the_start(lab):
    daemon = lab.node("r1").vrrpd(conf())
    daemon.kill()
    os.truncate(os.path.join(daemon.state_dir, "state"), 0)
    after = Vrrpd(daemon.node, conf(), state_dir=daemon.state_dir)
    after.wait_log("state is empty: starting as if new")


@test
def a_restart_right_after_the_state_directory_is_removed_keeps_the_mastership(lab):
    first, second = pair(lab)
    mark = second.mark()
    shutil.rmtree(first.state_dir)
    first.send(signal.SIGUSR2)
    first.expect_clean_end()
    after = Vrrpd(first.node, conf(priority=150), state_dir=first.state_dir)
    after.wait_state("MASTER")
    check("resumed after a restart" in after.log_text(), "it did not go on")
    equal(second.states(since=mark), [], "states of the backup")


if __name__ == "__main__":
    main()
