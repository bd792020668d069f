# SPDX-License-Identifier: GPL-2.0-or-later
"""An invented error about a flow that never was goes nowhere."""

import pytest
from harness import assert_dropped
from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import ICMP, IP, UDP


@pytest.mark.parametrize("kind, code", [(3, 3), (11, 0), (3, 4)])
@pytest.mark.parametrize("sender, source, target", [
    ("outside", OUTSIDE4, WAN4), ("inside", INSIDE4, OUTSIDE4)], ids=["outside", "inside"])
def scenario(house, sender, source, target, kind, code):
    quoted = IP(src=target, dst=source) / UDP(sport=house.port(), dport=9)
    error = IP(src=source, dst=target) / ICMP(type=kind, code=code) / quoted
    assert_dropped(house, sender, error, "icmp-no-flow")
