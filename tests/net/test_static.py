# SPDX-License-Identifier: GPL-2.0-or-later
"""Static mappings: one outside address for one inside host, in both directions."""

import pytest
from lab import clients, eventually, servers
from lab.home import MAIL4, MAIL_OUTSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import ICMP, IP


@pytest.fixture(scope="module", autouse=True)
def both_sides_serve(home):
    servers.tcp_peer_server(home.mail, 25)
    servers.tcp_peer_server(home.mail, 26)
    servers.tcp_peer_server(home.outside, 7000)
    servers.udp_peer_server(home.outside, 7000)


@pytest.mark.parametrize("ask", [clients.tcp_peer, clients.udp_peer])
def test_from_inside_the_outside_address_is_seen_and_the_port_kept(home, ask):
    assert ask(home.mail, OUTSIDE4, 7000, source=("", 42000)) == (MAIL_OUTSIDE4, 42000)


def test_ping_from_inside_carries_the_outside_address(home):
    sniffer = home.outside.sniff("eth0")
    clients.ping(home.mail, OUTSIDE4)
    echo = sniffer.wait_for("the echo request", lambda p: ICMP in p and p[ICMP].type == 8)
    assert echo[IP].src == MAIL_OUTSIDE4


def test_from_outside_the_policy_admits_its_port(home):
    assert clients.tcp_peer(home.outside, MAIL_OUTSIDE4, 25).address == OUTSIDE4


def test_from_outside_other_ports_are_closed(home):
    assert clients.tcp_outcome(home.outside, MAIL_OUTSIDE4, 26, timeout=0.3) == "silence"


def test_hairpin_from_another_inside_host(home):
    """Inside one zone traffic is accepted, and the answer must come from the address that was asked."""
    assert clients.tcp_peer(home.inside, MAIL_OUTSIDE4, 25).address == WAN4


def test_raw_protocol_from_inside_is_translated(home):
    sniffer = home.outside.sniff("eth0")
    packet = IP(src=MAIL4, dst=OUTSIDE4, proto=50) / bytes(16)
    home.mail.injector("eth0", home.gateway.mac("lan")).send(packet)
    seen = sniffer.wait_for("the ESP packet", lambda p: IP in p and p[IP].proto == 50)
    assert seen[IP].src == MAIL_OUTSIDE4


def test_flow_shows_the_translation(home):
    connection = clients.EchoedConnection(home.outside, MAIL_OUTSIDE4, 25, source=("", 42100))
    row = eventually("the flow is shown", lambda: next(
        (row for row in home.gateway.show("flows") if row["original"]["source_port"] == 42100), None))
    assert connection.says("still there")
    assert (row["original"]["destination"], row["reply"]["source"]) == (MAIL_OUTSIDE4, MAIL4)
