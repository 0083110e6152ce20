# SPDX-License-Identifier: GPL-2.0-or-later
"""Metrics and the status page, as Prometheus and browsers get them; and that the web process can do nothing else."""

import json
import os
import re
import signal

from daemons import descendants, instance
from lab import Process, check, equal, run, wait_until
from prometheus import FAST, PORT, RULES, Prometheus, configuration, fetch
from runner import main, test

STATES = ("INIT", "BACKUP", "MASTER", "FAULT")


def response(node, *arguments):
    """Status and headers of a request."""
    text = node.run("curl", "-sS", "-i", "--max-time", "20", *arguments).stdout
    head = text.replace("\r", "").split("\n\n", 1)[0]
    return int(head.split()[1]), head.lower()


def samples(text):
    """{'vrrp_state{name="web",…}': 1.0}"""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            found[name] = float(value)
    return found


def sample(text, metric, /, **labels):
    """The one sample of that metric with those labels; None if there is none."""
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    found = [value for name, value in samples(text).items()
             if re.match(rf"{metric}({{|$)", name) and all(one in name for one in wanted)]
    check(len(found) <= 1, f"{metric} {labels}: {len(found)} samples")
    return found[0] if found else None


def state(text, name="web"):
    """The state that the metrics tell, of which there is exactly one."""
    told = [one for one in STATES if sample(text, "vrrp_state", name=name, state=one) == 1]
    equal(len(told), 1, f"states of {name} at once")
    return told[0]


def web_pid(daemon):
    for pid in descendants(daemon.pid):
        try:
            with open(f"/proc/{pid}/comm", encoding="ascii") as file:
                if file.read().strip() == "vrrpd: web":
                    return pid
        except (FileNotFoundError, ProcessLookupError):
            pass
    return None


def wait_answer(node, what, wanted, **options):
    return wait_until(what, lambda: wanted(fetch(node, status=None, **options)))


def one_router(lab, text=None):
    lab.segment("lan")
    node = lab.node("r1", lan="192.0.2.1/24")
    daemon = node.vrrpd(text or configuration())
    daemon.wait_state("MASTER")
    return node, daemon


@test
def metrics_tell_the_state_as_it_is(lab):
    node, daemon = one_router(lab)
    text = fetch(node)
    equal(state(text), "MASTER", "state")
    equal(sample(text, "vrrp_up"), 1, "vrrp_up")
    equal(sample(text, "vrrp_effective_priority", name="web", vrid=51, interface="eth0", family="ipv4"), 150, "priority")
    equal(sample(text, "vrrp_transitions_total", to="MASTER", reason="master down timer expired"), 1, "transitions")
    wait_answer(node, "the address is told to be there", lambda text: sample(text, "vrrp_addresses_present", name="web") == 1)
    node.unplug()
    daemon.wait_state("FAULT")
    wait_answer(node, "the metrics tell of the fault", lambda text: state(text) == "FAULT")


@test
def promtool_finds_nothing_wrong(lab):
    node, daemon = one_router(lab)
    for path in ("/metrics", "/metrics?compat=keepalived"):
        done = run("promtool", "check", "metrics", stdin=fetch(node, path), status=None)
        equal((done.returncode, done.stdout + done.stderr), (0, ""), f"promtool about {path}")
    run("promtool", "check", "rules", RULES)
    check(daemon.running, "the daemon ended")


