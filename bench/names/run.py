#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the gateway's resolver adds to a question: beside the same question to the upstream itself. Needs root; SLUICE_BIN_DIR says which build.

The upstream is a program of this process, whose own time is part of both. The policies by domain open addresses that were not open, or were.
"""

import argparse
import socket
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support")]

import dns.message  # noqa: E402  needs the path
from lab import HomeLab, Lab, eventually  # noqa: E402
from lab.dns_client import dig  # noqa: E402
from lab.dns_upstream import Upstream, rows  # noqa: E402
from lab.documents import home, masquerade, policy  # noqa: E402
from lab.home import LAN4, OUTSIDE4  # noqa: E402

OPEN, PLAIN, BESIDE = "example.org", "example.com", "example.net"   # a policy means the first


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["ebpf", "nftables"], default="ebpf")
    parser.add_argument("--names", type=int, default=2000)
    return parser.parse_args()


def document(engine):
    made = home() | {"engine": engine, "resolver": {"upstreams": [OUTSIDE4]}}
    made["policies"] = [policy("named", "lan", "internet", domains=[f"*.{OPEN}"]),
                        policy("direct", "lan", "internet", destination=OUTSIDE4, protocol="udp", ports=53),
                        policy("dns", "lan", "host", protocol=["udp", "tcp"], ports=53)]
    made["nat"] = {"masquerade": [masquerade("out", "lan", "internet")]}
    return made


def asker(host, server):
    """Asks for one name; answers how many milliseconds that took."""
    sock = host.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((server, 53))

    def ask(name):
        wire = dns.message.make_query(name, "A").to_wire()
        begin = time.perf_counter()
        sock.send(wire)
        sock.recv(4096)
        return (time.perf_counter() - begin) * 1000

    return ask


def times(host, server, names):
    """One after the other."""
    ask = asker(host, server)
    return sorted(ask(name) for name in names)


def alternating(host, server, *lists):
    """Of each list, its names in turn with those of the others: what the machine does beside it disturbs all alike."""
    ask = asker(host, server)
    taken = list(zip(*[[ask(name) for name in turn] for turn in zip(*lists)]))
    return [sorted(of_list) for of_list in taken]


def told(what, taken):
    print(f"{what:42} median {taken[len(taken) // 2]:7.3f} ms   p99 {taken[len(taken) * 99 // 100]:7.3f} ms", flush=True)


def main():
    chosen = options()
    with Lab("tc") as lab:
        house = HomeLab(lab)
        house.gateway.start_daemon()
        house.gateway.apply(document(chosen.engine))
        house.route_gateway()
        upstream = Upstream(house.outside, OUTSIDE4)
        for domain in (OPEN, PLAIN, BESIDE):
            for number in range(chosen.names):
                name = f"n{number}.{domain}"
                upstream.answers[name, "A"] = [rows(name, "A", f"198.51.{100 + number // 250}.{number % 250 + 1}")]
        eventually("names are resolved", lambda: dig(house.inside, f"n0.{PLAIN}"))
        plain, opens, beside = ([f"n{number}.{domain}" for number in range(1, chosen.names)] for domain in (PLAIN, OPEN, BESIDE))
        told("the upstream itself", times(house.inside, OUTSIDE4, plain))
        told("forwarded", times(house.inside, LAN4, plain))
        told("kept", times(house.inside, LAN4, plain))
        new, forwarded = alternating(house.inside, LAN4, opens, beside)
        told("a domain of a policy, new addresses", new)
        told("forwarded, in turn with those", forwarded)
        told("a domain of a policy, open already", times(house.inside, LAN4, opens))


if __name__ == "__main__":
    main()
