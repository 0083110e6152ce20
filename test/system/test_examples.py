# SPDX-License-Identifier: GPL-2.0-or-later
"""The examples that people copy: two routers that have them do what their first lines say, and the hooks call what they should, which
stand-ins take down here."""

import glob
import os
import re

from lab import HERE, check, equal, run, wait_until
from runner import main, test

EXAMPLES = os.path.normpath(os.path.join(HERE, "../../etc/examples"))


def example(name, **replaced):
    """Its text with what only the reader has replaced; each word has to be there."""
    with open(os.path.join(EXAMPLES, name), encoding="utf-8") as file:
        text = file.read()
    for word, instead in replaced.values():
        check(word in text, f"{name} has no {word}")
        text = text.replace(word, instead)
    return text


def stand_in(lab, name, lines):
    """A program of that name that takes down how it was called, in a folder of such."""
    folder = os.path.join(lab.directory, "programs")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\necho \"{name} $*\" >>{lab.directory}/calls\n{lines}\n")
    os.chmod(path, 0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


def calls(lab):
    with open(os.path.join(lab.directory, "calls"), encoding="utf-8") as file:
        return file.read().splitlines()


@test
def the_two_routers_of_a_network_move_together_and_come_back(lab):
    lab.segment("outside")
    lab.segment("inside")
    flag = os.path.join(lab.directory, "unreachable")
    lab.node("provider", outside="203.0.113.1/24")
    host = lab.node("host", inside="192.168.1.100/24")
    host.ip("route", "add", "default", "via", "192.168.1.1")
    nodes = [lab.node(f"r{n}", outside=f"203.0.113.{n + 1}/24", inside=f"192.168.1.{n + 1}/24") for n in (1, 2)]
    for node in nodes:
        node.run("sh", "-e", "-c", "\n".join(re.findall(r"^#   (.*)$", example("router-nat.conf"), re.MULTILINE)))
    text = example("router-nat.conf", check=("/etc/vrrpd/check-gateway.sh 203.0.113.1", f"test ! -e {flag}"),
                   hook=("/etc/vrrpd/notify.sh", "/bin/true"), soon=("interval = 2s", "interval = 300ms"),
                   listen=("metrics ", "# metrics "), fast=("  vrid ", "  advert-interval = 200ms\n  vrid "))
    second = nodes[1].vrrpd(text.replace("priority  = 150", "priority  = 100").replace(flag, "/nonexistent"))
    first = nodes[0].vrrpd(text)
    for name in ("outside", "inside"):
        first.wait_state("MASTER", name)
    for name, address in (("outside", "203.0.113.2"), ("inside", "192.168.1.2")):
        wait_until(f"the second hears {name}", lambda: (second.show(name)["master"] or {}).get("address") == address)
        equal(second.show(name)["state"], "BACKUP", f"{name} of the second")
    for node in nodes:
        node.run(os.path.join(EXAMPLES, "check-gateway.sh"), "203.0.113.1")
    host.run("ping", "-n", "-c", "1", "-W", "5", "203.0.113.1")  # which knows no way back to the host
    with open(flag, "w", encoding="utf-8"):
        pass
    for daemon, state in ((first, "BACKUP"), (second, "MASTER")):
        for name in ("outside", "inside"):
            daemon.wait_state(state, name)
    os.unlink(flag)
    first.wait_state("MASTER", "inside")
    nodes[0].unplug("eth0")
    second.wait_state("MASTER", "inside", since=second.mark() - 1)
    equal(first.show("inside")["state"], "FAULT", "the inside of who has lost its outside")


@test
def both_balancers_work_and_one_takes_all(lab):
    r1, r2, _ = lab.pair()
    text = example("load-balancers.conf", check=('"/etc/vrrpd/check-http.sh http://127.0.0.1:8404/health"', "/bin/true"),
                   delay=("preempt-delay = 30s", "preempt-delay = 0s"))
    other = re.sub(r"= 1[05]0\b", lambda found: {"= 150": "= 100", "= 100": "= 150"}[found.group()], text)
    first, second = r1.vrrpd(text), r2.vrrpd(other)
    first.wait_state("MASTER", "www1")
    second.wait_state("MASTER", "www2")
    wait_until("each has one", lambda: (r1.has_address("192.0.2.10/24"), r1.has_address("192.0.2.11/24"),
                                        r2.has_address("192.0.2.11/24")) == (True, False, True))
    second.stop()
    first.wait_state("MASTER", "www2")


@test
def peers_of_a_cloud_have_the_same_list(lab):
    lab.segment("cloud")
    nodes = [lab.node(f"r{n}", cloud=f"10.1.0.1{n}/24") for n in (1, 2)]
    text = example("cloud.conf", hook=("/etc/vrrpd/cloud.sh", "/bin/true"))
    first = nodes[0].vrrpd(text)
    second = nodes[1].vrrpd(text.replace("= 150", "= 100"))
    first.wait_state("MASTER")
    second.wait_state("BACKUP")
    wait_until("the second hears the first", lambda: (second.show()["master"] or {}).get("address") == "10.1.0.11")


@test
def the_hook_of_a_cloud_asks_for_each_address(lab):
    stand_in(lab, "curl", 'case $* in *token*PUT*|*PUT*) echo secret ;; *interface-id*) echo eni-1 ;; *mac*) echo 02:00:00:00:00:01 ;; esac')
    environment = stand_in(lab, "aws", "")
    run(os.path.join(EXAMPLES, "cloud.sh"), "INSTANCE", "web", "MASTER", "150",
        env={**environment, "VRRP_ADDRESSES": "10.1.0.100/24 10.1.0.101/24"})
    asked = [line for line in calls(lab) if line.startswith("aws ")]
    equal([line.rpartition(" ")[2] for line in asked], ["10.1.0.100", "10.1.0.101"], "addresses")
    check(all("--network-interface-id eni-1" in line for line in asked), asked)


@test
def the_hook_of_a_database_promotes_a_standby_and_nothing_else(lab):
    hook = os.path.join(EXAMPLES, "promote.sh")
    environment = stand_in(lab, "psql", 'case $* in *is_in_recovery*) echo t ;; *pg_promote*) echo t ;; esac')
    check("promoted" in run(hook, "INSTANCE", "db", "MASTER", "100", env=environment).stdout, "it does not say so")
    check("pg_promote" in calls(lab)[-1], f"{calls(lab)}")
    environment = stand_in(lab, "psql", 'case $* in *is_in_recovery*) echo f ;; esac')
    run(hook, "INSTANCE", "db", "MASTER", "100", env=environment)
    check("pg_promote" not in calls(lab)[-1], f"{calls(lab)}")
    environment = stand_in(lab, "psql", 'case $* in *is_in_recovery*) echo t ;; *pg_promote*) echo f ;; esac')
    run(hook, "INSTANCE", "db", "MASTER", "100", env=environment, status=1)


@test
def every_example_is_named_in_the_manual(_lab):
    with open(os.path.join(HERE, "../../etc/man/vrrpd.conf.5"), encoding="utf-8") as file:
        manual = file.read()
    for path in glob.glob(os.path.join(EXAMPLES, "*")):
        check(os.path.basename(path) in manual, f"vrrpd.conf.5 does not name {os.path.basename(path)}")


if __name__ == "__main__":
    main()
