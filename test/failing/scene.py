# SPDX-License-Identifier: GPL-2.0-or-later
"""One daemon on a kernel that fails, with a router opposite that talks and falls silent, and what may become of them.

A phase is what the daemon does while its calls are counted. After each, whatever broke, the daemon either serves or has
ended and said why; it is MASTER with all of its addresses or anything else without any; and one that serves still gives
way to a stronger router and takes over when that falls silent.
"""

import json
import os
import re
import signal
import socket
import struct
import time

from bfd_neighbour import BfdNeighbour
from daemons import descendants, instance
from failing import FOR_EVER, FailingKernel
from lab import Failure, check, equal, wait_until
from speaker import Speaker

OWN = "192.0.2.1/24"
OPPOSITE = "192.0.2.2"
LEFTOVER = "192.0.2.77/24"
BEFORE = ["192.0.2.10/24", "192.0.2.11/24"]
AFTER = ["192.0.2.11/24", "192.0.2.12/24"]
INTERVAL_MS = 50
SETTLE_S = int(os.environ.get("VRRPD_SETTLE_S", "20"))  # longer than any way of recovering takes
ANSWER_S = 0.5  # of the control socket
WATCH_S = 1     # how long nothing may change where no state is the right one
FAULT_S = 30    # a virtual router whose addresses the kernel refuses tries again after 10 s
EXIT_STATUSES = (1, 2, 3)
OUR_PROTOCOL = 112
# A kernel that lists or removes nothing, for as long as it lasts, leaves nothing to do but to say so and try again.
EXCUSES = re.compile(r"addresses that could not be removed|address .* cannot be removed|netlink: .*(dump|the list of)")
# What it finds may be another daemon's then: it is left where it is.
MAY_BE_ANOTHERS = re.compile("other daemons here cannot know of this one|another vrrpd runs in this network namespace")
HOLLOW = re.compile(r"the protocol process \d+ ended with status")  # says that, but not why


def configuration(addresses, priority=100):
    text = instance(priority=priority, advert_interval=f"{INTERVAL_MS}ms", addresses=addresses, accept=False,
                    routes=[f"198.51.100.0/24 via {OPPOSITE}", "blackhole 203.0.113.0/24"],
                    rules=["from 192.0.2.0/24 table 100 priority 100"])
    return f"bfd opposite {{\n  peer = {OPPOSITE}\n}}\n{text[:-2]}  track-bfd opposite {{ weight = -10 }}\n}}\n"


def add_tagged_address(node, address, interface="eth0"):
    """As a daemon leaves it that was killed: Debian's ip cannot set IFA_PROTO."""
    value, prefix_len = address.split("/")

    def attribute(kind, data):
        return struct.pack("=HH", 4 + len(data), kind) + data.ljust((len(data) + 3) & ~3, b"\0")
    with node.inside(), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as netlink:
        body = (struct.pack("=BBBBi", socket.AF_INET, int(prefix_len), 0, 0, socket.if_nametoindex(interface)) +
                attribute(1, socket.inet_aton(value)) + attribute(2, socket.inet_aton(value)) +
                attribute(11, bytes([OUR_PROTOCOL])))
        # RTM_NEWADDR; REQUEST, ACK, EXCL, CREATE
        netlink.send(struct.pack("=IHHII", 16 + len(body), 20, 0x605, 1, 0) + body)
        answer = netlink.recv(4096)
    equal(struct.unpack_from("=i", answer, 16)[0], 0, "the kernel's answer to a leftover")


