# SPDX-License-Identifier: GPL-2.0-or-later
"""A smaller MTU outside: segments are clamped, too big packets are reported or cut, never lost in silence."""

import socket

import documents
import pytest
from lab import HomeLab, clients, eventually, servers
from lab.home import INSIDE4, LAN4, LAN6, OUTSIDE4, OUTSIDE6, WAN4, WAN6
from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.inet6 import ICMPv6PacketTooBig, IPv6

MTU = 1300
IP_MTU_DISCOVER, IP_PMTUDISC_PROBE = 10, 3


@pytest.fixture(scope="module")
def home(lab, hook):
    made = HomeLab(lab, outside_mtu=MTU)
    made.gateway.start_daemon()
    made.gateway.apply(documents.home(hook))
    made.route_gateway()
    for host in (made.outside, made.inside):
        servers.tcp_peer_server(host, 8080)
        servers.endless_server(host, 9000)
    return made


def segment_size(packet):
    return dict(packet[TCP].options).get("MSS")


def is_too_big(packet):
    return ICMP in packet and (packet[ICMP].type, packet[ICMP].code) == (3, 4)


def is_syn(packet):
    return TCP in packet and "S" in packet[TCP].flags


@pytest.mark.parametrize("address, largest", [(OUTSIDE4, MTU - 40), (OUTSIDE6, MTU - 60)])
def test_syn_to_the_outside_is_clamped(home, address, largest):
    sniffer = home.outside.sniff("eth0")
    clients.tcp_peer(home.inside, address, 8080)
    assert segment_size(sniffer.wait_for("the SYN", is_syn)) <= largest


@pytest.mark.parametrize("address, largest", [(WAN4, MTU - 40), (WAN6, MTU - 60)])
def test_syn_from_the_outside_is_clamped(home, address, largest):
    sniffer = home.inside.sniff("eth0")
    clients.tcp_peer(home.outside, address, 80)
    assert segment_size(sniffer.wait_for("the SYN", is_syn)) <= largest


@pytest.mark.parametrize("address", [OUTSIDE4, OUTSIDE6])
def test_downloads_fit(home, address):
    connection, received = clients.connect_tcp(home.inside, address, 9000), 0
    while received < 5_000_000:
        data = connection.recv(1 << 20)
        assert clients.follows_pattern(data, received)
        received += len(data)


def test_uploads_fit(home):
    connection = clients.connect_tcp(home.inside, OUTSIDE4, 8080)
    stream = connection.makefile("rwb")
    stream.readline()
    block = b"x" * 99_999 + b"\n"
    for _ in range(10):
        stream.write(block)
        stream.flush()
        assert stream.readline() == block


def test_too_big_with_dont_fragment_is_reported(home):
    sniffer = home.inside.sniff("eth0")
    home.inside.run("ping", "-n", "-c", 1, "-W", 1, "-M", "do", "-s", 1400, OUTSIDE4, expect=1)
    error = sniffer.wait_for("the error", is_too_big)
    assert error[ICMP].nexthopmtu == MTU and error[IP].src == LAN4 and error[IP].dst == INSIDE4
    home.inside.ip("route flush cache")


def test_too_big_in_an_established_flow_is_reported_each_time(home):
    """A socket that ignores what it learns goes on sending too big packets; small ones went before."""
    sniffer = home.inside.sniff("eth0")
    sender = home.inside.socket(kind=socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE)
    for size in (10, 1400, 10, 1400):
        sender.sendto(bytes(size), (OUTSIDE4, 8081))
    eventually("both are reported", lambda: len(sniffer.matching(is_too_big)) == 2)
    errors = sniffer.matching(is_too_big)
    assert [error[ICMP].nexthopmtu for error in errors] == [MTU, MTU]


@pytest.mark.xfail(strict=True, reason="RFC 4787 REQ-13: the fast path drops and counts, it cuts no packets")
def test_too_big_without_dont_fragment_is_cut(home):
    home.inside.ip("route flush cache")
    home.inside.run("ping", "-n", "-c", 1, "-W", 2, "-M", "dont", "-s", 1400, OUTSIDE4)


def test_too_big_over_ipv6_is_reported_and_obeyed(home):
    sniffer = home.inside.sniff("eth0")
    home.inside.run("ping", "-n", "-c", 2, "-W", 1, "-s", 1400, OUTSIDE6, expect={0, 1})
    error = sniffer.wait_for("packet too big", lambda p: ICMPv6PacketTooBig in p)
    assert error[ICMPv6PacketTooBig].mtu == MTU and error[IPv6].src == LAN6
    home.inside.run("ping", "-n", "-c", 1, "-W", 2, "-s", 1400, OUTSIDE6)
