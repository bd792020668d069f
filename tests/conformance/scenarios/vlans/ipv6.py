# SPDX-License-Identifier: GPL-2.0-or-later
"""With IPv6 a VLAN goes out by its own addresses and finds its gateway by its MAC; from outside it is closed."""

import pytest
from harness import assert_dropped, clients, flow, policy
from harness.vlans import GUESTS6, OFFICE6, OFFICE_GATEWAY6, vlans
from lab.home import OUTSIDE6, WAN6
from scapy.layers.inet import TCP, UDP
from scapy.layers.inet6 import IPv6

pytestmark = pytest.mark.engine_needs(nftables="8021q")


def document(home):
    vlans(home)
    home["policies"].append(policy("office-out", "office", "internet"))


def scenario(house):
    house.outside.routes(f"fd00:20::/63 via {WAN6}")
    house.lab.defer(house.outside.ip, "-6 route del fd00:20::/63")
    house.forget_neighbours(house.office)
    clients.ping(house.office, OFFICE_GATEWAY6)
    port = house.port()
    connection = clients.EchoedConnection(house.office, OUTSIDE6, 7000, source=("", port))
    assert connection.peer.address == OFFICE6
    assert connection.says("there and back " * 1000)
    flow(house, port, protocol="tcp", interface_in="trunk.20", interface_out="wan", nat=None)
    assert clients.udp_peer(house.office, OUTSIDE6, 7000).address == OFFICE6
    syn = IPv6(src=OUTSIDE6, dst=OFFICE6) / TCP(sport=house.port(), dport=8080, flags="S")
    assert_dropped(house, "outside", syn, "policy")
    assert_dropped(house, "guests", IPv6(src=GUESTS6, dst=OUTSIDE6) / UDP(sport=house.port(), dport=7000), "policy")
    assert_dropped(house, "guests", IPv6(src=OFFICE6, dst=OUTSIDE6) / UDP(sport=house.port(), dport=7000), "spoofed")
