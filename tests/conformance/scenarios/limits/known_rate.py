# SPDX-License-Identifier: GPL-2.0-or-later
"""A flood of datagrams passes at the rate of the limit."""

import pytest
from harness import limit, limits
from harness.datagrams import Sink, flood, sender
from lab.home import OUTSIDE4

RATES = {"2000pps": 2000, "8mbit": 1000}   # 8 Mbit/s of 1000 bytes


def document(home):
    limits(home, limit("packets", "2000pps", burst="200p", ports=7998, protocol="udp"),
           limit("bits", "8mbit", burst="1MB", ports=7999, protocol="udp"))


@pytest.mark.parametrize("name,port,rate,burst", [("packets", 7998, 2000, 200), ("bits", 7999, 1000, 1000)])
def scenario(house, name, port, rate, burst):
    gained, sink = house.gained(), Sink(house.outside, port=port)
    took = flood(sender(house.inside, OUTSIDE4, port), 1.5, size=1000 - 28, sink=sink)
    wanted = rate * took + burst
    assert gained.limit(name)["exceeded_packets"] > wanted, "it was no flood"
    assert abs(gained.limit(name)["passed_packets"] - wanted) <= 0.03 * wanted
    sink.gets(gained.limit(name)["passed_packets"])
