#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How soon a change is in force at many gateways of one cluster, and what each of them needs. Needs root; SLUICE_BIN_DIR says which build.

All gateways and an etcd of one member share the machine's processors. What a change takes of them does not depend on what else the machine does. A forward is added and removed in turn at different nodes: the whole
command is timed, which ends when all nodes have it, and how long it takes until each node's kernel has it.
"""

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests" / "net")]

from cluster_site import ClusterSite  # noqa: E402  needs the path
from lab import Lab, documents, eventually  # noqa: E402
from lab.helper_process import children_of, processor_seconds  # noqa: E402


AT_ONCE = 4   # gateways that join


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, nargs="+", default=[10, 30, 100])
    parser.add_argument("--changes", type=int, default=6)
    parser.add_argument("--forwards", type=int, default=20, help="that are there already")
    parser.add_argument("--idle", type=float, default=10, help="seconds of rest that are measured")
    return parser.parse_args()


def memory_of(pid):
    """MiB of its own; what it shares with others counts for its part."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return int(text.split("Pss:")[1].split()[0]) / 1024


class Bench:
    def __init__(self, lab, nodes, chosen):
        self.chosen = chosen
        self.site = ClusterSite(lab, [f"gw{number}" for number in range(1, nodes + 1)])
        self.names = list(self.site.gateways)
        first = self.names[0]
        forwards = [documents.forward(f"f{number}", "203.0.113.1", 20_000 + number, "192.0.2.7:80") for number in range(chosen.forwards)]
        self.site.gateways[first].apply(self.site.document(first, nat={"forwards": forwards}))
        self.site.await_step(first)
        began = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as several:
            list(several.map(self.site.join, self.names[1:]))
        eventually("all of them have joined", lambda: len(self.site.status(first)["nodes"]) == nodes, within=120)
        print(f"{nodes} nodes: joined in {time.monotonic() - began:.1f} s", flush=True)
        self.daemons = [gateway.daemon.pid for gateway in self.site.gateways.values()]

    def change(self, turn):
        gateway = self.site.gateways[self.names[turn * 7 % len(self.names)]]
        words = ("add", "late", "--listen", "203.0.113.1", "--ports", "81", "--to", "192.0.2.7:80") if turn % 2 == 0 else ("remove", "late")
        began = time.monotonic()
        gateway.sluice("forward", *words, timeout=120)
        return time.monotonic() - began

    def watched(self):
        helpers = [pid for daemon in self.daemons for pid in children_of(daemon)]
        return {"daemon": self.daemons, "its process": helpers, "etcd": [self.site.etcd.processes[0].pid]}

    @staticmethod
    def spent(watched):
        return {name: sum(map(processor_seconds, pids)) for name, pids in watched.items()}

    def rest(self):
        watched = self.watched()
        before = self.spent(watched)
        time.sleep(self.chosen.idle)   # the time that is measured
        after = self.spent(watched)
        for name, pids in watched.items():
            spent = (after[name] - before[name]) / self.chosen.idle / len(pids)
            print(f"  {name:12} {sum(map(memory_of, pids)) / len(pids):6.1f} MiB, {spent:.2%} of a processor at rest")

    def run(self):
        watched = self.watched()
        before = self.spent(watched)
        times = [self.change(turn) for turn in range(self.chosen.changes)]
        costs = {name: (seconds - before[name]) / len(times) for name, seconds in self.spent(watched).items()}
        print(f"  a change is in force at all within {median(times):.2f} s ({min(times):.2f} - {max(times):.2f}), {len(times)} changes")
        print(f"  it takes {sum(costs.values()):.2f} s of processors:", ", ".join(f"{name} {seconds:.2f}" for name, seconds in costs.items()))
        self.rest()


def main():
    chosen = options()
    for nodes in chosen.nodes:
        with Lab("tc") as lab:
            Bench(lab, nodes, chosen).run()


if __name__ == "__main__":
    main()
