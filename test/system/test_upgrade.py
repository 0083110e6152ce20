# SPDX-License-Identifier: GPL-2.0-or-later
"""`vrrpctl upgrade`: another build takes over without anybody noticing, and whatever is no good as a successor changes nothing."""

import json
import os
import shutil
import signal
import subprocess
import threading
import time
import urllib.request

from lab import Process, binary, check, equal, run, wait_until
from runner import LONG, main, test
from service import ADDRESS, VIP, conf, events_of, hurry_again, pair, slow_down, times, undisturbed, wait_other_protocol

UPGRADES = times(2, 20)
NEXT = "vrrpd-next"


def version_of(daemon):
    return daemon.json("version")["vrrpd"]["version"]


def executable(path):
    os.chmod(path, 0o755)
    return path


def script(lab, name, text):
    return executable(lab.file(name, f"#!/bin/sh\n{text}\n"))


def says_it_is_vrrpd(formats=None, check="exit 0", prepare="exit 0"):
    """A script that answers as a vrrpd does, and then does something else."""
    formats = formats or run(binary("vrrpd"), "-V").stdout.splitlines()[2]
    return f"""case $1 in
-V) printf 'vrrpd 9.9\\nby hand\\n{formats}\\n' ;;
-t) {check} ;;
*) {prepare} ;;
esac"""


def upgrade_events(daemon):
    return [event for event in events_of(daemon) if event["event"] == "upgrade"]


@test
def upgraded_there_and_back_nobody_notices(lab):
    first, second, client = pair(lab)
    probe = client.probe(ADDRESS)
    probe.wait_answering()
    before, told = first.counters(), events_of(first)
    versions = [version_of(first)]
    with undisturbed(lab, first, second, why=f"{UPGRADES} upgrades: longest gap"):
        for number in range(UPGRADES):
            protocol = first.protocol_pid
            done = first.ctl("upgrade", binary("vrrpd" if number % 2 else NEXT))
            versions.append(version_of(first))
            check(f"upgraded from {versions[-2]} to {versions[-1]}" in done.stdout, done.stdout)
            check(first.protocol_pid != protocol, "the protocol process is the same")
            with open(os.path.join(first.state_dir, "protocol.pid"), encoding="ascii") as file:
                equal(int(file.read()), first.protocol_pid, "who serves, as it is noted")
    equal(versions[:3:2], [versions[0]] * 2, "there and back")
    equal(versions[1], versions[0] + "-next", "the other one's version")
    result = probe.result()
    check(result["lost"] <= 2, f"{result['lost']} of {result['sent']} probes were lost")
    # the same process for whoever started it
    equal(first.json("version")["vrrpd"]["pid"], first.pid, "pid")
    with open(os.path.join(first.state_dir, "pid"), encoding="ascii") as file:
        equal(int(file.read()), first.pid, "the pid file")
    after = events_of(first)
    equal(after[:len(told)], told, "the events of before")
    equal([event["seq"] for event in after], list(range(1, len(after) + 1)), "their numbers")
    equal(first.counters()["became_master"], before["became_master"], "how often it became master")
    check(first.counters()["adverts_sent"] > before["adverts_sent"], "the counters begin anew")
    upgrades = upgrade_events(first)
    equal(len(upgrades), UPGRADES, "events")
    check(all("asked for by root" in event["text"] and not event["failed"] for event in upgrades), f"who did it: {upgrades}")
    first.wait_log(f"upgraded from {versions[0]} to {versions[1]}")


@test
def without_a_path_it_is_the_program_that_the_daemon_was_started_by(lab):
    """A package replaces the file; a link is made to point elsewhere."""
    installed, link = os.path.join(lab.directory, "vrrpd-2"), os.path.join(lab.directory, "vrrpd")
    shutil.copy(binary("vrrpd"), installed)
    os.symlink(installed, link)
    first, second, _ = pair(lab, {"prefix": ("sh", "-c", f'shift; exec {link} "$@"', "sh")})
    version = version_of(first)
    with undisturbed(lab, first, second):
        fresh = shutil.copy(binary(NEXT), os.path.join(lab.directory, "fresh"))
        os.rename(fresh, installed)
        first.ctl("upgrade")
        equal(version_of(first), version + "-next", "after the file was replaced")
        shutil.copy(binary("vrrpd"), fresh)
        os.unlink(link)
        os.symlink(fresh, link)
        first.ctl("upgrade")
        equal(version_of(first), version, "after the link was changed")


