# SPDX-License-Identifier: GPL-2.0-or-later
"""A set that changes is obeyed by the policies and forwards that name it."""

from harness import assert_dropped, clients
from lab.home import OTHER_OUTSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, TCP


def other_admin(home):
    home["sets"]["admins"] = [OUTSIDE4]


def scenario(house):
    house.apply(other_admin)
    for port in (22, 2222):
        assert clients.tcp_peer(house.outside, WAN4, port, source=(OUTSIDE4, 0)).address == OUTSIDE4
    for port, reason in ((22, "policy"), (2222, "forward-source")):
        syn = IP(src=OTHER_OUTSIDE4, dst=WAN4) / TCP(sport=house.port(), dport=port, flags="S")
        assert_dropped(house, "outside", syn, reason)
