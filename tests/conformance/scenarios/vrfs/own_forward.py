# SPDX-License-Identifier: GPL-2.0-or-later
"""Forwards of one outside address lead to hosts of the same address, each in its VRF."""

from harness import TENANT4, TENANT6, clients, forward, tenants
from lab.home import OUTSIDE4, OUTSIDE6, WAN4, WAN6


def document(home):
    tenants(home, routes=[])   # answers find their way by the flow
    for port, name in ((8001, "red"), (8002, "blue")):
        home["nat"]["forwards"] += [
            forward(f"{name}-web", WAN4, port, f"{TENANT4}:8080", protocol=["tcp", "udp"], vrf=f"{name}-net"),
            forward(f"{name}-web6", WAN6, port, f"[{TENANT6}]:8080", protocol=["tcp", "udp"], vrf=f"{name}-net")]


def scenario(house):
    source = house.port()
    for listen, outside in ((WAN4, OUTSIDE4), (WAN6, OUTSIDE6)):
        both = [clients.EchoedConnection(house.outside, listen, port, source=("", source)) for port in (8001, 8002)]
        assert all(connection.says("hello") for connection in both)
        for port in (8001, 8002):
            assert clients.udp_peer(house.outside, listen, port).address == outside
    rows = [row for row in house.show("flows") if row["original"]["source_port"] == source]
    assert {(row["from_vrf"], row["to_vrf"]) for row in rows} == {("main", "red-net"), ("main", "blue-net")}
