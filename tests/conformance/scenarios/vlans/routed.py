# SPDX-License-Identifier: GPL-2.0-or-later
"""One VLAN reaches another of the same trunk by a policy, from there to here only, and what no policy accepts stays."""

import pytest
from harness import assert_dropped, clients, flow, policy
from harness.vlans import GUESTS4, GUESTS6, OFFICE4, OFFICE6, vlans
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6

pytestmark = pytest.mark.engine_needs(nftables="8021q")


def document(home):
    vlans(home)
    home["policies"].append(policy("office-guests", "office", "guests", protocol=["tcp", "icmp", "icmpv6"]))


@pytest.mark.parametrize("kind, office, guests", [(IP, OFFICE4, GUESTS4), (IPv6, OFFICE6, GUESTS6)], ids=["ipv4", "ipv6"])
def scenario(house, kind, office, guests):
    gained, port = house.gained(), house.port()
    connection = clients.EchoedConnection(house.office, guests, 8080, source=("", port))
    assert connection.peer.address == office
    assert connection.says("there and back " * 1000)
    flow(house, port, protocol="tcp", interface_in="trunk.20", interface_out="trunk.30", policy="office-guests", nat=None)
    clients.ping(house.office, guests)
    assert gained.policy("office-guests")["flows"] == 2
    assert_dropped(house, "office", kind(src=office, dst=guests) / UDP(sport=house.port(), dport=8080), "policy")
    assert_dropped(house, "guests", kind(src=guests, dst=office) / TCP(sport=house.port(), dport=8080, flags="S"), "policy")
    assert clients.tcp_outcome(house.guests, office, 8080, timeout=0.2) == "silence"
