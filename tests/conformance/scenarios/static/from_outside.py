# SPDX-License-Identifier: GPL-2.0-or-later
"""From outside a static mapping leads to the inside host where a policy admits it, and only there."""

from harness import assert_dropped, clients
from lab.home import MAIL_OUTSIDE4, OUTSIDE4
from scapy.layers.inet import IP, TCP


def scenario(house):
    gained = house.gained()
    assert clients.tcp_peer(house.outside, MAIL_OUTSIDE4, 25).address == OUTSIDE4
    assert gained.policy("mail-in")["flows"] == 1
    syn = IP(src=OUTSIDE4, dst=MAIL_OUTSIDE4) / TCP(sport=house.port(), dport=26, flags="S")
    assert_dropped(house, "outside", syn, "policy")
