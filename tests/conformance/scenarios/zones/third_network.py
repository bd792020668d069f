# SPDX-License-Identifier: GPL-2.0-or-later
"""A policy opens one direction between two inside zones."""

from harness import DMZ4, assert_dropped, clients, dmz, policy
from lab.home import INSIDE4
from scapy.layers.inet import IP, TCP


def document(home):
    home["interfaces"]["dmz"] = dmz()
    home["policies"].append(policy("lan-dmz", "lan", "dmz", protocol=["tcp", "icmp"]))


def scenario(house):
    assert clients.tcp_peer(house.inside, DMZ4, 8080).address == INSIDE4
    clients.ping(house.inside, DMZ4)
    syn = IP(src=DMZ4, dst=INSIDE4) / TCP(sport=house.port(), dport=8080, flags="S")
    assert_dropped(house, "dmz", syn, "policy")
