#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a relay carries: a phone's download through it, and the same with the relay left out, turn by turn.

    SLUICE_BIN_DIR=build-bench/bin python3 bench/relay/run.py [--rounds N] [--seconds S]

All machines are namespaces of this one, and share its processors; tunnels are wireguard-go's where the kernel has no WireGuard. The
relay's way has two more of them: that of the relay, and that of the box towards it. So the ratio says what the relay costs, and the
rate is the least that it carries. Needs root, and mounts of its own (unshare -m).
"""

import argparse
import statistics
import sys
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TREE / "tests/support"), str(TREE / "tests/net")]
from lab import Lab, clients  # noqa: E402  needs the path
from lab.services import iperf, iperf_server  # noqa: E402
from relay_site import INSIDE4, RELAY4, RelaySite  # noqa: E402

BOX4 = "192.0.2.13"   # of the NAT before the box
WAYS = (("ebpf", "tc"), ("ebpf", "xdp"), ("nftables", "tc"))


def open_box(site):
    """Its router leads callers to it as well, as with a port that was opened there."""
    port = next(row["port"] for row in site.box.show("networks"))
    site.box_nat.run("nft", "add chain ip nat pre { type nat hook prerouting priority dstnat; }; "
                            f"add rule ip nat pre iifname out udp dport {port} dnat to 192.168.12.2")
    return port


def go_by(phone, peer, place, port):
    """From another port: what the box still sends to the old one is lost in the phone's NAT, or the phone would answer there."""
    phone.host.run("wg", "set", phone.device, "listen-port", str(port), "peer", peer, "endpoint", place)
    clients.ping(phone.host, INSIDE4, count=3)


def rates(way, rounds, seconds):
    """Mbit/s of each round through the relay and without it. The relay's own limit of a client is out of the way."""
    with Lab(way[1]) as lab:
        site = RelaySite(lab, way).start(rate="10gbit").is_reached()
        iperf_server(site.inside)
        places = {"relay": f"{RELAY4}:{site.relay.config('alice')['port']}", "direct": f"{BOX4}:{open_box(site)}"}
        phone = site.phone().up()
        [peer] = phone.host.run("wg", "show", phone.device, "peers").stdout.split()
        found = {name: [] for name in places}
        for number in range(rounds):
            for other, (name, place) in enumerate(places.items()):
                go_by(phone, peer, place, 52000 + 2 * number + other)
                before = site.relay.row("alice")["bytes"]
                rate = 1000 * iperf(phone.host, INSIDE4, seconds, reverse=True, omit=1)
                carried = site.relay.row("alice")["bytes"] - before
                least = rate * 1e6 / 8 * seconds
                if (carried >= least) != (name == "relay"):
                    raise SystemExit(f"{name}: {carried} bytes went by the relay, and {least:.0f} were downloaded")
                found[name].append(rate)
        return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    chosen = parser.parse_args()
    print("| relay | through it, Mbit/s | without, Mbit/s | ratio |\n| --- | ---: | ---: | ---: |")
    for way in WAYS:
        found = rates(way, chosen.rounds, chosen.seconds)
        middle = {name: statistics.median(values) for name, values in found.items()}
        cells = [f"{middle[name]:.0f} ({min(found[name]):.0f} - {max(found[name]):.0f})" for name in ("relay", "direct")]
        print(f"| {'-'.join(way)} | {cells[0]} | {cells[1]} | {middle['relay'] / middle['direct']:.2f} |", flush=True)


if __name__ == "__main__":
    main()