@test
def an_empty_path_is_none(lab):
    lab.segment("lan")
    daemon = lab.node("r1", lan="192.0.2.1/24").vrrpd(conf())
    check("the path is empty" in daemon.ctl("upgrade", "", status=1).stderr, "it does not say so")
    equal(upgrade_events(daemon), [], "events of upgrades")


@test
def it_can_be_given_a_relative_path_and_asked_as_a_program_asks(lab):
    first, second, _ = pair(lab)
    with undisturbed(lab, first, second):
        done = subprocess.run([binary("vrrpctl"), "-s", first.state_dir, "-j", "upgrade", NEXT], check=True,
                              capture_output=True, text=True, cwd=os.path.dirname(binary(NEXT)))
    result = json.loads(done.stdout)
    equal((result["to"], result["path"], result["pid"]), (version_of(first), binary(NEXT), first.pid), "the answer")


def refused(first, path, *words, problems=()):
    """It says why, in one line, and the process is the one that it was."""
    protocol, mark = first.protocol_pid, len(upgrade_events(first))
    done = first.ctl("upgrade", path, status=1)
    for word in words:
        check(word in done.stderr, f"{word!r} is not in what it said: {done.stderr}")
    check(f"vrrpd {version_of(first)} goes on" in done.stderr, f"whether it goes on: {done.stderr}")
    equal(done.stderr.splitlines()[1:], list(problems), "the lines behind the first")
    equal(first.protocol_pid, protocol, "the protocol process")
    event = upgrade_events(first)[mark:]
    check(len(event) == 1 and event[0]["failed"] and words[0] in event[0]["text"], f"the event: {event}")


@test
def what_cannot_be_executed_or_is_no_vrrpd_is_refused(lab):
    first, second, _ = pair(lab)
    foreign = os.path.join(lab.directory, "foreign")
    shutil.copy(binary("vrrpd"), foreign)
    with open(foreign, "r+b") as file:
        file.seek(18)  # e_machine: S/390
        file.write(bytes((0, 22)))
    candidates = {
        "/no/such/program": ("No such file or directory",),
        lab.directory: ("Permission denied",),
        lab.file("text", "nothing to be executed"): ("Permission denied",),
        executable(lab.file("rubbish", "\x01\x02\x03")): ("Exec format error",),
        foreign: ("Exec format error",),
        "/bin/false": ("is not vrrpd", "exit status 1"),
        "/bin/true": ("is not vrrpd",),
        binary("vrrpctl"): ("is not vrrpd",),
        script(lab, "dies", "kill -SEGV $$"): ("is not vrrpd", "signal 11"),
        script(lab, "talks", "printf '\\377\\033[2J'"): ("is not vrrpd", '"??[2J"'),
    }
    if LONG:  # takes as long as the one that hangs
        candidates[script(lab, "goes-on", "yes")] = ("does not answer",)
    with undisturbed(lab, first, second):
        for path, words in candidates.items():
            refused(first, path, *words)


@test
def a_vrrpd_that_does_not_fit_is_refused(lab):
    first, second, _ = pair(lab)
    with undisturbed(lab, first, second):
        refused(first, script(lab, "old", "echo vrrpd 1.0"), "vrrpd 1.0 cannot take over")
        refused(first, script(lab, "other", says_it_is_vrrpd("state 3.2.1, upgrade 1")),
                "vrrpd 9.9 cannot take over", "state 3.2.1")
        refused(first, script(lab, "strict", says_it_is_vrrpd(check="echo $3:1: no; echo again; exit 1")),
                "vrrpd 9.9 refuses", first.file, problems=(f"{first.file}:1: no", "again"))
        refused(first, script(lab, "ends", says_it_is_vrrpd(prepare="exit 3")),
                "vrrpd 9.9 ended before it served", "exit status 3")
        refused(first, script(lab, "crashes", says_it_is_vrrpd(prepare="kill -ABRT $$")),
                "vrrpd 9.9 ended before it served", "signal 6")
        # what it finds wrong is what the file says now, not what is in force
        first.write(conf() + "nonsense\n")
        done = first.ctl("upgrade", binary(NEXT), status=1)
    check("refuses" in done.stderr and f"{first.file}:" in done.stderr, done.stderr)
    equal(version_of(first) + "-next", run(binary(NEXT), "-V").stdout.split()[1], "version")


