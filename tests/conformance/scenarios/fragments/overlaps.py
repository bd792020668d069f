# SPDX-License-Identifier: GPL-2.0-or-later
"""A fragment that overlaps another one does not cross, nor does the rest of its datagram (RFC 5722, in both families)."""

import pytest
from harness import assert_silent
from lab.home import INSIDE4, INSIDE6, OUTSIDE4, OUTSIDE6
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment


def piece4(port, start, more, body):
    return IP(src=INSIDE4, dst=OUTSIDE4, id=port, proto=17, frag=start // 8, flags="MF" if more else 0) / body


def piece6(port, start, more, body):
    return IPv6(src=INSIDE6, dst=OUTSIDE6) / IPv6ExtHdrFragment(id=port, nh=17, offset=start // 8, m=int(more)) / body


def never_put_together(house):
    """Otherwise the outside would complain of the missing pieces, half a minute later, in another scenario."""
    house.outside.run("nft", "add table inet deaf; add chain inet deaf in { type filter hook prerouting priority -500; }; "
                             "add rule inet deaf in ip frag-off & 0x3fff != 0 drop; add rule inet deaf in exthdr frag exists drop")
    house.lab.defer(house.outside.run, "nft", "delete table inet deaf")


@pytest.mark.parametrize("piece", [piece4, piece6])
def scenario(house, piece):
    never_put_together(house)
    port, wan, inside = house.port(), house.sniff("wan"), house.inside.sniff("eth0")
    header = bytes(UDP(sport=port, dport=7000, len=1200, chksum=0 if piece is piece4 else 1))
    house.inject("inside", piece(port, 0, True, header + b"v" * 392), piece(port, 392, True, b"W" * 408),
                 piece(port, 400, True, b"V" * 400), piece(port, 800, False, b"V" * 400))
    assert_silent(house, wan, wanted=lambda p: b"WWWW" in bytes(p) or b"VVVV" in bytes(p))
    assert_silent(house, inside, wanted=lambda p: UDP in p and p[UDP].dport == port)
