# SPDX-License-Identifier: GPL-2.0-or-later
"""A router outside says that time is up, and the client inside is told with its own address."""

import socket

from harness.frames import checksums_are_right, is_icmp
from lab.home import FAR4, INSIDE4, OUTSIDE4
from scapy.layers.inet import ICMP, IP, IPerror, UDPerror


def scenario(house):
    lan, port = house.sniff("lan"), house.port()
    sender = house.inside.socket(kind=socket.SOCK_DGRAM)
    sender.bind(("", port))
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 2)
    sender.sendto(b"short-lived", (FAR4, 7000))
    error = lan.wait_for("time exceeded", is_icmp(11, 0))
    assert error[IP].src == OUTSIDE4 and checksums_are_right(error)
    quoted = error[ICMP].payload
    assert (quoted[IPerror].src, quoted[UDPerror].sport) == (INSIDE4, port)