class Scene:
    def __init__(self, lab):
        lab.segment("lan")
        self.router = lab.node("r1", lan=OWN)
        self.peer = lab.node("r2", lan=f"{OPPOSITE}/24")
        self.kernel = FailingKernel(os.path.join(lab.directory, "failing-kernel"))
        self.speaker = Speaker(self.peer, OPPOSITE, 51, INTERVAL_MS, [one.split("/")[0] for one in BEFORE])
        self.neighbour = BfdNeighbour(self.peer)
        self.daemon = None
        self.may_stay = set()  # addresses that are there before, for one that never comes to serve
        self.deadline_s = SETTLE_S

    def start(self, addresses=BEFORE):
        self.daemon = self.router.vrrpd(configuration(addresses), prefix=self.kernel.prefix(), wait=False)

    # --- looking

    def ask(self):
        """What the control socket says of the instance; None where it does not answer."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(ANSWER_S)
                connection.connect(os.path.join(self.daemon.state_dir, "control.sock"))
                connection.sendall(b'{"command": "show", "name": "web"}\n')
                answer = b""
                while not answer.endswith(b"\n"):
                    piece = connection.recv(65536)
                    if not piece:
                        return None
                    answer += piece
            return json.loads(answer).get("result")
        except (OSError, json.JSONDecodeError):
            return None

    def held(self):
        """The virtual addresses that the kernel has, but for those that the daemon cannot know to be its own."""
        spared = self.may_stay if MAY_BE_ANOTHERS.search(self.daemon.log_text()) else set()
        return set(self.router.addresses()) - {OWN} - spared

    def tables(self):
        """The packet filters."""
        return self.router.run("nft", "list", "tables").stdout.split()

    def routing(self):
        """Its routes and rules."""
        routes = self.router.ip("route", "show", "table", "all", "proto", str(OUR_PROTOCOL)).stdout
        rules = self.router.ip("rule", "show", "priority", "100").stdout
        return [*routes.splitlines(), *rules.splitlines()]

    def bfd_is_up(self):
        shown = self.ask()
        return shown and all(track["up"] for track in shown["tracks"])

    def wrong(self, states):
        """What is not as it may be, or None. states: those that it may be in."""
        held = self.held()
        if not self.daemon.running:
            left = held - self.may_stay
            return f"it has ended and {sorted(left)} is still there" if left else None
        # where this is not so there is no need to ask, and to disturb those who count its calls
        if "MASTER" not in states and held or states == ("MASTER",) and not held:
            return f"it holds {sorted(held)}"
        shown = self.ask()
        if shown is None:
            return f"it does not answer, and holds {sorted(held)}"
        should = set(shown["addresses"]) if shown["state"] == "MASTER" else set()
        if shown["state"] not in states or held != should:
            return f"it is {shown['state']} and holds {sorted(held)}"
        return None

    def in_some_order(self):
        """Under lasting trouble: MASTER with everything or not MASTER with nothing, or it says what it cannot do."""
        held = self.held() - self.may_stay
        if EXCUSES.search(self.daemon.log_text()):
            return True
        if not self.daemon.running:
            return not held
        shown = self.ask()
        if shown is None:  # it cannot be asked: who advertises is MASTER
            return self.speaker.hears_a_master() == bool(held)
        return held == (set(shown["addresses"]) if shown["state"] == "MASTER" else set())

    # --- waiting

    def settle(self, *states):
        """Waits until it is in one of the states with what belongs to it, or has ended and holds nothing."""
        last = None

        def settled():
            nonlocal last
            last = self.wrong(states)
            return last is None
        try:
            wait_until("", settled, self.deadline_s, every_s=0.02)
        except Failure:
            raise Failure(f"after {self.deadline_s} s {last}, expected {' or '.join(states)} or its end") from None
        if self.daemon.running:
            self.judge(states)

    def settle_somehow(self):
        """Under lasting trouble: waits until it has been in some order for a while."""
        disorder_s = time.monotonic()

        def stays():
            nonlocal disorder_s
            if not self.in_some_order():
                disorder_s = time.monotonic()
            return time.monotonic() - disorder_s > WATCH_S
        wait_until("an order that stays", stays, SETTLE_S, every_s=0.1)

    def show(self):
        """vrrpctl's word; it is asked again where its own connection was what broke."""
        for _ in range(3):
            done = self.daemon.ctl("-j", "show", "web", status=None)
            if done.returncode == 0:
                break
        equal(done.returncode, 0, f"exit status of vrrpctl ({done.stderr.strip()})")
        return json.loads(done.stdout)

    def judge(self, states):
        """The same once more by vrrpctl."""
        shown = self.show()
        check(shown["state"] in states, f"vrrpctl shows {shown['state']}")
        equal(self.held(), set(shown["addresses"]) if shown["state"] == "MASTER" else set(), "addresses")

    # --- what must go well in the end

    def fail_over(self):
        """A stronger router appears, and goes."""
        self.speaker.talk(200)
        self.settle("BACKUP")
        check(self.daemon.running, "it ended where a stronger router was heard")
        self.speaker.fall_silent()
        self.settle("MASTER")
        check(self.daemon.running, "it ended where it should have taken over")
        self.speaker.wait_heard("its advertisements", lambda priority: priority != 0, SETTLE_S)
        wait_until("the packet filter", self.tables, self.deadline_s)
        wait_until("routes and rules", lambda: len(self.routing()) == 3, self.deadline_s)
        wait_until("the BFD session is up", self.bfd_is_up, self.deadline_s)

    def stop(self):
        self.daemon.send(signal.SIGTERM)
        equal(self.daemon.wait(SETTLE_S), 0, "exit status after SIGTERM")
        equal(self.held(), set(), "addresses after its end")
        equal(self.tables(), [], "packet filters after its end")
        equal(self.routing(), [], "routes and rules after its end")

    def judge_end(self):
        """It has ended by itself: then it has said why, with the exit status that says so too."""
        status = self.daemon.popen.poll()
        check(status in EXIT_STATUSES, f"exit status {status}")
        said = [line for line in self.daemon.log_text().splitlines()
                if (" error: " in line or "vrrpd.conf: " in line) and not HOLLOW.search(line)]
        check(said, f"it ended with status {status} and did not say why")

    def close(self):
        self.speaker.close()
        self.neighbour.close()


