# SPDX-License-Identifier: GPL-2.0-or-later
"""An interface that leaves the document loses its address, and its network reaches nobody."""

from harness import DMZ4, assert_silent, clients, dmz, policy
from harness.silence import mark
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP


def document(home):
    home["interfaces"]["dmz"] = dmz()
    home["policies"].append(policy("dmz-out", "dmz", "internet"))
    home["nat"]["masquerade"][0]["from"] = ["lan", "dmz"]


def scenario(house):
    assert clients.tcp_peer(house.dmz, OUTSIDE4, 7000).address == WAN4
    house.apply()
    assert not house.gateway.has_address("dmz", "172.20.1.1/24")
    assert "dmz" not in [row["name"] for row in house.show("interfaces")]
    wan, text = house.sniff("wan"), mark()
    house.inject("dmz", IP(src=DMZ4, dst=OUTSIDE4) / UDP(sport=house.port(), dport=7000) / text)
    assert_silent(house, wan, wanted=lambda p: text in bytes(p))
