# SPDX-License-Identifier: GPL-2.0-or-later
"""Sources that nobody on the internet has are refused where the document says so, but for the link's own network."""

import pytest
from harness import assert_dropped, clients
from lab.home import INSIDE6, OUTSIDE4, OUTSIDE6, WAN4
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6


def document(home):
    home["interfaces"]["wan"]["bogons"] = "drop"


@pytest.mark.parametrize("ip", [IP(src="10.1.2.3", dst=WAN4), IP(src="198.18.0.1", dst=WAN4), IPv6(src="fd00::1", dst=INSIDE6)],
                         ids=["private", "benchmark", "ipv6"])
def scenario(house, ip):
    port = 80 if IP in ip else 8080
    assert_dropped(house, "outside", ip / TCP(sport=house.port(), dport=port, flags="S"), "bogon")
    assert clients.tcp_peer(house.outside, WAN4, 80).address == OUTSIDE4
    assert clients.tcp_peer(house.outside, INSIDE6, 8080).address == OUTSIDE6
