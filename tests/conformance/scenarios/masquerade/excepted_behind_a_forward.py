# SPDX-License-Identifier: GPL-2.0-or-later
"""An excepted destination that a forward leads to sees the client's own address; another one does not."""

from harness import DMZ4, clients, dmz, forward
from lab.home import INSIDE4, LAN4, WAN4


def document(home):
    home["interfaces"]["dmz"] = dmz()
    home["nat"]["masquerade"].append({"name": "guests", "from": "dmz", "to": "lan", "except": INSIDE4})
    home["nat"]["forwards"].append(forward("second", WAN4, 8081, "192.168.10.3:8080"))


def scenario(house):
    assert clients.tcp_peer(house.dmz, WAN4, 80).address == DMZ4
    assert clients.tcp_peer(house.dmz, WAN4, 8081).address == LAN4
