# SPDX-License-Identifier: GPL-2.0-or-later
"""Who is master, and how it passes from one router to another."""

from datetime import datetime

from daemons import instance
from lab import check, equal, wait_until
from runner import main, test

VIP = "192.0.2.10"
FAST = "200ms"


def hears_a_master(event):
    return event["event"] == "master" and event["to"]


def started_pair(r1, r2, high=150, low=100, **keys):
    """A daemon on each, r1 MASTER and r2 BACKUP and aware of it."""
    keys = {"advert_interval": FAST, **keys}
    first = r1.vrrpd(instance(priority=high, **keys))
    first.wait_state("MASTER")
    second = r2.vrrpd(instance(priority=low, **keys))
    second.wait_event("the master is heard", hears_a_master)
    return first, second


def isolate(lab, *nodes, on=True):
    """Keeps the routers from hearing each other, though everybody else hears both."""
    for node in nodes:
        lab.switch.ip("link", "set", node.port("eth0"), "type", "bridge_slave", "isolated", "on" if on else "off")


def since_ms(earlier, later):
    """Between two events, in ms."""
    times = [datetime.fromisoformat(event["time"].replace("Z", "+00:00")) for event in (earlier, later)]
    return (times[1] - times[0]).total_seconds() * 1000


@test
def backup_takes_over_when_master_falls_silent(lab):
    r1, r2, client = lab.pair()
    _, second = started_pair(r1, r2)
    capture = lab.segments["lan"].capture()
    probe = client.probe(VIP)
    probe.wait_answering()

    r1.power_off()
    event = second.wait_state("MASTER")
    gap_ms = probe.wait_gap()

    equal(event["reason"], "master down timer expired", "reason")
    check(r2.has_address(f"{VIP}/24"), "the backup does not hold the address")
    # Master_Down_Interval of 200 ms and priority 100 is 722 ms
    check(300 < gap_ms < 7220, f"the outage took {gap_ms} ms")
    shown = second.show()
    equal(shown["master"], {"address": "192.0.2.2", "priority": 100, "self": True}, "master as shown")
    check([arp for arp in capture.arps(sender=VIP) if arp.gratuitous and arp.src_mac == r2.mac()],
          "no gratuitous ARP of the new master")
    equal({(a.priority, a.interval_ms, a.ttl, a.version) for a in capture.adverts(src="192.0.2.2")},
          {(100, 200, 255, 3)}, "the new master's advertisements")
    equal(second.states(), ["BACKUP", "MASTER"], "states")


@test
def the_higher_priority_takes_back_what_it_had(lab):
    r1, r2, client = lab.pair()
    first, second = started_pair(r1, r2)
    r1.power_off()
    second.wait_state("MASTER")
    probe = client.probe(VIP)
    probe.wait_answering()

    mark = second.mark()
    r1.boot()
    first = r1.vrrpd(instance(priority=150, advert_interval=FAST))
    first.wait_state("MASTER")
    event = second.wait_state("BACKUP", since=mark)
    equal(event["reason"], "advertisement with a higher priority heard", "reason")
    r2.wait_address(f"{VIP}/24", present=False)
    r1.wait_address(f"{VIP}/24")
    wait_until("answers from r1", lambda: neighbour(client) == r1.mac())
    result = probe.result()
    check(result["answering"], "the address does not answer")
    check(result["longest_gap_ms"] < 500, f"taking it back cost {result['longest_gap_ms']} ms")


def neighbour(client):
    """The hardware address that the client has for the VIP."""
    words = client.ip("neigh", "show", VIP).stdout.split()
    return words[words.index("lladdr") + 1] if "lladdr" in words else None


@test
def without_preemption_a_higher_priority_stays_backup(lab):
    r1, r2, _ = lab.pair()
    second = r2.vrrpd(instance(priority=100, advert_interval=FAST))
    second.wait_state("MASTER")
    capture = lab.segments["lan"].capture()
    first = r1.vrrpd(instance(priority=150, advert_interval=FAST, preempt=False))
    first.wait_event("the master is heard", hears_a_master)
    # that it does not take over is seen after several times the Master_Down_Interval
    wait_until("15 advertisements", lambda: len(capture.adverts(src="192.0.2.2")) >= 15, every_s=0.3)
    equal(first.states(), ["BACKUP"], "states of the higher priority")
    equal(second.states(), ["BACKUP", "MASTER"], "states of the master")
    equal(capture.adverts(src="192.0.2.1"), [], "advertisements of the higher priority")
    r2.power_off()
    first.wait_state("MASTER")


