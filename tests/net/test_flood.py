# SPDX-License-Identifier: GPL-2.0-or-later
"""One inside host opens more flows than there is room for: who is served already goes on being served."""

import struct

import pytest
from lab import clients, eventually, servers
from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP

SOURCE_PORT = 14 + 20   # offset of the source port, the destination port follows


@pytest.fixture(scope="module", autouse=True)
def servers_run(home):
    servers.tcp_peer_server(home.outside, 7000)
    servers.tcp_peer_server(home.inside, 8080)


def flood(home, count):
    """That many datagrams, each of a flow of its own, to a host that does not answer."""
    injector = home.inside.injector("eth0", home.gateway.mac("lan"))
    frame = bytearray(bytes(injector.link / IP(src=INSIDE4, dst="203.0.113.200") / UDP(chksum=0) / b"flood"))
    for number in range(count):
        struct.pack_into("!HH", frame, SOURCE_PORT, 2000 + number % 60000, 1000 + number // 60000)
        injector.socket.send(frame)


def refused(home):
    """By the quota of mappings of a host, or because the table is full."""
    drops = home.gateway.drops()
    return drops.get("host-mappings", 0) + drops.get("table-full", 0)


def test_established_connections_outlive_a_flood_and_the_rest_is_counted(home):
    # The silent target has a neighbour entry, so that nothing waits for address resolution.
    home.gateway.ip("neigh replace 203.0.113.200 lladdr", home.outside.mac("eth0"), "dev wan nud permanent")
    out = clients.EchoedConnection(home.second, OUTSIDE4, 7000)
    forwarded = clients.EchoedConnection(home.outside, WAN4, 80)
    before = refused(home)
    flood(home, 300_000)
    assert out.says("still here") and forwarded.says("and here")
    assert refused(home) > before, "there is room for all: flood with more"
    eventually("the connections go on", lambda: out.says("later") and forwarded.says("later"))
