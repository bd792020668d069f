# SPDX-License-Identifier: GPL-2.0-or-later
"""Sites that tell the gateway by OSPF what is behind them. Their routers are FRR's, and know nothing of sluice."""

import ospf_home
import pytest
import ways
from lab import clients
from lab.bgp_sites import GATEWAY4, OWN, PREFIXES, kernel_routes
from lab.ospf_sites import has_route
from lab.wait import eventually

hook, engine = ways.hook, ways.engine   # of each way
document, home, sites, berlin, paris = ospf_home.document, ospf_home.home, ospf_home.sites, ospf_home.berlin, ospf_home.paris

SEND_OSPF = f"import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 89).sendto(bytes(24), ('{GATEWAY4}', 0))"


@pytest.fixture(scope="module", params=[("ebpf", "tc"), ("nftables", "tc")], ids=str)
def way(request):
    return request.param


def answers(host, address, port=8000):
    return clients.tcp_outcome(host, address, port, timeout=0.6) == "answered"


def test_what_a_site_announces_is_known_at_the_other_and_in_the_kernel(home, berlin, paris):
    has_route(home, berlin.lan4)
    has_route(home, paris.lan4)
    paris.knows(berlin.lan4, *OWN)
    berlin.knows(paris.lan4, *OWN)
    assert not kernel_routes(home) & {PREFIXES["berlin"][0], PREFIXES["paris"][0]}, "more than is announced"
    eventually("berlin's host reaches paris'", lambda: answers(berlin.host, paris.host4), within=15)
    clients.ping(paris.host, "2001:db8:2::9")   # OSPFv2 has no IPv6: it is routed as the document says


def test_state_is_shown(home, berlin, paris):
    assert {row["name"]: row["routing"] for row in home.gateway.show("networks")} == {"sites": "ospf"}
    assert (berlin.row()["routing_state"], berlin.row()["prefixes"]) == ("full", 2)


def test_nothing_of_it_is_in_the_machines_tables(home, berlin, paris):
    """zebra lives in a namespace of its own, and what it lays there stays there."""
    assert "proto ospf" not in home.gateway.ip("route show table all").stdout
    assert "site" not in {line.split(":")[1].strip() for line in home.gateway.ip("-o link").stdout.splitlines()}


def test_a_prefix_that_is_withdrawn_is_reached_no_more(home, berlin, paris):
    paris.announce(paris.lan4, undo=True)
    has_route(home, paris.lan4, there=False)
    assert not answers(berlin.host, paris.host4)
    paris.announce(paris.lan4)
    has_route(home, paris.lan4)
    eventually("paris is reached again", lambda: answers(berlin.host, paris.host4), within=15)


def test_only_routers_speak_to_the_gateway(home, berlin, paris):
    before = home.gateway.drops().get("policy", 0)
    berlin.host.run("/usr/bin/python3", "-c", SEND_OSPF)
    eventually("it is refused", lambda: home.gateway.drops().get("policy", 0) > before)
    assert berlin.row()["routing_state"] == "full"
