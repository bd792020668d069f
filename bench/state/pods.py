#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long `sluice apply` takes for many pods, for one more beside them, and until none is left; and one more by `sluice pod add`: with a
second between two of them, in which the look at the machine passes that follows each change, and one right behind the other. Whole
commands, with the start of the program. Needs root; SLUICE_BIN_DIR says which build.
"""

import argparse
import sys
import time

from paths import find_modules

find_modules()

from changes import report_all, run_in_lab, timed, timed_apply  # noqa: E402  needs the path
from lab import HomeLab  # noqa: E402
from lab.home import LAN4, WAN4  # noqa: E402


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["ebpf", "nftables"], default="ebpf")
    parser.add_argument("--pods", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--turns", type=int, default=10, help="how often one more comes and goes among the many")
    return parser.parse_args()


def document(chosen, count):
    pod = {"services": [{"name": "web", "port": 3000, "publish": True}], "egress": {"default": "accept"}}
    return {"version": 1, "engine": chosen.engine,
            "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]},
                           "lan": {"zone": "lan", "addresses": [f"{LAN4}/24"]}},
            "pods": {f"p{number}": pod for number in range(count)}}


class Bench:
    def __init__(self, lab, chosen):
        home = HomeLab(lab)
        self.gateway, self.chosen, self.times = home.gateway, chosen, {}
        self.file = lab.directory / "document.json"
        self.gateway.start_daemon()
        timed_apply(self.gateway, self.file, document(chosen, 0))
        home.route_gateway()

    def keep(self, title, took):
        self.times.setdefault(f"{self.chosen.engine}, {title}", []).append(took)

    def apply(self, title, count):
        self.keep(title, timed_apply(self.gateway, self.file, document(self.chosen, count)))

    def pod(self, title, *argv):
        self.keep(title, timed(self.gateway.sluice, "pod", *argv, timeout=300))

    def by_verbs(self, title, wait):
        for turn in range(self.chosen.turns):
            time.sleep(wait)
            self.pod(f"pod add, {title}", "add", f"more{turn}", "--service", "web:3000", "--publish", "web")
        for turn in range(self.chosen.turns):
            time.sleep(wait)
            self.pod(f"pod remove, {title}", "remove", f"more{turn}")

    def run(self):
        many = self.chosen.pods
        for _ in range(self.chosen.repeat):
            self.apply(f"{many} pods", many)
            for _ in range(self.chosen.turns):
                self.apply("one more", many + 1)
                self.apply("one less", many)
            self.by_verbs("one each second", 1)
            self.by_verbs("one right behind the other", 0)
            self.apply("all removed", 0)
        report_all(self.times)


def main():
    return run_in_lab(Bench, options())


if __name__ == "__main__":
    sys.exit(main())
