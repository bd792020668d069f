# SPDX-License-Identifier: GPL-2.0-or-later
"""A cluster whose addresses are behind routers, which find the active node by BGP. On two engines: what a router says has to get through each."""

import json
import os
import signal

import pytest
from lab import clients, eventually
from pair_sessions import Sessions, answered, told
from pair_site import ALL, CLIENT4, OUTSIDE4, PORT, WAN4
from routed_site import INSIDE6, NEIGHBOURS, NEXT4, NEXT6, OUTER, RoutedSite, neighbour

STANDBY = 200   # docs/cluster.md
PUBLIC = {f"{WAN4}/32", "198.51.100.8/30"}   # where it listens, and the pool


@pytest.fixture(scope="module", params=["nftables", "xdp"])
def site(request):
    yield from answered(request.param, kind=RoutedSite)


@pytest.fixture(autouse=True)
def settled(site):
    site.settle_all()
    yield
    site.settle_all()
    eventually("all works", lambda: site.works() == ALL)


def told_of(site, gateway):
    """Events of its journal about routers."""
    lines = [json.loads(line) for line in gateway.daemon.output().splitlines() if line.startswith("{") and "cluster-neighbor" in line]
    return [(line["event"], line["neighbor"]) for line in lines]


def test_routers_are_told_where_the_addresses_are_and_of_nothing_else(site):
    active, standby = site.active(), site.standby()
    here, there = site.own(active, "wan")[0], site.own(standby, "wan")[0]
    eventually("both nodes have said all", lambda: all(set(paths) == {here, there} for paths in site.paths(site.outside).values()), within=20)
    paths = site.paths(site.outside)
    assert set(paths) == PUBLIC
    assert all(metrics[here] <= 100 and metrics[there] == STANDBY for metrics in paths.values()), paths
    assert set(site.paths(site.outside, "ipv6")) == {INSIDE6}
    assert set(site.paths(site.client)) == PUBLIC | {"0.0.0.0/0"}
    for name, gateway in site.gateways.items():
        routes = gateway.ip("-json route show proto bgp").stdout
        assert json.loads(routes or "[]") == [], f"{name} took what routers said"
        assert ("cluster-neighbor-up", NEXT4) in told_of(site, gateway)
    assert clients.tcp_outcome(site.client, OUTSIDE4, PORT) == "answered"


def test_sessions_go_on_when_the_addresses_are_given_away_and_back(site):
    sessions = Sessions(site)
    told(site)
    for _ in range(2):
        active, standby = site.active(), site.standby()
        site.gateways[active].sluice("cluster", "yield")
        eventually("routers follow", lambda standby=standby: site.leads_to(standby), within=20)
        assert site.active() == standby and sessions.live(f"by {standby}")
        site.settle()
        told(site)
    assert sessions.seen_as == sessions.ask_udp()
    sessions.close()


def test_routers_do_not_wait_for_the_end_of_a_session_with_a_node_that_is_gone(site):
    """What the one that took over says is better than what is believed of the other, for nine seconds."""
    sessions = Sessions(site)
    told(site)
    site.grow_old()
    active, standby = site.active(), site.standby()
    site.cut(active)
    eventually("routers follow", lambda: site.leads_to(standby), within=20)
    believed = site.routers[site.outside].session(site.own(active, "wan")[0])["state"]
    assert sessions.live("after the cut")
    site.mend(active)
    assert believed == "Established", "it was the end of the session"
    site.settle_all()
    assert site.active() == standby
    sessions.close()


def test_the_one_that_came_back_a_moment_ago_is_believed_as_well(site):
    """VRRP takes it for less while its wires may have been deaf; routers have to find it all the same."""
    for _ in range(2):
        site.grow_old()
        active, standby = site.active(), site.standby()
        site.cut(active)
        eventually("routers follow", lambda standby=standby: site.leads_to(standby), within=20)
        believed = site.routers[site.outside].session(site.own(active, "wan")[0])["state"]
        site.mend(active)
        assert believed == "Established", "it was the end of the session"
        site.settle_all()


def test_a_node_whose_link_to_a_router_is_down_gives_way(site):
    """None of the addresses are at that link."""
    active, standby = site.active(), site.standby()
    site.link(site.client, active, "down")
    eventually("the other one is active", lambda: site.holds(standby) and not site.holds(active))
    eventually("routers follow", lambda: site.leads_to(standby), within=20)
    believed = site.routers[site.client].session(site.own(active, "lan")[0])["state"]
    site.link(site.client, active, "up")
    assert believed == "Established", "it was the end of the session"
    site.settle_all()
    assert site.active() == standby


