#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long `sluice apply` takes for one change among many policies. Needs root; SLUICE_BIN_DIR says which build.

Applies a document with so many policies and a set of so many prefixes in a file, then changes one thing at a time
and says what the whole command took, from its start to its end.
"""

import argparse
import sys

from paths import find_modules

find_modules()

from changes import each_change, report, run_in_lab, timed_apply  # noqa: E402  needs the path
from lab import HomeLab  # noqa: E402


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["ebpf", "nftables"], default="ebpf")
    parser.add_argument("--policies", type=int, default=10_000)
    parser.add_argument("--prefixes", type=int, default=100_000, help="of the set; 0: there is none")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--wait", action="store_true", help="then wait for a key, for a profiler")
    return parser.parse_args()


def prefix(number):
    return f"100.{64 + (number >> 14)}.{number >> 6 & 255}.{(number & 63) << 2}/30"


def policy(number):
    return {"name": f"policy-{number}", "from": "lan", "to": "internet", "source": f"10.{number // 250}.{number % 250}.0/24",
            "destination": f"172.{16 + number % 16}.{number // 50 % 256}.0/24", "protocol": "tcp", "ports": 1000 + number,
            "action": "accept"}


def document(chosen):
    hook = {"hook": "tc"} if chosen.engine == "ebpf" else {}
    made = {
        "version": 1,
        "engine": chosen.engine,
        "interfaces": {"wan": {"zone": "internet", "addresses": ["203.0.113.1/24"], **hook},
                       "lan": {"zone": "lan", "addresses": ["192.168.10.1/24"], **hook}},
        "policies": [policy(number) for number in range(chosen.policies)],
        "nat": {"masquerade": [{"name": "out", "from": "lan", "to": "internet"}]},
    }
    if chosen.prefixes:
        made["sets"] = {"blocked": {"file": "blocked.txt"}}
        made["policies"].insert(0, {"name": "blocked", "from": "lan", "to": "internet", "destination": "blocked",
                                    "action": "reject"})
    return made


def other_action(made, turn):
    made["policies"][len(made["policies"]) // 2]["action"] = "drop" if turn % 2 == 0 else "accept"


def other_source(made, turn):
    made["policies"][len(made["policies"]) // 2]["source"] = f"192.0.2.{turn}"


def one_more(made, turn):
    made["policies"].insert(1, {**policy(0), "name": f"more-{turn}", "ports": 7})


CHANGES = {"another action": other_action, "another source": other_source, "one policy more, at the front": one_more}


class Bench:
    def __init__(self, lab, chosen):
        self.gateway, self.chosen = HomeLab(lab).gateway, chosen
        self.lines = [prefix(number) for number in range(chosen.prefixes)]
        self.list = lab.directory / "blocked.txt"
        self.file = lab.directory / "document.json"
        self.gateway.start_daemon()

    def timed(self, made):
        self.list.write_text("\n".join(self.lines) + "\n", encoding="ascii")
        return timed_apply(self.gateway, self.file, made)

    def report(self, title, times):
        report(f"{self.chosen.engine}, {title}", times)

    def run(self):
        made = document(self.chosen)
        self.report("everything, the first time", [self.timed(made)])
        for title, documents in each_change(made, CHANGES, self.chosen.repeat):
            self.report(title, [self.timed(changed) for changed in documents])
        if self.chosen.prefixes:
            times = []
            for turn in range(self.chosen.repeat):
                self.lines.append(f"198.18.0.{turn}")
                times.append(self.timed(made))
            self.report("one prefix more in the set", times)
        self.report("nothing", [self.timed(made) for _ in range(self.chosen.repeat)])
        if self.chosen.wait:
            input(f"sluiced is {self.gateway.daemon.pid}; directory {self.file.parent}; return ends it: ")


def main():
    return run_in_lab(Bench, options())


if __name__ == "__main__":
    sys.exit(main())
