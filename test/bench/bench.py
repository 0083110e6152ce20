# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of the README: our daemon and Debian's keepalived in the same laboratory, one after the other.

A measurement asserts nothing. It prints what was measured, the median and the worst of some runs, and says how; on a
busy machine the figures are those of a busy machine.
"""

import argparse
import contextlib
import datetime
import io
import json
import os
import signal
import socket
import statistics
import struct
import sys
import time

import service
import test_nothing_blocks
from daemons import descendants, instance, keepalived_instance
from lab import Cable, Failure, Lab, check, equal, wait_until

VIP = "192.0.2.10"
ADVERTISED = [f"10.1.{n // 250}.{n % 250 + 1}/32" for n in range(255)]
EXTRA = [f"10.2.{n // 250}.{n % 250 + 1}/32" for n in range(745)]
PRIORITIES = (150, 100)


class Ours:
    name = "vrrpd"
    RESTART_SIGNAL = signal.SIGUSR2  # as etc/service/vrrpd.service has it

    @staticmethod
    def start(node, priority, interval_ms, addresses=(f"{VIP}/24",), extra=(), **options):
        keys = {"extra_addresses": list(extra)} if extra else {}
        return node.vrrpd(instance(priority=priority, advert_interval=f"{interval_ms}ms", addresses=list(addresses),
                                   **keys), **options)

    @staticmethod
    def again(before):
        """What its successor is started with."""
        return {"state_dir": before.state_dir}

    @staticmethod
    def protocol_pid(daemon):
        return daemon.protocol_pid

    @staticmethod
    def set_priority(daemon, priority, interval_ms):
        daemon.reload(instance(priority=priority, advert_interval=f"{interval_ms}ms", addresses=[f"{VIP}/24"]))


class Keepalived:
    name = "keepalived"
    RESTART_SIGNAL = signal.SIGTERM

    @staticmethod
    def again(_):
        return {}

    @staticmethod
    def start(node, priority, interval_ms, addresses=(f"{VIP}/24",), extra=()):
        more = "virtual_ipaddress_excluded {\n" + "\n".join(extra) + "\n}" if extra else ""
        return node.keepalived(keepalived_instance(priority=priority, advert_interval_s=interval_ms / 1000,
                                                   addresses=list(addresses), extra=more))

    @staticmethod
    def protocol_pid(daemon):
        """Of its child that speaks VRRP."""
        return descendants(daemon.pid)[0]

    @staticmethod
    def set_priority(daemon, priority, interval_ms):
        daemon.write(keepalived_instance(priority=priority, advert_interval_s=interval_ms / 1000,
                                         addresses=[f"{VIP}/24"]))
        daemon.send(signal.SIGHUP)


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


# ---- planned moves ----

def lost_while(client, act, winner, loser_node):
    """How many probes are lost from here until the address has moved."""
    probe = client.probe(VIP)
    probe.wait_answering()
    winner = act() or winner
    wait_until("the winner is master", lambda: winner.states()[-1:] == ["MASTER"])
    winner.node.wait_address(f"{VIP}/24")
    loser_node.wait_address(f"{VIP}/24", present=False)
    return probe.result()["lost"]


def moves_lost(daemon, interval_ms):
    """{kind: lost probes} of every kind that the daemon has."""
    lost = {}
    with Lab() as lab:
        (r1, first), (r2, second), client = start_pair(lab, daemon, interval_ms)

        def move(kind, act, winner, loser):
            lost[kind] = lost_while(client, act, winner, loser)

        if daemon is Ours:
            move("force backup", lambda: first.ctl("force", "backup", "web") and None, second, r1)
            first.ctl("release", "web")
            first.wait_state("MASTER")
            second.wait_state("BACKUP")
            move("force master", lambda: second.ctl("force", "master", "web") and None, second, r1)
            second.ctl("release", "web")
            first.wait_state("MASTER")
            second.wait_state("BACKUP")
        move("lower priority", lambda: daemon.set_priority(first, 50, interval_ms), second, r1)
        daemon.set_priority(first, PRIORITIES[0], interval_ms)
        first.wait_state("MASTER")
        second.wait_state("BACKUP")
        move("stop", lambda: first.send(signal.SIGTERM), second, r1)
        first.wait()

        def come_back():
            return daemon.start(r1, PRIORITIES[0], interval_ms)
        move("return", come_back, None, r2)
    return lost


def moves(runs):
    print(f"Planned moves: how many probes of {VIP}, one a millisecond, get no answer. {runs} runs.\n")
    print(f"{'':12}{'interval':>9}  {'':16}{'median':>12}  {'worst':>12}")
    for interval_ms in (1000, 100):
        for daemon in BOTH:
            results = measure(runs, daemon, interval_ms, moves_lost)
            for kind in results[0]:
                values = [result[kind] for result in results]
                print(f"{daemon.name:12}{interval_ms:6} ms  {kind:16}{summary(values, 'lost')}", flush=True)


# ---- a process that crashes, an address that is removed ----

def longest_gap_ms(adverts):
    times = [advert.time for advert in adverts]
    return max(later - earlier for earlier, later in zip(times, times[1:])) * 1000


def service_while(daemon, interval_ms, act):
    """
    act(node, daemon) does something to the master and returns when. (next advertisement of anybody after that, longest pause between
    two, longest time without an answer) in ms.
    """
    with Lab() as lab:
        (r1, first), _, client = start_pair(lab, daemon, interval_ms)
        capture = lab.segments["lan"].capture(only="ip proto 112")
        probe = client.probe(VIP)
        probe.wait_answering()
        wait_until("an advertisement", capture.adverts, every_s=0.1)
        done = act(r1, first)
        count = len(capture.adverts())
        wait_until("twenty more advertisements", lambda: len(capture.adverts()) >= count + 20, every_s=0.3)
        adverts = capture.adverts()
        after = min(advert.time for advert in adverts if advert.time > done)
        return (after - done) * 1000, longest_gap_ms(adverts), probe.result()["longest_gap_ms"]


def crash_once(daemon, interval_ms):
    def kill(_, first):
        pid, now = daemon.protocol_pid(first), time.time()
        os.kill(pid, signal.SIGKILL)
        return now
    return service_while(daemon, interval_ms, kill)


def restart_once(daemon, interval_ms):
    """What a service manager does: the old one is told to end, and when it has, a new one is started."""
    def again(node, first):
        first.send(daemon.RESTART_SIGNAL)
        first.wait()
        now = time.time()
        daemon.start(node, PRIORITIES[0], interval_ms, **daemon.again(first))
        return now
    return service_while(daemon, interval_ms, again)


def removed_once(daemon, interval_ms):
    """How long the address does not answer, in ms."""
    with Lab() as lab:
        (r1, _), _, client = start_pair(lab, daemon, interval_ms)
        capture = lab.segments["lan"].capture(only="ip proto 112")
        probe = client.probe(VIP)
        probe.wait_answering()
        r1.ip("addr", "del", f"{VIP}/24", "dev", "eth0")
        count = len(capture.adverts())
        wait_until("ten more advertisements", lambda: len(capture.adverts()) >= count + 10, every_s=0.3)
        return (probe.result()["longest_gap_ms"],)


def rows_of(runs, interval_ms, once, titles):
    for daemon in BOTH:
        rows = measure(runs, daemon, interval_ms, once)
        for title, values in zip(titles, zip(*rows)):
            print(f"{daemon.name:12}{title:26}{summary(values)}", flush=True)


SERVICE = ("next advertisement", "longest pause", "longest without an answer")


def crash(runs):
    print(f"SIGKILL of the process that speaks VRRP, at an interval of 100 ms. {runs} runs.\n")
    print(f"{'':12}{'':26}{'median':>12}  {'worst':>12}")
    rows_of(runs, 100, crash_once, SERVICE)


def restart(runs):
    print(f"A restart by a service manager, at an interval of 100 ms; after the old one's end. {runs} runs.\n")
    print(f"{'':12}{'':26}{'median':>12}  {'worst':>12}")
    rows_of(runs, 100, restart_once, SERVICE)


def removed(runs):
    print(f"Somebody removes the address from the master, at an interval of 100 ms. {runs} runs.\n")
    print(f"{'':12}{'':26}{'median':>12}  {'worst':>12}")
    rows_of(runs, 100, removed_once, ("longest without an answer",))


# ---- whoever does not read ----

BLOCKED = {
    "a log reader that has stopped": test_nothing_blocks.a_log_reader_that_has_stopped_delays_nothing_and_learns_what_it_missed,
    "a syslog that does not read": test_nothing_blocks.a_syslog_that_does_not_read_delays_nothing_and_learns_what_it_missed,
    "20 clients that never read": test_nothing_blocks.control_clients_that_never_read_delay_nothing,
    "a FIFO that nobody reads": test_nothing_blocks.a_notify_fifo_that_nobody_reads_delays_nothing,
    "scripts and hooks that hang": test_nothing_blocks.scripts_and_hooks_that_hang_delay_nothing,
    "a full STATE_DIR": test_nothing_blocks.a_full_state_directory_delays_nothing,
    "20,000 address changes": test_nothing_blocks.a_storm_of_address_changes_delays_nothing,
}


def gaps_of(case):
    """What the test of that name does, with its longest pause between advertisements measured and nothing asserted."""
    gaps = []

    @contextlib.contextmanager
    def measured(lab, *_):
        capture = service.adverts_of(lab)
        yield
        gaps.append(service.longest_gap(capture)[0])

    test_nothing_blocks.undisturbed = measured
    with Lab() as lab, contextlib.redirect_stdout(io.StringIO()):
        case(lab)
    return gaps


def blocked(runs):
    service.INTERVAL_MS = 100
    print("The longest pause between two advertisements of a master at an interval of 100 ms, while somebody does not")
    print(f"read, answer or have room (what test/system/test_nothing_blocks.py does). 120 ms is the limit. {runs} runs.\n")
    print(f"{'':31}{'median':>12}  {'worst':>12}")
    for name, case in BLOCKED.items():
        gaps = []
        for number in range(runs):
            progress(f"{name}, run {number + 1} of {runs}")
            gaps += gaps_of(case)
        progress("")
        print(f"{name:31}{summary(gaps)}", flush=True)


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


# ---- ten thousand addresses, with a virtual MAC and without ----

TEN_THOUSAND = ADVERTISED + [f"10.3.{n // 250}.{n % 250 + 1}/32" for n in range(9745)]
PART_BYTES = 32 << 10
DAEMON_NICE = -10
# of linux/netlink.h, rtnetlink.h, if_link.h and if_addr.h
RTM_SETLINK, RTM_NEWADDR, RTM_NEWROUTE, RTM_DELROUTE = 19, 20, 24, 25
NLM_F_REQUEST, NLM_F_EXCL, NLM_F_CREATE = 0x1, 0x200, 0x400
IFA_ADDRESS, IFA_LOCAL, IFA_CACHEINFO, IFA_FLAGS, IFA_PROTO, IFA_F_NODAD = 1, 2, 6, 8, 11, 0x2
LONGEST_S = 2 ** 32 - 2
RTA_DST, RTA_OIF, RT_TABLE_LOCAL, RTPROT_KERNEL, RTN_LOCAL, RT_SCOPE_UNIVERSE, RT_SCOPE_HOST = 1, 4, 255, 2, 2, 0, 254
IFF_UP = 0x1


def message(kind, flags, header, *attributes):
    body = header
    for number, value in attributes:
        body += struct.pack("HH", 4 + len(value), number) + value + bytes(-len(value) % 4)
    return struct.pack("IHHII", 16 + len(body), kind, NLM_F_REQUEST | flags, 0, 0) + body


def packed(address):
    """Family, length of the prefix, and bytes."""
    ip, length = address.split("/")
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    return family, int(length), socket.inet_pton(family, ip)


def address_message(ifindex, address):
    """RTM_NEWADDR, as the daemon asks for it; of IPv6, onto the link of a virtual MAC."""
    family, length, ip = packed(address)
    of_ipv6 = [(IFA_FLAGS, struct.pack("I", IFA_F_NODAD)), (IFA_CACHEINFO, struct.pack("IIII", LONGEST_S, LONGEST_S, 0, 0))]
    return message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, struct.pack("BBBBi", family, length, 0, 0, ifindex),
                   (IFA_LOCAL, ip), (IFA_ADDRESS, ip), (IFA_PROTO, bytes([112])), *(of_ipv6 if family == socket.AF_INET6 else []))


def route_message(kind, ifindex, address):
    """The route that makes it the host's own, likewise."""
    family, length, ip = packed(address)
    scope = RT_SCOPE_HOST if family == socket.AF_INET else RT_SCOPE_UNIVERSE
    header = struct.pack("BBBBBBBBI", family, length, 0, 0, RT_TABLE_LOCAL, RTPROT_KERNEL, scope, RTN_LOCAL, 0)
    return message(kind, NLM_F_CREATE if kind == RTM_NEWROUTE else 0, header, (RTA_DST, ip),
                   (RTA_OIF, struct.pack("i", ifindex)))


