# SPDX-License-Identifier: GPL-2.0-or-later
"""A reset whose sequence number is nowhere near does not end a connection (RFC 5961)."""

from harness import clients, flow
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import IP, TCP


def scenario(house):
    port, wan = house.port(), house.sniff("wan")
    connection = clients.EchoedConnection(house.inside, OUTSIDE4, 7000, source=("", port))
    assert connection.says("before")
    last = [p for p in wan.packets() if TCP in p and p[TCP].sport == port][-1][TCP]
    far_away = (last.ack + 0x40000000) & 0xffffffff
    for flags in ("R", "RA"):
        reset = TCP(sport=7000, dport=port, flags=flags, seq=far_away, ack=last.seq)
        house.inject("outside", IP(src=OUTSIDE4, dst=WAN4) / reset)
    assert connection.says("after")
    assert flow(house, port)["state"] == "established"
