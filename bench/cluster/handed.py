#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What it costs where all nodes of a cluster carry that a packet is handed over to the one that leads. Needs root; SLUICE_BIN_DIR says which build.

One TCP connection through the node that leads, and through the other one: of a flow that is known, which the other one carries by itself, and of one with a limit that it does not reach, all of whose packets are handed over. Medians of turns one after the other; all nodes, both hosts and iperf3 share the machine's processors.
"""

import argparse
import sys
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests" / "net")]

from carrying_site import CarryingSite  # noqa: E402  needs the path
from lab import Lab, services  # noqa: E402
from lab.sites import WAYS  # noqa: E402
from pair_site import OUTSIDE4  # noqa: E402

PORT = 5201
LIMIT = {"name": "wide", "rate": "20gbit", "burst": "64MB", "protocol": "tcp", "ports": [PORT]}


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--ways", nargs="+", choices=["tc", "xdp"], default=["tc", "xdp"])
    return parser.parse_args()


def measured(site, chosen):
    """{which node: Gbit/s of each turn}"""
    leader = site.active()
    all_of_it = {"the one that leads": [], "the other one": []}
    for _ in range(chosen.turns):
        for which, node in (("the one that leads", leader), ("the other one", site.other(leader))):
            site.lead(node, node)
            all_of_it[which].append(services.iperf(site.client, OUTSIDE4, chosen.seconds, PORT))
    site.lead()
    return all_of_it


def main():
    chosen = options()
    for way in chosen.ways:
        engine, hook = WAYS[way]
        with Lab(hook) as lab:
            site = CarryingSite(lab, engine=engine, hook=hook)
            services.iperf_server(site.outside, PORT)
            site.start()
            for words, limits in (("known flows", []), ("flows with a limit", [LIMIT])):
                site.gateways[site.active()].apply(site.document(site.active(), limits=limits))
                site.settle_all()
                for which, rates in measured(site, chosen).items():
                    print(f"{way:4} {words:20} by {which:20} {median(rates):5.2f} Gbit/s ({min(rates):.2f} - {max(rates):.2f})", flush=True)


if __name__ == "__main__":
    main()
