# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP that belongs to no flow and opens none goes nowhere, from either side."""

import pytest
from harness import assert_dropped
from lab.home import INSIDE4, INSIDE6, OUTSIDE4, OUTSIDE6, WAN4
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6


@pytest.mark.parametrize("flags", ["A", "PA", "FA", "SA", "R"])
@pytest.mark.parametrize("sender, ip, port", [
    ("inside", IP(src=INSIDE4, dst=OUTSIDE4), 7000), ("inside", IPv6(src=INSIDE6, dst=OUTSIDE6), 7000),
    ("outside", IP(src=OUTSIDE4, dst=WAN4), 80)], ids=["out", "out6", "in"])
def scenario(house, sender, ip, port, flags):
    packet = ip / TCP(sport=house.port(), dport=port, flags=flags, seq=1000, ack=1000)
    assert_dropped(house, sender, packet, "no-flow")
