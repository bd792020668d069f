# SPDX-License-Identifier: GPL-2.0-or-later
"""What is sent to many is not forwarded, and nobody answers it."""

import pytest
from harness import assert_silent
from harness.silence import mark
from lab.home import INSIDE4
from scapy.layers.inet import IP, UDP


@pytest.mark.parametrize("address", ["255.255.255.255", "203.0.113.255", "224.0.0.251", "239.1.2.3"])
def scenario(house, address):
    lan, wan, text = house.sniff("lan"), house.sniff("wan"), mark()
    house.inject("inside", IP(src=INSIDE4, dst=address) / UDP(sport=house.port(), dport=7000) / text)
    assert_silent(house, lan, wan, wanted=lambda p: text in bytes(p))
