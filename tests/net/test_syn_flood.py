# SPDX-License-Identifier: GPL-2.0-or-later
"""A flood of SYNs at a forward that has a limit of half-open connections: its target keeps its room, and nobody else
notices.
"""

import documents
import pytest
import ways
from lab import clients, floods, servers
from lab.home import OUTSIDE4, WAN4
from lab.wait import eventually

engine, hook = ways.engine, ways.hook   # of each way

SECONDS, LEAST, LIMIT = 10, 20_000, 64


def guarded(way, **more):
    document = documents.carried_by(*way) | {"timeouts": {"tcp_transitory": "3s"}}
    for row in document["nat"]["forwards"]:
        if row["name"] == "web":
            row.update(half_open=LIMIT, **more)
    return document


@pytest.fixture(scope="module")
def document(way):
    return guarded(way)


@pytest.fixture(scope="module", autouse=True)
def servers_run(home):
    servers.tcp_peer_server(home.inside, 8080)
    servers.tcp_peer_server(home.inside, 30000)


def half_open(home):
    return next(row["half_open"] for row in home.gateway.show("forwards") if row["name"] == "web")


def flood(home):
    """SYNs of invented sources at WAN4, port 80."""
    return floods.flood(home.outside, home.gateway.mac("wan"), "tcp", "invented", WAN4, 80, SECONDS, LEAST)


def test_the_target_keeps_its_room_and_nobody_else_notices(home, engine):
    before = home.gateway.drops().get("target-half-open", 0)
    established = clients.EchoedConnection(home.outside, WAN4, 80)
    with flood(home):
        eventually("the limit is reached", lambda: half_open(home) == LIMIT)
        for _ in range(10):
            assert half_open(home) <= LIMIT
            assert established.says("still here")
            assert clients.tcp_peer(home.outside, WAN4, 30000).address == OUTSIDE4
    assert home.gateway.drops()["target-half-open"] - before > LEAST // 2
    if engine == "ebpf":   # connection tracking tells no events
        assert "target-half-open" in [row["event"] for row in home.gateway.json("status")["shortages"]]
    assert established.says("still here")
    established.reset()


def test_after_the_flood_the_count_is_zero_and_handshakes_are_made_again(home):
    with flood(home):
        pass
    eventually("those that nobody finishes are forgotten", lambda: half_open(home) == 0, within=30)
    assert clients.tcp_peer(home.outside, WAN4, 80).address == OUTSIDE4
    assert half_open(home) == 0


def test_another_engine_and_back_leaves_no_count_behind(home, restored, way):
    with flood(home):
        eventually("the limit is reached", lambda: half_open(home) == LIMIT)
    home.gateway.apply(documents.carried_by("ebpf" if way[0] == "nftables" else "nftables"))
    home.gateway.apply(guarded(way))
    assert half_open(home) <= LIMIT
    eventually("those that nobody finishes are forgotten", lambda: half_open(home) == 0, within=30)
    assert clients.tcp_peer(home.outside, WAN4, 80).address == OUTSIDE4


def test_tables_of_another_size_and_a_daemon_that_starts_anew_keep_the_count_right(home, restored, way):
    with flood(home):
        eventually("the limit is reached", lambda: half_open(home) == LIMIT)
    if way[0] == "ebpf":   # nftables has no tables to size
        home.gateway.apply(guarded(way) | {"tables": {"flows": 2048}})
    home.gateway.stop_daemon()
    home.gateway.start_daemon()
    assert half_open(home) <= LIMIT
    eventually("those that nobody finishes are forgotten", lambda: half_open(home) == 0, within=30)
    assert clients.tcp_peer(home.outside, WAN4, 80).address == OUTSIDE4
