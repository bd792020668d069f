# SPDX-License-Identifier: GPL-2.0-or-later
"""A set may name a network and a host of it, and networks that touch: all of them are meant, nothing else."""

import pytest
from harness import assert_dropped, policy
from lab.home import OUTSIDE4
from scapy.layers.inet import IP, UDP

MEMBERS = ["192.168.10.0/29", "192.168.10.2", "192.168.10.0/30", "192.168.10.8/31", "192.168.10.12"]


def document(home):
    home["sets"]["some"] = MEMBERS
    source = ["some", "192.168.10.8", "192.168.10.13"]
    home["policies"] = [policy("some-out", "lan", "internet", source=source)]


def datagram(house, last):
    return IP(src=f"192.168.10.{last}", dst=OUTSIDE4) / UDP(sport=house.port(), dport=7000)


@pytest.mark.parametrize("last", [2, 7, 8, 9, 12, 13])
def scenario(house, last):
    gained = house.gained()
    house.inject("inside", datagram(house, last))
    house.sentinel(house.sniff("wan"))
    assert gained.policy("some-out")["flows"] == 1
    for stranger in (10, 14):
        assert_dropped(house, "inside", datagram(house, stranger), "policy")