def batch_taken_ms(node, messages):
    """How long the kernel takes for all of them, in one batch that nobody listens to; at the priority of the daemon."""
    each = PART_BYTES // len(messages[-1])
    parts = [b"".join(messages[at:at + each]) for at in range(0, len(messages), each)]
    with node.inside(), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        before = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, 0, DAEMON_NICE)
        start = time.monotonic()
        for part in parts:
            netlink.send(part)  # returns when the kernel has done the work
        took_ms = (time.monotonic() - start) * 1000
        os.setpriority(os.PRIO_PROCESS, 0, before)
    return took_ms


def batch_ms(node, addresses):
    """How long the kernel takes for all of them on the node's eth0."""
    ifindex = node.link()["ifindex"]
    took_ms = batch_taken_ms(node, [address_message(ifindex, address) for address in addresses])
    check(len(node.addresses()) == len(addresses) + 1, "the kernel did not take the whole batch")
    return took_ms


def raise_ms(node, addresses):
    """How long the kernel takes to set a link up on which all of them wait, hidden from the host, and until they are the host's own:
    IPv4 makes their local routes again by itself, IPv6 has to be asked for them.
    """
    family = 6 if ":" in addresses[0] else 4
    node.ip("link", "add", "link", "eth0", "name", "waiting", "type", "macvlan", "mode", "bridge")
    node.use_ipv6(interface="waiting")
    ifindex = node.link("waiting")["ifindex"]

    def local():
        told = node.ip(f"-{family}", "route", "show", "table", "local", "type", "local", "dev", "waiting").stdout
        return len(told.splitlines())
    batch_taken_ms(node, [address_message(ifindex, address) for address in addresses])
    wait_until("all are local", lambda: local() == len(addresses), every_s=0.1)
    batch_taken_ms(node, [route_message(RTM_DELROUTE, ifindex, address) for address in addresses])
    equal(local(), 0, "local addresses on a link that is down")
    up = [message(RTM_SETLINK, 0, struct.pack("BxHiII", socket.AF_UNSPEC, 0, ifindex, IFF_UP, IFF_UP))]
    if family == 6:
        up += [route_message(RTM_NEWROUTE, ifindex, address) for address in addresses]
    took_ms = batch_taken_ms(node, up)
    equal(local(), len(addresses), "local addresses on a link that is up")
    return took_ms


