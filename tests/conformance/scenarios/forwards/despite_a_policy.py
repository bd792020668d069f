# SPDX-License-Identifier: GPL-2.0-or-later
"""A forward admits its own traffic even where a policy closes the zone behind it."""

from harness import assert_dropped, clients, policy
from lab.home import MAIL_OUTSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, TCP


def document(home):
    home["policies"].insert(0, policy("closed", "internet", "lan", "drop"))


def scenario(house):
    assert clients.tcp_peer(house.outside, WAN4, 80).address == OUTSIDE4
    assert clients.udp_peer(house.outside, WAN4, 30000).address == OUTSIDE4
    syn = IP(src=OUTSIDE4, dst=MAIL_OUTSIDE4) / TCP(sport=house.port(), dport=25, flags="S")
    assert_dropped(house, "outside", syn, "policy")
