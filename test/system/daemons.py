# SPDX-License-Identifier: GPL-2.0-or-later
"""The daemons under test and their opposite numbers, each with its own directory, so that many run on one machine."""

import glob
import json
import os
import re
import shutil
import signal
import subprocess

from lab import DEADLINE_S, Failure, Follower, Process, binary, check, run, wait_until

SANITIZER_STATUS = 99
SANITIZER_WORDS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:")


def value(setting):
    """A Python value as a configuration file has it."""
    if isinstance(setting, bool):
        return "true" if setting else "false"
    if isinstance(setting, (list, tuple)):
        return "{" + ", ".join(value(one) for one in setting) + "}"
    text = str(setting)
    return f'"{text}"' if " " in text else text


def instance(name="web", interface="eth0", vrid=51, addresses=("192.0.2.10/24",), **keys):
    """An instance section of vrrpd.conf; advert_interval="200ms" becomes advert-interval = 200ms."""
    settings = {"interface": interface, "vrid": vrid, **keys, "addresses": addresses}
    lines = [f"  {key.replace('_', '-')} = {value(setting)}" for key, setting in settings.items()]
    return "\n".join([f"instance {name} {{", *lines, "}", ""])


def sanitizer_environment(directory):
    log = os.path.join(directory, "sanitizer")
    return {**os.environ,
            "ASAN_OPTIONS": f"exitcode={SANITIZER_STATUS}:log_path={log}:detect_leaks=1",
            "UBSAN_OPTIONS": f"exitcode={SANITIZER_STATUS}:log_path={log}:print_stacktrace=1"}


class Daemon(Process):
    """What all of them have: a directory, a log, a title for reports."""

    def __init__(self, node, kind, command, directory, **options):
        self.title = f"{kind} on {node.name}"
        self.directory = directory
        super().__init__(node, command, log=os.path.join(directory, "log"), **options)
        node.lab.daemons.append(self)

    def kill(self):
        """SIGKILL to all its processes; what starts others is stopped first, so that it starts none."""
        if not self.running:
            return
        self.send(signal.SIGSTOP)
        children = descendants(self.pid)
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.send(signal.SIGKILL)
        self.wait()
        wait_until(f"{self.title} is gone", lambda: not any(alive(pid) for pid in children), every_s=0.005)

    def stop(self):
        """Ends it as an operator would."""
        self.send(signal.SIGTERM)
        self.expect_clean_end()

    def expect_clean_end(self):
        status = self.wait()
        check(status == 0, f"{self.title}: exit status {status} after SIGTERM")

    def check_sanitizers(self):
        pass

    def describe(self):
        return []


