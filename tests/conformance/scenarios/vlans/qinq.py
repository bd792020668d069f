# SPDX-License-Identifier: GPL-2.0-or-later
"""A VLAN in a VLAN (802.1ad outside) is an interface like others, and its frames leave with both tags."""

import pytest
from harness import assert_dropped, clients, flow, masquerade, policy
from harness.silence import mark
from harness.vlans import CUSTOMER4, CUSTOMER_GATEWAY4, CUSTOMER_GATEWAY6, GUESTS4, OFFICE4, Overheard, vlans
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP

pytestmark = pytest.mark.engine_needs(nftables="8021q")


def document(home):
    vlans(home, "customer", "office", "guests")
    home["policies"] += [policy("customer-out", "customer", "internet"), policy("to-customer", "office", "customer")]
    home["nat"]["masquerade"].append(masquerade("customer-as", "customer", "internet"))


def scenario(house):
    port = house.port()
    clients.ping(house.customer, CUSTOMER_GATEWAY4)
    clients.ping(house.customer, CUSTOMER_GATEWAY6)
    connection = clients.EchoedConnection(house.customer, OUTSIDE4, 7000, source=("", port))
    assert connection.peer.address == WAN4
    assert connection.says("there and back " * 1000)
    flow(house, port, protocol="tcp", interface_in="customer", interface_out="wan", nat="customer-as")
    assert clients.tcp_peer(house.office, CUSTOMER4, 8080).address == OFFICE4
    heard, text = Overheard(house), mark()
    house.inject("office", IP(src=OFFICE4, dst=CUSTOMER4) / UDP(sport=house.port(), dport=7000) / text)
    heard.stations["customer"].wait_for("the datagram", lambda p: text in bytes(p))
    heard.catch_up("office", "guests", "customer")
    assert heard.who_saw(text) == {"customer"}
    assert_dropped(house, "guests", IP(src=GUESTS4, dst=CUSTOMER4) / UDP(sport=house.port(), dport=7000), "policy")
    assert_dropped(house, "customer", IP(src=CUSTOMER4, dst=OFFICE4) / UDP(sport=house.port(), dport=7000), "policy")
