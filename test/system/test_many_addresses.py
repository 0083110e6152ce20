# SPDX-License-Identifier: GPL-2.0-or-later
"""A thousand addresses on one instance: the protocol does not wait for them, and they do not wait long.

Times are asserted as orders of magnitude, because sanitizers and a busy machine cost a factor; they are printed, so
that a plain build on a quiet machine can be held to its promises.
"""

from daemons import Vrrpd, instance
from lab import check, equal, wait_until
from runner import LONG, main, test

ADVERTISED = [f"10.1.{n // 250}.{n % 250 + 1}/32" for n in range(255)]
EXTRA = [f"10.2.{n // 250}.{n % 250 + 1}/32" for n in range(745)]
EVERYTHING = ADVERTISED + EXTRA


def thousand(priority):
    return instance(priority=priority, addresses=ADVERTISED, extra_addresses=EXTRA, advert_interval="1s",
                    announce_repeat="0s")


def present(node):
    return len(set(EVERYTHING) & set(node.addresses()))


def wait_present(node, count):
    wait_until(f"{node.name} holds {count} of the addresses", lambda: present(node) == count)


def first_announcements(capture, mac):
    """{address: time of its first gratuitous ARP}"""
    first = {}
    for arp in capture.arps():
        if arp.src_mac == mac and arp.gratuitous:
            first.setdefault(arp.sender, arp.time)
    return first


@test
def a_take_over_of_1000_addresses_advertises_first_and_announces_all(lab):
    r1, r2, client = lab.pair()
    for address in ("10.1.0.0/16", "10.2.0.0/16"):
        client.ip("route", "add", address, "dev", "eth0")
    r1.vrrpd(thousand(150)).wait_state("MASTER")
    wait_present(r1, 1000)
    backup = r2.vrrpd(thousand(100))
    backup.wait_state("BACKUP")
    backup.wait_event("the master is heard", lambda event: event["event"] == "master")
    address = ADVERTISED[0].split("/")[0]
    capture = lab.segments["lan"].capture(only=f"ip proto 112 or arp or (icmp and src host {address})")
    probe = client.probe(address)
    probe.wait_answering()
    mac = r2.mac()

    r1.power_off()
    backup.wait_state("MASTER")
    wait_present(r2, 1000)
    probe.wait_gap()
    outage_ms = probe.result()["longest_gap_ms"]

    def adverts():
        return capture.adverts(src="192.0.2.2")
    wait_until("four advertisements of the new master", lambda: len(adverts()) >= 4, every_s=0.5)
    sent = adverts()
    announced = first_announcements(capture, mac)
    equal(set(announced), {address.split("/")[0] for address in EVERYTHING}, "addresses announced")
    check(sent[0].time <= min(announced.values()), "an announcement left before the advertisement")
    gaps = [later.time - earlier.time for earlier, later in zip(sent, sent[1:])]
    first_ms = (min(announced.values()) - sent[0].time) * 1000
    last_ms = (max(announced.values()) - sent[0].time) * 1000
    answers = capture.times(f"icmp.type == 0 and eth.src == {mac}")
    print(f"     after the advertisement: {first_ms:.1f} ms to the first announcement, "
          f"{(answers[0] - sent[0].time) * 1000:.1f} ms to the first answer, {last_ms:.1f} ms to the last address "
          f"announced; longest gap between advertisements {max(gaps) * 1000:.0f} ms; outage {outage_ms:.0f} ms")
    check(max(gaps) < 2, f"an advertisement came late: {gaps}")
    check(last_ms < 2000, f"the last address was announced {last_ms:.0f} ms after the advertisement")
    equal(sent[0].count, 255, "addresses in the advertisement")
    equal(sent[0].addresses, [address.split("/")[0] for address in ADVERTISED], "advertised, in the file's order")
    equal(capture.faults(), [], "what tshark finds wrong")
    equal(backup.states(), ["BACKUP", "MASTER"], "states of the new master")


@test
def a_thousand_addresses_go_when_the_daemon_stops(lab):
    lab.segment("lan")
    r1 = lab.node("r1", lan="192.0.2.1/24")
    daemon = r1.vrrpd(thousand(150))
    daemon.wait_state("MASTER")
    wait_present(r1, 1000)
    shown = daemon.show()
    equal((len(shown["addresses"]), len(shown["extra_addresses"])), (255, 745), "addresses shown")
    daemon.stop()
    equal(r1.addresses(), ["192.0.2.1/24"], "addresses after the end")


@test
def the_255th_address_is_the_last_that_is_advertised(lab):
    lab.segment("lan")
    r1 = lab.node("r1", lan="192.0.2.1/24")
    refused = Vrrpd(r1, instance(addresses=[*ADVERTISED, "10.3.0.1/32"]), wait=False)
    equal(refused.wait(), 1, "exit status with 256 addresses")
    check("extra-addresses" in refused.log_text(), f"no way out is named: {refused.log_text()}")


if LONG:
    @test
    def five_thousand_addresses_of_ipv6_which_the_kernel_adds_ever_slower_do_not_silence_their_master(lab):
        r1, _, _ = lab.pair_v6()
        addresses = [f"2001:db8:3::{n + 1:x}/128" for n in range(5000)]
        capture = lab.segments["lan"].capture(only="ip6 proto 112")
        daemon = r1.vrrpd(instance(addresses=["fe80::10/128"], extra_addresses=addresses, advert_interval="100ms",
                                   announce_count=1, announce_repeat="0s"))
        protocol = daemon.protocol_pid
        wait_until("all is announced", lambda: daemon.counters()["announcements_sent"] > len(addresses), 120, 0.5)
        equal(daemon.protocol_pid, protocol, "the protocol process, which the watchdog has not killed")
        times = [advert.time for advert in capture.adverts()]
        gap_ms = max(later - earlier for earlier, later in zip(times, times[1:])) * 1000
        print(f"     longest gap between advertisements {gap_ms:.0f} ms")
        check(gap_ms < 1000, f"no advertisement for {gap_ms:.0f} ms")


if __name__ == "__main__":
    main()