@test
def preempt_delay_holds_back_from_a_living_master(lab):
    r1, r2, _ = lab.pair()
    second = r2.vrrpd(instance(priority=100, advert_interval=FAST))
    second.wait_state("MASTER")
    first = r1.vrrpd(instance(priority=150, advert_interval=FAST, preempt_delay="4s"))
    started = first.wait_state("BACKUP")
    event = first.wait_state("MASTER")
    waited_ms = since_ms(started, event)
    check(3900 < waited_ms < 20000, f"it became master {waited_ms:.0f} ms after its start")
    second.wait_event("gives way", lambda one: one["event"] == "state" and one["from"] == "MASTER")


@test
def preempt_delay_does_not_matter_where_no_master_is_heard(lab):
    r1, _, _ = lab.pair()
    first = r1.vrrpd(instance(priority=150, advert_interval=FAST, preempt_delay="1h"))
    first.wait_state("MASTER", deadline_s=20)


@test
def with_equal_priorities_the_master_stays(lab):
    r1, r2, _ = lab.pair()
    first = r1.vrrpd(instance(advert_interval=FAST))
    first.wait_state("MASTER")
    second = r2.vrrpd(instance(advert_interval=FAST))
    second.wait_event("the master is heard", hears_a_master)
    capture = lab.segments["lan"].capture()
    wait_until("15 advertisements", lambda: len(capture.adverts(src="192.0.2.1")) >= 15, every_s=0.3)
    equal(second.states(), ["BACKUP"], "states of the one that came later")
    equal(first.states(), ["BACKUP", "MASTER"], "states of the master")


@test
def of_two_masters_of_equal_priority_the_higher_address_stays(lab):
    r1, r2, _ = lab.pair()
    isolate(lab, r1, r2)
    first = r1.vrrpd(instance(advert_interval=FAST))
    second = r2.vrrpd(instance(advert_interval=FAST))
    first.wait_state("MASTER")
    second.wait_state("MASTER")
    mark = first.mark()
    isolate(lab, r1, r2, on=False)
    event = first.wait_state("BACKUP", since=mark)
    equal(event["reason"], "advertisement with equal priority from a higher address heard", "reason")
    r1.wait_address(f"{VIP}/24", present=False)
    equal(second.states(), ["BACKUP", "MASTER"], "states of the higher address")


@test
def after_two_masters_met_the_one_that_stays_announces_again(lab):
    r1, r2, _ = lab.pair()
    r2.deafen()
    # the burst after take-over is all that r1 would send by itself
    keys = {"advert_interval": FAST, "announce_repeat": "0s"}
    first = r1.vrrpd(instance(priority=150, **keys))
    first.wait_state("MASTER")
    second = r2.vrrpd(instance(priority=100, **keys))
    second.wait_state("MASTER")
    first.wait_event("the conflict is told", lambda event: event["event"] == "conflict")
    capture = lab.segments["lan"].capture()
    mark = second.mark()
    r2.deafen(False)
    second.wait_state("BACKUP", since=mark)
    r2.wait_address(f"{VIP}/24", present=False)

    def again():
        return [arp for arp in capture.arps(sender=VIP) if arp.src_mac == r1.mac() and arp.gratuitous]
    wait_until("announcements of the master that stays", again, every_s=0.3)
    equal(first.states(), ["BACKUP", "MASTER"], "states of the master that stays")


