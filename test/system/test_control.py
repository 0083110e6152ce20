# SPDX-License-Identifier: GPL-2.0-or-later
"""vrrpctl, its exit statuses and its JSON, the control socket behind it, and the dump for SIGUSR1."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import time

from daemons import Vrrpd, instance
from lab import Follower, Process, binary, check, equal, run, wait_until
from runner import main, test

VIP = "192.0.2.10/24"
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
COUNTERS = ("adverts_sent", "adverts_received", "became_master", "checksum_errors", "version_errors", "vrid_errors",
            "ip_ttl_errors", "packet_length_errors", "invalid_type_received", "address_list_errors",
            "advert_interval_errors", "auth_failures", "priority_zero_received", "priority_zero_sent")
INSTANCE_KEYS = ("name", "state", "interface", "vrid", "family", "version", "priority", "effective_priority",
                 "advert_interval_ms", "master", "addresses", "extra_addresses", "virtual_mac", "since", "reason",
                 "forced", "group", "tracks", "counters")


def conf(**keys):
    return "global {\n  name = lb1\n}\n" + instance(
        **{"priority": 150, "advert_interval": "200ms", "extra_addresses": ["203.0.113.9/32"], **keys})


def master(lab):
    r1, _, _ = lab.pair()
    daemon = r1.vrrpd(conf())
    daemon.wait_state("MASTER")
    r1.wait_address(VIP)
    return daemon


@test
def the_json_of_show_is_what_interface_promises(lab):
    daemon = master(lab)
    whole = daemon.json("show")
    equal(whole["name"], "lb1", "name")
    equal(whole["pid"], daemon.pid, "pid")
    check(whole["version"] and whole["version"] in run(binary("vrrpd"), "-V").stdout, "version is not that of -V")
    equal(len(whole["instances"]), 1, "instances")
    found = whole["instances"][0]
    missing = [key for key in INSTANCE_KEYS if key not in found]
    equal(missing, [], "keys that are missing")
    expected = {"name": "web", "state": "MASTER", "interface": "eth0", "vrid": 51, "family": "ipv4", "version": 3,
                "priority": 150, "effective_priority": 150, "advert_interval_ms": 200,
                "master": {"address": "192.0.2.1", "priority": 150, "self": True},
                "addresses": [VIP], "extra_addresses": ["203.0.113.9/32"], "virtual_mac": None,
                "reason": "master down timer expired", "forced": None, "group": None}
    for key, wanted in expected.items():
        equal(found[key], wanted, key)
    equal([(track["kind"], track["name"], track["weight"], track["up"]) for track in found["tracks"]],
          [("interface", "eth0", 0, True)], "tracks")
    check(TIME.match(found["since"]), f"since is no time: {found['since']}")
    equal([name for name in COUNTERS if name not in found["counters"]], [], "counters that are missing")
    check(found["counters"]["adverts_sent"] >= 1 and found["counters"]["became_master"] == 1, "counters do not count")
    # named, it is that one object, with more to know
    named = daemon.json("show", "web")
    for key, wanted in expected.items():
        equal(named[key], wanted, f"show web: {key}")


@test
def a_backup_shows_whom_it_hears(lab):
    daemon = master(lab)
    second = lab.nodes[2].vrrpd(conf(priority=100))
    second.wait_event("the master is heard", lambda event: event["event"] == "master")
    equal(second.show()["master"], {"address": "192.0.2.1", "priority": 150, "self": False}, "master")
    equal(second.show()["state"], "BACKUP", "state")
    table = second.ctl("show").stdout
    check("192.0.2.1" in table and "BACKUP" in table, table)
    daemon.kill()


@test
def show_is_a_table_and_no_command_means_show(lab):
    daemon = master(lab)
    table = daemon.ctl("show").stdout
    header = table.splitlines()[0].split()
    equal(header, ["NAME", "STATE", "PRIO", "INTERFACE", "VRID", "MASTER", "ADDRESSES", "SINCE"], "columns")
    row = table.splitlines()[1].split()
    equal(row[:5], ["web", "MASTER", "150", "eth0", "51"], "row")
    check("\x1b" not in table, "colours where there is no terminal")
    equal(daemon.ctl().stdout.splitlines()[1].split()[:5], row[:5], "vrrpctl without a command")
    detail = daemon.ctl("show", "web").stdout
    for word in ("master down timer expired", "192.0.2.10", "203.0.113.9", "MASTER", "150"):
        check(word in detail, f"{word!r} is not in show web:\n{detail}")


def on_a_terminal(*command, **environment):
    """What a command prints where its output is a terminal."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        subprocess.run(command, stdout=theirs, check=True, timeout=60,
                       env={**os.environ, "TERM": "xterm", **environment})
        os.close(theirs)
        text = b""
        try:
            while block := screen.read(65536):
                text += block
        except OSError:
            pass  # how a terminal says that nobody writes any more
    return text.decode()


