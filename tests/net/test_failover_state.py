# SPDX-License-Identifier: GPL-2.0-or-later
"""Established flows go on when another node takes the addresses: the active node tells the others of them. On each engine."""

import os
import signal
import socket
import time

import pytest
from lab import clients, eventually
from lab.helper_process import is_nobody, process_of
from lab.sites import WAYS
from pair_sessions import MANY, Sessions, answered, go_and_come_back, told
from pair_site import ALL, OUTSIDE4, PORT, put_key


@pytest.fixture(scope="module", params=list(WAYS))
def site(request):
    yield from answered(request.param, sync=True)


@pytest.fixture(autouse=True)
def settled(site):
    site.settle()
    eventually("the other node has all", site.is_told)
    yield
    site.settle()


@pytest.fixture
def sessions(site):
    made = Sessions(site)
    yield made
    made.close()


def flows(site, name):
    """(protocol, source port) of what passes."""
    return sorted((row["protocol"], row["original"]["source_port"]) for row in site.gateways[name].show("flows")
                  if row["to_zone"] in ("internet", "lan") and row["from_zone"] in ("internet", "lan") and row["state"] == "established")


@pytest.mark.parametrize("verb", ["cluster", "sync"])
def test_who_speaks_to_other_nodes_is_nobody(site, verb):
    for gateway in site.gateways.values():
        assert is_nobody(process_of(gateway, verb), right=None)


def test_sessions_go_on_after_a_power_cut_and_after_the_way_back(site, sessions):
    active, standby = site.active(), site.standby()
    told(site)
    assert len(flows(site, standby)) >= 4 * MANY
    site.grow_old()
    site.cut(active)
    eventually("the other one is active", lambda: site.holds(standby))
    assert sessions.live("after the cut")
    site.mend(active)
    site.settle()
    assert site.active() == standby
    eventually("who came back has all", site.is_told)
    told(site)
    site.gateways[standby].sluice("cluster", "yield")
    assert site.active() == active
    assert sessions.live("after the way back")


def test_what_has_ended_ends_at_the_other_node_too(site):
    made = Sessions(site)
    told(site)
    before = flows(site, site.standby())
    made.close()
    assert len(before) >= 4 * MANY
    eventually("no TCP is left", lambda: not [row for row in flows(site, site.standby()) if row[0] == "tcp"])


def test_what_changed_while_the_link_was_down_is_the_same_afterwards(site, sessions):
    active, standby = site.active(), site.standby()
    told(site)
    site.link(site.store, active, "down")
    eventually("it is told", lambda: site.sync(active)["peers"][0]["state"] == "away")
    assert site.sync(active)["flows"] == 0, "nobody hears, and nothing is looked for"
    gone = sessions.tcp.pop(0)
    gone.reset()
    fresh = clients.EchoedConnection(site.client, OUTSIDE4, PORT)
    assert sessions.live("while the link is down") and fresh.says("here")
    site.link(site.store, active, "up")
    site.settle()
    eventually("it is told", site.is_told)
    told(site)
    eventually("both have the same", lambda: flows(site, standby) == flows(site, active))
    eventually("etcd is there again", lambda: site.gateways[active].sluice("cluster", "yield", expect=None).returncode == 0)
    assert sessions.live("after the move") and fresh.says("still here")
    fresh.reset()


def test_daemons_and_processes_that_end_begin_anew(site, sessions):
    active, standby = site.active(), site.standby()
    for name in (standby, active):
        site.gateways[name].daemon.kill()
        site.gateways[name].start_daemon()
        site.settle()
        eventually("the other node has all", site.is_told)
    assert site.active() == active
    told(site)
    site.grow_old()
    site.cut(active)
    eventually("the other one is active", lambda: site.holds(standby))
    assert sessions.live("after the cut")
    site.mend(active)


def test_a_change_of_the_document_loses_nothing(site, sessions):
    active, standby = site.active(), site.standby()
    more = site.document(active, sync=True)
    more["policies"].insert(0, {"name": "no-mail", "from": "lan", "to": "internet", "protocol": "tcp", "ports": 25, "action": "drop"})
    site.gateways[active].apply(more)
    site.settle()
    eventually("the other node has all", site.is_told)
    told(site)
    site.gateways[active].sluice("cluster", "yield")
    assert site.active() == standby
    assert sessions.live("after the move")


def test_the_receivers_rules_judge(site, sessions):
    """What the document forbids by now passes nowhere, whoever told of it."""
    active, standby = site.active(), site.standby()
    told(site)
    document = site.document(active, sync=True)
    document["policies"] = [one for one in document["policies"] if one["name"] != "out"]
    site.gateways[active].apply(document)
    site.settle()
    site.gateways[active].sluice("cluster", "yield")
    with pytest.raises(OSError):
        sessions.tcp[0].says("let me through", timeout=1)
    assert sessions.tcp[MANY].says("the forward is still there")
    site.gateways[standby].apply(site.document(standby, sync=True))


def test_a_flow_that_lives_there_lives_here(site, request):
    """Its timeout passes several times, and it is used meanwhile."""
    active, standby = site.active(), site.standby()
    site.gateways[active].apply(site.document(active, sync=True, timeouts={"udp": "8s"}))
    request.addfinalizer(lambda: site.gateways[site.active()].apply(site.document(site.active(), sync=True)))
    site.settle()
    made = Sessions(site)
    for _ in range(10):
        time.sleep(2)   # the pauses of who uses a flow: shorter than its timeout, and longer in all
        assert made.live("used")
    assert len([row for row in flows(site, standby) if row[0] == "udp"]) >= MANY
    site.gateways[active].sluice("cluster", "yield")
    assert made.live("after the move")
    made.close()


