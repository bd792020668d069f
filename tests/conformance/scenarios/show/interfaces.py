# SPDX-License-Identifier: GPL-2.0-or-later
"""`show interfaces` has zone, state, addresses and the packets that crossed."""

import pytest
from harness import clients, matches
from lab.home import OUTSIDE4


@pytest.mark.parametrize("device, zone, address", [("wan", "internet", "203.0.113.1/24"),
                                                   ("lan", "lan", "192.168.10.1/24")])
def scenario(house, device, zone, address):
    clients.tcp_peer(house.inside, OUTSIDE4, 7000)
    row, = [row for row in house.show("interfaces") if row["name"] == device]
    assert matches(row, {"zone": zone, "state": "up", "mtu": 1500})
    assert address in row["addresses"] and row["index"] > 0
    hook = house.variant.hook(device)
    assert hook is None or row["hook"] == hook
