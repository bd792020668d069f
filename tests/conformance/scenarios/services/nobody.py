# SPDX-License-Identifier: GPL-2.0-or-later
"""A service whose backends take no new flows refuses them at once."""

from harness import assert_rejected
from harness.services import PORT, backends, put_service
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import ICMP, IP, TCP, UDP


def document(home):
    put_service(home, backends("one", "two", one={"drain": True}, two={"drain": True}))


def scenario(house):
    ip = IP(src=OUTSIDE4, dst=WAN4)
    assert_rejected(house, "outside", ip / TCP(sport=house.port(), dport=PORT, flags="S"),
                    lambda answer: TCP in answer and answer[TCP].flags.R and answer[IP].src == WAN4, "no-backend")
    assert_rejected(house, "outside", ip / UDP(sport=house.port(), dport=PORT) / b"who am I?",
                    lambda answer: ICMP in answer and answer[ICMP].type == 3, "no-backend")
