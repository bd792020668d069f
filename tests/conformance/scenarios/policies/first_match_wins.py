# SPDX-License-Identifier: GPL-2.0-or-later
"""The first policy that matches decides, whatever a later one says."""

from harness import assert_dropped, clients, policy
from lab.home import INSIDE4, OUTSIDE4
from scapy.layers.inet import IP, UDP


def document(home):
    home["policies"].insert(0, policy("no-ntp", "lan", "internet", "drop", protocol="udp", ports=123))


def scenario(house):
    question = IP(src=INSIDE4, dst=OUTSIDE4) / UDP(sport=house.port(), dport=123)
    assert_dropped(house, "inside", question, "policy")
    assert clients.udp_outcome(house.inside, OUTSIDE4, 7000) == "answered"
