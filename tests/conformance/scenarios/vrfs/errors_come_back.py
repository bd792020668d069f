# SPDX-License-Identifier: GPL-2.0-or-later
"""An error about an answer goes to the tenant that sent it, though its VRF knows no way to the peer."""

from harness import TENANT4, assert_silent, clients, forward, tenants
from harness.silence import TIME_EXCEEDED, mark
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import ICMP, IP, UDP


def document(home):
    tenants(home, routes=[])
    for port, name in ((8001, "red"), (8002, "blue")):
        home["nat"]["forwards"].append(forward(f"{name}-web", WAN4, port, f"{TENANT4}:8080", protocol="udp",
                                               vrf=f"{name}-net"))


def scenario(house):
    red, others, text = house.sniff("red"), [house.sniff(name) for name in ("lan", "wan")], mark()
    blue, peer = house.sniff("blue"), house.port()
    assert clients.udp_peer(house.outside, WAN4, 8001, source=("", peer)).address == OUTSIDE4
    house.inject("red", IP(src=TENANT4, dst=OUTSIDE4, ttl=1) / UDP(sport=8080, dport=peer) / text)
    red.wait_for("time exceeded", lambda p: ICMP in p and p[ICMP].type == TIME_EXCEEDED and p[IP].dst == TENANT4)
    assert_silent(house, *others, wanted=lambda p: text in bytes(p))
    blue.catch_up()
    assert not any(text in frame for frame in blue.frames)
