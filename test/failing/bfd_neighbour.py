# SPDX-License-Identifier: GPL-2.0-or-later
"""The other end of a BFD session (RFC 5880), which speaks when it is spoken to: enough for a session to come up and stay."""

import socket
import struct
import threading

PORT = 3784
TTL = 255
DOWN, INIT, UP = 1, 2, 3
ANSWERS = {DOWN: INIT, INIT: UP, UP: UP}  # by what is heard
INTERVAL_US = 100000
MULTIPLIER = 5
PACKET = struct.Struct("!BBBBIIIII")
OWN_DISCRIMINATOR = 0x0b0f0d01
# of the second byte, beside the state
POLL, FINAL = 0x20, 0x10


def answer_to(packet):
    """None to what it has nothing to say to."""
    if len(packet) < PACKET.size:
        return None
    _, flags, _, _, discriminator, *_ = PACKET.unpack_from(packet)
    state = ANSWERS.get(flags >> 6)
    if state is None:
        return None
    final = FINAL if flags & POLL else 0
    return PACKET.pack(1 << 5, state << 6 | final, MULTIPLIER, PACKET.size, OWN_DISCRIMINATOR, discriminator,
                       INTERVAL_US, INTERVAL_US, 0)


class BfdNeighbour:
    def __init__(self, node):
        with node.inside():
            self.ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.mouth = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.ear.bind(("", PORT))
        self.mouth.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, TTL)
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def _work(self):
        while True:
            packet, (source, _) = self.ear.recvfrom(2048)
            if not packet:  # of close()
                return
            answer = answer_to(packet)
            if answer:
                self.mouth.sendto(answer, (source, PORT))

    def close(self):
        # an empty datagram from itself, which no neighbour sends
        self.ear.sendto(b"", ("127.0.0.1", PORT))
        self.thread.join()
        self.ear.close()
        self.mouth.close()
