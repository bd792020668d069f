# SPDX-License-Identifier: GPL-2.0-or-later
"""Sites that speak BGP or OSPF where the kernel makes VRF devices: the gateway speaks in that of the network.

What routes do to traffic is the same with devices and without: test_l3vpn_routing.py, test_l3vpn_ospf.py.
"""

from pathlib import Path

import documents
import pytest
import ways
from lab import clients
from lab.bgp_sites import OWN, Site, has_route, with_sites
from lab.ospf_sites import OspfSite, with_ospf
from lab.phones import home_with_servers, own_routing_directory
from lab.wait import eventually

pytestmark = pytest.mark.needs("vrf")
hook, engine = ways.hook, ways.engine   # of each way


@pytest.fixture(scope="module")
def way():
    """What the routing daemon runs in is the same with both engines."""
    return "ebpf", "tc"


@pytest.fixture(scope="module")
def plain(engine, hook):
    return documents.carried_by(engine, hook)


@pytest.fixture(scope="module")
def home(lab, plain):
    made = home_with_servers(lab, plain)
    own_routing_directory(made.gateway)
    yield made
    made.gateway.sluice("cleanup")   # the next lab's tunnel has the same name


def test_bgp_sessions_come_up_in_the_device_of_the_network(home, plain):
    home.gateway.apply(with_sites(plain, "berlin", "paris"))
    device = next(row["device"] for row in home.gateway.show("vrfs") if row["name"] == "sites")
    file = Path("/run") / home.gateway.pins.name / "frr/sites/bgpd.pid"
    eventually("bgpd has begun", file.exists, within=30)   # an apply awaits it for some seconds, which are few for an emulated processor
    pid = eventually("it has said its number", lambda: file.read_text(encoding="ascii").strip())
    assert pid in home.gateway.run("ip", "vrf", "pids", device).stdout
    berlin, paris = Site(home, "berlin", 2).is_established(), Site(home, "paris", 3).is_established()
    paris.knows(berlin.lan4, *OWN)
    berlin.knows(paris.lan6, "fd00:100::/64", family="ipv6")
    for site in (berlin, paris):
        has_route(home, site.lan4)
    eventually("berlin's host reaches paris'", lambda: clients.tcp_outcome(berlin.host, paris.host4, 8000) == "answered", within=15)
    paris.announce(paris.lan4, undo="no")
    has_route(home, paris.lan4, there=False)


def test_ospf_reaches_the_gateway_through_the_device_of_the_network(home, plain):
    home.gateway.run("modprobe", "tun")   # which makes /dev/net/tun
    home.gateway.apply(with_ospf(plain, "rome"))
    rome = OspfSite(home, "rome", 4).has_state()
    has_route(home, rome.lan4, within=60)
    rome.knows(*OWN)
