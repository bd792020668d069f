# SPDX-License-Identifier: GPL-2.0-or-later
"""A forward of IPv6 UDP with a source set of both families serves its members of IPv6."""

from harness import assert_dropped, clients, forward
from lab.home import OTHER_OUTSIDE6, OUTSIDE6, WAN6
from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6


def document(home):
    home["nat"]["forwards"].append(forward("games", "wan", "27000-27010", "[2001:db8:10::2]:9000-9010",
                                           protocol="udp", source="admins"))


def scenario(house):
    assert clients.udp_peer(house.outside, WAN6, 27003, source=(OTHER_OUTSIDE6, 0)).address == OTHER_OUTSIDE6
    datagram = IPv6(src=OUTSIDE6, dst=WAN6) / UDP(sport=house.port(), dport=27003)
    assert_dropped(house, "outside", datagram, "forward-source")
