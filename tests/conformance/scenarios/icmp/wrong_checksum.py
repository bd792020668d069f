# SPDX-License-Identifier: GPL-2.0-or-later
"""An error whose checksum is wrong goes nowhere; the same one with the right checksum is translated (RFC 5508 REQ-3)."""

import pytest
from harness import assert_silent, clients
from harness.frames import is_icmp
from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import ICMP, IP, UDP


def error(port, **wrong):
    quoted = IP(src=WAN4, dst=OUTSIDE4) / UDP(sport=port, dport=7000) / b"who am I?"
    return IP(src=OUTSIDE4, dst=WAN4) / ICMP(type=3, code=3, **wrong) / quoted


@pytest.mark.parametrize("checksum", [0, 0x1234])
def scenario(house, checksum):
    lan, port = house.sniff("lan"), house.port()
    clients.udp_peer(house.inside, OUTSIDE4, 7000, source=("", port))
    house.inject("outside", error(port, chksum=checksum))
    assert_silent(house, lan, wanted=is_icmp(3, 3))
    house.inject("outside", error(port))
    assert lan.wait_for("the right one", is_icmp(3, 3))[IP].dst == INSIDE4
