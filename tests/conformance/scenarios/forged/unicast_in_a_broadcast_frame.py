# SPDX-License-Identifier: GPL-2.0-or-later
"""A packet to one host in a frame to all of them is not forwarded (RFC 1812)."""

from harness import assert_silent
from harness.silence import mark
from lab.home import INSIDE4, OUTSIDE4
from scapy.layers.inet import IP, UDP


def scenario(house):
    wan, text, gained = house.sniff("wan"), mark(), house.gained()
    packet = IP(src=INSIDE4, dst=OUTSIDE4) / UDP(sport=house.port(), dport=7000) / text
    house.inside.injector("eth0", "ff:ff:ff:ff:ff:ff").send(packet)
    assert_silent(house, wan, wanted=lambda p: text in bytes(p))
    assert gained.drops("lan") == {"link-broadcast": 1}