# ---- phases: made ready, begun, and settled

class Start:
    """From nothing to MASTER, with an address left by a predecessor that is not wanted any more."""

    @staticmethod
    def prepare(scene):
        add_tagged_address(scene.router, LEFTOVER)
        scene.may_stay = {LEFTOVER}

    @staticmethod
    def go(scene):
        scene.start()

    @staticmethod
    def settle(scene):
        scene.settle("MASTER")


class TakeOver:
    """From BACKUP to MASTER."""

    @staticmethod
    def prepare(scene):
        scene.speaker.talk(200)
        scene.start()
        scene.settle("BACKUP")
        wait_until("the master is heard", lambda: scene.ask()["master"])

    @staticmethod
    def go(scene):
        scene.speaker.fall_silent()

    @staticmethod
    def settle(scene):
        scene.settle("MASTER")


class GiveWay:
    """From MASTER to BACKUP."""

    @staticmethod
    def prepare(scene):
        scene.start()
        scene.settle("MASTER")

    @staticmethod
    def go(scene):
        scene.speaker.talk(200)

    @staticmethod
    def settle(scene):
        scene.settle("BACKUP")


class Release:
    """From MASTER to the end, by SIGTERM; nobody takes over."""

    prepare = GiveWay.prepare

    @staticmethod
    def go(scene):
        scene.daemon.send(signal.SIGTERM)

    @staticmethod
    def settle(scene):
        wait_until("its end", lambda: not scene.daemon.running, scene.deadline_s, every_s=0.01)
        equal(scene.held(), set(), "addresses after its end")


class Reload:
    """One address goes, one comes, one stays. A reload that fails says so and leaves everything as it was."""

    prepare = GiveWay.prepare

    @staticmethod
    def go(scene):
        scene.daemon.write(configuration(AFTER, priority=101))
        scene.said = scene.daemon.ctl("reload", status=None)

    @staticmethod
    def settle(scene):
        scene.settle("MASTER")
        if not scene.daemon.running:
            return
        shown = scene.show()
        # 3: it was not reached, or its answer was lost
        possible = {0: [AFTER], 1: [BEFORE], 3: [BEFORE, AFTER]}[scene.said.returncode]
        check(sorted(shown["addresses"]) in possible, f"{shown['addresses']} after `vrrpctl reload` ended with "
              f"{scene.said.returncode}: {scene.said.stderr}")
        if scene.said.returncode != 0:
            check(scene.said.stderr.strip(), "`vrrpctl reload` failed and said nothing")
            if "new settings cannot be used" in scene.daemon.log_text():
                check("did not take over new settings" in scene.daemon.log_text(), "the supervisor was not told")
            check(any(scene.daemon.ctl("reload", status=None).returncode == 0 for _ in range(3)), "a second reload failed")
            scene.settle("MASTER")
            equal(sorted(scene.show()["addresses"]), AFTER, "addresses after a second reload")


class Crash:
    """The protocol process of a MASTER dies; the next one goes on."""

    prepare = GiveWay.prepare

    @staticmethod
    def go(scene):
        scene.crashed = scene.daemon.protocol_pid
        os.kill(scene.crashed, signal.SIGKILL)

    @staticmethod
    def settle(scene):
        wait_until("its end", lambda: scene.crashed not in descendants(scene.daemon.pid), every_s=0.01)
        scene.settle("MASTER")


PHASES = {"start": Start, "take-over": TakeOver, "give-way": GiveWay, "release": Release, "reload": Reload,
          "crash": Crash}


def play(lab, phase, role=None, call=None, first=1, last=1, error=None):
    """Plays a phase with one call broken, or with all of them counted. What was called, and how often it broke."""
    scene = Scene(lab)
    lasting = last == FOR_EVER
    try:
        PHASES[phase].prepare(scene)
        if error:
            scene.kernel.break_at(role, call, first, last, error)
        else:
            scene.kernel.count()
        PHASES[phase].go(scene)
        if lasting:
            scene.settle_somehow()
            scene.kernel.mend()
            scene.deadline_s = FAULT_S
        PHASES[phase].settle(scene)
        calls = scene.kernel.calls()
        if not scene.daemon.running and scene.daemon.popen.poll() != 0:
            scene.judge_end()
        if scene.daemon.running:
            scene.fail_over()
            scene.stop()
        scene.daemon.check_sanitizers()
        return calls, scene.kernel.hits, scene.daemon
    finally:
        scene.close()
