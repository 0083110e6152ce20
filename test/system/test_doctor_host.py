# SPDX-License-Identifier: GPL-2.0-or-later
"""vrrpctl doctor and the host: the kernel, the file, the daemon and who else is there. As in test_doctor.py, every finding is provoked."""

import os
import signal
import threading

from daemons import instance
from doctor import QUICK, Findings, edited, mend
from lab import binary, check, equal, wait_until
from runner import main, test

VIP = "192.0.2.10/24"


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
             findings.expect("arp", "fail", "arp_ignore is 2")["fix"],
             findings.expect("arp", "warn", "192.0.2.3/24")["fix"],
             findings.expect("multicast-snooping", "warn", "br0")["fix"],
             findings.expect("mtu", "warn", "br0", "628")["fix"]]
    for fix in fixes:
        mend(r1, fix)
    Findings(r1, configuration).expect_fine("reverse-path", "arp", "multicast-snooping", "mtu")
    check(not any("eth0" in one["evidence"] for one in Findings(r1, configuration).of("secondaries")),
          "promote_secondaries of eth0")


@test
def interfaces_that_cannot_serve_and_files_that_cannot_be_read_are_found(lab):
    r1, _, _ = lab.pair()
    for name in ("down0", "bare0", "pulled0"):
        r1.add_interface(name, "lan")
    r1.ip("addr", "add", "203.0.113.1/24", "dev", "down0")
    r1.ip("link", "set", "down0", "down")
    r1.unplug("pulled0")
    configuration = "".join(instance(name, f"{name}0", vrid, addresses=[f"203.0.113.{10 + vrid}/24"], **QUICK)
                            for vrid, name in enumerate(("missing", "down", "bare", "pulled"), 1))
    six = instance("six", "bare0", 9, addresses=["2001:db8::10/64"], **QUICK)
    findings = Findings(r1, configuration + six)
    findings.expect("interfaces", "fail", "missing:", "no interface")
    findings.expect("interfaces", "fail", "bare:", "no IPv4 address")
    findings.expect("interfaces", "fail", "pulled:", "no carrier")
    mend(r1, findings.expect("interfaces", "fail", "down:", "is down")["fix"])
    mend(r1, findings.expect("interfaces", "fail", "six:", "no link-local IPv6 address")["fix"])
    r1.plug("pulled0")
    wait_until("carrier", lambda: r1.link("pulled0")["operstate"] == "UP")
    findings = Findings(r1, configuration + six)
    equal(sorted(one["evidence"].partition(":")[0] for one in findings.of("interfaces")), ["bare", "missing", "pulled"],
          f"what is left of {findings.of('interfaces')}")
    # where IPv6 is not switched off, an address is missing
    r1.ip("-6", "addr", "flush", "dev", "bare0")
    mend(r1, Findings(r1, six).expect("interfaces", "fail", "six:", "no link-local IPv6 address")["fix"])
    Findings(r1, six).expect_fine("interfaces")
    equal(findings.statuses("daemon"), ["unknown"], "daemon")
    findings = Findings(r1, "instance web {\n  prority = 5\n}\n")
    check(any(one["status"] == "fail" and ":2:" in one["evidence"] for one in findings.of("configuration")),
          f"{findings.of('configuration')}")
    equal(findings.of("vrid"), [], "checks of a file that cannot be used")
    missing = r1.run(binary("vrrpctl"), "-s", "/nonexistent", "doctor", "/nonexistent.conf", status=1).stdout
    check("-> vrrpd -t -f /nonexistent.conf" in missing, missing)


@test
def an_interface_of_a_vlan_is_mended_by_its_name_and_a_setting_of_all_is_changed_too(lab):
    r1, _, _ = lab.pair()
    r1.add_interface("eth0.10", "lan", "198.51.100.1/24")
    r1.run("sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=8", "net/ipv4/conf/eth0.10/rp_filter=1")
    configuration = instance(interface="eth0.10", addresses=["198.51.100.10/24"], **QUICK)
    findings = Findings(r1, configuration)
    mend(r1, findings.expect("arp", "fail", "arp_ignore is 8")["fix"])
    mend(r1, findings.expect("reverse-path", "warn", "eth0.10")["fix"])
    Findings(r1, configuration).expect_fine("arp", "reverse-path")


@test
def a_bridge_behind_the_interface_is_looked_at(lab):
    r1, _, _ = lab.pair()
    r1.ip("link", "add", "name", "br0", "type", "bridge", "mcast_snooping", "1", "mcast_querier", "0")
    r1.ip("link", "set", "eth0", "master", "br0")
    findings = Findings(r1, instance(**QUICK))
    mend(r1, findings.expect("multicast-snooping", "warn", "eth0", "br0")["fix"])
    Findings(r1, instance(**QUICK)).expect_fine("multicast-snooping")
    # and nothing comes through the port itself
    r1.ip("addr", "add", "192.0.2.3/24", "dev", "br0")
    r1.ip("link", "set", "br0", "up")
    mended = edited(instance(**QUICK), findings.expect("interfaces", "fail", "web:", "eth0 is a port of br0")["fix"])
    Findings(r1, mended).expect_fine("interfaces", "multicast-snooping")


