# SPDX-License-Identifier: GPL-2.0-or-later
"""A flood of new flows is held before anything is made of them."""

from harness import eventually, limit, limits
from harness.counts import rows
from lab.home import INSIDE4, OUTSIDE4
from scapy.layers.inet import IP, TCP


def document(home):
    limits(home, limit("each", "1pps", burst="10p", key="source", protocol="tcp"))


def scenario(house):
    gained, ports = house.gained(), [house.port() for _ in range(60)]
    house.inject("inside", *[IP(src=INSIDE4, dst=OUTSIDE4) / TCP(sport=port, dport=9, flags="S") for port in ports])

    def counted():
        row = gained.limit("each")
        return row if row["passed_packets"] + row["exceeded_packets"] >= len(ports) else None

    passed = eventually("all are counted", counted)["passed_packets"]
    assert passed in (10, 11, 12)
    asked = rows(house, "flows", original={"source": INSIDE4, "destination_port": 9})
    made = [row for row in asked if row["original"]["source_port"] in ports]
    assert len(made) <= passed, made
