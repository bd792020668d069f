# SPDX-License-Identifier: GPL-2.0-or-later
"""A timestamp is asked and answered through the masquerade; types that no host needs do not cross."""

import pytest
from harness import assert_dropped
from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import ICMP, IP


def timestamp(house):
    lan, wan, number = house.sniff("lan"), house.sniff("wan"), house.port()
    house.inject("inside", IP(src=INSIDE4, dst=OUTSIDE4) / ICMP(type=13, id=number))
    assert wan.wait_for("the question", lambda p: ICMP in p and p[ICMP].type == 13)[IP].src == WAN4
    answer = lan.wait_for("the answer", lambda p: ICMP in p and p[ICMP].type == 14)
    assert (answer[IP].dst, answer[ICMP].id) == (INSIDE4, number)


@pytest.mark.parametrize("kind", [13, 15, 17], ids=["timestamp", "information", "mask"])
def scenario(house, kind):
    if kind == 13:
        timestamp(house)
    else:
        assert_dropped(house, "inside", IP(src=INSIDE4, dst=OUTSIDE4) / ICMP(type=kind, id=7), "icmp-type")
