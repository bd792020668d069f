# SPDX-License-Identifier: GPL-2.0-or-later
"""Datagrams in pieces cross between VLANs and from one to the outside, whole; where no policy leads, no piece does."""

import pytest
from harness import masquerade, policy
from harness.silence import let_pieces_go, mark
from harness.vlans import GUESTS4, OFFICE4, Overheard, vlans
from lab import clients, servers
from lab.home import OUTSIDE4
from scapy.layers.inet import IP, UDP, fragment

pytestmark = pytest.mark.engine_needs(nftables="8021q")
PORT = 7006


def document(home):
    vlans(home)
    home["policies"].append(policy("office-out", "office", ["guests", "internet"]))
    home["nat"]["masquerade"].append(masquerade("office-as", "office", "internet"))


def scenario(house):
    for host, address in ((house.guests, GUESTS4), (house.outside, OUTSIDE4)):
        servers.udp_echo_server(host, PORT)
        assert clients.udp_echo(house.office, address, PORT, 5000)
    heard, text, gained, wan = Overheard(house), mark(), house.gained(), house.sniff("wan")
    for target in (OFFICE4, OUTSIDE4):
        pieces = fragment(IP(src=GUESTS4, dst=target, id=house.port()) / UDP(sport=house.port(), dport=PORT) / (text * 120), 1400)
        house.inject("guests", *pieces)
    house.sentinel(wan)
    heard.catch_up("office", "guests")
    assert heard.who_saw(text) == set()
    assert not any(text in frame for frame in wan.frames)
    assert gained.drops("trunk.30").get("policy")
    let_pieces_go(house)
