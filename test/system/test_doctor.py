# SPDX-License-Identifier: GPL-2.0-or-later
"""vrrpctl doctor and the network: every finding is provoked for real, in a machine that has that illness; a healthy pair gets none. Where
a finding comes with one plain command, the command is run and must mend it."""

import contextlib
import os
import socket
import struct
import threading

from daemons import instance, keepalived_instance
from doctor import CHECKS, QUICK, Findings, edited, mend
from lab import binary, check, equal, wait_until
from runner import main, test

VIP = "192.0.2.10/24"
GROUP_MAC = bytes.fromhex("01005e000012")


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def advert(src, vrid, version=3, priority=110, interval_ms=300, addresses=None, ttl=255, spoil=0, pseudo_header=True):
    """An Ethernet frame with an advertisement, written without our code."""
    addresses = addresses or [f"192.0.2.{10 + vrid}"]
    source, group = socket.inet_aton(src), socket.inet_aton("224.0.0.18")
    field = struct.pack("!BB", 0, interval_ms // 1000) if version == 2 else struct.pack("!H", interval_ms // 10)
    head = struct.pack("!BBBB", version << 4 | 1, vrid, priority, len(addresses)) + field
    body = b"".join(socket.inet_aton(address) for address in addresses) + (bytes(8) if version == 2 else b"")
    message = head + b"\0\0" + body
    pseudo = b"" if version == 2 or not pseudo_header else source + group + struct.pack("!BBH", 0, 112, len(message))
    message = head + struct.pack("!H", checksum(pseudo + message) ^ spoil) + body
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(message), 0, 0, ttl, 112, 0, source, group)
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return GROUP_MAC + b"\x02\0\0\0\0\x99" + b"\x08\x00" + header + message


@contextlib.contextmanager
def speaking(node, *frames):
    """Somebody on that machine's segment who sends these frames ten times a second."""
    with node.inside():
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        raw.bind(("eth0", 0))
    end = threading.Event()

    def speak():
        while not end.wait(0.1):
            for frame in frames:
                raw.send(frame)

    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
        raw.close()


@test
def a_healthy_pair_has_no_finding(lab):
    r1, r2, _ = lab.pair()
    for node in (r1, r2):
        node.run("sysctl", "-qw", "net.ipv4.conf.eth0.promote_secondaries=1", "net.ipv4.conf.eth0.rp_filter=0")
    first = r1.vrrpd(instance(priority=150, **QUICK))
    first.wait_state("MASTER")
    second = r2.vrrpd(instance(**QUICK))
    second.wait_state("BACKUP")
    # how much time a busy machine gives to this one is not the pair's doing: those two have tests of their own
    others = CHECKS - {"cpu-steal", "loop-lag"}
    for node, daemon in ((r2, second), (r1, first)):
        findings = Findings(node, instance(**QUICK), "--probe", state_dir=daemon.state_dir)
        equal({one["check"] for one in findings.all}, CHECKS, "checks")
        findings.expect_fine(*others)


@test
def a_healthy_pair_of_ipv6_has_no_finding_and_a_deaf_one_has(lab):
    r1, r2, _ = lab.pair_v6()
    configuration = instance(addresses=["fe80::10/64", "2001:db8::10/64"], **QUICK)
    r1.vrrpd(configuration.replace("vrid = 51", "vrid = 51\n  priority = 150")).wait_state("MASTER")
    daemon = r2.vrrpd(configuration)
    daemon.wait_state("BACKUP")
    findings = Findings(r2, configuration, "--probe", state_dir=daemon.state_dir)
    findings.expect_fine(*CHECKS - {"cpu-steal", "loop-lag"})
    r2.run("nft", "add table ip6 deaf; add chain ip6 deaf in { type filter hook input priority 0; }; "
           "add rule ip6 deaf in ip6 nexthdr 112 drop")
    finding = Findings(r2, configuration).expect("firewall", "fail", "IPv6")
    mend(r2, finding["fix"])
    Findings(r2, configuration).expect_fine("firewall")