def ten_thousand_once(interval_ms, virtual_mac, announce_count):
    """In ms: when, after the decision to take over, the first and the last address answer; how long after that the announcements
    end; the longest gap between advertisements; and what the kernel takes for the same addresses on another machine.
    """
    with Lab() as lab:
        r1, r2, client = lab.pair()
        options = {"addresses": ADVERTISED, "extra_addresses": TEN_THOUSAND[len(ADVERTISED):], "virtual_mac": virtual_mac,
                   "advert_interval": f"{interval_ms}ms", "announce_repeat": "0s", "announce_count": announce_count}
        master = r1.vrrpd(instance(priority=150, **options))
        master.wait_state("MASTER")
        backup = r2.vrrpd(instance(priority=100, **options))
        link = {node: f"vrrp4-{node.link()['ifindex']}-51" if virtual_mac else "eth0" for node in (r1, r2)}

        def holds_all(node):
            return set(TEN_THOUSAND) <= set(node.addresses(link[node]))
        for node in (r1, r2) if virtual_mac else (r1,):
            wait_until(f"{node.name} has everything on its link", lambda one=node: holds_all(one), every_s=0.5)
        for network in ("10.1.0.0/16", "10.3.0.0/16"):
            client.ip("route", "add", network, "dev", "eth0")
        samples = [TEN_THOUSAND[at].split("/")[0] for at in (0, 255, 5000, -1)]
        # a record of every announcement would take longer than the announcements: the last address's are the last
        advertised = lab.segments["lan"].capture(only="ip proto 112")
        capture = lab.segments["lan"].capture(only=f"icmp[icmptype] == 0 or arp src host {samples[-1]}")
        probes = [client.probe(address) for address in samples]
        for probe in probes:
            probe.wait_answering()
        lab.segment("elsewhere")
        kernel_ms = batch_ms(lab.node("r3", elsewhere="192.0.2.3/24"), TEN_THOUSAND)
        mark = backup.mark()
        r1.power_off()
        backup.wait_state("MASTER", since=mark)
        for probe in probes:
            probe.wait_gap()
        # no list of addresses is asked for meanwhile: the kernel would make it instead of adding to it
        backup.wait_log("addresses in place")
        check(holds_all(r2), "the new master does not hold everything")
        wait_until("all is announced", lambda: backup.counters()["announcements_sent"] >=
                   announce_count * len(TEN_THOUSAND), every_s=0.5)
        count = len(advertised.adverts(src="192.0.2.2"))
        wait_until("ten more advertisements", lambda: len(advertised.adverts(src="192.0.2.2")) >= count + 10, every_s=0.5)
        taken = backup.wait_event("the take-over", lambda event: event.get("to") == "MASTER", since=mark)["time"]
        start = datetime.datetime.fromisoformat(taken.replace("Z", "+00:00")).timestamp()
        answers = [min(time for time in capture.times(f"icmp.type == 0 and ip.src == {address}") if time >= start)
                   for address in samples]
        announced = [arp.time for arp in capture.arps(sender=samples[-1], since=start) if arp.gratuitous]
        equal(len(announced), announce_count, f"announcements of {samples[-1]}")
        gap_ms = longest_gap_ms(advertised.adverts(src="192.0.2.2"))
        return ((answers[0] - start) * 1000, (max(answers) - start) * 1000, (max(announced) - max(answers)) * 1000, gap_ms,
                kernel_ms)


