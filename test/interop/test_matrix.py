# SPDX-License-Identifier: GPL-2.0-or-later
"""The matrix: every way of speaking VRRP that we and another implementation both have, a cell each. In each cell both follow, take over
when the other dies, obey priority 0, preempt, and leave the other alone without preemption and at equal priorities, in both roles.

    test_matrix.py                 all cells, some at a time
    test_matrix.py --list          their names
    test_matrix.py NAME...         these, one after the other
    --jobs N                       how many at a time (6)
    --break ours|theirs            drops the VRRP that comes in on that side: every cell must fail
    --long                         those of version 2 do without preemption too what those of version 3 always do
    --readme                       writes what was found by the long form into the README's table
"""

import collections
import concurrent.futures
import itertools
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))

import runner
from lab import HERE, check, equal, wait_until
from peers import ADDRESSES, FrrVrrpd, Keepalived, Ours
from runner import test

README = os.path.normpath(os.path.join(HERE, "../../README"))
PEERS = (Keepalived, FrrVrrpd)
BROKEN_DEADLINE_S = 12  # longer than any step takes that goes well

Way = collections.namedtuple("Way", "peer version family mode our_mac their_mac password")


def name_of(way):
    password = ["password", str(len(way.password))] if way.password else []
    return "_".join(["version", str(way.version), f"ipv{way.family}", way.mode, "ours", way.our_mac,
                     way.peer.name.split()[0].lower(), way.their_mac, *password])


def reason_against(way):
    """Why there is no such cell, or None."""
    return way.peer.cannot(way) or Ours.cannot(way)


WAYS = [Way(*parts, None) for parts in itertools.product(
    PEERS, (2, 3), (4, 6), ("multicast", "unicast"), ("real", "virtual"), ("real", "virtual"))]
WAYS += [Way(Keepalived, 2, 4, "multicast", "real", "real", password) for password in ("sesame", "opensesame")]
REASONS = {way: reason_against(way) for way in WAYS}


def drop_vrrp(node):
    """As behind a firewall of both families that somebody got wrong."""
    node.run("nft", "add table inet deaf; add chain inet deaf in { type filter hook input priority -300; }; "
             "add rule inet deaf in meta l4proto 112 drop")


def wait_answers(client, way, who):
    """The client reaches the address, as often as it takes until switch and neighbours know."""
    address = ADDRESSES[way.family][-1].split("/")[0]
    wait_until(f"{address} answers, served by {who}",
               lambda: client.run("ping", "-c", "1", "-W", "1", address, status=None).returncode == 0)


def wait_received(router, count):
    """So many advertisements more."""
    before = router.received()
    wait_until(f"{count} advertisements are received", lambda: router.received() >= before + count, every_s=0.2)


def they_do_not_preempt(way, r1, ours, theirs):
    """They are master, and stop; they come again without preemption and leave us alone; and again, as master. Who they are then."""
    mark = ours.daemon.mark()
    theirs.stop()
    ours.daemon.wait_state("MASTER", since=mark)
    mark = ours.daemon.mark()
    theirs = way.peer(r1, way, 1, 150, preempt=False)
    wait_received(theirs, 6)
    check(not theirs.is_master(), f"{way.peer.name} has preempted us although it should not")
    equal(ours.daemon.states(since=mark), [], "our changes of state")
    theirs.stop()
    theirs = way.peer(r1, way, 1, 150)
    theirs.wait_master()
    ours.daemon.wait_state("BACKUP", since=mark)
    return theirs


def one_cell(lab, way):
    r1, r2, client = lab.pair_v6()
    for node in (r1, r2, client):
        # a virtual router moves to another port and hardware address
        node.run("sysctl", "-qw", "net.ipv4.conf.all.arp_accept=1")
    capture = lab.segments["lan"].capture()
    broken = os.environ.get("VRRPD_MATRIX_BREAK")
    if broken:
        drop_vrrp(r2 if broken == "ours" else r1)
    # they lead, we follow
    theirs = way.peer(r1, way, 1, 150)
    theirs.wait_master()
    ours = Ours(r2, way, 2, 100)
    ours.wait_hears()
    wait_answers(client, way, way.peer.name)
    # their priority 0
    mark = ours.daemon.mark()
    theirs.stop()
    event = ours.daemon.wait_state("MASTER", since=mark)
    equal(event["reason"], "the master released the addresses", "why we take over")
    wait_answers(client, way, "us")
    # they preempt
    mark = ours.daemon.mark()
    theirs = way.peer(r1, way, 1, 150)
    theirs.wait_master()
    ours.daemon.wait_state("BACKUP", since=mark)
    r2.wait_address(ADDRESSES[way.family][-1], present=False)
    # in version 2 all takes several seconds
    if way.version == 3 or runner.LONG:
        theirs = they_do_not_preempt(way, r1, ours, theirs)
    # they die
    mark = ours.daemon.mark()
    r1.power_off()
    event = ours.daemon.wait_state("MASTER", since=mark)
    equal(event["reason"], "master down timer expired", "why we take over")
    wait_answers(client, way, "us")
    r1.boot()
    if broken == "theirs":
        drop_vrrp(r1)
    # of equal priority, they leave us alone
    mark = ours.daemon.mark()
    theirs = way.peer(r1, way, 1, 100)
    wait_received(theirs, 6)
    check(not theirs.is_master(), f"{way.peer.name} has taken over from a master of the same priority")
    equal(ours.daemon.states(since=mark), [], "our changes of state")
    theirs.expect_no_errors()
    ours.expect_no_errors(way.peer.conflicts)
    # our priority 0
    ours.stop()
    theirs.wait_master()
    wait_answers(client, way, way.peer.name)
    # of equal priority, we leave them alone; and without preemption
    ours = Ours(r2, way, 2, 100)
    ours.wait_hears()
    wait_received(ours, 6)
    ours.change(150, preempt=False)
    wait_received(ours, 6)
    equal(ours.daemon.states(), ["BACKUP"], "our states")
    check(theirs.is_master(), f"{way.peer.name} is master no more")
    # we preempt
    ours.change(150)
    ours.wait_master()
    theirs.wait_backup()
    wait_answers(client, way, "us")
    wait_received(theirs, 3)
    ours.expect_no_errors(way.peer.conflicts)
    theirs.expect_no_errors()
    # we die
    r2.power_off()
    theirs.wait_master()
    wait_answers(client, way, way.peer.name)
    equal([advert for advert in capture.adverts() if advert.notes], [], "what tshark finds wrong")


