# SPDX-License-Identifier: GPL-2.0-or-later
"""What does not fit the next link in its new family is too big by the difference of the headers."""

import socket

from harness.families import PORT, WAYS, between, put_in_force
from harness.frames import is_icmp
from lab.home import WAN4
from scapy.layers.inet import ICMP
from scapy.layers.inet6 import ICMPv6PacketTooBig

IP_MTU_DISCOVER, IP_PMTUDISC_DO, IPV6_MTU_DISCOVER = 10, 2, 23


def is_too_big6(packet):
    return ICMPv6PacketTooBig in packet


@WAYS
def scenario(house, listen, backend, seen, client):
    del seen, client
    house.set_mtu(house.gateway, "lan", 1300)
    if not put_in_force(house, between(listen, backend)):
        return
    family = socket.AF_INET if listen == WAN4 else socket.AF_INET6
    wan = house.sniff("wan")
    with house.outside.socket(family, socket.SOCK_DGRAM) as made:
        if listen == WAN4:
            made.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
        else:
            made.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, IP_PMTUDISC_DO)
        made.sendto(b"z" * 1400, (listen, PORT))
    error = wan.wait_for("too big", is_icmp(3, 4) if listen == WAN4 else is_too_big6)
    assert (error[ICMP].nexthopmtu if ICMP in error else error[ICMPv6PacketTooBig].mtu) == (1280 if listen == WAN4 else 1320)
