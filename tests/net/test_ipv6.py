# SPDX-License-Identifier: GPL-2.0-or-later
"""IPv6 is forwarded with its own addresses, and judged like IPv4."""

import pytest
from lab import clients, servers
from lab.home import FAR6, INSIDE6, LAN6, OUTSIDE6, SECOND6, WAN6
from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt


@pytest.fixture(scope="module", autouse=True)
def both_sides_serve(home):
    for host in (home.outside, home.far):
        servers.tcp_peer_server(host, 7000)
        servers.udp_peer_server(host, 7000)
    for port in (8080, 9999):
        servers.tcp_peer_server(home.inside, port)
        servers.tcp_peer_server(home.second, port)


@pytest.mark.parametrize("ask", [clients.tcp_peer, clients.udp_peer])
@pytest.mark.parametrize("address", [OUTSIDE6, FAR6])
def test_inside_reaches_outside_with_its_own_address(home, ask, address):
    assert ask(home.inside, address, 7000, source=("", 43000)) == (INSIDE6, 43000)


def test_policy_opens_one_port_of_one_host(home):
    assert clients.tcp_peer(home.outside, INSIDE6, 8080).address == OUTSIDE6


@pytest.mark.parametrize("address, port", [(INSIDE6, 9999), (SECOND6, 8080)])
def test_other_ports_and_hosts_stay_closed(home, address, port):
    assert clients.tcp_outcome(home.outside, address, port, timeout=0.3) == "silence"


@pytest.mark.parametrize("address", [LAN6, OUTSIDE6, FAR6])
def test_ping(home, address):
    clients.ping(home.inside, address, count=3)


def test_outside_pings_the_gateway(home):
    clients.ping(home.outside, WAN6)


def test_outside_cannot_ping_the_inside(home):
    clients.ping(home.outside, INSIDE6, expect=1, wait=0.3)


def test_hop_limit_goes_down_by_one(home):
    sniffer = home.outside.sniff("eth0")
    clients.udp_peer(home.inside, OUTSIDE6, 7000)
    seen = sniffer.wait_for("the datagram", lambda p: IPv6 in p and UDP in p and p[UDP].dport == 7000)
    assert seen[IPv6].hlim == 63


def test_extension_headers_are_carried(home):
    sniffer = home.outside.sniff("eth0")
    packet = IPv6(src=INSIDE6, dst=OUTSIDE6) / IPv6ExtHdrDestOpt() / UDP(sport=43100, dport=9) / b"option"
    home.inside.injector("eth0", home.gateway.mac("lan")).send(packet)
    seen = sniffer.wait_for("it", lambda p: UDP in p and p[UDP].sport == 43100)
    assert IPv6ExtHdrDestOpt in seen and seen[IPv6].src == INSIDE6


def test_neighbours_are_found_again_after_they_were_forgotten(home):
    for host, device in ((home.gateway, "wan"), (home.gateway, "lan"), (home.inside, "eth0"),
                         (home.outside, "eth0")):
        host.ip("neigh flush dev", device)
    clients.ping(home.inside, OUTSIDE6)
