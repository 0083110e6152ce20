# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of virtual MACs have in common: who has which link, and what comes out of which port with which MAC."""

import json
import os
import signal

from daemons import instance
from lab import Process, wait_until
from service import INTERVAL_MS

VRID = 51
MAC_V4 = "00:00:5e:00:01:33"
MAC_V6 = "00:00:5e:00:02:33"
VIP_V6 = "2001:db8::10"
LINK_LOCAL = "fe80::200:5eff:fe00:233"
ADDRESSES_V6 = (f"{LINK_LOCAL}/64", f"{VIP_V6}/64")


def virtual(**keys):
    """As service.conf(), with a virtual MAC."""
    return instance(**{"priority": 150, "advert_interval": f"{INTERVAL_MS}ms", "announce_repeat": "0s",
                       "virtual_mac": True, **keys})


def link_name(node, family=4, interface="eth0"):
    return f"vrrp{family}-{node.link(interface)['ifindex']}-{VRID}"


def link_of(node, name):
    """What the kernel says of the link, or None."""
    found = node.ip("-d", "-j", "link", "show", "dev", name, status=None)
    return json.loads(found.stdout)[0] if found.returncode == 0 else None


def links(node):
    """The names of all that look like ours."""
    return sorted(link["ifname"] for link in json.loads(node.ip("-j", "link", "show").stdout)
                  if link["ifname"].startswith("vrrp"))


def is_up(node, name):
    link = link_of(node, name)
    return link is not None and "UP" in link["flags"]


def wait_up(node, name, up=True):
    wait_until(f"{node.name}: {name} {'up' if up else 'down'}",
               lambda: link_of(node, name) is not None and is_up(node, name) == up, every_s=0.01)


def sent_by(node, name):
    """Frames that the kernel has ever sent through the link."""
    found = json.loads(node.ip("-s", "-j", "link", "show", "dev", name).stdout)[0]
    return found["stats64"]["tx"]["packets"]


def local_addresses(node):
    """What the machine takes for its own."""
    told = node.ip("-4", "route", "show", "table", "local", "type", "local").stdout + \
        node.ip("-6", "route", "show", "table", "local", "type", "local", status=None).stdout
    return {line.split()[1] if line.startswith("local") else line.split()[0] for line in told.splitlines() if line}


class Port:
    """Records what a machine sends into the switch with one of these MACs."""

    def __init__(self, node, macs):
        self.node = node
        self.path = os.path.join(node.lab.directory, f"{node.name}-port-{len(node.lab.processes)}.pcap")
        log = self.path + ".log"
        self.process = Process(
            node.lab.switch, ["tcpdump", "-i", node.port("eth0"), "-Q", "in", "-w", self.path, "-U",
                              "--immediate-mode", "-n", "-Z", "root",
                              " or ".join(f"ether src {mac}" for mac in macs)], log=log)
        self.process.wait_log("listening on")

    def frames(self):
        """Ends it; the frames, a line each."""
        self.process.end(signal.SIGINT)
        told = self.node.lab.switch.run("tcpdump", "-e", "-n", "-r", self.path).stdout
        return [line for line in told.splitlines() if line.strip()]
