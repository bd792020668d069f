# SPDX-License-Identifier: GPL-2.0-or-later
"""An error that quotes much of the packet, options of its header too, is translated like a short one."""

import pytest
from harness.frames import checksums_are_right, is_icmp
from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import ICMP, IP, UDP, IPerror, UDPerror

NOPS = b"\x01\x01\x01\x00"


@pytest.mark.parametrize("options", [[], [NOPS]], ids=["plain", "options"])
@pytest.mark.parametrize("size", [8, 700, 1200])
def scenario(house, size, options):
    lan, wan, port = house.sniff("lan"), house.sniff("wan"), house.port()
    packet = IP(src=INSIDE4, dst=OUTSIDE4, options=options) / UDP(sport=port, dport=9) / (b"x" * 1300)
    house.inject("inside", packet)
    sent = wan.wait_for("the packet", lambda p: UDP in p and p[UDP].sport == port)[IP]
    quote = bytes(sent)[:sent.ihl * 4 + size]
    house.inject("outside", IP(src=OUTSIDE4, dst=WAN4) / ICMP(type=11, code=0) / quote)
    error = lan.wait_for("the error", is_icmp(11, 0))
    quoted = error[ICMP].payload
    assert error[IP].dst == quoted[IPerror].src == INSIDE4 and quoted[UDPerror].sport == port
    assert checksums_are_right(error) and len(error[ICMP]) == 8 + len(quote)
