# SPDX-License-Identifier: GPL-2.0-or-later
"""What the gateway itself says to many: the kernel hands it a copy, of which nothing is counted. A stranger gains nothing by its source."""

import ipaddress
import json
import socket
import struct

import documents
import pytest
from lab import Lab, eventually
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6ND_RA, IPv6

ADVERTISEMENT = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 600, 0, 0)   # RFC 4861 section 4.2
ALL_NODES, GROUP4, GROUP6 = "ff02::1", "239.1.2.3", "ff05::1:3"
MANY = "33:33:00:00:00:01"


class House:
    """one -- lan, or a member of br0 [gateway]"""

    def __init__(self, lab, engine, device):
        self.gateway, self.client, self.device = lab.gateway("gw"), lab.host("one"), device
        lab.wire((self.gateway, "lan"), (self.client, "eth0"))
        self.gateway.start_daemon()
        made = {} if device == "lan" else {"bridge": {"members": ["lan"]}}
        self.gateway.apply({"version": 1, "engine": engine,
                            "interfaces": {device: {"zone": "lan", "addresses": ["192.168.1.1/24", "2001:db8:10::1/64"], **made}},
                            "policies": [documents.policy("ask", "lan", "host", protocol="udp", ports=7001)]})
        eventually("the link has its own address", lambda: self.own6() is not None)
        self.wire = self.client.sniff("eth0")

    def own6(self):
        shown = json.loads(self.gateway.ip("-json -6 addr show dev", self.device, "scope link -tentative").stdout)
        return next((one["local"] for link in shown for one in link.get("addr_info", []) if "local" in one), None)

    def index(self):
        return json.loads(self.gateway.ip("-json link show dev", self.device).stdout)[0]["ifindex"]

    def say(self, family, kind, protocol, data, to):
        speaker = self.gateway.socket(family, kind, protocol)
        if family == socket.AF_INET6:
            speaker.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self.index())
            speaker.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
            speaker.sendto(data, (to, 0 if kind == socket.SOCK_RAW else 5353, 0, self.index()))
        else:
            speaker.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("192.168.1.1"))
            speaker.sendto(data, (to, 5353))

    def heard(self, what):
        eventually("the client hears it", lambda: self.wire.matching(what))


@pytest.fixture(scope="module", params=["lan", "br0"])
def house(request, engine):
    with Lab("tc") as lab:
        yield House(lab, engine, request.param)


def join(house):
    """Somebody here listens, so the kernel hands up what is said."""
    one = house.gateway.socket(kind=socket.SOCK_DGRAM)
    one.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("4s4si", socket.inet_aton(GROUP4), b"\0\0\0\0", house.index()))
    other = house.gateway.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, ipaddress.ip_address(GROUP6).packed + struct.pack("@I", house.index()))


def test_who_listens_says_so_on_the_wire(house):
    before = house.gateway.drops()
    join(house)
    house.heard(lambda p: IP in p and p[IP].proto == 2 and socket.inet_aton(GROUP4) in bytes(p))
    house.heard(lambda p: IPv6 in p and ipaddress.ip_address(GROUP6).packed in bytes(p))
    assert house.gateway.drops() == before


def test_its_own_words_are_no_drops(house):
    join(house)
    before = house.gateway.drops()
    house.say(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6, ADVERTISEMENT, ALL_NODES)
    house.say(socket.AF_INET6, socket.SOCK_DGRAM, 0, b"in IPv6", GROUP6)
    house.say(socket.AF_INET, socket.SOCK_DGRAM, 0, b"in IPv4", GROUP4)
    house.heard(lambda p: ICMPv6ND_RA in p)
    for words in (b"in IPv6", b"in IPv4"):
        house.heard(lambda p, words=words: words in bytes(p))
    assert house.gateway.drops() == before


def test_a_stranger_with_the_gateways_address_is_dropped_and_counted(house):
    before = house.gateway.drops()
    wrong = IPv6(src=house.own6(), dst=ALL_NODES, hlim=255) / ICMPv6ND_RA(routerlifetime=600)
    house.client.injector("eth0", MANY).send(wrong)
    eventually("it is counted", lambda: house.gateway.drops().get("control", 0) == before.get("control", 0) + 1)
    house.client.injector("eth0", MANY).send(IPv6(src="2001:db8:10::1", dst=GROUP6) / UDP(sport=5353, dport=7002) / b"as the gateway")
    eventually("it is counted", lambda: sum(house.gateway.drops().values()) == sum(before.values()) + 2)
