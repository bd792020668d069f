# SPDX-License-Identifier: GPL-2.0-or-later
"""A policy about a port cannot be passed by with an authentication header in front of it (RFC 4302)."""

import pytest
from harness import assert_dropped, assert_rejected, policy
from lab.home import INSIDE6, OUTSIDE6
from scapy.fields import ByteField, StrFixedLenField
from scapy.layers.inet import TCP, UDP
from scapy.layers.inet6 import IPv6, _IPv6ExtHdr

AH, TCP_NUMBER, UDP_NUMBER = 51, 6, 17


class AuthenticationHeader(_IPv6ExtHdr):
    """As an extension header, so that the checksum behind it is right."""

    fields_desc = [ByteField("nh", 59), ByteField("len", 4), StrFixedLenField("rest", bytes(22), length=22)]


def document(home):
    home["policies"].insert(0, policy("closed", "lan", "internet", "reject", protocol=["tcp", "udp"], ports=2323))


@pytest.mark.parametrize("number, behind", [(TCP_NUMBER, TCP(dport=2323, flags="S")), (UDP_NUMBER, UDP(dport=2323))],
                         ids=["tcp", "udp"])
def scenario(house, number, behind):
    behind = behind.copy()
    behind.sport = house.port()
    packet = IPv6(src=INSIDE6, dst=OUTSIDE6, nh=AH) / AuthenticationHeader(nh=number) / behind
    if house.variant.engine == "nftables":   # its rules do not see what is behind
        assert_dropped(house, "inside", packet, "too-many-extensions")
    else:
        assert_rejected(house, "inside", packet, lambda answer: answer[IPv6].dst == INSIDE6)
