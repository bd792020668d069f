#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a scrape of metrics costs with many flows and many rules. Needs root; SLUICE_BIN_DIR says which build.

Opens the flows and answers each, scrapes over the control socket at an interval, and says how long each took and how much it was, what
share of a core the daemon had, and how long a question waited meanwhile that costs the daemon nothing (`/v1/history?limit=1`, each
20 ms).
"""

import argparse
import contextlib
import statistics
import time

import top
from lab import Lab   # top has it found


class Bench(top.Bench):
    """With as many rules more, none of which any packet meets."""

    def apply(self, made):
        made["policies"] += [{"name": f"rule-{number}", "from": "internet", "to": "lan", "protocol": "tcp", "ports": 1 + number % 65000,
                              "source": f"198.18.{number // 250}.{1 + number % 250}", "action": "accept"}
                             for number in range(self.chosen.policies)]
        super().apply(made)


def scraped(gateway):
    """Milliseconds, and the text."""
    text = gateway.run("curl", "-sS", "--unix-socket", gateway.socket_path, "-w", "\n%{time_total}", "http://sluice/metrics").stdout
    body, _, took = text.rpartition("\n")
    return 1000 * float(took), body


def flows_in(text):
    return sum(int(float(line.split()[-1])) for line in text.splitlines() if line.startswith("sluice_flows{"))


def measure(bench, chosen):
    gateway = bench.gateway
    asks = top.Questions(gateway)
    spent, begun = gateway.processor_seconds(), time.monotonic()
    asks.start()
    took, flows, size = [], [], 0
    while time.monotonic() - begun < chosen.seconds:
        time.sleep(chosen.interval)   # that of a collector
        milliseconds, text = scraped(gateway)
        took.append(milliseconds)
        flows.append(flows_in(text))
        size = len(text)
    share = (gateway.processor_seconds() - spent) / (time.monotonic() - begun)
    asks.over.set()
    asks.join()
    print(f"{len(took)} scrapes of {size // 1000} kB took {statistics.median(took):.0f} ms, the slowest {max(took):.0f} ms; the last told "
          f"{flows[-1]:,} flows, and {flows.count(0)} told none; daemon {100 * share:.0f} % of a core; {len(asks.took)} questions waited "
          f"{statistics.median(asks.took):.1f} ms, the slowest {max(asks.took):.0f} ms", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hook", choices=["tc", "xdp"], default="tc")
    parser.add_argument("--engine", choices=["ebpf", "nftables"], default="ebpf")
    parser.add_argument("--flows", type=int, default=1_000_000)
    parser.add_argument("--policies", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--interval", type=float, default=5)
    chosen = parser.parse_args()
    chosen.rate = 16_384
    room = top.conntrack.room_for(chosen.flows, print) if chosen.engine == "nftables" else contextlib.nullcontext()
    with room, Lab(chosen.hook) as lab:
        bench = Bench(lab, chosen)
        measure(bench, chosen)   # without flows
        bench.open_live()
        measure(bench, chosen)


if __name__ == "__main__":
    main()
