# SPDX-License-Identifier: GPL-2.0-or-later
"""A rejected connection is refused at once, in the name of the server."""

import pytest
from harness import assert_rejected, clients
from lab.home import INSIDE4, INSIDE6, OUTSIDE4, OUTSIDE6
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6


@pytest.mark.parametrize("ip", [IP(src=INSIDE4, dst=OUTSIDE4), IPv6(src=INSIDE6, dst=OUTSIDE6)],
                         ids=["ipv4", "ipv6"])
def scenario(house, ip):
    port, server = house.port(), ip.dst
    assert_rejected(house, "inside", ip / TCP(sport=port, dport=23, flags="S", seq=7),
                    lambda answer: (answer[TCP].sport, answer[TCP].dport) == (23, port)
                    and answer[type(ip)].src == server)
    assert clients.tcp_outcome(house.inside, server, 23) == "refused"
