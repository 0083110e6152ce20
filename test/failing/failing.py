# SPDX-License-Identifier: GPL-2.0-or-later
"""The other side of failing_kernel.c: tells it what to break and when to begin, and reads what it saw."""

import collections
import errno
import mmap
import struct

from lab import binary, run

HEADER = struct.Struct("=I16s48sIIIiIII")
CALL = struct.Struct("=16s48sI")
CALLS_MAX = 16384
BEHAVIOURS = ("right", "fail", "short", "slow", "lost", "late", "silent", "refuse-first", "refuse-last")
FOR_EVER = 0xffffffff

Call = collections.namedtuple("Call", "role name parts")


def behaviour(text):
    """"EPERM", "late" or "refuse-first:EPERM" as numbers: what to do, and with which error."""
    word, _, error = text.partition(":")
    if word in BEHAVIOURS:
        return BEHAVIOURS.index(word), getattr(errno, error) if error else 0
    return BEHAVIOURS.index("fail"), getattr(errno, word)


def text_of(raw):
    return raw.partition(b"\0")[0].decode()


class FailingKernel:
    """One file, mapped here and in every process of a daemon that is started with prefix()."""

    def __init__(self, path):
        self.path = path
        with open(path, "w+b") as file:
            file.truncate(HEADER.size + CALLS_MAX * CALL.size)
            self.map = mmap.mmap(file.fileno(), 0)

    def prefix(self):
        """What stands before the daemon's command line."""
        return ["env", f"LD_PRELOAD={':'.join([*sanitizer_library(), binary('failing_kernel.so')])}", f"FAILING_KERNEL={self.path}"]

    def _write(self, armed, role="", call="", first=0, last=0, what=0, error=0):
        HEADER.pack_into(self.map, 0, 0, role.encode(), call.encode(), first, last, what, error, 0, 0, 0)
        struct.pack_into("=I", self.map, 0, armed)

    def count(self):
        """From now on every call is written down."""
        self._write(1)

    def break_at(self, role, call, first, last, error):
        """From now on calls count, and those from the first to the last of that name misbehave."""
        self._write(1, role, call, first, last, *behaviour(error))

    def mend(self):
        """From now on the kernel does everything right; what was seen stays."""
        struct.pack_into("=I", self.map, 0, 0)

    @property
    def hits(self):
        return HEADER.unpack_from(self.map)[-2]

    def calls(self):
        """What was called since, in order."""
        count = min(HEADER.unpack_from(self.map)[-1], CALLS_MAX)
        found = (CALL.unpack_from(self.map, HEADER.size + i * CALL.size) for i in range(count))
        return [Call(text_of(role), text_of(name), parts) for role, name, parts in found]


def sanitizer_library():
    """The sanitizer's run-time library has to come before everything else, if the daemon has one."""
    for line in run("ldd", binary("vrrpd")).stdout.splitlines():
        if "libasan" in line:
            return [line.split("=>")[1].split()[0]]
    return []
