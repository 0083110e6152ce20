# SPDX-License-Identifier: GPL-2.0-or-later
"""BFD sessions as a reason to be master or not: between two of our daemons, over loss, reloads, crashes and upgrades."""

import os
import signal
import time

from daemons import alive, instance
from doctor import Findings
from lab import binary, check, equal, run, wait_until
from runner import main, test

PEERS = {"r1": "192.0.2.100", "client": "192.0.2.1"}
DETECTION_MS = 150


def bfd(node, name="uplink", **keys):
    """A section bfd of that router's session with the other one."""
    keys = {"peer": PEERS[node.name], **keys}
    return "\n".join([f"bfd {name} {{", *(f"  {key} = {value}" for key, value in keys.items()), "}", ""])


def tracking(*tracks, **keys):
    keys = {"priority": 150, "advert_interval": "100ms", **keys}
    return instance(**keys)[:-2] + "".join(f"  {track}\n" for track in tracks) + "}\n"


def router(node, *tracks, **keys):
    return bfd(node, **keys) + tracking(*(tracks or ["track-bfd uplink { }"]))


def neighbour(node, **keys):
    """The other end, whose own instance is in nobody's way."""
    return bfd(node, **keys) + tracking("track-bfd uplink { weight = -10 }", vrid=52, addresses=["192.0.2.20/24"])


def session(daemon, name="uplink"):
    return next(track for track in daemon.show()["tracks"] if track["name"] == name).get("session")


def wait_session(daemon, state):
    wait_until(f"{daemon.title}: the session is {state}", lambda: session(daemon)["state"] == state)


def track_events(daemon, since=0):
    return [event for event in daemon.events[since:] if event["event"] == "track"]


def wait_track(daemon, to, since):
    return daemon.wait_event(f"the track is {to}", lambda event: event["event"] == "track" and event["to"] == to, since=since)


def both(lab, *tracks, **keys):
    """A router with its session up, and the neighbour it has that with."""
    r1, _, client = lab.pair()
    other = client.vrrpd(neighbour(client))
    router1 = r1.vrrpd(router(r1, *tracks, **keys))
    router1.wait_state("MASTER")
    wait_until("the neighbour has it as well", lambda: session(other)["state"] == "up")
    wait_until("the intervals are agreed upon", lambda: session(router1)["detection_time_ms"] == DETECTION_MS)
    return r1, client, router1, other


@test
def a_neighbour_that_is_lost_is_noticed_within_the_detection_time_and_its_return_too(lab):
    _, client, router1, _ = both(lab)
    found = session(router1)
    equal((found["state"], found["remote_state"], found["transmit_interval_ms"], found["receive_interval_ms"]),
          ("up", "up", 50, 50), "the session")
    check("down after 150ms" in router1.ctl("show", "web").stdout, router1.ctl("show", "web").stdout)
    mark = router1.mark()
    client.ip("link", "set", "eth0", "down")
    event = wait_track(router1, "down", mark)
    check("control detection time expired" in event["text"], event["text"])
    silence_ms = int(event["text"].split("for ")[1].split()[0])
    equal(silence_ms, DETECTION_MS, "the silence after which it is down")
    fault = router1.wait_state("FAULT", since=mark)
    check("bfd uplink" in fault["reason"], f"the reason does not say which: {fault}")
    client.ip("link", "set", "eth0", "up")
    router1.wait_state("MASTER", since=mark)
    metrics = router1.ctl("metrics").stdout
    check('vrrp_bfd_went_down_total{session="uplink",peer="192.0.2.100"} 1' in metrics, "the metrics do not tell it")


@test
def a_weight_moves_the_priority_and_nothing_else(lab):
    _, client, router1, _ = both(lab, "track-bfd uplink { weight = -60 }")
    mark = router1.mark()
    client.ip("link", "set", "eth0", "down")
    wait_track(router1, "down", mark)
    wait_until("the priority", lambda: router1.show()["effective_priority"] == 90)
    equal(router1.show()["state"], "MASTER", "state")
    client.ip("link", "set", "eth0", "up")
    wait_until("the priority", lambda: router1.show()["effective_priority"] == 150)
    equal(router1.states(since=mark), [], "changes of state")


