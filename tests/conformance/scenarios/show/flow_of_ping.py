# SPDX-License-Identifier: GPL-2.0-or-later
"""A ping is a flow by its id."""

from harness import flow
from lab.home import OUTSIDE4, SECOND4, WAN4
from scapy.layers.inet import ICMP, IP


def scenario(house):
    number, wan = house.port(), house.sniff("wan")
    for _ in range(2):
        house.inject("second", IP(src=SECOND4, dst=OUTSIDE4) / ICMP(id=number) / b"ping")
    flow(house, number, protocol="icmp", family="ipv4", policy="lan-out", nat="out", state="established",
         original={"source": SECOND4, "destination": OUTSIDE4, "destination_port": 0, "packets": 2},
         reply={"source": OUTSIDE4, "source_port": 0, "destination": WAN4, "destination_port": number,
                "packets": 2})
    assert wan.matching(lambda p: ICMP in p and p[ICMP].id == number)
