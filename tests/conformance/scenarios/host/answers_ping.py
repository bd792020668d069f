# SPDX-License-Identifier: GPL-2.0-or-later
"""The gateway answers ping where a policy says so, from the address that was asked."""

import pytest
from harness import clients
from lab.home import LAN4, LAN6, WAN4, WAN6


@pytest.mark.parametrize("sender, address", [("inside", LAN4), ("inside", LAN6), ("outside", WAN4),
                                             ("outside", WAN6), ("inside", WAN4)])
def scenario(house, sender, address):
    clients.ping(house.hosts[sender], address)
