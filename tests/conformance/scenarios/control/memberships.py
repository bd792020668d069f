# SPDX-License-Identifier: GPL-2.0-or-later
"""Memberships are told from the link to the link (RFC 2236, 2710, 3376, 3810): what came further is dropped."""

import pytest
from harness import assert_dropped, policy
from lab.home import INSIDE4, INSIDE6
from scapy.layers.inet import IP
from scapy.layers.inet6 import ICMPv6MLQuery, ICMPv6MLReport, IPv6, IPv6ExtHdrHopByHop, RouterAlert

ALERT = IPv6ExtHdrHopByHop(options=[RouterAlert()])


def document(home):
    home["policies"].append(policy("everything", "lan", "host"))


def query(source="fe80::2", hops=1):
    return IPv6(src=source, dst="ff02::1", hlim=hops) / ALERT / ICMPv6MLQuery()


def igmp(ttl):
    return IP(src=INSIDE4, dst="224.0.0.1", ttl=ttl, proto=2) / bytes.fromhex("1164ee9b00000000")


@pytest.mark.parametrize("packet", [
    query(hops=64), query(source=INSIDE6), igmp(64),
    IPv6(src="fe80::2", dst="ff02::16", hlim=2) / ALERT / ICMPv6MLReport(),
], ids=["hops", "source", "igmp", "report"])
def scenario(house, packet):
    assert_dropped(house, "inside", packet, "control")
    gained = house.gained()
    house.inject("inside", query(), query(source="::"), igmp(1))
    house.sentinel()
    assert not gained.drops("lan")