@test
def a_neighbour_that_stops_in_order_says_so(lab):
    _, _, router1, other = both(lab)
    mark = router1.mark()
    other.stop()
    event = wait_track(router1, "down", mark)
    check("administratively down" in event["text"], event["text"])


@test
def a_session_that_never_comes_up_is_a_fault_after_a_while_and_not_before(lab):
    r1, _, _ = lab.pair()
    router1 = r1.vrrpd(router(r1))
    event = router1.wait_state("FAULT")
    equal([state for state in router1.states() if state == "MASTER"], [], "master before the session was known")
    check("bfd uplink" in event["reason"], event["reason"])
    check("nothing is heard" in wait_track(router1, "down", 0)["text"], "the event does not say why")
    findings = Findings(r1, router(r1), state_dir=router1.state_dir)
    findings.expect("bfd", "fail", "uplink", "nothing was ever heard from 192.0.2.100")
    equal([one for one in findings.of("firewall") if "BFD" in one["evidence"]], [], "what the firewall does to it")
    r1.run("nft", "add table ip d; add chain ip d in { type filter hook input priority 0; }; add rule ip d in udp dport 3784 drop")
    findings = Findings(r1, router(r1, peer="192.0.2.1"), state_dir=router1.state_dir)
    findings.expect("firewall", "warn", "drops BFD that comes in")
    findings.expect("bfd", "fail", "192.0.2.1 is an address of this host")


@test
def a_reload_keeps_sessions_changes_intervals_without_a_flap_and_dismisses_the_others(lab):
    r1, _, router1, other = both(lab)
    mark, other_mark = router1.mark(), other.mark()
    discriminator = session(router1)["discriminator"]
    router1.reload(router(r1) + instance("more", vrid=53, addresses=["192.0.2.30/24"]))
    router1.reload(router(r1, transmit="80ms", receive="90ms", multiplier=5))
    wait_until("the new intervals", lambda: (session(router1)["transmit_interval_ms"], session(router1)["receive_interval_ms"]) == (80, 90))
    wait_until("the neighbour's", lambda: session(other)["detection_time_ms"] == 400)
    router1.reload(router(r1, name="renamed").replace("track-bfd uplink", "track-bfd renamed"))
    found = session(router1, "renamed")
    equal((found["discriminator"], found["counters"]["went_down"]), (discriminator, 0), "the session")
    wait_until("the new name is known to be up", lambda: all(track["up"] for track in router1.show()["tracks"]))
    equal(router1.states(since=mark), [], "changes of state")
    equal(track_events(other, other_mark), [], "what the neighbour noticed")
    router1.reload(tracking())
    event = wait_track(other, "down", other_mark)
    check("administratively down" in event["text"], event["text"])


@test
def another_peer_under_the_same_name_is_another_session(lab):
    r1, _, router1, _ = both(lab)
    router1.reload(router(r1, peer="192.0.2.77"))
    check(not any(track["up"] for track in router1.show()["tracks"] if track["kind"] == "bfd"), "it is up before anybody was heard")
    mark = router1.mark()
    router1.reload(router(r1))
    wait_session(router1, "up")
    equal([event["to"] for event in track_events(router1, mark)], ["up"], "what was told of the first peer")


@test
def the_protocol_process_dies_and_nobody_changes_state(lab):
    _, _, router1, other = both(lab)
    discriminator = session(router1)["discriminator"]
    for _ in range(2):
        pid = router1.protocol_pid
        os.kill(pid, signal.SIGKILL)
        wait_until("the process is gone", lambda dead=pid: not alive(dead))
        router1.wait_ready()
        wait_until("it is up again", lambda: (session(router1) or {}).get("state") == "up")
        wait_until("the instance knows", lambda: all(track["up"] for track in router1.show()["tracks"]))
    equal(session(router1)["discriminator"], discriminator, "its discriminator")
    equal(router1.show()["state"], "MASTER", "state")
    router1.wait_event("the past is there", lambda event: event["event"] == "state" and event["to"] == "MASTER")
    equal([state for state in router1.states() if state in ("FAULT", "INIT")], [], "changes of state")
    wait_session(other, "up")


