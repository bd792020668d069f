# SPDX-License-Identifier: GPL-2.0-or-later
"""A forward comes and goes by command."""

from harness import assert_dropped, clients
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import IP, TCP


def scenario(house):
    house.gateway.sluice("forward", "add", "extra", "--listen", WAN4, "--ports", "8443",
                         "--to", "192.168.10.2:8080")
    assert clients.tcp_peer(house.outside, WAN4, 8443).address == OUTSIDE4
    house.gateway.sluice("forward", "remove", "extra")
    syn = IP(src=OUTSIDE4, dst=WAN4) / TCP(sport=house.port(), dport=8443, flags="S")
    assert_dropped(house, "outside", syn, "policy")
