# SPDX-License-Identifier: GPL-2.0-or-later
"""Tracked scripts, processes, files and interfaces: what they find moves priorities and mastership."""

import datetime
import os
import re
import signal
import subprocess

from daemons import alive, descendants, instance
from lab import Process, check, equal, wait_until
from runner import main, test

VIP = "192.0.2.10/24"
HAPROXY = """global
  maxconn 50
defaults
  mode tcp
  timeout connect 1s
  timeout client 1s
  timeout server 1s
frontend front
  bind 127.0.0.1:8080
  default_backend back
backend back
  server one 127.0.0.1:9
"""


def tracking(tracks, **keys):
    """An instance with these track sections."""
    keys = {"priority": 150, "advert_interval": "100ms", **keys}
    return instance(**keys)[:-2] + "".join(f"  {track}\n" for track in tracks) + "}\n"


def script(name="good", command="/bin/true", interval="100ms", **keys):
    return "\n".join([f"script {name} {{", f'  command = "{command}"', f"  interval = {interval}",
                      *(f"  {key} = {value}" for key, value in keys.items()), "}", ""])


def touch(path):
    with open(path, "w", encoding="ascii"):
        pass


ROOT = "global { script-user = root }\n"


def wait_priority(daemon, priority):
    wait_until(f"{daemon.title}: priority {priority}", lambda: daemon.show()["effective_priority"] == priority)


def track(daemon, name):
    return next(one for one in daemon.show()["tracks"] if one["name"] == name)


@test
def a_script_that_cannot_be_executed_is_told_with_what_is_wrong_with_it(lab):
    r1, _, _ = lab.pair()
    wrong = {"crlf": ("#!/bin/sh\r\nexit 0\r\n", "CR LF"), "bare": ("exit 0\n", "#!/bin/sh"), "closed": ("#!/bin/sh\n", "chmod a+x")}
    files = {name: lab.file(name, text) for name, (text, _) in wrong.items()}
    for name, path in files.items():
        os.chmod(path, 0o644 if name == "closed" else 0o755)
    daemon = r1.vrrpd("".join(script(name, path) for name, path in files.items()) +
                      tracking([f"track-script {name} {{ weight = -1 }}" for name in files]))
    for name, (_, words) in wrong.items():
        event = daemon.wait_event(name, lambda event, name=name: event["event"] == "track" and f"script {name}" in event["reason"])
        check(words in event["text"], f"{event['text']} does not say {words}")


@test
def a_script_that_fails_moves_mastership_and_recovery_brings_it_back(lab):
    r1, r2, _ = lab.pair()
    good = lab.file("good", "")
    conf = ROOT + script(command=f"test -e {good}", fall=2, rise=2)
    first = r1.vrrpd(conf + tracking(["track-script good { weight = -60 }"]))
    first.wait_state("MASTER")
    second = r2.vrrpd(instance(priority=100, advert_interval="100ms"))
    second.wait_event("the master is heard", lambda event: event["event"] == "master")
    mark = first.mark()
    os.unlink(good)
    first.wait_state("BACKUP", since=mark)
    second.wait_state("MASTER")
    event = first.wait_event("the priority", lambda event: event["event"] == "priority", since=mark)
    check("good" in event["reason"] + event.get("text", ""), f"it does not say which: {event}")
    equal(first.show()["effective_priority"], 90, "priority")
    touch(good)
    first.wait_state("MASTER", since=mark)
    wait_priority(first, 150)
    second.wait_state("BACKUP", since=second.mark() - 1)


@test
def rise_and_fall_count_results_in_a_row(lab):
    r1, _, _ = lab.pair()
    out = lab.file("out", "")
    good = lab.file("good", "")
    conf = ROOT + script(command=f"echo x >> {out}; test -e {good}", interval="200ms", fall=3, rise=2)
    daemon = r1.vrrpd(conf + tracking(["track-script good { weight = -60 }"]))
    daemon.wait_state("MASTER")
    wait_until("it is up", lambda: track(daemon, "good")["up"])
    os.unlink(good)
    with open(out, encoding="ascii") as file:
        before = len(file.read().split())
    wait_priority(daemon, 90)
    with open(out, encoding="ascii") as file:
        ran = len(file.read().split()) - before
    check(2 <= ran <= 5, f"it fell after {ran} runs instead of 3")


