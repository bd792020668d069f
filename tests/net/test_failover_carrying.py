# SPDX-License-Identifier: GPL-2.0-or-later
"""A cluster whose nodes all carry: flows go out by one and back by another, and on when one of them is gone."""

import socket
import time

import pytest
from carrying_site import CarryingSite
from lab import clients, eventually, servers
from pair_sessions import MANY, Sessions, answered, told
from pair_site import ALL, OUTSIDE4, OUTSIDE6, PORT

ECHO, LIMITED, BURST = 7100, 7200, 40


@pytest.fixture(scope="module", params=["tc", "xdp"])
def site(request):
    for made in answered(request.param, kind=CarryingSite):
        servers.udp_echo_server(made.outside, ECHO)
        servers.udp_echo_server(made.outside, LIMITED)
        yield made


@pytest.fixture(autouse=True)
def settled(site):
    site.settle_all()
    yield
    site.lead()
    site.settle_all()
    eventually("all works", lambda: site.works() == ALL)


def ways(site):
    """(in by, out by), each way that two nodes have."""
    leader = site.active()
    other = site.other(leader)
    return {"by who leads": (leader, leader), "by the other": (other, other), "in by the other": (other, leader), "out by the other": (leader, other)}


@pytest.mark.parametrize("way", ["by who leads", "by the other", "in by the other", "out by the other", "spread"])
def test_flows_go_on_whichever_way_their_packets_take(site, way):
    inwards, outwards = ways(site).get(way, (None, None))
    site.lead(inwards, outwards)
    sessions = Sessions(site)
    assert sessions.live("at once")
    told(site)
    before = {name: site.carried(name) for name in site.gateways}
    for turn in range(3):
        assert sessions.live(f"turn {turn}")
    if inwards:
        least = 3 * MANY   # datagrams alone
        assert all(site.carried(name)[shared] - before[name][shared] >= least for name, shared in ((inwards, "wan"), (outwards, "lan"))), "who gets them carries them"
    sessions.close()


def test_a_flow_that_was_known_to_one_goes_another_way_later(site):
    sessions = Sessions(site)
    told(site)
    for inwards, outwards in ways(site).values():
        site.lead(inwards, outwards)
        assert sessions.live(f"in by {inwards}, out by {outwards}")
    sessions.close()


def state_of(site, name, port):
    return next((row["state"] for row in site.gateways[name].show("flows")
                 if row["protocol"] == "tcp" and row["original"]["source_port"] == port and row["to_zone"] == "internet"), None)


@pytest.mark.parametrize("ends", ["close", "reset"])
@pytest.mark.parametrize("way", ["in by the other", "out by the other"])
def test_what_ends_ends_at_all_nodes(site, way, ends):
    site.lead(*ways(site)[way])
    source = clients.unused_source()
    session = clients.EchoedConnection(site.client, OUTSIDE4, PORT, source)
    told(site)
    assert session.says("x" * 50_000) and session.says("y" * 50_000)
    getattr(session, ends)()
    for name in site.gateways:
        eventually(f"{name} knows that it has closed", lambda name=name: state_of(site, name, source[1]) != "established")


def test_a_session_from_a_port_that_was_used_a_moment_ago_is_established_where_it_is_kept(site):
    """All its packets come to the node that follows, which knows the earlier connection of these ports as one that has closed."""
    site.lead(*ways(site)["by the other"])
    source = clients.unused_source()
    clients.EchoedConnection(site.client, OUTSIDE4, PORT, source).reset()
    told(site)
    for name in site.gateways:
        eventually(f"{name} knows that it has closed", lambda name=name: state_of(site, name, source[1]) == "closing")
    session = clients.EchoedConnection(site.client, OUTSIDE4, PORT, source)
    assert session.says("here")
    assert state_of(site, site.active(), source[1]) == "established"
    session.reset()


def test_what_is_used_at_one_node_alone_lives_at_the_one_that_keeps_it(site, request):
    leader = site.active()
    site.gateways[leader].apply(site.document(leader, timeouts={"udp": "8s", "tcp_established": "8s"}))
    request.addfinalizer(lambda: site.gateways[site.active()].apply(site.document(site.active())))
    site.settle_all()
    sessions = Sessions(site)
    told(site)
    site.lead(*ways(site)["by the other"])
    for turn in range(9):
        time.sleep(2)   # the pauses of who uses a flow: shorter than its timeout, and longer in all
        assert sessions.live(f"used {turn}")
    assert len([row for row in site.gateways[leader].show("flows") if row["protocol"] == "udp" and row["to_zone"] == "internet"]) >= MANY
    sessions.close()
    eventually("and ends when it is used no more", lambda: not [row for row in site.gateways[leader].show("flows")
                                                                if row["protocol"] == "udp" and row["original"]["destination_port"] == 7000], within=40)