@test
def on_a_terminal_the_table_is_coloured(lab):
    daemon = master(lab)
    command = (binary("vrrpctl"), "-s", daemon.state_dir, "show")
    shown = on_a_terminal(*command)
    check("MASTER" in shown and "\x1b[" in shown, f"no colours: {shown!r}")
    plain = on_a_terminal(*command, NO_COLOR="1")
    check("MASTER" in plain and "\x1b[" not in plain, f"NO_COLOR is not obeyed: {plain!r}")


@test
def exit_statuses_are_0_1_2_and_3(lab):
    daemon = master(lab)
    ctl = binary("vrrpctl")
    for arguments, status in ((["show"], 0), (["version"], 0), (["counters"], 0), (["counters", "web"], 0),
                              (["events"], 0), (["announce", "web"], 0), (["announce", "all"], 0), (["reload"], 0),
                              (["show", "nobody"], 1), (["counters", "nobody"], 1), (["announce", "nobody"], 1),
                              (["shwo"], 2), (["announce"], 2), (["show", "web", "more"], 2), (["events", "-n"], 2),
                              (["events", "-n", "many"], 2), (["-x"], 2)):
        done = run(ctl, "-s", daemon.state_dir, *arguments, status=None)
        equal(done.returncode, status, f"status of vrrpctl {' '.join(arguments)}\n{done.stdout}{done.stderr}")
        if status == 1:
            equal(len(done.stderr.splitlines()), 1, f"lines of vrrpctl {' '.join(arguments)} on stderr")
            check("nobody" in done.stderr, done.stderr)
        if status == 0:
            equal(done.stderr, "", f"vrrpctl {' '.join(arguments)} on stderr")
        else:
            equal(done.stdout, "", f"vrrpctl {' '.join(arguments)} on stdout")
    nowhere = run(ctl, "-s", os.path.join(lab.directory, "nowhere"), "show", status=3)
    equal(len(nowhere.stderr.splitlines()), 1, f"lines on stderr: {nowhere.stderr}")
    daemon.stop()
    run(ctl, "-s", daemon.state_dir, "show", status=3)


@test
def every_command_speaks_json(lab):
    daemon = master(lab)
    for arguments in (["show"], ["show", "web"], ["version"], ["counters"], ["counters", "web"], ["announce", "web"],
                      ["reload"]):
        daemon.json(*arguments)
    refused = run(binary("vrrpctl"), "-s", daemon.state_dir, "-j", "show", "nobody", status=1)
    check("nobody" in refused.stderr, f"the refusal says nothing: {refused.stderr!r}")
    equal(daemon.json("counters", "web")["became_master"] if "became_master" in daemon.json("counters", "web")
          else daemon.json("counters", "web")["counters"]["became_master"], 1, "became_master")


@test
def events_tell_what_happened_and_why(lab):
    daemon = master(lab)
    lines = daemon.ctl("-j", "events").stdout.splitlines()
    events = [json.loads(line) for line in lines]
    for event in events:
        equal([key for key in ("time", "instance", "event", "from", "to", "reason") if key not in event], [],
              f"keys that are missing in {event}")
        check(TIME.match(event["time"]), f"no time: {event}")
    states = [(event["from"], event["to"]) for event in events if event["event"] == "state"]
    equal(states[-1], ("BACKUP", "MASTER"), "last transition")
    times = [event["time"] for event in events]
    equal(times, sorted(times), "newest last")
    equal(len(daemon.ctl("-j", "events", "-n", "1").stdout.splitlines()), 1, "events -n 1")
    equal(daemon.ctl("-j", "events", "-n", "0").stdout, "", "events -n 0")
    text = daemon.ctl("events").stdout
    check("BACKUP -> MASTER: master down timer expired (priority 150)" in text, text)
    equal(daemon.ctl("events", "web").stdout, text, "events of the only instance")
    run(binary("vrrpctl"), "-s", daemon.state_dir, "events", "nobody", status=1)


