# SPDX-License-Identifier: GPL-2.0-or-later
"""A device that the document does not name is no way round the policies, in either direction."""

from harness import DMZ4, assert_dropped, assert_silent
from lab.home import INSIDE4
from scapy.layers.inet import IP, UDP


def scenario(house):
    house.gateway.addresses("dmz", "172.20.1.1/24")
    house.lab.defer(house.gateway.ip, "addr del 172.20.1.1/24 dev dmz")
    beyond, lan, port = house.sniff("dmz"), house.sniff("lan"), house.port()
    assert_dropped(house, "inside", IP(src=INSIDE4, dst=DMZ4) / UDP(sport=port, dport=8080), "no-zone")
    house.inject("dmz", IP(src=DMZ4, dst=INSIDE4) / UDP(sport=port, dport=8080))
    assert_silent(house, lan, wanted=lambda p: UDP in p and p[UDP].sport == port)
    assert not beyond.matching(lambda p: UDP in p and p[UDP].sport == port)
