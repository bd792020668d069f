# SPDX-License-Identifier: GPL-2.0-or-later
"""Masquerade: what the outside sees of the inside, and what comes back."""

import socket

import pytest
from lab import clients, eventually, servers
from lab.home import FAR4, INSIDE4, INSIDE6, OTHER_OUTSIDE4, OUTSIDE4, OUTSIDE6, SECOND4, WAN4
from scapy.layers.inet import ICMP, IP, UDP

PORT = 7000


@pytest.fixture(scope="module", autouse=True)
def outside_servers(home):
    for host in (home.outside, home.far):
        servers.tcp_peer_server(host, PORT)
        servers.udp_peer_server(host, PORT)


def test_tcp_server_sees_the_gateway_only(home):
    assert clients.tcp_peer(home.inside, OUTSIDE4, PORT).address == WAN4


def test_udp_server_sees_the_gateway_only(home):
    assert clients.udp_peer(home.inside, OUTSIDE4, PORT).address == WAN4


def test_server_beyond_a_router_sees_the_gateway_only(home):
    assert clients.tcp_peer(home.inside, FAR4, PORT).address == WAN4


def test_ping_is_answered_and_carries_the_gateways_address(home):
    sniffer = home.outside.sniff("eth0")
    clients.ping(home.inside, OUTSIDE4, count=3)
    echo = sniffer.wait_for("an echo request", lambda p: ICMP in p and p[ICMP].type == 8)
    assert echo[IP].src == WAN4


@pytest.mark.parametrize("ask", [clients.tcp_peer, clients.udp_peer])
def test_source_port_is_preserved(home, ask):
    assert ask(home.inside, OUTSIDE4, PORT, source=("", 45678)) == (WAN4, 45678)


def test_two_hosts_with_the_same_port_get_different_ports(home):
    first = clients.EchoedConnection(home.inside, OUTSIDE4, PORT, source=("", 46000))
    second = clients.EchoedConnection(home.second, OUTSIDE4, PORT, source=("", 46000))
    assert first.peer == (WAN4, 46000)
    assert second.peer.address == WAN4 and second.peer.port not in (46000, 0)
    assert first.says("first") and second.says("second")


def test_mapping_does_not_depend_on_the_destination(home):
    sender = home.inside.socket(kind=socket.SOCK_DGRAM)
    sender.bind(("", 47000))
    seen = set()
    for address in (OUTSIDE4, FAR4):
        sender.sendto(b"who am I?", (address, PORT))
        seen.add(servers.Peer.parse(sender.recv(1000).decode()))
    assert seen == {(WAN4, 47000)}


def test_a_stranger_cannot_use_the_mapping(home):
    sender = home.inside.socket(kind=socket.SOCK_DGRAM)
    sender.bind(("", 47100))
    sender.sendto(b"who am I?", (OUTSIDE4, PORT))
    assert sender.recv(1000)
    stranger = home.outside.socket(kind=socket.SOCK_DGRAM)
    stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)   # the server listens on that port too
    stranger.bind((OTHER_OUTSIDE4, PORT))
    stranger.sendto(b"from a stranger", (WAN4, 47100))
    sender.sendto(b"who am I?", (OUTSIDE4, PORT))
    assert sender.recv(1000).decode().startswith(WAN4), "the stranger's datagram came in"


def test_the_outside_wire_carries_no_inside_address(home):
    sniffer = home.outside.sniff("eth0")
    for ask in (clients.tcp_peer, clients.udp_peer):
        ask(home.inside, OUTSIDE4, PORT)
    clients.ping(home.inside, OUTSIDE4)
    sniffer.wait_for("the echo request", lambda p: ICMP in p)
    assert not sniffer.matching(lambda p: IP in p and p[IP].src.startswith("192.168."))


def test_ttl_goes_down_by_one(home):
    sniffer = home.outside.sniff("eth0")
    clients.ping(home.inside, OUTSIDE4)
    assert sniffer.wait_for("the echo request", lambda p: ICMP in p and p[ICMP].type == 8)[IP].ttl == 63


def test_udp_checksum_zero_stays_zero(home):
    sniffer = home.outside.sniff("eth0")
    packet = IP(src=INSIDE4, dst=OUTSIDE4) / UDP(sport=47200, dport=9, chksum=0) / b"unchecked"
    home.inside.injector("eth0", home.gateway.mac("lan")).send(packet)
    assert sniffer.wait_for("it", lambda p: UDP in p and p[UDP].sport == 47200)[UDP].chksum == 0


def test_options_in_the_ip_header_are_tolerated(home):
    sniffer = home.outside.sniff("eth0")
    ip = IP(src=INSIDE4, dst=OUTSIDE4, options=[b"\x01\x01\x01\x00"])
    packet = ip / UDP(sport=47300, dport=9) / b"options"
    home.inside.injector("eth0", home.gateway.mac("lan")).send(packet)
    seen = sniffer.wait_for("it", lambda p: UDP in p and p[UDP].sport == 47300)
    assert seen[IP].src == WAN4 and bytes(seen[UDP].payload) == b"options"


def test_ipv6_is_not_masqueraded(home):
    assert clients.tcp_peer(home.inside, OUTSIDE6, PORT).address == INSIDE6


def test_the_mapping_is_shown(home):
    sender = home.inside.socket(kind=socket.SOCK_DGRAM)
    sender.bind((INSIDE4, 47400))
    sender.sendto(b"who am I?", (OUTSIDE4, PORT))
    sender.recv(1000)
    row = next(row for row in home.gateway.show("mappings") if row["inside_port"] == 47400)
    assert (row["protocol"], row["inside"], row["masquerade"]) == ("udp", INSIDE4, "out")
    assert (row["outside"], row["outside_port"]) == (WAN4, 47400)


def test_the_flow_is_shown_with_both_directions(home):
    connection = clients.EchoedConnection(home.second, OUTSIDE4, PORT, source=("", 47500))
    assert connection.says("hello")
    row = eventually("the flow is shown as established", lambda: next(
        (row for row in home.gateway.show("flows") if row["original"]["source_port"] == 47500
         and row["state"] == "established"), None))
    assert (row["protocol"], row["from_zone"], row["to_zone"]) == ("tcp", "lan", "internet")
    assert (row["original"]["source"], row["original"]["destination"]) == (SECOND4, OUTSIDE4)
    assert (row["reply"]["source"], row["reply"]["destination"]) == (OUTSIDE4, WAN4)
    assert row["policy"] == "lan-out" and row["original"]["packets"] >= 3 and row["reply"]["packets"] >= 2


def test_bulk_data_arrives_whole(home):
    servers.endless_server(home.outside, 7001)
    connection = clients.connect_tcp(home.inside, OUTSIDE4, 7001)
    received = 0
    while received < 20_000_000:
        data = connection.recv(1 << 20)
        assert clients.follows_pattern(data, received)
        received += len(data)