class AnnouncedV4:
    """Ten thousand addresses of IPv4, how their announcements are counted where they arrive, and how one is recorded."""
    family, router, host, routes = 4, ("192.0.2.1/24",), ("192.0.2.100/24",), ("10.1.0.0/16", "10.3.0.0/16")
    advertised, extra = ADVERTISED, TEN_THOUSAND[len(ADVERTISED):]
    table, rule = "arp", "arp operation request arp daddr ip 10.0.0.0/8"

    @staticmethod
    def only(address):
        return f"ip proto 112 or icmp[icmptype] == 0 or arp src host {address}"

    @staticmethod
    def answers(capture, address):
        return capture.times(f"icmp.type == 0 and ip.src == {address}")

    @staticmethod
    def announcements(capture, address):
        return [arp.time for arp in capture.arps(sender=address) if arp.gratuitous]


class AnnouncedV6:
    """The same of IPv6; a packet of 1,500 bytes has room for 91 of them."""
    family, router, host, routes = 6, ("fe80::1/64", "2001:db8::1/64"), ("fe80::100/64", "2001:db8::100/64"), ("2001:db8:3::/64",)
    addresses = ["fe80::10/128"] + [f"2001:db8:3::{n + 1:x}/128" for n in range(9999)]
    advertised, extra = addresses[:90], addresses[90:]
    table, rule = "ip6", "icmpv6 type nd-neighbor-advert ip6 daddr ff02::1"

    @staticmethod
    def only(address):
        last = int.from_bytes(socket.inet_pton(socket.AF_INET6, address)[12:], "big")
        return f"ip6 proto 112 or ip6[40] == 129 or (ip6[40] == 136 and ip6[60:4] == {last})"

    @staticmethod
    def answers(capture, address):
        return capture.times(f"icmpv6.type == 129 and ipv6.src == {address}")

    @staticmethod
    def announcements(capture, address):
        return [advert.time for advert in capture.neighbour_adverts(target=address) if advert.dst == "ff02::1"]


