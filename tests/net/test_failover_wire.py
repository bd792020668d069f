# SPDX-License-Identifier: GPL-2.0-or-later
"""What others of the wire can do by which a cluster's nodes hear each other. On one engine: keepalived judges what the engine has admitted."""

import socket
import struct
import time

import pytest
from lab import eventually
from pair_site import ALL, started


@pytest.fixture(scope="module")
def site():
    yield from started()


def vrrp(source_mac, priority, hop_limit):
    """What a host would say that claims to be the router: scapy has no VRRP of version 3 by IPv6."""
    from scapy.all import Ether, IPv6, Raw   # noqa: PLC0415  slow to import
    body = bytes([0x31, 51, priority, 1, 0, 10, 0, 0]) + socket.inet_pton(socket.AF_INET6, "fe80::200:5eff:fe00:233")
    packet = IPv6(src="fe80::bad", dst="ff02::12", hlim=hop_limit, nh=112) / Raw(body)
    pseudo = socket.inet_pton(socket.AF_INET6, "fe80::bad") + socket.inet_pton(socket.AF_INET6, "ff02::12") + struct.pack("!I3xB", len(body), 112)
    total = sum(struct.unpack(f"!{len(pseudo + body) // 2}H", pseudo + body))
    total = (total & 0xffff) + (total >> 16)
    check = ~(total + (total >> 16)) & 0xffff
    packet[Raw].load = body[:6] + struct.pack("!H", check) + body[8:]
    return Ether(src=source_mac, dst="33:33:00:00:00:12") / packet


def test_who_is_on_that_wire_can_stop_them_and_others_cannot(site):
    """What docs/security.md says of VRRP: no secret is in it. A packet that came by a router is nobody's word."""
    mac = site.outside.mac("wire")
    stopped = {}
    for hop_limit in (64, 255):
        packet = bytes(vrrp(mac, 255, hop_limit))
        with site.outside.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
            raw.bind(("wire", 0))
            for _ in range(15):
                raw.send(packet)
                time.sleep(0.05)
        stopped[hop_limit] = not any(site.holds(name) for name in site.gateways)
        site.settle()
    assert stopped == {64: False, 255: True}


def test_by_unicast_others_of_the_wire_are_not_heard(site):
    """IPv4, because each node has such an address of its own there."""
    site.gateways["gw1"].apply(site.document(unicast=True))
    site.settle()
    active, standby = site.active(), site.standby()
    assert site.gateways[active].has_address(site.device(active, "wan"), "169.254.0.51/32")
    packet = bytes(vrrp(site.outside.mac("wire"), 255, 255))
    with site.outside.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind(("wire", 0))
        for _ in range(15):
            raw.send(packet)
            time.sleep(0.05)
    assert site.active() == active
    site.grow_old()
    site.cut(active)
    eventually("the other one is active, and knows it", lambda: site.holds(standby) and site.knows(standby) == "active")
    eventually("traffic goes on", lambda: site.works() == ALL)
    site.mend(active)
    site.settle()
    assert site.active() == standby
    lone = site.document(unicast=True, own=False)
    assert "nodes have no addresses of their own" in site.gateways["gw1"].apply(lone, expect=3).stderr
    site.gateways["gw1"].apply(site.document())
