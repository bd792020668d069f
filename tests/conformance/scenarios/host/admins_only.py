# SPDX-License-Identifier: GPL-2.0-or-later
"""The gateway answers on SSH to the set of admins, and to nobody else."""

import pytest
from harness import assert_dropped, clients
from lab.home import OTHER_OUTSIDE4, OTHER_OUTSIDE6, OUTSIDE4, OUTSIDE6, WAN4, WAN6
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6


@pytest.mark.parametrize("ip, admin", [(IP(src=OUTSIDE4, dst=WAN4), OTHER_OUTSIDE4),
                                       (IPv6(src=OUTSIDE6, dst=WAN6), OTHER_OUTSIDE6)], ids=["ipv4", "ipv6"])
def scenario(house, ip, admin):
    gained = house.gained()
    assert clients.tcp_peer(house.outside, ip.dst, 22, source=(admin, 0)).address == admin
    assert gained.policy("admin-ssh")["flows"] == 1
    assert_dropped(house, "outside", ip / TCP(sport=house.port(), dport=22, flags="S"), "policy")
