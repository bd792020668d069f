# SPDX-License-Identifier: GPL-2.0-or-later
"""A static mapping of IPv6 translates both ways, with checksums that real hosts accept."""

import pytest
from harness import clients, policy, static
from lab.home import MAIL6, OUTSIDE6

SEEN = "2001:db8:f::5"


def document(home):
    opened = {"destination": MAIL6, "protocol": "tcp", "ports": 25}
    home["policies"].append(policy("mail6-in", "internet", "lan", **opened))
    home["nat"]["static"].append(static("mail6", SEEN, MAIL6))


@pytest.mark.parametrize("ask", [clients.tcp_peer, clients.udp_peer])
def scenario(house, ask):
    port = house.port()
    assert ask(house.mail, OUTSIDE6, 7000, source=("", port)) == (SEEN, port)
    assert clients.tcp_peer(house.outside, SEEN, 25).address == OUTSIDE6
    clients.ping(house.mail, OUTSIDE6)
