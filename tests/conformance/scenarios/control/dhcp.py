# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers of DHCP servers reach the gateway on an uplink without a policy, and nowhere else."""

import socket

import pytest
from harness import assert_dropped, policy
from lab.home import INSIDE4, LAN4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6

EVERYBODY = "255.255.255.255"


def answer(source, destination):
    return IP(src=source, dst=destination) / UDP(sport=67, dport=68)


def client(house):
    made = house.gateway.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("", 68))
    return made


@pytest.mark.parametrize("destination", [LAN4, EVERYBODY])
def scenario(house, destination):
    heard = client(house)
    assert_dropped(house, "inside", answer(INSIDE4, destination), "policy")
    assert_dropped(house, "inside", IPv6(src="fe80::2", dst="fe80::1") / UDP(sport=547, dport=546),
                   "policy", "bad-address", "no-route", "no-zone")
    house.inject("outside", answer(OUTSIDE4, WAN4 if destination == LAN4 else EVERYBODY) / b"an offer")
    assert heard.recvfrom(100) == (b"an offer", (OUTSIDE4, 67))
    house.apply(lambda home: home["policies"].append(policy("dhcp", "lan", "host", protocol="udp", ports=68)))
    house.inject("inside", answer(INSIDE4, destination) / b"as the policy says")
    assert heard.recvfrom(100) == (b"as the policy says", (INSIDE4, 67))
    heard.close()
