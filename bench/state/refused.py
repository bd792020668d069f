#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a packet costs that is refused because every port is in use towards its destination. Needs root; SLUICE_BIN_DIR says which
build.

All ports of the one outside address are taken towards one destination by answered flows; then come others, each the first of its
flow, and the kernel's clock for programs says what each cost. In turn with packets of new flows that find a port at once.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(Path(__file__).resolve().parent)]

import senders  # noqa: E402  needs the path
from lab import HomeLab, Lab  # noqa: E402
from lab.home import OUTSIDE4, WAN4  # noqa: E402

FIRST, LAST = 1024, 65535   # what a masquerade gives out
PROGRAMS = {"tc": "sluice_ingress", "xdp": "sluice_xdp"}


def document(hook, mapping):
    zones = {"wan": ("internet", "203.0.113.1/24"), "lan": ("lan", "192.168.10.1/24")}
    return {
        "version": 1,
        "interfaces": {name: {"zone": zone, "hook": hook, "addresses": [address]} for name, (zone, address) in zones.items()},
        "policies": [{"name": "out", "from": "lan", "to": "internet", "action": "accept"}],
        "nat": {"masquerade": [{"name": "out", "from": "lan", "to": "internet", "mapping": mapping}]},
        "tables": {"flows": 524_288, "half_open": 262_144, "flows_per_host": 524_288, "mappings": 131_072},
        "timeouts": {"udp": "1800s", "udp_one_way": "1800s"},
    }


class Frames:
    """Datagrams to one destination and back; number n has a source port of its own on one of the inside hosts."""

    def __init__(self, there, back):
        self.there = [senders.frame(there, senders.inside_address(host), OUTSIDE4) for host in range(senders.HOSTS)]
        self.back = senders.frame(back, OUTSIDE4, WAN4)

    def question(self, number, port=4000):
        made = self.there[number // 32768]
        senders.struct.pack_into("!HH", made, senders.PORTS_AT, 32768 - number % 32768 + 1024, port)
        return made

    def answer(self, port):
        senders.struct.pack_into("!HH", self.back, senders.PORTS_AT, 4000, port)
        return self.back


class Bench:
    def __init__(self, lab, mapping):
        home = HomeLab(lab)
        self.gateway, self.hook = home.gateway, lab.hook
        self.gateway.start_daemon()
        self.gateway.apply(document(lab.hook, mapping))
        home.route_gateway()
        for host in range(senders.HOSTS):
            self.gateway.ip("neigh replace", senders.inside_address(host), "lladdr", home.inside.mac("eth0"), "dev lan nud permanent")
        self.gateway.ip("neigh replace", OUTSIDE4, "lladdr", home.outside.mac("eth0"), "dev wan nud permanent")
        inside, outside = home.inside.injector("eth0", self.gateway.mac("lan")), home.outside.injector("eth0", self.gateway.mac("wan"))
        self.inside, self.outside = inside.socket, outside.socket
        self.frames = Frames(bytes(inside.link)[:12] + b"\x08\x00", bytes(outside.link)[:12] + b"\x08\x00")

    def fill(self):
        """Until next to every port is taken and answered: what is refused meanwhile is asked again by others."""
        number = 0
        for _ in range(3):
            senders.send_range(self.inside, self.frames.question, number, number + 32768)
            number += 32768
            senders.send_range(self.outside, self.frames.answer, FIRST, LAST + 1)
        return number

    def drops(self):
        return self.gateway.drops().get("no-ports", 0)

    def cost(self, first, count, port):
        """Nanoseconds for each run of the programs on the way, and how many of the packets were refused."""
        refused, before = self.drops(), self.clock()
        senders.send_range(self.inside, lambda number: self.frames.question(number, port), first, first + count)
        after = self.clock()
        return (after[1] - before[1]) / max(1, after[0] - before[0]), self.drops() - refused

    def clock(self):
        programs = json.loads(subprocess.check_output(["bpftool", "-j", "prog", "show", "name", PROGRAMS[self.hook]]))
        programs = programs if isinstance(programs, list) else [programs]
        return [sum(program.get(key, 0) for program in programs) for key in ("run_cnt", "run_time_ns")]


def measure(hook, mapping, rounds, count):
    with Lab(hook) as lab:
        bench = Bench(lab, mapping)
        first, costs = bench.fill(), {"refused": [], "found": []}
        for turn in range(rounds):
            for port, name in ((4000, "refused"), (5000 + turn, "found")):
                ns, refused = bench.cost(first, count, port)
                assert (refused > 0.95 * count) == (name == "refused"), f"{refused} of {count} were refused"
                costs[name].append(ns)
                first += count if name == "refused" else 0
    return ", ".join(f"{name} {min(ns):,.0f} to {max(ns):,.0f} ns, median {median(ns):,.0f}" for name, ns in costs.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--packets", type=int, default=4000, help="of a round")
    chosen = parser.parse_args()
    switch = Path("/proc/sys/kernel/bpf_stats_enabled")
    was = switch.read_text(encoding="ascii")
    switch.write_text("1", encoding="ascii")
    try:
        for hook in PROGRAMS:
            for mapping in ("endpoint-independent", "per-destination"):
                print(f"{hook}, {mapping}: {measure(hook, mapping, chosen.rounds, chosen.packets)}", flush=True)
    finally:
        switch.write_text(was, encoding="ascii")


if __name__ == "__main__":
    main()