@test
def no_way_of_running_a_pair_is_a_finding_by_itself(lab):
    r1, r2, _ = lab.pair()
    for node in (r1, r2):
        node.run("sysctl", "-qw", "net.ipv4.conf.eth0.promote_secondaries=1", "net.ipv4.conf.eth0.rp_filter=0")

    def both(priority):
        def one(name, vrid, **keys):
            return instance(name, vrid=vrid, **{"addresses": [f"192.0.2.{10 + vrid}/24"], "priority": priority, **QUICK, **keys})
        track = "  track-script s { weight = -60 }\n}\n"
        return ("script s {\n  command = /bin/true\n}\nfile f { path = /dev/null }\n" +
                one("weighed", 1).rstrip()[:-1] + track +
                one("equal", 2, priority=100, preempt=False) +
                one("unicast", 3, peers=["192.0.2.1", "192.0.2.2"]) +
                one("old", 4, version=2, advert_interval="1s", auth_password="secret") +
                one("virtual", 5, virtual_mac=True) +
                one("filed", 6).rstrip()[:-1] + "  track-file f { }\n}\n" +
                one("a", 7) + one("b", 8) + "group g {\n  instances = {a, b}\n" + track)

    first, second = r1.vrrpd(both(150)), r2.vrrpd(both(100))
    names = [shown["name"] for shown in first.json("show")["instances"]]
    for name in names:
        if name != "equal":
            first.wait_state("MASTER", name)
    wait_until("every backup knows its master", lambda: all(shown["master"] for shown in second.json("show")["instances"]))
    for node, daemon, priority, probe in ((r1, first, 150, []), (r2, second, 100, ["--probe"])):
        findings = Findings(node, both(priority), *probe, state_dir=daemon.state_dir)
        findings.expect_fine(*{one["check"] for one in findings.all} - {"cpu-steal", "loop-lag"})


@test
def a_master_that_is_slower_than_the_file_is_heard_all_the_same(lab):
    r1, r2, _ = lab.pair()
    first = r1.vrrpd(instance(priority=150, **QUICK))
    first.wait_state("MASTER")
    first.reload(instance(priority=150, advert_interval="2s"))
    second = r2.vrrpd(instance(**QUICK))
    wait_until("the master is heard", lambda: second.show()["master"])
    findings = Findings(r2, instance(**QUICK), state_dir=second.state_dir)
    findings.expect_fine("peer")
    findings.expect("interval", "warn", "2000ms")


@test
def a_backup_that_hears_nobody_is_found(lab):
    r1, r2, _ = lab.pair()
    # without a result of the script it does not take over
    configuration = ("script s {\n  command = \"/bin/sleep 60\"\n  interval = 1m\n}\n" +
                     instance(**QUICK).rstrip()[:-1] + "  track-script s { }\n}\n")
    daemon = r1.vrrpd(configuration)
    daemon.wait_state("BACKUP")
    Findings(r1, configuration, state_dir=daemon.state_dir).expect("peer", "fail", "web:", "nobody advertises VRID 51")
    with speaking(r2, advert("192.0.2.2", 51, addresses=["192.0.2.10"])):
        Findings(r1, configuration, state_dir=daemon.state_dir).expect_fine("peer")


@test
def who_may_not_look_is_told_so_and_of_nothing_that_he_cannot_know(lab):
    r1, _, _ = lab.pair()
    configuration = instance(**QUICK)
    daemon = r1.vrrpd(configuration)
    daemon.wait_state("MASTER")
    r1.wait_address(VIP)
    nobody = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
    findings = Findings(r1, configuration, state_dir=daemon.state_dir, prefix=nobody)
    for name in ("daemon", "other-daemons", "stale-addresses", "listen"):
        check("sudo" in findings.expect(name, "unknown")["fix"], f"{findings.of(name)}")
    # root that looks in the wrong place
    findings = Findings(r1, configuration)
    check("STATE_DIR" in findings.expect("stale-addresses", "unknown", VIP)["fix"], f"{findings.of('stale-addresses')}")
    check("STATE_DIR" in findings.expect("daemon", "unknown")["fix"], f"{findings.of('daemon')}")
    finding = findings.expect("other-daemons", "warn", "vrrpd", str(daemon.pid))
    # a kernel that keeps no marks of addresses: the daemon's word counts
    r1.ip("addr", "del", "127.0.0.1/8", "dev", "lo")
    r1.ip("addr", "replace", VIP, "dev", "eth0")
    Findings(r1, configuration, state_dir=daemon.state_dir).expect_fine("stale-addresses")
    mend(r1, finding["fix"])
    daemon.expect_clean_end()
    Findings(r1, configuration).expect_fine("other-daemons")
    path = lab.file("secret.conf", configuration)
    os.chmod(path, 0o600)
    done = r1.run(*nobody, binary("vrrpctl"), "-s", "/nonexistent", "doctor", path, status=0).stdout
    check(f"-> sudo vrrpctl doctor {path}" in done, done)


