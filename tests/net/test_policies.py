# SPDX-License-Identifier: GPL-2.0-or-later
"""Policies between zones and to the gateway itself: default deny, sets, reject, the gateway's own way out."""

import documents
import pytest
from lab import clients, servers, services
from lab.home import FAR4, INSIDE4, LAN4, LAN6, OTHER_OUTSIDE4, OTHER_OUTSIDE6, OUTSIDE4, OUTSIDE6, WAN4, WAN6

REFUSALS = ("refused", "unreachable")


@pytest.fixture(scope="module", autouse=True)
def everybody_serves(home):
    for host, port in ((home.outside, 7000), (home.outside, 23), (home.inside, 8080), (home.gateway, 22),
                       (home.gateway, 8000)):
        servers.tcp_peer_server(host, port)
        servers.udp_peer_server(host, port)


@pytest.mark.parametrize("address", [INSIDE4, LAN4])
def test_outside_with_a_route_reaches_nothing_inside(home, address):
    assert clients.tcp_outcome(home.outside, address, 8080, timeout=0.3) == "silence"
    assert clients.udp_outcome(home.outside, address, 8080, timeout=0.1) == "silence"


def test_outside_cannot_ping_the_inside(home):
    clients.ping(home.outside, INSIDE4, expect=1, wait=0.3)


@pytest.mark.parametrize("address", [WAN4, WAN6])
def test_ssh_from_a_stranger_is_dropped(home, address):
    assert clients.tcp_outcome(home.outside, address, 22, timeout=0.3) == "silence"


@pytest.mark.parametrize("address, source", [(WAN4, OTHER_OUTSIDE4), (WAN6, OTHER_OUTSIDE6)])
def test_ssh_from_the_set_of_admins_is_answered(home, address, source):
    assert clients.tcp_peer(home.outside, address, 22, source=(source, 0)).address == source


@pytest.mark.parametrize("address", [LAN4, LAN6, WAN4])
def test_inside_reaches_no_unlisted_port_of_the_gateway(home, address):
    assert clients.tcp_outcome(home.inside, address, 8000, timeout=0.3) == "silence"


@pytest.mark.parametrize("address", [LAN4, LAN6])
def test_inside_pings_the_gateway(home, address):
    clients.ping(home.inside, address)


@pytest.mark.parametrize("address", [OUTSIDE4, OUTSIDE6])
def test_reject_answers_at_once(home, address):
    assert clients.tcp_outcome(home.inside, address, 23) == "refused"
    assert clients.udp_outcome(home.inside, address, 23) in REFUSALS


@pytest.mark.parametrize("address", [OUTSIDE4, OUTSIDE6])
def test_the_gateways_own_connections_work(home, address):
    assert clients.tcp_peer(home.gateway, address, 7000).address in (WAN4, WAN6)
    assert clients.udp_peer(home.gateway, address, 7000).address in (WAN4, WAN6)
    clients.ping(home.gateway, address)


def test_the_gateways_own_dig_and_curl_work(home):
    services.dns_server(home.outside, "www.example", FAR4)
    servers.http_server(home.far, 80)
    assert services.dig(home.gateway, OUTSIDE4, "www.example") == FAR4
    assert clients.http_peer(home.gateway, FAR4, 80).address == WAN4


def test_the_gateway_reaches_the_inside(home):
    assert clients.tcp_peer(home.gateway, INSIDE4, 8080).address == LAN4


def test_drops_are_counted_by_reason(home):
    before = sum(home.gateway.drops().values())
    clients.tcp_outcome(home.outside, WAN4, 22, timeout=0.1)
    assert sum(home.gateway.drops().values()) > before


def test_policies_are_shown_in_order_with_the_default_last(home):
    clients.tcp_peer(home.inside, OUTSIDE4, 7000)
    rows = home.gateway.show("policies")
    assert [row["name"] for row in rows][:4] == ["no-telnet", "lan-out", "lan-ping", "ping"]
    assert rows[-1]["name"] == "default" and rows[-1]["action"] == "drop"
    assert next(row for row in rows if row["name"] == "lan-out")["packets"] > 0


def test_a_changed_set_is_obeyed(restored, hook):
    changed = documents.home(hook)
    changed["sets"]["admins"].append(OUTSIDE4)
    restored.gateway.apply(changed)
    assert clients.tcp_peer(restored.outside, WAN4, 22).address == OUTSIDE4


@pytest.mark.parametrize("address", [OUTSIDE4, OUTSIDE6])
def test_removing_the_policy_ends_its_flows_at_once(restored, hook, address):
    connection = clients.EchoedConnection(restored.inside, address, 7000)
    assert connection.says("before")
    restored.gateway.apply(documents.without_policy(documents.home(hook), "lan-out"))
    with pytest.raises(OSError):
        connection.says("after", timeout=0.5)


def test_replies_do_not_revive_a_flow_whose_policy_is_gone(restored, hook):
    stream = servers.endless_server(restored.outside, 7100)
    connection = clients.connect_tcp(restored.inside, OUTSIDE4, stream.server_address[1])
    assert connection.recv(1000)
    restored.gateway.apply(documents.without_policy(documents.home(hook), "lan-out"))
    connection.settimeout(0.5)
    with pytest.raises(TimeoutError):
        for _ in range(500):   # what was under way may still be read
            assert connection.recv(1 << 20)


def test_a_changed_action_is_obeyed(restored, hook):
    changed = documents.home(hook)
    changed["policies"][0]["action"] = "drop"
    restored.gateway.apply(changed)
    assert clients.tcp_outcome(restored.inside, OUTSIDE4, 23, timeout=0.3) == "silence"
