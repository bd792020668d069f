# SPDX-License-Identifier: GPL-2.0-or-later
"""A flood of datagrams passes at the rate of the limit."""

import pytest
from harness import limit, limits
from harness.datagrams import Sink, flood, sender
from lab.home import OUTSIDE4


def document(home):
    limits(home, limit("packets", "1000pps", burst="1000p", ports=7998, protocol="udp"),
           limit("bits", "8mbit", burst="1MB", ports=7999, protocol="udp"))


@pytest.mark.parametrize("name,port,rate,burst", [("packets", 7998, 1000, 1000), ("bits", 7999, 1000, 1000)])
def scenario(house, name, port, rate, burst):
    gained, sink = house.gained(), Sink(house.outside, port=port)
    took = flood(sender(house.inside, OUTSIDE4, port), 3, size=1000 - 28, sink=sink)
    wanted = rate * took + burst
    assert gained.limit(name)["exceeded_packets"] > 500, "it was no flood"
    assert abs(gained.limit(name)["passed_packets"] - wanted) <= 0.03 * rate * took
    sink.gets(gained.limit(name)["passed_packets"])
