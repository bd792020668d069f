# SPDX-License-Identifier: GPL-2.0-or-later
"""Another inside zone uses a forward with its own address: nothing has to be hidden from the server."""

from harness import DMZ4, clients, dmz
from lab.home import WAN4


def document(home):
    home["interfaces"]["dmz"] = dmz()


def scenario(house):
    assert clients.tcp_peer(house.dmz, WAN4, 80).address == DMZ4
    assert clients.udp_peer(house.dmz, WAN4, 30000).address == DMZ4
