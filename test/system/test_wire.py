# SPDX-License-Identifier: GPL-2.0-or-later
"""Every packet that leaves us, as tshark's dissectors see it."""

from daemons import instance
from lab import check, equal, wait_until
from runner import main, test


def sent(lab, count, pseudo_header=True, **keys):
    """What a lone router sends until there are `count` advertisements, its end with priority 0 included."""
    lab.segment("lan")
    r1 = lab.node("r1", lan="192.0.2.1/24")
    capture = lab.segments["lan"].capture(pseudo_header=pseudo_header)
    daemon = r1.vrrpd(instance(priority=200, **keys))
    daemon.wait_state("MASTER")
    wait_until(f"{count} advertisements", lambda: len(capture.adverts()) >= count, every_s=0.2)
    daemon.stop()
    adverts = capture.adverts()
    equal(capture.faults(), [], "what tshark finds wrong")
    equal({(advert.src, advert.dst, advert.ttl, advert.type, advert.vrid, advert.mac) for advert in adverts},
          {("192.0.2.1", "224.0.0.18", 255, 1, 51, r1.mac())}, "what all of them have in common")
    equal(adverts[-1].priority, 0, "priority of the last")
    equal({advert.priority for advert in adverts[:-1]} - {0}, {200}, "priorities of the others")
    return capture, adverts, r1


@test
def version_3_is_well_formed(lab):
    _, adverts, _ = sent(lab, 5, advert_interval="100ms", addresses=["192.0.2.10/24", "192.0.2.11/24"])
    equal({(advert.version, advert.interval_ms) for advert in adverts[:-1]}, {(3, 100)}, "version and interval")
    # a release asks to be followed soon
    equal((adverts[-1].version, adverts[-1].interval_ms), (3, 80), "version and interval of the last")
    equal(adverts[0].addresses, ["192.0.2.10", "192.0.2.11"], "addresses in the file's order")


@test
def version_3_without_pseudo_header_is_well_formed(lab):
    _, adverts, _ = sent(lab, 5, pseudo_header=False, advert_interval="100ms", checksum_pseudo_header=False)
    equal({advert.version for advert in adverts}, {3}, "version")


@test
def version_2_is_well_formed(lab):
    _, adverts, _ = sent(lab, 2, version=2, advert_interval="1s", addresses=["192.0.2.10/24", "192.0.2.11/24"])
    equal({(advert.version, advert.interval_ms) for advert in adverts}, {(2, 1000)}, "version and interval")
    equal(adverts[0].addresses, ["192.0.2.10", "192.0.2.11"], "addresses in the file's order")


@test
def version_2_with_255_addresses_is_well_formed(lab):
    addresses = [f"10.9.{n // 200}.{n % 200 + 1}/32" for n in range(255)]
    _, adverts, _ = sent(lab, 2, version=2, addresses=addresses)
    equal({advert.count for advert in adverts}, {255}, "addresses in each")


@test
def the_shortest_interval_is_kept(lab):
    _, adverts, _ = sent(lab, 200, advert_interval="10ms")
    steady = [advert.time for advert in adverts[:-1]]
    average_ms = (steady[-1] - steady[0]) / (len(steady) - 1) * 1000
    print(f"     an advertisement every {average_ms:.2f} ms")
    equal({advert.interval_ms for advert in adverts}, {10}, "interval")
    check(5 < average_ms < 50, f"one every {average_ms:.2f} ms")


@test
def the_longest_interval_is_told_right(lab):
    lab.segment("lan")
    r1 = lab.node("r1", lan="192.0.2.1/24")
    capture = lab.segments["lan"].capture()
    # only an owner is master without waiting two minutes
    daemon = r1.vrrpd(instance(priority=255, addresses=["192.0.2.1/24"], advert_interval="40.95s"))
    daemon.wait_state("MASTER")
    wait_until("an advertisement", capture.adverts, every_s=0.2)
    equal((capture.adverts()[0].interval_ms, capture.adverts()[0].priority), (40950, 255), "interval and priority")
    equal(capture.faults(), [], "what tshark finds wrong")
    daemon.kill()


@test
def announcements_are_gratuitous_arps_from_the_interface(lab):
    capture, _, r1 = sent(lab, 3, advert_interval="200ms", announce_count=3, announce_repeat="0s")
    arps = capture.arps(sender="192.0.2.10")
    equal(len(arps), 3, "announcements")
    equal({(arp.src_mac, arp.sender_mac, arp.dst_mac, arp.target, arp.gratuitous) for arp in arps},
          {(r1.mac(), r1.mac(), "ff:ff:ff:ff:ff:ff", "192.0.2.10", True)}, "what they say")


@test
def announcements_are_repeated_once(lab):
    capture, _, _ = sent(lab, 15, advert_interval="100ms", announce_count=2, announce_repeat="500ms")
    times = [arp.time for arp in capture.arps(sender="192.0.2.10")]
    equal(len(times), 4, "announcements in two bursts")
    check(0.25 < times[2] - times[0] < 5, f"the second burst came {times[2] - times[0]:.3f} s after the first")


@test
def announcements_are_refreshed_as_long_as_it_is_master(lab):
    capture, _, _ = sent(lab, 35, advert_interval="100ms", announce_count=1, announce_repeat="0s",
                         announce_refresh="200ms")
    count = len(capture.arps(sender="192.0.2.10"))
    check(6 <= count <= 60, f"{count} announcements in about four seconds")


if __name__ == "__main__":
    main()
