# SPDX-License-Identifier: GPL-2.0-or-later
"""A smaller MTU outside: segments are clamped, too big packets are reported or cut, never lost in silence."""

import socket

import documents
import pytest
from lab import HomeLab, clients, eventually, servers
from lab.home import FAR4, FAR6, INSIDE4, LAN4, LAN6, OUTSIDE4, OUTSIDE6, WAN4, WAN6
from scapy.layers.inet import ICMP, IP, IPerror, TCP
from scapy.layers.inet6 import ICMPv6PacketTooBig, IPv6

MTU = 1300
IP_MTU_DISCOVER, IP_PMTUDISC_DONT, IP_PMTUDISC_PROBE = 10, 0, 3


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


def test_too_big_without_dont_fragment_is_cut(home):
    home.inside.ip("route flush cache")
    home.inside.run("ping", "-n", "-c", 1, "-W", 2, "-M", "dont", "-s", 1400, OUTSIDE4)


def test_a_datagram_without_dont_fragment_is_cut_though_its_checksum_was_left_to_the_device(home):
    """On tc the sender's wire computes no checksums: the gateway gets them unfinished, and pieces need finished ones."""
    servers.udp_echo_server(home.outside, 7007)
    sender = home.inside.socket(kind=socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
    sender.sendto(b"d" * 1400, (OUTSIDE4, 7007))
    assert sender.recv(65535) == b"d" * 1400


def test_errors_from_beyond_the_gateway_reach_the_inside_translated(home):
    """The link behind `outside` is smaller still: it says so to the gateway's address, and `inside` must hear it."""
    home.outside.ip("link set eth1 mtu", 1280)
    sniffer = home.inside.sniff("eth0")
    for address, size in ((FAR4, 1260), (FAR6, 1245)):
        home.inside.run("ping", "-n", "-c", 1, "-W", 1, "-M", "do", "-s", size, address, expect=1)
    error = sniffer.wait_for("the error", is_too_big)
    assert error[ICMP].nexthopmtu == 1280 and error[IP].src == OUTSIDE4 and error[IP].dst == INSIDE4
    assert (error[IPerror].src, error[IPerror].dst) == (INSIDE4, FAR4)
    assert sniffer.wait_for("packet too big", lambda p: ICMPv6PacketTooBig in p)[ICMPv6PacketTooBig].mtu == 1280


def test_too_big_over_ipv6_is_reported_and_obeyed(home):
    sniffer = home.inside.sniff("eth0")
    home.inside.run("ping", "-n", "-c", 2, "-W", 1, "-s", 1400, OUTSIDE6, expect={0, 1})
    error = sniffer.wait_for("packet too big", lambda p: ICMPv6PacketTooBig in p)
    assert error[ICMPv6PacketTooBig].mtu == MTU and error[IPv6].src == LAN6
    home.inside.run("ping", "-n", "-c", 1, "-W", 2, "-s", 1400, OUTSIDE6)


def test_bulk_tcp_goes_both_ways_through_a_black_hole(home):
    """Nobody's ICMP gets through: segments that fit are what is left."""
    for host in (home.inside, home.outside):
        host.ip("route flush cache")
        host.run("nft", "add table inet hole; add chain inet hole in { type filter hook input priority 0; }; "
                        "add rule inet hole in icmp type destination-unreachable drop; "
                        "add rule inet hole in icmpv6 type packet-too-big drop")
        home.lab.defer(host.run, "nft", "delete table inet hole")
    for address in (OUTSIDE4, OUTSIDE6):
        test_downloads_fit(home, address)
    test_uploads_fit(home)