def without_room(lab):
    """A master whose state directory is too small for the state file; what is mounted there only its own processes see."""
    lab.segment("lan")
    state_dir = os.path.join(lab.directory, "small")
    os.mkdir(state_dir)
    mount = 'mount -t tmpfs -o size=64k,mode=755 tmpfs $0 && exec "$@"'
    daemon = lab.node("r1", lan="192.0.2.1/24").vrrpd(conf(), state_dir=state_dir, prefix=("sh", "-c", mount, state_dir),
                                                      wait=False)
    daemon.state_dir = f"/proc/{daemon.pid}/root{state_dir}"
    daemon.wait_ready()
    daemon.wait_state("MASTER")
    return daemon, state_dir


@test
def where_mastership_would_be_lost_it_is_refused_until_there_is_room(lab):
    daemon, state_dir = without_room(lab)
    daemon.wait_log("the state file cannot be written")
    said = daemon.ctl("upgrade", status=1).stderr
    check("mastership would be lost" in said and "make room" in said and "vrrpctl reload" in said, f"what it says: {said}")
    run("nsenter", "-t", daemon.pid, "-m", "-r", "mount", "-o", "remount,size=1m", state_dir)
    daemon.reload()
    mark = daemon.mark()
    daemon.ctl("upgrade")
    equal((daemon.show()["state"], daemon.states(since=mark)), ("MASTER", []), "states")


@test
def sigusr2_says_that_mastership_would_be_lost(lab):
    daemon, _ = without_room(lab)
    daemon.send(signal.SIGUSR2)
    daemon.wait_log("handing over: mastership would be lost")
    equal(daemon.wait(), 0, "exit status")


@test
def one_that_hangs_is_refused_in_the_end_and_others_wait_meanwhile(lab):
    first, second, _ = pair(lab)
    asked = []

    def ask():
        asked.append(first.ctl("upgrade", script(lab, "hangs", says_it_is_vrrpd(prepare="exec sleep 3600")), status=None))
    asking = threading.Thread(target=ask)
    with undisturbed(lab, first, second):
        asking.start()
        first.wait_log("trying it out")
        done = first.ctl("upgrade", status=1)
        check("an upgrade is under way" in done.stderr, done.stderr)
        check("an upgrade is under way" in first.ctl("reload", status=1).stderr, "a reload was not refused")
        # a signal cannot be refused: it waits
        first.write(conf(priority=140))
        first.send(signal.SIGHUP)
        asking.join()
    equal(asked[0].returncode, 1, "exit status")
    check("was not ready to take over within" in asked[0].stderr, asked[0].stderr)
    wait_until("the reload", lambda: first.show()["priority"] == 140)


def broken(lab, how):
    """A pair whose first passes on to its successor how that is to be broken, and the successor's path."""
    path = os.path.join(lab.directory, "vrrpd-broken")
    shutil.copy(binary("vrrpd-broken"), path)
    return pair(lab, {"prefix": ("env", f"BROKEN={how}")}), path


def falls_back(lab, how, words):
    (first, second, client), path = broken(lab, how)
    # it takes its time to find out, and longer than others would wait for an advertisement at this interval
    slow_down(first, second)
    probe = client.probe(ADDRESS)
    probe.wait_answering()
    monitor = first.node.monitor("address")
    protocol, version = first.protocol_pid, version_of(first)
    done = first.ctl("upgrade", path, status=1)
    check(words in done.stderr and f"vrrpd {version} goes on" in done.stderr, done.stderr)
    wait_other_protocol(first, protocol)
    equal(version_of(first), version, "version")
    equal(first.json("version")["vrrpd"]["pid"], first.pid, "pid")
    wait_until("MASTER again", lambda: first.show()["state"] == "MASTER")
    equal([line for line in monitor.changes() if ADDRESS in line], [], "changes of the address")
    equal(second.states(), ["BACKUP"], "states of the backup")
    check(probe.result()["lost"] <= 2, "probes were lost")
    wait_until("the event", lambda: [event for event in upgrade_events(first) if event["failed"]])
    # and it can still be upgraded
    first.ctl("upgrade", binary(NEXT))
    hurry_again(first, second)


