# SPDX-License-Identifier: GPL-2.0-or-later
"""Metrics as they are fetched, and a Prometheus that scrapes real daemons: for the tests of the metrics and of the dashboard."""

import json
import os
import re
import urllib.parse

from daemons import instance
from lab import HERE, Process, wait_until

ETC = os.path.normpath(os.path.join(HERE, "../../etc"))
RULES = os.path.join(ETC, "prometheus-rules.yml")
PORT = 9650
FAST = {"priority": 150, "advert_interval": "100ms"}


def configuration(port=PORT, address="127.0.0.1", **keys):
    return f"global {{\n  name = router\n  metrics = '{address}:{port}'\n}}\n" + instance(**{**FAST, **keys})


def fetch(node, path="/metrics", port=PORT, accept="*/*", status=0):
    """What an HTTP client in that namespace gets; an empty text where it gets nothing and status is None."""
    return node.run("curl", "-sS", "-g", "--max-time", "20", "-H", f"Accept: {accept}", f"http://127.0.0.1:{port}{path}",
                    status=status).stdout


class Prometheus:
    """A real one, in a hurry, that has our rules without their patience."""

    def __init__(self, lab, node, *targets):
        self.node = node
        with open(RULES, encoding="utf-8") as file:
            lab.file("rules.yml", re.sub(r"for: \w+", "for: 0s", file.read()))
        settings = lab.file("prometheus.yml", "\n".join([
            "global: {scrape_interval: 300ms, evaluation_interval: 300ms, scrape_timeout: 300ms}",
            "rule_files: [rules.yml]", "scrape_configs:", "  - job_name: vrrpd", "    static_configs:",
            f"      - targets: {[f'{target}:{PORT}' for target in targets]}", ""]))
        Process(node, ["prometheus", f"--config.file={settings}", f"--storage.tsdb.path={lab.directory}/tsdb",
                       "--web.listen-address=127.0.0.1:9090"], log=os.path.join(lab.directory, "prometheus.log"))

    def ask(self, path):
        answer = fetch(self.node, f"/api/v1/{path}", port=9090, status=None)
        return json.loads(answer).get("data") if answer.startswith("{") else None

    def query(self, expression):
        """The samples of an expression of PromQL; a wrong one has none either, and promtool says why."""
        return (self.ask(f"query?query={urllib.parse.quote(expression)}") or {"result": []})["result"]

    def alerts(self):
        return [alert for alert in (self.ask("alerts") or {"alerts": []})["alerts"] if alert["state"] == "firing"]

    def firing(self):
        return {alert["labels"]["alertname"] for alert in self.alerts()}

    def wait_masters(self, count, routers):
        """Until it has scraped so many routers, of which so many are MASTER."""
        def masters():
            values = [one["value"][1] for one in self.query('vrrp_state{state="MASTER"}')]
            return len(values) == routers and values.count("1") == count
        wait_until(f"Prometheus knows {routers} routers and {count} masters", masters)

    def wait_firing(self, alert):
        wait_until(f"{alert} fires", lambda: alert in self.firing())

    def wait_quiet(self, alert):
        wait_until(f"{alert} ends", lambda: alert not in self.firing())
