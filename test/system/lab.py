# SPDX-License-Identifier: GPL-2.0-or-later
"""A laboratory: machines that are network namespaces, joined by bridges, with real daemons in them.

Every name carries the process id of the test, so that tests run side by side; what a killed test left behind is
cleared away by the next one. Outcomes are waited for, by event where something tells them, with a deadline so generous
that only a broken product misses it. Nothing here knows what a right outcome is: that is the tests' to say.
"""

import contextlib
import ctypes
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("VRRPD_BUILD", os.path.normpath(os.path.join(HERE, "../../build")))
DEADLINE_S = int(os.environ.get("VRRPD_DEADLINE_S", "40"))
NAMESPACE_PREFIX = "vrrpd-"  # test/tools/namespace_only.h knows it too
CLONE_NEWNET = 0x40000000
USER_ID = 64999  # of the user vrrpd on these machines


class Failure(Exception):
    """What a test found wrong; its text says what was expected and what was there."""


def check(condition, message):
    if not condition:
        raise Failure(message)


def equal(actual, expected, what):
    check(actual == expected, f"{what}: expected {expected!r}, found {actual!r}")


def wait_until(what, function, deadline_s=DEADLINE_S, every_s=0.05):
    """Calls function until it returns something true, and returns that. For what no event tells."""
    end = time.monotonic() + deadline_s
    while True:
        result = function()
        if result:
            return result
        if time.monotonic() > end:
            raise Failure(f"waited {deadline_s} s in vain: {what}")
        time.sleep(every_s)


def run(*command, status=0, stdin=None, timeout_s=120, **options):
    """Runs a command to its end; a status other than the expected one is an error. None expects nothing."""
    done = subprocess.run([str(word) for word in command], input=stdin, capture_output=True, text=True,
                          timeout=timeout_s, errors="replace", check=False, **options)
    if status is not None and done.returncode != status:
        raise Failure(f"{' '.join(map(str, command))}: exit status {done.returncode}, expected {status}\n"
                      f"{done.stdout}{done.stderr}".rstrip())
    return done


def binary(name):
    for folder in ("bin", "test"):
        path = os.path.join(BUILD, folder, name)
        if os.path.exists(path):
            return path
    raise Failure(f"{name} is not built in {BUILD} (VRRPD_BUILD names the build directory)")


class Follower:
    """Reads lines as they come and lets others wait for them."""

    def __init__(self, stream, parse=lambda line: line):
        self.items = []
        self.ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, args=(stream, parse), daemon=True)
        self._thread.start()

    def _read(self, stream, parse):
        try:
            for line in stream:
                item = parse(line.rstrip("\n"))
                with self._changed:
                    self.items.append(item)
                    self._changed.notify_all()
        except ValueError:
            pass  # closed under us: the end as well
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def wait(self, what, predicate, deadline_s=DEADLINE_S):
        """Waits until predicate(items) is true and returns what it returned."""
        end = time.monotonic() + deadline_s
        with self._changed:
            while True:
                result = predicate(self.items)
                if result:
                    return result
                left_s = end - time.monotonic()
                if left_s <= 0 or self.ended:
                    why = "the source ended" if self.ended else f"waited {deadline_s} s in vain"
                    raise Failure(f"{why}: {what}; seen last: {self.items[-5:]}")
                self._changed.wait(left_s)

    def join(self):
        self._thread.join(DEADLINE_S)


class Process:
    """A program inside a node that goes on while the test does. It dies with the test."""

    def __init__(self, node, command, log=None, stdout=None, **options):
        self.node = node
        self.command = [str(word) for word in command]
        self.log = log
        with open(log or os.devnull, "ab") as output:
            self.popen = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "ip", "netns", "exec", node.namespace, *self.command],
                stdin=subprocess.DEVNULL, stdout=stdout or output, stderr=output, start_new_session=True,
                text=True, errors="replace", **options)
        node.lab.processes.append(self)

    @property
    def pid(self):
        return self.popen.pid

    @property
    def running(self):
        return self.popen.poll() is None

    def send(self, number):
        self.popen.send_signal(number)

    def wait(self, deadline_s=DEADLINE_S):
        try:
            return self.popen.wait(deadline_s)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.command[0]} goes on after {deadline_s} s") from None

    def end(self, number=signal.SIGTERM):
        """Asks it to end and waits for it; the exit status."""
        if self.running:
            self.send(number)
        status = self.wait()
        if self.popen.stdout:
            self.popen.stdout.close()
        return status

    def log_text(self):
        if not self.log or not os.path.exists(self.log):
            return ""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_log(self, text, deadline_s=DEADLINE_S):
        wait_until(f"{text!r} in the log of {self.command[0]}", lambda: text in self.log_text() or None,
                   deadline_s)


