#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How soon the active node of a cluster tells the other one of a connection that begins, while it has many others, and what that costs.
Needs root; SLUICE_BIN_DIR says which build."""

import argparse
import select
import socket
import statistics
import struct
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests" / "net"), str(ROOT / "bench" / "cluster")]

from lab import Lab, clients, eventually  # noqa: E402  needs the path
from lab.sites import WAYS  # noqa: E402
from pair_site import OUTSIDE4, PORT, PairSite  # noqa: E402
from state import spent  # noqa: E402

MANY_FLOWS = ROOT / "tests" / "support" / "lab" / "many_flows.py"
FIRST_PORT, FROM_EACH_PORT = 7100, 30_000   # a node gives half of the ports
SYNC, A_FLOW = 3780, 150   # port; bytes of TCP that are more than a look says which found nothing
SO_TIMESTAMPNS = 35
Lab.memory = 16384


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", type=int, nargs="+", default=[0, 100_000, 1_000_000])
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--patience", type=int, default=120)
    parser.add_argument("--rate", type=int, default=100, help="new connections a second, while their cost is measured")
    parser.add_argument("--changes", action="store_true", help="a device comes or goes at the active node before each connection")
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=["nftables", "tc"])
    return parser.parse_args()


class Link:
    """What the active node sends to the other one."""

    def __init__(self, site):
        number = list(site.gateways).index(site.active()) + 1
        self.own = socket.inet_aton(f"10.9.0.{number}")
        self.socket = site.store.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind((f"to{number}", 0))

    def forget(self):
        while select.select([self.socket], [], [], 0)[0]:
            self.socket.recv(2000)

    def flow_is_told(self, within):
        """When, by the clock of the day; None: not within so many seconds."""
        deadline = time.monotonic() + within
        while select.select([self.socket], [], [], max(0, deadline - time.monotonic()))[0]:
            frame, said = self.socket.recvmsg(2000, 64)[:2]
            if frame[12:14] == b"\x08\x00" and frame[23] == socket.IPPROTO_TCP and frame[26:30] == self.own and self._tells(frame[14:]):
                seconds, nanoseconds = struct.unpack("qq", said[0][2])
                return seconds + nanoseconds / 1e9
        return None

    @staticmethod
    def _tells(packet):
        header = (packet[0] & 15) * 4
        source, destination = struct.unpack_from("!HH", packet, header)
        payload = struct.unpack_from("!H", packet, 2)[0] - header - (packet[header + 12] >> 4) * 4
        return SYNC in (source, destination) and payload >= A_FLOW


def fill(site, flows):
    """Datagrams by the masquerade, each answered."""
    ports = range(FIRST_PORT, FIRST_PORT + -(-flows // FROM_EACH_PORT))
    for port in ports:
        server = site.outside.start("/usr/bin/python3", "-B", MANY_FLOWS, "answer", port)
        eventually("it answers", lambda server=server: "ready" in server.output())
        each = min(FROM_EACH_PORT, flows - (port - FIRST_PORT) * FROM_EACH_PORT)
        served = int(site.client.run("/usr/bin/python3", "-B", MANY_FLOWS, "ask", OUTSIDE4, port, 10_000, each, 5, timeout=600).stdout)
        assert served == each, served
        server.terminate()


def change_the_machine(site, turn):
    site.gateways[site.active()].ip("link add other type bridge" if turn % 2 == 0 else "link del other")
    time.sleep(0.3)   # until its daemon has looked


def told_after(site, link, patience):
    """A connection, and the seconds from the end of its handshake until the other node is told; None: it was not."""
    link.forget()
    made = clients.connect_tcp(site.client, OUTSIDE4, PORT, clients.unused_source())
    begun = time.time()
    told = link.flow_is_told(patience)
    return made, None if told is None else told - begun


def cost(site, seconds, rate=0):
    """Parts of a core, at the active node and at the other one, while so many connections begin and end each second."""
    gateways = [site.gateways[name] for name in (site.active(), site.standby())]
    before, begun, made = [spent(one) for one in gateways], time.monotonic(), 0
    while (passed := time.monotonic() - begun) < seconds:
        if made < passed * rate:
            clients.connect_tcp(site.client, OUTSIDE4, PORT).close()
            made += 1
        else:
            time.sleep(0.005)
    return " and ".join(f"{(spent(one) - then) / passed * 100:.1f} %" for one, then in zip(gateways, before)) + f" ({made / passed:.0f} a second)"


def measure(site, name, flows, chosen):
    fill(site, flows)
    begun = time.monotonic()
    eventually("the other one has them", lambda: site.sync(site.standby())["left"] == 0 and count(site, site.standby()) >= flows, within=900)
    print(f"{name} {flows:8} flows: the other node has all {time.monotonic() - begun:.1f} s after the last began", flush=True)
    link = Link(site)
    turns = []   # all stay open: an end is told too
    for turn in range(chosen.turns):
        if chosen.changes:
            change_the_machine(site, turn)
        turns.append(told_after(site, link, chosen.patience))
    known = sorted(took * 1000 for _, took in turns if took is not None)
    if known:
        print(f"{name} {flows:8} flows: told after {statistics.median(known):.1f} ms, at most {known[-1]:.1f} ms; {len(turns) - len(known)} not within {chosen.patience} s",
              flush=True)
    print(f"{name} {flows:8} flows: of a core at rest {cost(site, chosen.seconds)}", flush=True)
    print(f"{name} {flows:8} flows: of a core with new connections {cost(site, chosen.seconds, chosen.rate)}", flush=True)
    site.gateways[site.standby()].stop_daemon()
    active = site.gateways[site.active()]
    eventually("it is away", lambda: site.sync(site.active())["peers"][0]["state"] == "away", within=60)
    before, begun = spent(active), time.monotonic()
    time.sleep(chosen.seconds)
    print(f"{name} {flows:8} flows: of a core while nobody hears {(spent(active) - before) / (time.monotonic() - begun) * 100:.1f} %", flush=True)


def count(site, name):
    return site.gateways[name].json("status")["counts"]["flows"]


def main():
    chosen = options()
    for name in chosen.ways:
        engine, hook = WAYS[name]
        for flows in chosen.flows:
            with Lab(hook) as lab:
                site = PairSite(lab, engine=engine, hook=hook)
                site.start(sync=True, tables={"flows": max(16384, 3 * flows // 2)}, timeouts={"udp": "2h", "udp_one_way": "2h"})
                eventually("both speak", site.is_told, within=60)
                measure(site, name, flows, chosen)


if __name__ == "__main__":
    main()