@test
def a_script_without_a_result_keeps_from_becoming_master_until_its_time_is_up(lab):
    r1, _, _ = lab.pair()
    conf = ROOT + script("slow", "sleep 1", interval="2s", timeout="2s")
    daemon = r1.vrrpd(conf + tracking(["track-script slow {}"]), wait=False)
    daemon.wait_ready()
    equal([state for state in daemon.states() if state == "MASTER"], [], "master before the first result")
    event = daemon.wait_state("MASTER")
    up = daemon.wait_event("the script is up", lambda event: event["event"] == "track")
    check(up["time"] <= event["time"], "it was master before the script had a result")


@test
def a_hung_script_counts_as_down_and_faults_with_weight_0(lab):
    r1, r2, _ = lab.pair()
    conf = ROOT + script("hung", "sleep 1000", interval="200ms", timeout="300ms")
    daemon = r1.vrrpd(conf + tracking(["track-script hung {}"]))
    daemon.wait_state("FAULT")
    daemon.wait_log("timed out after 300ms")
    found = track(daemon, "hung")
    equal(found["up"], False, "up")
    second = r2.vrrpd(instance(priority=100, advert_interval="100ms"))
    second.wait_state("MASTER")


@test
def a_script_runs_as_its_user_and_one_that_others_can_change_does_not_run(lab):
    r1, _, _ = lab.pair()
    out = lab.file("out", "")
    os.chmod(out, 0o666)
    bad = lab.file("bad", "#!/bin/sh\nexit 0\n")
    os.chmod(bad, 0o777)
    conf = script("who", f"id -un > {out}") + script("own", f"id -un > {out}.root", user="root") + script("bad", bad)
    daemon = r1.vrrpd(conf + tracking([f"track-script {name} {{ weight = -10 }}" for name in ("who", "own", "bad")]))
    wait_until("it has run", lambda: open(out, encoding="ascii").read().strip() == "nobody")
    wait_until("it has run", lambda: os.path.exists(out + ".root") and
               open(out + ".root", encoding="ascii").read().strip() == "root")
    daemon.wait_log(f"{bad} is writable by everybody")
    wait_priority(daemon, 140)


@test
def a_haproxy_that_is_killed_and_started_again_moves_the_address_there_and_back(lab):
    r1, r2, client = lab.pair()
    file = lab.file("haproxy.cfg", HAPROXY)
    haproxy = Process(r1, ["haproxy", "-db", "-f", file])
    conf = "process proxy { command = haproxy }\n"
    first = r1.vrrpd(conf + tracking(["track-process proxy { weight = -60 }"]))
    second = r2.vrrpd(instance(priority=100, advert_interval="100ms"))
    first.wait_state("MASTER")
    r1.wait_address(VIP)
    second.wait_event("the master is heard", lambda event: event["event"] == "master" and event["to"])
    probe = client.probe("192.0.2.10")
    probe.wait_answering()
    mark = first.mark()
    os.kill(haproxy.pid, signal.SIGKILL)
    haproxy.wait()
    second.wait_state("MASTER")
    first.wait_state("BACKUP", since=mark)
    r2.wait_address(VIP)
    r1.wait_address(VIP, present=False)
    mark = first.mark()
    haproxy = Process(r1, ["haproxy", "-db", "-f", file])
    first.wait_state("MASTER", since=mark)
    r1.wait_address(VIP)
    r2.wait_address(VIP, present=False)
    check(re.search("/proc|kernel", str(track(first, "proxy"))), "it does not say how the process is watched")
    check(probe.result(), "nobody answered")


