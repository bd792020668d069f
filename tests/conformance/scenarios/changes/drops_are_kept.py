# SPDX-License-Identifier: GPL-2.0-or-later
"""Drops stay counted when other rules come into force."""

from harness import assert_dropped, without
from lab.home import INSIDE4, LAN4
from scapy.layers.inet import IP, TCP


def scenario(house):
    gained = house.gained()
    for name in ("ping", "lan-ping"):
        syn = IP(src=INSIDE4, dst=LAN4) / TCP(sport=house.port(), dport=8000, flags="S")
        assert_dropped(house, "inside", syn, "policy")
        house.apply(lambda home, name=name: without(home["policies"], name))
    assert gained.drops("lan") == {"policy": 2}
