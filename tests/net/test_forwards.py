# SPDX-License-Identifier: GPL-2.0-or-later
"""Port forwards: ranges, source sets, both families, hairpin."""

import documents
import pytest
from lab import clients, servers
from lab.home import FAR4, INSIDE4, OTHER_OUTSIDE4, OUTSIDE4, OUTSIDE6, SECOND4, WAN4, WAN6


@pytest.fixture(scope="module", autouse=True)
def inside_servers(home):
    for port in (8080, 9000, 9003, 30000, 30010):
        servers.tcp_peer_server(home.inside, port)
        servers.udp_peer_server(home.inside, port)


def test_server_sees_the_clients_own_address(home):
    assert clients.tcp_peer(home.outside, WAN4, 80, source=("", 41000)) == (OUTSIDE4, 41000)


def test_client_beyond_a_router_is_served(home):
    assert clients.tcp_peer(home.far, WAN4, 80).address == FAR4


def test_ipv6_forward(home):
    assert clients.tcp_peer(home.outside, WAN6, 80).address == OUTSIDE6


def test_forward_by_the_name_of_the_interface(home):
    assert clients.tcp_peer(home.outside, WAN4, 8444).address == OUTSIDE4


@pytest.mark.parametrize("ask", [clients.tcp_peer, clients.udp_peer])
@pytest.mark.parametrize("port", [30000, 30010, 31000, 31003])
def test_first_and_last_port_of_a_range(home, ask, port):
    assert ask(home.outside, WAN4, port).address == OUTSIDE4


@pytest.mark.parametrize("port", [29999, 30011, 30999, 31004])
def test_ports_beside_a_range_are_closed(home, port):
    assert clients.tcp_outcome(home.outside, WAN4, port, timeout=0.3) == "silence"


def test_source_set_admits_its_members(home):
    assert clients.tcp_peer(home.outside, WAN4, 2222, source=(OTHER_OUTSIDE4, 0)).address == OTHER_OUTSIDE4


def test_source_set_keeps_others_out(home):
    assert clients.tcp_outcome(home.outside, WAN4, 2222, source=(OUTSIDE4, 0), timeout=0.3) == "silence"


def test_udp_forward_for_tcp_only_port_is_closed(home):
    assert clients.udp_outcome(home.outside, WAN4, 80, timeout=0.1) == "silence"


@pytest.mark.parametrize("ask", [clients.tcp_peer, clients.udp_peer])
def test_hairpin_from_another_inside_host(home, ask):
    assert ask(home.second, WAN4, 30000).address == WAN4


def test_hairpin_from_the_servers_own_host(home):
    assert clients.tcp_peer(home.inside, WAN4, 80).address == WAN4


def test_hairpin_carries_data_both_ways(home):
    connection = clients.EchoedConnection(home.second, WAN4, 80)
    assert all(connection.says(word * 500) for word in ("there", "and", "back"))


def test_inside_access_to_the_server_itself_stays_direct(home):
    assert clients.tcp_peer(home.second, INSIDE4, 8080).address == SECOND4


def test_forwards_are_shown_with_their_traffic(home):
    before = {row["name"]: row["packets"] for row in home.gateway.show("forwards")}
    clients.EchoedConnection(home.outside, WAN4, 80).says("count me")
    rows = {row["name"]: row for row in home.gateway.show("forwards")}
    assert set(rows) == {"web", "range", "shifted", "private", "named", "web-six"}
    assert rows["web"]["packets"] > before["web"] and rows["web"]["flows"] >= 1


def test_a_forward_is_added_and_removed_by_command(restored):
    gateway = restored.gateway
    gateway.sluice("forward", "add", "extra", "--listen", WAN4, "--ports", "8443", "--to", f"{INSIDE4}:8080")
    assert clients.tcp_peer(restored.outside, WAN4, 8443).address == OUTSIDE4
    gateway.sluice("forward", "remove", "extra")
    assert clients.tcp_outcome(restored.outside, WAN4, 8443, timeout=0.3) == "silence"


def test_a_removed_forward_ends_its_connections(restored):
    connection = clients.EchoedConnection(restored.outside, WAN4, 80)
    assert connection.says("before")
    restored.gateway.apply(documents.without_forward(documents.home(restored.lab.hook), "web"))
    with pytest.raises(OSError):
        connection.says("after", timeout=0.5)
