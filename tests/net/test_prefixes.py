# SPDX-License-Identifier: GPL-2.0-or-later
"""Prefix translation that leaves checksums alone (RFC 6296), between real hosts: ping, TCP, UDP, errors."""

import socket

import documents
import pytest
from lab import clients, eventually, servers
from lab.home import OUTSIDE6, WAN6
from scapy.layers.inet import UDP
from scapy.layers.inet6 import ICMPv6DestUnreach, IPerror6, IPv6

INSIDE, OUTSIDE = "fd01:203:405::/48", "2001:db8:1::/48"
HOST, SEEN = "fd01:203:405:1::1234", "2001:db8:1:d550::1234"   # the example of RFC 6296 section 2.1


@pytest.fixture(scope="module")
def document(hook):
    made = documents.home(hook)
    made["interfaces"]["lan"]["addresses"].append("fd01:203:405:1::1/64")
    made["nat"]["masquerade"][0]["family"] = "both"   # it says where the outside is; the mapping comes first
    made["nat"]["static"].append({"name": "prefix", "inside": INSIDE, "outside": OUTSIDE, "checksum_neutral": True})
    made["policies"].append(documents.policy("prefix-in", "internet", "lan", destination=INSIDE))
    return made


@pytest.fixture(scope="module", autouse=True)
def the_host_is_there(home):
    home.inside.addresses("eth0", f"{HOST}/64")
    home.outside.routes(f"{OUTSIDE} via {WAN6}")
    for host, port in ((home.outside, 7000), (home.inside, 8080)):
        servers.tcp_peer_server(host, port)
        servers.udp_peer_server(host, port)


@pytest.mark.parametrize("ask", [clients.tcp_peer, clients.udp_peer])
def test_the_outside_sees_the_other_prefix(home, ask):
    assert ask(home.inside, OUTSIDE6, 7000, source=(HOST, 45000)) == (SEEN, 45000)


def test_the_outside_reaches_the_host(home):
    assert clients.tcp_peer(home.outside, SEEN, 8080).address == OUTSIDE6
    with home.inside.socket(socket.AF_INET6, socket.SOCK_DGRAM, timeout=5) as asked, \
            home.outside.socket(socket.AF_INET6, socket.SOCK_DGRAM, timeout=5) as asking:
        asked.bind((HOST, 8081))   # the one of its addresses that is asked is the one that answers
        asking.sendto(b"who is there?", (SEEN, 8081))
        question, sender = asked.recvfrom(100)
        assert question == b"who is there?" and sender[0] == OUTSIDE6
        asked.sendto(b"I am", sender)
        answer, sender = asking.recvfrom(100)
        assert answer == b"I am" and sender[:2] == (SEEN, 8081)


def test_ping_both_ways(home):
    home.inside.run("ping", "-n", "-c", 1, "-W", 2, "-I", HOST, OUTSIDE6)
    clients.ping(home.outside, SEEN)


def test_not_a_bit_of_the_transport_changes(home):
    outside = home.outside.sniff("eth0")
    sent = IPv6(src=HOST, dst=OUTSIDE6) / UDP(sport=45001, dport=7000) / b"who am I?"
    home.inside.injector("eth0", home.gateway.mac("lan")).send(sent)
    seen = outside.wait_for("the question", lambda p: UDP in p and p[UDP].sport == 45001)
    assert seen[IPv6].src == SEEN and bytes(seen[UDP]) == bytes(IPv6(bytes(sent))[UDP])


def test_an_error_is_about_what_the_host_sent(home):
    sniffer = home.inside.sniff("eth0")
    assert clients.udp_outcome(home.inside, OUTSIDE6, 9, source=(HOST, 45002), timeout=2) == "refused"
    error = sniffer.wait_for("the error", lambda p: ICMPv6DestUnreach in p)
    assert error[IPv6].dst == HOST and error[IPerror6].src == HOST


def test_a_host_whose_subnet_is_all_ones_is_told(home):
    """It cannot be told from another one behind the translation (RFC 6296 section 3.5)."""
    home.inside.addresses("eth0", "fd01:203:405:ffff::1/128")
    home.gateway.ip("-6 route add fd01:203:405:ffff::/64 dev lan")
    before = home.gateway.drops().get("bad-address", 0)
    with pytest.raises(OSError):
        clients.tcp_peer(home.inside, OUTSIDE6, 7000, source=("fd01:203:405:ffff::1", 0), timeout=1)
    eventually("it is counted", lambda: home.gateway.drops().get("bad-address", 0) > before)
