# SPDX-License-Identifier: GPL-2.0-or-later
"""Only the address and port that was called may answer; a stranger's datagram goes nowhere."""

from harness import assert_dropped, clients
from lab.home import OTHER_OUTSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP


def scenario(house):
    port = house.port()
    clients.udp_peer(house.inside, OUTSIDE4, 7000, source=("", port))
    for stranger, source in ((OTHER_OUTSIDE4, 7000), (OUTSIDE4, 7001)):
        datagram = IP(src=stranger, dst=WAN4) / UDP(sport=source, dport=port)
        assert_dropped(house, "outside", datagram, "filtered", "policy")