def test_a_node_that_lost_a_router_gives_way(site):
    """Its link is up, and it hears the other node."""
    active, standby = site.active(), site.standby()
    own = site.own(active, "wan")[0]
    site.routers[site.outside].configure(f"router bgp {OUTER}", f"neighbor {own} shutdown")
    eventually("the other one is active", lambda: site.holds(standby) and not site.holds(active), within=20)
    eventually("it says why", lambda: f"no session with {NEXT4}" in (next(
        row["hindered"] for row in site.status(standby)["nodes"] if row["node"] == active) or ""), within=20)
    assert ("cluster-neighbor-down", NEXT4) in told_of(site, site.gateways[active])
    eventually("routers follow", lambda: site.leads_to(standby), within=20)
    site.routers[site.outside].configure(f"router bgp {OUTER}", f"no neighbor {own} shutdown")
    site.settle_all()
    assert site.active() == standby, "it came back"


def test_what_is_published_later_is_told_and_what_is_no_more_is_taken_back(site):
    active = site.active()
    own = site.own(active, "wan")[0]
    since = site.routers[site.outside].session(own)["connectionsEstablished"]
    document = site.document(active)
    document["nat"]["forwards"].append({"name": "more", "listen": "198.51.100.1", "protocol": "tcp", "ports": [81], "to": f"{CLIENT4}:{PORT}"})
    site.gateways[active].apply(document)
    eventually("it is told", lambda: site.way(site.outside, "198.51.100.1") == own, within=20)
    eventually("and reached", lambda: clients.tcp_outcome(site.outside, "198.51.100.1", 81) == "answered")
    site.gateways[active].apply(site.document(active))
    eventually("it is taken back", lambda: site.way(site.outside, "198.51.100.1") is None, within=20)
    assert site.routers[site.outside].session(own)["connectionsEstablished"] == since, "for that no session ended"


def test_a_router_that_nobody_names_does_not_get_through(site):
    """It is on the same wire, and speaks to the node's own address."""
    site.outside.ip("addr add 192.0.2.77/24 dev wire")
    for name in site.gateways:
        with site.outside.socket(timeout=1) as stranger:
            stranger.bind(("192.0.2.77", 0))
            with pytest.raises((TimeoutError, ConnectionRefusedError)):
                stranger.connect((site.own(name, "wan")[0], 179))
    site.outside.ip("addr del 192.0.2.77/24 dev wire")


def test_a_process_that_is_killed_is_started_again(site):
    active = site.active()
    folder = site.folder(site.gateways[active]).parent / "frr"
    file = folder / "_cluster" / "bgpd.pid"
    before = int(file.read_text(encoding="ascii"))
    os.kill(before, signal.SIGKILL)
    eventually("another one runs", lambda: file.exists() and file.read_text(encoding="ascii").strip() not in ("", str(before)), within=20)


def test_a_daemon_that_begins_again_moves_nothing(site):
    """bgpd goes on meanwhile, and is told nothing new that matters."""
    active = site.active()
    gateway = site.gateways[active]
    since = site.routers[site.outside].session(site.own(active, "wan")[0])["connectionsEstablished"]
    gateway.daemon.kill()
    gateway.start_daemon()
    site.settle_all()
    assert site.active() == active
    assert site.routers[site.outside].session(site.own(active, "wan")[0])["connectionsEstablished"] == since


def test_a_router_less_is_a_session_less(site):
    active = site.active()
    fewer = [neighbour(NEXT4, OUTER), *NEIGHBOURS[2:], neighbour(NEXT6, OUTER, INSIDE6, "2001:db8:77::/48")]
    site.gateways[active].apply(site.document(active, neighbours=fewer[:-1]))
    eventually("it is gone", lambda: all(NEXT6 not in site.sessions_of(name) for name in site.gateways))
    site.gateways[active].apply(site.document(active, neighbours=fewer))
    eventually("it is told more", lambda: "2001:db8:77::/48" in site.paths(site.outside, "ipv6"), within=30)
    site.gateways[active].apply(site.document(active))
    eventually("and less again", lambda: "2001:db8:77::/48" not in site.paths(site.outside, "ipv6"), within=30)
