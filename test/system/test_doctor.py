# SPDX-License-Identifier: GPL-2.0-or-later
"""vrrpctl doctor: every finding is provoked for real, in a machine that has that illness and no daemon of mercy; and a healthy
pair gets none. Where a finding comes with one plain command, the command is run and must mend it."""

import contextlib
import json
import os
import signal
import socket
import struct
import threading

from daemons import instance, keepalived_instance, sanitizer_environment
from lab import binary, check, equal, wait_until
from runner import main, test

VIP = "192.0.2.10/24"
GROUP_MAC = bytes.fromhex("01005e000012")
QUICK = {"advert_interval": "300ms"}  # doctor listens for three of them
CHECKS = {
    "configuration", "daemon", "capabilities", "other-daemons", "cpu-steal", "interfaces", "network-manager",
    "reverse-path", "arp", "secondaries", "multicast-snooping", "membership", "mtu", "stale-addresses", "scripts",
    "script-time", "preemption", "loop-lag", "firewall", "peer", "vrid", "masters", "version", "interval",
    "address-list", "checksum", "packets", "priorities", "weights", "duplicate-address"}


class Findings:
    """What doctor said, by check."""

    def __init__(self, node, configuration, *arguments, state_dir="/nonexistent", prefix=()):
        lab = node.lab
        path = lab.file("doctor.conf", configuration)
        done = node.run(*prefix, binary("vrrpctl"), "-j", "-s", state_dir, "doctor", *arguments, path, status=None,
                        env=sanitizer_environment(lab.directory))
        check(done.returncode in (0, 1), f"doctor ended with {done.returncode}: {done.stderr}")
        self.all = json.loads(done.stdout)["findings"]
        equal(done.returncode, int(any(one["status"] == "fail" for one in self.all)), "exit status")

    def of(self, name):
        return [one for one in self.all if one["check"] == name]

    def statuses(self, name):
        return sorted({one["status"] for one in self.of(name)})

    def expect(self, name, status, *words):
        """One finding of that check has the status and all these words, and a fix; it is returned."""
        for one in self.of(name):
            if one["status"] == status and all(word in one["evidence"] for word in words):
                check(one["fix"], f"{name} has no fix: {one}")
                return one
        check(False, f"{name}: no {status} with {words} in {self.of(name)}")

    def expect_fine(self, *names):
        for name in names:
            equal(self.statuses(name), ["ok"], f"{name}: {self.of(name)}")


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def advert(src, vrid, version=3, priority=110, interval_ms=300, addresses=None, ttl=255, spoil=0):
    """An Ethernet frame with an advertisement, written without our code."""
    addresses = addresses or [f"192.0.2.{10 + vrid}"]
    source, group = socket.inet_aton(src), socket.inet_aton("224.0.0.18")
    field = struct.pack("!BB", 0, interval_ms // 1000) if version == 2 else struct.pack("!H", interval_ms // 10)
    head = struct.pack("!BBBB", version << 4 | 1, vrid, priority, len(addresses)) + field
    body = b"".join(socket.inet_aton(address) for address in addresses) + (bytes(8) if version == 2 else b"")
    message = head + b"\0\0" + body
    pseudo = b"" if version == 2 else source + group + struct.pack("!BBH", 0, 112, len(message))
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


def mend(node, fix):
    node.run("sh", "-c", fix)


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
    }
    configuration = "script s {\n  command = /bin/true\n}\n"
    for vrid in range(1, 12):
        configuration += instance(f"i{vrid}-", vrid=vrid, addresses=[f"192.0.2.{10 + vrid}/24"], **QUICK)
        if vrid in (8, 11):
            configuration = configuration.rstrip()[:-1] + "  track-script s { weight = 20 }\n}\n"
    frames = [advert("192.0.2.100", vrid, **what) for vrid, (what, _, _) in wrong.items()]
    frames += [advert(f"192.0.2.{last}", 9) for last in (100, 101)]  # 10: nobody
    frames.append(advert("192.0.2.100", 11))
    with speaking(r2, *frames):
        findings = Findings(r1, configuration)
    for vrid, (_, name, status) in wrong.items():
        finding = findings.expect(name, status, f"i{vrid}-:")
        check("192.0.2.100" in finding["evidence"], f"{finding} does not say who")
        equal(len(findings.of(name)), 1, f"{name} of others than i{vrid}-: {findings.of(name)}")
    findings.expect("masters", "fail", "i9-:", "192.0.2.100", "192.0.2.101")
    findings.expect("peer", "warn", "i10-:")
    check(not any("i11-:" in one["evidence"] for one in findings.all), "the right one is complained of")


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
    r1.run("nft", "add table inet filter; add chain inet filter in { type filter hook input priority 0; policy drop; }")
    finding = Findings(r1, instance(**QUICK)).expect("firewall", "warn", "accepted")
    mend(r1, finding["fix"])
    Findings(r1, instance(**QUICK)).expect_fine("firewall")


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
    configuration = instance(addresses=[VIP, "192.0.2.11/24", "fe80::10/64", "2001:db8::10/64"], **QUICK)
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
    Findings(r1, instance(**QUICK)).expect("stale-addresses", "fail", VIP, "somebody else")


