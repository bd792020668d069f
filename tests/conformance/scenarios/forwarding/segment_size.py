# SPDX-License-Identifier: GPL-2.0-or-later
"""A SYN's segment size is lowered to what the smaller link carries, in both directions and families."""

import pytest
from harness import clients
from lab.home import OUTSIDE4, OUTSIDE6, WAN4, WAN6
from scapy.layers.inet import TCP


@pytest.mark.parametrize("sender, address, port, beyond, largest", [
    ("inside", OUTSIDE4, 7000, "wan", 1260), ("inside", OUTSIDE6, 7000, "wan", 1240),
    ("outside", WAN4, 80, "lan", 1260), ("outside", WAN6, 80, "lan", 1240)])
def scenario(house, sender, address, port, beyond, largest):
    house.set_mtu(house.gateway, "wan", 1300)
    source, wire = house.port(), house.sniff(beyond)
    clients.tcp_outcome(house.hosts[sender], address, port, source=("", source))
    syn = wire.wait_for("the SYN", lambda p: TCP in p and p[TCP].sport == source)
    assert dict(syn[TCP].options)["MSS"] <= largest
