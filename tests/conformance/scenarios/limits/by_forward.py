# SPDX-License-Identifier: GPL-2.0-or-later
"""A limit that names a forward concerns what that forward admitted, and nothing else."""

from harness import eventually, limit, limits
from harness.datagrams import send, sender
from lab.home import WAN4


def document(home):
    limits(home, limit("ranged", "1pps", burst="5p", forward="range", key="destination"))


def scenario(house):
    gained = house.gained()
    send(sender(house.outside, WAN4, 30000), 20)
    eventually("all are counted", lambda: gained.limit("ranged")["exceeded_packets"] in (14, 15))
    assert gained.limit("ranged")["passed_packets"] in (5, 6)
    assert gained.drops("wan")["over-limit"] == gained.limit("ranged")["exceeded_packets"]
