# SPDX-License-Identifier: GPL-2.0-or-later
"""Protocols without ports, SCTP, and datagrams in fragments."""

import socket

import documents
import pytest
from lab import clients, servers
from lab.home import INSIDE4, INSIDE6, OTHER_OUTSIDE4, OUTSIDE4, OUTSIDE6, SECOND4, WAN4
from scapy.layers.inet import IP, UDP, fragment
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import GRE
from scapy.layers.sctp import SCTP, SCTPChunkData


@pytest.fixture(scope="module", autouse=True)
def everybody_serves(home):
    servers.udp_peer_server(home.outside, 7000)
    for port in (8080, 30000):
        servers.udp_peer_server(home.inside, port)


@pytest.fixture(scope="module")
def senders(home):
    """Frames by hand from the hosts inside and outside."""
    lan, wan = home.gateway.mac("lan"), home.gateway.mac("wan")
    return {"inside": home.inside.injector("eth0", lan), "second": home.second.injector("eth0", lan),
            "outside": home.outside.injector("eth0", wan)}


def gre(source, target, key):
    return IP(src=source, dst=target) / GRE(key_present=1, key=key) / b"payload"


def carries(key):
    return lambda p: GRE in p and p[GRE].key == key


def test_gre_leaves_with_the_gateways_address_and_its_answer_comes_back(home, senders):
    outside, inside = home.outside.sniff("eth0"), home.inside.sniff("eth0")
    senders["inside"].send(gre(INSIDE4, OUTSIDE4, 1))
    assert outside.wait_for("GRE", carries(1))[IP].src == WAN4
    senders["outside"].send(gre(OUTSIDE4, WAN4, 2))
    assert inside.wait_for("the answer", carries(2))[IP].dst == INSIDE4


def test_a_second_host_that_would_be_ambiguous_is_refused_and_counted(home, senders):
    outside = home.outside.sniff("eth0")
    senders["inside"].send(gre(INSIDE4, OUTSIDE4, 3))
    outside.wait_for("the first host's", carries(3))
    before = sum(home.gateway.drops().values())
    senders["second"].send(gre(SECOND4, OUTSIDE4, 4))
    senders["inside"].send(gre(INSIDE4, OUTSIDE4, 5))
    outside.wait_for("the first host's again", carries(5))
    assert not outside.matching(carries(4))
    assert sum(home.gateway.drops().values()) == before + 1


def test_a_second_host_may_speak_to_another_server(home, senders):
    outside = home.outside.sniff("eth0")
    senders["inside"].send(gre(INSIDE4, OUTSIDE4, 6))
    senders["second"].send(gre(SECOND4, OTHER_OUTSIDE4, 7))
    assert outside.wait_for("the second host's", carries(7))[IP].src == WAN4


def test_unasked_gre_from_outside_goes_nowhere(home, senders):
    inside = home.inside.sniff("eth0")
    senders["outside"].send(gre(OUTSIDE4, INSIDE4, 8), gre("203.0.113.77", WAN4, 9))
    clients.ping(home.inside, OUTSIDE4)
    assert not inside.matching(lambda p: GRE in p and p[GRE].key in (8, 9))


def test_gre_over_ipv6_is_forwarded(home, senders):
    outside = home.outside.sniff("eth0")
    senders["inside"].send(IPv6(src=INSIDE6, dst=OUTSIDE6, nh=47) / GRE(key_present=1, key=10))
    assert outside.wait_for("GRE", carries(10))[IPv6].src == INSIDE6


def test_a_policy_can_drop_one_protocol(restored, hook, senders):
    changed = documents.home(hook)
    changed["policies"].insert(0, documents.policy("no-gre", "lan", "internet", "drop", protocol="gre"))
    restored.gateway.apply(changed)
    outside = restored.outside.sniff("eth0")
    senders["inside"].send(gre(INSIDE4, OUTSIDE4, 11))
    clients.ping(restored.inside, OUTSIDE4)
    assert not outside.matching(carries(11))


def test_sctp_leaves_with_the_gateways_address(home, senders):
    outside = home.outside.sniff("eth0")
    association = SCTP(sport=45000, dport=45001) / SCTPChunkData(data=b"x")
    senders["inside"].send(IP(src=INSIDE4, dst=OUTSIDE4) / association)
    seen = outside.wait_for("SCTP", lambda p: SCTP in p)
    assert (seen[IP].src, seen[SCTP].dport) == (WAN4, 45001)


@pytest.mark.parametrize("address", [OUTSIDE4, OUTSIDE6])
def test_ping_in_fragments(home, address):
    clients.ping(home.inside, address, count=3, size=4000)


def datagram_echo(host, address, port, size):
    """A datagram of that size is heard and answered."""
    sender = host.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    sender.sendto(b"z" * size, (address, port))
    return sender.recv(1000).decode().split()[0]


@pytest.mark.parametrize("size", [1473, 4000, 20000])
def test_a_fragmented_datagram_crosses_the_masquerade(home, size):
    assert datagram_echo(home.inside, OUTSIDE4, 7000, size) == WAN4


@pytest.mark.parametrize("size", [1473, 20000])
def test_a_fragmented_datagram_crosses_a_forward(home, size):
    assert datagram_echo(home.outside, WAN4, 30000, size) == OUTSIDE4


def test_a_fragmented_datagram_crosses_ipv6(home):
    assert datagram_echo(home.inside, OUTSIDE6, 7000, 4000) == INSIDE6


def test_a_later_fragment_without_a_first_one_goes_nowhere(home, senders):
    outside = home.outside.sniff("eth0")
    whole = IP(src=INSIDE4, dst=OUTSIDE4, id=777) / UDP(sport=45500, dport=9) / (b"f" * 3000)
    senders["inside"].send(fragment(whole, 1400)[1])
    clients.ping(home.inside, OUTSIDE4)
    assert not outside.matching(lambda p: IP in p and p[IP].frag > 0)
