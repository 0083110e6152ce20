# SPDX-License-Identifier: GPL-2.0-or-later
"""accept = false: a master that does not answer on its addresses, and still forwards, answers ARP and neighbour discovery."""

import os
import signal
import subprocess

from daemons import instance, sanitizer_environment
from lab import Follower, Process, binary, check, equal, run, wait_until
from runner import main, test
from service import other_protocol, wait_other_protocol

VIP = "192.0.2.10/24"
ADDRESS = "192.0.2.10"
VIP6 = "2001:db8::10/64"
BEHIND = "198.51.100.9"
FAST = "200ms"


def conf(**keys):
    return instance(**{"priority": 150, "advert_interval": FAST, "accept": False, **keys})


ANSWER_S = 5
SILENCE_S = 0.5


def pings(node, address, wait_s=ANSWER_S):
    return node.run("ping", "-n", "-c", "1", "-W", wait_s, address, status=None).returncode == 0


def connects(node, address, wait_s=ANSWER_S):
    """Does TCP reach the host? A refusal is an answer as well."""
    done = node.run("timeout", wait_s, "bash", "-c", f"exec 3<>/dev/tcp/{address}/9", status=None)
    return done.returncode != 124


def is_silent(node, address):
    return not pings(node, address, SILENCE_S)


def knows(node, address):
    """Has the neighbour been resolved?"""
    return "lladdr" in node.ip("neigh", "show", address).stdout


def tables(node):
    """The names of the tables of nf_tables."""
    return [line.split()[-1] for line in node.run("nft", "list", "tables").stdout.splitlines()]


def held(node):
    """Our only table, as nft shows it."""
    found = tables(node)
    equal(len(found), 1, f"number of tables ({found})")
    return node.run("nft", "list", "table", "inet", found[0]).stdout


def tables_monitor(node):
    """`nft monitor`, at work."""
    process = Process(node, ["nft", "monitor"], stdout=subprocess.PIPE)
    process.lines = Follower(process.popen.stdout)
    def is_heard():
        node.run("nft", "add table ip begun; delete table ip begun")
        return any("ip begun" in line for line in process.lines.items)
    wait_until("nft monitor at work", is_heard)
    return process


def changes(monitor):
    monitor.node.run("nft", "add table ip end; delete table ip end")
    monitor.lines.wait("the mark", lambda lines: any("delete table ip end" in line for line in lines))
    monitor.end(signal.SIGKILL)
    return [line for line in monitor.lines.items
            if "ip begun" not in line and "ip end" not in line and not line.startswith("# new generation")]


def master(node, configuration, **options):
    daemon = node.vrrpd(configuration, **options)
    daemon.wait_state("MASTER")
    node.wait_address(VIP)
    return daemon


def with_network_behind(router):
    """A network that the router leads to."""
    router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    router.lab.segment("behind")
    router.add_interface("eth1", "behind", "198.51.100.1/24")
    router.lab.node("server", behind=f"{BEHIND}/24").ip("route", "add", "default", "via", "198.51.100.1")


@test
def a_master_that_does_not_accept_answers_arp_and_forwards_and_nothing_else(lab):
    r1, _, client = lab.pair()
    with_network_behind(r1)
    client.ip("route", "add", "198.51.100.0/24", "via", ADDRESS)
    first = master(r1, conf())
    check(connects(client, "192.0.2.1"), "the router's own address does not answer TCP")
    check(is_silent(client, ADDRESS), "the address answers a ping")
    check(not connects(client, ADDRESS, SILENCE_S), "the address answers TCP")
    check(knows(client, ADDRESS), "the address does not answer ARP")
    check(pings(client, BEHIND), "nothing is forwarded through the address")
    check(pings(client, "192.0.2.1"), "the router's own address does not answer")
    check(is_silent(r1, ADDRESS), "it answers the router itself")
    equal(first.show()["accept"], False, "accept in show")
    check("does not accept" in first.ctl("show", "web").stdout, "show does not tell")


