# SPDX-License-Identifier: GPL-2.0-or-later
"""Sites that speak OSPF: who announces what is not his, who claims to be another, who ends, and who comes and goes.

All of it is decided by the daemon, so one engine is enough; test_l3vpn_ospf.py has both.
"""

import os
import signal
from pathlib import Path

import ospf_home
import pytest
import ways
from lab import clients
from lab.bgp_sites import GATEWAY4, MOST, kernel_routes
from lab.helper_process import children_of, is_gone
from lab.ospf_sites import OspfSite, has_route, with_ospf
from lab.wait import eventually
from ospf_home import without_networks

hook, engine = ways.hook, ways.engine   # of each way
document, home, sites, berlin, paris = ospf_home.document, ospf_home.home, ospf_home.sites, ospf_home.berlin, ospf_home.paris


@pytest.fixture(scope="module", params=[("ebpf", "tc")], ids=str)
def way(request):
    return request.param


def folder(home, site="berlin"):
    return Path("/run") / home.gateway.pins.name / "frr" / f"sites:{site}"


def pid_of(home, site="berlin"):
    return int((folder(home, site) / "site.pid").read_text(encoding="ascii"))


def test_what_is_not_behind_the_site_is_refused(home, berlin, paris):
    foreign = ("10.3.7.0/24", "192.168.77.0/24")
    berlin.announce(*foreign, "10.2.8.0/24")
    berlin.frr.configure("router ospf", "default-information originate always")
    has_route(home, "10.2.8.0/24")
    paris.knows("10.2.8.0/24")
    assert not paris.routes() & {*foreign, "0.0.0.0/0"}
    assert not kernel_routes(home) & {*foreign, "default"}
    assert berlin.row()["prefixes"] == 3
    berlin.frr.configure("router ospf", "no default-information originate")
    berlin.announce(*foreign, "10.2.8.0/24", undo=True)
    has_route(home, "10.2.8.0/24", there=False)


def test_who_announces_the_prefix_of_another_takes_nothing_from_him(home, berlin, paris):
    """It is nearer to the gateway than where it is: in one database of links it would be the better way."""
    berlin.frr.configure("interface lan", "ip ospf cost 1")
    paris.frr.configure("interface lan", "ip ospf cost 1000")
    berlin.announce("10.3.0.0/24", "10.2.8.0/24")
    has_route(home, "10.2.8.0/24")
    assert paris.lan4 in kernel_routes(home)
    berlin.announce("10.3.0.0/24", "10.2.8.0/24", undo=True)
    has_route(home, "10.2.8.0/24", there=False)


def test_more_prefixes_than_it_may_announce_are_none(home, berlin, paris):
    many = [f"10.2.{number}.0/24" for number in range(20, 20 + MOST)]   # and that of its LAN
    berlin.announce(*many)
    berlin.has_state("too-many-prefixes")
    has_route(home, berlin.lan4, there=False)
    assert berlin.row()["prefixes"] == 0
    has_route(home, paris.lan4)
    berlin.announce(*many, undo=True)
    berlin.has_state()
    has_route(home, berlin.lan4)


def test_another_site_leaves_these_alone(home, document, berlin, paris):
    before = pid_of(home, "berlin"), pid_of(home, "paris")
    home.gateway.apply(with_ospf(without_networks(document), "berlin", "paris", "rome"))
    rome = OspfSite(home, "rome", 4).has_state()
    rome.knows(berlin.lan4, paris.lan4)
    berlin.knows(rome.lan4)
    assert (pid_of(home, "berlin"), pid_of(home, "paris")) == before
    last = pid_of(home, "rome")
    home.gateway.apply(document)
    has_route(home, rome.lan4, there=False)
    eventually("berlin forgets it", lambda: rome.lan4 not in berlin.routes(), within=15)
    assert is_gone(last) and not folder(home, "rome").exists()
    assert (pid_of(home, "berlin"), pid_of(home, "paris")) == before


def test_the_daemon_is_killed_and_routes_live_on(home, berlin, paris):
    has_route(home, paris.lan4)
    has_route(home, berlin.lan4)
    before, held = pid_of(home), clients.EchoedConnection(berlin.host, paris.host4, 8000)
    assert held.says("before")
    home.gateway.daemon.kill()
    assert held.says("while it is away")
    home.gateway.start_daemon()
    assert berlin.lan4 in kernel_routes(home), "not for a moment without"
    assert held.says("after") and pid_of(home) == before
    berlin.has_state()


def test_a_daemon_of_frr_that_dies_is_started_again(home, berlin, paris):
    has_route(home, paris.lan4)
    dead = pid_of(home)
    os.kill(children_of(dead)[-1], signal.SIGKILL)
    eventually("all of the site have ended, and others run", lambda: is_gone(dead) and pid_of(home) != dead, within=15)
    assert paris.lan4 in kernel_routes(home)
    berlin.has_state()
    has_route(home, berlin.lan4)


def test_a_tunnel_that_is_made_anew_is_spoken_through(home, berlin, paris):
    before = pid_of(home)
    home.gateway.ip("link del wg-sites")
    eventually("others speak through the new one", lambda: pid_of(home) != before, within=60)
    for site in (berlin, paris):
        site.has_state()
        has_route(home, site.lan4)


def test_a_site_that_calls_itself_as_the_gateway_does_or_as_another_site(home, berlin, paris):
    berlin.calls_itself(next(address for address in paris.tunnel.addresses() if "." in address))
    berlin.has_state()
    paris.has_state()
    has_route(home, paris.lan4)
    has_route(home, berlin.lan4)
    berlin.calls_itself(GATEWAY4)
    has_route(home, berlin.lan4, there=False)
    eventually("the adjacency has ended", lambda: berlin.row()["routing_state"] != "full", within=60)
    has_route(home, paris.lan4)


def test_nothing_is_left(home, document, berlin, paris):
    last = pid_of(home), *children_of(pid_of(home))
    home.gateway.apply(without_networks(document))
    eventually("they have ended", lambda: not folder(home).exists() and all(map(is_gone, last)), within=15)
    home.gateway.apply(document)
    again = pid_of(home)
    home.gateway.sluice("cleanup")
    assert not folder(home).exists() and is_gone(again)
