# SPDX-License-Identifier: GPL-2.0-or-later
"""A neighbour outside with a route to the inside reaches nothing behind the masquerade."""

import pytest
from harness import assert_dropped
from lab.home import INSIDE4, MAIL4, OUTSIDE4
from scapy.layers.inet import ICMP, IP, TCP, UDP


@pytest.mark.parametrize("layer", [TCP(dport=8080, flags="S"), UDP(dport=8080), ICMP(id=77)],
                         ids=["tcp", "udp", "icmp"])
@pytest.mark.parametrize("address", [INSIDE4, MAIL4])
def scenario(house, layer, address):
    assert_dropped(house, "outside", IP(src=OUTSIDE4, dst=address) / layer, "inside-address")
