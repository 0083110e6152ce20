# SPDX-License-Identifier: GPL-2.0-or-later
"""BFD sessions with FRR's bfdd and with keepalived: they come up, agree on intervals, and each end notices the other's."""

import json
import os
import shutil
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))

from daemons import Daemon, Frr, instance, keepalived_instance
from lab import Process, check, equal, run, wait_until
from runner import main, test

OURS, THEIRS = "192.0.2.1", "192.0.2.2"
OURS_V6, THEIRS_V6 = "2001:db8::1", "2001:db8::2"


def configuration(peer=THEIRS, transmit="50ms", receive="60ms", multiplier=3):
    section = f"bfd them {{ peer = {peer} transmit = {transmit} receive = {receive} multiplier = {multiplier} }}\n"
    return section + instance(priority=150, advert_interval="100ms")[:-2] + "  track-bfd them { weight = -60 }\n}\n"


def session(daemon):
    return next(track for track in daemon.show()["tracks"] if track["name"] == "them").get("session") or {}


def intervals(daemon):
    found = session(daemon)
    return tuple(found.get(key) for key in ("transmit_interval_ms", "receive_interval_ms", "detection_time_ms"))


def wait_track(daemon, to, since=0):
    return daemon.wait_event(f"the track is {to}", lambda event: event["event"] == "track" and event["to"] == to, since=since)


class Bfdd(Daemon):
    """FRR's bfdd with the zebra that it needs, and one peer."""

    def __init__(self, node, peer, local, transmit_ms=70, receive_ms=80, multiplier=4):
        self.peer = peer
        self.vty_directory = os.path.join(node.lab.directory, f"bfdd-{len(node.lab.daemons)}")
        os.makedirs(self.vty_directory)
        shutil.chown(self.vty_directory, "frr", "frr")
        os.chmod(self.vty_directory, 0o755)
        file = os.path.join(self.vty_directory, "bfdd.conf")
        with open(file, "w", encoding="utf-8") as out:
            out.write("\n".join(["log stdout", "bfd", f" peer {peer} local-address {local}", f"  transmit-interval {transmit_ms}",
                                 f"  receive-interval {receive_ms}", f"  detect-multiplier {multiplier}", "  no shutdown", ""]))
        zebra = os.path.join(self.vty_directory, "zserv.api")
        self.zebra = Process(node, self.command_of("zebra", zebra), log=os.path.join(self.vty_directory, "zebra.log"))
        wait_until("zebra's socket", lambda: os.path.exists(zebra))
        super().__init__(node, "FRR bfdd", [*self.command_of("bfdd", zebra), "--bfdctl",
                                            os.path.join(self.vty_directory, "bfdd.sock"), "-f", file], self.vty_directory)

    def command_of(self, program, zebra):
        return [os.path.join(Frr.PROGRAMS, program), "-z", zebra, "-P", "0", "-u", "frr", "-g", "frr", "--vty_socket",
                self.vty_directory, "-i", os.path.join(self.vty_directory, f"{program}.pid"), "--log", "stdout"]

    def vty(self, *commands, status=0):
        words = [word for command in commands for word in ("-c", command)]
        return run("vtysh", "--vty_socket", self.vty_directory, "-d", "bfdd", *words, status=status).stdout

    def show(self):
        try:
            return next((peer for peer in json.loads(self.vty("show bfd peers json", status=None)) if peer["peer"] == self.peer), {})
        except json.JSONDecodeError:
            return {}

    def wait_status(self, status):
        wait_until(f"bfdd says {status}", lambda: self.show().get("status") == status)


