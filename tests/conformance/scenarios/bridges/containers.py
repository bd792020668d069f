# SPDX-License-Identifier: GPL-2.0-or-later
"""A host behind a bridge of the document goes out masqueraded, is reached by a forward, and hidden otherwise."""

from harness import DMZ4, assert_dropped, clients, forward, masquerade, policy
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import IP, TCP


def document(home):
    home["interfaces"]["br0"] = {"bridge": {"members": ["dmz"]}, "zone": "dmz", "addresses": ["172.20.1.1/24"]}
    home["policies"].append(policy("dmz-out", "dmz", "internet"))
    home["nat"]["masquerade"].append(masquerade("dmz-as", "dmz", "internet"))
    home["nat"]["forwards"].append(forward("dmz-web", WAN4, 8081, f"{DMZ4}:8080"))


def scenario(house):
    house.forget_neighbours(house.dmz)
    for ask in (clients.tcp_peer, clients.udp_peer):
        assert ask(house.dmz, OUTSIDE4, 7000).address == WAN4
    assert clients.tcp_peer(house.outside, WAN4, 8081).address == OUTSIDE4
    house.route_outside("172.20.1.0/24")
    syn = IP(src=OUTSIDE4, dst=DMZ4) / TCP(sport=house.port(), dport=8080, flags="S")
    assert_dropped(house, "outside", syn, "inside-address")
