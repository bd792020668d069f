# SPDX-License-Identifier: GPL-2.0-or-later
"""A later fragment whose first one never came does not cross."""

from harness import assert_silent, eventually
from lab.home import INSIDE4, OUTSIDE4
from scapy.layers.inet import IP, UDP, fragment


def scenario(house):
    wan, gained = house.sniff("wan"), house.gained()
    whole = IP(src=INSIDE4, dst=OUTSIDE4, id=777) / UDP(sport=house.port(), dport=9) / (b"f" * 3000)
    house.inject("inside", fragment(whole, 1400)[1])
    assert_silent(house, wan, wanted=lambda p: b"ffffffff" in bytes(p))
    if house.variant.engine == "ebpf":   # elsewhere the kernel has it for half a minute, and tells nobody
        eventually("it is counted when it has waited", lambda: gained.drops("lan") == {"fragment": 1})
