# SPDX-License-Identifier: GPL-2.0-or-later
"""An interface that is told so takes sources whose way back leads elsewhere, or nowhere; never the gateway's own."""

import pytest
from harness import assert_dropped
from lab.home import FAR4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP

NOWHERE4 = "192.0.2.77"


def sent(house, source):
    return IP(src=source, dst=OUTSIDE4) / UDP(sport=house.port(), dport=9)


def leaves(house, packet):
    wan = house.sniff("wan")
    house.inject("inside", packet)
    seen = wan.wait_for("the datagram", lambda p: UDP in p and p[UDP].sport == packet.sport)
    assert seen[IP].src == WAN4


@pytest.mark.parametrize("word", ["loose", "off"])
def scenario(house, word):
    house.apply(lambda home: home["interfaces"]["lan"].update(anti_spoofing=word))
    house.gateway.ip("route add unreachable 192.0.2.0/24")
    house.lab.defer(house.gateway.ip, "route del unreachable 192.0.2.0/24")
    leaves(house, sent(house, FAR4))
    if word == "off":
        leaves(house, sent(house, NOWHERE4))
    else:
        assert_dropped(house, "inside", sent(house, NOWHERE4), "spoofed")
    assert_dropped(house, "inside", sent(house, WAN4), "own-source")
