# SPDX-License-Identifier: GPL-2.0-or-later
"""What README tells a newcomer to type, typed: from the file to a pair, and from keepalived to vrrpd one machine at a time."""

import glob
import os
import re
import shlex

from daemons import keepalived_instance
from lab import HERE, binary, check, equal, run, wait_until
from runner import main, test

TOP = os.path.normpath(os.path.join(HERE, "../.."))


def readme():
    with open(os.path.join(TOP, "README"), encoding="utf-8") as file:
        return file.read()


def section(title):
    found = re.search(rf"^{title}\n-+\n(.*?)(?=^[^\n]+\n-+\n|\Z)", readme(), re.M | re.S)
    check(found, f"README has no section {title}")
    return found.group(1)


def configurations(text):
    """Its indented blocks that are files."""
    blocks = re.findall(r"(?:^ {4}.*\n)+", text, re.M)
    return [re.sub("^ {4}", "", block, flags=re.M) for block in blocks if re.match(r" {4}(global|instance) ", block)]


def commands(text):
    """Its lines of vrrpctl and vrrpd, without what stands behind #."""
    return [shlex.split(line, comments=True) for line in text.splitlines() if re.match(r" {4}(vrrpctl|vrrpd)\b", line)]


def typed(daemon, words):
    """Runs it as it stands there, but for where the file and the state are."""
    if words[0] == "vrrpd":
        return run(binary("vrrpd"), "-f", daemon.file, *words[1:])
    if words[-1] == "-f":
        return run("timeout", "--signal=KILL", "1", binary("vrrpctl"), "-s", daemon.state_dir, *words[1:], status=-9)
    # what ails this laboratory is not README's business
    done = daemon.node.run(binary("vrrpctl"), "-s", daemon.state_dir, *words[1:], *([daemon.file] if words[1:] == ["doctor"] else []),
                           status=None)
    check(done.returncode == 0 or (words[1:] == ["doctor"] and done.returncode == 1), f"{words}: {done.stdout}{done.stderr}")
    return done


@test
def a_newcomer_gets_a_pair_and_every_command_works(lab):
    r1, r2, client = lab.pair()
    text = section("From a clone to a pair")
    first_file, = configurations(text)
    check("priority  = 150" in first_file, "the file has another priority")
    second = r2.vrrpd(first_file.replace("priority  = 150", "priority  = 100"))
    first = r1.vrrpd(first_file)
    first.wait_state("MASTER", since=0)
    r1.wait_address("192.0.2.10/24")
    probe = client.probe("192.0.2.10")
    probe.wait_answering()
    typed_there = commands(text)
    check(len(typed_there) >= 9, f"commands: {typed_there}")
    for words in typed_there:
        typed(first, words)
    second.wait_state("MASTER")  # it was given away
    first.ctl("release", "web")
    # who follows the events was left by the upgrade
    wait_until("the first serves again", lambda: first.show()["state"] == "MASTER" and r1.has_address("192.0.2.11/24"))
    r1.unplug()
    wait_until("the second serves", lambda: second.show()["state"] == "MASTER" and r2.has_address("192.0.2.11/24"))


@test
def a_pair_moves_from_keepalived_one_machine_at_a_time(lab):
    r1, r2, _ = lab.pair()
    text = section("From keepalived")
    for words in ("vrrpctl import", "vrrpctl doctor", "vrrpctl force master all", "vrrpctl release all"):
        check(words in text, f"README does not say {words}")

    def imported(priority):
        path = lab.file("keepalived.conf", keepalived_instance(priority=priority))
        return run(binary("vrrpctl"), "import", path).stdout

    theirs = r1.keepalived(keepalived_instance(priority=150))
    theirs.wait_state("MASTER")
    second = r2.vrrpd(imported(100))
    second.wait_state("BACKUP")
    wait_until("it hears keepalived", lambda: second.show()["master"])
    second.ctl("force", "master", "all")
    theirs.wait_state("BACKUP")
    second.wait_state("MASTER")
    theirs.stop()
    first = r1.vrrpd(imported(150))
    first.wait_state("BACKUP")
    second.ctl("release", "all")
    first.wait_state("MASTER")
    second.wait_state("BACKUP", since=second.mark() - 1)


@test
def every_file_in_it_passes_and_every_path_is_there(lab):
    found = configurations(readme())
    check(len(found) >= 2, "README has no configurations")
    for text in found:
        done = run(binary("vrrpd"), "-t", "-f", lab.file("readme.conf", text))
        equal([line for line in done.stderr.splitlines() if "cannot be run as user" not in line], [], f"said of\n{text}")
    for path in set(re.findall(r"(?<![\w/])(?:scripts|etc|test|lib)/[\w./*-]*[\w*]", readme())):
        check(glob.glob(os.path.join(TOP, path)), f"README names {path}, which is not there")


if __name__ == "__main__":
    main()
