# SPDX-License-Identifier: GPL-2.0-or-later
"""A flood of SYNs at one of two tenants that have the same addresses: the other has its room, and who is outside gets to both."""

from contextlib import contextmanager

import pytest
import ways
from lab import clients, floods
from lab.tenants import OUTSIDE4, OUTSIDE6, WAN4, WAN6, TenantsLab
from lab.wait import eventually

hook = ways.hook   # of each way

LIMIT, SECONDS, LEAST = 16, 10, 5_000
RED, BLUE = 8000, 8001


@pytest.fixture(scope="module")
def tenants(lab, way):
    made = TenantsLab(lab, ["red", "blue"])
    made.gateway.start_daemon()
    document = made.document("nftables" if way[0] == "nftables" else way[1])
    for row in document["nat"]["forwards"]:
        row.update(half_open=LIMIT, syn_cookies=True)
    made.gateway.apply(document | {"timeouts": {"tcp_transitory": "3s"}})
    for family, via in (("-4", OUTSIDE4), ("-6", OUTSIDE6)):   # of the flood's senders
        made.gateway.ip(family, "route replace default via", via, "dev wan")
    return made


def half_open(tenants, name):
    return next(row["half_open"] for row in tenants.gateway.show("forwards") if row["name"] == name)


@contextmanager
def flood(tenants, address):
    """At red's forward, which has no room left when the block begins."""
    with floods.flood(tenants.outside, tenants.gateway.mac("wan"), "tcp", "invented", address, RED, SECONDS, LEAST):
        eventually("the limit is reached", lambda: half_open(tenants, f"web-red-{len(address)}") >= LIMIT)
        yield


@pytest.mark.parametrize("address, peer", [(WAN4, OUTSIDE4), (WAN6, OUTSIDE6)])
def test_the_flooded_tenant_is_reached_with_a_cookie(tenants, address, peer):
    with flood(tenants, address):
        connection = clients.EchoedConnection(tenants.outside, address, RED)
        assert connection.peer.address == peer
        assert connection.says("during the flood")
    assert connection.says("after it")
    connection.reset()


def test_the_other_tenant_has_its_room(tenants):
    with flood(tenants, WAN4):
        assert half_open(tenants, f"web-blue-{len(WAN4)}") == 0
        assert clients.tcp_peer(tenants.outside, WAN4, BLUE).address == OUTSIDE4


def test_who_asks_from_another_vrf_gets_a_cookie_from_ebpf_only(tenants, way):
    """nftables drops such a SYN: the kernel would answer it by the main routes."""
    with flood(tenants, WAN4):
        if way[0] == "ebpf":
            clients.EchoedConnection(tenants.tenants["blue"], WAN4, RED).reset()
        else:
            with pytest.raises(TimeoutError):
                clients.connect_tcp(tenants.tenants["blue"], WAN4, RED, timeout=2)
