#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long many services take to be in force, and one change among them. Needs root; SLUICE_BIN_DIR says which build.

Applies so many services of so many backends each to a gateway that runs, then drains a backend and gives it its turns again, adds one and takes it out. Says what
each whole command took, what memory that needs, and whether the counters of the other services are as they were.
"""

import argparse
import json
import sys
import time
from contextlib import closing

from paths import find_modules

find_modules()

from changes import each_change, report, run_in_lab, timed_apply  # noqa: E402  needs the path
from lab import HomeLab, clients  # noqa: E402
from lab.gateway import UnixConnection  # noqa: E402
from lab.helper_process import memory_of  # noqa: E402
from lab.home import WAN4  # noqa: E402


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["ebpf", "nftables"], default="ebpf")
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--backends", type=int, default=100)
    parser.add_argument("--balance", choices=["round-robin", "least-connections", "maglev"], default="round-robin")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--wait", action="store_true", help="then wait for a key, for a profiler")
    return parser.parse_args()


def backend(number, service):
    return {"name": f"vm{number}", "near": f"192.168.10.{number + 2}:{10000 + service}"}


def document(chosen):
    hook = {"hook": "tc"} if chosen.engine == "ebpf" else {}
    return {
        "version": 1,
        "engine": chosen.engine,
        "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"], **hook},
                       "lan": {"zone": "lan", "addresses": ["192.168.10.1/24"], **hook}},
        "underlays": {"near": {"zone": "lan"}},
        "services": {f"service{number}": {"listen": WAN4, "ports": 20000 + number, "balance": chosen.balance,
                                          "backends": [backend(one, number) for one in range(chosen.backends)]}
                     for number in range(chosen.services)},
    }


def drained(made, turn):
    """And back again."""
    if turn % 2 == 0:
        made["services"]["service7"]["backends"][3]["drain"] = True


def one_more(made, turn):
    made["services"]["service7"]["backends"].append({"name": f"more{turn}", "near": f"192.168.10.{200 + turn}:80"})


CHANGES = {"a backend drains, or does not any more": drained, "one backend more, another less": one_more}


class Bench:
    def __init__(self, lab, chosen):
        self.home, self.chosen = HomeLab(lab), chosen
        self.gateway = self.home.gateway
        self.file = lab.directory / "document.json"
        self.gateway.start_daemon()

    def timed(self, made):
        return timed_apply(self.gateway, self.file, made)

    def report(self, title, times):
        report(f"{self.chosen.engine}, {title}", times)

    def memory(self):
        resident, _ = memory_of(self.gateway.daemon.pid)
        print(f"memory: daemon {resident >> 20} MiB, tables {self.gateway.json('status')['memory']['bytes'] >> 20} MiB", flush=True)

    def flows(self):
        """Of each address that had any, but those that change."""
        return {(row["service"], row["backend"]): row["flows"] for row in self.gateway.show("services")
                if row["flows"] and row["service"] != "service7"}

    def drains(self):
        """By the command, and what the daemon takes of that: the same request by a connection that is there."""
        commands, requests = [], []
        for turn in range(4 * self.chosen.repeat):
            verb = "undrain" if turn % 2 else "drain"
            began = time.monotonic()
            self.gateway.sluice("service", verb, "service7", "vm3", quiet=True)
            commands.append(1000 * (time.monotonic() - began))
        with closing(UnixConnection(self.gateway.socket_path)) as connection:
            for turn in range(4 * self.chosen.repeat):
                verb = "undrain" if turn % 2 else "drain"
                body = json.dumps({"service": "service7", "backend": "vm3"})
                began = time.monotonic()
                connection.request("POST", f"/v1/services/{verb}", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                requests.append(1000 * (time.monotonic() - began))
                if answer.status != 200:
                    sys.exit(f"{verb}: {answer.status}")
        self.report("sluice service drain, undrain", commands)
        self.report("the same request alone", requests)

    def run(self):
        made = document(self.chosen)
        self.report("the gateway without services, whose programs are loaded", [self.timed(made | {"services": {}})])
        times = []
        for _ in range(self.chosen.repeat):
            times.append(self.timed(made))
            if len(times) < self.chosen.repeat:
                self.timed(made | {"services": {}})
        self.report("all services, where none was", times)
        self.memory()
        for number in range(20):   # nobody answers, and each is a flow
            clients.tcp_outcome(self.home.outside, WAN4, 20000 + number % 5, timeout=0.01)
        before = self.flows()
        self.drains()
        for title, documents in each_change(made, CHANGES, self.chosen.repeat):
            self.report(title, [self.timed(changed) for changed in documents])
        self.report("nothing changes", [self.timed(made) for _ in range(self.chosen.repeat)])
        self.memory()
        kept = {key: count for key, count in self.flows().items() if key in before}
        print(f"counters of other services: {sum(before.values())} flows before, {sum(kept.values())} after", flush=True)
        if self.chosen.wait:
            input(f"sluiced is {self.gateway.daemon.pid}; return ends it: ")


def main():
    return run_in_lab(Bench, options())


if __name__ == "__main__":
    sys.exit(main())
