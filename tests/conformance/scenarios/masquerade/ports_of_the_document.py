# SPDX-License-Identifier: GPL-2.0-or-later
"""The outside port is one of those that the document allows."""

import pytest
from harness import clients
from lab.home import OUTSIDE4, WAN4


def document(home):
    home["nat"]["masquerade"][0]["ports"] = "50100-50199"


@pytest.mark.parametrize("ask", [clients.tcp_peer, clients.udp_peer])
def scenario(house, ask):
    peers = {ask(house.inside, OUTSIDE4, 7000, source=("", house.port())) for _ in range(5)}
    assert {peer.address for peer in peers} == {WAN4}
    assert len(peers) == 5 and all(50100 <= peer.port <= 50199 for peer in peers)
