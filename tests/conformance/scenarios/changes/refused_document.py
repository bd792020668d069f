# SPDX-License-Identifier: GPL-2.0-or-later
"""A document that is refused changes nothing."""

from harness import clients
from lab.home import OUTSIDE4, WAN4

INVALID = 3


def broken(home):
    home["policies"][0]["from"] = "nowhere"


def scenario(house):
    before = house.gateway.json("status")["revision"]
    assert "nowhere" in house.apply(broken, expect=INVALID).stderr
    assert house.gateway.json("status")["revision"] == before
    assert clients.tcp_peer(house.inside, OUTSIDE4, 7000).address == WAN4
