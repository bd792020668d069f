# SPDX-License-Identifier: GPL-2.0-or-later
"""An interface that comes into another zone is judged by that zone's policies, its flows as well."""

from harness import assert_dropped, clients, flow_is_gone
from lab.home import INSIDE4, INSIDE6, OUTSIDE4, OUTSIDE6
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6


def moved(home):
    home["interfaces"]["lan"]["zone"] = "guests"
    home["interfaces"]["dmz"] = {"zone": "lan"}


def scenario(house):
    ports = [house.port(), house.port()]
    for port, address in zip(ports, (OUTSIDE4, OUTSIDE6)):
        assert clients.udp_outcome(house.inside, address, 7000, source=("", port)) == "answered"
    house.apply(moved)
    for port in ports:
        assert flow_is_gone(house, port)
    datagram = UDP(sport=ports[0], dport=7000)
    assert_dropped(house, "inside", IP(src=INSIDE4, dst=OUTSIDE4) / datagram, "policy")
    assert_dropped(house, "inside", IPv6(src=INSIDE6, dst=OUTSIDE6) / datagram, "policy")
