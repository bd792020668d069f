# SPDX-License-Identifier: GPL-2.0-or-later
"""Two inside hosts speak a protocol without ports to one peer each, and each gets the answers of its own."""

import pytest
from lab.home import INSIDE4, OTHER_OUTSIDE4, OUTSIDE4, SECOND4, WAN4
from scapy.layers.inet import IP

HOSTS = (("inside", INSIDE4, OUTSIDE4), ("second", SECOND4, OTHER_OUTSIDE4))


@pytest.mark.parametrize("protocol", [50, 108], ids=["esp", "ipcomp"])
def scenario(house, protocol):
    lan, wan = house.sniff("lan"), house.sniff("wan")
    for sender, source, peer in HOSTS:
        question, answer = (b"number %d" % house.port() for _ in range(2))
        house.inject(sender, IP(src=source, dst=peer, proto=protocol) / question)
        assert wan.wait_for("the question", lambda p, text=question: text in bytes(p))[IP].src == WAN4
        house.inject("outside", IP(src=peer, dst=WAN4, proto=protocol) / answer)
        assert lan.wait_for("the answer", lambda p, text=answer: text in bytes(p))[IP].dst == source
