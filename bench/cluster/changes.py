#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What it costs to tell another node of flows that begin and end: time of a CPU for each, of the processes at both nodes and of the kernel
in their name, less what the active node spends on them while nobody hears. Time of a CPU and not of a clock, so a busy machine says the
same. Needs root; SLUICE_BIN_DIR says which build."""

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests" / "net"), str(ROOT / "bench" / "cluster")]

from lab import Lab, eventually  # noqa: E402  needs the path
from lab.helper_process import processes_of, processor_times  # noqa: E402
from lab.sites import WAYS  # noqa: E402
from pair_site import PairSite  # noqa: E402
from told import count, fill  # noqa: E402

Lab.memory = 16384
AT_REST = 5   # seconds, to know what both spend without any change
AFTER, AFTER_END = 8, 15   # seconds that it takes at most until the other one has all


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=40, help="that a flow lives after its last packet")
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=["tc"])
    return parser.parse_args()


def spent(site, names):
    """{(node, process): (seconds of its own, of the kernel)}"""
    found = {}
    for role, name in names.items():
        gateway = site.gateways[name]
        if gateway.daemon.running():
            found[role, "daemon"] = processor_times(gateway.daemon.pid)
            for pid in processes_of(gateway, "sync"):
                found[role, "sync"] = processor_times(pid)
    return found


def since(before, after):
    return {of: [later - then for later, then in zip(times, before.get(of, (0, 0)))] for of, times in after.items()}


class Phase:
    """What is spent from here on, more than at rest."""

    def __init__(self, site, names, rest):
        self.site, self.names, self.rest = site, names, rest
        self.before, self.begun = spent(site, names), time.monotonic()

    def each(self, changes):
        """{(node, process): microseconds for each}, and how long it took."""
        took = time.monotonic() - self.begun
        return {of: [(time - took * rest) / changes * 1e6 for time, rest in zip(times, self.rest.get(of, (0, 0)))]
                for of, times in since(self.before, spent(self.site, self.names)).items()}, took


def at_rest(site, names):
    before = spent(site, names)
    time.sleep(AT_REST)
    return {of: [time / AT_REST for time in times] for of, times in since(before, spent(site, names)).items()}


def turn(site, names, flows, lives, is_heard):
    """Costs of what begins, and of what ends. Nobody is asked meanwhile, which would cost time as well."""
    rest = at_rest(site, names)
    begin = Phase(site, names, rest)
    fill(site, flows)
    time.sleep(AFTER)
    costs = [begin.each(flows)]
    told = [names["active"], *([names["other"]] if is_heard else [])]
    assert all(count(site, name) >= flows for name in told), [count(site, name) for name in told]
    looks = at_rest(site, names)
    end = Phase(site, names, rest)
    time.sleep(lives + AFTER_END)
    costs.append(end.each(flows))
    assert all(count(site, name) < flows / 100 for name in told), [count(site, name) for name in told]
    return costs, since(rest, looks)


def show_rest(way, flows, looks):
    """Looks at all flows, which go on whether something changes or not."""
    print(f"{way:9} at rest with {flows}, of a core more than with none: {', '.join(f'{node} {process} {sum(times) * 100:.1f} %' for (node, process), times in looks.items())}",
          flush=True)


def show(way, what, flows, cost):
    each, took = cost
    parts = ", ".join(f"{node} {process} {own:.1f} + {kernel:.1f}" for (node, process), (own, kernel) in each.items())
    print(f"{way:9} {what}: {flows} in {took:.1f} s; us of a CPU for each (own + kernel): {parts}", flush=True)


def measure(way, flows, chosen, is_heard):
    engine, hook = WAYS[way]
    with Lab(hook) as lab:
        site = PairSite(lab, engine=engine, hook=hook)
        timeouts = {"udp": f"{chosen.seconds}s", "udp_one_way": f"{chosen.seconds}s"}
        site.start(sync=True, tables={"flows": max(16384, 3 * flows // 2)}, timeouts=timeouts)
        eventually("both speak", site.is_told, within=60)
        names = {"active": site.active(), "other": site.standby()}
        if not is_heard:
            site.gateways[names["other"]].stop_daemon()
            eventually("it is away", lambda: site.sync(names["active"])["peers"][0]["state"] == "away", within=60)
        costs, looks = turn(site, names, flows, chosen.seconds, is_heard)
        for what, cost in zip(("begin", "end"), costs):
            show(way, f"{what}, {'heard' if is_heard else 'nobody hears'}", flows, cost)
        show_rest(way, flows, looks)


def main():
    chosen = options()
    for way in chosen.ways:
        for is_heard in [True] * chosen.turns + [False]:
            measure(way, chosen.flows, chosen, is_heard)   # each in a lab of its own: ports of flows that ended rest


if __name__ == "__main__":
    main()
