# SPDX-License-Identifier: GPL-2.0-or-later
"""Routes and rules that come and go with mastership, and what others do to them meanwhile."""

import json
import os
import signal

from daemons import instance, sanitizer_environment
from lab import binary, check, equal, run, wait_until
from runner import main, test
from service import other_protocol, wait_other_protocol

VIP = "192.0.2.10/24"
FAST = "200ms"
GATEWAY = "192.0.2.254"
ROUTES = ["default via 192.0.2.254 table 100",
          "198.51.100.0/24 dev eth0 src 192.0.2.10 metric 50",
          "blackhole 203.0.113.0/24"]
RULES = ["from 192.0.2.0/24 table 100 priority 1000", "not to 10.0.0.0/8 fwmark 0x1/0xff table main priority 1001"]


def conf(routes=tuple(ROUTES), rules=tuple(RULES), **keys):
    lists = {name: "{" + ", ".join(f'"{one}"' for one in items) + "}"
             for name, items in (("routes", routes), ("rules", rules)) if items}
    text = instance(**{"priority": 150, "advert_interval": FAST, **keys})
    extra = "".join(f"  {name} = {items}\n" for name, items in lists.items())
    return text.replace("  addresses =", f"{extra}  addresses =")


def routes(node, family=4):
    """Those with our protocol number, as iproute2 prints them."""
    lines = node.ip(f"-{family}", "route", "show", "table", "all", "proto", "112").stdout.splitlines()
    return sorted(" ".join(line.split()) for line in lines)


def rules(node, family=4):
    found = json.loads(node.ip(f"-{family}", "-j", "-d", "rule", "show").stdout)
    return sorted(rule["priority"] for rule in found if str(rule.get("protocol")) == "112")


def is_there(node, count=3, rule_count=2):
    return len(routes(node)) == count and len(rules(node)) == rule_count


def master(node, configuration, **options):
    daemon = node.vrrpd(configuration, **options)
    daemon.wait_state("MASTER")
    wait_until("routes and rules", lambda: is_there(node))
    return daemon


def restored(event):
    return event["event"] == "routing" and event["what"] == "restored"


@test
def they_come_and_go_with_mastership(lab):
    r1, r2, _ = lab.pair()
    first = master(r1, conf())
    second = r2.vrrpd(conf(priority=100))
    second.wait_state("BACKUP")
    equal((routes(r2), rules(r2)), ([], []), "routes and rules of the backup")
    found = routes(r1)
    for word in ("default via 192.0.2.254 dev eth0 table 100", "198.51.100.0/24 dev eth0", "src 192.0.2.10 metric 50",
                 "blackhole 203.0.113.0/24"):
        check(any(word in line for line in found), f"{word!r} is not among {found}")
    equal(rules(r1), [1000, 1001], "priorities of the rules")
    check("fwmark 0x1/0xff" in r1.ip("rule", "show").stdout, "the mark")
    check(f"via {GATEWAY}" in r1.ip("route", "get", "8.8.8.8", "from", "192.0.2.1").stdout, "the rule does not lead there")
    shown = first.show()
    equal(shown["routes"], ["default via 192.0.2.254 table 100", "198.51.100.0/24 dev eth0 src 192.0.2.10 metric 50",
                            "blackhole 203.0.113.0/24"], "routes in JSON")
    equal(len(shown["rules"]), 2, "rules in JSON")
    equal({one["presence"] for one in shown["routing_details"]}, {"ours"}, "presence")
    check("blackhole 203.0.113.0/24" in first.ctl("show", "web").stdout, "show does not tell")
    first.stop()
    second.wait_state("MASTER")
    wait_until("the new master has them", lambda: is_there(r2))
    equal((routes(r1), rules(r1)), ([], []), "routes and rules after the end")


@test
def those_of_ipv6_too(lab):
    r1, _, _ = lab.pair_v6()
    daemon = r1.vrrpd(conf(addresses=["2001:db8::10/64"],
                           routes=["2001:db8:1::/48 via 2001:db8::fe src 2001:db8::10", "unreachable 2001:db8:2::/48",
                                   "2001:db8:3::/48 nexthop via 2001:db8::fe nexthop via 2001:db8::fd weight 3"],
                           rules=["from 2001:db8::/64 table 100 priority 1000", "inet6 fwmark 7 table 101 priority 1001"]))
    daemon.wait_state("MASTER")
    wait_until("routes", lambda: len({line.split()[0 if line[0] == "2" else 1] for line in routes(r1, 6)
                                      if line.startswith(("2", "unr"))}) == 3)
    wait_until("rules", lambda: rules(r1, 6) == [1000, 1001])
    mark = daemon.mark()
    r1.ip("-6", "route", "del", "2001:db8:1::/48")
    daemon.wait_event("put back", restored, since=mark)
    check(any("2001:db8:1::/48" in line for line in routes(r1, 6)), "it is not back")
    equal([line for line in daemon.log_text().splitlines() if "cannot be" in line], [], "complaints")
    daemon.stop()
    equal((routes(r1, 6), rules(r1, 6)), ([], []), "routes and rules after the end")


