# SPDX-License-Identifier: GPL-2.0-or-later
"""Of 600 policies the one that matches decides, be it the last."""

from harness import assert_dropped, clients, policy
from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP


def document(home):
    ports = range(10000, 10600)
    home["policies"] = [policy(f"no-{port}", "lan", "internet", "drop", protocol="udp", ports=port)
                        for port in ports] + [policy("rest", "lan", "internet")]


def scenario(house):
    gained = house.gained()
    assert clients.udp_peer(house.inside, OUTSIDE4, 7000).address == WAN4
    assert gained.policy("rest")["flows"] == 1
    last = IP(src=INSIDE4, dst=OUTSIDE4) / UDP(sport=house.port(), dport=10599)
    assert_dropped(house, "inside", last, "policy")
