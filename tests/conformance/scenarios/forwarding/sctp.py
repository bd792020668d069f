# SPDX-License-Identifier: GPL-2.0-or-later
"""SCTP leaves with the gateway's address; its ports, which its checksum covers, stay."""

from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP
from scapy.layers.sctp import SCTP, SCTPChunkInit


def scenario(house):
    wan, port = house.sniff("wan"), house.port()
    ip = IP(src=INSIDE4, dst=OUTSIDE4)
    house.inject("inside", ip / SCTP(sport=port, dport=45001) / SCTPChunkInit(init_tag=7))
    seen = wan.wait_for("SCTP", lambda p: SCTP in p and p[SCTP].sport == port)
    assert (seen[IP].src, seen[SCTP].dport) == (WAN4, 45001)