@test
def events_are_followed_from_now_on(lab):
    daemon = master(lab)
    process = Process(daemon.node, [binary("vrrpctl"), "-s", daemon.state_dir, "-j", "events", "-f", "-n", "0"],
                      stdout=subprocess.PIPE)
    lines = Follower(process.popen.stdout, json.loads)

    def provoke():
        daemon.ctl("announce", "web")
        return lines.items
    wait_until("the follower hears something", provoke, every_s=0.3)
    equal([line["event"] for line in lines.items if line["event"] == "state"], [], "events of before")
    daemon.reload(conf(priority=160))
    lines.wait("the reload", lambda items: any(item["event"] == "reload" for item in items))
    daemon.stop()
    process.wait()
    lines.join()
    check(any(line["event"] == "state" for line in lines.items), "the end was not followed")


@test
def announce_sends_the_gratuitous_arps_again(lab):
    r1, _, _ = lab.pair()
    daemon = r1.vrrpd(conf(announce_repeat="0s"))
    daemon.wait_state("MASTER")
    r1.wait_address(VIP)
    capture = lab.segments["lan"].capture()
    daemon.ctl("announce", "web")
    wait_until("announcements of both addresses",
               lambda: {arp.sender for arp in capture.arps() if arp.gratuitous} >= {"192.0.2.10", "203.0.113.9"},
               every_s=0.2)


