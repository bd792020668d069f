# SPDX-License-Identifier: GPL-2.0-or-later
"""A forward that names an interface listens on that interface's address."""

from harness import assert_dropped, clients, forward
from lab.home import INSIDE4, LAN4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, TCP


def document(home):
    home["nat"]["forwards"].append(forward("named", "wan", 8444, "192.168.10.2:8080"))


def scenario(house):
    assert clients.tcp_peer(house.outside, WAN4, 8444).address == OUTSIDE4
    syn = IP(src=INSIDE4, dst=LAN4) / TCP(sport=house.port(), dport=8444, flags="S")
    assert_dropped(house, "inside", syn, "policy")
