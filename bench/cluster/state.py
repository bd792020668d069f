#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How many established sessions live on when a cluster's active node is cut off or gives way, and what keeping them at the other node costs.
Needs root; SLUICE_BIN_DIR says which build."""

import argparse
import resource
import socket
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests" / "net")]

from lab import Lab, clients, eventually, servers  # noqa: E402  needs the path
from lab.helper_process import processes_of, processor_seconds  # noqa: E402
from lab.sites import WAYS  # noqa: E402
from pair_site import OUTSIDE4, PORT, PairSite  # noqa: E402

UDP = 7000
SECONDS = 5


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tcp", type=int, default=1000)
    parser.add_argument("--udp", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=["nftables", "tc"])
    return parser.parse_args()


class Sessions:
    def __init__(self, site, tcp, udp):
        self.tcp = [clients.EchoedConnection(site.client, OUTSIDE4, PORT) for _ in range(tcp)]
        self.udp = [site.client.socket(kind=socket.SOCK_DGRAM, timeout=2) for _ in range(udp)]
        for port, one in enumerate(self.udp, 10_000):
            one.bind(("", port))
            one.connect((OUTSIDE4, UDP))
        self.seen_as = self.ask()

    def ask(self):
        return [self._ask(one) for one in self.udp]

    @staticmethod
    def _ask(one):
        try:
            one.send(b"who am I?")
            return one.recv(100)
        except OSError:
            return None

    def live(self):
        """How many of TCP, and of UDP by the same port as before."""
        tcp = sum(self._says(one) for one in self.tcp)
        return tcp, sum(seen == before for seen, before in zip(self.ask(), self.seen_as))

    @staticmethod
    def _says(one):
        try:
            return one.says("here", timeout=3)
        except OSError:
            return False


def processes(gateway):
    """The daemon, and its process that speaks to the other gateways."""
    return [gateway.daemon.pid, *processes_of(gateway, "sync")]


def spent(gateway):
    """Seconds of a CPU."""
    return sum(map(processor_seconds, processes(gateway)))


def cost(site):
    """Parts of a core, at the active node and at the other one, while nothing changes."""
    gateways = [site.gateways[name] for name in (site.active(), site.standby())]
    before = [spent(one) for one in gateways]
    time.sleep(SECONDS)
    return [(spent(one) - then) / SECONDS for one, then in zip(gateways, before)]


def bulk(site):
    """Seconds until another node that begins has all."""
    standby = site.standby()
    site.gateways[standby].stop_daemon()
    eventually("it is away", lambda: site.sync(site.active())["peers"][0]["state"] == "away", within=30)
    site.gateways[standby].start_daemon()
    begun = time.monotonic()
    eventually("it has all", site.is_told, within=120)
    return time.monotonic() - begun


def turn(site, sessions, how):
    active, standby = site.active(), site.standby()
    eventually("it has all", site.is_told, within=120)
    site.grow_old()
    how(active)
    eventually("the other one is active", lambda: site.holds(standby))
    return sessions.live()


def main():
    chosen = options()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for way in chosen.ways:
        engine, hook = WAYS[way]
        with Lab(hook) as lab:
            site = PairSite(lab, engine=engine, hook=hook)
            servers.udp_peer_server(site.outside, UDP)
            site.start(sync=True)
            eventually("both speak", site.is_told)
            idle = cost(site)
            sessions = Sessions(site, chosen.tcp, chosen.udp)
            for number in range(chosen.turns):
                for name, how in (("power cut", site.cut), ("yield", lambda active: site.gateways[active].sluice("cluster", "yield"))):
                    active = site.active()
                    tcp, udp = turn(site, sessions, how)
                    print(f"{way:9} {name:9} {number}: {tcp} of {chosen.tcp} TCP, {udp} of {chosen.udp} UDP live", flush=True)
                    if name == "power cut":
                        site.mend(active)
                    site.settle()
            shown = ", ".join(f"{part * 100:.1f} %" for part in (*idle, *cost(site)))
            print(f"{way:9} of a core, active and other: without flows, with: {shown}", flush=True)
            print(f"{way:9} a node that begins has all after {bulk(site):.2f} s", flush=True)


if __name__ == "__main__":
    main()