def announcements_arrived(host, kind):
    """What the host's kernel has counted: a capture may lose some."""
    counter = json.loads(host.run("nft", "-j", "list", "counter", kind.table, "seen", "announcements").stdout)
    return counter["nftables"][-1]["counter"]["packets"]


def announced_once(interval_ms, kind, virtual_mac, announce_count):
    """In ms: when after the decision to take over all answer, when after that the last announcement arrives, the longest gap between
    advertisements, and what the kernel takes for the same addresses on another machine. A crossed cable leads to the one host that
    looks, and every announcement has to arrive there.
    """
    with Lab() as lab:
        router, host = lab.node("router"), lab.node("host")
        cable = Cable(router, host, kind.router, kind.host)
        everything = set(kind.advertised + kind.extra)
        for route in kind.routes:
            host.ip("route", "add", route, "dev", "eth0")
        # an interface that does not exist yet keeps it from being master
        daemon = router.vrrpd(instance(
            addresses=kind.advertised, extra_addresses=kind.extra, virtual_mac=virtual_mac, advert_interval=f"{interval_ms}ms",
            announce_repeat="0s", announce_count=announce_count).replace("\n}", "\n  track-interface gate {}\n}"))
        if virtual_mac:
            link = f"vrrp{kind.family}-{router.link()['ifindex']}-51"
            wait_until("everything waits on the link",
                       lambda: everything <= set(router.addresses(link, kind.family)), every_s=0.5)
        host.run("nft", f"add table {kind.table} seen; add counter {kind.table} seen announcements; "
                 f"add chain {kind.table} seen in {{ type filter hook input priority 0; }}; "
                 f"add rule {kind.table} seen in {kind.rule} counter name announcements")
        samples = [address.split("/")[0] for address in (kind.advertised[1], kind.extra[0], kind.extra[5000], kind.extra[-1])]
        # one, and of little: each is asked about every frame
        capture = cable.capture(only=kind.only(samples[-1]))
        probes = [host.probe(address) for address in samples]
        lab.segment("elsewhere")
        other = lab.node("other", elsewhere="192.0.2.3/24")
        alone_ms = raise_ms(other, kind.advertised + kind.extra) if virtual_mac else batch_ms(other, kind.advertised + kind.extra)
        router.ip("link", "add", "gate", "up", "type", "bridge")
        daemon.wait_state("MASTER")
        for probe in probes:
            probe.wait_answering()
        wanted = announce_count * len(everything)
        wait_until("all has arrived", lambda: announcements_arrived(host, kind) >= wanted, every_s=0.5)
        count = len(capture.adverts())
        wait_until("ten more advertisements", lambda: len(capture.adverts()) >= count + 10, every_s=0.5)
        equal(announcements_arrived(host, kind), wanted, "announcements that have arrived")
        taken = daemon.wait_event("the take-over", lambda event: event.get("to") == "MASTER")["time"]
        start = datetime.datetime.fromisoformat(taken.replace("Z", "+00:00")).timestamp()
        answered = max(min(kind.answers(capture, address)) for address in samples)
        announced = kind.announcements(capture, samples[-1])
        equal(len(announced), announce_count, f"announcements of {samples[-1]}")
        return (answered - start) * 1000, (max(announced) - answered) * 1000, longest_gap_ms(capture.adverts()), alone_ms