@test
def a_process_is_counted_between_minimum_and_maximum_after_a_delay(lab):
    r1, _, _ = lab.pair()
    name = "vrrpd-test-napper-of-many-letters"
    path = os.path.join(lab.directory, name)
    subprocess.run(["cp", "/bin/sleep", path], check=True)
    conf = f"process nap {{\n  command = {name}\n  minimum = 1\n  maximum = 2\n  delay = 300ms\n}}\n"
    daemon = r1.vrrpd(conf + tracking(["track-process nap { weight = -60 }"]))
    wait_priority(daemon, 90)
    nappers = [Process(r1, [path, "1000"])]
    wait_priority(daemon, 150)
    nappers += [Process(r1, [path, "1000"]) for _ in range(2)]
    wait_priority(daemon, 90)
    nappers[0].end()
    wait_priority(daemon, 150)


@test
def a_number_in_a_file_is_added_whenever_it_changes(lab):
    r1, _, _ = lab.pair()
    path = os.path.join(lab.directory, "weight")
    daemon = r1.vrrpd(f"file load {{ path = {path} }}\n" + tracking(["track-file load { weight = 2 }"]))
    daemon.wait_state("MASTER")
    equal(daemon.show()["effective_priority"], 150, "priority without the file")
    lab.file("weight", "-20\n")
    wait_priority(daemon, 110)
    os.rename(lab.file("new", "10\n"), path)
    wait_priority(daemon, 170)
    lab.file("weight", "many\n")
    wait_priority(daemon, 150)
    # every term is shown as it is, and what the limits make of the sum
    lab.file("weight", "123456789\n")
    wait_priority(daemon, 254)
    equal([(part["from"], part["value"]) for part in daemon.show()["priority_parts"]],
          [("configuration", 150), ("file load", 2000000), ("limit", 254 - 2000150)], "terms of the sum")
    check("254 = 150 configured, +2000000 file load (1000000 times 2), limited" in daemon.ctl("show", "web").stdout,
          "show does not tell the sum")
    lab.file("weight", "5\n")
    wait_priority(daemon, 160)
    os.unlink(path)
    wait_priority(daemon, 150)


@test
def another_interface_that_is_down_lowers_the_priority(lab):
    lab.segment("lan")
    lab.segment("wan")
    r1 = lab.node("r1", lan="192.0.2.1/24", wan="198.51.100.1/24")
    daemon = r1.vrrpd(tracking(["track-interface eth1 { weight = -30 }"]))
    daemon.wait_state("MASTER")
    wait_priority(daemon, 150)
    r1.unplug("eth1")
    wait_priority(daemon, 120)
    r1.plug("eth1")
    wait_priority(daemon, 150)


@test
def a_positive_weight_counts_while_it_is_up_and_inverse_turns_a_script_around(lab):
    r1, _, _ = lab.pair()
    good = lab.file("good", "")
    conf = ROOT + script("there", f"test -e {good}") + script("gone", f"test -e {good}")
    daemon = r1.vrrpd(conf + tracking(["track-script there { weight = 40 }",
                                       "track-script gone { weight = -5 inverse = true }"], priority=100))
    wait_priority(daemon, 135)
    equal(track(daemon, "gone")["up"], False, "what is inverse and succeeds")
    os.unlink(good)
    wait_priority(daemon, 100)
    equal(track(daemon, "gone")["up"], True, "what is inverse and fails")
    touch(good)
    wait_priority(daemon, 135)


@test
def initially_says_what_counts_until_the_first_result(lab):
    r1, _, _ = lab.pair()
    slow = {"interval": "1h", "timeout": "1h"}
    conf = "".join(ROOT * (initially == "up") + script(initially, "sleep 1000", initially=initially, **slow)
                   for initially in ("up", "down", "unknown"))
    daemon = r1.vrrpd(conf + tracking(["track-script up { weight = 10 }", "track-script down { weight = -20 }"]) +
                      tracking(["track-script unknown {}"], name="lan", vrid=52, addresses=["192.0.2.20/24"]) +
                      tracking(["track-script unknown { weight = -30 }"], name="dmz", vrid=53, addresses=["192.0.2.30/24"]))
    daemon.wait_state("MASTER")
    equal(daemon.show()["effective_priority"], 140, "priority")
    equal([track(daemon, name)["up"] for name in ("up", "down")], [True, False], "what they count as")
    # without a word from it an instance waits
    lan = daemon.show("lan")
    equal((lan["state"], lan["tracks"][1]["up"], lan["effective_priority"]), ("BACKUP", None, 150), "the one that waits")
    equal(daemon.ctl("show", "lan").stdout.splitlines()[0].partition(": ")[2], "started; waits for the first result of script unknown",
          "why it is BACKUP")
    # a weight adds nothing until then, and nobody waits for it
    wait_until("the one that does not wait is MASTER", lambda: daemon.show("dmz")["state"] == "MASTER")
    dmz = daemon.show("dmz")
    equal((dmz["tracks"][1]["up"], dmz["effective_priority"]), (None, 150), "the one that does not wait")


