# SPDX-License-Identifier: GPL-2.0-or-later
"""Passwords of version 2, and the versions side by side."""

from daemons import instance
from lab import check, equal, run, wait_until
from runner import main, test


def web(**keys):
    return instance(**{"version": 2, "advert_interval": "1s", "auth_password": "sesame", **keys})


def wait_hears(daemon, address, name="web"):
    daemon.wait_event(f"{address} is heard", lambda event: event["event"] == "master" and event["to"] == address
                      and event["instance"] == name)


@test
def routers_of_one_password_agree(lab):
    r1, r2, _ = lab.pair()
    capture = lab.segments["lan"].capture()
    first = r1.vrrpd(web(priority=150))
    first.wait_state("MASTER")
    second = r2.vrrpd(web(priority=100))
    wait_hears(second, "192.0.2.1")
    found = run("tshark", "-n", "-r", capture.path, "-Y", "vrrp", "-T", "fields", "-e", "vrrp.auth_type",
                "-e", "vrrp.auth_string", status=None).stdout.split("\n")[0].split("\t")
    equal(found, ["1", "sesame"], "authentication as tshark reads it")
    equal(capture.faults(), [], "what tshark finds wrong")
    first.stop()
    second.wait_state("MASTER")
    equal(second.counters()["auth_failures"], 0, "failures")


@test
def another_password_is_refused_counted_and_told(lab):
    r1, r2, _ = lab.pair()
    first = r1.vrrpd(web(priority=150))
    first.wait_state("MASTER")
    second = r2.vrrpd(web(priority=100, auth_password="sesam"))
    wait_until("failures are counted", lambda: second.counters()["auth_failures"] >= 2, every_s=0.2)
    second.wait_event("it is told", lambda event: event.get("what") == "password" and r1.mac() in event["text"])
    second.wait_state("MASTER")
    equal(first.states(), ["BACKUP", "MASTER"], "states of the one of the other password")


@test
def a_password_is_needed_where_one_is_sent_and_none_where_none_is(lab):
    r1, r2, client = lab.pair()
    first = r1.vrrpd(web(priority=150))
    first.wait_state("MASTER")
    second = r2.vrrpd(instance(version=2, priority=100))
    wait_until("failures are counted", lambda: second.counters()["auth_failures"] >= 2, every_s=0.2)
    second.wait_state("MASTER")
    wait_until("by the other one too", lambda: first.counters()["auth_failures"] >= 2, every_s=0.2)


@test
def of_a_longer_password_eight_bytes_count(lab):
    r1, r2, _ = lab.pair()
    first = r1.vrrpd(web(priority=150, auth_password="opensesame"))
    first.wait_state("MASTER")
    check("only the first 8 bytes count" in first.log_text(), "the check does not warn")
    second = r2.vrrpd(web(priority=100, auth_password="opensesa"))
    wait_hears(second, "192.0.2.1")
    equal(second.counters()["auth_failures"], 0, "failures")


@test
def the_versions_live_side_by_side_on_one_link(lab):
    r1, r2, _ = lab.pair()
    both = (web(name="old", vrid=52, addresses=["192.0.2.20/24"], priority=150)
            + instance(name="new", vrid=53, addresses=["192.0.2.30/24"], advert_interval="200ms", priority=150))
    capture = lab.segments["lan"].capture()
    first = r1.vrrpd(both)
    for name in ("old", "new"):
        first.wait_state("MASTER", name=name)
    second = r2.vrrpd(both.replace("150", "100"))
    for name in ("old", "new"):
        wait_hears(second, "192.0.2.1", name)
    equal({(advert.vrid, advert.version) for advert in capture.adverts()}, {(52, 2), (53, 3)}, "versions")
    for name in ("old", "new"):
        counters = second.counters(name)
        equal({key: count for key, count in counters.items() if "errors" in key and count}, {}, f"errors of {name}")


@test
def one_vrid_has_a_version_in_each_family(lab):
    r1, r2, _ = lab.pair_v6()
    both = (web(name="four", addresses=["192.0.2.20/24"], priority=150)
            + instance(name="six", addresses=["fe80::200:5eff:fe00:233/64"], advert_interval="200ms", priority=150))
    first = r1.vrrpd(both)
    for name in ("four", "six"):
        first.wait_state("MASTER", name=name)
    second = r2.vrrpd(both.replace("150", "100"))
    wait_hears(second, "192.0.2.1", "four")
    wait_hears(second, "fe80::1", "six")
    r1.power_off()
    for name in ("four", "six"):
        second.wait_state("MASTER", name=name)


if __name__ == "__main__":
    main()