@test
def an_upgrade_goes_on_with_the_session(lab):
    r1, _, router1, other = both(lab)
    mark = other.mark()
    went_down = session(other)["counters"]["went_down"]
    router1.ctl("upgrade")
    router1.wait_ready()
    wait_until("the instance knows", lambda: session(router1) and all(track["up"] for track in router1.show()["tracks"]))
    equal(router1.show()["state"], "MASTER", "state")
    equal((session(other)["counters"]["went_down"], track_events(other, mark)), (went_down, []), "what the neighbour noticed")
    Findings(r1, router(r1), state_dir=router1.state_dir).expect_fine("bfd")


@test
def who_was_stopped_himself_does_not_take_the_neighbour_for_dead(lab):
    _, _, router1, _ = both(lab, "track-bfd uplink { weight = -60 }", multiplier=100)
    mark = router1.mark()
    pid = router1.protocol_pid
    os.kill(pid, signal.SIGSTOP)
    time.sleep(1.5)  # ten detection times of ours, a third of the neighbour's
    os.kill(pid, signal.SIGCONT)
    late = router1.wait_event("it was held up", lambda event: event["event"] == "late", since=mark)
    received = session(router1)["counters"]["received"]
    wait_until("it hears the neighbour", lambda: session(router1)["counters"]["received"] > received + 10)
    equal(track_events(router1, mark), [], f"what it made of that ({late['text']})")


@test
def ipv6_works_alike(lab):
    r1, _, client = lab.pair_v6()
    keys = {"r1": {"peer": "2001:db8::100", "source": "2001:db8::1"}, "client": {"peer": "2001:db8::1"}}
    client.vrrpd(neighbour(client, **keys["client"]))
    router1 = r1.vrrpd(router(r1, **keys["r1"]))
    router1.wait_state("MASTER")
    mark = router1.mark()
    client.ip("link", "set", "eth0", "down")
    router1.wait_state("FAULT", since=mark)


def stays_up(daemon, since):
    received = session(daemon)["counters"]["received"]
    wait_until("ten detection times pass", lambda: session(daemon)["counters"]["received"] > received + 30)
    equal(track_events(daemon, since), [], "what the session noticed")


@test
def without_a_source_it_never_sends_from_a_virtual_address(lab):
    r1, _, client = lab.pair_v6()
    other = client.vrrpd(neighbour(client, peer="2001:db8::1"))
    router1 = r1.vrrpd(router(r1, peer="2001:db8::100").replace("192.0.2.10/24", "2001:db8::10"))
    router1.wait_state("MASTER")
    wait_session(other, "up")
    mark = other.mark()
    wait_until("the kernel prefers the virtual one", lambda: "src 2001:db8::10 " in r1.ip("-6", "route", "get", "2001:db8::100").stdout)
    stays_up(other, mark)
    pid = router1.protocol_pid
    os.kill(pid, signal.SIGKILL)
    wait_until("the process is gone", lambda: not alive(pid))
    router1.wait_ready()
    wait_session(router1, "up")
    wait_session(other, "up")
    mark = other.mark()
    stays_up(other, mark)


@test
def a_session_that_begins_on_a_master_takes_an_own_address(lab):
    r1, _, client = lab.pair()
    other = client.vrrpd(neighbour(client))
    router1 = r1.vrrpd(tracking())
    router1.wait_state("MASTER")
    r1.ip("route", "add", "192.0.2.100/32", "dev", "eth0", "src", "192.0.2.10")
    router1.reload(router(r1))
    wait_session(router1, "up")
    wait_session(other, "up")
    equal(router1.show()["state"], "MASTER", "state")