def announced(runs):
    interval_ms = 100
    print(f"The same take-over at an interval of {interval_ms} ms and with announce-count 5, where a crossed cable leads from the router to")
    print("one host and nothing else, so that the processors do not do the work of a switch and its other hosts besides. That")
    print(f"host's kernel has counted all of the 50,000 announcements. {runs} runs.\n")
    print(f"{'':12}{'':34}{'median':>12}  {'worst':>12}")
    for title, kind, virtual_mac in (("IPv4, with virtual-mac", AnnouncedV4, True), ("IPv4, without", AnnouncedV4, False),
                                     ("IPv6, with virtual-mac", AnnouncedV6, True)):
        rows = measure(runs, Ours, interval_ms, lambda _, ms, of=kind, mac=virtual_mac: announced_once(ms, of, mac, 5))
        print(title)
        own = "the kernel's own raise" if virtual_mac else "the kernel's own batch"
        for what, values in zip(("all answer after", "announcements end after that", "longest gap", own), zip(*rows)):
            print(f"{Ours.name:12}{what:34}{summary(values)}", flush=True)


def ten_thousand(runs, virtual_mac, how):
    interval_ms = 100
    print(f"Take-over of 10,000 addresses {how} (255 advertised, the others beside them) at an interval of {interval_ms} ms,")
    print(f"from the decision, and what the kernel takes for the same addresses in one batch, in the same run. {runs} runs.\n")
    print(f"{'':12}{'':34}{'median':>12}  {'worst':>12}")
    for count in (1, 5):
        rows = measure(runs, Ours, interval_ms, lambda _, ms, n=count: ten_thousand_once(ms, virtual_mac, n))
        print(f"announce-count = {count}")
        for title, values in zip(("first answer after", "all answer after", "announcements end after that", "longest gap",
                                  "the kernel's own batch"), zip(*rows)):
            print(f"{Ours.name:12}{title:34}{summary(values)}", flush=True)
        factors = [row[1] / row[4] for row in rows]
        print(f"{Ours.name:12}{'all answer, in kernel batches':34}{statistics.median(factors):9.2f}     {max(factors):9.2f}",
              flush=True)