@test
def weights_of_an_owner_are_found(lab):
    r1, _, _ = lab.pair()
    owner = instance(priority=255, addresses=["192.0.2.1/24"], **QUICK)
    Findings(r1, owner).expect_fine("weights")
    Findings(r1, owner.rstrip()[:-1] + "  track-interface lo { weight = -10 }\n}\n").expect("weights", "warn", "web:", "255")


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
    closed = lab.file("closed", "#!/bin/sh\n")
    os.chmod(closed, 0o644)
    slow = "script slow {\n  command = \"/bin/sleep 9\"\n  interval = 300ms\n}\n"
    fine = "script fine {\n  command = /bin/true\n}\n"
    tracks = instance(**QUICK).rstrip()[:-1] + "  track-script slow { weight = -10 }\n}\n"
    daemon = r1.vrrpd(slow + tracks)
    wait_until("a result of the slow one",
               lambda: any("timed out" in (track["why"] or "") for track in daemon.show()["tracks"]))
    findings = Findings(
        r1, slow + fine + tracks + "script gone {\n  command = /nonexistent/program\n}\n"
        f"script unsafe {{\n  command = {path}\n}}\n"
        f"script closed {{\n  command = {closed}\n}}\nscript whose {{\n  command = /bin/true\n  user = nosuchuser\n}}\n"
        + instance("lan", vrid=52, addresses=["192.0.2.11/24"], notify="/nonexistent/hook", **QUICK),
        state_dir=daemon.state_dir)
    equal(Findings(r1, slow + tracks).statuses("script-time"), ["unknown"], "how long it takes without a daemon that runs it")
    findings.expect("scripts", "fail", "script gone:", "/nonexistent")
    fixes = [findings.expect("scripts", "fail", "script unsafe:", "writable by everybody")["fix"],
             findings.expect("scripts", "fail", "script closed:", "closed")["fix"]]
    check(findings.expect("scripts", "fail", "script whose:", "nosuchuser")["fix"].startswith("useradd "), "fix")
    findings.expect("scripts", "fail", "hook of lan:", "/nonexistent")
    findings.expect("script-time", "fail", "script slow:")
    equal((len(findings.of("scripts")), len(findings.of("script-time"))), (5, 1), "findings")
    for fix in fixes:
        mend(r1, fix)
    for file in (path, closed):
        Findings(r1, f"script mended {{\n  command = {file}\n}}\n" + instance(**QUICK)).expect_fine("scripts")


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
def a_group_of_ipv6_that_the_daemon_could_not_join_is_found(lab):
    r1, _, _ = lab.pair_v6()
    daemon = r1.vrrpd(instance(**QUICK))
    r1.run("sysctl", "-qw", "net.core.optmem_max=10")  # of this machine alone
    configuration = instance(**QUICK) + instance("six", vrid=52, addresses=["fe80::10/64"], **QUICK)
    daemon.reload(configuration)
    finding = Findings(r1, configuration, state_dir=daemon.state_dir).expect("membership", "fail", "six:", "ff02::12")
    mark = daemon.mark()
    mend(r1, finding["fix"])
    daemon.wait_state("BACKUP", "six", since=mark)
    Findings(r1, configuration, state_dir=daemon.state_dir).expect_fine("membership")


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

    plain = lab.file("10-eth0.network", "[Match]\nName=eth0\n")
    # what networkd does when it is told that there is more of that file
    stub = lab.file("networkctl", "#!/bin/sh\necho NETWORK_FILE_DROPINS=$(echo /etc/systemd/network/10-eth0.network.d/*) "
                    f">>/run/systemd/netif/links/{number}\n")
    os.chmod(stub, 0o755)

    def managed(file, by_network_manager, fix=""):
        # what the two leave in /run of a machine where they manage that interface
        script = (f"mount -t tmpfs none /run && mkdir -p /run/systemd/netif/links /run/NetworkManager/devices && "
                  f"printf 'ADMIN_STATE=configured\\nNETWORK_FILE={file}\\n' >/run/systemd/netif/links/{number} && "
                  f"printf '[device]\\nmanaged={by_network_manager}\\n' >/run/NetworkManager/devices/{number} && "
                  f"mkdir -p /etc/systemd && mount -t tmpfs none /etc/systemd && PATH={lab.directory}:$PATH\n{fix}\n"
                  'exec "$0" "$@"')
        return Findings(r1, instance(**QUICK), prefix=["unshare", "-m", "sh", "-c", script])

    findings = managed(network, "true")
    check("netplan" in findings.expect("network-manager", "warn", "systemd-networkd", "eth0")["fix"], "fix")
    findings.expect("network-manager", "warn", "NetworkManager", "eth0")
    managed(keeps, "false").expect_fine("network-manager")
    fix = managed(plain, "false").expect("network-manager", "warn", "systemd-networkd")["fix"]
    managed(plain, "false", fix).expect_fine("network-manager")


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
