# SPDX-License-Identifier: GPL-2.0-or-later
"""Two inside zones leave by different addresses when the document says so."""

from harness import clients, dmz, masquerade, policy
from lab.home import OUTSIDE4, WAN4

POOL = "203.0.113.30"


def document(home):
    home["interfaces"]["dmz"] = dmz()
    home["policies"].append(policy("dmz-out", "dmz", "internet"))
    home["nat"]["masquerade"].append(masquerade("dmz-as", "dmz", "internet", addresses=POOL,
                                                ports="20000-20999"))


def scenario(house):
    for ask in (clients.tcp_peer, clients.udp_peer):
        assert ask(house.inside, OUTSIDE4, 7000).address == WAN4
        peer = ask(house.dmz, OUTSIDE4, 7000)
        assert peer.address == POOL and 20000 <= peer.port <= 20999
