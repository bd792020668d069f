# SPDX-License-Identifier: GPL-2.0-or-later
"""A forward needs no policy, and counts what it carries in both directions."""

from harness import clients
from lab.home import OUTSIDE4, WAN4


def document(home):
    home["policies"] = []


def scenario(house):
    gained = house.gained()
    assert clients.udp_peer(house.outside, WAN4, 30000).address == OUTSIDE4
    counted = gained.forward("range")
    assert (counted["flows"], counted["packets"]) == (1, 2)
    connection = clients.EchoedConnection(house.outside, WAN4, 80)
    assert connection.says("count me")
    assert gained.forward("web")["flows"] == 1 and gained.forward("web")["packets"] >= 6
