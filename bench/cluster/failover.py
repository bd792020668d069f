#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long nobody carries when a cluster's active node fails, or gives way. Needs root; SLUICE_BIN_DIR says which build.

A client inside asks a server outside every two milliseconds; what is told is the longest time between two answers, the median of several turns.
"""

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests" / "net")]

from lab import Lab, eventually, servers  # noqa: E402  needs the path
from lab.sites import WAYS  # noqa: E402
from pair_site import OUTSIDE4, PairSite  # noqa: E402
from routed_site import RoutedSite  # noqa: E402

ECHO, GAPS = 9000, Path(__file__).with_name("gaps.py")


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=["nftables", "tc"])
    parser.add_argument("--routers", action="store_true", help="between the gateways and everybody else, which are told by BGP")
    return parser.parse_args()


class Failure:
    """What happens to the active node, and how that ends."""

    def __init__(self, site):
        self.site = site

    def power_cut(self, active):
        self.site.cut(active)
        yield
        self.site.mend(active)

    def inner_link_down(self, active):
        self.site.link(self.site.client, active, "down")
        yield
        self.site.link(self.site.client, active, "up")

    def keepalived_killed(self, active):
        for process in self.site.keepalived(active):
            os.kill(process, signal.SIGKILL)
        yield

    def operator_yields(self, active):
        self.site.gateways[active].sluice("cluster", "yield")
        yield


def gap(site, failure):
    """Milliseconds; the active node is another one afterwards."""
    probe = site.client.start(sys.executable, GAPS, OUTSIDE4, ECHO)
    eventually("it asks", lambda: "begun" in probe.output())
    time.sleep(0.3)
    course = failure(site.active())
    next(course)
    time.sleep(2.5)
    os.kill(probe.pid, signal.SIGTERM)
    eventually("it told", lambda: not probe.running())
    next(course, None)
    site.settle()
    if isinstance(site, RoutedSite):
        time.sleep(12)   # TCP of a session that was cut asks again ever more seldom
        site.settle_routers()
    return float(probe.output().split()[-1])


def main():
    chosen = options()
    for way in chosen.ways:
        engine, hook = WAYS[way]
        with Lab(hook) as lab:
            site = (RoutedSite if chosen.routers else PairSite)(lab, engine=engine, hook=hook)
            servers.udp_echo_server(site.outside, ECHO)
            site.start()
            if chosen.routers:
                site.settle_routers()
            failures = Failure(site)
            for name in ("power_cut", "inner_link_down", "keepalived_killed", "operator_yields"):
                gaps = [gap(site, getattr(failures, name)) for _ in range(chosen.turns)]
                print(f"{way:9} {name.replace('_', ' '):18} {median(gaps):6.0f} ms ({min(gaps):.0f} - {max(gaps):.0f})", flush=True)


if __name__ == "__main__":
    main()
