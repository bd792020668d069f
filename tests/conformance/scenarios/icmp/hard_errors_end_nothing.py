# SPDX-License-Identifier: GPL-2.0-or-later
"""ICMP errors about a connection, hard ones too, do not end it (RFC 5382 REQ-9, RFC 5508 REQ-7)."""

from harness import clients, flow
from lab.home import OUTSIDE4, WAN4
from lab.segments import Numbers
from scapy.layers.inet import ICMP, IP


def scenario(house):
    port, wan = house.port(), house.sniff("wan")
    connection = clients.EchoedConnection(house.inside, OUTSIDE4, 7000, source=("", port))
    assert connection.says("before")
    quoted = IP(bytes(Numbers(wan, port).last[IP])[:40])
    for kind, code in ((3, 0), (3, 1), (3, 2), (3, 3), (3, 13), (11, 0), (12, 0)):
        house.inject("outside", IP(src=OUTSIDE4, dst=WAN4) / ICMP(type=kind, code=code) / quoted)
    assert connection.says("after")
    flow(house, port, state="established")
