# SPDX-License-Identifier: GPL-2.0-or-later
"""In an isolated zone nothing passes from one interface to the other, unless a policy accepts it."""

from harness import DMZ4, assert_dropped, clients, dmz, policy
from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, TCP


def document(home):
    home["interfaces"]["dmz"] = dmz(zone="lan")
    home["zones"] = {"lan": {"isolated": True}}
    home["policies"].append(policy("one-port", "lan", "lan", destination=DMZ4, protocol="tcp", ports=8080))


def scenario(house):
    syn = IP(src=DMZ4, dst=INSIDE4) / TCP(sport=house.port(), dport=8080, flags="S")
    assert_dropped(house, "dmz", syn, "policy")
    assert clients.tcp_peer(house.inside, DMZ4, 8080).address == INSIDE4
    assert clients.tcp_peer(house.dmz, OUTSIDE4, 7000).address == WAN4
