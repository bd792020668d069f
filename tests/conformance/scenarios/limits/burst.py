# SPDX-License-Identifier: GPL-2.0-or-later
"""After a rest as much passes as the burst says; the rest is dropped, and both are counted."""

import pytest
from harness import eventually, limit, limits
from harness.datagrams import Sink, send, sender
from lab.home import OUTSIDE4, OUTSIDE6


def document(home):
    limits(home, limit("slow-4", "1pps", burst="10p", source="0.0.0.0/0", **{"from": "lan", "to": "internet"}),
           limit("slow-6", "1pps", burst="10p", source="::/0", **{"from": "lan", "to": "internet"}))


@pytest.mark.parametrize("name,address,size", [("slow-4", OUTSIDE4, 128), ("slow-6", OUTSIDE6, 148)])
def scenario(house, name, address, size):
    gained, sink = house.gained(), Sink(house.outside, address)
    send(sender(house.inside, address), 30)
    eventually("all are counted", lambda: sum(gained.limit(name).values()) == 30 * (1 + size))
    counted = gained.limit(name)
    assert counted["passed_packets"] in (10, 11)
    assert counted["passed_bytes"] == counted["passed_packets"] * size
    sink.gets(counted["passed_packets"])
    assert gained.drops("lan")["over-limit"] == counted["exceeded_packets"]
