# SPDX-License-Identifier: GPL-2.0-or-later
"""One policy for several zones speaks of each of them."""

import pytest
from harness import clients, policy
from lab.home import INSIDE4, LAN4, OUTSIDE4, WAN4


def document(home):
    home["policies"] += [policy("status-page", ["lan", "internet"], "host", protocol="tcp", ports=8000)]


@pytest.mark.parametrize("sender, address, seen", [("inside", LAN4, INSIDE4), ("outside", WAN4, OUTSIDE4)])
def scenario(house, sender, address, seen):
    gained = house.gained()
    assert clients.tcp_peer(house.hosts[sender], address, 8000).address == seen
    assert gained.policy("status-page")["flows"] == 1
