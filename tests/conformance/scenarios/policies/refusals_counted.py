# SPDX-License-Identifier: GPL-2.0-or-later
"""A policy that drops or rejects counts each packet that it refuses, and its bytes; it has no flows."""

import contextlib
import socket

import pytest
from harness import eventually, policy
from lab.home import INSIDE4, INSIDE6, LAN4, OUTSIDE4, OUTSIDE6
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6

PACKETS, OWN = 3, b"of the gateway itself"
OWN_BYTES = 20 + 8 + len(OWN)
REFUSING = ("no-telnet", "no-ntp", "no-mdns", "quiet", "silent")


def document(home):
    home["policies"][:0] = [policy("no-ntp", "lan", ["internet", "host"], "drop", protocol="udp", ports=123),
                            policy("no-mdns", "lan", "host", "drop", protocol="udp", ports=5353),
                            policy("quiet", "host", "internet", "drop", protocol="udp", ports=124),
                            policy("silent", "host", "internet", "reject", protocol="udp", ports=125)]


def counts(gained):
    return {name: gained.policy(name) for name in REFUSING}


def assert_counted(gained, name, size):
    """By this policy, and by no other one that refuses."""
    nothing = {"flows": 0, "packets": 0, "bytes": 0}
    wanted = {one: nothing for one in REFUSING} | {name: {"flows": 0, "packets": PACKETS, "bytes": PACKETS * size}}

    def look():
        assert counts(gained) == wanted, counts(gained)
    eventually(f"{name} has counted {PACKETS} packets", lambda: look() or True, within=3)


@pytest.mark.parametrize("name, packet", [
    ("no-ntp", IP(src=INSIDE4, dst=OUTSIDE4) / UDP(dport=123)),
    ("no-ntp", IPv6(src=INSIDE6, dst=OUTSIDE6) / UDP(dport=123)),
    ("no-ntp", IP(src=INSIDE4, dst=LAN4) / UDP(dport=123)),
    ("no-telnet", IP(src=INSIDE4, dst=OUTSIDE4) / TCP(dport=23, flags="S")),
    ("no-telnet", IPv6(src=INSIDE6, dst=OUTSIDE6) / TCP(dport=23, flags="S")),
    ("no-mdns", IP(src=INSIDE4, dst="224.0.0.251", ttl=255) / UDP(dport=5353)),
], ids=["dropped", "dropped6", "for the gateway", "rejected", "rejected6", "for many"])
def scenario(house, name, packet):
    gained = house.gained()
    packet.payload.sport = house.port()
    house.inject("inside", *[packet / b"four"] * PACKETS)
    assert_counted(gained, name, len(packet) + len(b"four"))


@pytest.mark.parametrize("name, port", [("quiet", 124), ("silent", 125)])
def scenario_of_the_gateways_own(house, name, port):
    gained = house.gained()
    with house.gateway.socket(kind=socket.SOCK_DGRAM) as sender:
        for _ in range(PACKETS):
            with contextlib.suppress(OSError):   # what the kernel says of it is not the same with each engine
                sender.sendto(OWN, (OUTSIDE4, port))
    assert_counted(gained, name, OWN_BYTES)
