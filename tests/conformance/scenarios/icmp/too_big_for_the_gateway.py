# SPDX-License-Identifier: GPL-2.0-or-later
"""The gateway reports what does not fit its own next link."""

import pytest
from harness.frames import is_icmp
from lab.home import LAN4, LAN6, OUTSIDE4, OUTSIDE6
from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import ICMPv6PacketTooBig, IPv6


def is_too_big6(packet):
    return ICMPv6PacketTooBig in packet


@pytest.mark.parametrize("address, kind, wanted", [
    (OUTSIDE4, IP, is_icmp(3, 4)), (OUTSIDE6, IPv6, is_too_big6)], ids=["ipv4", "ipv6"])
def scenario(house, address, kind, wanted):
    house.set_mtu(house.gateway, "wan", 1300)
    lan = house.sniff("lan")
    house.inside.run("ping", "-n", "-c", 1, "-W", 0.2, "-M", "do", "-s", 1400, address, expect=1)
    error = lan.wait_for("too big", wanted)
    assert error[kind].src in (LAN4, LAN6)
    assert (error[ICMP].nexthopmtu if ICMP in error else error[ICMPv6PacketTooBig].mtu) == 1300
