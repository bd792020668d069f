# SPDX-License-Identifier: GPL-2.0-or-later
"""A client that is no neighbour of the gateway is served as well."""

from harness import clients
from lab.home import FAR4, WAN4


def scenario(house):
    assert clients.tcp_peer(house.far, WAN4, 80).address == FAR4
    assert clients.udp_peer(house.far, WAN4, 30000).address == FAR4