@test
def one_that_dies_when_its_turn_has_come_is_replaced_by_the_old_one(lab):
    falls_back(lab, "dies", "ended before it served")


@test
def one_that_hangs_when_its_turn_has_come_is_replaced_by_the_old_one(lab):
    falls_back(lab, "hangs", "does not serve")


@test
def one_that_cannot_be_executed_in_the_end_is_replaced_by_the_old_one(lab):
    falls_back(lab, "vanishes", "cannot be executed: No such file or directory")


@test
def a_protocol_process_that_does_not_hand_over_is_killed_and_its_successor_goes_on(lab):
    first, second, _ = pair(lab)
    slow_down(first, second)
    protocol = first.protocol_pid
    # says who it is when it is told to, and is another program from then on
    go = os.path.join(lab.directory, "go")
    late = script(lab, "late", f"until [ -e {go} ]; do sleep 0.05; done; cp {binary(NEXT)} $0.new; mv $0.new $0; exec $0 -V")
    asking = Process(first.node, [binary("vrrpctl"), "-s", first.state_dir, "upgrade", late])
    first.wait_log("trying it out")
    os.kill(protocol, signal.SIGSTOP)
    lab.file("go", "")
    first.wait_log("does not hand over: killing it")
    equal(asking.wait(), 0, "exit status")
    equal(first.show()["state"], "MASTER", "state")
    equal(second.states(), ["BACKUP"], "states of the backup")
    hurry_again(first, second)


@test
def what_is_tracked_run_and_served_besides_goes_on(lab):
    r1 = lab.pair()[0]
    out = lab.file("out", "")
    hook = script(lab, "hook", f"echo begin $3 $$ >> {out}; while ! [ -e {out}.go ]; do sleep 0.1; done; echo end $3 $$ >> {out}")
    text = ("global {\n  script-user = root\n  metrics = 127.0.0.1:9650\n}\n"
            "script good {\n  command = /bin/true\n  interval = 100ms\n}\n" +
            conf(notify_master=hook, advert_interval="1s").rstrip().rstrip("}") + "  track-script good { weight = 0 }\n}\n")
    first = r1.vrrpd(text)
    first.wait_state("MASTER")
    wait_until("the hook runs", lambda: "begin MASTER" in open(out, encoding="ascii").read())
    for program in (NEXT, "vrrpd"):
        first.ctl("upgrade", binary(program))
    equal(first.show()["state"], "MASTER", "state")
    wait_until("what it tracks", lambda: {track["name"]: track["up"] for track in first.show()["tracks"]}.get("good"))
    open(out + ".go", "w", encoding="ascii").close()
    wait_until("the hook has ended, and has run again after it", lambda: (
        [line.split()[0] for line in open(out, encoding="ascii")] == ["begin", "end"] * 2))
    with r1.inside():
        wait_until("metrics", lambda: b"vrrp_up 1" in urllib.request.urlopen("http://127.0.0.1:9650/metrics").read())


@test
def told_to_stop_while_it_upgrades_it_stops_in_order(lab):
    """At moments that are before and after everything: what was begun is given up, or brought to its end first."""
    r1, r2, _ = lab.pair()
    second = r2.vrrpd(conf(priority=100))
    for delay_s in times((0, 0.5), (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)):
        first = r1.vrrpd(conf())
        first.wait_state("MASTER")
        wait_until("the backup", lambda: second.show()["state"] == "BACKUP" and second.show()["master"])
        asking = Process(r1, [binary("vrrpctl"), "-s", first.state_dir, "upgrade", binary(NEXT)])
        first.wait_log("trying it out")
        time.sleep(delay_s)
        mark = second.mark()
        first.stop()
        check(asking.wait() in (0, 1), "the client was not answered")
        second.wait_state("MASTER", since=mark)
        r1.wait_address(VIP, present=False)


@test
def only_root_may_and_only_a_supervisor_can(lab):
    first, _, _ = pair(lab, first_head="global {\n  control-group = nogroup\n}\n")
    done = run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", binary("vrrpctl"), "-s", first.state_dir,
               "upgrade", status=1)
    check("only root may upgrade" in done.stderr, done.stderr)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    done = first.ctl("upgrade", status=1)
    check("the supervisor is not running" in done.stderr, done.stderr)


if __name__ == "__main__":
    main()