class Probe(Process):
    """A client that asks an address once a millisecond and measures how long no answer comes."""

    def __init__(self, node, address):
        super().__init__(node, [binary("probe"), address], stdout=subprocess.PIPE)
        self.lines = Follower(self.popen.stdout, json.loads)

    def wait_answering(self):
        self.lines.wait("the first answer to the probe", lambda lines: bool(lines))

    def wait_gap(self, count=1):
        """Waits until the outage number `count` has ended; its length in ms."""
        def gaps(lines):
            found = [line["gap_ms"] for line in lines if line["event"] == "gap"]
            return found[count - 1:count]
        return self.lines.wait("an outage that ends", gaps)[0]

    def result(self):
        self.send(signal.SIGINT)
        self.wait()
        self.lines.join()
        return self.lines.items[-1]


class Monitor(Process):
    """`ip monitor` between two marks: what the kernel told of changes meanwhile."""

    MARKS = ("203.0.113.1", "203.0.113.2")

    def __init__(self, node, objects=("address", "link", "route")):
        super().__init__(node, ["ip", "-o", "monitor", *objects], stdout=subprocess.PIPE)
        self.lines = Follower(self.popen.stdout)
        # subscribed when it shows an address that comes and goes
        wait_until("ip monitor at work", lambda: self._mark(self.MARKS[0], 0.2))

    def _mark(self, address, wait_s):
        self.node.ip("addr", "add", f"{address}/32", "dev", "lo")
        self.node.ip("addr", "del", f"{address}/32", "dev", "lo")
        try:
            return self.lines.wait(address, lambda lines: any("Deleted" in line and address in line
                                                              for line in lines), wait_s)
        except Failure:
            if wait_s > 1:
                raise
            return False

    def changes(self):
        """Ends it; the lines between the marks."""
        self._mark(self.MARKS[1], DEADLINE_S)
        self.end()
        return [line for line in self.lines.items if not any(mark in line for mark in self.MARKS)]


class Segment:
    """An Ethernet segment: a bridge in the laboratory's switch."""

    def __init__(self, lab, name):
        self.lab = lab
        self.name = self.interface = name
        self.node = lab.switch
        lab.switch.ip("link", "add", "name", name, "type", "bridge", "stp_state", "0", "forward_delay", "0",
                      "mcast_snooping", "0")
        lab.switch.ip("link", "set", name, "up")

    def capture(self, **options):
        from capture import Capture
        return Capture(self, **options)


class Cable:
    """A crossed cable between the eth0 of two machines, instead of a segment; captured is what passes the second one's."""

    def __init__(self, first, second, *addresses):
        self.lab = first.lab
        self.name = f"{first.name}-{second.name}"
        self.node = second
        self.interface = "eth0"
        run("ip", "link", "add", "name", "eth0", "netns", first.namespace, "type", "veth",
            "peer", "name", "eth0", "netns", second.namespace)
        for node, given in zip((first, second), addresses):
            node.ip("link", "set", "eth0", "up")
            if any(":" in address for address in given):
                node.use_ipv6(*given)
            else:
                node.ip("addr", "add", *given, "dev", "eth0")
        wait_until("carrier on the cable", lambda: second.link()["operstate"] == "UP", every_s=0.01)

    def capture(self, **options):
        from capture import Capture
        return Capture(self, **options)