@test
def what_others_send_is_held_against_the_file(lab):
    r1, r2, _ = lab.pair()
    wrong = {  # VRID: what somebody sends, the check that finds it, how bad it is
        1: ({"version": 2, "interval_ms": 1000}, "version", "fail"),
        2: ({"interval_ms": 1000}, "interval", "warn"),
        3: ({"addresses": ["192.0.2.13", "192.0.2.99"]}, "address-list", "fail"),
        4: ({"spoil": 1}, "checksum", "fail"),
        5: ({"ttl": 254}, "packets", "fail"),
        6: ({"priority": 100}, "priorities", "warn"),
        7: ({"addresses": ["10.0.0.1"]}, "vrid", "fail"),
        8: ({"priority": 200}, "weights", "warn"),
        12: ({"pseudo_header": False}, "checksum", "warn"),
        13: ({"version": 2, "interval_ms": 1000}, "interval", "fail"),
    }
    configuration = "script s {\n  command = /bin/true\n}\n"
    for vrid in range(1, 14):
        keys = {"version": 2, "advert_interval": "2s"} if vrid == 13 else QUICK
        configuration += instance(f"i{vrid}-", vrid=vrid, addresses=[f"192.0.2.{10 + vrid}/24"], **keys)
        if vrid in (8, 11):
            configuration = configuration.rstrip()[:-1] + "  track-script s { weight = 20 }\n}\n"
    frames = [advert("192.0.2.100", vrid, **what) for vrid, (what, _, _) in wrong.items()]
    frames += [advert(f"192.0.2.{last}", 9) for last in (100, 101)]  # 10: nobody
    frames.append(advert("192.0.2.100", 11))
    with speaking(r2, *frames):
        findings = Findings(r1, configuration)
    mended = configuration
    for vrid, (_, name, status) in wrong.items():
        finding = findings.expect(name, status, f"i{vrid}-:")
        check("192.0.2.100" in finding["evidence"], f"{finding} does not say who")
        equal(len(findings.of(name)), sum(one == name for _, one, _ in wrong.values()), f"findings of {name}: {findings.of(name)}")
        if finding["fix"].endswith("vrrpctl reload"):
            mended = edited(mended, finding["fix"])
    findings.expect("masters", "fail", "i9-:", "192.0.2.100", "192.0.2.101")
    findings.expect("peer", "warn", "i10-:")
    check(not any("i11-:" in one["evidence"] for one in findings.all), "the right one is complained of")
    with speaking(r2, *frames):
        findings = Findings(r1, mended)
    findings.expect_fine("configuration", "version", "interval", "priorities")
    equal([one["status"] for one in findings.of("checksum")], ["fail"], "what is left of checksum: the broken one")


@test
def a_password_or_a_sender_that_is_not_known_is_found(lab):
    r1, r2, _ = lab.pair()
    configuration = (instance(vrid=1, version=2, advert_interval="1s", auth_password="secret",
                              addresses=["192.0.2.11/24"]) +
                     instance("lan", vrid=2, peers=["192.0.2.2"], addresses=["192.0.2.12/24"], **QUICK))
    with speaking(r2, advert("192.0.2.2", 1, version=2, interval_ms=1000), advert("192.0.2.100", 2)):
        findings = Findings(r1, configuration)
    findings.expect("packets", "fail", "web:", "password")
    findings.expect("packets", "fail", "lan:", "192.0.2.100", "peers")


@test
def a_firewall_that_drops_is_found_and_mended(lab):
    r1, r2, _ = lab.pair()
    r1.deafen()
    with speaking(r2, advert("192.0.2.2", 51, addresses=["192.0.2.10"])):
        finding = Findings(r1, instance(**QUICK)).expect("firewall", "fail", "eth0")
        mend(r1, finding["fix"])
        Findings(r1, instance(**QUICK)).expect_fine("firewall")
    # nobody speaks now, so that only the rules tell
    r1.deafen(False)
    r1.deafen()
    finding = Findings(r1, instance(**QUICK)).expect("firewall", "warn", "a rule of nftables drops VRRP")
    mend(r1, finding["fix"])
    r1.run("nft", "add table inet filter; add chain inet filter in { type filter hook input priority 0; policy drop; }")
    finding = Findings(r1, instance(**QUICK)).expect("firewall", "warn", "accepted")
    mend(r1, finding["fix"])
    Findings(r1, instance(**QUICK)).expect_fine("firewall")
    # on the way out
    r1.run("nft", "add chain inet filter out { type filter hook output priority 0; policy drop; }")
    mend(r1, Findings(r1, instance(**QUICK)).expect("firewall", "warn", "goes out and is not accepted")["fix"])
    r1.run("nft", "insert rule inet filter out oifname eth0 meta l4proto 112 drop")
    mend(r1, Findings(r1, instance(**QUICK)).expect("firewall", "warn", "drops VRRP that goes out")["fix"])
    # and none of our business: another interface, and what is forwarded
    r1.run("nft", "insert rule inet filter in iifname eth7 meta l4proto 112 drop; "
           "add chain inet filter through { type filter hook forward priority 0; }; "
           "add rule inet filter through meta l4proto 112 drop")
    Findings(r1, instance(**QUICK)).expect_fine("firewall")


