# SPDX-License-Identifier: GPL-2.0-or-later
"""A VLAN goes out masqueraded and without its tag; the one beside it, for which no policy speaks, does not."""

import socket

import pytest
from harness import assert_dropped, clients, flow
from harness.vlans import GUESTS4, OFFICE4, office_goes_out, vlans
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP

pytestmark = pytest.mark.engine_needs(nftables="8021q")


def document(home):
    vlans(home)
    office_goes_out(home)


def scenario(house):
    wan, port = house.sniff("wan"), house.port()
    connection = clients.EchoedConnection(house.office, OUTSIDE4, 7000, source=("", port))
    assert connection.peer.address == WAN4
    assert connection.says("there and back " * 1000)
    flow(house, port, protocol="tcp", interface_in="trunk.20", interface_out="wan", nat="office-as")
    assert clients.udp_peer(house.office, OUTSIDE4, 7000).address == WAN4
    clients.ping(house.office, OUTSIDE4)
    assert_dropped(house, "guests", IP(src=GUESTS4, dst=OUTSIDE4) / UDP(sport=house.port(), dport=7000), "policy")
    assert wan.matching(lambda p: IP in p and p[IP].src == WAN4)
    inside = [socket.inet_aton(address) for address in (OFFICE4, GUESTS4)]
    assert not wan.matching(lambda p: p.type == 0x8100 or any(address in bytes(p) for address in inside))
