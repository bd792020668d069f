# SPDX-License-Identifier: GPL-2.0-or-later
"""What has neither ports nor connections is rejected as prohibited."""

import pytest
from harness import assert_rejected, policy
from harness.frames import is_icmp
from lab.home import INSIDE4, INSIDE6, LAN4, OUTSIDE4, OUTSIDE6
from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import GRE


def document(home):
    home["policies"] = [policy("no", "lan", "internet", "reject")]


def prohibited4(answer):
    return is_icmp(3, 13)(answer) and answer[IP].src == LAN4


def prohibited6(answer):
    return ICMPv6DestUnreach in answer and answer[ICMPv6DestUnreach].code == 1


@pytest.mark.parametrize("packet, wanted", [
    (IP(src=INSIDE4, dst=OUTSIDE4) / ICMP(id=78), prohibited4),
    (IP(src=INSIDE4, dst=OUTSIDE4) / GRE(), prohibited4),
    (IPv6(src=INSIDE6, dst=OUTSIDE6) / ICMPv6EchoRequest(id=78), prohibited6),
], ids=["echo", "gre", "echo6"])
def scenario(house, packet, wanted):
    assert_rejected(house, "inside", packet, wanted)