@test
def settings_of_the_kernel_that_break_it_are_found_and_mended(lab):
    r1, _, _ = lab.pair()
    r1.add_interface("eth1", "lan", "192.0.2.3/24")
    r1.ip("link", "add", "name", "br0", "type", "bridge", "mcast_snooping", "1", "mcast_querier", "0")
    r1.ip("addr", "add", "198.51.100.1/24", "dev", "br0")
    r1.ip("link", "set", "br0", "mtu", "576", "up")
    r1.run("sysctl", "-qw", "net.ipv4.conf.eth0.rp_filter=1", "net.ipv4.conf.eth0.promote_secondaries=0",
           "net.ipv4.conf.eth0.arp_ignore=2")
    configuration = (instance(addresses=[VIP, "192.0.2.11/32"], **QUICK) +
                     instance("lan", "br0", addresses=[f"198.51.100.{n}/24" for n in range(10, 160)], **QUICK))
    findings = Findings(r1, configuration)
    fixes = [findings.expect("reverse-path", "warn", "eth0")["fix"],
             findings.expect("secondaries", "warn", "eth0")["fix"],
             findings.expect("arp", "fail", "arp_ignore is 2")["fix"].partition(",")[0],
             findings.expect("arp", "warn", "192.0.2.3/24")["fix"],
             findings.expect("multicast-snooping", "warn", "br0")["fix"].partition(",")[0],
             findings.expect("mtu", "warn", "br0", "628")["fix"].partition(",")[0]]
    for fix in fixes:
        mend(r1, fix)
    Findings(r1, configuration).expect_fine("reverse-path", "arp", "multicast-snooping", "mtu")
    check(not any("eth0" in one["evidence"] for one in Findings(r1, configuration).of("secondaries")),
          "promote_secondaries of eth0")


@test
def interfaces_that_cannot_serve_and_files_that_cannot_be_read_are_found(lab):
    r1, _, _ = lab.pair()
    for name in ("down0", "bare0"):
        r1.add_interface(name, "lan")
    r1.ip("link", "set", "down0", "down")
    findings = Findings(r1, "".join(instance(name, f"{name}0", vrid, addresses=[f"203.0.113.{vrid}/24"], **QUICK)
                                    for vrid, name in enumerate(("missing", "down", "bare"), 1)))
    findings.expect("interfaces", "fail", "missing:", "no interface")
    findings.expect("interfaces", "fail", "down:", "is down")
    findings.expect("interfaces", "fail", "bare:", "no IPv4 address")
    equal(findings.statuses("daemon"), ["unknown"], "daemon")
    findings = Findings(r1, "instance web {\n  prority = 5\n}\n")
    check(any(one["status"] == "fail" and ":2:" in one["evidence"] for one in findings.of("configuration")),
          f"{findings.of('configuration')}")
    equal(findings.of("vrid"), [], "checks of a file that cannot be used")


@test
def missing_capabilities_are_found(lab):
    r1, _, _ = lab.pair()
    findings = Findings(r1, instance(**QUICK), prefix=["setpriv", "--bounding-set", "-net_raw"])
    findings.expect("capabilities", "fail", "CAP_NET_RAW")
    equal(findings.statuses("listen"), ["unknown"], "listening")


@test
def scripts_that_are_missing_unsafe_or_slow_are_found(lab):
    r1, _, _ = lab.pair()
    path = lab.file("unsafe", "#!/bin/sh\n")
    os.chmod(path, 0o777)
    slow = "script slow {\n  command = \"/bin/sleep 9\"\n  interval = 300ms\n}\n"
    fine = "script fine {\n  command = /bin/true\n}\n"
    tracks = instance(**QUICK).rstrip()[:-1] + "  track-script slow { weight = -10 }\n}\n"
    daemon = r1.vrrpd(slow + tracks)
    wait_until("a result of the slow one",
               lambda: any("timed out" in (track["why"] or "") for track in daemon.show()["tracks"]))
    findings = Findings(
        r1, slow + fine + tracks + "script gone {\n  command = /nonexistent/program\n}\n"
        f"script unsafe {{\n  command = {path}\n}}\n"
        + instance("lan", vrid=52, addresses=["192.0.2.11/24"], notify="/nonexistent/hook", **QUICK),
        state_dir=daemon.state_dir)
    findings.expect("scripts", "fail", "script gone:", "/nonexistent")
    findings.expect("scripts", "fail", "script unsafe:", "writable by everybody")
    findings.expect("scripts", "fail", "hook of lan:", "/nonexistent")
    findings.expect("script-time", "fail", "script slow:")
    equal((len(findings.of("scripts")), len(findings.of("script-time"))), (3, 1), "findings")


