# SPDX-License-Identifier: GPL-2.0-or-later
"""Flows that nobody uses go away at the time that the document says; an open connection lives on."""

from harness import clients, eventually, flow_is_gone
from harness.counts import rows
from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import ICMP, IP

SWEPT = 6   # seconds: an apply looks for expired flows as often as its timeouts want it


def document(home):
    home["timeouts"] = {"tcp_transitory": "1s", "udp": "1s", "udp_one_way": "1s", "icmp": "1s"}


def scenario(house):
    connection, ports = clients.EchoedConnection(house.inside, OUTSIDE4, 7000), []
    for ask in (clients.tcp_peer, clients.udp_peer):
        ports.append(house.port())
        assert ask(house.inside, OUTSIDE4, 7000, source=("", ports[-1])) == (WAN4, ports[-1])
    ports.append(house.port())
    house.inject("inside", IP(src=INSIDE4, dst=OUTSIDE4) / ICMP(id=ports[-1]))
    for port in ports:
        assert flow_is_gone(house, port, within=SWEPT)
        eventually("the mapping is gone", lambda port=port: not rows(house, "mappings", inside_port=port))
    assert connection.says("still here")
    assert clients.udp_peer(house.inside, OUTSIDE4, 7000, source=("", ports[1])) == (WAN4, ports[1])