@test
def the_owner_is_master_at_once_and_keeps_its_own_address(lab):
    r1, r2, client = lab.pair()
    owned = {"addresses": ["192.0.2.1/24"], "advert_interval": FAST}
    monitor = r1.monitor("address")
    first = r1.vrrpd(instance(priority=255, **owned))
    event = first.wait_state("MASTER")
    equal(first.states(), ["MASTER"], "the owner waits for nobody")
    equal(event["reason"], "owner of the addresses", "reason")
    second = r2.vrrpd(instance(priority=100, **owned))
    second.wait_event("the master is heard", hears_a_master)
    first.stop()
    second.wait_state("MASTER")
    check(r1.has_address("192.0.2.1/24"), "the owner's address is gone")
    equal(monitor.changes(), [], "changes of the owner's addresses")
    r1.power_off()
    r2.wait_address("192.0.2.1/24")
    probe = client.probe("192.0.2.1")
    probe.wait_answering()

    r1.boot()
    first = r1.vrrpd(instance(priority=255, **owned))
    first.wait_state("MASTER")
    second.wait_event("the owner is back", lambda one: one["event"] == "state" and one["from"] == "MASTER")
    r2.wait_address("192.0.2.1/24", present=False)
    check(r1.has_address("192.0.2.1/24"), "the owner's address is gone")
    first.kill()
    check(r1.has_address("192.0.2.1/24"), "the owner's address is gone")


@test
def two_instances_share_a_pair_each_router_master_of_one(lab):
    r1, r2, _ = lab.pair()

    def both(web, lan):
        return (instance("web", vrid=51, priority=web, addresses=["192.0.2.10/24"], advert_interval=FAST) +
                instance("lan", vrid=52, priority=lan, addresses=["192.0.2.20/24"], advert_interval=FAST))
    first = r1.vrrpd(both(150, 100))
    second = r2.vrrpd(both(100, 150))
    first.wait_state("MASTER", "web")
    second.wait_state("MASTER", "lan")
    for daemon, name, master in ((second, "web", "192.0.2.1"), (first, "lan", "192.0.2.2")):
        wait_until(f"{daemon.title} hears the master of {name}",
                   lambda its=daemon, of=name, address=master: (its.show(of)["master"] or {}).get("address") == address)
        daemon.wait_state("BACKUP", name)
    wait_until("each holds its own", lambda: r1.addresses() == ["192.0.2.1/24", "192.0.2.10/24"] and
               r2.addresses() == ["192.0.2.2/24", "192.0.2.20/24"])
    r1.power_off()
    second.wait_state("MASTER", "web")
    wait_until("the survivor holds both",
               lambda: set(r2.addresses()) == {"192.0.2.2/24", "192.0.2.10/24", "192.0.2.20/24"})


@test
def a_planned_stop_hands_over_without_an_outage(lab):
    r1, r2, client = lab.pair()
    # at one second the successor's Skew_Time is 600 ms: enough to tell an outage from none
    first, second = started_pair(r1, r2, advert_interval="1s")
    capture = lab.segments["lan"].capture()
    probe = client.probe(VIP)
    probe.wait_answering()
    first.stop()
    event = second.wait_state("MASTER")
    equal(event["reason"], "the master released the addresses", "reason")
    equal(r1.addresses(), ["192.0.2.1/24"], "addresses of the one that stopped")
    wait_until("answers from r2", lambda: neighbour(client) == r2.mac())
    result = probe.result()
    print(f"     {result['lost']} of {result['sent']} probes lost, longest gap {result['longest_gap_ms']} ms")
    check(result["longest_gap_ms"] < 200, f"the planned stop cost {result['longest_gap_ms']} ms")
    zeros = [advert for advert in capture.adverts(src="192.0.2.1") if advert.priority == 0]
    check(zeros, "no priority 0 was sent")
    equal(capture.faults(), [], "what tshark finds wrong")


@test
def a_lone_router_stops_in_a_few_intervals_and_takes_its_addresses_away(lab):
    r1, _, _ = lab.pair()
    first = r1.vrrpd(instance(advert_interval=FAST))
    first.wait_state("MASTER")
    r1.wait_address(f"{VIP}/24")
    first.send(15)
    # three intervals are 600 ms
    equal(first.wait(6), 0, "exit status")
    equal(r1.addresses(), ["192.0.2.1/24"], "addresses")


@test
def version_2_fails_over_and_back(lab):
    r1, r2, _ = lab.pair()
    capture = lab.segments["lan"].capture()
    first, second = started_pair(r1, r2, version=2, advert_interval="1s")
    first.stop()
    second.wait_state("MASTER")
    first = r1.vrrpd(instance(priority=150, version=2))
    first.wait_state("MASTER")
    second.wait_event("gives way", lambda event: event["event"] == "state" and event["from"] == "MASTER")
    equal({advert.version for advert in capture.adverts()}, {2}, "versions sent")
    equal(capture.faults(), [], "what tshark finds wrong")


if __name__ == "__main__":
    main()