class Node:
    """A machine: a network namespace with an eth0, eth1, … on the given segments."""

    def __init__(self, lab, name, addresses=None):
        self.lab = lab
        self.name = name
        self.namespace = f"{lab.prefix}{name}"
        self.segments = list(addresses or {})
        self.addresses_at_start = dict(addresses or {})
        self.ipv6 = []
        # known to the laboratory before there is anything to clear away
        lab.nodes.append(self)
        self.boot()

    def boot(self):
        """Makes the machine, or makes it again after power_off()."""
        run("ip", "netns", "add", self.namespace)
        add_user(self.namespace)
        # addresses of IPv6 that come by themselves would be noise in captures and monitors
        run("ip", "netns", "exec", self.namespace, "sysctl", "-qe", "-w", "net.ipv6.conf.all.disable_ipv6=1",
            "net.ipv6.conf.default.disable_ipv6=1", "net.ipv4.conf.all.rp_filter=0")
        self.ip("link", "set", "lo", "up")
        for index, segment in enumerate(self.segments):
            self.add_interface(f"eth{index}", segment, self.addresses_at_start[segment])
        if self.ipv6:
            self.use_ipv6(*self.ipv6)

    def use_ipv6(self, *addresses, interface="eth0"):
        """IPv6 on the interface with these addresses, link-local ones as well, and no others; also after a new boot."""
        self.ipv6 = list(addresses)
        # 1: no address comes by itself
        self.run("sysctl", "-qw", f"net.ipv6.conf.{interface}.addr_gen_mode=1",
                 f"net.ipv6.conf.{interface}.disable_ipv6=0")
        for address in addresses:
            self.ip("addr", "add", address, "dev", interface, "nodad")

    def add_interface(self, interface, segment, address=None):
        port = self.port(interface)
        run("ip", "link", "add", "name", port, "netns", self.lab.switch.namespace, "type", "veth",
            "peer", "name", interface, "netns", self.namespace)
        self.lab.switch.ip("link", "set", port, "master", segment, "up")
        for one in [address] if isinstance(address, str) else address or []:
            self.ip("addr", "add", one, "dev", interface)
        self.ip("link", "set", interface, "up")
        # a daemon that starts before the carrier is there would begin with a fault
        wait_until(f"carrier on {interface} of {self.name}", lambda: self.link(interface)["operstate"] == "UP",
                   every_s=0.01)

    def link(self, interface="eth0"):
        """What the kernel says of an interface."""
        return json.loads(self.ip("-j", "link", "show", "dev", interface).stdout)[0]

    def port(self, interface):
        """The name of the switch's port that the interface is plugged into."""
        return f"{self.name}.{interface}"

    def unplug(self, interface="eth0"):
        self.lab.switch.ip("link", "set", self.port(interface), "down")

    def plug(self, interface="eth0"):
        self.lab.switch.ip("link", "set", self.port(interface), "up")

    def power_off(self):
        """Cable and all processes at the same moment, and the machine forgets everything."""
        pids = self.pids()
        self.unplug()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in self.lab.processes:
            if process.node is self:
                process.wait()
        remove_namespace(self.namespace)
        # the namespace's interfaces go with its last user; a new machine needs their names in the switch
        for index, _ in enumerate(self.segments):
            self.lab.switch.ip("link", "del", self.port(f"eth{index}"), status=None)

    def pids(self):
        return [int(pid) for pid in run("ip", "netns", "pids", self.namespace).stdout.split()]

    def ip(self, *arguments, **options):
        return run("ip", "-n", self.namespace, *arguments, **options)

    def run(self, *command, **options):
        return run("ip", "netns", "exec", self.namespace, *command, **options)

    def addresses(self, interface="eth0", family=4):
        """["192.0.2.1/24", …] of that family, in the kernel's order."""
        found = self.ip(f"-{family}", "-j", "addr", "show", "dev", interface, status=None)
        if found.returncode != 0:
            return []
        return [f"{info['local']}/{info['prefixlen']}" for link in json.loads(found.stdout or "[]")
                for info in link.get("addr_info", [])]

    def has_address(self, address, interface="eth0"):
        return address in self.addresses(interface, 6 if ":" in address else 4)

    def wait_address(self, address, interface="eth0", present=True):
        wait_until(f"{self.name}: {address} on {interface} {'there' if present else 'gone'}",
                   lambda: self.has_address(address, interface) == present)

    def mac(self, interface="eth0"):
        return self.link(interface)["address"]

    @contextlib.contextmanager
    def inside(self):
        """The calling thread's sockets are made in this machine."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/self/ns/net", "rb") as home, open(f"/run/netns/{self.namespace}", "rb") as there:
            check(libc.setns(there.fileno(), CLONE_NEWNET) == 0, f"cannot enter {self.namespace}")
            try:
                yield
            finally:
                check(libc.setns(home.fileno(), CLONE_NEWNET) == 0, "cannot come back to our own namespace")

    def deafen(self, on=True):
        """Drops the VRRP that comes in, as behind a firewall that somebody got wrong."""
        if on:
            self.run("nft", "add table ip deaf; add chain ip deaf in { type filter hook input priority 0; }; "
                     "add rule ip deaf in ip protocol 112 drop")
        else:
            self.run("nft", "delete table ip deaf")

    def send_frame(self, interface, frame):
        with self.inside():
            with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
                raw.bind((interface, 0))
                raw.send(frame)

    def probe(self, address):
        return Probe(self, address)

    def monitor(self, *objects):
        return Monitor(self, objects or ("address", "link", "route"))

    def vrrpd(self, configuration, **options):
        from daemons import Vrrpd
        return Vrrpd(self, configuration, **options)

    def keepalived(self, configuration, **options):
        from daemons import Keepalived
        return Keepalived(self, configuration, **options)


class Lab:
    """Owns everything that a test makes, and takes it away again, however the test ends."""

    count = 0

    def __init__(self):
        clear_leftovers()
        Lab.count += 1
        self.prefix = f"{NAMESPACE_PREFIX}{os.getpid()}-{Lab.count}-"
        self.processes = []
        self.nodes = []
        self.daemons = []
        self.segments = {}
        self.directory = tempfile.mkdtemp(prefix=f"{NAMESPACE_PREFIX}test-{os.getpid()}-")
        os.chmod(self.directory, 0o755)
        self.switch = None

    def __enter__(self):
        try:
            self.switch = self.node("switch")
            # it hands frames on without looking at the packets in them
            self.switch.run("sysctl", "-qe", "-w", *(f"net.bridge.bridge-nf-call-{what}=0"
                                                     for what in ("arptables", "iptables", "ip6tables")))
        except BaseException:
            self.clear()
            raise
        return self

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                self.stop_daemons()
        except Exception:
            self.report()
            raise
        else:
            if kind is not None and not issubclass(kind, (KeyboardInterrupt, SystemExit)):
                self.report()
        finally:
            self.clear()

    def segment(self, name):
        self.segments[name] = Segment(self, name)
        return self.segments[name]

    def node(self, name, **addresses):
        return Node(self, name, addresses)

    def pair(self, **routers):
        """What most tests start with: a segment, routers r1 (.1) and r2 (.2), and a client (.100)."""
        self.segment("lan")
        return (self.node("r1", lan="192.0.2.1/24"), self.node("r2", lan="192.0.2.2/24"),
                self.node("client", lan="192.0.2.100/24"))

    def pair_v6(self):
        """The same with IPv6: fe80::1, fe80::2, fe80::100, and the same of 2001:db8::/64 beside them."""
        nodes = self.pair()
        for node, number in zip(nodes, (1, 2, 100)):
            node.use_ipv6(f"fe80::{number}/64", f"2001:db8::{number}/64")
        return nodes

    def file(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def stop_daemons(self):
        """Ends what still runs as an operator would, and sees that it ends well."""
        running = [daemon for daemon in self.daemons if daemon.running]
        for daemon in running:
            daemon.send(signal.SIGTERM)
        for daemon in running:
            daemon.expect_clean_end()
        for daemon in self.daemons:
            daemon.check_sanitizers()

    def report(self):
        """Everything that may explain a failure."""
        for daemon in self.daemons:
            print(f"--- {daemon.title} ---")
            print("\n".join(daemon.log_text().splitlines()[-40:]))
            for line in daemon.describe():
                print(line)
        for node in self.nodes:
            if node is not self.switch and os.path.exists(f"/run/netns/{node.namespace}"):
                print(f"--- {node.name}: ip addr ---")
                print(node.ip("-br", "addr", status=None).stdout.rstrip()[:4000])
        sys.stdout.flush()

    def clear_processes(self):
        for process in self.processes:
            if process.running:
                process.send(signal.SIGKILL)
        for process in self.processes:
            with contextlib.suppress(Failure):
                process.wait(5)

    def clear(self):
        self.clear_processes()
        for node in self.nodes:
            remove_namespace(node.namespace)
        shutil.rmtree(self.directory, ignore_errors=True)


def add_user(namespace):
    """What is started in the namespace finds the user that a package would have made: `ip netns exec` puts these files in place."""
    directory = f"/etc/netns/{namespace}"
    os.makedirs(directory, exist_ok=True)
    for name, line in (("passwd", "vrrpd:x:{0}:{0}::/run/vrrpd:/usr/sbin/nologin"), ("group", "vrrpd:x:{0}:")):
        with open(f"/etc/{name}", encoding="utf-8") as file:
            lines = [old for old in file.read().splitlines() if not old.startswith("vrrpd:")]
        with open(f"{directory}/{name}", "w", encoding="utf-8") as file:
            file.write("\n".join([*lines, line.format(USER_ID), ""]))


def remove_namespace(namespace):
    """Ends what runs in it, and the namespace."""
    shutil.rmtree(f"/etc/netns/{namespace}", ignore_errors=True)
    pids = run("ip", "netns", "pids", namespace, status=None).stdout.split()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    run("ip", "netns", "del", namespace, status=None)


def clear_leftovers():
    """Namespaces of tests that were killed: their names say whose they were."""
    for path in glob.glob(f"/run/netns/{NAMESPACE_PREFIX}*"):
        namespace = os.path.basename(path)
        owner = namespace[len(NAMESPACE_PREFIX):].split("-")[0]
        if owner.isdigit() and not os.path.exists(f"/proc/{owner}"):
            remove_namespace(namespace)
    for path in glob.glob(os.path.join(tempfile.gettempdir(), f"{NAMESPACE_PREFIX}test-*")):
        owner = os.path.basename(path).split("-")[2]
        if owner.isdigit() and not os.path.exists(f"/proc/{owner}"):
            shutil.rmtree(path, ignore_errors=True)
