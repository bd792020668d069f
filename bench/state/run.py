#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How the flow table carries a million flows while others come and go. Needs root; SLUICE_BIN_DIR says which build.

Opens the live flows and answers each, then sends passing ones at a rate for some time, then lets each live flow speak in
both directions, and says what was lost and what memory was taken.
"""

import argparse
import sys
import time

from paths import find_modules

find_modules()

import senders  # noqa: E402  needs the path
from lab import HomeLab, Lab, eventually  # noqa: E402
from lab.helper_process import memory_of  # noqa: E402
from lab.home import OUTSIDE4, WAN4  # noqa: E402

GROUP = 16384   # opened, then answered, so that they are established before the next ones come


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hook", choices=["tc", "xdp"], default="tc")
    parser.add_argument("--flows", type=int, default=1_000_000)
    parser.add_argument("--rate", type=int, default=65_536, help="passing flows a second")
    parser.add_argument("--seconds", type=int, default=60)
    return parser.parse_args()


def document(hook, chosen):
    room = chosen.flows + 8 * chosen.rate
    zones = {"wan": ("internet", "203.0.113.1/24"), "lan": ("lan", "192.168.10.1/24")}
    return {
        "version": 1,
        "interfaces": {name: {"zone": zone, "hook": hook, "addresses": [address]} for name, (zone, address) in zones.items()},
        "policies": [{"name": "out", "from": "lan", "to": "internet", "action": "accept"}],
        "nat": {"masquerade": [{"name": "out", "from": "lan", "to": "internet"}]},
        "tables": {"flows": room, "half_open": min(room, 524_288), "flows_per_host": room, "mappings": 131_072},
        "timeouts": {"udp": "1800s", "udp_one_way": "5s"},
    }


class Bench:
    def __init__(self, lab, chosen):
        self.home, self.chosen = HomeLab(lab), chosen
        self.gateway = self.home.gateway
        self.gateway.start_daemon()
        self.apply(document(lab.hook, chosen))
        self.home.route_gateway()
        for host in range(senders.HOSTS):
            self.gateway.ip("neigh replace", senders.inside_address(host), "lladdr", self.home.inside.mac("eth0"),
                            "dev lan nud permanent")
        self.gateway.ip("neigh replace", OUTSIDE4, "lladdr", self.home.outside.mac("eth0"), "dev wan nud permanent")
        inside = self.home.inside.injector("eth0", self.gateway.mac("lan"))
        outside = self.home.outside.injector("eth0", self.gateway.mac("wan"))
        self.inside, self.outside = inside.socket, outside.socket
        self.questions = senders.Questions(bytes(inside.link)[:12] + b"\x08\x00")
        self.answers = senders.Answers(bytes(outside.link)[:12] + b"\x08\x00", WAN4)

    def apply(self, made):
        self.gateway.apply(made)

    def counters(self):
        rows = self.gateway.show("interfaces")
        policy = next(row for row in self.gateway.show("policies") if row["name"] == "out")
        return {"forwarded": {row["name"]: row["forwarded_packets"] for row in rows}, "begun": policy["flows"],
                "drops": self.gateway.drops()}

    def counters_at_rest(self):
        """When what still waits in queues has passed."""
        seen = None
        while (now := self.counters()) != seen:
            seen = now
            time.sleep(0.5)
        return now

    def report(self, title):
        status = self.gateway.json("status")
        resident, _ = memory_of(self.gateway.daemon.pid)
        tables = ", ".join(f"{row['name']} {row['rows']:,} of {row['room']:,} in {row['bytes'] >> 20} MiB"
                           for row in status["tables"])
        print(f"{title}: daemon {resident >> 20} MiB; all tables {status['memory']['bytes'] >> 20} MiB; {tables}", flush=True)

    def open_live(self):
        seconds = 0.0
        for first in range(0, self.chosen.flows, GROUP):
            last = min(first + GROUP, self.chosen.flows)
            for made, frames in ((self.inside, self.questions), (self.outside, self.answers)):
                seconds += senders.in_process(senders.send_range, made, frames.live, first, last)
        print(f"opened and answered {self.chosen.flows:,} flows in {seconds:.0f} s", flush=True)

    def pass_by(self):
        count = self.chosen.rate * self.chosen.seconds
        before = self.counters()
        seconds = senders.in_process(senders.send_range, self.inside, self.questions.passing, 0, count, self.chosen.rate)
        after = self.counters_at_rest()
        print(f"passing flows: {count:,} first packets in {seconds:.1f} s, {count / seconds:,.0f} a second; "
              f"{after['begun'] - before['begun']:,} flows begun; drops {before['drops']} -> {after['drops']}", flush=True)

    def hear(self, title, device, made, frames):
        """Each live flow speaks once, into that device; answers how many were lost or begun anew."""
        before = self.counters()
        senders.in_process(senders.send_range, made, frames.live, 0, self.chosen.flows)
        after = self.counters_at_rest()
        passed = after["forwarded"][device] - before["forwarded"][device]
        begun = after["begun"] - before["begun"]
        print(f"{title}: {passed:,} of {self.chosen.flows:,} passed, {begun:,} began anew", flush=True)
        return self.chosen.flows - passed + begun


def main():
    chosen = options()
    with Lab(chosen.hook) as lab:
        bench = Bench(lab, chosen)
        bench.report("empty")
        bench.open_live()
        bench.report("full")
        bench.pass_by()
        bench.report("after the passing flows")
        lost = bench.hear("answers", "wan", bench.outside, bench.answers)
        lost += bench.hear("questions", "lan", bench.inside, bench.questions)
        eventually("the passing flows are gone", lambda: bench.gateway.json("status")["counts"]["flows"] <= chosen.flows,
                   within=60)
        bench.report("at the end")
        print(f"live flows lost: {lost}")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
