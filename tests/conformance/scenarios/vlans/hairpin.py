# SPDX-License-Identifier: GPL-2.0-or-later
"""A server in a VLAN is reached by the outside address from another VLAN, from its own, and from itself; not past the forward."""

import pytest
from harness import assert_dropped, clients, flow, forward, masquerade
from harness.vlans import GUESTS4, OFFICE4, vlans
from lab.home import INSIDE4, WAN4
from scapy.layers.inet import IP, TCP

pytestmark = pytest.mark.engine_needs(nftables="8021q")
SECOND = "10.20.0.6"   # the office's other address: a client in the server's VLAN


def document(home):
    vlans(home)
    home["nat"]["masquerade"].append(masquerade("office-as", "office", "internet"))
    home["nat"]["forwards"].append(forward("office-web", WAN4, 8081, f"{OFFICE4}:8080"))


def scenario(house):
    house.office.addresses("eth0", f"{SECOND}/24")
    house.lab.defer(house.office.ip, "addr del", f"{SECOND}/24", "dev eth0")
    port = house.port()
    connection = clients.EchoedConnection(house.guests, WAN4, 8081, source=("", port))
    assert connection.peer.address == GUESTS4
    assert connection.says("there and back " * 1000)
    flow(house, port, protocol="tcp", interface_in="trunk.30", interface_out="trunk.20", nat="office-web")
    assert clients.tcp_peer(house.inside, WAN4, 8081).address == INSIDE4
    for source in (OFFICE4, SECOND):
        assert clients.tcp_peer(house.office, WAN4, 8081, source=(source, 0)).address == WAN4
    syn = IP(src=GUESTS4, dst=OFFICE4) / TCP(sport=house.port(), dport=8080, flags="S")
    assert_dropped(house, "guests", syn, "policy")
