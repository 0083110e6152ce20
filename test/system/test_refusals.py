# SPDX-License-Identifier: GPL-2.0-or-later
"""What cannot work is refused with a clear line and the right exit status, and no half-working daemon stays behind."""

import os
import re

from daemons import Vrrpd, instance
from lab import binary, check, equal, run, wait_until
from runner import main, test

CONFIGURATION, PRIVILEGE, INTERNAL = 1, 2, 3


def web(*lines, **keys):
    """A right instance with lines of its own; their numbers begin at 2."""
    settings = {"interface": "eth0", "vrid": "51", "addresses": "{192.0.2.10/24}", **keys}
    return "\n".join(["instance web {", *(f"  {line}" for line in lines),
                      *(f"  {key} = {text}" for key, text in settings.items() if text is not None), "}", ""])


# (what is broken, the file, line of the problem or None for any, words that must be in what is said)
BROKEN = [
    ("an unknown key", web("prioritty = 100"), 2, ["prioritty", "priority"]),
    ("an unknown section", "instanze web {\n}\n", 1, ["instanze", "instance"]),
    ("an unknown key in global", "global {\n  nam = x\n}\n" + web(), 2, ["nam", "name"]),
    ("a key given twice", web("priority = 100", "priority = 110"), 3, ["priority"]),
    ("an unclosed section", "instance web {\n  interface = eth0\n  vrid = 51\n  addresses = {192.0.2.10/24}\n", None,
     ["instance"]),
    ("a brace too many", web() + "}\n", 6, []),
    ("an unclosed quote", web('interface = "eth0', interface=None), None, []),
    ("an unclosed list", web("addresses = {192.0.2.10/24", addresses=None), None, []),
    ("no interface", web(interface=None), None, ["interface"]),
    ("no vrid", web(vrid=None), None, ["vrid"]),
    ("no addresses", web(addresses=None), None, ["addresses"]),
    ("an empty list of addresses", web(addresses="{}"), 4, ["addresses"]),
    ("vrid 0", web(vrid="0"), 3, ["vrid", "1", "255"]),
    ("vrid 256", web(vrid="256"), 3, ["vrid", "1", "255"]),
    ("a vrid that is no number", web(vrid="fifty"), 3, ["vrid", "fifty"]),
    ("an empty vrid", web(vrid='""'), 3, ["vrid"]),
    ("a vrid from the environment", web(vrid="${VRRPD_NOT_SET}"), 3, ["environment"]),
    ("priority 0", web("priority = 0"), 2, ["priority"]),
    ("priority 256", web("priority = 256"), 2, ["priority"]),
    ("a negative priority", web("priority = -1"), 2, ["priority"]),
    ("a priority with a fraction", web("priority = 100.5"), 2, ["priority"]),
    ("version 4", web("version = 4"), 2, ["version"]),
    ("an address out of range", web(addresses="{192.0.2.300/24}"), 4, ["192.0.2.300"]),
    ("a prefix out of range", web(addresses="{192.0.2.10/33}"), 4, ["33"]),
    ("an address given twice", web(addresses="{192.0.2.10/24, 192.0.2.10/24}"), 4, ["192.0.2.10"]),
    ("a multicast address", web(addresses="{224.0.0.18/24}"), 4, ["224.0.0.18"]),
    ("an unknown word behind an address", web(addresses='{"192.0.2.10/24 devv eth0"}'), 4, ["devv"]),
    ("an interval of 0", web("advert-interval = 0"), 2, ["advert-interval"]),
    ("an interval that is too short", web("advert-interval = 5ms"), 2, ["advert-interval", "10ms"]),
    ("an interval that is too long", web("advert-interval = 41s"), 2, ["advert-interval", "40.95"]),
    ("an interval between two steps", web("advert-interval = 15ms"), 2, ["advert-interval", "10ms"]),
    ("a fraction of a second in version 2", web("advert-interval = 1500ms", "version = 2"), 2, ["advert-interval"]),
    ("an unknown unit", web("advert-interval = 10us"), 2, ["advert-interval", "10us"]),
    ("a boolean that is none", web("preempt = maybe"), 2, ["preempt", "maybe"]),
    ("an interface name that is too long", web(interface="interface0123456"), 2, ["interface0123456"]),
    ("two instances of one name", web() + web(vrid="52"), 6, ["web"]),
    ("two instances of one interface and vrid", web() + web().replace("web", "lan"), None, ["51", "web"]),
    ("an instance without a name", web().replace("instance web", "instance"), 1, []),
    ("an unknown log level", "global {\n  log-level = loud\n}\n" + web(), 2, ["log-level", "loud"]),
    ("an unknown log target", "global {\n  log = paper\n}\n" + web(), 2, ["log", "paper"]),
    ("a password in version 3", web("auth-password = secret"), 2, ["auth-password"]),
    ("bytes that are no text", "\x01\x02\x03\n", None, []),
]