@pytest.mark.parametrize("way", ["in by the other", "out by the other"])
def test_pings_pieces_and_errors_get_through(site, way):
    site.lead(*ways(site)[way])
    clients.ping(site.client, OUTSIDE4, count=3)
    clients.ping(site.client, OUTSIDE6, count=3)
    clients.ping(site.client, OUTSIDE4, size=3000, count=3)
    assert clients.udp_echo(site.client, OUTSIDE4, ECHO, 4000)
    assert clients.udp_echo(site.client, OUTSIDE4, ECHO, 4000), "the flow is known by now"
    for host, far in ((site.client, OUTSIDE4), (site.client, OUTSIDE6)):
        assert "exceeded" in host.run("ping", "-c", "1", "-W", "2", "-t", "1", far, expect=1).stdout, "the gateway answers itself"
    with site.client.socket(kind=socket.SOCK_DGRAM, timeout=3) as asks:   # who asks a port without a service hears of it
        asks.connect((OUTSIDE4, 7999))
        asks.send(b"is anybody there?")
        with pytest.raises(ConnectionRefusedError):
            asks.recv(10)


def answers(site, datagrams):
    """How many of so many at once."""
    asks = site.client.socket(kind=socket.SOCK_DGRAM, timeout=0.5)
    asks.connect((OUTSIDE4, LIMITED))
    for _ in range(datagrams):
        asks.send(b"who am I?")
    heard = 0
    try:
        while asks.recv(100):
            heard += 1
    except TimeoutError:
        return heard


@pytest.mark.parametrize("way", ["by who leads", "by the other", "in by the other", "out by the other", "spread"])
def test_a_limit_is_one_for_all_nodes(site, way, request):
    """Whichever carries its packets: each of them would have let so many through."""
    leader = site.active()
    slow = {"name": "slow", "rate": "1pps", "burst": f"{BURST}p", "protocol": "udp", "ports": [LIMITED]}
    site.gateways[leader].apply(site.document(leader, limits=[slow]))
    request.addfinalizer(lambda: site.gateways[site.active()].apply(site.document(site.active())))
    site.settle_all()
    site.lead(*ways(site).get(way, (None, None)))
    assert answers(site, 5) == 5
    told(site)
    assert BURST - 5 <= answers(site, 3 * BURST) <= BURST + 10


def go_on_without(site, which, hosts):
    """Flows, and new ones begin, while the node has lost its wires to these hosts; a router leaves it before it misses it."""
    node = site.active() if which == "who leads" else site.standby()
    stays = site.other(node)
    sessions = Sessions(site)
    told(site)
    for host in hosts:
        site.link(host, node, "down")
    eventually("all routers leave it", lambda: site.next_hops() == [{stays}] * 4, within=20)
    assert site.routers[site.client].session(site.own(node, "lan")[0])["state"] == "Established", "it does not know yet"
    assert sessions.live("by the other way")
    fresh = clients.EchoedConnection(site.client, OUTSIDE4, PORT)
    assert fresh.says("a new one")
    for host in hosts:
        site.link(host, node, "up")
    site.settle_all()
    assert sessions.live("when it is back") and fresh.says("still here")
    fresh.reset()
    sessions.close()


@pytest.mark.parametrize("which", ["who leads", "the other"])
def test_flows_go_on_when_a_node_is_gone(site, which):
    go_on_without(site, which, (site.store, site.outside, site.client))


@pytest.mark.parametrize("which", ["who leads", "the other"])
def test_a_node_whose_link_is_down_is_left_also_by_the_router_behind_that_link(site, which):
    """It cannot be told by the node itself: the others say that they are better ways."""
    go_on_without(site, which, (site.client,))


def test_another_node_leads_without_a_session_lost(site):
    sessions = Sessions(site)
    told(site)
    leader = site.active()
    site.gateways[leader].sluice("cluster", "yield")
    assert site.active() != leader
    assert sessions.live("after the move")
    site.settle_all()
    assert sessions.live("and on")
    sessions.close()


def test_daemons_that_are_killed_lose_nothing(site):
    sessions = Sessions(site)
    told(site)
    for name in (site.standby(), site.active()):
        site.gateways[name].daemon.kill()
        assert sessions.live(f"without the daemon of {name}")
        site.gateways[name].start_daemon()
        site.settle_all()
    assert sessions.live("after all")
    sessions.close()


def test_who_leads_cannot_be_reached(site):
    """The link of the nodes is down: both lead, each with ports of its own part, and what is known goes on."""
    sessions = Sessions(site)
    told(site)
    cut = site.standby()
    site.link(site.store, cut, "down")
    assert sessions.live("without the link")
    site.link(site.store, cut, "up")
    site.settle_all()
    assert sessions.live("with it")
    sessions.close()
