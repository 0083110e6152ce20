# SPDX-License-Identifier: GPL-2.0-or-later
"""The dashboard in etc/, asked as Grafana would: every query of it, by a real Prometheus, of real daemons to whom everything happens that
a panel tells. What Grafana makes of the answers is not seen here."""

import json
import os
import re

from daemons import instance
from lab import check, equal, wait_until
from prometheus import ETC, FAST, PORT, Prometheus
from runner import main, test

# what Grafana puts in for its variables; an interval that reaches back to before the daemons' start, however slow the machine
VARIABLES = {"$name": ".*", "$router": ".*", "$__rate_interval": "5m", "$__range": "1h"}
STATS = {"Without a master": 1, "With two masters": 1, "Addresses missing": 1, "In FAULT": 1, "No reserve": 0, "Routers silent": 0,
         "Broken configurations": 1, "Virtual routers": 5}


def dashboard():
    with open(os.path.join(ETC, "grafana-dashboard.json"), encoding="utf-8") as file:
        return json.load(file)


def asked(expression):
    for variable, put_in in VARIABLES.items():
        expression = expression.replace(variable, put_in)
    # $1 is Prometheus' own: what its regular expression found
    check("$" not in expression.replace('"$1"', ""), f"a variable that is not known: {expression}")
    return expression


def two_routers(lab):
    """web is all right but for its hook, its script and the second's addresses; gone has no interface, split two masters, and lan lacks an address."""
    r1, r2, client = lab.pair()
    for number, node in enumerate((r1, r2), 1):
        lab.segment(f"apart{number}")
        node.add_interface("eth1", f"apart{number}", f"198.51.100.{number}/24")
    web = instance(notify="/bin/false", **FAST).rstrip()[:-1] + "  track-script s { weight = -10 }\n}\n"
    split = instance("split", "eth1", 52, ["198.51.100.10/24"], **FAST)
    lan = instance("lan", "eth1", 53, ["198.51.100.11/24"], extra_addresses=["10.9.9.9/32 dev eth9"], **FAST)
    first = r1.vrrpd(f"global {{\n  metrics = 192.0.2.1:{PORT}\n}}\nscript s {{\n  command = /bin/false\n}}\n" + web + split + lan
                     + instance("gone", "eth7", 54, ["203.0.113.1/24"]))
    # 99: a VRID that the first knows nothing of, and counts
    second = r2.vrrpd(f"global {{\n  metrics = 192.0.2.2:{PORT}\n}}\n" + instance(advert_interval="100ms", addresses=["192.0.2.10/24", "192.0.2.98/24"]) + split
                      + instance("other", vrid=99, addresses=["192.0.2.99/24"], **FAST))
    for daemon, names in ((first, ("web", "split", "lan")), (second, ("split", "other"))):
        for name in names:
            daemon.wait_state("MASTER", name)
    first.write("nonsense\n")
    first.ctl("reload", status=1)
    return client, second


def query_of(title):
    return asked(next(panel for panel in dashboard()["panels"] if panel["title"] == title)["targets"][0]["expr"])


def wait_stats(prometheus, wanted):
    for title, value in wanted.items():
        query = query_of(title)
        wait_until(f"{title} is {value}",
                   lambda asked=query, text=str(value): [one["value"][1] for one in prometheus.query(asked)] == [text])


@test
def every_query_of_the_dashboard_has_an_answer(lab):
    client, second = two_routers(lab)
    prometheus = Prometheus(lab, client, "192.0.2.1", "192.0.2.2")
    panels = dashboard()["panels"]
    for panel in panels:
        for target in panel["targets"]:
            query = asked(target["expr"])
            found = wait_until(f"an answer for {panel['title']}: {query}", lambda asked=query: prometheus.query(asked))
            for label in re.findall(r"{{(\w+)}}", target.get("legendFormat") or ""):
                check(all(label in one["metric"] for one in found), f"{panel['title']} has no label {label}: {found[:2]}")
    equal({panel["title"] for panel in panels if panel["type"] == "stat"}, set(STATS), "panels of one number")
    wait_stats(prometheus, STATS)
    for variable in dashboard()["templating"]["list"]:
        if variable["type"] == "query":
            metric, label = re.fullmatch(r"label_values\((.*), (\w+)\)", asked(variable["query"]["query"])).groups()
            check(any(label in one["metric"] for one in prometheus.query(metric)), f"{variable['name']} has no values")
    # what nobody tells any more is not forgotten
    second.kill()
    wait_stats(prometheus, {"Routers silent": 1, "No reserve": 2, "Without a master": 2, "With two masters": 0})
    problems = [one["metric"]["problem"] for one in prometheus.query(query_of("What is wrong now"))]
    equal(problems[:3], ["router is silent", "no master", "no master"], "what is wrong, in that order")


@test
def the_dashboard_can_be_imported_anywhere(_lab):
    panels = dashboard()["panels"]
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        check(not cells & taken and place["x"] + place["w"] <= 24, f"{panel['title']} stands on another, or beyond the edge")
        taken |= cells
        for source in [panel["datasource"], *(target["datasource"] for target in panel["targets"] if "datasource" in target)]:
            equal(source["uid"], "${datasource}", f"data source of {panel['title']}")
    equal(len({panel["id"] for panel in panels}), len(panels), "numbers of panels")


if __name__ == "__main__":
    main()