def problems(text, file):
    """[(line, what is wrong)] of what is printed; every line must be of that kind."""
    found = []
    for line in text.splitlines():
        match = re.match(rf"^{re.escape(file)}:(\d+): (.+)$", line)
        check(match, f"not FILE:LINE: WHAT: {line!r}")
        found.append((int(match.group(1)), match.group(2)))
    return found


@test
def every_broken_configuration_is_refused_at_its_line(lab):
    wrong = []
    for number, (what, text, line, words) in enumerate(BROKEN):
        file = lab.file(f"broken-{number}.conf", text)
        done = run(binary("vrrpd"), "-t", "-f", file, status=None)
        if done.returncode != CONFIGURATION or done.stdout:
            wrong.append(f"{what}: status {done.returncode}, stdout {done.stdout!r}, stderr {done.stderr!r}")
            continue
        told = problems(done.stderr, file)
        if not told:
            wrong.append(f"{what}: nothing said")
        elif line is not None and line not in [where for where, _ in told]:
            wrong.append(f"{what}: not at line {line}: {done.stderr!r}")
        wrong += [f"{what}: no word of {word!r}: {done.stderr!r}" for word in words if word not in done.stderr]
    check(len(BROKEN) >= 30, "fewer than 30 kinds")
    equal(wrong, [], "broken configurations")


@test
def all_problems_of_a_file_are_told_in_one_run(lab):
    file = lab.file("three.conf", web("prioritty = 100", "version = 7", vrid="300"))
    told = problems(run(binary("vrrpd"), "-t", "-f", file, status=CONFIGURATION).stderr, file)
    equal(sorted(line for line, _ in told), [2, 3, 5], f"lines of the problems {told}")


@test
def comments_do_not_shift_line_numbers(lab):
    text = "# one\n\n// two\n/* three\n four */\n" + web("# a comment", "priority = 999  # too high")
    file = lab.file("comments.conf", text)
    told = problems(run(binary("vrrpd"), "-t", "-f", file, status=CONFIGURATION).stderr, file)
    equal([line for line, _ in told], [8], f"lines of the problems {told}")


@test
def what_cannot_be_written_is_a_failure(lab):
    file = lab.file("good.conf", web())
    for arguments in (f"-t -f {file}", "-V", "--help"):
        done = run("sh", "-c", f"exec {binary('vrrpd')} {arguments} >/dev/full", status=INTERNAL)
        check("cannot write to standard output" in done.stderr, f"{arguments}: {done.stderr}")


@test
def a_right_configuration_is_summed_up_in_one_line(lab):
    file = lab.file("right.conf", web())
    # needs no privilege
    done = run("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", binary("vrrpd"), "-t", "-f", file)
    equal(len(done.stdout.splitlines()), 1, f"lines on stdout: {done.stdout!r}")
    equal(done.stderr, "", "stderr")
    example = os.path.join(os.path.dirname(__file__), "../../etc/vrrpd.conf")
    run(binary("vrrpd"), "-t", "-f", example)


