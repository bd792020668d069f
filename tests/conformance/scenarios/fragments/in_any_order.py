# SPDX-License-Identifier: GPL-2.0-or-later
"""The pieces of a datagram cross in reverse and in random order, to the outside and through a forward."""

import random

import pytest
from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP, fragment


@pytest.mark.parametrize("order", ["reverse", "random"])
@pytest.mark.parametrize("sender, source, target, port", [
    ("inside", INSIDE4, OUTSIDE4, 7000), ("outside", OUTSIDE4, WAN4, 30000)])
def scenario(house, sender, source, target, port, order):
    mine = house.port()
    pieces = fragment(IP(src=source, dst=target, id=mine) / UDP(sport=mine, dport=port) / (b"o" * 6000), 1000)
    answers = house.hosts[sender].sniff("eth0")
    house.inject(sender, *(pieces[::-1] if order == "reverse" else random.Random(mine).sample(pieces, len(pieces))))
    answers.wait_for("the answer", lambda p: UDP in p and (p[UDP].sport, p[UDP].dport) == (port, mine))
