# SPDX-License-Identifier: GPL-2.0-or-later
"""Datagrams of 60,000 bytes and echoes of 8,000 cross both ways, through the masquerade and through a forward."""

import pytest
from lab import clients, servers
from lab.home import FAR4, OUTSIDE4, OUTSIDE6, WAN4


@pytest.mark.parametrize("sender, address", [
    ("inside", OUTSIDE4), ("inside", OUTSIDE6), ("inside", FAR4), ("outside", WAN4), ("second", WAN4)])
def scenario(house, sender, address):
    port = 30005 if address == WAN4 else 7005
    server = {WAN4: house.inside, FAR4: house.far}.get(address, house.outside)
    servers.udp_echo_server(server, port)
    assert clients.udp_echo(house.hosts[sender], address, port, 60_000)
    clients.ping(house.hosts[sender], address, size=8000)
