# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks beside routes of the machine: what others laid is taken, and the packets of a tunnel never go into a tunnel of the
gateway, whatever is behind its endpoints.
"""

import contextlib
import time

import documents
import pytest
import ways
from lab import clients, eventually
from lab.home import INSIDE4, SECOND4
from lab.phones import Phone, home_with_servers

hook, engine = ways.hook, ways.engine   # of each way

WAYS = (("ebpf", "xdp"), ("nftables", "tc"))   # tunnels have tc with either hook
TAKEN, TAKEN6 = f"10.100.0.0/24 via {INSIDE4}", "fd00:100::/63 via 2001:db8:10::2"
HOME, SHOP = "wg-home", "wg-shop"


@pytest.fixture(scope="module", params=WAYS, ids="-".join)
def way(request):
    return request.param


@pytest.fixture(scope="module")
def plain(engine, hook):
    return documents.carried_by(engine, hook)


@pytest.fixture(scope="module")
def site(lab, plain):
    return home_with_servers(lab, plain)


@pytest.fixture
def gateway(site, plain):
    """Without networks, and nothing of them is remembered that is in use."""
    yield site.gateway
    site.gateway.apply(plain)


def with_home(document, endpoints=("phone",), **changes):
    network = {"type": "secure-internet", "expected_users": 6, "endpoints": {name: {"type": "mobile"} for name in endpoints}}
    return document | {"networks": {"home": network | changes}}


@contextlib.contextmanager
def routed(gateway, *routes):
    gateway.routes(*routes)
    try:
        yield
    finally:
        for route in routes:
            gateway.ip("-6" if ":" in route else "-4", "route del", route)


def test_what_a_route_leads_to_is_not_given(gateway, plain):
    with routed(gateway, TAKEN, TAKEN6, "blackhole 10.100.1.0/24"):
        gateway.apply(with_home(plain))
        row = gateway.show("networks")[0]
        assert (row["subnet"], row["subnet6"]) == ("10.100.2.0/29", "fd00:100:0:2::/64")


def test_a_subnet_that_is_said_and_overlaps_one_is_refused_and_names_both(gateway, plain):
    with routed(gateway, f"10.77.5.0/24 via {SECOND4}"):
        said = gateway.apply(with_home(plain, subnet="10.77.0.0/16"), expect=3).stderr
    assert 'network "home" (line ' in said and "subnet 10.77.0.0/16 overlaps 10.77.5.0/24" in said
    assert f"the main routing table has 10.77.5.0/24 via {SECOND4} dev lan" in said
    assert not gateway.show("networks"), "nothing has changed"


def test_a_route_that_comes_later_takes_nothing_from_a_network(gateway, plain):
    """Nor do sluice's own routes, nor one of everything."""
    document = with_home(plain, subnet="10.78.0.0/24")
    gateway.apply(document)
    with routed(gateway, f"10.78.0.0/24 via {INSIDE4}"):
        gateway.apply(with_home(plain, subnet="10.78.0.0/24", peers_may_talk=True))
        assert gateway.show("networks")[0]["subnet"] == "10.78.0.0/24"
        assert "10.78.0.128/25" in gateway.apply(with_home(plain, subnet="10.78.0.128/25"), expect=3).stderr


def outer_packets(gateway, device, port):
    """Of a tunnel with that port, in or out of a device: while it is open, and as words."""
    return gateway.start("tcpdump", "-l", "-n", "-i", device, "udp", "port", port)


def count_of(dump):
    time.sleep(0.3)   # what must not be there is not waited for longer
    return dump.output().count(" UDP,")


def test_a_tunnel_to_a_place_behind_its_own_endpoint_does_not_go_into_itself(site, gateway, plain):
    """The endpoint's outside address lies in the network behind it, and the gateway calls there."""
    berlin = site.neighbour("berlin", 2)
    endpoint = {"type": "cpe", "routes": ["192.0.2.0/24"], "dial": "192.0.2.7:51900", "keepalive": "1s"}
    gateway.apply(plain | {"networks": {"home": {"type": "l3vpn", "expected_users": 2, "endpoints": {"berlin": endpoint}}}})
    port = gateway.show("networks")[0]["port"]
    inside = outer_packets(gateway, HOME, port)
    outside = outer_packets(gateway, "wan", port)
    eventually("tcpdump listens", lambda: "listening" in inside.output() and "listening" in outside.output())
    tunnel = Phone(gateway, berlin, "home", "berlin", "berlin0").up()
    try:
        tunnel.has_state("active")
        clients.ping(berlin, tunnel.addresses()[0].rsplit(".", 1)[0] + ".1", count=20)
        eventually("outer packets go out by the uplink", lambda: count_of(outside) > 3)
        assert count_of(inside) == 0
    finally:
        tunnel.down(None)


def test_nor_into_another_tunnel_of_the_gateway(site, gateway, plain):
    """A phone calls a second network of the gateway through the first, and the gateway calls it there: neither is let in."""
    document = with_home(plain)
    document["networks"]["shop"] = {"type": "remote-resource", "expected_users": 2, "resources": [INSIDE4],
                                    "endpoints": {"till": {"type": "gateway"}}}
    gateway.apply(document)
    phone = Phone(gateway, site.neighbour("phone", 3), "home", "phone", "phone0").up()
    document["networks"]["shop"]["endpoints"]["till"] |= {"dial": f"{phone.addresses()[0]}:51900", "keepalive": "1s"}
    gateway.apply(document)
    ports = {row["name"]: row["port"] for row in gateway.show("networks")}
    dumps = {device: outer_packets(gateway, device, ports["shop"]) for device in (HOME, SHOP)}
    arriving = phone.host.start("tcpdump", "-l", "-n", "-i", phone.device, "udp", "port", ports["shop"])
    eventually("tcpdump listens", lambda: all("listening" in dump.output() for dump in (*dumps.values(), arriving)))
    till = Phone(gateway, phone.host, "shop", "till", "till0").up()
    try:
        clients.ping(phone.host, INSIDE4, expect=1, wait=2)
        eventually("the phone's packets come out of the first tunnel", lambda: count_of(dumps[HOME]) > 0)
        assert till.row()["state"] == "never"
        assert count_of(dumps[SHOP]) == 0
        assert not [line for line in arriving.output().splitlines() if f".{ports['shop']} >" in line], "the gateway speaks into its tunnel"
    finally:
        till.down(None)
        phone.down(None)
