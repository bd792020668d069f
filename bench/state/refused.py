#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a packet costs that is refused because every port is in use towards its destination. Needs root; SLUICE_BIN_DIR says which
build.

All ports of the outside address are taken towards one destination by answered flows; then come others, each the first of its
flow, and the kernel's clock for programs says what each cost. In turn with packets of new flows that find a port at once. Also where
the masquerade has four, sixteen and thirty-two addresses, and of ports below 1024, which have a range of their own.
"""

import argparse
import json
import subprocess
from pathlib import Path
from statistics import median
from typing import NamedTuple

from paths import find_modules

find_modules()

import senders  # noqa: E402  needs the path
from lab import HomeLab, Lab, eventually  # noqa: E402
from lab.home import OUTSIDE4, WAN4  # noqa: E402

HIGH, LOW, FEW = (1024, 65535), (1, 1023), (1024, 3071)   # of a large pool few ports, so that it is filled soon


class Case(NamedTuple):
    """Source ports are asked for, outside ports given; where `given` is not said, the document does not say it either."""

    mapping: str = "endpoint-independent"
    addresses: list = [WAN4]
    asked: tuple = HIGH
    given: tuple | None = None
    rest: int = 0   # ports that rest, so that there is more to ask for than free ports


def addresses_from(first, count):
    return [f"203.0.113.{first + number}" for number in range(count)]


CASES = {
    "endpoint-independent": Case(),
    "endpoint-independent, a port rests": Case(rest=1),
    "endpoint-independent, eight ports rest, far apart": Case(rest=8),
    "endpoint-independent, four addresses": Case(addresses=addresses_from(1, 4)),
    "endpoint-independent, sixteen addresses": Case(addresses=addresses_from(32, 16), given=FEW),
    "endpoint-independent, thirty-two addresses": Case(addresses=addresses_from(64, 32), given=FEW),
    "endpoint-independent, below 1024": Case(asked=LOW),
    "per-destination": Case(mapping="per-destination"),
    "per-destination, thirty-two addresses": Case(mapping="per-destination", addresses=addresses_from(64, 32), given=FEW),
}
PROGRAMS = {"tc": "sluice_ingress", "xdp": "sluice_xdp"}


def rule_of(case):
    rule = {"name": "out", "from": "lan", "to": "internet", "mapping": case.mapping}
    if len(case.addresses) > 1:
        rule["addresses"] = f"{case.addresses[0]}-{case.addresses[-1]}"
    if case.given:
        rule["ports"] = "{}-{}".format(*case.given)
    return rule


def document(hook, case, udp="1800s"):
    zones = {"wan": ("internet", "203.0.113.1/24"), "lan": ("lan", "192.168.10.1/24")}
    return {
        "version": 1,
        "interfaces": {name: {"zone": zone, "hook": hook, "addresses": [address]} for name, (zone, address) in zones.items()},
        "policies": [{"name": "out", "from": "lan", "to": "internet", "action": "accept"}],
        "nat": {"masquerade": [rule_of(case)]},
        "tables": {"flows": 524_288, "half_open": 262_144, "flows_per_host": 524_288},
        "timeouts": {"udp": udp, "udp_one_way": "1800s"} | ({} if case.mapping == "per-destination" else {"port_rest": "1800s"}),
    }


class Frames:
    """Datagrams to one destination and back; number n has a source port of its own on one of the inside hosts."""

    def __init__(self, there, back, case):
        self.asked, self.given = case.asked, case.given or case.asked
        self.of_host = min(32768, case.asked[1] - case.asked[0] + 1)
        self.there = [senders.frame(there, senders.inside_address(host), OUTSIDE4) for host in range(senders.HOSTS)]
        self.back = [senders.frame(back, OUTSIDE4, address) for address in case.addresses]

    def question(self, number, port=4000):
        made = self.there[number // self.of_host % senders.HOSTS]
        senders.struct.pack_into("!HH", made, senders.PORTS_AT, self.asked[0] + number % self.of_host, port)
        return made

    def answer(self, number):
        made = self.back[number // self.ports()]
        senders.struct.pack_into("!HH", made, senders.PORTS_AT, 4000, self.given[0] + number % self.ports())
        return made

    def ports(self):
        return self.given[1] - self.given[0] + 1

    def answers(self):
        return len(self.back) * self.ports()


class Bench:
    def __init__(self, lab, case):
        home = HomeLab(lab)
        self.gateway, self.hook = home.gateway, lab.hook
        self.gateway.start_daemon()
        self.case = case
        self.gateway.apply(document(lab.hook, case))
        home.route_gateway()
        for host in range(senders.HOSTS):
            self.gateway.ip("neigh replace", senders.inside_address(host), "lladdr", home.inside.mac("eth0"), "dev lan nud permanent")
        self.gateway.ip("neigh replace", OUTSIDE4, "lladdr", home.outside.mac("eth0"), "dev wan nud permanent")
        inside, outside = home.inside.injector("eth0", self.gateway.mac("lan")), home.outside.injector("eth0", self.gateway.mac("wan"))
        self.inside, self.outside = inside.socket, outside.socket
        self.frames = Frames(bytes(inside.link)[:12] + b"\x08\x00", bytes(outside.link)[:12] + b"\x08\x00", case)

    def let_rest(self, count):
        """Of a host that asks for nothing else, each in another block of 4,096 ports."""
        self.gateway.apply(document(self.hook, self.case, udp="1s"))
        number = (senders.HOSTS - 1) * self.frames.of_host
        for place in range(0, 4096 * count, 4096):
            self.inside.send(self.frames.question(number + place))
            self.outside.send(self.frames.answer(place))
        eventually("they rest", lambda: self.gateway.json("status")["counts"]["resting_ports"] == count, within=60)
        self.gateway.apply(document(self.hook, self.case))

    def fill(self):
        """Until next to every port is taken and answered: what is refused meanwhile is asked again by others."""
        number, step = 0, self.frames.of_host
        while number < min(2 * self.frames.answers(), (senders.HOSTS - 2) * step):   # the last hosts ask what is refused
            senders.send_range(self.inside, self.frames.question, number, number + step)
            number += step
            senders.send_range(self.outside, self.frames.answer, 0, self.frames.answers())
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


def measure(hook, case, rounds, count):
    with Lab(hook) as lab:
        bench = Bench(lab, CASES[case])
        if CASES[case].rest:
            bench.let_rest(CASES[case].rest)
        first, costs = bench.fill(), {"refused": [], "found": []}
        count = min(count, bench.frames.answers() * 9 // 10)   # towards one other destination
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
    parser.add_argument("--cases", nargs="*", choices=CASES)
    chosen = parser.parse_args()
    switch = Path("/proc/sys/kernel/bpf_stats_enabled")
    was = switch.read_text(encoding="ascii")
    switch.write_text("1", encoding="ascii")
    try:
        for hook in PROGRAMS:
            for case in chosen.cases or CASES:
                print(f"{hook}, {case}: {measure(hook, case, chosen.rounds, chosen.packets)}", flush=True)
    finally:
        switch.write_text(was, encoding="ascii")


if __name__ == "__main__":
    main()