@test
def neighbour_discovery_is_answered_and_nothing_else(lab):
    r1, _, client = lab.pair_v6()
    first = r1.vrrpd(conf(addresses=[VIP6]))
    first.wait_state("MASTER")
    r1.wait_address(VIP6)
    check(is_silent(client, "2001:db8::10"), "the address answers a ping")
    check(knows(client, "2001:db8::10"), "the address does not answer a solicitation")
    # asked directly, as a host does that wants to know whether its neighbour is still there
    client.ip("neigh", "change", "2001:db8::10", "lladdr", r1.mac(), "dev", "eth0", "nud", "probe")
    wait_until("a solicitation to the address itself is answered",
               lambda: "REACHABLE" in client.ip("neigh", "show", "2001:db8::10").stdout)
    check(pings(client, "2001:db8::1"), "the router's own address does not answer")


@test
def the_filter_is_there_before_the_addresses_and_a_take_over_does_not_touch_it(lab):
    r1, r2, client = lab.pair()
    first = master(r1, conf())
    second = r2.vrrpd(conf(priority=100))
    second.wait_state("BACKUP")
    before = held(r2)
    check(ADDRESS in before, f"the backup has no filter: {before}")
    follower = tables_monitor(r2)
    first.stop()
    second.wait_state("MASTER")
    r2.wait_address(VIP)
    check(is_silent(client, ADDRESS), "the new master answers")
    equal(changes(follower), [], "changes of tables at the take-over")
    equal(tables(r1), [], "tables after the end")


@test
def a_reload_turns_it_on_and_off_and_touches_nothing_else(lab):
    r1, _, client = lab.pair()
    first = master(r1, conf(accept=True))
    monitor = r1.monitor("address")
    equal(tables(r1), [], "tables with accept = true")
    check(pings(client, ADDRESS), "it does not answer")
    first.reload(conf())
    check(is_silent(client, ADDRESS), "it answers after the reload")
    first.reload(conf(extra_addresses=["203.0.113.9/32"]))
    check("203.0.113.9" in held(r1), "the extra address is not held back")
    other = tables_monitor(r1)
    first.reload(conf(extra_addresses=["203.0.113.9/32"], priority=160))
    equal(changes(other), [], "changes by a reload that is not about it")
    first.reload(conf(accept=True))
    check(pings(client, ADDRESS), "it does not answer after it was turned off")
    equal(tables(r1), [], "tables after it was turned off")
    equal([line for line in monitor.changes() if ADDRESS in line], [], "changes of the address")
    equal(first.states(), ["BACKUP", "MASTER"], "states")


@test
def the_owner_of_the_addresses_always_accepts(lab):
    r1, _, client = lab.pair()
    first = master(r1, conf(priority=255) + instance("other", vrid=52, advert_interval=FAST, addresses=["192.0.2.20/24"], accept=False))
    r1.wait_address("192.0.2.20/24")
    check(pings(client, ADDRESS), "the owner does not answer")
    check(is_silent(client, "192.0.2.20"), "the other one answers")
    first.wait_log("does nothing with priority 255")


@test
def it_outlives_a_crash_and_goes_with_the_daemon(lab):
    r1, _, client = lab.pair()
    first = master(r1, conf())
    before = first.protocol_pid
    os.kill(before, signal.SIGSTOP)
    os.kill(before, signal.SIGKILL)
    check(is_silent(client, ADDRESS), "it answers while nobody is there")
    wait_other_protocol(first, before)
    check(is_silent(client, ADDRESS), "it answers after the crash")
    check(ADDRESS in held(r1), "the filter has gone")
    first.stop()
    equal(tables(r1), [], "tables after the end")


@test
def who_gives_up_after_crashes_leaves_no_filter_behind(lab):
    r1, _, _ = lab.pair()
    first = master(r1, conf())
    for _ in range(5):
        before = first.protocol_pid
        os.kill(before, signal.SIGKILL)
        if first.running:
            wait_until("the next one", lambda was=before: not first.running or other_protocol(first, was))
    equal(first.wait(), 3, "exit status")
    equal(r1.addresses(), ["192.0.2.1/24"], "addresses")
    equal(tables(r1), [], "tables")


