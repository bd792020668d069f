# SPDX-License-Identifier: GPL-2.0-or-later
"""Sites that tell the gateway by BGP what is behind them. Their routers are FRR's, and know nothing of sluice."""

import os
import signal
from pathlib import Path

import documents
import pytest
import ways
from lab import clients
from lab.bgp_sites import GATEWAY4, MOST, OWN, PREFIXES, Site, has_route, kernel_routes, with_sites
from lab.helper_process import is_gone
from lab.phones import home_with_servers, own_routing_directory
from lab.wait import eventually

hook, engine = ways.hook, ways.engine   # of each way

BERLIN_HOST4, BERLIN_HOST6, PARIS_HOST4 = "10.2.0.9", "2001:db8:2::9", "10.3.0.9"
DEGRADED = 6   # of sluice


@pytest.fixture(scope="module", params=[("ebpf", "tc"), ("nftables", "tc")], ids=str)
def way(request):
    return request.param


@pytest.fixture(scope="module")
def document(engine, hook):
    return with_sites(documents.carried_by(engine, hook), "berlin", "paris")


@pytest.fixture(scope="module")
def home(lab, document):
    made = home_with_servers(lab, {key: value for key, value in document.items() if key != "networks"})
    own_routing_directory(made.gateway)
    made.gateway.apply(document)
    yield made
    made.gateway.sluice("cleanup", expect=None)   # the next lab's tunnel has the same name


@pytest.fixture(scope="module")
def berlin(home):
    return Site(home, "berlin", 2).is_established()


@pytest.fixture(scope="module")
def paris(home, berlin):
    return Site(home, "paris", 3).is_established()


def silent(host, address, port=8000):
    return clients.tcp_outcome(host, address, port, timeout=0.6) != "answered"


def pid_of_bgpd(home):
    return int((Path("/run") / home.gateway.pins.name / "frr/sites/bgpd.pid").read_text(encoding="ascii"))


def test_what_a_site_announces_is_known_at_the_other_and_in_the_kernel(home, berlin, paris):
    paris.knows(berlin.lan4, *OWN)
    berlin.knows(paris.lan4, *OWN)
    paris.knows(berlin.lan6, "fd00:100::/64", family="ipv6")
    has_route(home, berlin.lan4)
    has_route(home, paris.lan4)
    assert not kernel_routes(home) & {PREFIXES["berlin"][0], PREFIXES["paris"][0]}, "more than is announced"


def test_state_is_shown(home, berlin, paris):
    assert {row["name"]: row["routing"] for row in home.gateway.show("networks")} == {"sites": "bgp"}
    eventually("both families are counted", lambda: (berlin.row()["routing_state"], berlin.row()["prefixes"]) == ("established", 2))
    assert "ROUTING" in home.gateway.sluice("show", "endpoints").stdout


def test_hosts_reach_each_other(berlin, paris):
    eventually("berlin's host reaches paris'", lambda: not silent(berlin.host, paris.host4), within=15)
    assert clients.tcp_peer(berlin.host, paris.host4, 8000).address == berlin.host4
    clients.ping(paris.host, BERLIN_HOST6)


def test_what_is_not_behind_the_site_is_refused(home, berlin, paris):
    foreign = ("10.3.7.0/24", "192.168.10.0/24", "0.0.0.0/0")
    berlin.announce(*foreign)
    berlin.announce("10.2.8.0/24")
    has_route(home, "10.2.8.0/24")
    paris.knows("10.2.8.0/24")
    assert not paris.frr.routes() & set(foreign)
    assert not kernel_routes(home) & {*foreign, "default"}
    assert berlin.row()["prefixes"] == 3
    berlin.withdraw(*foreign, "10.2.8.0/24")
    has_route(home, "10.2.8.0/24", there=False)


def test_a_prefix_that_is_withdrawn_is_reached_no_more(home, berlin, paris):
    paris.withdraw(paris.lan4)
    has_route(home, paris.lan4, there=False)
    assert silent(berlin.host, paris.host4)
    paris.announce(paris.lan4)
    has_route(home, paris.lan4)
    eventually("paris is reached again", lambda: not silent(berlin.host, paris.host4), within=15)


def test_only_routers_speak_to_the_gateway(home, berlin, paris):
    before = home.gateway.drops().get("policy", 0)
    assert silent(berlin.host, GATEWAY4, 179)
    assert clients.tcp_outcome(berlin.router, GATEWAY4, 179, timeout=1) != "silent"
    rows = {row["name"]: row for row in home.gateway.show("policies")}
    assert rows["network:sites routing"]["packets"] > 0
    assert home.gateway.drops()["policy"] > before