def refused(daemon, status, *words):
    """It ends by itself with that status, says why, and leaves nothing behind."""
    equal(daemon.wait(), status, f"exit status; it said: {daemon.log_text()}")
    text = daemon.log_text()
    check(text.strip(), "it said nothing")
    for word in words:
        check(word in text, f"no word of {word!r}: {text}")
    check(len(text.splitlines()) <= 3, f"not a clear line: {text}")
    wait_until("all its processes are gone", lambda: not daemon.node.pids())
    equal(daemon.node.addresses(), ["192.0.2.1/24"], "addresses")


def router(lab):
    lab.segment("lan")
    return lab.node("r1", lan="192.0.2.1/24")


@test
def a_broken_file_does_not_start(lab):
    daemon = Vrrpd(router(lab), web("prioritty = 100"), wait=False)
    refused(daemon, CONFIGURATION, f"{daemon.file}:2: ", "priority")


@test
def a_missing_file_does_not_start(lab):
    daemon = Vrrpd(router(lab), web(), arguments=["-f", "/nowhere/vrrpd.conf"], wait=False)
    refused(daemon, CONFIGURATION, "/nowhere/vrrpd.conf")


@test
def a_directory_instead_of_a_file_does_not_start(lab):
    daemon = Vrrpd(router(lab), web(), arguments=["-f", lab.directory], wait=False)
    refused(daemon, CONFIGURATION, lab.directory)


@test
def wrong_arguments_do_not_start(lab):
    daemon = Vrrpd(router(lab), web(), arguments=["--no-such-option"], wait=False)
    check(daemon.wait() != 0, "it started")


@test
def an_ordinary_user_does_not_start_it(lab):
    node = router(lab)
    directory = os.path.join(lab.directory, "nobodys")
    os.mkdir(directory)
    os.chown(directory, 65534, 65534)
    daemon = Vrrpd(node, web(), state_dir=os.path.join(directory, "state"), wait=False,
                   prefix=["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"])
    refused(daemon, PRIVILEGE, "NET_ADMIN")


def without_capability(lab, name):
    daemon = Vrrpd(router(lab), web(), wait=False, prefix=["setpriv", "--bounding-set", f"-{name}"])
    refused(daemon, PRIVILEGE, name.upper())


@test
def root_without_net_raw_does_not_start_it(lab):
    without_capability(lab, "net_raw")


@test
def root_without_net_admin_does_not_start_it(lab):
    without_capability(lab, "net_admin")


@test
def root_with_these_two_capabilities_only_starts_it(lab):
    node = router(lab)
    daemon = Vrrpd(node, instance(advert_interval="200ms"),
                   prefix=["setpriv", "--bounding-set", "-all,+net_admin,+net_raw", "--inh-caps", "-all"])
    daemon.wait_state("MASTER")
    node.wait_address("192.0.2.10/24")


@test
def a_state_directory_that_cannot_be_made_does_not_start(lab):
    node = router(lab)
    for path in ("/proc/vrrpd", os.path.join(lab.file("plain", "a file"), "state")):
        refused(Vrrpd(node, web(), state_dir=path, wait=False), PRIVILEGE, path)


@test
def a_second_daemon_on_the_same_state_directory_names_the_first(lab):
    node = router(lab)
    first = Vrrpd(node, instance(advert_interval="200ms"))
    first.wait_state("MASTER")
    second = Vrrpd(node, instance(advert_interval="200ms"), state_dir=first.state_dir, wait=False)
    check(second.wait() in (1, 2, 3), f"exit status {second.popen.returncode}")
    check(str(first.pid) in second.log_text(), f"the first one's pid is not named: {second.log_text()}")
    equal(first.show()["state"], "MASTER", "state of the first")
    with open(os.path.join(first.state_dir, "pid"), encoding="ascii") as file:
        equal(int(file.read()), first.pid, "pid file")
    check(node.has_address("192.0.2.10/24"), "the address is gone")
    equal(first.states(), ["BACKUP", "MASTER"], "states of the first")


if __name__ == "__main__":
    main()