def ask(path, *lines):
    """Sends lines to a control socket; the lines that come back, as many."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(20)
        client.connect(path)
        client.sendall("".join(line + "\n" for line in lines).encode())
        with client.makefile("r") as replies:
            return [json.loads(replies.readline()) for _ in lines]


@test
def any_program_can_speak_to_the_control_socket(lab):
    daemon = master(lab)
    path = os.path.join(daemon.state_dir, "control.sock")
    replies = ask(path, '{"command": "show", "name": "web"}', '{"command": "nonsense"}', "no JSON", "[]", "{}",
                  '{"command": "show", "name": 7}', '{"command": "show"}')
    equal([reply["ok"] for reply in replies], [True, False, False, False, False, False, True], f"replies {replies}")
    equal(replies[0]["result"]["state"], "MASTER", "state")
    for reply in replies[1:6]:
        check(isinstance(reply["error"], str) and reply["error"], f"an error without words: {reply}")
    equal(daemon.states(), ["BACKUP", "MASTER"], "states")


@test
def a_client_that_misbehaves_harms_nobody(lab):
    daemon = master(lab)
    path = os.path.join(daemon.state_dir, "control.sock")
    idle = []
    for _ in range(50):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.connect(path)
        idle.append(client)
    # an endless line, half a line, a follower that never reads, a client that is gone before the reply
    try:
        idle[0].sendall(b"x" * 300000)
    except OSError:
        pass
    idle[1].sendall(b'{"command": "sh')
    idle[2].sendall(b'{"command": "events", "follow": true}\n')
    idle[3].sendall(b'{"command": "show"}\n' * 2000)
    for client in idle[4:]:
        client.sendall(b'{"command": "show"}\n')
        client.close()
    equal(daemon.show()["state"], "MASTER", "state")
    equal(daemon.states(), ["BACKUP", "MASTER"], "states")
    for client in idle[:4]:
        client.close()


def as_nobody(daemon, *arguments):
    """vrrpctl as an ordinary user whose group is nogroup."""
    return run("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", binary("vrrpctl"), "-s",
               daemon.state_dir, *arguments, status=None)


@test
def a_member_of_the_control_group_may_look_and_not_command(lab):
    r1, _, _ = lab.pair()
    daemon = r1.vrrpd(conf().replace("name = lb1", "name = lb1\n  control-group = nogroup"))
    daemon.wait_state("MASTER")
    for arguments in (["show"], ["show", "web"], ["events"], ["counters"], ["version"]):
        equal(as_nobody(daemon, *arguments).returncode, 0, f"status of nobody's vrrpctl {arguments}")
    daemon.write(conf(priority=160))
    for arguments in (["reload"], ["announce", "web"]):
        done = as_nobody(daemon, *arguments)
        equal(done.returncode, 1, f"status of nobody's vrrpctl {arguments}\n{done.stdout}{done.stderr}")
        check("permission" in done.stderr, f"it is not said why: {done.stderr}")
    equal(daemon.show()["priority"], 150, "priority")


@test
def who_is_not_of_the_control_group_may_do_nothing(lab):
    daemon = master(lab)
    for arguments in (["show"], ["reload"]):
        done = as_nobody(daemon, *arguments)
        check(done.returncode in (1, 3) and len(done.stderr.splitlines()) == 1 and not done.stdout,
              f"nobody's vrrpctl {arguments}: {done.returncode}\n{done.stdout}{done.stderr}")


@test
def sigusr1_writes_the_whole_state(lab):
    daemon = master(lab)
    path = os.path.join(daemon.state_dir, "dump.json")
    daemon.send(signal.SIGUSR1)

    def complete():
        try:
            with open(path, encoding="utf-8") as file:
                return json.load(file)
        except (FileNotFoundError, json.JSONDecodeError):
            return None
    dump = wait_until("dump.json", complete)
    instances = dump.get("instances") or dump["show"]["instances"]
    equal([(one["name"], one["state"]) for one in instances], [("web", "MASTER")], "instances in dump.json")


@test
def a_thousand_instances_are_shown_at_once_and_no_advertisement_is_late(lab):
    r1, _, _ = lab.pair()
    for number in range(4):
        r1.ip("link", "add", "name", f"br{number}", "type", "bridge")
        r1.ip("address", "add", f"10.{number}.255.1/16", "dev", f"br{number}")
        r1.ip("link", "set", f"br{number}", "up")
    daemon = r1.vrrpd("".join(
        instance(name=f"i{number}", interface=f"br{number // 250}", vrid=number % 250 + 1, advert_interval="1s",
                 addresses=[f"10.{number // 250}.{number % 250}.10/32"], announce_count=1, announce_repeat="0s")
        for number in range(1000)))
    wait_until("all are masters", lambda: daemon.ctl("show").stdout.count(" MASTER  100 ") == 1000, every_s=0.5)
    mark = daemon.mark()
    took_s = []
    for _ in range(10):
        start = time.monotonic()
        equal(len(daemon.ctl("show").stdout.splitlines()), 1001, "lines")
        took_s.append(time.monotonic() - start)
    # 50 ms where nobody else computes; an order of magnitude more for sanitizers and a busy machine
    check(min(took_s) < 0.5, f"show took {min(took_s):.3f} s")
    equal([event for event in daemon.events[mark:] if event["event"] in ("late", "send", "state")], [], "trouble meanwhile")
    daemon.kill()


@test
def version_is_told_of_both_sides(lab):
    daemon = master(lab)
    version = run(binary("vrrpd"), "-V").stdout.split()[1]
    text = daemon.ctl("version").stdout
    check(text.count(version) >= 2, f"not both sides: {text}")


@test
def the_pid_file_names_the_supervisor_and_goes_with_it(lab):
    daemon = master(lab)
    path = os.path.join(daemon.state_dir, "pid")
    with open(path, encoding="ascii") as file:
        equal(int(file.read()), daemon.pid, "pid")
    daemon.stop()
    check(not os.path.exists(os.path.join(daemon.state_dir, "control.sock")), "the control socket is left behind")


@test
def daemons_with_different_state_dirs_live_side_by_side(lab):
    lab.segment("lan")
    lab.segment("wan")
    r1 = lab.node("r1", lan="192.0.2.1/24", wan="198.51.100.1/24")
    r2 = lab.node("r2", lan="192.0.2.2/24")
    first = Vrrpd(r1, conf())
    first.wait_state("MASTER")
    second = Vrrpd(r2, conf(priority=100))
    second.wait_state("BACKUP")
    equal((first.show()["state"], second.show()["state"]), ("MASTER", "BACKUP"), "states")
    # in one machine as well, as long as each has interfaces of its own
    third = Vrrpd(r1, instance("wan", interface="eth1", vrid=77, addresses=["198.51.100.30/24"],
                               advert_interval="200ms"))
    third.wait_state("MASTER", "wan")
    r1.wait_address("198.51.100.30/24", "eth1")
    third.stop()
    equal(r1.addresses("eth1"), ["198.51.100.1/24"], "addresses of the one that stopped")
    check(r1.has_address(VIP), "the daemon beside it took the address away")
    equal(first.states(), ["BACKUP", "MASTER"], "states of the first")


@test
def a_second_daemon_beside_the_first_leaves_its_addresses_alone(lab):
    lab.segment("lan")
    r1 = lab.node("r1", lan="192.0.2.1/24")
    first = Vrrpd(r1, conf())
    first.wait_state("MASTER")
    r1.wait_address(VIP)
    second = Vrrpd(r1, instance("other", vrid=77, addresses=["192.0.2.77/24"], advert_interval="200ms"))
    second.wait_state("MASTER", "other")
    check("another vrrpd runs in this network namespace" in second.log_text(), "the neighbour is not mentioned")
    second.stop()
    check(r1.has_address(VIP), "the second daemon took the address away")
    equal(first.states(), ["BACKUP", "MASTER"], "states of the first")


if __name__ == "__main__":
    main()
