# SPDX-License-Identifier: GPL-2.0-or-later
"""Policies that change places are obeyed in their new order, by flows that live as well."""

from harness import assert_silent, clients, policy
from lab.home import OUTSIDE4
from scapy.layers.inet import UDP


def document(home):
    home["policies"].append(policy("no-echo", "lan", "internet", "drop", protocol="udp", ports=7000))


def reordered(home):
    document(home)
    home["policies"].reverse()


def scenario(house):
    port = house.port()
    assert clients.udp_outcome(house.inside, OUTSIDE4, 7000, source=("", port)) == "answered"
    house.apply(reordered)
    wan = house.sniff("wan")
    assert clients.udp_outcome(house.inside, OUTSIDE4, 7000, source=("", port), timeout=0.02) == "silence"
    assert_silent(house, wan, wanted=lambda p: UDP in p and p[UDP].dport == 7000)
    house.apply(document)
    assert clients.udp_outcome(house.inside, OUTSIDE4, 7000, source=("", port)) == "answered"