@test
def what_cannot_be_sent_is_told_and_not_counted_as_sent(lab):
    r1, _, client = lab.pair()
    router1 = r1.vrrpd(router(r1, peer="203.0.113.9"))
    router1.wait_log("bfd uplink: packets cannot be sent: Network is unreachable")
    check("cannot be sent" in wait_track(router1, "down", 0)["text"], "the event does not say why")
    counters = session(router1)["counters"]
    equal((counters["sent"], counters["send_failures"] > 0), (0, True), "sent, and failures")
    check("Network is unreachable" in router1.ctl("show", "web").stdout, router1.ctl("show", "web").stdout)
    check("vrrp_bfd_send_failures_total" in router1.ctl("metrics").stdout, "the metrics do not tell it")
    Findings(r1, router(r1, peer="203.0.113.9"), state_dir=router1.state_dir).expect("bfd", "fail", "uplink", "cannot be sent: Network is unreachable")
    r1.ip("addr", "add", "203.0.113.1/24", "dev", "eth0")
    client.ip("addr", "add", "203.0.113.9/24", "dev", "eth0")
    client.vrrpd(neighbour(client, peer="203.0.113.1"))
    wait_session(router1, "up")


@test
def packets_from_behind_a_router_are_dropped_and_counted(lab):
    r1, _, client = lab.pair()
    client.vrrpd(neighbour(client, ttl=254))
    router1 = r1.vrrpd(router(r1))
    wait_until("a packet is dropped", lambda: (session(router1) or {"counters": {"dropped": 0}})["counters"]["dropped"] > 0)
    equal(session(router1)["state"], "down", "state")
    check("TTL 254 is too small" in router1.ctl("show", "web").stdout, router1.ctl("show", "web").stdout)
    findings = Findings(r1, router(r1), state_dir=router1.state_dir)
    findings.expect("bfd", "fail", "uplink", "TTL 254 is too small")
    router1.reload(router(r1, ttl=254))
    wait_session(router1, "up")
    # and without a session nobody is waited for
    router1.reload(router(r1, peer="192.0.2.77"))
    wait_until("strangers are counted", lambda: "vrrp_bfd_strangers_total 0" not in router1.ctl("metrics").stdout)
    router1.reload(tracking())
    equal(r1.run("ss", "-Huln", "sport = 3784").stdout, "", "who has the port")


@test
def a_port_that_another_program_has_is_told_and_tried_again(lab):
    r1, _, client = lab.pair()
    client.vrrpd(neighbour(client))
    with r1.inside():
        import socket
        taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        taken.bind(("0.0.0.0", 3784))
    router1 = r1.vrrpd(router(r1))
    router1.wait_log("UDP port 3784 is in use")
    wait_until("it says why", lambda: "cannot be received on UDP port 3784: Address already in use" in router1.ctl("show", "web").stdout)
    taken.close()
    router1.wait_state("MASTER")


@test
def the_check_finds_every_mistake(lab):
    r1 = lab.node("r1")
    text = bfd(r1, peer="fe80::1") + tracking("track-bfd uplnik { }")
    done = run(binary("vrrpd"), "-t", "-f", lab.file("wrong.conf", text), status=1)
    check("link-local" in done.stderr and 'did you mean "uplink"?' in done.stderr, done.stderr)
    for keys in ({"peer": "192.0.2.10"}, {"source": "192.0.2.10"}, {"peer": "2001:db8::2", "source": "2001:db8::10"}):
        text = router(r1, **keys).replace("addresses", "extra-addresses = 2001:db8::10/64\n  addresses", 1)
        done = run(binary("vrrpd"), "-t", "-f", lab.file("wrong.conf", text), status=1)
        check("10 is a virtual address of an instance here" in done.stderr, done.stderr)


if __name__ == "__main__":
    main()