@test
def a_strict_filter_by_the_way_back_is_found_and_mended(lab):
    r1, r2, _ = lab.pair()
    r1.add_interface("eth1", "lan", "198.51.100.1/24")  # the way back to the peer
    r1.run("sysctl", "-qw", "net.ipv4.conf.eth0.rp_filter=1")
    with speaking(r2, advert("198.51.100.2", 51, addresses=["192.0.2.10"])):
        finding = Findings(r1, instance(**QUICK)).expect("firewall", "fail", "rp_filter (1)")
        mend(r1, finding["fix"])
        Findings(r1, instance(**QUICK)).expect_fine("firewall", "reverse-path")


@test
def a_ruleset_that_cannot_be_read_is_said_to_be_unknown(lab):
    r1, r2, _ = lab.pair()
    without_nft = ["unshare", "-m", "sh", "-c", 'mount --bind /bin/false "$(command -v nft)" && exec "$0" "$@"']
    Findings(r1, instance(**QUICK), prefix=without_nft).expect("firewall", "unknown", "nft")
    with speaking(r2, advert("192.0.2.2", 51, addresses=["192.0.2.10"])):
        Findings(r1, instance(**QUICK), prefix=without_nft).expect_fine("firewall")


@test
def two_masters_of_which_one_is_this_router_are_found(lab):
    r1, r2, _ = lab.pair()
    r1.deafen()
    daemon = r1.vrrpd(instance(**QUICK))
    daemon.wait_state("MASTER")
    with speaking(r2, advert("192.0.2.2", 51, addresses=["192.0.2.10"])):
        findings = Findings(r1, instance(**QUICK), state_dir=daemon.state_dir)
    findings.expect("masters", "fail", "this router", "192.0.2.2")


@test
def another_daemon_with_the_same_vrid_is_found_on_the_wire_and_on_its_host(lab):
    r1, r2, _ = lab.pair()
    r2.keepalived(keepalived_instance(addresses=["192.0.2.99/24"])).wait_state("MASTER")
    findings = Findings(r1, instance(advert_interval="500ms"))
    findings.expect("vrid", "fail", "192.0.2.2", "192.0.2.99")
    findings.expect_fine("other-daemons", "address-list")
    Findings(r2, instance(**QUICK)).expect("other-daemons", "warn", "keepalived")


@test
def an_address_that_a_stranger_has_is_found_when_asked_for(lab):
    r1, _, client = lab.pair_v6()
    client.ip("addr", "add", VIP, "dev", "eth0")
    client.ip("addr", "add", "2001:db8::10/64", "dev", "eth0", "nodad")
    addresses = [VIP, *(f"192.0.2.{n}/24" for n in range(11, 60)), "fe80::10/64", "2001:db8::10/64"]
    configuration = instance(addresses=addresses, **QUICK)
    equal(Findings(r1, configuration).of("duplicate-address"), [], "findings without --probe")
    findings = Findings(r1, configuration, "--probe")
    for address in ("192.0.2.10", "2001:db8::10"):
        findings.expect("duplicate-address", "fail", f"{address} already", client.mac())
    equal(len(findings.of("duplicate-address")), 2, "findings")


@test
def addresses_that_nobody_serves_are_found_and_mended(lab):
    r1, _, _ = lab.pair()
    daemon = r1.vrrpd(instance(**QUICK))
    daemon.wait_state("MASTER")
    r1.wait_address(VIP)
    daemon.kill()
    finding = Findings(r1, instance(**QUICK)).expect("stale-addresses", "fail", VIP, "eth0")
    mend(r1, finding["fix"])
    Findings(r1, instance(**QUICK)).expect_fine("stale-addresses")
    r1.ip("addr", "add", VIP, "dev", "eth0")
    mend(r1, Findings(r1, instance(**QUICK)).expect("stale-addresses", "fail", VIP, "somebody else")["fix"])
    Findings(r1, instance(**QUICK)).expect_fine("stale-addresses")
    # a real server behind a load balancer has it there
    r1.ip("addr", "add", "192.0.2.10/32", "dev", "lo")
    mend(r1, Findings(r1, instance(**QUICK)).expect("stale-addresses", "fail", "192.0.2.10/32 is on lo")["fix"])
    Findings(r1, instance(**QUICK)).expect_fine("stale-addresses")


if __name__ == "__main__":
    main()
