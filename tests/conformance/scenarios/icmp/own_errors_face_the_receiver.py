# SPDX-License-Identifier: GPL-2.0-or-later
"""Errors that the outside provokes come from the gateway's outside address, and show no inside address."""

import socket

import pytest
from harness import eventually
from harness.frames import checksums_are_right
from harness.silence import is_answer
from lab.home import MAIL_OUTSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import ICMP, IP, TCP, UDP

INSIDE = socket.inet_aton("192.168.10.0")[:3]


def provocations(port):
    """Each gets a packet as far as to the gateway and no further."""
    ip = IP(src=OUTSIDE4, dst=WAN4, ttl=1)
    return {"forward": ip / TCP(sport=port, dport=80, flags="S"),
            "forwarded datagram": ip / UDP(sport=port, dport=30000),
            "static mapping": IP(src=OUTSIDE4, dst=MAIL_OUTSIDE4, ttl=1) / TCP(sport=port, dport=25, flags="S"),
            "no route": IP(src=OUTSIDE4, dst="192.168.10.77", ttl=1) / UDP(sport=port, dport=9)}


@pytest.mark.parametrize("what", provocations(1))
def scenario(house, what):
    wan, port = house.sniff("wan"), house.port()
    packet = provocations(port)[what]
    house.inject("outside", packet)
    house.sentinel(wan)
    errors = [p for p in wan.packets() if IP in p and is_answer(p) and ICMP in p]
    if what != "no route":
        assert eventually("an error is seen", lambda: errors)
    for error in errors:
        assert error[IP].src in (WAN4, packet[IP].dst) and checksums_are_right(error)
        assert what == "no route" or INSIDE not in bytes(error)