@test
def what_somebody_removes_is_put_back_and_told(lab):
    r1, _, _ = lab.pair()
    first = master(r1, conf())
    for number, command in enumerate((("route", "del", "default", "table", "100"), ("route", "del", "blackhole", "203.0.113.0/24"),
                                      ("rule", "del", "priority", "1000"))):
        mark = first.mark()
        r1.ip(*command)
        event = first.wait_event("the event", restored, since=mark)
        check(event["text"].startswith("rule" if number == 2 else "route"), event["text"])
        check(is_there(r1), f"not back after {command}")
    # the kernel drops these without a word: with the address that is their source, or with the link
    mark = first.mark()
    r1.ip("addr", "del", VIP, "dev", "eth0")
    first.wait_event("the event", restored, since=mark)
    wait_until("the route of the address", lambda: is_there(r1))
    mark = first.mark()
    r1.ip("link", "set", "eth0", "down")
    first.wait_event("the fault", lambda one: one["event"] == "state" and one["to"] == "FAULT", since=mark)
    wait_until("rules go with mastership", lambda: rules(r1) == [] and routes(r1) == [])
    r1.ip("link", "set", "eth0", "up")
    first.wait_state("MASTER", since=mark)
    wait_until("all are back", lambda: is_there(r1))


@test
def a_crash_leaves_them_in_place_and_nothing_is_left_at_the_end(lab):
    r1, _, _ = lab.pair()
    first = master(r1, conf())
    monitor = r1.monitor("route", "rule")
    before = first.protocol_pid
    os.kill(before, signal.SIGKILL)
    wait_other_protocol(first, before)
    wait_until("MASTER again", lambda: first.show()["state"] == "MASTER")
    wait_until("they are known", lambda: {one["presence"] for one in first.show()["routing_details"]} == {"ours"})
    equal([line for line in monitor.changes() if "112" in line or "table 100" in line], [], "changes of routes")
    for _ in range(5):
        was = first.protocol_pid
        os.kill(was, signal.SIGKILL)
        wait_until("the next one or the end", lambda pid=was: not first.running or other_protocol(first, pid))
        if not first.running:
            break
    equal(first.wait(), 3, "exit status")
    equal((routes(r1), rules(r1)), ([], []), "routes and rules that the supervisor left")


@test
def a_successor_takes_them_over_without_a_word(lab):
    r1, r2, _ = lab.pair()
    first = master(r1, conf(accept=False))
    second = r2.vrrpd(conf(priority=100))
    second.wait_state("BACKUP")
    monitor = r1.monitor("route", "rule")
    after = r1.vrrpd(conf(accept=False), state_dir=first.state_dir, arguments=("-T",), wait=False)
    first.expect_clean_end()
    after.wait_ready()
    after.wait_state("MASTER")
    wait_until("they are known", lambda: {one["presence"] for one in after.show()["routing_details"]} == {"ours"})
    check("drop" in r1.run("nft", "list", "ruleset").stdout, "the packet filter has gone")
    equal([line for line in monitor.changes() if "table 100" in line or "203.0.113" in line or "198.51.100" in line], [],
          "changes of routes and rules")
    equal(second.states(), ["BACKUP"], "states of the backup")


@test
def what_a_killed_daemon_left_is_taken_over_or_removed(lab):
    r1, r2, _ = lab.pair()
    first = master(r1, conf())
    first.kill()
    check(is_there(r1), "they went with the process")
    state = first.state_dir
    second = master(r1, conf(routes=[ROUTES[0].replace(GATEWAY, "192.0.2.253"), *ROUTES[1:2], "throw 203.0.113.0/25"]),
                    state_dir=state)
    wait_until("the other gateway", lambda: any("192.0.2.253" in line for line in routes(r1)))
    wait_until("what is not wanted any more has gone", lambda: not any("blackhole" in line for line in routes(r1)))
    check(is_there(r1), "not the new ones alone")
    second.wait_log("was left behind; removed")
    second.kill()
    third = r2.vrrpd(conf(priority=200))
    third.wait_state("MASTER")
    fourth = r1.vrrpd(conf(), state_dir=state)
    fourth.wait_state("BACKUP")
    wait_until("a backup has none", lambda: (routes(r1), rules(r1)) == ([], []))


