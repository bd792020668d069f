# SPDX-License-Identifier: GPL-2.0-or-later
"""Port 0, which no service can have, does not cross."""

import pytest
from harness import assert_silent
from harness.silence import mark
from lab.home import INSIDE4, INSIDE6, OUTSIDE4, OUTSIDE6
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6

OUT, OUT6 = IP(src=INSIDE4, dst=OUTSIDE4), IPv6(src=INSIDE6, dst=OUTSIDE6)


@pytest.mark.parametrize("packet", [
    OUT / UDP(sport=4000, dport=0), OUT / UDP(sport=0, dport=7000),
    OUT / TCP(sport=4000, dport=0, flags="S"), OUT / TCP(sport=0, dport=7000, flags="S"),
    OUT6 / UDP(sport=0, dport=7000), OUT6 / TCP(dport=0, flags="S"),
], ids=["udp", "udp-source", "tcp", "tcp-source", "udp6-source", "tcp6"])
def scenario(house, packet):
    wan, text = house.sniff("wan"), mark()
    house.inject("inside", packet / text)
    assert_silent(house, wan, wanted=lambda p: text in bytes(p))
