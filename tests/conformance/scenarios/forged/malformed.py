# SPDX-License-Identifier: GPL-2.0-or-later
"""What cannot be a packet does not cross."""

import pytest
from harness import assert_silent
from harness.silence import mark
from lab.home import INSIDE4, INSIDE6, OUTSIDE4, OUTSIDE6
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6

OUT, OUT6 = {"src": INSIDE4, "dst": OUTSIDE4}, {"src": INSIDE6, "dst": OUTSIDE6}


@pytest.mark.parametrize("packet", [
    IP(**OUT, ihl=4) / UDP(sport=4000, dport=7000), IP(**OUT, version=9) / UDP(sport=4000, dport=7000),
    IP(**OUT, len=1400) / UDP(sport=4000, dport=7000), IP(**OUT, len=10) / UDP(sport=4000, dport=7000),
    IP(**OUT) / TCP(sport=4000, dport=7000, flags=0), IP(**OUT) / TCP(sport=4000, dport=7000, flags="SF"),
    IPv6(**OUT6, plen=1400) / UDP(sport=4000, dport=7000),
], ids=["ihl", "version", "long", "short", "no-flags", "syn-fin", "long6"])
def scenario(house, packet):
    wan, text = house.sniff("wan"), mark()
    house.inject("inside", packet / text)
    assert_silent(house, wan, wanted=lambda p: text in bytes(p))
