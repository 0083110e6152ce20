# SPDX-License-Identifier: GPL-2.0-or-later
"""A router that only talks and listens: it says that it is master as long as it is told to, and hears what others say.

Two system calls an interval instead of a second daemon, so that many pairs of routers fit on one computer.
"""

import select
import socket
import struct
import threading
import time

from lab import Failure

GROUP = "224.0.0.18"
PROTOCOL = 112


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def advertisement(source, vrid, priority, interval_ms, addresses):
    """RFC 9568 section 5.2, with the pseudo-header in the checksum as everybody has it."""
    body = b"".join(socket.inet_aton(address) for address in addresses)

    def message(total):
        return struct.pack("!BBBBHH", 0x31, vrid, priority, len(addresses), interval_ms // 10, total) + body
    pseudo = socket.inet_aton(source) + socket.inet_aton(GROUP) + struct.pack("!BBH", 0, PROTOCOL, len(message(0)))
    return message(checksum(pseudo + message(0)))


class Speaker:
    def __init__(self, node, source, vrid, interval_ms, addresses, interface="eth0"):
        self.interval_s = interval_ms / 1000
        self.packet = lambda priority: advertisement(source, vrid, priority, interval_ms, addresses)
        self.priority = None  # None: silent
        self.heard = []       # priorities, since it fell silent
        self.heard_at = 0     # when the last one came
        self.closed = False
        self.changed = threading.Condition()
        self.bell, self.bell_rope = socket.socketpair()
        with node.inside():
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, PROTOCOL)
            index = socket.if_nametoindex(interface)
        request = socket.inet_aton(GROUP) + socket.inet_aton(source) + struct.pack("=i", index)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, request)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def _work(self):
        due = 0
        while not self.closed:
            priority = self.priority
            if priority is not None and time.monotonic() >= due:
                self.socket.sendto(self.packet(priority), (GROUP, 0))
                due = time.monotonic() + self.interval_s
            wait_s = None if priority is None else max(0, due - time.monotonic())
            readable = select.select([self.socket, self.bell], [], [], wait_s)[0]
            if self.bell in readable:
                self.bell.recv(64)
                due = 0
            if self.socket in readable:
                packet = self.socket.recv(2048)
                with self.changed:
                    self.heard.append(packet[(packet[0] & 15) * 4 + 2])
                    self.heard_at = time.monotonic()
                    self.changed.notify_all()

    def _ring(self):
        self.bell_rope.send(b"!")

    def talk(self, priority):
        self.priority = priority
        self._ring()

    def fall_silent(self):
        with self.changed:
            self.priority = None
            del self.heard[:]
        self._ring()

    def hears_a_master(self):
        """Whether somebody has advertised within three intervals, as any backup counts it."""
        return time.monotonic() - self.heard_at < 3 * self.interval_s

    def wait_heard(self, what, predicate, deadline_s):
        """Waits for an advertisement of such a priority since it fell silent."""
        with self.changed:
            if not self.changed.wait_for(lambda: any(map(predicate, self.heard)), deadline_s):
                raise Failure(f"waited {deadline_s} s in vain: {what}")

    def close(self):
        self.closed = True
        self._ring()
        self.thread.join()
        for one in (self.socket, self.bell, self.bell_rope):
            one.close()
