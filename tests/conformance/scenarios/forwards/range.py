# SPDX-License-Identifier: GPL-2.0-or-later
"""Every port of a range leads to the same port inside, the first and the last included."""

import pytest
from harness import assert_dropped, clients
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import IP, TCP


@pytest.mark.parametrize("listed, beside", [(30000, 29999), (30010, 30011)])
def scenario(house, listed, beside):
    for ask in (clients.tcp_peer, clients.udp_peer):
        assert ask(house.outside, WAN4, listed).address == OUTSIDE4
    syn = IP(src=OUTSIDE4, dst=WAN4) / TCP(sport=house.port(), dport=beside, flags="S")
    assert_dropped(house, "outside", syn, "policy")
