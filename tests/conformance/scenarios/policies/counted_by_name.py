# SPDX-License-Identifier: GPL-2.0-or-later
"""A policy counts its flows, and the packets and bytes of both directions."""

from harness import clients
from lab.home import OUTSIDE4


def scenario(house):
    gained = house.gained()
    for _ in range(3):
        assert clients.udp_outcome(house.inside, OUTSIDE4, 7000, source=("", house.port())) == "answered"
    counted = gained.policy("lan-out")
    assert (counted["flows"], counted["packets"]) == (3, 6)
    assert counted["bytes"] >= 6 * 28
    assert gained.policy("mail-in")["packets"] == 0
