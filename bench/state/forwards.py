#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long 100,000 forwards take to be in force, by each engine and by nft itself. Needs root; SLUICE_BIN_DIR says which build.

Each row goes from one forward to all of them and back, in turn with the others; nft has a map of its own, in a chain for nat.
"""

import argparse
import json
import os
import sys

from paths import find_modules

find_modules()

from changes import report_all, timed  # noqa: E402  needs the path
from translations import table  # noqa: E402
from lab import HomeLab, Lab  # noqa: E402
from lab.home import INSIDE4  # noqa: E402
from start import document  # noqa: E402

ENGINES = ["tc", "nftables"]


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forwards", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=5)
    return parser.parse_args()


class Sluice:
    def __init__(self, lab, engine, forwards):
        self.name, self.gateway = f"sluice, {engine}", HomeLab(lab).gateway
        self.gateway.start_daemon()
        self.all, self.one = (self._written(engine, count) for count in (forwards, 1))
        self.back()

    def _written(self, engine, forwards):
        return self.gateway.write(json.dumps(document(argparse.Namespace(engine=engine, forwards=forwards))))

    def forth(self):
        self.gateway.sluice("apply", self.all)

    def back(self):
        self.gateway.sluice("apply", self.one)


class Nft:
    name = "nft"

    def __init__(self, lab, forwards):
        self.gateway = HomeLab(lab).gateway
        self.file = self.gateway.write(table(forwards, INSIDE4))

    def forth(self):
        self.gateway.run("nft", "-f", self.file)

    def back(self):
        self.gateway.run("nft", "delete", "table", "ip", "forwards")


def timed_forth(row):
    os.sync()
    took = timed(row.forth)
    row.back()
    return took


def main():
    chosen = options()
    with Lab("tc") as first, Lab("tc") as second, Lab("tc") as third:
        rows = [Nft(first, chosen.forwards)]
        rows += [Sluice(lab, engine, chosen.forwards) for lab, engine in zip((second, third), ENGINES)]
        times = {row.name: [] for row in rows}
        for _ in range(chosen.repeat):
            for row in rows:
                times[row.name].append(timed_forth(row))
    report_all(times)
    return 0


if __name__ == "__main__":
    sys.exit(main())