def virtual(runs):
    ten_thousand(runs, True, "with virtual-mac")


def plain(runs):
    ten_thousand(runs, False, "without virtual-mac")


# ---- a thousand instances are looked at ----

def thousand_masters(lab, interval_ms):
    """A router with 1,000 instances that are MASTER, 250 of them on the segment."""
    r1, _, _ = lab.pair()
    interfaces = ["eth0"]
    for number in range(1, 4):
        interfaces.append(f"br{number}")
        r1.ip("link", "add", "name", f"br{number}", "type", "bridge")
        r1.ip("address", "add", f"10.{number}.255.1/16", "dev", f"br{number}")
        r1.ip("link", "set", f"br{number}", "up")
    daemon = r1.vrrpd("".join(
        instance(name=f"i{number}", interface=interfaces[number // 250], vrid=number % 250 + 1,
                 advert_interval=f"{interval_ms}ms", addresses=[f"10.{number // 250}.{number % 250}.10/32"],
                 announce_count=1, announce_repeat="0s")
        for number in range(1000)))
    wait_until("all are masters", lambda: daemon.ctl("show").stdout.count(" MASTER  100 ") == 1000, every_s=0.5)
    return daemon


def longest_gaps_ms(adverts):
    """Of each virtual router."""
    by_vrid = {}
    for advert in adverts:
        by_vrid.setdefault(advert.vrid, []).append(advert)
    return [longest_gap_ms(of_one) for of_one in by_vrid.values() if len(of_one) > 1]


def show(runs):
    interval_ms, calls = 1000, 10 * runs
    print(f"vrrpctl with 1,000 instances, all MASTER, at an interval of {interval_ms} ms, and the longest gap between the")
    print(f"advertisements of one of them meanwhile. {calls} calls each.\n")
    print(f"{'':26}{'median':>12}  {'worst':>12}  {'longest gap':>12}")
    with Lab() as lab:
        daemon = thousand_masters(lab, interval_ms)
        for words in (["version"], ["show"], ["-j", "show"], ["show", "i999"]):
            capture = lab.segments["lan"].capture(only="ip proto 112")
            took_ms = []
            for number in range(calls):
                progress(f"{' '.join(words)}, call {number + 1} of {calls}")
                start = time.monotonic()
                daemon.ctl(*words)
                took_ms.append((time.monotonic() - start) * 1000)
            count = len(capture.adverts())
            wait_until("one more round of advertisements", lambda seen=capture, least=count + 500:
                       len(seen.adverts()) >= least, every_s=0.5)
            progress("")
            gap_ms = max(longest_gaps_ms(capture.adverts()))
            print(f"vrrpctl {' '.join(words):18}{summary(took_ms)}  {gap_ms:9.1f} ms", flush=True)
        daemon.kill()


MEASUREMENTS = {"failover": failover, "stop": stop, "moves": moves, "crash": crash, "restart": restart, "removed": removed, "blocked": blocked,
                "many": many, "plain": plain, "virtual": virtual, "announced": announced,
                "show": show}


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
