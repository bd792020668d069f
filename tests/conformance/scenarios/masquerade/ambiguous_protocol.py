# SPDX-License-Identifier: GPL-2.0-or-later
"""Where two inside hosts speak a protocol without ports to the same peer, the answers stay with the first."""

import pytest
from harness import assert_silent
from lab.home import INSIDE4, OUTSIDE4, SECOND4, WAN4
from scapy.layers.inet import IP

GRE, ESP, IPCOMP = 47, 50, 108


def sent(source, target, protocol, number):
    """GRE of version 0 and ESP both begin with bytes that may be these."""
    return IP(src=source, dst=target, proto=protocol) / (b"\0\0\x08\0" + b"number %d" % number)


@pytest.mark.parametrize("protocol", [GRE, ESP, IPCOMP])
def scenario(house, protocol):
    lan, wan = house.sniff("lan"), house.sniff("wan")
    first, second, answer = house.port(), house.port(), house.port()

    def has(number):
        return lambda p: IP in p and p[IP].proto == protocol and b"number %d" % number in bytes(p)

    house.inject("inside", sent(INSIDE4, OUTSIDE4, protocol, first))
    assert wan.wait_for("the first host's", has(first))[IP].src == WAN4
    house.inject("second", sent(SECOND4, OUTSIDE4, protocol, second))
    assert_silent(house, wan, wanted=has(second))
    house.inject("outside", sent(OUTSIDE4, WAN4, protocol, answer))
    assert lan.wait_for("the answer", has(answer))[IP].dst == INSIDE4