@test
def a_reload_touches_only_what_it_changes(lab):
    r1, _, _ = lab.pair()
    first = master(r1, conf())
    monitor = r1.monitor("route", "rule")
    said = first.reload(conf(routes=[ROUTES[0].replace(GATEWAY, "192.0.2.253"), ROUTES[1], "198.18.0.0/15 dev eth0"],
                             rules=[RULES[0], "from all fwmark 9 table 100 priority 1002"]))
    for words in ("route default via 192.0.2.253 table 100 changed", "route blackhole 203.0.113.0/24 removed",
                  "route 198.18.0.0/15 dev eth0 added", "priority 1002 table 100 added", "priority 1001 table main removed"):
        check(words in said, f"{words!r} is not in {said!r}")
    wait_until("the change", lambda: any("192.0.2.253" in line for line in routes(r1)) and rules(r1) == [1000, 1002])
    wait_until("what is not wanted has gone", lambda: is_there(r1))
    lines = monitor.changes()
    equal([line for line in lines if "198.51.100.0/24" in line or "192.0.2.0/24 lookup" in line], [], "changes of what stays")
    check(not any("Deleted default" in line for line in lines), f"the default route was away for a moment: {lines}")
    first.reload(conf(routes=(), rules=()))
    wait_until("none are left", lambda: (routes(r1), rules(r1)) == ([], []))
    equal(first.states(), ["BACKUP", "MASTER"], "states")


@test
def what_is_somebody_elses_stays_his_and_is_told(lab):
    r1, _, _ = lab.pair()
    r1.ip("route", "add", "default", "via", "192.0.2.77", "table", "100")
    daemon = r1.vrrpd(conf())
    daemon.wait_state("MASTER")
    daemon.wait_log("is not vrrpd's: remove it, or choose another metric")
    check("192.0.2.77" in r1.ip("route", "show", "table", "100").stdout, "somebody else's route has gone")
    # it makes room: no need to wait for the next try
    r1.ip("route", "del", "default", "table", "100")
    wait_until("ours is there", lambda: is_there(r1))
    r1.ip("route", "replace", "default", "via", "192.0.2.78", "table", "100")
    wait_until("show tells", lambda: "MISSING, another one is in its place" in daemon.ctl("show", "web").stdout)
    daemon.stop()
    check("192.0.2.78" in r1.ip("route", "show", "table", "100").stdout, "somebody else's route has gone")


@test
def a_device_that_comes_later_is_waited_for(lab):
    r1, _, _ = lab.pair()
    daemon = r1.vrrpd(conf(routes=[*ROUTES, "198.18.0.0/15 dev eth1"]))
    daemon.wait_state("MASTER")
    wait_until("the others", lambda: is_there(r1))
    daemon.wait_log("198.18.0.0/15 dev eth1 cannot be added")
    lab.segment("later")
    r1.add_interface("eth1", "later")
    wait_until("the one of the new interface", lambda: is_there(r1, 4))


@test
def mistakes_are_found_by_the_check(lab):
    """Each with its line and what would be right."""
    for words, expected in (("default viaa 192.0.2.1", 'unknown word "viaa", did you mean "via"?'),
                            ("default", "leads nowhere"),
                            ("10.0.0.1/8 dev eth0", "right is 10.0.0.0/8"),
                            ("default via 192.0.2.1 table nosuch", 'table "nosuch" is not right'),
                            ("blackhole 10.0.0.0/8 via 192.0.2.1", "neither via nor dev"),
                            ("default via 192.0.2.1 metric -1", 'metric "-1" is not right'),
                            ("default via 192.0.2.1 via 192.0.2.2", '"via" is given twice'),
                            ("2001:db8::/32 via 192.0.2.1", "cannot lead to a destination of IPv6")):
        path = lab.file("bad.conf", conf(routes=[words], rules=()))
        done = run(binary("vrrpd"), "-t", "-f", path, status=1, env=sanitizer_environment(lab.directory))
        check("bad.conf:6: " in done.stderr and expected in done.stderr, f"{words}: {done.stderr}")
    for words, expected in (("from 192.0.2.0/24", "it has no action"),
                            ("from 192.0.2.0/24 tabel 5", 'did you mean "table"?'),
                            ("from 2001:db8::/32 to 192.0.2.1 table 5", "different families"),
                            ("fwmark x table 5", 'fwmark "x" is not right'),
                            ("from all table 5 prohibit", "two actions")):
        path = lab.file("bad.conf", conf(routes=(), rules=[words]))
        done = run(binary("vrrpd"), "-t", "-f", path, status=1, env=sanitizer_environment(lab.directory))
        check("bad.conf:6: " in done.stderr and expected in done.stderr, f"{words}: {done.stderr}")


if __name__ == "__main__":
    main()
