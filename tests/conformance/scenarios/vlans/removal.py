# SPDX-License-Identifier: GPL-2.0-or-later
"""A VLAN that leaves the document is carried no more, nor are its open connections; the one beside it loses nothing."""

import pytest
from harness import clients, masquerade, policy
from harness.silence import mark
from harness.vlans import DEVICES, GUESTS4, vlans
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP

pytestmark = pytest.mark.engine_needs(nftables="8021q")


def document(home, *names):
    names = list(names or ("office", "guests"))
    vlans(home, *names)
    home["policies"].append(policy("out", names, "internet"))
    home["nat"]["masquerade"].append(masquerade("as", names, "internet"))


def scenario(house):
    office, guests = (clients.EchoedConnection(host, OUTSIDE4, 7000) for host in (house.office, house.guests))
    assert office.peer.address == guests.peer.address == WAN4
    assert office.says("hello") and guests.says("hello")
    mac, wan, text = house.gateway.mac(DEVICES["guests"]), house.sniff("wan"), mark()
    house.apply(lambda home: document(home, "office"))
    assert office.says("still here " * 100)
    house.guests.injector("eth0", mac).send(IP(src=GUESTS4, dst=OUTSIDE4) / UDP(sport=house.port(), dport=7000) / text)
    with pytest.raises(TimeoutError):
        guests.says(text.decode(), timeout=0.2)
    house.sentinel(wan)
    assert not any(text in frame for frame in wan.frames)
    assert not [row for row in house.show("flows") if row["original"]["source"] == GUESTS4]
    assert clients.tcp_peer(house.office, OUTSIDE4, 7000).address == WAN4
    house.apply(document)
    assert clients.tcp_peer(house.guests, OUTSIDE4, 7000).address == WAN4
