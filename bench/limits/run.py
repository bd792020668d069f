#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What TCP gets of a limit, at several rates, round trips, numbers of streams, in both directions, beside nftables. Needs root;
SLUICE_BIN_DIR says which build.

The figures are parts of the rate, as iperf3 counts what arrived, headers not among it: 96.5 % is all that can be. With more
than one stream also how the least of them compares with the most.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from lab import Lab, distances, services  # noqa: E402  needs the path

PORT = 5300


def options():
    def numbers(kind):
        return lambda text: [kind(word) for word in text.split(",")]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rates", type=numbers(int), default=[10, 100, 1000], help="Mbit/s")
    parser.add_argument("--distances", type=numbers(float), default=[0.2, 10, 50], help="round trips in ms")
    parser.add_argument("--streams", type=numbers(int), default=[1, 2, 10])
    parser.add_argument("--ways", default="up,down", help="up is away from the client")
    parser.add_argument("--by", default="xdp,tc,nftables")
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--omit", type=int, default=2, help="seconds at the beginning that do not count")
    return parser.parse_args()


def rig(stack, by, chosen):
    lab = Lab("tc" if by == "nftables" else by)
    stack.append(lab)
    lab.memory = 2048
    lab.__enter__()
    made = distances.DistancesLab(lab, chosen.distances)
    made.start()
    for server in made.servers.values():
        services.iperf_server(server, PORT)
    return made


def measure(far, by, rate, distance, way, streams, chosen):
    limit = {"name": "limit", "rate": f"{rate}mbit", "from": "lan", "to": "internet", "direction": "original" if way == "up" else "reply"}
    far.apply(distances.document(far.lab.hook, [limit], "nftables" if by == "nftables" else "ebpf"))
    running = distances.iperf(far.client, far.addresses[distance], PORT, chosen.seconds, chosen.omit, streams, way == "down")
    share, least, most = distances.shares(running, rate, chosen.seconds + chosen.omit + 30)
    return f"{share:.1%}" + (f", {least / max(most, 1e-9):.2f}" if streams > 1 else "")


def main():
    chosen, stack = options(), []
    kinds = chosen.by.split(",")
    try:
        rigs = {by: rig(stack, by, chosen) for by in kinds}
        print("| Mbit/s | round trip, ms | way | streams |", " | ".join(kinds), "|")
        print("| ---: | ---: | --- | ---: |", " | ".join("---:" for _ in kinds), "|", flush=True)
        for rate in chosen.rates:
            for distance in chosen.distances:
                for way in chosen.ways.split(","):
                    for streams in chosen.streams:
                        cells = [measure(rigs[by], by, rate, distance, way, streams, chosen) for by in kinds]
                        print(f"| {rate} | {distance:g} | {way} | {streams} |", " | ".join(cells), "|", flush=True)
    finally:
        for lab in reversed(stack):
            lab.__exit__(None, None, None)


main()
