#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""draw_dashboard.py [SECONDS]: draws the upper part of config/monitoring/grafana-dashboard.json for docs/metrics.md, from what a real
Prometheus answers to its queries after so much traffic in a lab. Debian 12 has no Grafana: what that draws has the same panels at the
same places. As root, after ./run build.
"""
import random
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "docs"), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "net")]

from drawing.board import drawn
from lab import Lab, clients
from lab.browser import Browser
from lab.home import OUTSIDE4
from metrics_site import MetricsSite, dashboard

PICTURE = ROOT / "docs" / "pictures" / "dashboard.png"
ROWS, STEP = 49, 2


def make_traffic(site, seconds):
    end, level = time.monotonic() + seconds, 5.0
    while time.monotonic() < end:
        level = min(12.0, max(1.0, level + random.uniform(-2, 2)))
        for _ in range(int(level)):
            clients.tcp_peer(site.home.inside, OUTSIDE4, 7000)
        site.traffic()


def main():
    with Lab("tc") as lab:
        site = MetricsSite(lab).answers()
        site.collect()
        begun = time.time()
        make_traffic(site, float(sys.argv[1]) if len(sys.argv) > 1 else 180.0)

        def ask(expression):
            answer = site.query("query_range", query=expression.replace("$instance", ".*").replace("[5m]", "[30s]"),
                                start=begun + 15, end=time.time(), step=STEP)
            return [(row["metric"], [(float(at), float(value)) for at, value in row["values"]]) for row in answer["data"]["result"]]

        svg, size = drawn(dashboard(), ask, ROWS)
        file = lab.directory / "dashboard.html"
        file.write_text(f"<!doctype html><style>body{{margin:0;overflow:hidden}}</style>{svg}", encoding="utf-8")
        browser = Browser(site.gateway)
        with browser.screen(*size, is_phone=False):
            browser.open(file.as_uri())
            browser.picture(PICTURE)


if __name__ == "__main__":
    main()
