# SPDX-License-Identifier: GPL-2.0-or-later
"""A range may lead to other ports, each to its own."""

import pytest
from harness import clients, forward
from lab.home import WAN4
from scapy.layers.inet import IP, TCP, UDP


def document(home):
    home["nat"]["forwards"].append(forward("shifted", "203.0.113.1", "31000-31003", "192.168.10.2:9000",
                                           protocol=["tcp", "udp"]))


@pytest.mark.parametrize("ask, layer", [(clients.tcp_peer, TCP), (clients.udp_peer, UDP)], ids=["tcp", "udp"])
@pytest.mark.parametrize("port, inside", [(31000, 9000), (31003, 9003)])
def scenario(house, ask, layer, port, inside):
    lan, source = house.sniff("lan"), house.port()
    ask(house.outside, WAN4, port, source=("", source))
    seen = lan.wait_for("the first packet", lambda p: layer in p and p[layer].sport == source)
    assert (seen[IP].dst, seen[layer].dport) == ("192.168.10.2", inside)