for each_way in WAYS:
    if REASONS[each_way] is None:
        def one(lab, way=each_way):
            one_cell(lab, way)
        one.__name__ = name_of(each_way)
        test(one)


# --- all of them, and the table


def run_cell(name):
    """(name, passed, output), by a process of its own."""
    done = subprocess.run([sys.executable, os.path.abspath(__file__), name], capture_output=True, text=True,
                          errors="replace", check=False)
    return name, done.returncode == 0, done.stdout + done.stderr


def run_all(jobs):
    """{name: passed}; prints as they end."""
    names = [function.__name__ for function in runner.TESTS]
    results = {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for name, passed, output in pool.map(run_cell, names):
            results[name] = passed
            if passed or not os.environ.get("VRRPD_MATRIX_BREAK"):
                print(output.replace("1 passed, 0 failed\n", ""), end="", flush=True)
            else:
                failure = re.search(r"^FAIL.*\n.*", output, re.M)
                print(failure.group(0) if failure else output, flush=True)
    return results


COLUMNS = [(mode, mac) for mode in ("multicast", "unicast") for mac in ("real", "virtual")]


def table(results):
    """The lines of it."""
    notes = []
    lines = [f"  {'':40}{'by multicast':23}by unicast",
             f"  {'':18}{'our MAC':22}{'theirs: real':14}{'virtual':9}{'real':9}virtual"]
    for peer, version, family, our_mac in itertools.product(PEERS, (2, 3), (4, 6), ("real", "virtual")):
        if (version, family, our_mac) == (2, 6, "virtual"):
            continue  # nobody has version 2 over IPv6
        cells = []
        for mode, their_mac in COLUMNS:
            way = Way(peer, version, family, mode, our_mac, their_mac, None)
            reason = REASONS[way]
            if reason and reason not in notes:
                notes.append(reason)
            cells.append(f"({notes.index(reason) + 1})" if reason else "yes" if results[name_of(way)] else "NO")
        title = f"{peer.name} {peer.version()}" if (version, family, our_mac) == (2, 4, "real") else ""
        lines.append(f"  {title:18}{f'{our_mac:9}v{version} IPv{family}':22}"
                     f"{cells[0]:14}{cells[1]:9}{cells[2]:9}{cells[3]}".rstrip())
    lines += [f"  ({number}) {note}" for number, note in enumerate(notes, 1)]
    return lines


BEGIN, END = "  [interop matrix, written by test/interop/test_matrix.py --readme]", "  [end of the matrix]"


def write_readme(results):
    with open(README, encoding="utf-8") as file:
        before, found, rest = file.read().partition(BEGIN + "\n")
    _, found_end, after = rest.partition(END + "\n")
    check(found and found_end, f"{README} has no place for the table: {BEGIN!r} to {END!r}")
    with open(README, "w", encoding="utf-8") as file:
        file.write("\n".join([before + BEGIN, *table(results), END, after]))


def option(name, default):
    """The word behind that option, taken off the command line."""
    if name not in sys.argv:
        return default
    at = sys.argv.index(name)
    del sys.argv[at]
    return sys.argv.pop(at)


def main():
    jobs = int(option("--jobs", "6"))
    broken = option("--break", None)
    if broken:
        os.environ.update(VRRPD_MATRIX_BREAK=broken, VRRPD_DEADLINE_S=str(BROKEN_DEADLINE_S))
    if "--readme" in sys.argv:
        os.environ["VRRPD_LONG"] = "1"  # of the processes of the cells
    if "--list" in sys.argv or any(not word.startswith("-") for word in sys.argv[1:]):
        runner.main()
        return
    results = run_all(jobs)
    passed = sum(results.values())
    print(f"{passed} passed, {len(results) - passed} failed")
    if "--readme" in sys.argv:
        write_readme(results)
    sys.exit(0 if passed == (0 if broken else len(results)) else 1)


if __name__ == "__main__":
    main()
