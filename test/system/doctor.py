# SPDX-License-Identifier: GPL-2.0-or-later
"""What `vrrpctl doctor` finds, for the tests of it: its wire and its host have a file each, which run side by side."""

import json
import re

from daemons import sanitizer_environment
from lab import binary, check, equal

QUICK = {"advert_interval": "300ms"}  # doctor listens for three of them
CHECKS = {
    "configuration", "daemon", "capabilities", "other-daemons", "cpu-steal", "interfaces", "network-manager",
    "reverse-path", "arp", "secondaries", "multicast-snooping", "membership", "mtu", "stale-addresses", "scripts",
    "script-time", "bfd", "preemption", "loop-lag", "firewall", "peer", "vrid", "masters", "version", "interval",
    "address-list", "checksum", "packets", "priorities", "weights", "duplicate-address"}


class Findings:
    """What doctor said, by check."""

    def __init__(self, node, configuration, *arguments, state_dir="/nonexistent", prefix=()):
        lab = node.lab
        path = lab.file("doctor.conf", configuration)
        done = node.run(*prefix, binary("vrrpctl"), "-j", "-s", state_dir, "doctor", *arguments, path, status=None,
                        env=sanitizer_environment(lab.directory))
        check(done.returncode in (0, 1), f"doctor ended with {done.returncode}: {done.stderr}")
        self.all = json.loads(done.stdout)["findings"]
        equal(done.returncode, int(any(one["status"] == "fail" for one in self.all)), "exit status")

    def of(self, name):
        return [one for one in self.all if one["check"] == name]

    def statuses(self, name):
        return sorted({one["status"] for one in self.of(name)})

    def expect(self, name, status, *words):
        """One finding of that check has the status and all these words, and a fix; it is returned."""
        for one in self.of(name):
            if one["status"] == status and all(word in one["evidence"] for word in words):
                check(one["fix"], f"{name} has no fix: {one}")
                return one
        check(False, f"{name}: no {status} with {words} in {self.of(name)}")

    def expect_fine(self, *names):
        for name in names:
            equal(self.statuses(name), ["ok"], f"{name}: {self.of(name)}")


def mend(node, fix):
    """Runs what a finding says, as it stands there."""
    node.run("sh", "-c", fix)


def edited(configuration, fix):
    """The file after "KEY = VALUE, KEY = VALUE in instance NAME of FILE, and ..." was obeyed."""
    settings, name = re.fullmatch(r"(.*) in instance (\S+) of .*", fix).groups()
    head, begin, rest = configuration.partition(f"instance {name} {{\n")
    body, end, tail = rest.partition("\n}\n")
    for setting in settings.split(", "):
        key = setting.partition(" = ")[0]
        body = "\n".join([*(line for line in body.splitlines() if line.split() and line.split()[0] != key), f"  {setting}"])
    return head + begin + body + end + tail
