# SPDX-License-Identifier: GPL-2.0-or-later
"""Two inside zones share the outside address, and only the zones that the masquerade names are hidden."""

import pytest
from harness import DMZ4, clients, dmz, policy
from lab.home import OUTSIDE4, WAN4


def hidden(home):
    home["interfaces"]["dmz"] = dmz()
    home["policies"].append(policy("dmz-out", "dmz", "internet"))
    home["nat"]["masquerade"][0]["from"] = ["lan", "dmz"]


def shown(home):
    hidden(home)
    home["nat"]["masquerade"][0]["from"] = "lan"


@pytest.mark.parametrize("change, seen", [(hidden, WAN4), (shown, DMZ4)], ids=["hidden", "shown"])
def scenario(house, change, seen):
    house.route_outside("172.20.1.0/24")
    house.apply(change)
    assert clients.tcp_peer(house.dmz, OUTSIDE4, 7000).address == seen
    assert clients.udp_peer(house.dmz, OUTSIDE4, 7000).address == seen
    assert clients.tcp_peer(house.inside, OUTSIDE4, 7000).address == WAN4