def state_of(site, name, port):
    """Of the connection that the client has from this port, as this node knows it; None: it does not."""
    return next((row["state"] for row in site.gateways[name].show("flows")
                 if row["protocol"] == "tcp" and row["original"]["source_port"] == port and row["to_zone"] == "internet"), None)


def test_a_session_from_a_port_that_was_used_a_moment_ago_lives_there_too(site):
    """The other node knows the earlier connection of these addresses and ports as one that has closed."""
    active, standby = site.active(), site.standby()
    source = clients.unused_source()
    earlier = clients.EchoedConnection(site.client, OUTSIDE4, PORT, source)
    told(site)
    assert state_of(site, standby, source[1]) == "established"
    earlier.reset()
    eventually("the other node knows that it has closed", lambda: state_of(site, standby, source[1]) == "closing")
    session = clients.EchoedConnection(site.client, OUTSIDE4, PORT, source)
    told(site)
    assert state_of(site, standby, source[1]) == "established"
    site.gateways[active].sluice("cluster", "yield")
    assert session.says("after the move")
    session.reset()


def test_a_session_is_told_before_a_look_at_all_finds_it(site):
    """However many flows there are to be looked at. With nftables looks alone find them."""
    made = []

    def is_told_at_once():
        begun, source = time.monotonic(), clients.unused_source()
        made.append(clients.EchoedConnection(site.client, OUTSIDE4, PORT, source))
        eventually("the other node knows it", lambda: state_of(site, site.standby(), source[1]) == "established")
        looked = site.sync(site.active())["peers"][0]["behind_ms"]
        return looked is not None and looked > (time.monotonic() - begun) * 1000
    if site.engine == "ebpf":
        # Between two looks there is time for two verbs, where the machine has nothing else to do.
        eventually("one is there, and no look has ended since", is_told_at_once, within=30)
    for one in made:
        one.reset()


def test_a_session_that_comes_back_goes_on(site):
    session = clients.EchoedConnection(site.client, OUTSIDE4, PORT)
    go_and_come_back(site, session)
    assert session.says("x" * 50_000)
    session.reset()


def test_a_session_that_came_back_lives_as_long_as_it_speaks(site, request):
    """Its timeout passes, and it is used meanwhile."""
    site.gateways[site.active()].apply(site.document(site.active(), sync=True, timeouts={"tcp_established": "8s"}))
    request.addfinalizer(lambda: site.gateways[site.active()].apply(site.document(site.active(), sync=True)))
    site.settle()
    session = clients.EchoedConnection(site.client, OUTSIDE4, PORT)
    go_and_come_back(site, session)
    for turn in range(7):
        time.sleep(2)   # the pauses of who uses a flow: shorter than its timeout, and longer in all
        assert session.says(f"used {turn}")
    session.reset()


def test_who_does_not_have_the_key_is_not_heard(site, sessions):
    """Another node with another key, and a stranger on the link."""
    active, standby = site.active(), site.standby()
    put_key(site.gateways[standby], b"x" * 32)
    site.gateways[standby].daemon.kill()
    site.gateways[standby].start_daemon()
    eventually("it is told", lambda: "another key" in (site.sync(active)["peers"][0]["trouble"] or ""))
    assert site.sync(active)["peers"][0]["state"] == "away"
    peer = f"10.9.0.{list(site.gateways).index(standby) + 1}"
    assert clients.tcp_outcome(site.store, peer, 3780, timeout=0.5) == "silence", "only nodes are let in"
    put_key(site.gateways[standby])
    site.gateways[standby].daemon.kill()
    site.gateways[standby].start_daemon()
    site.settle()
    eventually("the other node has all", site.is_told)


def test_nonsense_of_who_speaks_for_a_node_ends_nothing(site, sessions):
    """From the address of a node, without the key."""
    active, standby = site.active(), site.standby()
    address, own = (f"10.9.0.{list(site.gateways).index(name) + 1}" for name in (standby, active))
    for text in (b"", b"sluice-sync1" + os.urandom(32), b"sluice-sync1" + os.urandom(4000), os.urandom(100_000), b"\xff" * 64):
        with site.gateways[active].socket(socket.AF_INET, socket.SOCK_STREAM, timeout=2) as one:
            one.bind((own, 0))
            one.connect((address, 3780))
            try:
                one.sendall(text)
                while one.recv(4096):
                    pass
            except (ConnectionError, TimeoutError):
                pass
    told(site)
    assert site.is_told() and sessions.live("all the same")


def test_who_notices_late_that_it_stands_by_has_all_the_same(site):
    """Its daemon is held while another node takes over and tells it of flows."""
    active, standby = site.active(), site.standby()
    held = site.gateways[active].daemon.pid
    os.kill(held, signal.SIGSTOP)
    try:
        os.kill(site.keepalived(active)[0], signal.SIGTERM)
        eventually("the other one is active", lambda: site.holds(standby) and not site.holds(active))
        eventually("traffic goes on", lambda: site.works() == ALL)
        made = Sessions(site)
        eventually("it tells", lambda: site.sync(standby)["flows"] >= 4 * MANY)
        time.sleep(1)   # a look of it, or two
    finally:
        os.kill(held, signal.SIGCONT)
    site.settle()
    eventually("the other node has all", site.is_told)
    told(site)
    assert len(flows(site, active)) >= 4 * MANY
    site.gateways[standby].sluice("cluster", "yield")
    assert site.active() == active and made.live("after the move")
    made.close()
