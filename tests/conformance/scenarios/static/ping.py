# SPDX-License-Identifier: GPL-2.0-or-later
"""Ping through a static mapping carries the outside address, both ways."""

from harness import clients, policy
from lab.home import MAIL4, MAIL_OUTSIDE4, OUTSIDE4
from scapy.layers.inet import ICMP, IP


def document(home):
    home["policies"].append(policy("ping-mail", "internet", "lan", destination=MAIL4, protocol="icmp"))


def scenario(house):
    lan, wan = house.sniff("lan"), house.sniff("wan")
    clients.ping(house.mail, OUTSIDE4)
    assert wan.wait_for("the request", lambda p: ICMP in p and p[ICMP].type == 8)[IP].src == MAIL_OUTSIDE4
    clients.ping(house.outside, MAIL_OUTSIDE4)
    assert lan.wait_for("the request", lambda p: ICMP in p and p[ICMP].type == 8)[IP].dst == MAIL4
    assert wan.wait_for("the answer", lambda p: ICMP in p and p[ICMP].type == 0)[IP].src == MAIL_OUTSIDE4
