# SPDX-License-Identifier: GPL-2.0-or-later
"""Advertisements made by hand, right or wrong in one way, as frames: nothing of the product's code has a part in them."""

import ipaddress
import struct

GROUPS = {4: ("224.0.0.18", "01:00:5e:00:00:12"), 6: ("ff02::12", "33:33:00:00:00:12")}
PROTOCOL = 112


def hardware(text):
    return bytes.fromhex(text.replace(":", ""))


def packed(address):
    return ipaddress.ip_address(address).packed


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def message(source, destination, vrid=51, priority=100, addresses=("192.0.2.10",), version=3, interval_ms=1000,
            password=None, pseudo_header=True):
    """RFC 9568 section 5.2, or RFC 3768 section 5.3 with the authentication of RFC 2338."""
    body = b"".join(packed(address) for address in addresses)
    if version == 2:
        timing = bytes([1 if password else 0, interval_ms // 1000])
        body += (password or "").encode().ljust(8, b"\0")
    else:
        timing = struct.pack("!H", interval_ms // 10)
    head = bytes([version << 4 | 1, vrid, priority, len(addresses)]) + timing
    data = head + b"\0\0" + body
    pseudo = packed(source) + packed(destination) + struct.pack("!IHBB", len(data), 0, 0, PROTOCOL)
    summed = data if version == 2 or not pseudo_header else pseudo + data
    return head + struct.pack("!H", checksum(summed)) + body


def frame(mac, source, hop_limit=255, destination=None, destination_mac=None, **fields):
    """A whole Ethernet frame from that hardware and IP address; to the group unless a destination is given."""
    family = ipaddress.ip_address(source).version
    group, group_mac = GROUPS[family]
    destination = destination or group
    data = message(source, destination, **fields)
    if family == 6:
        header = struct.pack("!IHBB", 6 << 28, len(data), PROTOCOL, hop_limit) + packed(source) + packed(destination)
    else:
        header = (struct.pack("!BBHHHBBH", 0x45, 0xc0, 20 + len(data), 0, 0, hop_limit, PROTOCOL, 0) +
                  packed(source) + packed(destination))
        header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    kind = struct.pack("!H", 0x86dd if family == 6 else 0x0800)
    return hardware(destination_mac or group_mac) + hardware(mac) + kind + header + data
