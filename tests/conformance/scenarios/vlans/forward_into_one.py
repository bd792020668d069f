# SPDX-License-Identifier: GPL-2.0-or-later
"""A forward leads into a VLAN and shows the server its client; past the forward nobody gets in, and no other VLAN sees it."""

import pytest
from harness import assert_dropped, clients, flow, forward
from harness.silence import mark
from harness.vlans import GUESTS4, OFFICE4, Overheard, vlans
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import IP, TCP, UDP

pytestmark = pytest.mark.engine_needs(nftables="8021q")


def document(home):
    vlans(home)
    home["nat"]["forwards"].append(forward("office-web", WAN4, 8081, f"{OFFICE4}:8080", protocol=["tcp", "udp"]))


def scenario(house):
    gained, port = house.gained(), house.port()
    connection = clients.EchoedConnection(house.outside, WAN4, 8081, source=("", port))
    assert connection.peer.address == OUTSIDE4
    assert connection.says("there and back " * 1000)
    flow(house, port, protocol="tcp", interface_in="wan", interface_out="trunk.20", nat="office-web")
    assert clients.udp_peer(house.outside, WAN4, 8081).address == OUTSIDE4
    assert gained.forward("office-web")["flows"] == 2
    heard, text = Overheard(house), mark()
    house.inject("outside", IP(src=OUTSIDE4, dst=WAN4) / UDP(sport=house.port(), dport=8081) / text)
    heard.stations["office"].wait_for("the datagram", lambda p: text in bytes(p))
    heard.catch_up("office", "guests")
    assert heard.who_saw(text) == {"office"}
    for address in (OFFICE4, GUESTS4):
        house.route_outside(f"{address}/32")
        syn = IP(src=OUTSIDE4, dst=address) / TCP(sport=house.port(), dport=8080, flags="S")
        assert_dropped(house, "outside", syn, "policy")