@test
def the_owner_keeps_its_priority_whatever_is_tracked(lab):
    r1, _, _ = lab.pair()
    r1.ip("address", "add", VIP, "dev", "eth0")
    daemon = r1.vrrpd(ROOT + script("bad", "/bin/false") +
                      tracking(["track-script bad { weight = -100 }"], priority=255))
    daemon.wait_state("MASTER")
    wait_until("it is down", lambda: track(daemon, "bad")["up"] is False)
    equal((daemon.show()["effective_priority"], daemon.show()["state"]), (255, "MASTER"), "priority and state")


@test
def the_delay_of_preemption_counts_from_recovery(lab):
    r1, r2, _ = lab.pair()
    good = lab.file("good", "")
    conf = ROOT + script(command=f"test -e {good}")
    first = r1.vrrpd(conf + tracking(["track-script good { }"], preempt_delay="3s"))
    first.wait_state("MASTER")
    second = r2.vrrpd(instance(priority=100, advert_interval="100ms"))
    second.wait_event("the master is heard", lambda event: event["event"] == "master")
    os.unlink(good)
    first.wait_state("FAULT")
    second.wait_state("MASTER")
    mark = first.mark()
    touch(good)
    back = first.wait_event("recovery", lambda event: event["event"] == "state" and event["to"] == "BACKUP", since=mark)
    won = first.wait_event("preemption", lambda event: event["event"] == "state" and event["to"] == "MASTER", since=mark)
    seconds = (datetime.datetime.fromisoformat(won["time"].replace("Z", "+00:00")) -
               datetime.datetime.fromisoformat(back["time"].replace("Z", "+00:00"))).total_seconds()
    check(2.9 < seconds < 20, f"it took over {seconds} s after its recovery")


@test
def a_reload_changes_what_is_checked_without_a_change_of_state(lab):
    r1, _, _ = lab.pair()
    good = lab.file("good", "")
    before = ROOT + script(command=f"test -e {good}") + tracking(["track-script good {}"])
    daemon = r1.vrrpd(before)
    daemon.wait_state("MASTER")
    monitor = r1.monitor("address")
    daemon.reload(before + script("more", "/bin/true"))
    daemon.reload(ROOT + script(command=f"test -e {good}") + script("more", "/bin/true") +
                  tracking(["track-script good {}", "track-script more {}"]))
    wait_until("the new one is known to be up", lambda: track(daemon, "more")["up"])
    daemon.reload(before)
    equal(monitor.changes(), [], "changes of addresses")
    equal(daemon.states(), ["BACKUP", "MASTER"], "states")


@test
def what_scripts_found_survives_the_end_of_the_runner_and_of_the_protocol_process(lab):
    r1, _, _ = lab.pair()
    conf = ROOT + script(fall=3, rise=3) + tracking(["track-script good {}"])
    daemon = r1.vrrpd(conf)
    daemon.wait_state("MASTER")
    runner = next(pid for pid in descendants(daemon.pid)
                  if open(f"/proc/{pid}/comm", encoding="ascii").read().strip() == "vrrpd: runner")
    os.kill(runner, signal.SIGKILL)
    wait_until("the runner is gone", lambda: not alive(runner))
    os.kill(daemon.protocol_pid, signal.SIGKILL)
    wait_until("MASTER again", lambda: daemon.ctl("show", status=None).returncode == 0 and
               daemon.show()["state"] == "MASTER")
    wait_until("the script is known to be up", lambda: track(daemon, "good")["up"])
    check(r1.has_address(VIP), "the address is gone")


if __name__ == "__main__":
    main()
