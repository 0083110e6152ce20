# SPDX-License-Identifier: GPL-2.0-or-later
"""Floods of packets that no router may believe: they change no state, cost no memory and stop no advertisement."""

import json

from daemons import instance, resident_kb
from lab import binary, check, equal
from runner import LONG, main, test

COUNT = 1_000_000 if LONG else 100_000
RATE = 40_000  # what a sanitizer's build on a shared core can read; lost ones would prove nothing
REFUSALS = ("checksum_errors", "version_errors", "vrid_errors", "ip_ttl_errors", "packet_length_errors",
            "invalid_type_received", "address_list_errors", "advert_interval_errors", "auth_failures", "sender_errors")


def throw(client, router, version, addresses=("192.0.2.10",), interval=100, seed=1):
    """All the rubbish from the client; how many packets left it."""
    done = client.run(binary("rubbish"), "-i", "eth0", "-r", 51, "-V", version, "-I", interval, "-n", COUNT,
                      "-s", seed, "-R", RATE, "-u", router, *addresses, timeout_s=600)
    return json.loads(done.stdout)["sent"]


def refused(daemon):
    counters = daemon.counters()
    return sum(counters[name] for name in REFUSALS)


def flood(lab, version, interval):
    """A master and a backup under the same flood."""
    r1, r2, client = lab.pair()
    keys = {"version": version, "advert_interval": "1s"}
    master = r1.vrrpd(instance(priority=150, **keys))
    master.wait_state("MASTER")
    backup = r2.vrrpd(instance(priority=100, **keys))
    backup.wait_event("the master is heard", lambda event: event["event"] == "master")
    # by hardware address: the rubbish also comes with the master's IP address as its source
    capture = lab.segments["lan"].capture(only=f"ip proto 112 and (ether src {r1.mac()} or ether src {r2.mac()})")
    # what a first flood allocates it may keep; a second one may add nothing
    throw(client, "192.0.2.1", version, interval=interval, seed=1)
    before = {daemon: resident_kb(daemon.protocol_pid) for daemon in (master, backup)}
    counted = {daemon: refused(daemon) for daemon in (master, backup)}
    sent = throw(client, "192.0.2.1", version, interval=interval, seed=2)

    for daemon, state in ((master, "MASTER"), (backup, "BACKUP")):
        grown_kb = resident_kb(daemon.protocol_pid) - before[daemon]
        seen = refused(daemon) - counted[daemon]
        print(f"     {daemon.title}: {seen} of {sent} refused, resident memory grew by {grown_kb} kB")
        equal(daemon.show()["state"], state, daemon.title)
        check(seen > sent / 2, f"{daemon.title} counted {seen} of {sent} packets only")
        check(grown_kb < 4096, f"{daemon.title} grew by {grown_kb} kB")
        check(len(daemon.log_text()) < 2_000_000, f"{daemon.title} filled its log")
    equal(master.states(), ["BACKUP", "MASTER"], "states of the master")
    equal(backup.states(), ["BACKUP"], "states of the backup")
    r1.wait_address("192.0.2.10/24")
    adverts = [advert for advert in capture.adverts() if advert.mac == r1.mac()]
    gaps = [later.time - earlier.time for earlier, later in zip(adverts, adverts[1:])]
    print(f"     longest gap between advertisements {max(gaps) * 1000:.0f} ms")
    check(max(gaps) < 2, f"an advertisement came {max(gaps):.3f} s after the one before")
    equal({advert.priority for advert in adverts}, {150}, "priorities that the master advertised")
    equal({advert.mac for advert in capture.adverts()}, {r1.mac()}, "who advertised")


@test
def rubbish_changes_nothing_in_version_3(lab):
    flood(lab, 3, 100)


@test
def rubbish_changes_nothing_in_version_2(lab):
    flood(lab, 2, 1)


if __name__ == "__main__":
    main()
