# SPDX-License-Identifier: GPL-2.0-or-later
"""A service manager's ear: the socket that systemd would listen on, and what the daemon said there."""

import os
import socket
import threading

from lab import DEADLINE_S, Failure, run


class NotifySocket:
    """Listens at a path; `messages` are dictionaries, READY=1 among them as {"READY": "1"}, oldest first."""

    def __init__(self, path):
        self.path = path
        self.messages = []
        self._changed = threading.Condition()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(path)
        # whoever the daemon is
        if not path.startswith("\0"):
            os.chmod(path, 0o666)
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def name(self):
        """As NOTIFY_SOCKET has it."""
        return self.path.replace("\0", "@")

    def _read(self):
        while True:
            text = self._socket.recv(65536).decode()
            with self._changed:
                self.messages.append(dict(line.split("=", 1) for line in text.splitlines()))
                self._changed.notify_all()

    def mark(self):
        return len(self.messages)

    def wait(self, key, since=0, count=1):
        """The message of that number after the mark that has the key."""
        def found():
            return [message for message in self.messages[since:] if key in message][count - 1:count]
        with self._changed:
            if not self._changed.wait_for(found, DEADLINE_S):
                raise Failure(f"waited {DEADLINE_S} s in vain for {key}; told was {self.messages[since:]}")
            return found()[0]

    def words(self, since=0):
        """What was said, in order: READY, RELOADING, STOPPING; signs of life left out."""
        return [word for message in self.messages[since:] for word in ("RELOADING", "READY", "STOPPING")
                if word in message]


class Unit:
    """What a unit file says, as far as a stand-in for systemd needs it."""

    def __init__(self, path):
        self.values = {}
        with open(path, encoding="utf-8") as file:
            for line in file:
                key, equals, value = line.strip().partition("=")
                if equals and not line.startswith("#"):
                    self.values.setdefault(key, []).append(value)

    def words(self, key):
        return [word for value in self.values[key] for word in value.split()]

    def one(self, key):
        return self.values[key][-1]

    def bounding_set(self):
        """As setpriv has it: -all,+net_admin,…"""
        names = self.words("CapabilityBoundingSet")
        return ",".join(["-all", *("+" + name[len("CAP_"):].lower() for name in names)])

    def limits(self):
        """As a command before another; none where we may not raise them ourselves (CAP_SYS_RESOURCE)."""
        nice = 20 - int(self.one("LimitNICE"))
        words = ["prlimit", f"--nice={nice}", f"--rtprio={self.one('LimitRTPRIO')}", "--memlock=unlimited"]
        return words if run(*words, "true", status=None).returncode == 0 else []
