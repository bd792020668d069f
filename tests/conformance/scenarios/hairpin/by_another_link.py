# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of the same zone, but of another link, is answered by way of the gateway anyway: the server sees its own address."""

from harness import DMZ4, clients, dmz
from lab.home import WAN4


def document(home):
    home["interfaces"]["dmz"] = dmz("lan")
    home["nat"]["masquerade"] = []


def scenario(house):
    assert clients.tcp_peer(house.dmz, WAN4, 80).address == DMZ4
    assert clients.tcp_peer(house.second, WAN4, 80).address == WAN4
