# SPDX-License-Identifier: GPL-2.0-or-later
"""Destinations that a masquerade excepts see the inside address; others do not, nor do neighbours in a hairpin."""

import pytest
from harness import assert_dropped, clients
from lab.home import FAR4, INSIDE4, OUTSIDE4, SECOND4, WAN4
from scapy.layers.inet import IP, TCP


def document(home):
    home["sets"]["branches"] = [FAR4]
    home["nat"]["masquerade"][0]["except"] = ["branches", "192.168.0.0/16"]


def by_pool(home):
    document(home)
    home["nat"]["masquerade"][0]["addresses"] = [WAN4]


@pytest.mark.parametrize("change", [document, by_pool], ids=["by-interface", "by-pool"])
def scenario(house, change):
    house.apply(change)
    for ask in (clients.tcp_peer, clients.udp_peer):
        assert ask(house.inside, FAR4, 7000).address == INSIDE4
        assert ask(house.inside, OUTSIDE4, 7000).address == WAN4
    assert clients.tcp_peer(house.second, WAN4, 80).address == WAN4
    syn = IP(src=FAR4, dst=SECOND4) / TCP(sport=house.port(), dport=8080, flags="S")
    assert_dropped(house, "outside", syn, "inside-address")
