# SPDX-License-Identifier: GPL-2.0-or-later
"""What really went over a segment: recorded by tcpdump, told by tshark's dissectors, which know nothing of our code."""

import collections
import os
import signal

from lab import DEADLINE_S, Process, check, run, wait_until

Advert = collections.namedtuple(
    "Advert", "time mac src dst ttl version type vrid priority count interval_ms addresses checksum notes")
NeighbourAdvert = collections.namedtuple(
    "NeighbourAdvert", "time src_mac dst_mac src dst hop_limit target mac router solicited override checksum")
Arp = collections.namedtuple("Arp", "time src_mac dst_mac opcode sender_mac sender target gratuitous")

# of IPv4 and IPv6 one of each pair is empty
ADVERT_FIELDS = ("frame.time_epoch", "eth.src", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "ip.ttl", "ipv6.hlim",
                 "vrrp.version", "vrrp.type",
                 "vrrp.virt_rtr_id", "vrrp.prio", "vrrp.addr_count", "vrrp.adver_int", "vrrp.short_adver_int",
                 "vrrp.ip_addr", "vrrp.ipv6_addr", "vrrp.checksum.status", "_ws.expert.message", "_ws.malformed")
ARP_FIELDS = ("frame.time_epoch", "eth.src", "eth.dst", "arp.opcode", "arp.src.hw_mac", "arp.src.proto_ipv4",
              "arp.dst.proto_ipv4", "arp.isgratuitous")
NEIGHBOUR_FIELDS = ("frame.time_epoch", "eth.src", "eth.dst", "ipv6.src", "ipv6.dst", "ipv6.hlim",
                    "icmpv6.nd.na.target_address", "icmpv6.opt.linkaddr", "icmpv6.nd.na.flag.r",
                    "icmpv6.nd.na.flag.s", "icmpv6.nd.na.flag.o", "icmpv6.checksum.status")
MARK_TYPE = b"\x88\xb5"  # IEEE 802's for local experiments
CHECKSUM_GOOD = "1"


class Capture:
    """Records a segment's VRRP, ARP and IPv6, or what another expression of tcpdump says; at work when made."""

    def __init__(self, segment, only="ip proto 112 or arp or ip6", pseudo_header=True):
        self.segment = segment
        self.pseudo_header = pseudo_header
        self.marks = 0
        self.path = os.path.join(segment.lab.directory, f"{segment.name}-{len(segment.lab.processes)}.pcap")
        # a place in tcpdump's ring is as large as the largest packet it takes: with the default there would be 64 of them,
        # too few for a busy machine
        self.process = Process(
            segment.node, ["tcpdump", "-i", segment.interface, "-w", self.path, "-U", "--immediate-mode", "-n",
                     "-B", "16384", "-s", "2048", "-Z", "root", f"({only}) or ether proto 0x88b5"],
            log=self.path + ".log")
        self.sync()

    def sync(self):
        """Returns when everything sent before is in the file: sends a frame of its own and waits to see it there."""
        mark = None

        def arrived():
            with open(self.path, "rb") as file:
                return mark in file.read()

        def send_and_look():
            nonlocal mark
            self.marks += 1
            mark = f"mark {self.marks} of {self.path}".encode()
            self.segment.node.send_frame(
                self.segment.interface, b"\xff" * 6 + b"\x02\x00\x00\x00\x00\x01" + MARK_TYPE + mark.ljust(60))
            try:
                return os.path.exists(self.path) and wait_until("the mark", arrived, 0.5, 0.01)
            except Exception:
                return False

        wait_until("tcpdump at work", send_and_look, DEADLINE_S)

    def stop(self):
        self.sync()
        self.process.end(signal.SIGINT)

    def _fields(self, display_filter, fields):
        options = []
        for field in fields:
            options += ["-e", field]
        if not self.pseudo_header:
            options += ["-o", "vrrp.v3_checksum_as_in_v2:TRUE"]
        self.sync()
        output = run("tshark", "-n", "-r", self.path, "-Y", display_filter, "-T", "fields", "-E", "separator=/t",
                     "-E", "occurrence=a", "-E", "aggregator=,", "-o", "ip.check_checksum:TRUE", *options,
                     status=None).stdout
        for line in output.splitlines():
            values = line.split("\t")
            check(len(values) == len(fields), f"tshark printed {line!r}")
            yield values

    def adverts(self, vrid=None, src=None, since=0.0):
        """Every VRRP packet in order of time."""
        result = []
        # an ICMP error quotes the packet that it is about
        for values in self._fields("vrrp and not icmp and not icmpv6", ADVERT_FIELDS):
            (time, mac, sender, sender_v6, dst, dst_v6, ttl, hop_limit, version, kind, virtual_id, priority, count,
             seconds, centiseconds, addresses, addresses_v6, checksum, expert, malformed) = values
            sender = sender or sender_v6
            addresses = addresses or addresses_v6
            advert = Advert(
                float(time), mac, sender, dst or dst_v6, int(ttl or hop_limit), int(version or 0), int(kind or 0),
                int(virtual_id or 0),
                int(priority or 0), int(count or 0),
                int(centiseconds) * 10 if centiseconds else int(seconds or 0) * 1000,
                addresses.split(",") if addresses else [], checksum, ",".join(filter(None, (expert, malformed))))
            if (vrid in (None, advert.vrid)) and (src in (None, sender)) and advert.time >= since:
                result.append(advert)
        return result

    def arps(self, sender=None, since=0.0):
        """Every ARP packet in order of time."""
        result = []
        for values in self._fields("arp", ARP_FIELDS):
            arp = Arp(float(values[0]), values[1], values[2], int(values[3]), values[4], values[5], values[6],
                      values[7] in ("1", "True"))
            if sender in (None, arp.sender) and arp.time >= since:
                result.append(arp)
        return result

    def neighbour_adverts(self, target=None, since=0.0):
        """Every neighbour advertisement in order of time."""
        result = []
        for values in self._fields("icmpv6.type == 136", NEIGHBOUR_FIELDS):
            flags = (value in ("1", "True") for value in values[8:11])
            advert = NeighbourAdvert(float(values[0]), *values[1:5], int(values[5]), *values[6:8], *flags, values[11])
            if target in (None, advert.target) and advert.time >= since:
                result.append(advert)
        return result

    def times(self, display_filter):
        """When the packets were there that tshark's filter finds."""
        return [float(values[0]) for values in self._fields(display_filter, ("frame.time_epoch",))]

    def faults(self):
        """What tshark finds wrong with any packet of ours: malformed fields, checksums, remarks of its experts."""
        wrong = []
        for advert in self.adverts():
            if advert.notes or advert.checksum != CHECKSUM_GOOD:
                wrong.append(f"advertisement from {advert.src} at {advert.time}: "
                             f"{advert.notes or 'checksum status ' + advert.checksum}")
        for values in self._fields("_ws.malformed or _ws.expert.severity >= warning",
                                   ("frame.number", "_ws.col.Info", "_ws.expert.message")):
            # that one address moves between two machines is the point of the whole thing
            if "Duplicate IP address configured" not in values[2]:
                wrong.append(f"frame {' '.join(values)}")
        return wrong
