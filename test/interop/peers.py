# SPDX-License-Identifier: GPL-2.0-or-later
"""The opposite numbers of the matrix behind one set of words: keepalived and FRR's vrrpd, and ourselves."""

import functools
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))

from daemons import Frr, instance, keepalived_instance
from lab import binary, check, equal, run, wait_until

VRID = 51
ADDRESSES = {4: ["192.0.2.10/24"], 6: ["fe80::200:5eff:fe00:233/64", "2001:db8::10/64"]}
SOURCES = {4: "192.0.2.", 6: "2001:db8::"}  # of unicast; by multicast in IPv6 they are link-local
ERRORS = ("checksum_errors", "version_errors", "ip_ttl_errors", "packet_length_errors", "invalid_type_received",
          "address_list_errors", "advert_interval_errors", "auth_failures", "sender_errors")


def interval_s(way):
    """Version 2 knows whole seconds only."""
    return 1 if way.version == 2 else 0.2


class Keepalived:
    name = "keepalived"
    conflicts = ()

    @staticmethod
    def version():
        return subprocess.run(["keepalived", "--version"], capture_output=True, text=True,
                              check=True).stderr.split()[1].lstrip("v")

    @staticmethod
    def cannot(way):
        """Why it cannot do that, or None."""
        if way.version == 2 and way.family == 6:
            return "version 2 is of IPv4 only (RFC 3768)"
        return None

    def __init__(self, node, way, number, priority, preempt=True):
        extra = [] if preempt else ["  nopreempt"]
        if way.their_mac == "virtual":
            extra.append("  use_vmac")
        if way.mode == "unicast":
            source = SOURCES[way.family]
            extra += [f"  unicast_src_ip {source}{number}", "  unicast_ttl 255",
                      f"  unicast_peer {{\n    {source}{3 - number}\n  }}"]
        if way.password:
            extra += ["  authentication {", "    auth_type PASS", f"    auth_pass {way.password}", "  }"]
        self.daemon = node.keepalived(keepalived_instance(
            version=way.version, addresses=ADDRESSES[way.family], priority=priority,
            advert_interval_s=interval_s(way), extra="\n".join(extra)))

    def wait_master(self):
        wait_until("keepalived is MASTER", self.is_master)

    def wait_backup(self):
        wait_until("keepalived is BACKUP", lambda: self.daemon.states()[-1:] == ["BACKUP"])

    def is_master(self):
        return self.daemon.states()[-1:] == ["MASTER"]

    def received(self):
        return self.daemon.statistics()["Advertisements: Received"]

    def stop(self):
        self.daemon.stop()

    def kill(self):
        self.daemon.kill()

    def expect_no_errors(self):
        statistics = self.daemon.statistics()
        equal({name: count for name, count in statistics.items() if "Errors: " in name and count}, {},
              "keepalived's counters of errors")
        equal(self.daemon.complaints(), [], "keepalived's complaints")


class FrrVrrpd:
    name = "FRR vrrpd"
    conflicts = ("address-in-use",)  # its host has the addresses at all times, and says so when it gets them

    @staticmethod
    def version():
        return subprocess.run([os.path.join(Frr.PROGRAMS, "vrrpd"), "--version"], capture_output=True, text=True,
                              check=True).stdout.split()[2]

    @staticmethod
    def cannot(way):
        if way.mode == "unicast":
            return "FRR has no unicast"
        if way.their_mac == "real":
            return "FRR works on a macvlan with the virtual MAC address only"
        if way.version == 2 and way.family == 6:
            return "version 2 is of IPv4 only (RFC 3768)"
        if way.password:
            return "FRR has no authentication"
        return None

    def __init__(self, node, way, number, priority, preempt=True):
        addresses = [address.split("/")[0] for address in ADDRESSES[way.family]]
        self.family = way.family
        self.node = node
        self.daemon = Frr(node, version=way.version, priority=priority, preempt=preempt, addresses=addresses,
                          advert_interval_ms=int(interval_s(way) * 1000))

    def wait_master(self):
        self.daemon.wait_state("Master")

    def wait_backup(self):
        self.daemon.wait_state("Backup")

    def is_master(self):
        return self.daemon.state() == "Master"

    def received(self):
        return self.daemon.show()[f"v{self.family}"]["stats"]["adverRx"]

    def stop(self):
        self.daemon.stop()
        self.daemon.zebra.end()
        self.node.ip("link", "del", f"vrrp{self.family}-{VRID}")

    def kill(self):
        self.daemon.kill()

    def expect_no_errors(self):
        pass  # it shows none


@functools.lru_cache
def accepts(text):
    """Does the configuration check take that file?"""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write(text)
        file.flush()
        return run(binary("vrrpctl"), "check", file.name, status=None).returncode == 0


class Ours:
    @staticmethod
    def cannot(way):
        keys = {"virtual_mac": True} if way.our_mac == "virtual" else {}
        if way.mode == "unicast":
            keys["peers"] = ["192.0.2.2"]
        return None if accepts(instance(**keys)) else "vrrpd does not do that yet"

    def __init__(self, node, way, number, priority, preempt=True):
        self.node = node
        self.way = way
        self.number = number
        self.daemon = node.vrrpd(self.configuration(priority, preempt))

    def configuration(self, priority, preempt=True):
        keys = {}
        if self.way.mode == "unicast":
            source = SOURCES[self.way.family]
            keys = {"source_address": [f"{source}{self.number}"], "peers": [f"{source}{3 - self.number}"]}
        if self.way.password:
            keys["auth_password"] = self.way.password
        if self.way.our_mac == "virtual":
            keys["virtual_mac"] = True
        return instance(version=self.way.version, addresses=ADDRESSES[self.way.family], priority=priority,
                        preempt=preempt, advert_interval=f"{int(interval_s(self.way) * 1000)}ms", **keys)

    def change(self, priority, preempt=True):
        self.daemon.reload(self.configuration(priority, preempt))

    def wait_master(self):
        self.daemon.wait_state("MASTER")

    def wait_backup(self):
        self.daemon.wait_state("BACKUP")

    def is_master(self):
        return self.daemon.show()["state"] == "MASTER"

    def wait_hears(self, since=0):
        self.daemon.wait_event("a master is heard", lambda event: event["event"] == "master" and event["to"],
                               since=since)

    def received(self):
        return self.daemon.counters()["adverts_received"]

    def stop(self):
        self.daemon.stop()

    def kill(self):
        self.daemon.kill()

    def expect_no_errors(self, but=()):
        counters = self.daemon.counters()
        equal({name: counters[name] for name in ERRORS if counters[name]}, {}, "our counters of errors")
        told = [event["text"] for event in self.daemon.events if event["event"] == "conflict"
                and event["what"] not in ("two-masters", "two-masters-over", *but)]
        check(not told, f"conflicts: {told}")