def descendants(pid):
    found = []
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(path, encoding="ascii") as file:
                children = [int(word) for word in file.read().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
        for child in children:
            found += [child, *descendants(child)]
    return found


def alive(pid):
    """Whether it still runs; a zombie that nobody collects does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def resident_kb(pid):
    """Memory of a process that is in RAM."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"^VmRSS:\s+(\d+) kB", file.read(), re.M).group(1))


class Vrrpd(Daemon):
    """Our daemon, and vrrpctl beside it."""

    def __init__(self, node, configuration, state_dir=None, arguments=(), wait=True, prefix=()):
        lab = node.lab
        directory = os.path.join(lab.directory, f"vrrpd-{len(lab.daemons)}")
        # whoever the daemon becomes may leave a sanitizer's report here
        os.makedirs(directory)
        os.chmod(directory, 0o1777)
        self.state_dir = state_dir or os.path.join(directory, "state")
        self.file = os.path.join(directory, "vrrpd.conf")
        self.write(configuration)
        self.follower = None
        self.follower_process = None
        super().__init__(node, "vrrpd", [*prefix, binary("vrrpd"), "-f", self.file, "-s", self.state_dir, *arguments],
                         directory, env=sanitizer_environment(directory))
        if wait:
            self.wait_ready()

    def write(self, configuration):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(configuration)

    def wait_ready(self):
        def answers():
            check(self.running, f"{self.title} ended at its start with status {self.popen.poll()}")
            return self.ctl("version", status=None).returncode == 0
        wait_until(f"{self.title} answers vrrpctl", answers)
        self.follow()

    def follow(self):
        """Hears of every event from the first on."""
        self.follower_process = Process(
            self.node, [binary("vrrpctl"), "-s", self.state_dir, "-j", "events", "-f", "-n", 100000],
            log=os.path.join(self.directory, "events.log"), stdout=subprocess.PIPE)
        self.follower = Follower(self.follower_process.popen.stdout, json.loads)

    @property
    def protocol_pid(self):
        """The child that speaks VRRP."""
        for pid in descendants(self.pid):
            with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
                if "protocol" in file.read():
                    return pid
        raise Failure(f"{self.title} has no protocol process")

    # --- vrrpctl

    def ctl(self, *arguments, status=0):
        return run(binary("vrrpctl"), "-s", self.state_dir, *arguments, status=status)

    def json(self, *arguments):
        return json.loads(self.ctl("-j", *arguments).stdout)

    def show(self, name="web"):
        return self.json("show", name)

    def counters(self, name="web"):
        return self.show(name)["counters"]

    def reload(self, configuration=None):
        """Writes the new file and has it adopted; what vrrpctl said."""
        if configuration is not None:
            self.write(configuration)
        return self.ctl("reload").stdout

    # --- events

    @property
    def events(self):
        return self.follower.items

    def mark(self):
        """A place in the stream of events, for `since`."""
        return len(self.follower.items)

    def wait_event(self, what, predicate, since=0, deadline_s=DEADLINE_S):
        """The first event since the mark that the predicate likes."""
        def first(events):
            return next((event for event in events[since:] if predicate(event)), None)
        return self.follower.wait(f"{self.title}: {what}", first, deadline_s)

    def states(self, name="web", since=0):
        """The states that the instance went to, in order."""
        return [event["to"] for event in self.events[since:]
                if event["event"] == "state" and event["instance"] == name]

    def wait_state(self, state, name="web", since=0, deadline_s=DEADLINE_S):
        """Waits until the last transition (after the mark) led to that state; the event."""
        def last(events):
            found = [event for event in events[since:]
                     if event["event"] == "state" and event["instance"] == name]
            return found[-1] if found and found[-1]["to"] == state else None
        return self.follower.wait(f"{self.title}: {name} becomes {state}", last, deadline_s)

    # --- how it ended

    def expect_clean_end(self):
        super().expect_clean_end()
        self.check_sanitizers()

    def check_sanitizers(self):
        texts = [self.log_text()]
        for path in glob.glob(os.path.join(self.directory, "sanitizer.*")):
            with open(path, encoding="utf-8", errors="replace") as file:
                # the leak checker of a busy machine, of a thread that ended before it could be looked at: no finding
                text = re.sub(r"==\d+==Unable to get registers from thread \d+\.\s*", "", file.read())
                texts += [text] if text.strip() else []
        for text in texts:
            for word in SANITIZER_WORDS:
                check(word not in text, f"{self.title}: {text[max(text.find(word), 0):][:3000]}")
        check(len(texts) == 1, f"{self.title}: a sanitizer wrote: {''.join(texts[1:])[:3000]}")

    def describe(self):
        if self.running:
            yield self.ctl("show", status=None).stdout.rstrip()
            yield self.ctl("events", "-n", "30", status=None).stdout.rstrip()


class Keepalived(Daemon):
    """Debian's keepalived, VRRP only."""

    def __init__(self, node, instances, wait=True, arguments=()):
        directory = os.path.join(node.lab.directory, f"keepalived-{len(node.lab.daemons)}")
        os.makedirs(directory)
        self.fifo = os.path.join(directory, "fifo")
        os.mkfifo(self.fifo)
        self.file = os.path.join(directory, "keepalived.conf")
        self.write(instances)
        # held open by us for reading and writing, it never ends
        self.fifo_stream = os.fdopen(os.open(self.fifo, os.O_RDWR), "r")
        self.follower = Follower(self.fifo_stream, lambda line: line.replace('"', "").split())
        super().__init__(
            node, "keepalived",
            ["keepalived", "-n", "-l", "-D", "-G", "-P", "-f", self.file, "-p", os.path.join(directory, "pid"),
             "-r", os.path.join(directory, "vrrp.pid"), *arguments],
            directory, env={**os.environ, "TMPDIR": directory})
        if wait:
            self.follower.wait(f"{self.title}: a first state", bool)

    def write(self, instances):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write("global_defs {\n  router_id lab\n  vrrp_version 3\n"
                       f"  vrrp_notify_fifo {self.fifo}\n}}\n{instances}")

    def states(self, name="web", since=0):
        """The states that it went to, in order; it also tells of other things that happen to it."""
        return [words[2] for words in self.follower.items[since:]
                if words[:2] == ["INSTANCE", name] and words[2] in ("BACKUP", "MASTER", "FAULT", "STOP")]

    def mark(self):
        return len(self.follower.items)

    def wait_state(self, state, name="web", since=0, deadline_s=DEADLINE_S):
        def last(_lines):
            return self.states(name, since)[-1:] == [state]
        return self.follower.wait(f"{self.title}: {name} becomes {state}", last, deadline_s)

    def statistics(self):
        """Its own counters, {"Received": 3, "TTL": 0, …}, freshly written."""
        path = os.path.join(self.directory, "keepalived.stats")
        if os.path.exists(path):
            os.unlink(path)
        self.send(signal.SIGUSR2)

        def complete():
            if not os.path.exists(path):
                return None
            with open(path, encoding="utf-8") as file:
                text = file.read()
            return text if "Priority Zero" in text and text.rstrip()[-1].isdigit() else None

        text = wait_until("keepalived's statistics", complete)
        found = {}
        section = ""
        for line in text.splitlines():
            match = re.match(r"(\s*)([A-Za-z ]+):\s*(\d*)$", line)
            if match and match.group(3):
                found[f"{section}{match.group(2)}"] = int(match.group(3))
            elif match:
                section = f"{match.group(2)}: "
        return found

    def complaints(self):
        """Lines of its log that find something wrong with what it received."""
        words = ("invalid", "mismatch", "bogus", "incorrect", "bad ", "wrong", "differ", "unexpected", "error",
                 "expected")
        return [line for line in self.log_text().splitlines() if any(word in line.lower() for word in words)]


def keepalived_instance(name="web", interface="eth0", vrid=51, priority=100, version=3, advert_interval_s=1,
                        addresses=("192.0.2.10/24",), extra=""):
    """A vrrp_instance of keepalived.conf."""
    lines = [f"  {address}" for address in addresses]
    return "\n".join([
        f"vrrp_instance {name} {{", "  state BACKUP", f"  interface {interface}", f"  virtual_router_id {vrid}",
        f"  priority {priority}", f"  version {version}", f"  advert_int {advert_interval_s}", extra,
        "  virtual_ipaddress {", *lines, "  }", "}", ""])


class Frr(Daemon):
    """FRR's vrrpd with the zebra that it needs. It wants a macvlan with the virtual MAC and the addresses on it."""

    PROGRAMS = "/usr/lib/frr"

    def __init__(self, node, vrid=51, priority=100, version=3, advert_interval_ms=1000, addresses=("192.0.2.10",),
                 interface="eth0", preempt=True):
        directory = os.path.join(node.lab.directory, f"frr-{len(node.lab.daemons)}")
        os.makedirs(directory)
        shutil.chown(directory, "frr", "frr")
        os.chmod(directory, 0o755)
        self.vrid = vrid
        self.family = 6 if ":" in addresses[0] else 4
        self.make_macvlan(node, interface, addresses)
        self.file = os.path.join(directory, "vrrpd.conf")
        with open(self.file, "w", encoding="utf-8") as file:
            file.write("\n".join([
                "log stdout", f"interface {interface}", f" vrrp {vrid} version {version}",
                f" vrrp {vrid} priority {priority}", f" vrrp {vrid} advertisement-interval {advert_interval_ms}",
                f" {'' if preempt else 'no '}vrrp {vrid} preempt",
                *(f" vrrp {vrid} {'ipv6' if self.family == 6 else 'ip'} {address}" for address in addresses), ""]))
        zebra = os.path.join(directory, "zserv.api")
        self.zebra = Process(node, self.command_of("zebra", directory, zebra), log=os.path.join(directory, "zebra.log"))
        wait_until("zebra's socket", lambda: os.path.exists(zebra))
        super().__init__(node, "FRR", [*self.command_of("vrrpd", directory, zebra), "-f", self.file], directory)
        self.vty_directory = directory
        wait_until("FRR's vrrpd knows its router", lambda: self.state() is not None)

    def make_macvlan(self, node, interface, addresses):
        macvlan = f"vrrp{self.family}-{self.vrid}"
        node.ip("link", "add", "name", macvlan, "link", interface, "type", "macvlan", "mode", "bridge")
        mac = f"00:00:5e:00:0{1 if self.family == 4 else 2}:{self.vrid:02x}"
        node.ip("link", "set", "dev", macvlan, "address", mac)
        if self.family == 6:
            node.run("sysctl", "-qw", *(f"net.ipv6.conf.{macvlan}.{setting}"
                                        for setting in ("addr_gen_mode=1", "accept_dad=0", "disable_ipv6=0")))
        node.ip("link", "set", "dev", macvlan, "up")
        for address in addresses:
            node.ip("addr", "add", f"{address}/{32 if self.family == 4 else 64}", "dev", macvlan)

    def command_of(self, program, directory, zebra):
        return [os.path.join(self.PROGRAMS, program), "-z", zebra, "-P", "0", "-u", "frr", "-g", "frr", "--vty_socket",
                directory, "-i", os.path.join(directory, f"{program}.pid"), "--log", "stdout"]

    def show(self):
        """What `show vrrp json` says of the router, or None."""
        done = run("vtysh", "--vty_socket", self.vty_directory, "-d", "vrrpd", "-c", "show vrrp json", status=None)
        try:
            routers = json.loads(done.stdout)
        except json.JSONDecodeError:
            return None
        return next((router for router in routers if router["vrid"] == self.vrid), None)

    def state(self):
        """"Master", "Backup", "Initialize", or None before it knows."""
        shown = self.show()
        return shown[f"v{self.family}"]["status"] if shown else None

    def wait_state(self, state):
        wait_until(f"{self.title} becomes {state}", lambda: self.state() == state, every_s=0.1)