@test
def one_who_was_killed_leaves_it_to_the_next(lab):
    r1, _, client = lab.pair()
    first = master(r1, conf())
    first.kill()
    check(ADDRESS in held(r1), "the filter has gone")
    # from another directory, where nobody knows the old name
    second = master(r1, conf(addresses=["192.0.2.10/24", "192.0.2.11/24"]))
    check("192.0.2.11" in held(r1), "the new address is not held back")
    second.kill()
    third = master(r1, conf(accept=True))
    equal(tables(r1), [], "tables with accept = true")
    check(pings(client, ADDRESS), "it does not answer")
    third.stop()


@test
def two_daemons_do_not_touch_each_others(lab):
    r1, _, client = lab.pair()
    first = master(r1, conf())
    second = r1.vrrpd(instance("other", vrid=52, advert_interval=FAST, addresses=["192.0.2.20/24"], accept=False))
    second.wait_state("MASTER", "other")
    r1.wait_address("192.0.2.20/24")
    equal(len(tables(r1)), 2, "tables")
    second.stop()
    equal(len(tables(r1)), 1, "tables when one has ended")
    check(is_silent(client, ADDRESS), "the other one's address answers")
    first.stop()
    equal(tables(r1), [], "tables at the end")


@test
def a_filter_that_somebody_flushes_is_put_back_and_told(lab):
    r1, _, client = lab.pair()
    first = master(r1, conf())
    mark = first.mark()
    r1.run("nft", "flush", "ruleset")
    event = first.wait_event("the event", lambda one: one["event"] == "filter", since=mark)
    equal(event["what"], "restored", "what happened")
    check(ADDRESS in held(r1), "it is not back")
    check(is_silent(client, ADDRESS), "the address answers")
    first.wait_log("put back")
    # by its parts, and again and again
    name = tables(r1)[0]
    for _ in range(3):
        r1.run("nft", "flush", "chain", "inet", name, "input", status=None)
    wait_until("it is whole again", lambda: tables(r1) and "drop" in held(r1))
    check(is_silent(client, ADDRESS), "the address answers")


@test
def a_kernel_that_refuses_is_told_and_asked_again(lab):
    r1, _, client = lab.pair()
    deny = lab.file("deny.py", DENY)
    first = r1.vrrpd(conf(), prefix=("python3", deny))
    first.wait_state("MASTER")
    event = first.wait_event("the event", lambda one: one["event"] == "filter")
    equal(event["what"], "failed", "what happened")
    first.wait_log("accept = false is not in force")
    check(pings(client, ADDRESS), "the address does not answer, so nothing was denied")


# Nobody in here can open a socket of netfilter: a kernel without it answers EPROTONOSUPPORT.
DENY = """
import ctypes, os, struct, sys
# socket() on x86-64 and arm64, with NETLINK_NETFILTER (12) as its third argument
number = {"x86_64": 41, "aarch64": 198}[os.uname().machine]
code = [(0x20, 0, 0, 0), (0x15, 0, 3, number), (0x20, 0, 0, 32), (0x15, 0, 1, 12), (0x06, 0, 0, 0x00050000 | 93),
        (0x06, 0, 0, 0x7fff0000)]
program = b"".join(struct.pack("HBBI", *one) for one in code)
buffer = ctypes.create_string_buffer(program)
class Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.byref(Program(len(code), ctypes.addressof(buffer))), 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


@test
def a_mistake_is_found_by_the_check(lab):
    path = lab.file("bad.conf", conf().replace("accept = false", "accept = fales"))
    done = run(binary("vrrpd"), "-t", "-f", path, status=1, env=sanitizer_environment(lab.directory))
    check("bad.conf:" in done.stderr and "accept" in done.stderr and "true nor false" in done.stderr, done.stderr)


if __name__ == "__main__":
    main()
