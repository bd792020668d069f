# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the document says so, IPv6 leaves with the gateway's address, and the inside is hidden."""

from harness import assert_dropped, clients
from lab.home import INSIDE6, OUTSIDE6, WAN6
from scapy.layers.inet import TCP
from scapy.layers.inet6 import IPv6


def document(home):
    home["nat"]["masquerade"][0]["family"] = "both"


def scenario(house):
    port = house.port()
    for ask in (clients.tcp_peer, clients.udp_peer):
        assert ask(house.inside, OUTSIDE6, 7000, source=("", port)) == (WAN6, port)
    clients.ping(house.inside, OUTSIDE6)
    assert_dropped(house, "outside", IPv6(src=OUTSIDE6, dst=INSIDE6) / TCP(sport=port, dport=8080, flags="S"),
                   "inside-address")