@test
def each_alert_fires_when_it_should_and_none_while_all_is_well(lab):
    r1, r2, client = lab.pair()
    flag = lab.file("the-hook-fails", "")
    os.unlink(flag)
    hook = lab.file("hook", f"#!/bin/sh\ntest ! -e {flag}\n")
    os.chmod(hook, 0o755)
    os.chmod(lab.directory, 0o755)
    first = r1.vrrpd(configuration(address="192.0.2.1", notify=hook))
    second = r2.vrrpd(configuration(address="192.0.2.2", priority=100, notify=hook))
    first.wait_state("MASTER")
    second.wait_state("BACKUP")
    prometheus = Prometheus(lab, client, "192.0.2.1", "192.0.2.2")
    prometheus.wait_masters(1, routers=2)
    prometheus.wait_quiet("VrrpNoMaster")  # as long as it had only heard of the backup it was right to think so
    equal(prometheus.firing(), set(), "alerts while all is well")

    r2.run("nft", "add table inet t; add chain inet t c { type filter hook input priority 0; };"
                  " add rule inet t c meta l4proto 112 drop")
    prometheus.wait_firing("VrrpTwoMasters")
    r2.run("nft", "delete table inet t")
    prometheus.wait_quiet("VrrpTwoMasters")

    second.reload(configuration(address="192.0.2.2", priority=100, notify=hook, checksum_pseudo_header=False))
    prometheus.wait_firing("VrrpConflict")
    second.reload(configuration(address="192.0.2.2", priority=100, notify=hook))
    prometheus.wait_quiet("VrrpConflict")

    lab.file("the-hook-fails", "")
    for _ in range(4):
        mark = first.mark()
        first.ctl("force", "backup", "web")
        first.wait_state("BACKUP", since=mark)
        mark = first.mark()
        first.ctl("release", "web")
        first.wait_state("MASTER", since=mark)
    prometheus.wait_firing("VrrpFlapping")
    prometheus.wait_firing("VrrpHookFailed")

    first.reload(configuration(address="192.0.2.1", notify=hook, extra_addresses=["10.9.9.9/32 dev eth9"]))
    prometheus.wait_firing("VrrpVipMissing")
    first.write("nonsense\n")
    first.ctl("reload", status=1)
    prometheus.wait_firing("VrrpReloadFailed")

    second.ctl("force", "off", "web")
    prometheus.wait_firing("VrrpPeerSilent")
    second.ctl("release", "web")
    prometheus.wait_quiet("VrrpPeerSilent")
    r2.unplug()  # as a machine that is dead: nothing can be fetched from it either
    prometheus.wait_firing("VrrpPeerSilent")
    r2.plug()
    second.ctl("force", "off", "web")
    equal("VrrpNoMaster" in prometheus.firing(), False, "whether there is said to be no master")
    first.ctl("force", "off", "web")
    prometheus.wait_firing("VrrpNoMaster")

    # Whoever starts the protocol process again is stopped, so that nobody does.
    second.send(signal.SIGSTOP)
    os.kill(second.protocol_pid, signal.SIGKILL)
    prometheus.wait_firing("VrrpDown")
    for alert in prometheus.alerts():
        told = " ".join(alert["annotations"].values())
        check("<no value>" not in told and "{{" not in told, f"what {alert['labels']['alertname']} tells: {told}")
    second.send(signal.SIGCONT)
    prometheus.wait_quiet("VrrpDown")


@test
def vrrpctl_prints_the_same_families(lab):
    node, daemon = one_router(lab)

    def families(text):
        return re.findall(r"^# TYPE \S+ \w+$", text, re.M)
    served = fetch(node, accept="application/openmetrics-text; version=1.0.0")
    printed = daemon.ctl("metrics").stdout
    equal(families(printed), families(served), "families")
    check(printed.endswith("# EOF\n"), "no end")
    equal(set(daemon.json("metrics")), {"show", "metrics"}, "members of the JSON")


@test
def dashboards_for_keepalived_find_their_names(lab):
    node, _ = one_router(lab)
    text = fetch(node, "/metrics?compat=keepalived")
    equal(sample(text, "keepalived_up"), 1, "keepalived_up")
    equal(sample(text, "keepalived_vrrp_state", iname="web", intf="eth0", vrid=51, ip_address="192.0.2.10"), 2, "state")
    equal(sample(text, "keepalived_become_master_total", iname="web", intf="eth0", vrid=51), 1, "become_master")


@test
def the_page_needs_nothing_from_elsewhere(lab):
    node, _ = one_router(lab)
    page = fetch(node, "/")
    check("<title>vrrpd</title>" in page, "not the page")
    for reference in re.findall(r"""(?:src|href)=["']([^"']*)""", page) + re.findall(r"""fetch\(["']([^"']*)""", page):
        check(reference in ("data:,", "metrics", "status.json"), f"the page refers to {reference}")
    status = json.loads(fetch(node, "/status.json"))
    equal([one["name"] for one in status["show"]["instances"]], ["web"], "instances")
    equal([event["to"] for event in status["events"] if event["event"] == "state"], ["BACKUP", "MASTER"], "states")


