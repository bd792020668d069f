#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long nobody carries when a cluster's active node fails, or gives way. Needs root; SLUICE_BIN_DIR says which build.

A client inside asks a server outside every two milliseconds; what is told is the longest time between two answers, the median of several turns. Where all nodes carry it asks in eight flows, which routers spread, and what happens to the node that leads is told, and what happens to the other one.
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

from carrying_site import CarryingSite  # noqa: E402  needs the path
from lab import Lab, eventually, servers  # noqa: E402
from lab.sites import WAYS  # noqa: E402
from pair_site import OUTSIDE4, PairSite  # noqa: E402
from routed_site import RoutedSite  # noqa: E402

ECHO, GAPS = 9000, Path(__file__).with_name("gaps.py")


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=["nftables", "tc"])
    parser.add_argument("--routers", action="store_true", help="between the gateways and everybody else, which are told by BGP")
    parser.add_argument("--carrying", action="store_true", help="the same where all nodes carry")
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


def gap(site, failure, flows=1, leads=True):
    """Milliseconds, of what happens to the active node or, where all carry, to the other one. The active one is another one afterwards, if it was that."""
    probe = site.client.start(sys.executable, GAPS, OUTSIDE4, ECHO, flows)
    eventually("it asks", lambda: "begun" in probe.output())
    time.sleep(0.3)
    course = failure(site.active() if leads else site.standby())
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


FAILURES = ("power_cut", "inner_link_down", "keepalived_killed", "operator_yields")
OF_THE_OTHER = ("power_cut", "inner_link_down")
FLOWS = 8   # where routers spread them


def tell(way, site, name, chosen, **more):
    gaps = [gap(site, getattr(Failure(site), name), **more) for _ in range(chosen.turns)]
    whose = " of the other" if not more.get("leads", True) else ""
    print(f"{way:9} {name.replace('_', ' ') + whose:30} {median(gaps):6.0f} ms ({min(gaps):.0f} - {max(gaps):.0f})", flush=True)


def main():
    chosen = options()
    kind = CarryingSite if chosen.carrying else RoutedSite if chosen.routers else PairSite
    for way in chosen.ways:
        engine, hook = WAYS[way]
        with Lab(hook) as lab:
            site = kind(lab, engine=engine, hook=hook)
            servers.udp_echo_server(site.outside, ECHO)
            site.start()
            if kind is not PairSite:
                site.settle_routers()
            flows = FLOWS if chosen.carrying else 1
            for name in FAILURES:
                tell(way, site, name, chosen, flows=flows)
            for name in OF_THE_OTHER if chosen.carrying else ():
                tell(way, site, name, chosen, flows=flows, leads=False)


if __name__ == "__main__":
    main()