@test
def surprises_of_not_preempting_are_found(lab):
    r1, _, _ = lab.pair()

    def one(name, vrid, **keys):
        return instance(name, vrid=vrid, **{"addresses": [f"192.0.2.{10 + vrid}/24"], **QUICK, **keys})

    findings = Findings(
        r1, "script s {\n  command = /bin/true\n}\n" +
        one("delayed", 1, preempt=False, preempt_delay="10s") + one("plain", 2, preempt=False) +
        one("weighed", 3, preempt=False).rstrip()[:-1] + "  track-script s { weight = -10 }\n}\n" +
        one("owner", 4, preempt=False, priority=255, addresses=["192.0.2.1/24"]) +
        one("mixed", 5, preempt=False) + one("eager", 6) + "group g { instances = {mixed, eager} }\n")
    for name, word in (("delayed", "preempt-delay"), ("weighed", "weight"), ("owner", "owner"), ("mixed", "group")):
        findings.expect("preemption", "warn", f"{name}:", word)
    equal(len(findings.of("preemption")), 4, f"findings {findings.of('preemption')}")


@test
def a_group_that_the_daemon_could_not_join_is_found(lab):
    r1, _, _ = lab.pair()
    r1.run("sysctl", "-qw", "net.ipv4.igmp_max_memberships=0")
    daemon = r1.vrrpd(instance(**QUICK))
    finding = Findings(r1, instance(**QUICK), state_dir=daemon.state_dir).expect("membership", "fail", "224.0.0.18")
    mark = daemon.mark()
    mend(r1, finding["fix"])
    daemon.wait_state("BACKUP", since=mark)
    Findings(r1, instance(**QUICK), state_dir=daemon.state_dir).expect_fine("membership")


@test
def a_daemon_that_was_held_up_is_found(lab):
    r1, _, _ = lab.pair()
    configuration = instance(advert_interval="500ms")
    daemon = r1.vrrpd(configuration)
    Findings(r1, configuration, state_dir=daemon.state_dir).expect_fine("loop-lag")
    daemon.wait_state("MASTER")
    pid = daemon.protocol_pid
    os.kill(pid, signal.SIGSTOP)
    threading.Event().wait(1.5)  # this long it is held up
    os.kill(pid, signal.SIGCONT)
    daemon.wait_event("late", lambda event: event["event"] == "late")
    Findings(r1, configuration, state_dir=daemon.state_dir).expect("loop-lag", "warn", "held up")


@test
def who_manages_the_interface_and_removes_addresses_is_found(lab):
    r1, _, _ = lab.pair()
    number = r1.link()["ifindex"]
    network = lab.file("10-netplan-eth0.network", "[Match]\nName=eth0\n")
    keeps = lab.file("keeps.network", "[Network]\nKeepConfiguration=yes\n")

    def managed(file, by_network_manager):
        # what the two leave in /run of a machine where they manage that interface
        script = (f"mount -t tmpfs none /run && mkdir -p /run/systemd/netif/links /run/NetworkManager/devices && "
                  f"printf 'ADMIN_STATE=configured\\nNETWORK_FILE={file}\\n' >/run/systemd/netif/links/{number} && "
                  f"printf '[device]\\nmanaged={by_network_manager}\\n' >/run/NetworkManager/devices/{number} && "
                  'exec "$0" "$@"')
        return Findings(r1, instance(**QUICK), prefix=["unshare", "-m", "sh", "-c", script])

    findings = managed(network, "true")
    check("netplan" in findings.expect("network-manager", "warn", "systemd-networkd", "eth0")["fix"], "fix")
    findings.expect("network-manager", "warn", "NetworkManager", "eth0")
    managed(keeps, "false").expect_fine("network-manager")


@test
def time_that_the_hypervisor_takes_is_found(lab):
    r1, _, _ = lab.pair()

    def with_steal(percent):
        end = threading.Event()
        ticks = [1000, 1000]

        def write():
            with open(path, "r+", encoding="ascii") as file:
                while not end.wait(0.05):
                    ticks[0] += 100 - percent
                    ticks[1] += percent
                    file.seek(0)
                    file.write(f"cpu  {ticks[0]} 0 0 0 0 0 0 {ticks[1]} 0 0\n")
                    file.flush()

        path = lab.file("stat", "cpu  1000 0 0 0 0 0 0 1000 0 0\n")
        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        try:
            return Findings(r1, instance(**QUICK), prefix=["unshare", "-m", "sh", "-c",
                                                           f"mount --bind {path} /proc/stat && exec \"$0\" \"$@\""])
        finally:
            end.set()
            thread.join()

    with_steal(30).expect("cpu-steal", "warn", "30 %")
    with_steal(1).expect_fine("cpu-steal")


@test
def people_get_lines_and_commands_to_copy(lab):
    r1, _, _ = lab.pair()
    path = lab.file("vrrpd.conf", instance(interface="eth7", **QUICK))
    done = r1.run(binary("vrrpctl"), "-s", "/nonexistent", "doctor", path, status=1)
    lines = done.stdout.splitlines()
    check(any(line.startswith("fail") and "eth7" in line for line in lines), done.stdout)
    check(any(line.strip().startswith("-> ip link show") for line in lines), done.stdout)
    check(lines[-1].startswith("1 failed, "), lines[-1])


if __name__ == "__main__":
    main()