@test
def hooks_and_refused_reloads_are_told(lab):
    node, daemon = one_router(lab, configuration(notify="/bin/false"))
    wait_answer(node, "the hook that failed", lambda text: (sample(text, "vrrp_hook_run_failures_total", hook="notify") or 0) >= 2)
    daemon.reload()
    equal(sample(wait_answer(node, "the reload", lambda text: sample(text, "vrrp_reloads_total") == 1 and text),
                 "vrrp_last_reload_successful"), 1, "whether it was adopted")
    daemon.write("nonsense\n")
    daemon.send(signal.SIGHUP)
    wait_answer(node, "the refusal", lambda text: sample(text, "vrrp_last_reload_successful") == 0)


@test
def the_web_process_may_do_nothing_else(lab):
    _, daemon = one_router(lab)
    with open(f"/proc/{web_pid(daemon)}/status", encoding="ascii") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    check(status["Uid"].split()[1] != "0", "it runs as root")
    equal({status[which] for which in ("CapPrm", "CapEff", "CapInh", "CapAmb")}, {"0" * 16}, "capabilities")
    equal(status["NoNewPrivs"], "1", "NoNewPrivs")


@test
def only_what_is_there_can_be_fetched(lab):
    node, _ = one_router(lab)
    url = f"http://127.0.0.1:{PORT}"
    equal(response(node, f"{url}/etc/passwd")[0], 404, "another path")
    equal(response(node, "--path-as-is", f"{url}/../../etc/passwd")[0], 404, "a path upwards")
    check(response(node, "-X", "POST", "-d", "x", f"{url}/metrics")[0] >= 400, "POST is served")
    status, headers = response(node, f"{url}/")
    equal(status, 200, "the page")
    for wanted in ("content-security-policy: default-src 'none'", "x-content-type-options: nosniff"):
        check(wanted in headers, f"no {wanted}")


@test
def a_crashed_web_process_is_started_again_and_nothing_else_happens(lab):
    node, daemon = one_router(lab)
    mark = daemon.mark()
    os.kill(web_pid(daemon), signal.SIGKILL)
    wait_answer(node, "metrics from another one", lambda text: text and state(text) == "MASTER")
    equal(daemon.states(since=mark), [], "changes of state")


@test
def a_new_protocol_process_is_asked(lab):
    node, daemon = one_router(lab)
    fetch(node)
    old = web_pid(daemon)
    os.kill(daemon.protocol_pid, signal.SIGKILL)
    wait_answer(node, "the new one answers", lambda text: text and sample(text, "vrrp_up") == 1 and state(text) == "MASTER")
    equal(web_pid(daemon), old, "the web process")


@test
def a_reload_moves_it_and_ends_it(lab):
    node, daemon = one_router(lab)
    daemon.reload(configuration(port=9651))
    wait_answer(node, "metrics at the new port", bool, port=9651)
    equal(fetch(node, status=None), "", "what is at the old port")
    daemon.reload(instance(**FAST))
    wait_until("its end", lambda: web_pid(daemon) is None)
    equal(fetch(node, port=9651, status=None), "", "what is there without the key")


@test
def a_port_in_use_is_a_line_in_the_log_and_another_try(lab):
    lab.segment("lan")
    node = lab.node("r1", lan="192.0.2.1/24")
    squatter = Process(node, ["socat", f"TCP-LISTEN:{PORT},bind=127.0.0.1", "EXEC:cat"],
                       log=os.path.join(lab.directory, "socat.log"))
    wait_until("socat listens", lambda: f":{PORT}" in node.run("ss", "-ltn").stdout)
    daemon = node.vrrpd(configuration())
    daemon.wait_state("MASTER")
    wait_until("the log says so", lambda: "cannot listen there: Address already in use" in daemon.log_text())
    squatter.end()
    wait_answer(node, "metrics when it is free", lambda text: text and state(text) == "MASTER")
    equal(daemon.log_text().count("cannot listen there"), 1, "how often the log says so")


if __name__ == "__main__":
    main()
