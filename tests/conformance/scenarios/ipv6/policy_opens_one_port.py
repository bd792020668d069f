# SPDX-License-Identifier: GPL-2.0-or-later
"""IPv6 is forwarded with its own addresses where a policy opens a port of a host."""

from harness import assert_dropped, clients
from lab.home import INSIDE6, OUTSIDE6, SECOND6
from scapy.layers.inet import TCP
from scapy.layers.inet6 import IPv6


def scenario(house):
    port, gained = house.port(), house.gained()
    assert clients.tcp_peer(house.outside, INSIDE6, 8080, source=("", port)) == (OUTSIDE6, port)
    assert gained.policy("web6")["flows"] == 1
    syn = IPv6(src=OUTSIDE6, dst=SECOND6) / TCP(sport=port, dport=8080, flags="S")
    assert_dropped(house, "outside", syn, "policy")
