# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs keepalived with a keepalived.conf and vrrpd with what `vrrpctl import` makes of it, each alone on the same
machine, and looks at both from outside: states, advertisements on the wire, addresses, routes and rules in the kernel.

The machine has every interface that the file names, each on a segment of its own with the peers that it names. What
the file asks of the host and this one has not is the same for both: a script that is missing is /bin/true, a user that
is missing is root. Nobody else speaks VRRP, so that an instance ends as MASTER or FAULT.
"""

import collections
import concurrent.futures
import glob
import json
import os
import pwd
import re
import shlex
import tempfile

from daemons import Keepalived
from lab import Failure, Lab, Node, binary, check, run, wait_until

SETTLED = 3  # advertisements that are alike
DEADLINE_S = 60
HOST_NET = "198.18"  # where a machine has an address of its own on each interface
FINAL = ("MASTER", "FAULT")

Sample = collections.namedtuple("Sample", "path config_id imported interfaces sources peers ipv6")


class Original(Keepalived):
    """keepalived with a file as it is, and a FIFO that tells of its states."""

    def write(self, instances):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(f"global_defs {{\n vrrp_notify_fifo {self.fifo}\n}}\ninclude {instances}\n")

    def all_states(self):
        """The last state of each instance."""
        states = {}
        for words in self.follower.items:
            if words[0] == "INSTANCE" and words[2] in ("BACKUP", "MASTER", "FAULT", "STOP"):
                states[words[1]] = words[2]
        return states


class Host(Node):
    """A machine whose interfaces are called as the file calls them."""

    def __init__(self, lab, name, interfaces):
        self.interfaces = interfaces
        super().__init__(lab, name)

    def port(self, interface):
        return f"{self.name}.{self.interfaces.index(interface)}"

    def boot(self):
        super().boot()
        for number, interface in enumerate(self.interfaces):
            self.add_interface(interface, f"s{number}")


def import_of(path, config_id=None, *options):
    identity = ["--config-id", config_id] if config_id else []
    return run(binary("vrrpctl"), "import", *identity, *options, path).stdout


def values_of(text, key):
    """The items of each `key = value` and `key = { … }`, in quotes or not."""
    found = []
    for single, several in re.findall(rf"^\s*{key} = (?:\{{([^}}]*)\}}|(.*))$", text, re.M):
        for item in re.split(r"[,\n]", re.sub(r"#.*", "", single)) if single else [re.sub(r" #.*", "", several)]:
            if item.strip():
                found.append(item.strip().strip("\"'"))
    return found


def runnable(directory, path, config_id):
    """A copy that asks nothing of this host that it has not; its path."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        original = file.read()
    text = original
    result = import_of(path, config_id)
    for command in values_of(result, "(?:command|notify|notify-[a-z]+)"):
        program = shlex.split(command.replace("'", ""))[:1]
        if program and program[0].startswith("/") and not os.path.exists(program[0]):
            text = text.replace(program[0], "/bin/true")
    for user in values_of(result, "(?:script-)?user"):
        try:
            pwd.getpwnam(user)
        except KeyError:
            text = re.sub(rf"(\b(?:script_)?user\s+){re.escape(user)}\b.*", r"\1root", text)
    copy = os.path.join(directory, os.path.basename(path))
    with open(copy, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
    # relative includes
    for other in glob.glob(os.path.join(os.path.dirname(os.path.abspath(path)), "*")):
        link = os.path.join(directory, os.path.basename(other))
        if not os.path.lexists(link):
            os.symlink(other, link)
    return copy


def sample_of(path, config_id):
    """What the machine must have for the file."""
    text = import_of(path, config_id)
    with open(path, encoding="utf-8", errors="replace") as file:
        original = re.sub(r"[#!].*", "", file.read())
    interfaces = values_of(text, "interface") + re.findall(r"track-interface (\S+)", text)
    # keepalived starts with all of them only, also with those of what is not translated
    interfaces += re.findall(r"\b(?:dev|iif|oif) ([\w.-]+)", original)
    sources, peers = {}, {}
    for section in re.findall(r"^instance.*?^\}", text, re.M | re.S):
        interface = values_of(section, "interface")[0]
        sources.setdefault(interface, []).extend(values_of(section, "source-address"))
        peers.setdefault(interface, []).extend(values_of(section, "peers"))
    addresses = values_of(text, "(?:extra-)?addresses")
    return Sample(path, config_id, text, list(dict.fromkeys(interfaces)), sources, peers,
                  any(":" in address.split()[0] for address in addresses))


def whole(address):
    return f"{address}/{128 if ':' in address else 32}"


def add_neighbours(node, interface, own, others):
    """Addresses of its own, and a way to those of others that is on the link whatever their networks are."""
    for address in dict.fromkeys(own):
        node.ip("addr", "add", whole(address), "dev", interface, *(["nodad"] if ":" in address else []))
    for address in dict.fromkeys(others):
        node.ip("route", "replace", whole(address), "dev", interface, status=None)


def make_machine(lab, sample):
    """The machine that the file is for; the peers' addresses are on another one."""
    for number in range(len(sample.interfaces)):
        lab.segment(f"s{number}")
    machine, others = (Host(lab, name, sample.interfaces) for name in ("r1", "r2"))
    for number, interface in enumerate(sample.interfaces):
        for node, host in ((machine, 1), (others, 2)):
            node.ip("addr", "add", f"{HOST_NET}.{number}.{host}/24", "dev", interface)
            if sample.ipv6:
                node.use_ipv6(f"fe80::{host}/64", interface=interface)
        sources, peers = sample.sources.get(interface, []), sample.peers.get(interface, [])
        add_neighbours(machine, interface, sources, peers)
        add_neighbours(others, interface, peers, sources)
    return machine


def look_of(advert):
    """What a receiver sees of it; of the MAC address only whether it is a virtual one."""
    mac = advert.mac if advert.mac.startswith("00:00:5e:") else "the interface's"
    # keepalived's unicast in IPv6 has 64 whatever it is told
    ttl = "any" if ":" in advert.dst and not advert.dst.startswith("ff") else advert.ttl
    return (advert.src, advert.dst, mac, ttl, advert.version, advert.vrid, advert.priority, advert.count,
            advert.interval_ms, tuple(advert.addresses))


def settled(captures, count):
    """What that many routers advertise, when the last ones of each are alike."""
    def alike():
        routers = collections.defaultdict(list)
        for number, capture in enumerate(captures):
            for advert in capture.adverts():
                routers[number, advert.vrid, ":" in advert.src].append(look_of(advert))
        last = [looks[-SETTLED:] for looks in routers.values()]
        if len(last) < count or any(len(looks) < SETTLED or len(set(looks)) > 1 for looks in last):
            return None
        return [sorted(looks[0] for looks in last)]
    return wait_until(f"{count} routers whose advertisements are alike", alike, DEADLINE_S, 0.5)[0]


def addresses_of(machine):
    """What `ip addr` shows, wherever a macvlan has it: "192.0.2.10/24 on eth0 scope global label eth0:1"."""
    found = []
    for link in json.loads(machine.ip("-j", "addr", "show").stdout):
        virtual = link["address"].startswith("00:00:5e:")
        place = f"{link['address']} over {link.get('link')}" if virtual else link["ifname"]
        for info in link.get("addr_info", []):
            text = f"{info['local']}/{info['prefixlen']} on {place} scope {info['scope']}"
            for key in ("broadcast", "label", "deprecated"):
                # a label that is the interface's name is none
                if key in info and info[key] != link["ifname"]:
                    text += f" {key} {info[key]}"
            found.append(text)
    return sorted(found)


def routes_of(machine):
    """Routes and rules that the kernel did not make by itself."""
    found = []
    for family in ("-4", "-6"):
        for route in json.loads(machine.ip(family, "-j", "route", "show", "table", "all").stdout or "[]"):
            if route.get("protocol") != "kernel" and route.get("table") != "local":
                found.append(" ".join(f"{key} {route[key]}" for key in sorted(route)
                                      if key not in ("protocol", "flags", "pref")))
        for rule in json.loads(machine.ip(family, "-j", "rule", "show").stdout):
            found.append("rule " + " ".join(f"{key} {rule[key]}" for key in sorted(rule) if key != "protocol"))
    return sorted(found)


def at_rest(states, count):
    """Those of as many instances, when each is MASTER or in FAULT; or as they are when that does not come."""
    try:
        wait_until("states that stay", lambda: len(states()) >= count and all(
            state in FINAL for state in states().values()), DEADLINE_S)
    except Failure:
        pass
    return states()


def facts(machine, captures, states):
    """Everything that is compared."""
    masters = sum(state == "MASTER" for state in states.values())
    return {"states": states, "advertisements": settled(captures, masters), "addresses": addresses_of(machine),
            "routes and rules": routes_of(machine)}


def run_ours(lab, sample):
    machine = make_machine(lab, sample)
    captures = [segment.capture() for segment in lab.segments.values()]
    daemon = machine.vrrpd(sample.imported)

    def states():
        return {instance["name"]: instance["state"] for instance in daemon.json("show")["instances"]}
    return facts(machine, captures, at_rest(states, 1))


def run_theirs(lab, sample):
    machine = make_machine(lab, sample)
    captures = [segment.capture() for segment in lab.segments.values()]
    identity = ["-i", sample.config_id] if sample.config_id else []
    daemon = Original(machine, os.path.abspath(sample.path), wait=False, arguments=identity)
    wait_until("keepalived's first state", lambda: daemon.follower.items or not daemon.running)
    check(daemon.running, f"keepalived does not run with {os.path.basename(sample.path)}:\n{daemon.log_text()}")
    return facts(machine, captures, at_rest(daemon.all_states, len(re.findall(r"^instance ", sample.imported, re.M))))


def differences(path, config_id=None):
    """What vrrpd showed, and a line for each thing that was different under keepalived."""
    with tempfile.TemporaryDirectory() as directory, Lab() as our_lab, Lab() as their_lab, \
            concurrent.futures.ThreadPoolExecutor() as threads:
        sample = sample_of(runnable(directory, path, config_id), config_id)
        running = threads.submit(run_ours, our_lab, sample)
        theirs = run_theirs(their_lab, sample)
        ours = running.result()
    # names may have had to change
    different = [f"{what}: keepalived {theirs[what]}, vrrpd {ours[what]}" for what in ours
                 if what != "states" and theirs[what] != ours[what]]
    if sorted(theirs["states"].values()) != sorted(ours["states"].values()):
        different.append(f"states: keepalived {theirs['states']}, vrrpd {ours['states']}")
    return ours, different


def compare_all(paths, config_id=None):
    """Says of each file whether both do the same with it; how many are different."""
    count = 0
    for path in paths:
        try:
            ours, different = differences(path, config_id)
        except (Failure, OSError) as error:
            ours, different = None, [str(error)]
        count += bool(different)
        summary = collections.Counter(ours["states"].values()) if ours else {}
        print(f"{'DIFFERENT' if different else 'same'} {path}: "
              + ", ".join(f"{number} {state}" for state, number in summary.items()), flush=True)
        for line in different:
            print(f"    {line}", flush=True)
    print(f"{len(paths) - count} the same, {count} different")
    return count