def test_another_site_leaves_the_sessions_of_these_alone(home, document, berlin, paris):
    before = pid_of_bgpd(home)
    home.gateway.apply(with_sites(document, "berlin", "paris", "rome"))
    rome = Site(home, "rome", 4).is_established()
    rome.knows(berlin.lan4, paris.lan4)   # also of one that has the same number
    berlin.knows(rome.lan4)
    assert pid_of_bgpd(home) == before
    assert berlin.frr.session(GATEWAY4)["connectionsDropped"] == paris.frr.session(GATEWAY4)["connectionsDropped"] == 0
    home.gateway.apply(document)
    has_route(home, rome.lan4, there=False)
    assert berlin.frr.session(GATEWAY4)["connectionsDropped"] == 0


def test_other_routes_in_the_document_are_other_filters_and_no_session_ends(home, document, berlin, paris):
    berlin.announce("10.7.0.0/24")
    berlin.announce("10.2.9.0/24")
    has_route(home, "10.2.9.0/24")
    home.gateway.apply(with_sites(document, "berlin", "paris", routes=[*PREFIXES["berlin"], "10.7.0.0/16"]))
    has_route(home, "10.7.0.0/24")
    home.gateway.apply(with_sites(document, "berlin", "paris", routes=["10.2.0.0/24", PREFIXES["berlin"][1]]))
    for prefix in ("10.7.0.0/24", "10.2.9.0/24"):
        has_route(home, prefix, there=False)
        eventually("paris forgets it", lambda p=prefix: p not in paris.frr.routes())
    assert berlin.frr.session(GATEWAY4)["connectionsDropped"] == 0
    berlin.withdraw("10.7.0.0/24", "10.2.9.0/24")
    home.gateway.apply(document)


def test_the_daemon_is_killed_and_sessions_live_on(home, berlin, paris):
    before, held = pid_of_bgpd(home), clients.EchoedConnection(berlin.host, PARIS_HOST4, 8000)
    assert held.says("before")
    home.gateway.daemon.kill()
    assert held.says("while it is away")
    home.gateway.start_daemon()
    assert berlin.lan4 in kernel_routes(home), "not for a moment without"
    assert held.says("after")
    assert pid_of_bgpd(home) == before
    assert berlin.frr.session(GATEWAY4)["connectionsDropped"] == 0
    eventually("it knows them again", lambda: berlin.row()["routing_state"] == "established")


def test_a_bgpd_that_dies_is_started_again(home, berlin, paris):
    dead = pid_of_bgpd(home)
    os.kill(dead, signal.SIGKILL)
    eventually("another one runs", lambda: pid_of_bgpd(home) != dead, within=15)
    for site in (berlin, paris):
        site.is_established()
        has_route(home, site.lan4)


def test_a_bgpd_that_hangs_keeps_nobody_else_and_is_told(home, document, berlin, paris):
    hung = pid_of_bgpd(home)
    os.kill(hung, signal.SIGSTOP)
    try:
        eventually("it is told", lambda: "does not answer" in home.gateway.sluice("status").stdout, within=15)
        home.gateway.sluice("show", "networks", timeout=3)
        home.gateway.apply(with_sites(document, "berlin", "paris", keepalive="20s"), expect=DEGRADED)
        assert berlin.lan4 in kernel_routes(home)
    finally:
        os.kill(hung, signal.SIGCONT)
    eventually("it answers again", lambda: "does not answer" not in home.gateway.sluice("status").stdout, within=15)
    home.gateway.apply(document)
    berlin.is_established()


def test_more_prefixes_than_it_may_announce_end_the_session(home, berlin, paris):
    """With the second that is too many: bgpd 8.4 counts before it adds one."""
    berlin.announce(*(f"10.2.{number}.0/24" for number in range(20, 21 + MOST)))
    eventually("the session is closed", lambda: berlin.row()["routing_state"] == "too-many-prefixes", within=20)
    has_route(home, berlin.lan4, there=False)
    assert berlin.row()["prefixes"] <= 1   # of the other session
    has_route(home, paris.lan4)


def test_nothing_is_left(home, document, berlin, paris):
    folder, last = Path("/run") / home.gateway.pins.name / "frr", pid_of_bgpd(home)
    home.gateway.apply({key: value for key, value in document.items() if key != "networks"})
    eventually("bgpd has ended", lambda: not (folder / "sites").exists() and is_gone(last), within=15)
    home.gateway.apply(document)
    again = pid_of_bgpd(home)
    home.gateway.sluice("cleanup")
    assert not folder.exists() and is_gone(again)
