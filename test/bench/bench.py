# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of the README: our daemon and Debian's keepalived in the same laboratory, one after the other.

A measurement asserts nothing. It prints what was measured, the median and the worst of some runs, and says how; on a
busy machine the figures are those of a busy machine.
"""

import argparse
import signal
import statistics
import sys

from daemons import instance, keepalived_instance
from lab import Failure, Lab, wait_until

VIP = "192.0.2.10"
ADVERTISED = [f"10.1.{n // 250}.{n % 250 + 1}/32" for n in range(255)]
EXTRA = [f"10.2.{n // 250}.{n % 250 + 1}/32" for n in range(745)]
PRIORITIES = (150, 100)


class Ours:
    name = "vrrpd"

    @staticmethod
    def start(node, priority, interval_ms, addresses=(f"{VIP}/24",), extra=()):
        keys = {"extra_addresses": list(extra)} if extra else {}
        return node.vrrpd(instance(priority=priority, advert_interval=f"{interval_ms}ms", addresses=list(addresses),
                                   **keys))


class Keepalived:
    name = "keepalived"

    @staticmethod
    def start(node, priority, interval_ms, addresses=(f"{VIP}/24",), extra=()):
        more = "virtual_ipaddress_excluded {\n" + "\n".join(extra) + "\n}" if extra else ""
        return node.keepalived(keepalived_instance(priority=priority, advert_interval_s=interval_ms / 1000,
                                                   addresses=list(addresses), extra=more))


BOTH = (Ours, Keepalived)


def start_pair(lab, daemon, interval_ms, **options):
    """A settled pair: r1 master and holding the addresses, r2 backup."""
    r1, r2, client = lab.pair()
    master = daemon.start(r1, PRIORITIES[0], interval_ms, **options)
    master.wait_state("MASTER")
    backup = daemon.start(r2, PRIORITIES[1], interval_ms, **options)
    backup.wait_state("BACKUP")
    wanted = len(options.get("addresses", (1,))) + len(options.get("extra", ()))
    wait_until("the master holds everything", lambda: len(r1.addresses()) == wanted + 1)
    return (r1, master), (r2, backup), client


def summary(values, unit="ms"):
    return f"{statistics.median(values):9.1f} {unit}  {max(values):9.1f} {unit}"


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def measure(runs, daemon, interval_ms, once):
    """The results of some runs of one measurement, each in a laboratory of its own."""
    results = []
    for number in range(runs):
        progress(f"{daemon.name} {interval_ms} ms, run {number + 1} of {runs}")
        results.append(once(daemon, interval_ms))
    progress("")
    return results


# ---- the master dies ----

def crash_outage_ms(daemon, interval_ms):
    with Lab() as lab:
        (r1, _), (_, backup), client = start_pair(lab, daemon, interval_ms)
        probe = client.probe(VIP)
        probe.wait_answering()
        r1.power_off()
        backup.wait_state("MASTER")
        probe.wait_gap()
        return probe.result()["longest_gap_ms"]


def failover(runs):
    print(f"The master's machine dies (cable and processes): how long {VIP} does not answer, probed each millisecond,")
    print(f"and the bound, Master_Down_Interval of the backup (priority {PRIORITIES[1]}). {runs} runs each.\n")
    print(f"{'':12}{'interval':>9}  {'bound':>12}  {'median':>12}  {'worst':>12}")
    for interval_ms in (1000, 100, 10):
        bound_ms = 3 * interval_ms + (256 - PRIORITIES[1]) * interval_ms / 256
        for daemon in BOTH:
            outages = measure(runs, daemon, interval_ms, crash_outage_ms)
            print(f"{daemon.name:12}{interval_ms:6} ms  {bound_ms:9.1f} ms  {summary(outages)}", flush=True)


# ---- the master is stopped ----

def stop_lost(daemon, interval_ms):
    with Lab() as lab:
        (_, master), (_, backup), client = start_pair(lab, daemon, interval_ms)
        probe = client.probe(VIP)
        probe.wait_answering()
        master.send(signal.SIGTERM)
        backup.wait_state("MASTER")
        master.wait()
        return probe.result()["lost"]


def stop(runs):
    print(f"The master is stopped by SIGTERM: how many probes of {VIP}, one a millisecond, get no answer. {runs} runs.\n")
    print(f"{'':12}{'interval':>9}  {'median':>12}  {'worst':>12}")
    for interval_ms in (1000, 100):
        for daemon in BOTH:
            lost = measure(runs, daemon, interval_ms, stop_lost)
            print(f"{daemon.name:12}{interval_ms:6} ms  {summary(lost, 'lost')}", flush=True)


# ---- a thousand addresses ----

def many_once(daemon, interval_ms):
    """(first answer, last announcement after the new master's first advertisement, its longest gap) in ms."""
    with Lab() as lab:
        (r1, _), (r2, backup), client = start_pair(lab, daemon, interval_ms, addresses=ADVERTISED, extra=EXTRA)
        for network in ("10.1.0.0/16", "10.2.0.0/16"):
            client.ip("route", "add", network, "dev", "eth0")
        first = ADVERTISED[0].split("/")[0]
        capture = lab.segments["lan"].capture(only=f"ip proto 112 or arp or (icmp and src host {first})")
        probe = client.probe(first)
        probe.wait_answering()
        mac = r2.mac()
        r1.power_off()
        backup.wait_state("MASTER")
        wait_until("the new master holds everything",
                   lambda: len(r2.addresses()) == len(ADVERTISED) + len(EXTRA) + 1)
        probe.wait_gap()
        wait_until("ten advertisements of the new master",
                   lambda: len(capture.adverts(src="192.0.2.2")) >= 10, every_s=0.5)
        adverts = [advert.time for advert in capture.adverts(src="192.0.2.2")]
        announced = {}
        for arp in capture.arps():
            if arp.src_mac == mac and arp.gratuitous:
                announced.setdefault(arp.sender, arp.time)
        answer = capture.times(f"icmp.type == 0 and eth.src == {mac}")[0]
        gaps = [later - earlier for earlier, later in zip(adverts, adverts[1:])]
        return ((answer - adverts[0]) * 1000, (max(announced.values()) - adverts[0]) * 1000, max(gaps) * 1000)


def many(runs):
    interval_ms = 100
    print("Take-over of 1,000 addresses (255 advertised, 745 beside them) at an interval of 100 ms: after the new")
    print(f"master's first advertisement, and the longest gap between its advertisements. {runs} runs.\n")
    print(f"{'':12}{'':26}{'median':>12}  {'worst':>12}")
    titles = ("first answer after", "last address announced", "longest gap")
    for daemon in BOTH:
        rows = measure(runs, daemon, interval_ms, many_once)
        for title, values in zip(titles, zip(*rows)):
            print(f"{daemon.name:12}{title:26}{summary(values)}", flush=True)


MEASUREMENTS = {"failover": failover, "stop": stop, "many": many}


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("what", nargs="*", metavar="|".join(MEASUREMENTS), help="default: all of them")
    parser.add_argument("--runs", type=int, default=5, help="of each measurement (5)")
    arguments = parser.parse_args()
    unknown = set(arguments.what) - set(MEASUREMENTS)
    if unknown:
        parser.error(f"no measurement is called {', '.join(sorted(unknown))}: choose {', '.join(MEASUREMENTS)}")
    try:
        for name in arguments.what or MEASUREMENTS:
            MEASUREMENTS[name](arguments.runs)
            print()
    except Failure as failure:
        sys.exit(f"The measurement failed: {failure}")


if __name__ == "__main__":
    main()