@test
def frr_agrees_on_intervals_and_each_end_notices_the_other_s(lab):
    r1, r2, _ = lab.pair()
    them = Bfdd(r2, OURS, THEIRS)
    us = r1.vrrpd(configuration())
    wait_track(us, "up")
    them.wait_status("up")
    # the slower of both wishes each way; how long to wait follows from the other's multiplier
    wait_until("the intervals", lambda: intervals(us) == (80, 70, 280))
    shown = them.show()
    equal((shown["remote-transmit-interval"], shown["remote-receive-interval"], shown["remote-detect-multiplier"]), (50, 60, 3),
          "what FRR knows of us")

    # other wishes need no new session
    uptime = them.show()["uptime"]
    us.reload(configuration(transmit="100ms", receive="120ms", multiplier=5))
    wait_until("the intervals", lambda: intervals(us) == (100, 120, 480))
    wait_until("FRR knows them", lambda: them.show()["remote-detect-multiplier"] == 5)
    equal((session(us)["counters"]["went_down"], them.show()["uptime"] >= uptime), (0, True), "the session")
    equal(us.show()["effective_priority"], 150, "priority")

    # loss, noticed at both ends
    mark = us.mark()
    r2.unplug()
    check("control detection time expired" in wait_track(us, "down", mark)["text"], "the event does not say why")
    them.wait_status("down")
    equal(them.show()["diagnostic"], "control detection time expired", "FRR's diagnostic")
    mark = us.mark()
    r2.plug()
    wait_track(us, "up", mark)
    them.wait_status("up")


@test
def frr_is_taken_down_and_is_told_in_order(lab):
    r1, r2, _ = lab.pair()
    them = Bfdd(r2, OURS, THEIRS)
    us = r1.vrrpd(configuration())
    wait_track(us, "up")
    mark = us.mark()
    them.vty("configure terminal", "bfd", f"peer {OURS} local-address {THEIRS}", "shutdown")
    check("administratively down" in wait_track(us, "down", mark)["text"], "the event does not say why")
    mark = us.mark()
    them.vty("configure terminal", "bfd", f"peer {OURS} local-address {THEIRS}", "no shutdown")
    wait_track(us, "up", mark)
    them.wait_status("up")
    us.stop()
    them.wait_status("down")
    equal(them.show()["remote-diagnostic"], "administratively down", "what FRR knows of why")


@test
def frr_does_not_notice_that_our_process_was_killed(lab):
    r1, r2, _ = lab.pair()
    them = Bfdd(r2, OURS, THEIRS)
    us = r1.vrrpd(configuration(multiplier=50))
    wait_track(us, "up")
    us.wait_state("MASTER")
    them.wait_status("up")
    wait_until("the intervals", lambda: them.show()["remote-transmit-interval"] == 50)
    uptime = them.show()["uptime"]
    os.kill(us.protocol_pid, signal.SIGKILL)
    us.wait_ready()
    wait_until("it goes on", lambda: session(us).get("counters", {}).get("received", 0) > 10)
    equal((session(us)["state"], them.show()["status"]), ("up", "up"), "the session")
    check(them.show()["uptime"] >= uptime, "FRR has begun anew")


@test
def frr_over_ipv6(lab):
    r1, r2, _ = lab.pair_v6()
    them = Bfdd(r2, OURS_V6, THEIRS_V6)
    us = r1.vrrpd(configuration(peer=f"{THEIRS_V6} source = {OURS_V6}"))
    wait_track(us, "up")
    them.wait_status("up")
    mark = us.mark()
    them.kill()
    wait_track(us, "down", mark)


@test
def keepalived_tracks_the_session_with_us(lab):
    r1, r2, _ = lab.pair()
    r1.vrrpd(configuration().replace("vrid = 51", "vrid = 52"))
    us = lab.daemons[-1]
    them = r2.keepalived(
        f"bfd_instance us {{\n  neighbor_ip {OURS}\n  source_ip {THEIRS}\n  min_rx 80\n  min_tx 70\n  multiplier 4\n}}\n" +
        keepalived_instance(extra="  track_bfd {\n    us\n  }"),
        arguments=("-b", os.path.join(lab.directory, "bfd.pid")))
    wait_track(us, "up")
    wait_until("the intervals", lambda: intervals(us) == (80, 70, 280))
    wait_until("keepalived is MASTER", lambda: them.states()[-1:] == ["MASTER"])
    mark = us.mark()
    r1.unplug()
    wait_until("keepalived notices", lambda: them.states()[-1:] == ["FAULT"])
    wait_track(us, "down", mark)
    mark = us.mark()
    r1.plug()
    wait_track(us, "up", mark)
    wait_until("keepalived is MASTER", lambda: them.states()[-1:] == ["MASTER"])
    mark = us.mark()
    them.stop()
    wait_track(us, "down", mark)


if __name__ == "__main__":
    main()
