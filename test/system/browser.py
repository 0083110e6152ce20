# SPDX-License-Identifier: GPL-2.0-or-later
"""A headless Chromium in a machine of the laboratory, driven over its debugging pipe: JSON messages that end with a NUL, on its
descriptors 3 and 4. So no driver program and no port are needed, and what the page sees is what a user's browser sees."""

import base64
import fcntl
import itertools
import json
import os
import shutil
import threading

from lab import DEADLINE_S, Failure, Process, check, wait_until

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "headless_shell")
DESKTOP, PHONE = (1280, 900), (390, 844)


def program():
    """The browser of this machine, or None."""
    return next((path for path in map(shutil.which, PROGRAMS) if path), None)


def high_pipe():
    """Its descriptors are none of those that a program is given by number."""
    ends = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return high


class Browser:
    """One tab. complaints gathers what the page's script throws and what the browser refuses to load, requests every address that it
    asks for."""

    def __init__(self, node):
        lab = node.lab
        self.complaints = []
        self.requests = []
        self._numbers = itertools.count(1)
        self._replies = {}
        self._changed = threading.Condition()
        to_read, self._to = high_pipe()
        self._from, to_write = high_pipe()
        home = os.path.join(lab.directory, f"browser-{len(lab.processes)}")
        # a shell puts the pipes where the browser expects them
        self.process = Process(
            node, ["bash", "-c", f"exec \"$0\" \"$@\" 3<&{to_read} 4>&{to_write}", program(), "--headless",
                   "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                   "--disable-background-networking", "--force-color-profile=srgb", f"--user-data-dir={home}", "about:blank"],
            log=f"{home}.log", pass_fds=(to_read, to_write), env={**os.environ, "HOME": lab.directory, "TZ": "UTC"})
        os.close(to_read)
        os.close(to_write)
        threading.Thread(target=self._listen, daemon=True).start()
        self.session = None
        targets = self.call("Target.getTargets")["targetInfos"]
        target = next(one["targetId"] for one in targets if one["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def _listen(self):
        left = b""
        while chunk := os.read(self._from, 65536):
            *whole, left = (left + chunk).split(b"\0")
            for text in whole:
                self._take(json.loads(text))
        with self._changed:
            self._replies = None
            os.close(self._from)
            os.close(self._to)
            self._changed.notify_all()

    def _take(self, message):
        with self._changed:
            if "id" in message:
                self._replies[message["id"]] = message
                self._changed.notify_all()
            elif message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            elif message["method"] == "Runtime.exceptionThrown":
                self.complaints.append(message["params"]["exceptionDetails"])
            elif message["method"] == "Log.entryAdded" and message["params"]["entry"]["source"] != "network":
                self.complaints.append(message["params"]["entry"]["text"])

    def call(self, method, **parameters):
        """A command of the debugging protocol, and its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        with self._changed:
            check(self._replies is not None, "the browser has ended")
            os.write(self._to, json.dumps(message).encode() + b"\0")
            self._changed.wait_for(lambda: self._replies is None or number in self._replies, DEADLINE_S)
            if not self._replies or number not in self._replies:
                raise Failure(f"the browser does not answer {method}:\n{self.process.log_text()[-2000:]}")
            reply = self._replies.pop(number)
        check("error" not in reply, f"{method}: {reply.get('error')}")
        return reply["result"]

    def size(self, size, dark=False):
        width, height = size
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 600)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def visit(self, url):
        error = self.call("Page.navigate", url=url).get("errorText")
        check(not error, f"{url}: {error}")

    def ask(self, expression):
        """What a JavaScript expression has as its value in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        check("exceptionDetails" not in result, f"{expression}: {result.get('exceptionDetails')}")
        return result["result"].get("value")

    def text(self, selector="body"):
        """What a reader sees of an element; an empty text where there is none."""
        return self.ask(f"(document.querySelector({json.dumps(selector)}) || {{}}).innerText || ''")

    def wait_text(self, wanted, selector="body"):
        wait_until(f"{wanted!r} on the page, in {selector}", lambda: wanted in self.text(selector))

    def type(self, selector, text):
        self.ask(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call("Input.insertText", text=text)

    def picture(self, path, whole=True):
        """A PNG of the page, for people to look at."""
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
