# SPDX-License-Identifier: GPL-2.0-or-later
"""The demonstration behind scripts/demo: two routers and a client, a master that dies, and what the client noticed.

The machines are network namespaces on this computer; nothing leaves it and nothing stays.
"""

import os
import signal
import subprocess
import sys

from daemons import instance
from lab import Failure, Lab, check

VIP = "192.0.2.10"
PRIORITY = {"r1": 150, "r2": 100}
MARGIN_MS = 20


def styled(code, text):
    on = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return f"\033[{code}m{text}\033[0m" if on else text


def bold(text):
    return styled("1", text)


def say(text=""):
    print(text, flush=True)


def indent(text):
    for line in text.rstrip().splitlines():
        say(f"      {line}")


def table(name, daemon):
    say(f"   {bold(f'[{name}]$ vrrpctl show')}")
    indent(daemon.ctl("show").stdout)


def transition(daemon):
    """The newest change of state as vrrpctl tells it."""
    return [event for event in daemon.events if event["event"] == "state"][-1]["text"]


def act(machines, interval):
    """A failover and the way back at one interval; the outage, its bound, and whether it kept to it."""
    r1, r2, client = machines
    daemons = {}

    def start(node):
        daemons[node.name] = node.vrrpd(instance(priority=PRIORITY[node.name], advert_interval=interval,
                                                 addresses=[f"{VIP}/24"]))

    start(r1)
    start(r2)
    daemons["r1"].wait_state("MASTER")
    daemons["r2"].wait_event("the master is heard", lambda event: event["event"] == "master")
    r1.wait_address(f"{VIP}/24")
    table("r1", daemons["r1"])
    table("r2", daemons["r2"])

    bound_ms = daemons["r2"].show()["master_down_interval_ms"]
    say(f"   The client asks {VIP} for an answer a thousand times a second …")
    probe = client.probe(VIP)
    probe.wait_answering()
    say(f"   … and gets it. Now {bold('r1 dies')}: its cable is pulled and its vrrpd killed, at the same moment.")
    mark = daemons["r2"].mark()
    r1.power_off()
    daemons["r2"].wait_state("MASTER", since=mark)
    probe.wait_gap()
    result = probe.result()
    check(result["answering"], f"{VIP} does not answer: the failover did not happen")
    outage_ms = result["longest_gap_ms"]
    within = outage_ms <= bound_ms + MARGIN_MS
    say(f"      r2: {transition(daemons['r2'])}")
    table("r2", daemons["r2"])
    verdict = styled("32;1", "within it") if within else styled("31;1", "beyond it")
    say(f"   {bold(f'Outage: {outage_ms:.1f} ms')}, {result['lost']} questions without an answer. RFC 9568's bound, "
        f"Master_Down_Interval, is {bound_ms:.1f} ms: {verdict}.")

    say(f"   {bold('r1 comes back')}, and having the higher priority it takes its place again.")
    probe = client.probe(VIP)
    probe.wait_answering()
    mark = daemons["r2"].mark()
    r1.boot()
    start(r1)
    daemons["r1"].wait_state("MASTER")
    daemons["r2"].wait_state("BACKUP", since=mark)
    r2.wait_address(f"{VIP}/24", present=False)
    say(f"      r1: {transition(daemons['r1'])}")
    say(f"      r2: {transition(daemons['r2'])}")
    result = probe.result()
    say(f"   Longest time without an answer meanwhile: {result['longest_gap_ms']:.1f} ms.")
    for daemon in daemons.values():
        daemon.send(signal.SIGTERM)
    for daemon in daemons.values():
        daemon.expect_clean_end()
    return outage_ms, bound_ms, within


def play(lab):
    machines = lab.pair()
    say(f"Two routers and a client on one Ethernet segment; {VIP} is the address that must not fail.")
    say()
    say("      r1 192.0.2.1 ──┐        ┌── client 192.0.2.100")
    say("                     ├────────┘")
    say("      r2 192.0.2.2 ──┘")
    say()
    say("   r1's whole configuration; r2's has priority 100:")
    indent(instance(priority=PRIORITY["r1"], addresses=[f"{VIP}/24"]))
    results = []
    for title, interval in (("1. One advertisement a second, the default", "1s"),
                            ("2. One advertisement every 10 ms", "10ms")):
        say()
        say(bold(title))
        results.append((interval, *act(machines, interval)))
    say()
    say(bold("advert-interval      outage   bound of RFC 9568"))
    for interval, outage_ms, bound_ms, within in results:
        say(f"{interval:<15} {outage_ms:>8.1f} ms   {bound_ms:.1f} ms {'' if within else '  (beyond it)'}")


def stop(number, _frame):
    sys.exit(128 + number)


def main():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        with Lab() as lab:
            play(lab)
    except (Failure, subprocess.TimeoutExpired) as failure:
        say(f"\n{styled('31;1', 'The demonstration failed')}: {failure}")
        sys.exit(1)


if __name__ == "__main__":
    main()
