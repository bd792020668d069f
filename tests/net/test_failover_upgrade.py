# SPDX-License-Identifier: GPL-2.0-or-later
"""Nodes of a cluster become another release one after the other, with rows of another layout (test_other_layout.py): sessions live. On each engine."""

import threading
import time

import pytest
from lab import eventually, servers
from lab.sites import WAYS
from pair_sessions import MANY, UDP, Sessions, told
from pair_site import started

RELEASE, SHIFTED = "sluiced", "sluiced-shifted"


@pytest.fixture(params=list(WAYS))
def site(request):
    engine, hook = WAYS[request.param]
    for made in started(hook, engine, sync=True):
        servers.udp_peer_server(made.outside, UDP)
        eventually("the other node has all", made.is_told)
        yield made


@pytest.fixture
def looks_at_keepalived():
    """Of each node, each interval that its keepalived speaks in ("" where it does not run), in order; told by what is called."""
    ends = threading.Event()
    threads = []

    def interval(site, name):
        folder = site.folder(site.gateways[name])
        text = (folder / "keepalived.conf").read_text(encoding="ascii") if (folder / "vrrp.pid").exists() else ""
        return next((line.split()[1] for line in text.splitlines() if "advert_int" in line), "")

    def begin(site):
        seen = {name: [interval(site, name)] for name in site.gateways}

        def look():
            while not ends.is_set():
                for name, found in seen.items():
                    now = interval(site, name)
                    if now != found[-1]:
                        found.append(now)
                time.sleep(0.005)
        threads.append(threading.Thread(target=look))
        threads[-1].start()
        return seen
    yield begin
    ends.set()
    for thread in threads:
        thread.join()


def to(site, name, release):
    """What a package does at this node."""
    site.gateways[name].stop_daemon()
    site.gateways[name].daemon_name = release
    site.gateways[name].start_daemon()
    site.settle()
    eventually("it has all", site.is_told)
    told(site)


def test_sessions_live_while_both_nodes_become_another_release_and_back(site):
    """The one that stands by first; then it has the addresses, and it is the other one's turn."""
    sessions = Sessions(site)
    told(site)
    for release in (SHIFTED, RELEASE):
        active, standby = site.active(), site.standby()
        to(site, standby, release)
        assert site.active() == active and sessions.live(f"beside {release}")
        known = {row["original"]["source_port"] for row in site.gateways[standby].show("flows") if row["state"] == "established"}
        assert len(known) >= 4 * MANY
        site.gateways[active].sluice("cluster", "yield")
        assert site.active() == standby and sessions.live(f"by {release}")
        to(site, active, release)
        assert site.active() == standby and sessions.live(f"both are {release}")
    sessions.close()


def test_the_node_that_carries_becomes_another_release_where_it_is(site):
    sessions = Sessions(site)
    told(site)
    active, standby = site.active(), site.standby()
    to(site, active, SHIFTED)
    assert site.active() == active and sessions.live(f"by {SHIFTED}")
    site.gateways[active].sluice("cluster", "yield")
    assert site.active() == standby and sessions.live(f"by {RELEASE}")
    sessions.close()


@pytest.mark.parametrize("site", ["tc", "xdp"], indirect=True)
def test_programs_are_loaded_with_patience(site, looks_at_keepalived):
    """The kernel gives the CPU to nobody meanwhile: an active node says that it may be silent, and one that stands by does not listen."""
    active, standby = site.active(), site.standby()
    seen = looks_at_keepalived(site)
    to(site, standby, SHIFTED)
    assert seen[standby] == ["0.1", "", "0.1"] and seen[active] == ["0.1"]
    to(site, active, SHIFTED)
    eventually("it speaks as often as before", lambda: seen[active][-1] == "0.1")
    assert "1" in seen[active] and seen[standby] == ["0.1", "", "0.1"]
    assert site.active() == active
